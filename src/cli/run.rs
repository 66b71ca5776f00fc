//! `feedproof run`: runs plans, writes reports, prints results.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use libtest_mimic::Arguments;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::{PackageArguments, RunArguments};
use crate::cli::attempt::attempt;
use crate::cli::diff::{ComparableRun, text_of};
use crate::cli::doctor::table;
use crate::cli::documents::{OpenedDocuments, open, open_waivers, resolve};
use crate::cli::error::CliError;
use crate::cli::finished_run::keep_plans;
use crate::cli::folder::{empty_folder, make_folder};
use crate::cli::header::{has_no_secret, header_of};
use crate::cli::interrupt::{Interrupts, watch};
use crate::cli::orphaned_accounts;
use crate::cli::package::{can_be_written, package};
use crate::cli::person::at_terminal;
use crate::cli::progress::Progress;
use crate::cli::publish::warn_of_unscannable;
use crate::cli::results::{publish, report_not_started};
use crate::cli::runtime;
use crate::cli::selection::{named_run, select};
use crate::cli::terminal::{data, talk};
use crate::cli::time_limit::{
    expected, limit_failures, limit_time, longest_time, over_before_cases, too_short,
    watch_provider,
};
use crate::cli::unsearched::{self, Mark};
use crate::doctor::{CheckScope, CheckState, PreflightCheck, examine, worst};
use crate::exit_code::ExitCode;
use crate::handles;
use crate::harness::{Harness, execute};
use crate::journal::Header;
use crate::judge::{Verdict, exit_code};
use crate::number::{count, is_or_are};
use crate::record::{Condition, Outcome, Record, conditions, conditions_before};
use crate::report::{JOURNAL_FILE, PROVIDER_LOG_FILE};
use crate::runner::Person;
use crate::topology::{
    Deviation, Deviations, EarlyEnd, Fault, Forecast, RunEnvironment, RunEnvironmentSettings,
};
use crate::vault::Vault;
use plan_language::plan::{Case, Library};

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
    let (selected, filtered_out) = selected(arguments, &opened.library)?;
    let mut header = header_of(&opened, &selected, filtered_out, &faults);
    header.strict = arguments.strict;
    if let Some(file) = &arguments.waivers {
        header.waivers = open_waivers(file, &opened)?;
    }
    header.nonce.clone_from(&arguments.nonce);
    let nonce = arguments.nonce.as_ref();
    header.attempt = nonce.map(|nonce| attempt(&arguments.reports, nonce));
    if arguments.certify {
        certifiable(&header)?;
    }
    for to in arguments.package.iter().chain(&arguments.junit) {
        can_be_written(to, arguments.report_dir.as_deref())?;
    }
    // What cannot be compared is refused before the run.
    let earlier = arguments.compare_with.as_deref();
    let earlier = earlier.map(|run| ComparableRun::open(&named_run(run, &arguments.reports)?));
    let earlier = earlier.transpose()?;
    let vault = Arc::new(Vault::new());
    let ended = run_selected(arguments, opened, &selected, header, faults, &vault)
        .map_err(|error| error.masked(&vault))?;
    let mut code = ended.code;
    if let Some(to) = &arguments.package
        && let Err(error) = package_of(&ended.folder, to)
    {
        // The run was made all the same, and its answer weighs more.
        talk(&error.masked(&vault).to_string());
        code = if code == ExitCode::Success {
            ExitCode::Usage
        } else {
            code
        };
    }
    if let Some(earlier) = earlier {
        // The texts of the earlier run were not searched for the secrets of this one.
        let later = ComparableRun::of_this_process(ended.folder, ended.record);
        let text = format!("\n{}", text_of(&earlier, &later));
        // With --json, stdout has one line.
        let print = if arguments.json { talk } else { data };
        print(&vault.hide(&text));
    }
    Ok(code)
}

/// Splits the cases of the plans into those that the arguments select, and the number of the others.
fn selected(
    arguments: &RunArguments,
    library: &Library,
) -> Result<(Vec<Arc<Case>>, usize), CliError> {
    let again = arguments.rerun.as_deref();
    let again = again.map(|run| ComparableRun::open(&named_run(run, &arguments.reports)?));
    let again = again.transpose()?;
    let again = again.as_ref().map(ComparableRun::record);
    let (selected, filtered_out) = select(&arguments.selection, library, again)?;
    if selected.is_empty() && again.is_some() {
        return Err(CliError::not_tested(
            "nothing is to run again: every selected case passed or was skipped in that run",
        ));
    }
    if selected.is_empty() {
        let all = library.cases().count();
        return Err(CliError::not_tested(format!(
            "none of the {} was selected",
            count(all, "case")
        ))
        .with_hint("`feedproof list` shows their ids"));
    }
    Ok((selected, filtered_out))
}

