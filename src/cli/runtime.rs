//! The asynchronous runtime on which a command runs: started in one place.

use tokio::runtime::{Builder, Runtime};

use crate::cli::error::CliError;

/// Starts a runtime with `workers` threads; `None` starts one thread for each core.
///
/// The calling thread stays outside: libtest-mimic may run trials on it.
///
/// # Errors
/// [`CliError`] with the exit code `inconclusive` when the system refuses a thread.
pub(super) fn start(workers: Option<usize>) -> Result<Runtime, CliError> {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().thread_name("feedproof");
    if let Some(workers) = workers {
        builder.worker_threads(workers);
    }
    builder
        .build()
        .map_err(|error| CliError::inconclusive(format!("cannot start the runtime: {error}")))
}
