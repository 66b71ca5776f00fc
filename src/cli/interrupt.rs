//! Interrupts of the process: the first ends all waits and lets teardown run, the second ends the process.

use tokio_util::sync::CancellationToken;

use crate::exit_code::ExitCode;

/// The first interrupt ends all waits, the second the process.
pub(super) async fn handle_interrupts(
    interrupt: CancellationToken,
    say: impl Fn(&str) + Send + 'static,
) {
    if tokio::signal::ctrl_c().await.is_ok() {
        interrupt.cancel();
        say(
            "interrupted: waits end, teardown runs, reports are written; interrupt again to stop at once",
        );
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(ExitCode::Interrupted.number().into());
        }
    }
}
