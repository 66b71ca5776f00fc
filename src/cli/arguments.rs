//! The arguments of the command line, and the text of `--help`: examples first, exit codes from their table.

use std::net::SocketAddr;
use std::num::{NonZero, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::init_mode::InitMode;
use crate::cli::schema::SchemaSubject;
use crate::cli::terminal::Color;
use crate::environment::run_time;
use crate::exit_code::{self, ExitCode};
use crate::verification::Assurance;
use plan_language::plan::Class;

/// Conformance tests for bank-feed providers that integrate with the Sage Banking Service.
///
/// Without a command, runs `feedproof run`. Not issued by Sage.
#[derive(Debug, Parser)]
#[command(
    name = "feedproof",
    version,
    args_conflicts_with_subcommands = true,
    after_help = after_help(&[
        ("feedproof", "run all plans, every participant emulated"),
        ("feedproof run --environment connector.yaml", "test your own connector"),
        ("feedproof run --filter offboarding", "run the cases with `offboarding` in their id"),
        ("feedproof check my-plans/", "validate plans without sending any request"),
        ("feedproof list --requirements", "list what is tested, what is not, and why"),
        ("feedproof explain receive", "explain a word of the plan language"),
    ], "", &ExitCode::ALL)
)]
pub struct Cli {
    /// When to colour output.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of `run`, when no command is given.
    #[command(flatten)]
    pub run: RunArguments,
}

