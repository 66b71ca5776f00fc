//! The shipped plans as trials of `cargo test`: libtest-mimic's own flags, output and exit codes.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;

use crate::cli::documents::{open_shipped, resolve};
use crate::cli::error::CliError;
use crate::cli::header::header_of;
use crate::cli::runtime;
use crate::cli::terminal::talk;
use crate::harness::{Harness, execute, list, select};
use crate::record::{Outcome, Record};
use crate::report;
use crate::topology::{RunEnvironment, RunEnvironmentSettings};
use crate::vault::Vault;

/// Rehearses the shipped plans under the arguments of the process, and writes no reports.
pub fn conformance() -> ExitCode {
    match rehearse(Arguments::from_args()) {
        Ok(code) => code,
        Err(error) => {
            talk(&error.to_string());
            error.code.number().into()
        }
    }
}

fn rehearse(arguments: Arguments) -> Result<ExitCode, CliError> {
    let opened = open_shipped()?;
    let cases: Vec<_> = opened.library.cases().cloned().collect();
    if arguments.list {
        return Ok(list(arguments, &cases).exit_code());
    }
    let (selected, filtered_out) = select(&arguments, &cases);
    let header = header_of(&opened, &selected, filtered_out, &[]);
    let resolved = resolve(opened.environment, &opened.sources, Arc::new(Vault::new()))?;
    let library = Arc::new(opened.library);
    // The calling thread must stay outside the runtime: libtest-mimic may run trials on it.
    let runtime = runtime::start(None)?;
    let run_environment = runtime
        .block_on(RunEnvironment::up(RunEnvironmentSettings::new(
            library.clone(),
            resolved,
            header.clone(),
        )))
        .map_err(CliError::inconclusive)?;
    let journal = run_environment.journal.clone();
    let (conclusion, _) = execute(
        Harness {
            arguments,
            runner: &run_environment.runner,
            jobs: run_environment.jobs,
            runtime: runtime.handle().clone(),
            on_outcome: Arc::new(|_| {}),
            describe: Arc::new(move |outcome: &Outcome| {
                let record = Record::of(&library, &journal, header.clone(), vec![outcome.clone()]);
                report::failure(&record, outcome).unwrap_or_default()
            }),
        },
        &cases,
    );
    runtime
        .block_on(run_environment.down())
        .map_err(CliError::inconclusive)?;
    Ok(conclusion.exit_code())
}
