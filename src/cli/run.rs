//! `feedproof run`: runs plans, writes reports, prints results.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use libtest_mimic::Arguments;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::{RunArguments, SelectionArguments};
use crate::cli::doctor::table;
use crate::cli::documents::{Opened, open, resolve};
use crate::cli::error::CliError;
use crate::cli::folder::{left_in, make_folder};
use crate::cli::header::header_of;
use crate::cli::interrupt::heed_interrupts;
use crate::cli::orphaned_accounts;
use crate::cli::person::at_terminal;
use crate::cli::progress::Progress;
use crate::cli::publish::{Publisher, warn_of_unscannable};
use crate::cli::runtime;
use crate::cli::terminal::{talk, width};
use crate::doctor::{CheckScope, CheckState, PreflightCheck, examine, worst};
use crate::exit_code::ExitCode;
use crate::harness::{Harness, execute, select};
use crate::journal::Header;
use crate::judge::exit_code;
use crate::record::{Outcome, Record};
use crate::report;
use crate::topology::{Fault, Faults, RunEnvironment, RunEnvironmentSettings};
use crate::vault::Vault;
use plan_language::participant::Mode;
use plan_language::plan::Case;

/// The file of a run's folder that keeps the output of a provider that we started.
const PROVIDER_LOG: &str = "provider.log";

