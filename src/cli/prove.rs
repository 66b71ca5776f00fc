//! `feedproof prove`: injects every fault into every case, each on a stage of its own, in simulated time.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use colored::Colorize as _;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::ProveArguments;
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::folder::{left_in, make_folder};
use crate::cli::header::header_of;
use crate::cli::interrupt::handle_interrupts;
use crate::cli::publish::{Publisher, warn_of_unscannable};
use crate::cli::runtime;
use crate::cli::terminal::talk;
use crate::exit_code::ExitCode;
use crate::journal::Header;
use crate::judge::Verdict;
use crate::number::count;
use crate::proof::{FaultConclusion, FaultEffect, FaultRow, NamedFault, Proof};
use crate::record::Outcome;
use crate::report;
use crate::topology::{
    Fault, Faults, ResolvedEnvironment, RunEnvironmentSettings, TapAccess, in_process_obstacle,
    rehearse,
};
use crate::vault::Vault;
use plan_language::plan::{Case, Library, Requirement};

/// Runs the command and returns the exit code.
pub(super) fn prove(arguments: &ProveArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    if let Some(why) = in_process_obstacle(&opened.environment) {
        return Err(CliError::usage(format!(
            "`prove` rehearses in-process, in simulated time; in this environment {why}"
        ))
        .with_hint("without `--environment`, it uses the environment of the shipped rehearsal"));
    }
    let faults = faults(arguments)?;
    let cases: Vec<Arc<Case>> = opened.library.cases().cloned().collect();
    let header = header_of(&opened, &[], 0, &[]);
    let folder = make_folder(&arguments.reports, &format!("proof-{}", header.started))?;
    let vault = Arc::new(Vault::new());
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    warn_of_unscannable(&vault);
    let begun = Instant::now();
    let library = Arc::new(opened.library);
    let injections = Injections::of(&faults, &cases);
    let outcomes = injections.run(arguments, library.clone(), &resolved, &header)?;
    let proof = conclude(arguments, &library.requirements, &faults, &cases, outcomes)?;
    let mut publisher = Publisher::new(&vault, &folder)?;
    let written = publisher.files(report::render_proof(&proof))?;
    publisher.print(&shown(&proof, begun.elapsed()));
    talk(&vault.hide(&left_in(&folder, &written)));
    publisher.end()?;
    Ok(if proof.holds() {
        ExitCode::Success
    } else {
        ExitCode::Failed
    })
}

/// Returns the faults that the arguments name; all of them without one.
fn faults(arguments: &ProveArguments) -> Result<Vec<Fault>, CliError> {
    if arguments.fault.is_empty() {
        return Ok(Fault::all().collect());
    }
    let names = arguments.fault.iter();
    names
        .map(|name| Fault::parse(name).map_err(CliError::usage))
        .collect()
}

/// The cases of a proof: every case without a fault, then every case with each fault.
struct Injections {
    /// A case with a fault has an id of its own, so that its messages are its own.
    cases: Vec<Arc<Case>>,
    /// The fault of each case that has one, by its id.
    fault_of: HashMap<Arc<str>, Fault>,
}

impl Injections {
    fn of(faults: &[Fault], cases: &[Arc<Case>]) -> Self {
        let mut all = cases.to_vec();
        let mut fault_of = HashMap::new();
        for fault in faults {
            for case in cases {
                let id: Arc<str> = format!("{}: {}", fault.id(), case.id).into();
                fault_of.insert(id.clone(), *fault);
                all.push(Arc::new(Case {
                    id,
                    ..(**case).clone()
                }));
            }
        }
        Self {
            cases: all,
            fault_of,
        }
    }

    /// Runs all cases and returns their outcomes in the same order.
    ///
    /// # Errors
    /// When a stage cannot be started, or an interrupt came before every case was run.
    fn run(
        &self,
        arguments: &ProveArguments,
        library: Arc<Library>,
        resolved: &ResolvedEnvironment,
        header: &Header,
    ) -> Result<Vec<Outcome>, CliError> {
        let runtime = runtime::start(Some(1))?;
        let interrupt = CancellationToken::new();
        runtime.spawn(handle_interrupts(interrupt.clone(), talk));
        let settings = || RunEnvironmentSettings {
            tap_access: TapAccess::InProcess,
            faults: Faults {
                everywhere: Vec::new(),
                of_case: self.fault_of.clone(),
            },
            forgets: true,
            jobs: Some(1),
            interrupt: interrupt.clone(),
            ..RunEnvironmentSettings::new(library.clone(), resolved.clone(), header.clone())
        };
        let threads = match arguments.jobs {
            Some(jobs) => jobs.into(),
            None => std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        };
        let done = AtomicUsize::new(0);
        let outcomes = rehearse(&self.cases, threads, settings, |_| {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(500) {
                talk(&format!("[{done}/{}] cases run", self.cases.len()));
            }
        })
        .map_err(CliError::inconclusive)?;
        runtime.shutdown_background();
        if interrupt.is_cancelled() {
            return Err(CliError::inconclusive(
                "interrupted before every case was run",
            ));
        }
        Ok(outcomes)
    }
}