fn package_of(folder: &Path, to: &Path) -> Result<ExitCode, CliError> {
    package(&PackageArguments {
        run: folder.to_owned(),
        plans: Vec::new(),
        to: Some(to.to_owned()),
    })
}

/// A run that has ended and whose reports are written.
struct EndedRun {
    code: ExitCode,
    record: Record,
    folder: PathBuf,
}

/// Everything of a run between the start of its participants and its reports.
struct StartedRun<'r> {
    arguments: &'r RunArguments,
    folder: PathBuf,
    library: Arc<Library>,
    header: Header,
    runtime: Runtime,
    progress: Arc<Progress>,
    run_environment: RunEnvironment,
    interrupt: CancellationToken,
    time_limit: EarlyEnd,
    mark: Mark,
}

/// Runs the selected cases; errors may contain texts that are not masked yet.
fn run_selected(
    arguments: &RunArguments,
    opened: OpenedDocuments,
    selected: &[Arc<Case>],
    mut header: Header,
    faults: Vec<Fault>,
    vault: &Arc<Vault>,
) -> Result<EndedRun, CliError> {
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    has_no_secret(&mut header, vault)?;
    warn_of_unscannable(vault);
    unsearched::search_all(&arguments.reports, &header, vault)?;
    let folder = folder_of(arguments, &header)?;
    let mark = Mark::set(&folder, &header)?;
    keep_plans(&folder, &opened.documents)?;
    let library = Arc::new(opened.library);
    let runtime = runtime::start(None)?;
    let limit = longest_time(arguments, &resolved.environment);
    let forecast = Forecast::of(selected, &resolved.environment);
    let longest_wait = too_short(selected, &resolved.environment, limit);
    let on_time = [longest_wait, expected(forecast.as_ref(), limit)];
    let is_shown = !arguments.quiet && !arguments.no_progress;
    let progress = Progress::new(selected.len(), vault.clone(), forecast, is_shown);
    let progress = Arc::new(progress);
    let saying = progress.clone();
    let Interrupts {
        interrupt,
        provider,
    } = watch(
        "waits end, teardown runs, reports are written",
        move |text: &str| saying.say(text),
    )?;
    let run_environment = runtime
        .block_on(RunEnvironment::up(RunEnvironmentSettings {
            journal: Some(folder.join(JOURNAL_FILE)),
            deviations: with_faults(faults),
            person: person(&progress),
            jobs: arguments.jobs.map(usize::from),
            interrupt: interrupt.clone(),
            provider,
            ..RunEnvironmentSettings::new(library.clone(), resolved, header.clone())
        }))
        .map_err(|error| {
            // Nothing has been written but the mark and the beginning of a journal.
            let error = CliError::inconclusive(error).masked(vault);
            not_started(arguments, &folder, &header, error, vault)
        })?;
    let notes = [fewer_jobs(&run_environment)].into_iter().chain(on_time);
    notes.flatten().for_each(|note| progress.say(&note));
    let time_limit = {
        let _inside = runtime.enter();
        limit_time(&run_environment, limit, &progress)
    };
    let run = StartedRun {
        arguments,
        folder,
        library,
        header,
        runtime,
        progress,
        run_environment,
        interrupt,
        time_limit,
        mark,
    };
    run.prepared(vault)?.run(selected, vault)
}

/// Makes the folder of the run: the one that the caller names, or one of its own among all reports.
fn folder_of(arguments: &RunArguments, header: &Header) -> Result<PathBuf, CliError> {
    match &arguments.report_dir {
        Some(folder) => empty_folder(folder),
        None => make_folder(&arguments.reports, &header.started),
    }
}

fn with_faults(faults: Vec<Fault>) -> Deviations {
    Deviations {
        everywhere: Deviation {
            faults,
            ..Deviation::default()
        },
        ..Deviations::default()
    }
}

/// Deletes what such a run has written, writes its reports, and returns the error to tell.
fn not_started(
    arguments: &RunArguments,
    folder: &Path,
    header: &Header,
    error: CliError,
    vault: &Vault,
) -> CliError {
    let _ = std::fs::remove_dir_all(folder);
    let written = report_not_started(arguments, folder, header, &error, vault);
    written.err().unwrap_or(error)
}

