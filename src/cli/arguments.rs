//! The arguments of the command line, with help that teaches by example.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::schema::Subject;
use crate::cli::terminal::Color;

/// Conformance tests for bank-feed providers that integrate with the Sage Banking Service.
///
/// Without a command, `feedproof run`. Not issued by Sage.
#[derive(Debug, Parser)]
#[command(
    name = "feedproof",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  feedproof                                   rehearse: run all plans against the emulated pair\n  feedproof run --environment connector.yaml  run them against your own connector\n  feedproof run --filter offboarding          run the cases with `offboarding` in their id\n  feedproof check my-plans/                   prove plans sound without sending anything\n  feedproof list --requirements               what is tested, what is not, and why\n\nExit codes: 0 conformant (a rehearsal: green) · 1 a requirement failed · 2 bad usage or unsound plan\n            3 no judgement · 4 nothing selected or applicable · 5 a secret would have leaked"
)]
pub struct Cli {
    /// When to colour output.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of `run`, when no command is given.
    #[command(flatten)]
    pub run: RunArguments,
}

/// What feedproof can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run plans and write reports.
    #[command(
        after_help = "Examples:\n  feedproof run\n  feedproof run plans/offboarding.yaml --reports out\n  feedproof run --exact --filter offboarding/status-cancelled\n  feedproof run --fault silent-offboarding     see a case go red\n  feedproof run --environment connector.yaml --certify\n  feedproof run --environment connector.yaml --set waits.first-statement=90s"
    )]
    Run(RunArguments),
    /// Prove plans sound without sending anything.
    #[command(
        after_help = "Examples:\n  feedproof check\n  feedproof check my-plans/refunds.yaml\n  feedproof check --environment connector.yaml   also what can be judged there"
    )]
    Check(CheckArguments),
    /// List cases, or requirements with the cases and faults that cover them.
    #[command(
        after_help = "Examples:\n  feedproof list\n  feedproof list --requirements\n  feedproof list --faults\n  feedproof list --diagram --filter offboarding/status-cancelled"
    )]
    List(ListArguments),
    /// Run every fault of the emulated pair against every case, to prove that the checks bite.
    #[command(
        after_help = "Examples:\n  feedproof prove\n  feedproof prove --fault silent-offboarding\n\nExit codes: 0 every fault is caught where it is claimed and nowhere else · 1 one survives or strays,\n            or a requirement has no fault · 2 bad usage or unsound plan · 3 the clean pair is not green"
    )]
    Prove(ProveArguments),
    /// Keep the emulated parts up on fixed ports, to develop a connector against them.
    #[command(
        after_help = "Examples:\n  feedproof serve                               the emulated service with the reference provider\n  feedproof serve --environment connector.yaml  the emulated service, calling your connector\n  feedproof serve --ready-file ready.json       addresses and credentials as JSON, once everything listens\n\nCommands are typed while it runs: onboard, re-authorise, offboard, accounts, help, quit."
    )]
    Serve(ServeArguments),
    /// Look at what is around a run before anything is judged: names, ports, certificates, clocks, credentials.
    #[command(
        after_help = "Examples:\n  feedproof doctor --environment connector.yaml\n\nExit codes: 0 nothing is wrong · 2 bad usage or unsound environment · 6 something is wrong"
    )]
    Doctor(DoctorArguments),
    /// Draw the reports of a finished run again, from its folder.
    #[command(
        after_help = "Examples:\n  feedproof report reports/2026-11-21T10-42-53Z\n  feedproof report artifacts --to pages\n  feedproof report artifacts --annotations github    errors on the lines of the plans\n  cat artifacts/summary.md >> \"$GITHUB_STEP_SUMMARY\"\n\nNothing is judged: record.json and journal.jsonl are shown as they are. Only a run that was killed before it\nwrote record.json is judged again, with the plans that it was made with.\n\nExit codes: 0 the reports are written, whatever they say · 2 the folder holds no run of this format"
    )]
    Report(ReportArguments),
    /// Write a small project: a plan, a flow, an environment.
    #[command(
        after_help = "Examples:\n  feedproof init\n  feedproof init my-plans && cd my-plans && feedproof run"
    )]
    Init(InitArguments),
    /// Print the JSON Schema of plans, environments or catalogues, for editors, or that of records.
    #[command(
        after_help = "Examples:\n  feedproof schema > plans/plan.schema.json\n  feedproof schema environment > environments/environment.schema.json"
    )]
    Schema(SchemaArguments),
}