/// The commands of feedproof.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run plans and write reports.
    #[command(after_help = after_help(&[
        ("feedproof run", ""),
        ("feedproof run plans/offboarding.yaml --reports out", ""),
        ("feedproof run --exact --filter offboarding/status-cancelled", ""),
        ("feedproof run --fault silent-offboarding", "see a case fail"),
        ("feedproof run --environment connector.yaml --certify", ""),
        ("feedproof run --environment connector.yaml --set waits.first-statement=90s", ""),
    ], "", &[
        ExitCode::Success,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Inconclusive,
        ExitCode::NotTested,
        ExitCode::Secret,
        ExitCode::Interrupted,
    ]))]
    Run(Box<RunArguments>),
    /// Validate plans without sending any request.
    #[command(after_help = after_help(&[
        ("feedproof check", ""),
        ("feedproof check my-plans/refunds.yaml", ""),
        ("feedproof check --environment connector.yaml", "also list which requirements can be tested there"),
    ], "", &[ExitCode::Success, ExitCode::Usage]))]
    Check(CheckArguments),
    /// List cases, requirements or faults.
    #[command(after_help = after_help(&[
        ("feedproof list", ""),
        ("feedproof list --requirements", ""),
        ("feedproof list --rules", "list each documented rule with its checks and faults, or why it has none"),
        ("feedproof list --faults", ""),
        ("feedproof list --diagram --filter offboarding/status-cancelled", ""),
    ], "", &[ExitCode::Success, ExitCode::Usage, ExitCode::NotTested]))]
    List(ListArguments),
    /// Explain a word: verb, matcher, wait, setting, requirement, fault, exit code, …
    #[command(after_help = after_help(&[
        ("feedproof explain", "list every word"),
        ("feedproof explain receive", ""),
        ("feedproof explain '$none'", ""),
        ("feedproof explain OFF-04", "a requirement, with its cases and faults"),
        ("feedproof explain silent-offboarding", "a fault, with the requirements that it breaks"),
        ("feedproof explain 3", "an exit code"),
    ], "", &[ExitCode::Success, ExitCode::Usage]))]
    Explain(ExplainArguments),
    /// Inject every fault into the emulators and verify that the right checks detect it.
    #[command(after_help = after_help(&[
        ("feedproof prove", ""),
        ("feedproof prove --fault silent-offboarding", ""),
    ], "A fault is detected when a check fails whose requirement lists the fault. It is undetected when no such check\nfails, and misattributed when another check fails as well. Without any fault, every case must pass first.", &[
        ExitCode::Success,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Inconclusive,
        ExitCode::Secret,
    ]))]
    Prove(ProveArguments),
    /// Keep the emulated participants running, to develop a connector against them.
    #[command(after_help = after_help(&[
        ("feedproof serve", "the emulated service with the reference provider"),
        ("feedproof serve --environment connector.yaml", "the emulated service, calling your connector"),
        ("feedproof serve --ready-file ready.json", "write addresses and credentials as JSON, once every port listens"),
    ], "Type commands while it runs: onboard, re-authorise, offboard, accounts, help, quit.", &[
        ExitCode::Success,
        ExitCode::Usage,
        ExitCode::Inconclusive,
    ]))]
    Serve(ServeArguments),
    /// Check DNS, ports, certificates, clocks and credentials before a run.
    #[command(after_help = after_help(&[
        ("feedproof doctor --environment connector.yaml", ""),
    ], "", &[ExitCode::Success, ExitCode::Usage, ExitCode::Inconclusive, ExitCode::Unfit]))]
    Doctor(DoctorArguments),
    /// Regenerate the reports of a finished run.
    #[command(after_help = after_help(&[
        ("feedproof report reports/2026-11-21T10-42-53Z", ""),
        ("feedproof report artifacts --to pages", ""),
        ("feedproof report artifacts --annotations github", "print errors on the lines of the plans"),
        ("cat artifacts/summary.md >> \"$GITHUB_STEP_SUMMARY\"", ""),
    ], "The verdicts are those that journal.jsonl gives, judged again with the plans of the run. A record.json that says\nsomething else is refused.", &[
        ExitCode::Success,
        ExitCode::Usage,
    ]))]
    Report(ReportArguments),
    /// Write the files of a run into one zip file to hand over.
    #[command(after_help = after_help(&[
        ("feedproof package reports/2026-11-21T10-42-53Z", ""),
        ("feedproof package artifacts --to acme-1.4.2.zip", ""),
    ], "The package holds the journal, the record, the reports and the plans of the run, and nothing else. The same files give the same bytes.\nWhat contradicts the journal is not packed.", &[
        ExitCode::Success,
        ExitCode::Failed,
        ExitCode::Usage,
    ]))]
    Package(PackageArguments),
    /// Verify a package, and sign the statement that follows from it.
    #[command(after_help = after_help(&[
        ("feedproof sign acme-1.4.2.zip --key ~/.ssh/id_ed25519", ""),
        ("feedproof sign acme-1.4.2.zip --key lab.pem --assurance reproduced --to lab.dsse.json", "the signer ran it again"),
    ], "The signature is a DSSE envelope over an in-toto statement with what verification derives: answer, conditions, requirements, what\nis not proven. Keys are Ed25519, not encrypted: PKCS#8 in PEM, or a private key of OpenSSH. A signer signs once; a file that\nholds the same statement gets one signature more.\nWhat contradicts the journal, or cannot be checked, is not signed.", &[
        ExitCode::Success,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Inconclusive,
    ]))]
    Sign(SignArguments),
    /// Check that the reports of a run say what its journal gives, and whether it can be a certificate.
    #[command(after_help = after_help(&[
        ("feedproof verify reports/2026-11-21T10-42-53Z", ""),
        ("feedproof verify artifacts --nonce acme-2026-11-30-7f3a", "the run was given this nonce"),
        ("feedproof verify artifacts --json", ""),
        ("feedproof verify acme-1.4.2.zip --key acme.pub", "it must be signed with this key"),
        ("feedproof verify acme-1.4.2.zip --allowed-signers signers", "it must be signed with one of these keys"),
    ], "The journal is judged again with the plans of the run; record.json and every other report must be what that gives,\nto the byte. A signed statement must be what the package gives, too. No request is sent, and no file is written but that of\n--summary.", &[
        ExitCode::Success,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Inconclusive,
        ExitCode::NotTested,
    ]))]
    Verify(VerifyArguments),
    /// Tell what changed between two runs, what got worse first.
    #[command(after_help = after_help(&[
        ("feedproof diff reports/2026-11-21T10-42-53Z reports/2026-11-22T09-00-11Z", ""),
        ("feedproof diff acme-1.4.1.zip acme-1.4.2.zip --format html --to diff.html", ""),
        ("feedproof diff before after --format markdown >> \"$GITHUB_STEP_SUMMARY\"", ""),
    ], "Both journals are judged again with the plans of their runs. Verdicts, requirements, settings, statuses and counts are\ncompared, never bodies or identifiers. No request is sent.", &[
        ExitCode::Success,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Inconclusive,
    ]))]
    Diff(DiffArguments),
    /// Write a small project: a plan, a flow, an environment.
    #[command(after_help = after_help(&[
        ("feedproof init", ""),
        ("feedproof init my-plans && cd my-plans && feedproof run", ""),
        ("feedproof init my-service --mode service", "an environment for a live Banking Service"),
    ], "", &[ExitCode::Success, ExitCode::Usage]))]
    Init(InitArguments),
    /// Print the JSON Schema of plans, environments, catalogues, records or comparisons.
    #[command(after_help = after_help(&[
        ("feedproof schema > plans/plan.schema.json", ""),
        ("feedproof schema environment > environments/environment.schema.json", ""),
    ], "", &[ExitCode::Success, ExitCode::Usage]))]
    Schema(SchemaArguments),
}