/// Returns the person at the terminal, if there is one.
fn person(progress: &Arc<Progress>) -> Option<Arc<dyn Person>> {
    let asking = progress.clone();
    let say = move |text: &str| asking.say(text);
    at_terminal(Box::new(say), !progress.is_live(), progress.visits())
}

/// Says that fewer cases run at once than were to, if they do, and how many file handles would be enough.
fn fewer_jobs(run_environment: &RunEnvironment) -> Option<String> {
    let (jobs, wanted) = (run_environment.jobs, run_environment.jobs_wanted);
    let jobs = (jobs < wanted).then(|| count(jobs, "case"))?;
    Some(format!(
        "note: {jobs} at once instead of {wanted}, because there are no more file handles; {} are enough (`ulimit -n`)",
        handles::needed(wanted)
    ))
}

impl StartedRun<'_> {
    /// Starts the provider if the environment says how, runs the preflight checks, and offboards orphaned accounts.
    ///
    /// # Errors
    /// When the provider does not start or a preflight check fails; the folder of the run says so then.
    fn prepared(mut self, vault: &Vault) -> Result<Self, CliError> {
        let begun = begin(&mut self.run_environment, &self.folder, &self.interrupt);
        if let Err(error) = self.runtime.block_on(begun) {
            self.progress.clear();
            let time_over = over_before_cases(&self.run_environment.journal);
            self.runtime
                .block_on(self.run_environment.down())
                .map_err(CliError::inconclusive)?;
            // The journal of a run without cases is of no use.
            let error = time_over.unwrap_or(error).masked(vault);
            let error = not_started(self.arguments, &self.folder, &self.header, error, vault);
            return Err(error);
        }
        let clearing = orphaned_accounts::clear(
            &self.arguments.reports,
            &self.folder,
            &self.header,
            &self.run_environment,
        );
        // The next run offboards accounts that an interrupt leaves linked.
        self.runtime
            .block_on(self.interrupt.run_until_cancelled(clearing));
        Ok(self)
    }

    /// Runs the cases, stops every participant, and publishes the reports.
    fn run(self, selected: &[Arc<Case>], vault: &Vault) -> Result<EndedRun, CliError> {
        let first = self.arguments.fail_fast.then_some(NonZeroUsize::MIN);
        let most = first.or(self.arguments.max_failures);
        let (mut provider_watch, failures) = {
            let _inside = self.runtime.enter();
            (
                watch_provider(&self.run_environment, &self.progress),
                limit_failures(&self.run_environment, most, &self.progress),
            )
        };
        let reached = failures.as_ref().map(|(_, reached)| reached.clone());
        let outcomes = self.execute(selected, most.zip(reached));
        if let Some(watch) = &mut provider_watch
            && self.run_environment.provider_has_ended()
        {
            self.runtime.block_on(watch.settle());
        }
        drop((self.time_limit, provider_watch, failures));
        // The record is made after every participant has stopped, so that a replay gives the same bytes.
        let journal = self.run_environment.journal.clone();
        let down = self.runtime.block_on(self.run_environment.down());
        self.progress.clear();
        down.map_err(CliError::inconclusive)?;
        self.runtime.shutdown_background();
        let orphaned = orphaned_accounts::note(&self.folder, &self.header, &journal.events());
        let record = Record::of(&self.library, &journal, self.header, outcomes);
        let code = code_of(&record, self.arguments.certify);
        publish(
            &record,
            code,
            self.arguments,
            &self.folder,
            self.mark,
            vault,
        )?;
        if !orphaned.is_empty() {
            let number = orphaned.len();
            let them = if number == 1 { "it" } else { "them" };
            // The next run looks among the reports, and need not find a folder that was named for this run alone.
            let next = match &self.arguments.report_dir {
                Some(_) => format!("orphaned-accounts.json lists {them}"),
                None => format!("the next run with this environment offboards {them}"),
            };
            let (accounts, are) = (count(number, "account"), is_or_are(number));
            talk(&format!(
                "{accounts} {are} still linked at the provider; {next}"
            ));
        }
        if self.arguments.certify {
            say_unmet(&record, vault);
        }
        Ok(EndedRun {
            code,
            record,
            folder: self.folder,
        })
    }

    /// Runs the cases as trials of libtest-mimic, and returns their outcomes in plan order; `most` failed cases cancel the
    /// token.
    fn execute(
        &self,
        selected: &[Arc<Case>],
        most: Option<(NonZeroUsize, CancellationToken)>,
    ) -> Vec<Outcome> {
        let failed = AtomicUsize::new(0);
        let journal = &self.run_environment.journal;
        self.progress.follow(self.runtime.handle(), journal);
        let shown = self.progress.clone();
        let kept = self.arguments.certify.then(|| journal.clone());
        let (_, outcomes) = execute(
            Harness {
                arguments: Arguments {
                    // libtest-mimic only executes; feedproof prints.
                    logfile: Some(if cfg!(windows) { "NUL" } else { "/dev/null" }.to_owned()),
                    ..Arguments::default()
                },
                runner: &self.run_environment.runner,
                jobs: self.run_environment.jobs,
                runtime: self.runtime.handle().clone(),
                on_outcome: Arc::new(move |outcome: &Outcome| {
                    if let Some(journal) = &kept {
                        journal.bring_to_disk();
                    }
                    shown.ended(outcome);
                    if let Some((most, reached)) = &most
                        && outcome.verdict == Verdict::Failed
                        && failed.fetch_add(1, Ordering::Relaxed) + 1 >= most.get()
                    {
                        reached.cancel();
                    }
                }),
                describe: Arc::new(|outcome: &Outcome| outcome.reason.clone().unwrap_or_default()),
            },
            selected,
        );
        outcomes
    }
}

