//! `feedproof prove`: every fault against every case, on a stage of its own each, in simulated time.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use colored::Colorize as _;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::ProveArguments;
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::folder::{left_in, make_folder};
use crate::cli::header::header_of;
use crate::cli::interrupt::heed_interrupts;
use crate::cli::publish::{Publisher, warn_of_unscannable};
use crate::cli::runtime;
use crate::cli::terminal::talk;
use crate::exit_code::ExitCode;
use crate::judge::Verdict;
use crate::proof::{Effect, NamedFault, Proof, Standing};
use crate::record::Outcome;
use crate::report;
use crate::topology::{
    Fault, Faults, RunEnvironmentSettings, TapAccess, in_process_obstacle, rehearse,
};
use crate::vault::Vault;
use plan_language::plan::Case;

/// Runs the command and returns the exit code.
pub(super) fn prove(arguments: &ProveArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    if let Some(why) = in_process_obstacle(&opened.environment) {
        return Err(CliError::usage(format!(
            "`prove` rehearses in-process, in simulated time; in this environment {why}"
        ))
        .with_hint("without `--environment` it takes the environment of the shipped rehearsal"));
    }
    let library = &opened.library;
    let faults: Vec<Fault> = match arguments.fault.is_empty() {
        true => Fault::all().collect(),
        false => arguments
            .fault
            .iter()
            .map(|name| Fault::parse(name).map_err(CliError::usage))
            .collect::<Result<_, _>>()?,
    };
    let cases: Vec<Arc<Case>> = library.cases().cloned().collect();
    // A pair runs under an id of its own, so that its messages are its own.
    let mut pairs: Vec<Arc<Case>> = cases.clone();
    let mut of_case = HashMap::new();
    for fault in &faults {
        for case in &cases {
            let id: Arc<str> = format!("{}: {}", fault.id(), case.id).into();
            of_case.insert(id.clone(), *fault);
            pairs.push(Arc::new(Case {
                id,
                ..(**case).clone()
            }));
        }
    }
    let header = header_of(&opened, &[], 0, &[]);
    let folder = make_folder(&arguments.reports, &format!("proof-{}", header.started))?;
    let vault = Arc::new(Vault::new());
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    warn_of_unscannable(&vault);
    let runtime = runtime::start(Some(1))?;
    let interrupt = CancellationToken::new();
    runtime.spawn(heed_interrupts(interrupt.clone(), talk));
    let begun = Instant::now();
    let library = Arc::new(opened.library);
    let settings = || RunEnvironmentSettings {
        tap_access: TapAccess::InProcess,
        faults: Faults {
            everywhere: Vec::new(),
            of_case: of_case.clone(),
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
    let outcomes = rehearse(&pairs, threads, settings, |_| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(500) {
            talk(&format!("[{done}/{}] pairs judged", pairs.len()));
        }
    })
    .map_err(CliError::inconclusive)?;
    runtime.shutdown_background();
    if interrupt.is_cancelled() {
        return Err(CliError::inconclusive(
            "interrupted before every pair was judged",
        ));
    }
    let mut rest = outcomes.into_iter();
    let clean: Vec<Outcome> = rest.by_ref().take(cases.len()).collect();
    let dirty: Vec<_> = clean
        .iter()
        .filter(|one| matches!(one.verdict, Verdict::Failed | Verdict::Inconclusive))
        .map(|one| {
            format!(
                "{}: {}",
                one.case,
                one.reason.as_deref().unwrap_or_default()
            )
        })
        .collect();
    if !dirty.is_empty() {
        let list = dirty.join("\n  ");
        return Err(CliError::inconclusive(format!(
            "the clean pair is not green, so faults would show nothing:\n  {list}"
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
    let mut proof = Proof::of(&library.requirements, ids, named);
    if !arguments.fault.is_empty() {
        // Of a part of the faults nothing follows for requirements that others prove.
        proof.unproven.clear();
    }
    let mut publisher = Publisher::new(&vault, &folder)?;
    let written = publisher.files(report::render_proof(&proof))?;
    publisher.print(&shown(&proof, begun.elapsed().as_secs_f64()));
    talk(&vault.hide(&left_in(&folder, &written)));
    publisher.end()?;
    Ok(if proof.holds() {
        ExitCode::Success
    } else {
        ExitCode::Failed
    })
}

/// Draws the matrix for a terminal: a line a fault, with the cases that noticed.
fn shown(proof: &Proof, seconds: f64) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for row in &proof.faults {
        let (mark, word) = match row.standing {
            Standing::Detected => ("✓".green(), "detected  "),
            Standing::Misattributed => ("✗".red(), "misattributed "),
            Standing::Undetected => ("✗".red(), "undetected"),
        };
        let claims = row.claims.join(", ");
        let _ = writeln!(
            text,
            "{mark} {word} {} ({})  {}",
            row.fault.id.bold(),
            row.fault.participant,
            claims.dimmed()
        );
        for (case, cell) in proof.cases.iter().zip(&row.cells) {
            let told = row.standing != Standing::Detected;
            let line = match cell.effect {
                Effect::Detected => format!("detected by {case}"),
                Effect::Misattributed => format!("strays in {case}"),
                Effect::Inconclusive if told => format!("no judgement in {case}"),
                _ => continue,
            };
            let _ = writeln!(text, "    {line}");
            if told && let Some(message) = &cell.message {
                for line in message.lines() {
                    let _ = writeln!(text, "      {}", line.dimmed());
                }
            }
        }
    }
    for one in &proof.unproven {
        let _ = writeln!(
            text,
            "✗ unproven {}: no fault in the {}",
            one.requirement, one.subject
        );
    }
    let faults = proof.faults.len();
    let pairs = faults * proof.cases.len();
    let _ = writeln!(
        text,
        "\n{faults} faults, {} detected where claimed, {} misattributed, {} undetected; {} requirements unproven; {pairs} pairs in {seconds:.1} s",
        proof.count(Standing::Detected),
        proof.count(Standing::Misattributed),
        proof.count(Standing::Undetected),
        proof.unproven.len(),
    );
    text
}