/// Writes what follows the options in `--help`: examples, each with a remark or an empty one, a note, exit codes.
fn after_help(examples: &[(&str, &str)], note: &str, codes: &[ExitCode]) -> String {
    let remarked = examples.iter().filter(|(_, remark)| !remark.is_empty());
    let width = remarked.map(|(line, _)| line.len()).max().unwrap_or(0);
    let mut text = "Examples:".to_owned();
    for (line, remark) in examples {
        text.push_str(format!("\n  {line:width$}  {remark}").trim_end());
    }
    if !note.is_empty() {
        text.push_str(&format!("\n\n{note}"));
    }
    format!("{text}\n\n{}", exit_code::help(codes))
}

/// Arguments of `feedproof explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArguments {
    /// Word to explain [default: list all words].
    #[arg(value_name = "WORD")]
    pub word: Option<String>,
}

/// Arguments of `feedproof init`.
#[derive(Clone, Debug, Args)]
pub struct InitArguments {
    /// Folder of the project; created if it is missing.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,

    /// Mode of the environment file: which participants are live.
    #[arg(long, value_enum, default_value_t)]
    pub mode: InitMode,

    /// Base URL of your connector's callbacks, for the environment file.
    #[arg(long, value_name = "URL")]
    pub connector: Option<String>,

    /// OpenAPI document of your connector (JSON), from which the paths of the callbacks are taken.
    #[arg(long, value_name = "FILE")]
    pub openapi: Option<PathBuf>,

    /// Name of your connector; its first word also names the variables for secrets.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// A test user of your bank and the number of its accounts; repeatable.
    #[arg(long, value_name = "USER=ACCOUNTS")]
    pub customer: Vec<String>,
}

/// Arguments of `feedproof schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArguments {
    /// Documents that the schema describes.
    #[arg(value_enum, default_value_t)]
    pub subject: SchemaSubject,
}

/// The documents that a command reads.
#[derive(Clone, Debug, Default, Args)]
pub struct DocumentArguments {
    /// Plans, or folders of plans [default: plans/ if it exists, otherwise the shipped plans].
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Environment: which participants are live, and their addresses [default: a rehearsal, all emulated].
    #[arg(long, short, value_name = "FILE")]
    pub environment: Option<PathBuf>,
    /// Override a value of the environment by its dotted path; repeatable.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// The cases that a command selects.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArguments {
    /// Select only cases with this text in their id; repeatable, one of the texts is enough.
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Leave out cases with this text in their id; repeatable.
    #[arg(long, value_name = "TEXT")]
    pub skip: Vec<String>,
    /// Compare --filter and --skip with the whole id.
    #[arg(long)]
    pub exact: bool,
    /// Select only cases that test this requirement; repeatable.
    #[arg(long, value_name = "ID")]
    pub requirement: Vec<String>,
    /// Select only cases that test a requirement of this class (A, B, C); repeatable.
    #[arg(long, value_name = "CLASS", value_parser = class)]
    pub class: Vec<NamedClass>,
}

/// A class of requirements, as a caller names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedClass(pub Class);

fn class(word: &str) -> Result<NamedClass, String> {
    let classes = [Class::A, Class::B, Class::C];
    let mut named = classes
        .into_iter()
        .filter(|class| class.to_string().eq_ignore_ascii_case(word));
    let named = named.next().map(NamedClass);
    named.ok_or_else(|| "the classes are A, B and C".to_owned())
}