/// Starts a live provider if the environment says how, and runs the preflight checks.
async fn begin(
    run_environment: &mut RunEnvironment,
    folder: &Path,
    interrupt: &CancellationToken,
) -> Result<(), CliError> {
    if run_environment.launches() {
        talk("waiting until the provider is ready");
        run_environment
            .launch(Some(&folder.join(PROVIDER_LOG_FILE)))
            .await
            .map_err(|error| {
                CliError::inconclusive(format!(
                    "the provider did not start; no case was run: {error}"
                ))
            })?;
    }
    let checked = interrupt.run_until_cancelled(preflight(run_environment));
    checked.await.unwrap_or_else(|| {
        Err(CliError::inconclusive(
            "interrupted during the preflight checks; no case was run",
        ))
    })
}

/// Runs the cheap preflight checks, so that a broken environment is not reported as a broken requirement.
async fn preflight(run_environment: &RunEnvironment) -> Result<(), CliError> {
    let found = examine(
        run_environment.run_addresses(),
        CheckScope::Passive,
        SystemTime::now,
    )
    .await;
    if worst(&found) < CheckState::Error {
        return Ok(());
    }
    let problems: Vec<PreflightCheck> = found
        .into_iter()
        .filter(|check| check.state >= CheckState::Warning)
        .collect();
    Err(CliError::inconclusive(format!(
        "preflight checks failed; no case was run\n\n{}",
        table(&problems)
    ))
    .with_hint("`feedproof doctor` runs all preflight checks"))
}

/// Returns the exit code of a run: with `--certify`, also that of what is no certificate.
fn code_of(record: &Record, certify: bool) -> ExitCode {
    let code = exit_code(&record.verdict, &record.run_verdicts(), certify);
    let is_certificate = || {
        conditions(record)
            .iter()
            .all(|condition| condition.unmet.is_none())
    };
    match code {
        ExitCode::Success if certify && !is_certificate() => ExitCode::NotTested,
        code => code,
    }
}

/// Says which conditions of a certificate a run does not meet.
fn say_unmet(record: &Record, vault: &Vault) {
    let conditions = conditions(record);
    let unmet: Vec<String> = conditions.iter().filter_map(unmet).collect();
    if !unmet.is_empty() {
        let text = format!("this run is no certificate:\n  {}", unmet.join("\n  "));
        talk(&vault.hide(&text));
    }
}

/// Says of a condition what it demands and why it is not met; `None` if it is.
fn unmet(condition: &Condition) -> Option<String> {
    let why = condition.unmet.as_ref()?;
    Some(format!("{}: {why}", condition.rule))
}

/// Refuses runs that cannot be certified.
fn certifiable(header: &Header) -> Result<(), CliError> {
    let conditions = conditions_before(header);
    let unmet: Vec<String> = conditions.iter().filter_map(unmet).collect();
    if unmet.is_empty() {
        return Ok(());
    }
    Err(CliError::usage(format!(
        "--certify refuses this run, which could not be a certificate\n  {}",
        unmet.join("\n  ")
    )))
}
