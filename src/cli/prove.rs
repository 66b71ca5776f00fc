//! `feedproof prove`: runs every case with every fault and every variant, each on a stage of its own, in simulated time.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use colored::Colorize as _;

use crate::cli::arguments::ProveArguments;
use crate::cli::documents::{open, resolve};
use crate::cli::error::CliError;
use crate::cli::folder::{left_in, make_folder};
use crate::cli::header::header_of;
use crate::cli::interrupt::{Interrupts, watch};
use crate::cli::publish::{Publisher, warn_of_unscannable};
use crate::cli::terminal::talk;
use crate::exit_code::ExitCode;
use crate::journal::Header;
use crate::judge::Verdict;
use crate::number::count;
use crate::proof::{
    FaultConclusion, FaultEffect, FaultRow, NamedFault, NamedVariant, Proof, VariantRow,
};
use crate::record::Outcome;
use crate::report;
use crate::topology::{
    Deviation, Deviations, Fault, NetworkSeed, ResolvedEnvironment, RunEnvironmentSettings,
    TapAccess, Variant, find_variant, in_process_obstacle, rehearse,
};
use crate::vault::Vault;
use plan_language::plan::{Case, Library, Requirement};

/// How many networks that delay messages belong to a proof of everything.
const NETWORKS: u32 = 3;

/// Runs the command and returns the exit code.
pub(super) fn prove(arguments: &ProveArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    if let Some(why) = in_process_obstacle(&opened.environment) {
        return Err(CliError::usage(format!(
            "`prove` rehearses in-process, in simulated time; in this environment {why}"
        ))
        .with_hint("without `--environment`, it uses the environment of the shipped rehearsal"));
    }
    let tried = Tried::of(arguments)?;
    let cases: Vec<Arc<Case>> = opened.library.cases().cloned().collect();
    let header = header_of(&opened, &[], 0, &[]);
    let folder = make_folder(&arguments.reports, &format!("proof-{}", header.started))?;
    let vault = Arc::new(Vault::new());
    let resolved = resolve(opened.environment, &opened.sources, vault.clone())?;
    warn_of_unscannable(&vault);
    let begun = Instant::now();
    let library = Arc::new(opened.library);
    let injections = Injections::of(&tried, &cases);
    let outcomes = injections.run(arguments, library.clone(), &resolved, &header)?;
    let proof = conclude(arguments, &library.requirements, &tried, &cases, outcomes)?;
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

/// What is tried: faults that must be detected, and variants that must be left in peace.
struct Tried {
    faults: Vec<Fault>,
    variants: Vec<Variant>,
    networks: Vec<Network>,
}

/// A network that delays messages.
struct Network {
    id: String,
    seed: NetworkSeed,
}

impl Tried {
    /// Returns what the arguments name; everything without one.
    ///
    /// # Errors
    /// When there is no such fault or variant.
    fn of(arguments: &ProveArguments) -> Result<Self, CliError> {
        let networks = match arguments.networks {
            Some(networks) => networks,
            None if arguments.tries_everything() => NETWORKS,
            None => 0,
        };
        let networks = (1..=networks)
            .map(|seed| Network {
                id: format!("network-{seed}"),
                seed: NetworkSeed(seed.into()),
            })
            .collect();
        if arguments.tries_everything() {
            return Ok(Self {
                faults: Fault::all().collect(),
                variants: Variant::ALL.to_vec(),
                networks,
            });
        }
        let faults = arguments.fault.iter();
        let faults = faults.map(|name| {
            Fault::parse(name).map_err(|error| {
                CliError::usage(error).with_hint("`feedproof list --faults` lists them")
            })
        });
        let variants = arguments.variant.iter();
        let variants = variants.map(|name| {
            find_variant(name).map_err(|error| {
                CliError::usage(error).with_hint("`feedproof list --variants` lists them")
            })
        });
        Ok(Self {
            faults: faults.collect::<Result<_, _>>()?,
            variants: variants.collect::<Result<_, _>>()?,
            networks,
        })
    }

    /// Lists all deviations with their names.
    fn deviations(&self) -> impl Iterator<Item = (&str, Deviation)> {
        let faults = self.faults.iter();
        let faults = faults.map(|fault| (fault.id(), Deviation::from(*fault)));
        let variants = self.variants.iter();
        let variants = variants.map(|variant| (variant.id(), Deviation::from(*variant)));
        let networks = self.networks.iter();
        let networks = networks.map(|network| (&*network.id, Deviation::from(network.seed)));
        faults.chain(variants).chain(networks)
    }

    /// Lists what must be left in peace, in the order of the deviations.
    fn honest(&self) -> impl Iterator<Item = NamedVariant> {
        let variants = self.variants.iter().map(|variant| NamedVariant {
            id: variant.id().to_owned(),
            text: variant.text().to_owned(),
        });
        variants.chain(self.networks.iter().map(|network| {
            NamedVariant {
                id: network.id.clone(),
                text: "The network delays messages at random, so that they overtake each other."
                    .to_owned(),
            }
        }))
    }
}

/// The cases of a proof: every case as usual, then every case with each fault and with each variant.
struct Injections {
    /// A case with a deviation has an id of its own, so that its messages are its own.
    cases: Vec<Arc<Case>>,
    /// The deviation of each case that has one, by its id.
    of_case: HashMap<Arc<str>, Deviation>,
}

impl Injections {
    fn of(tried: &Tried, cases: &[Arc<Case>]) -> Self {
        let mut all = cases.to_vec();
        let mut of_case = HashMap::new();
        for (name, deviation) in tried.deviations() {
            for case in cases {
                let id: Arc<str> = format!("{name}: {}", case.id).into();
                of_case.insert(id.clone(), deviation.clone());
                all.push(Arc::new(Case {
                    id,
                    ..(**case).clone()
                }));
            }
        }
        Self {
            cases: all,
            of_case,
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
        let Interrupts { interrupt, .. } = watch("no further case begins", talk)?;
        let settings = || RunEnvironmentSettings {
            tap_access: TapAccess::InProcess,
            deviations: Deviations {
                everywhere: Deviation::default(),
                of_case: self.of_case.clone(),
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
    tried: &Tried,
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
    let named = tried
        .faults
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
    for named in tried.honest() {
        let outcomes: Vec<Outcome> = rest.by_ref().take(cases.len()).collect();
        let row = VariantRow::of(named, &outcomes, &without_fault);
        proof.variants.push(row);
    }
    if !arguments.tries_everything() {
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
    for row in &proof.variants {
        add_variant(&mut text, row);
    }
    let _ = writeln!(
        text,
        "\n{}; {} run in {:.1} s",
        proof.summary(),
        count(proof.runs(), "case"),
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

fn add_variant(text: &mut String, row: &VariantRow) {
    let (mark, word) = match row.disturbed.as_slice() {
        [] => ("✓".green(), "in peace"),
        cases if cases.iter().any(|case| case.verdict == Verdict::Failed) => ("✗".red(), "accused"),
        _ => ("✗".red(), "undecided"),
    };
    let id = row.variant.id.bold();
    let _ = writeln!(text, "{mark} {word:<13} {id} (variant)");
    for case in &row.disturbed {
        let _ = writeln!(text, "    {}: {}", case.verdict.as_str(), case.case);
        for line in case.reason.iter().flat_map(|reason| reason.lines()) {
            let _ = writeln!(text, "      {}", line.dimmed());
        }
    }
}