/// Arguments of `feedproof run`.
#[derive(Clone, Debug, Default, Args)]
pub struct RunArguments {
    /// The documents that the command reads.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// The cases that the command selects.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Run only cases that failed or are inconclusive in an earlier run, that did not run there, or that are newer;
    /// `latest` is the last run in the folder of reports.
    #[arg(long, value_name = "DIR|PACKAGE")]
    pub rerun: Option<PathBuf>,
    /// Folder of all reports; each run gets a folder of its own in it.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// Maximum number of cases running at once (waiting cases are not counted).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// End the run once so many cases have failed: those that have not ended are inconclusive.
    #[arg(long, value_name = "N")]
    pub max_failures: Option<NonZeroUsize>,
    /// End the run at the first failed case.
    #[arg(long, conflicts_with = "max_failures")]
    pub fail_fast: bool,
    /// End the run after this time: cases that have not ended are inconclusive [default: 30m].
    #[arg(long, value_name = "TIME", value_parser = run_time)]
    pub timeout: Option<Duration>,
    /// Inject a fault into an emulated participant, to see a case fail; repeatable.
    #[arg(long, value_name = "NAME")]
    pub fault: Vec<String>,
    /// Treat failing SHOULD requirements as failures.
    #[arg(long)]
    pub strict: bool,
    /// Refuse what cannot be a certificate, such as a rehearsal or changed plans; INCOMPLETE exits with 4.
    #[arg(long)]
    pub certify: bool,
    /// The nonce of a certifier, recorded with the run, which tells it from an older one.
    #[arg(long, value_name = "VALUE", value_parser = nonce)]
    pub nonce: Option<String>,
    /// Failures that somebody answers for until a day; the cases run, and the answer is CONFORMANT EXCEPT at best.
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
    /// Also write the package of the run, as `feedproof package` does.
    #[arg(long, value_name = "FILE")]
    pub package: Option<PathBuf>,
    /// Also print what changed since an earlier run, as `feedproof diff` does (`latest` is the last run); no report contains it.
    #[arg(long, value_name = "DIR|PACKAGE")]
    pub compare_with: Option<PathBuf>,
    /// Also show the checks of cases that passed.
    #[arg(long, short)]
    pub verbose: bool,
    /// Write the reports of this run into exactly this folder, which must be empty or missing.
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Also write the JUnit report to this file.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print the results as one line of JSON instead of a summary for people.
    #[arg(long, conflicts_with = "verbose")]
    pub json: bool,
    /// Print the counts and the answer alone, and no progress.
    #[arg(long, short, conflicts_with_all = ["verbose", "json"])]
    pub quiet: bool,
    /// Print no progress.
    #[arg(long)]
    pub no_progress: bool,
}

/// Arguments of `feedproof prove`.
#[derive(Clone, Debug, Args)]
pub struct ProveArguments {
    /// The documents that the command reads.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// Inject only this fault; repeatable.
    #[arg(long, value_name = "NAME")]
    pub fault: Vec<String>,
    /// Try only this honest variant; repeatable.
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,
    /// Try only this many networks that delay messages, each in its own way [default: 3, with everything else].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub networks: Option<u32>,
    /// Folder of all reports; each proof gets a folder of its own in it.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// Maximum number of cases running at once, one thread each [default: number of cores].
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,
}

impl ProveArguments {
    /// Tells whether everything is tried, because nothing is named.
    pub fn tries_everything(&self) -> bool {
        self.fault.is_empty() && self.variant.is_empty() && self.networks.is_none()
    }
}

/// Arguments of `feedproof serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// Environment with the callbacks of your connector [default: the reference provider is called].
    #[arg(long, short, value_name = "FILE")]
    pub environment: Option<PathBuf>,
    /// Override a value of the environment by its dotted path; repeatable.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Address of the emulated service [default: `listen` of the environment, otherwise 127.0.0.1:9000].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Write addresses and credentials to this file as JSON, once every port listens; only its owner can read it.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
}

/// Arguments of `feedproof doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArguments {
    /// The documents that the command reads.
    #[command(flatten)]
    pub documents: DocumentArguments,
}

/// Arguments of `feedproof report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArguments {
    /// Folder of the run.
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Plans of the run, unless they are the shipped ones or stand in its folder.
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Folder of the reports [default: the folder of the run].
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Environment of a run that was killed, whose files are searched for its secrets first.
    #[arg(long, short, value_name = "FILE")]
    pub environment: Option<PathBuf>,
    /// Also print annotations for a pipeline to stdout.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub annotations: Option<AnnotationFormat>,
}