/// Runs the command and returns the exit code.
pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let faults = arguments
        .fault
        .iter()
        .map(|name| {
            Fault::parse(name).map_err(|error| {
                CliError::usage(error).with_hint("`feedproof list --faults` lists them")
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if arguments.certify {
        certifiable(arguments, &opened)?;
    }
    let cases: Vec<_> = opened.library.cases().cloned().collect();
    let (selected, filtered_out) = select(&selecting(&arguments.selection), &cases);
    if selected.is_empty() {
        let all = cases.len();
        return Err(
            CliError::not_tested(format!("none of {all} cases was selected"))
                .with_hint("`feedproof list` shows their ids"),
        );
    }
    let mut header = header_of(&opened, &selected, filtered_out, &faults);
    header.strict = arguments.strict;
    let vault = Arc::new(Vault::new());
    run_selected(arguments, opened, selected, header, faults, &vault)
        .map_err(|error| error.masked(&vault))
}

/// Runs the selected cases; what stops it may hold texts that are not masked yet.
fn run_selected(
    arguments: &RunArguments,
    opened: Opened,
    selected: Vec<Arc<Case>>,
    header: Header,
    faults: Vec<Fault>,
    vault: &Arc<Vault>,
) -> Result<ExitCode, CliError> {
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    warn_of_unscannable(vault);
    let folder = make_folder(&arguments.reports, &header.started)?;
    let library = Arc::new(opened.library);

    let runtime = runtime::start(None)?;
    let interrupt = CancellationToken::new();
    let progress = Arc::new(Progress::new(selected.len(), vault.clone()));
    let (saying, asking) = (progress.clone(), progress.clone());
    runtime.spawn(heed_interrupts(interrupt.clone(), move |text: &str| {
        saying.say(text)
    }));
    let mut run_environment = runtime
        .block_on(RunEnvironment::up(RunEnvironmentSettings {
            journal: Some(folder.join("journal.jsonl")),
            faults: Faults {
                everywhere: faults,
                ..Faults::default()
            },
            person: at_terminal(Box::new(move |text| asking.say(text)), !progress.is_live()),
            jobs: arguments.jobs.map(usize::from),
            interrupt,
            ..RunEnvironmentSettings::new(library.clone(), resolved, header.clone())
        }))
        .map_err(CliError::inconclusive)?;
    if let Err(error) = runtime.block_on(begin(&mut run_environment, &folder)) {
        progress.clear();
        runtime
            .block_on(run_environment.down())
            .map_err(CliError::inconclusive)?;
        // The journal of a run that did not begin is of no use to anybody.
        let _ = std::fs::remove_dir_all(&folder);
        return Err(error);
    }
    runtime.block_on(orphaned_accounts::clear(
        &arguments.reports,
        &folder,
        &header,
        &run_environment,
    ));
    progress.follow(runtime.handle(), &run_environment.journal);
    let shown = progress.clone();
    let (_, outcomes) = execute(
        Harness {
            arguments: Arguments {
                // libtest-mimic executes; what is printed is ours.
                logfile: Some(if cfg!(windows) { "NUL" } else { "/dev/null" }.to_owned()),
                ..selecting(&arguments.selection)
            },
            runner: &run_environment.runner,
            jobs: run_environment.jobs,
            runtime: runtime.handle().clone(),
            on_outcome: Arc::new(move |outcome: &Outcome| shown.ended(outcome)),
            describe: Arc::new(|outcome: &Outcome| outcome.reason.clone().unwrap_or_default()),
        },
        &selected,
    );
    // The record is drawn up from what has come to rest, so that a replay gives the same bytes.
    let journal = run_environment.journal.clone();
    let down = runtime.block_on(run_environment.down());
    progress.clear();
    down.map_err(CliError::inconclusive)?;
    runtime.shutdown_background();
    let left = orphaned_accounts::note(&folder, &header, &journal.events());
    let record = Record::of(&library, &journal, header, outcomes);
    let mut publisher = Publisher::new(vault, &folder)?;
    let written = publisher.files(report::render(&record))?;
    publisher.print(&report::results(&record, arguments.verbose, width()));
    talk(&vault.hide(&left_in(&folder, &written)));
    publisher.end()?;
    if !left.is_empty() {
        talk(&format!(
            "{} still linked at the provider; the next run against this environment offboards what is left",
            match left.len() {
                1 => "1 account is".to_owned(),
                count => format!("{count} accounts are"),
            }
        ));
    }
    Ok(exit_code(
        &record.verdict,
        &record.standings(),
        arguments.certify,
    ))
}

/// Brings a live provider up and looks at what is around the run.
async fn begin(run_environment: &mut RunEnvironment, folder: &Path) -> Result<(), CliError> {
    if run_environment.launches() {
        talk("waiting for the provider to be ready");
        run_environment
            .launch(Some(&folder.join(PROVIDER_LOG)))
            .await
            .map_err(|error| CliError::inconclusive(format!("nothing was judged: {error}")))?;
    }
    fit_to_begin(run_environment).await
}

/// Looks at what is around a run before its first case; what is wrong there must not be put on a requirement.
async fn fit_to_begin(run_environment: &RunEnvironment) -> Result<(), CliError> {
    let found = examine(
        run_environment.preflight(),
        CheckScope::Passive,
        SystemTime::now,
    )
    .await;
    if worst(&found) < CheckState::Error {
        return Ok(());
    }
    let wrong: Vec<PreflightCheck> = found
        .into_iter()
        .filter(|check| check.state >= CheckState::Warning)
        .collect();
    Err(CliError::inconclusive(format!(
        "nothing was judged, the surroundings are not fit for a run\n\n{}",
        table(&wrong)
    ))
    .with_hint("`feedproof doctor` looks at all of them"))
}

/// Turns our selection into libtest-mimic's.
pub(super) fn selecting(selection: &SelectionArguments) -> Arguments {
    Arguments {
        filter: selection.filter.clone(),
        skip: selection.skip.clone(),
        exact: selection.exact,
        ..Arguments::default()
    }
}

/// Refuses what could not be certified.
fn certifiable(arguments: &RunArguments, opened: &Opened) -> Result<(), CliError> {
    let environment = &opened.environment;
    let why = if environment.mode == Mode::Rehearsal {
        "a rehearsal judges emulated parts, and is never a certificate"
    } else if !arguments.fault.is_empty() {
        "a fault is switched on"
    } else if arguments.selection.filter.is_some() || !arguments.selection.skip.is_empty() {
        "a filter leaves cases out"
    } else if !opened.as_shipped {
        "the plans are not as shipped"
    } else if environment.subject.is_none() {
        "the environment names no subject"
    } else {
        return Ok(());
    };
    Err(CliError::usage(format!(
        "--certify refuses this run: {why}"
    )))
}