/// Arguments of `feedproof init`.
#[derive(Clone, Debug, Args)]
pub struct InitArguments {
    /// Where the project goes; made if it is not there.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
}

/// Arguments of `feedproof schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArguments {
    /// What the schema is about.
    #[arg(value_enum, default_value_t)]
    pub subject: Subject,
}

/// Which documents are read.
#[derive(Clone, Debug, Default, Args)]
pub struct DocumentArguments {
    /// Plans, or folders of plans [default: plans/ if there is one, otherwise the shipped ones].
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// The environment: who is live, and where [default: a rehearsal, everything emulated].
    #[arg(long, short, value_name = "FILE")]
    pub environment: Option<PathBuf>,
    /// Change a value of the environment by its dotted path; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Which cases are selected.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArguments {
    /// Only cases with this text in their id.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Not the cases with this text in their id; may be given again.
    #[arg(long, value_name = "TEXT")]
    pub skip: Vec<String>,
    /// Compare ids in full.
    #[arg(long)]
    pub exact: bool,
}

/// Arguments of `feedproof run`.
#[derive(Clone, Debug, Default, Args)]
pub struct RunArguments {
    /// Which documents are read.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// Which cases are selected.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Where reports go: a folder for each run.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// How many cases act at once; a case that waits does not count.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Switch a fault of an emulated part on, to see a case go red; may be given again.
    #[arg(long, value_name = "NAME")]
    pub fault: Vec<String>,
    /// Let a failing SHOULD count.
    #[arg(long)]
    pub strict: bool,
    /// Certify: refuse rehearsals, faults, filters, changed plans and an unnamed subject; incomplete is not enough.
    #[arg(long)]
    pub certify: bool,
    /// Show the checks of cases that passed, too.
    #[arg(long, short)]
    pub verbose: bool,
}

/// Arguments of `feedproof prove`.
#[derive(Clone, Debug, Args)]
pub struct ProveArguments {
    /// Which documents are read.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// Only this fault; may be given again.
    #[arg(long, value_name = "NAME")]
    pub fault: Vec<String>,
    /// Where the matrix goes: a folder for each proof.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// How many pairs act at once, a thread each [default: one for each core].
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,
}

/// Arguments of `feedproof serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// The environment: whose connector is called [default: the reference provider].
    #[arg(long, short, value_name = "FILE")]
    pub environment: Option<PathBuf>,
    /// Change a value of the environment by its dotted path; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Where to listen [default: as the environment says, otherwise 127.0.0.1:9000].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Write addresses and credentials into this file once everything listens, as JSON.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
}

/// Arguments of `feedproof doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArguments {
    /// Which documents are read.
    #[command(flatten)]
    pub documents: DocumentArguments,
}

/// Arguments of `feedproof report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArguments {
    /// The folder of a run.
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Plans of a run that was killed, if they are not the shipped ones.
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Where the reports go [default: the folder of the run].
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Print annotations for a pipeline to stdout.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub annotations: Option<AnnotationFormat>,
}

/// The pipelines for which annotations can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnnotationFormat {
    /// Workflow commands of GitHub.
    Github,
}

/// Arguments of `feedproof check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArguments {
    /// Which documents are read.
    #[command(flatten)]
    pub documents: DocumentArguments,
}

/// Arguments of `feedproof list`.
#[derive(Clone, Debug, Args)]
pub struct ListArguments {
    /// Which documents are read.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// Which cases are selected.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// List requirements, with level, class, cases and faults.
    #[arg(long)]
    pub requirements: bool,
    /// List the faults that emulated parts can show.
    #[arg(long, conflicts_with = "requirements")]
    pub faults: bool,
    /// Draw the planned sequence of the cases as Mermaid diagrams, in Markdown.
    #[arg(long, conflicts_with_all = ["requirements", "faults"])]
    pub diagram: bool,
}