/// Draws the conclusions: `outcomes` are those of [`Injections::run`].
///
/// # Errors
/// When a case fails or is inconclusive without any fault.
fn conclude(
    arguments: &ProveArguments,
    requirements: &[Arc<Requirement>],
    faults: &[Fault],
    cases: &[Arc<Case>],
    outcomes: Vec<Outcome>,
) -> Result<Proof, CliError> {
    let mut rest = outcomes.into_iter();
    let without_fault: Vec<Outcome> = rest.by_ref().take(cases.len()).collect();
    let broken: Vec<_> = without_fault
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Failed | Verdict::Inconclusive))
        .map(|outcome| {
            let reason = outcome.reason.as_deref().unwrap_or_default();
            format!("{}: {reason}", outcome.case)
        })
        .collect();
    if !broken.is_empty() {
        return Err(CliError::inconclusive(format!(
            "{} without any fault, so faults would prove nothing:\n  {}",
            if broken.len() == 1 {
                "1 case does not pass".to_owned()
            } else {
                format!("{} cases do not pass", broken.len())
            },
            broken.join("\n  ")
        )));
    }
    let named = faults
        .iter()
        .map(|fault| {
            let named = NamedFault {
                id: fault.id().to_owned(),
                text: fault.text().to_owned(),
                participant: fault.participant(),
            };
            (named, rest.by_ref().take(cases.len()).collect())
        })
        .collect();
    let ids = cases.iter().map(|case| case.id.clone()).collect();
    let mut proof = Proof::of(requirements, ids, named);
    if !arguments.fault.is_empty() {
        // Some of the faults prove nothing about requirements that list others.
        proof.unproven.clear();
    }
    Ok(proof)
}

/// Writes the matrix for a terminal: one line for each fault, then the cases that it affected.
fn shown(proof: &Proof, took: Duration) -> String {
    let mut text = String::new();
    for row in &proof.faults {
        add_fault(&mut text, proof, row);
    }
    // Writing to a string cannot fail, here and below.
    for unproven in &proof.unproven {
        let _ = writeln!(
            text,
            "{} {} lists no fault of the {}",
            "✗".red(),
            unproven.requirement,
            unproven.subject
        );
    }
    let runs = proof.faults.len() * proof.cases.len();
    let _ = writeln!(
        text,
        "\n{}; {} run in {:.1} s",
        proof.summary(),
        count(runs, "case"),
        took.as_secs_f64()
    );
    text
}

fn add_fault(text: &mut String, proof: &Proof, row: &FaultRow) {
    let (mark, word) = match row.conclusion {
        FaultConclusion::Detected => ("✓".green(), "detected"),
        FaultConclusion::Misattributed => ("✗".red(), "misattributed"),
        FaultConclusion::Undetected => ("✗".red(), "undetected"),
    };
    let _ = writeln!(
        text,
        "{mark} {word:<13} {} ({})  {}",
        row.fault.id.bold(),
        row.fault.participant,
        row.claims.join(", ").dimmed()
    );
    let is_problem = row.conclusion != FaultConclusion::Detected;
    for (case, cell) in proof.cases.iter().zip(&row.cells) {
        let line = match cell.effect {
            FaultEffect::Detected => format!("detected by {case}"),
            FaultEffect::Misattributed => format!("misattributed by {case}"),
            FaultEffect::Inconclusive if is_problem => format!("inconclusive: {case}"),
            FaultEffect::Inconclusive | FaultEffect::Skipped | FaultEffect::Quiet => continue,
        };
        let _ = writeln!(text, "    {line}");
        if is_problem && let Some(message) = &cell.message {
            for line in message.lines() {
                let _ = writeln!(text, "      {}", line.dimmed());
            }
        }
    }
}