/// Arguments of `feedproof package`.
#[derive(Clone, Debug, Args)]
pub struct PackageArguments {
    /// Folder of the run.
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Plans of the run, unless they are the shipped ones or stand in its folder.
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// The zip file [default: DIR.zip].
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// Arguments of `feedproof verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArguments {
    /// Folder of the run, or a package of it.
    #[arg(value_name = "DIR|PACKAGE")]
    pub run: PathBuf,
    /// Plans of the run, unless they are the shipped ones or stand in its folder.
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// The nonce that was given for the run (`run --nonce`).
    #[arg(long, value_name = "VALUE", value_parser = nonce)]
    pub nonce: Option<String>,
    /// The signatures that the caller demands.
    #[command(flatten)]
    pub signed: SignatureArguments,
    /// Write the names of the checks that held to a new file, as an in-toto statement (Simple Verification Result).
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Print the answer as one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// The signatures of a package that `feedproof verify` demands.
#[derive(Clone, Debug, Default, Args)]
pub struct SignatureArguments {
    /// Public key of a signer, who must have signed: SPKI in PEM, or a line of OpenSSH; repeatable.
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Signers of whom at least one must have signed, in the form of OpenSSH: principals, `namespaces="feedproof"`, key.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// The signatures; repeatable [default: PACKAGE.dsse.json].
    #[arg(long, value_name = "FILE")]
    pub signatures: Vec<PathBuf>,
}

/// Arguments of `feedproof sign`.
#[derive(Clone, Debug, Args)]
pub struct SignArguments {
    /// The package of the run.
    #[arg(value_name = "PACKAGE")]
    pub package: PathBuf,
    /// Private key of the signer: Ed25519, not encrypted.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// How the signer knows that the journal was recorded as it says.
    #[arg(long, value_name = "LEVEL", value_parser = assurance(), default_value = Assurance::OwnRun.word())]
    pub assurance: Assurance,
    /// The nonce that was given for the run (`run --nonce`).
    #[arg(long, value_name = "VALUE", value_parser = nonce)]
    pub nonce: Option<String>,
    /// The file of the signatures [default: PACKAGE.dsse.json].
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// Arguments of `feedproof diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArguments {
    /// The earlier run: its folder, or a package of it.
    #[arg(value_name = "A")]
    pub earlier: PathBuf,
    /// The later run: its folder, or a package of it.
    #[arg(value_name = "B")]
    pub later: PathBuf,
    /// Format of the comparison.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: ComparisonFormat,
    /// File for the comparison, which is replaced [default: stdout].
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// Reads the word of an assurance.
fn assurance() -> impl TypedValueParser<Value = Assurance> {
    let words = Assurance::ALL.map(|level| PossibleValue::new(level.word()).help(level.meaning()));
    PossibleValuesParser::new(words)
        .try_map(|word| Assurance::of(&word).ok_or("is no level of assurance"))
}

/// The formats of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ComparisonFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For a pull request.
    Markdown,
    /// For programs.
    Json,
    /// One page for reviewers.
    Html,
}

/// Reads a nonce: a word that reads the same in every report and shell.
fn nonce(text: &str) -> Result<String, String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if (8..=40).contains(&text.len()) && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("must have 8 to 40 letters, digits and `-`".to_owned())
    }
}

/// The pipelines whose annotations `report` can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnnotationFormat {
    /// GitHub workflow commands.
    Github,
}

/// Arguments of `feedproof check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArguments {
    /// The documents that the command reads.
    #[command(flatten)]
    pub documents: DocumentArguments,
}

/// Arguments of `feedproof list`.
#[derive(Clone, Debug, Args)]
pub struct ListArguments {
    /// The documents that the command reads.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// The cases that the command selects.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// List requirements with level, class, cases and faults.
    #[arg(long)]
    pub requirements: bool,
    /// List the faults that can be injected into the emulated participants.
    #[arg(long, conflicts_with = "requirements")]
    pub faults: bool,
    /// List the variants of the reference provider: what honest providers may do differently.
    #[arg(long, conflicts_with_all = ["requirements", "faults"])]
    pub variants: bool,
    /// List the rules of the sources with the checks that test them and the faults that prove these checks.
    #[arg(long, conflicts_with_all = ["requirements", "faults", "variants"])]
    pub rules: bool,
    /// Print the planned sequence of each case as a Mermaid diagram in Markdown.
    #[arg(long, conflicts_with_all = ["requirements", "faults", "variants", "rules"])]
    pub diagram: bool,
    /// List the cases, or with --requirements the requirements, as one JSON document.
    #[arg(long, conflicts_with_all = ["faults", "variants", "rules", "diagram"])]
    pub json: bool,
}
