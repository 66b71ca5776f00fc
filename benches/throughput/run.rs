//! A run as `feedproof run` makes it, with a plan and an environment generated for the size.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use feedproof::cli::{OpenedDocuments, header_of, look_up};
use feedproof::environment::{self, Environment};
use feedproof::harness::{Harness, execute};
use feedproof::judge::Verdict;
use feedproof::record::{Outcome, Record};
use feedproof::report;
use feedproof::topology::{ResolvedEnvironment, RunEnvironment, RunEnvironmentSettings};
use feedproof::vault::Vault;
use libtest_mimic::Arguments;
use plan_language::plan::{Document, Documents, Library};
use plan_language::source::{Finding, Sources, load, render};
use tokio::runtime::Runtime;

use crate::provider::Provider;
use crate::{Failure, JOBS, REQUESTS, Size};

/// The times of one run.
pub struct Took {
    /// The time until the last case ended.
    pub cases: Duration,
    /// The time until journal and reports were on disk.
    pub whole: Duration,
    /// The greatest number of callbacks awaited at the same time.
    pub awaited: usize,
}

/// Runs a plan as `feedproof run` does, without printing.
///
/// # Errors
/// When plan or environment cannot be read, a file cannot be written or a case does not pass.
pub fn measure(
    runtime: &Runtime,
    plan: &str,
    size: Size,
    provider: &Provider,
) -> Result<Took, Failure> {
    let opened = OpenedDocuments {
        library: library(plan)?,
        environment: environment_of(size, provider)?,
        provenance: "made for a benchmark".to_owned(),
        documents: plan_language::plan::Documents::default(),
        sources: plan_language::source::Sources::new(),
    };
    let cases: Vec<_> = opened.library.cases().cloned().collect();
    let header = header_of(&opened, &cases, 0, &[]);
    let resolved = ResolvedEnvironment::of(opened.environment, Arc::new(Vault::new()), &look_up)?;
    let library = Arc::new(opened.library);
    let folder = tempfile::tempdir()?;
    let run_environment = runtime.block_on(RunEnvironment::up(RunEnvironmentSettings {
        journal: Some(folder.path().join("journal.jsonl")),
        jobs: Some(JOBS),
        ..RunEnvironmentSettings::new(library.clone(), resolved, header.clone())
    }))?;
    provider.slow.call_back_to(&run_environment.origin);

    let begun = Instant::now();
    let (_, outcomes) = execute(
        Harness {
            arguments: Arguments {
                logfile: Some(if cfg!(windows) { "NUL" } else { "/dev/null" }.to_owned()),
                ..Arguments::default()
            },
            runner: &run_environment.runner,
            jobs: run_environment.jobs,
            runtime: runtime.handle().clone(),
            on_outcome: Arc::new(|_: &Outcome| {}),
            describe: Arc::new(|_: &Outcome| String::new()),
        },
        &cases,
    );
    let cases = begun.elapsed();
    let record = Record::of(&library, &run_environment.journal, header, outcomes);
    runtime.block_on(run_environment.down())?;
    report::write_reports(&record, folder.path())?;
    let whole = begun.elapsed();

    all_passed(&record, size)?;
    for name in ["journal.jsonl", "junit.xml"] {
        holds_something(&folder.path().join(name))?;
    }
    Ok(Took {
        cases,
        whole,
        awaited: provider.slow.take_peak(),
    })
}

fn all_passed(record: &Record, size: Size) -> Result<(), Failure> {
    if record.counts.passed == size.cases {
        return Ok(());
    }
    let other = record
        .cases
        .iter()
        .find(|case| case.verdict != Verdict::Passed);
    let why = other.map(|case| {
        let told = report::failure(record, case);
        format!(
            "{}: {}",
            case.case,
            told.or(case.reason.clone()).unwrap_or_default()
        )
    });
    let passed = record.counts.passed;
    Err(format!(
        "{passed} of {} cases passed\n{}",
        size.cases,
        why.unwrap_or_default()
    )
    .into())
}

fn holds_something(path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path)?.len() {
        0 => Err(format!("{} is empty", path.display()).into()),
        _ => Ok(()),
    }
}

/// Returns the plan of the first figure.
pub fn requesting(size: Size, provider: &Provider) -> String {
    let mut steps = String::new();
    for number in 1..=REQUESTS {
        let _ = write!(
            steps,
            r#"
      - send: GET ${{url}}/{number}
        as: service
        to: provider.notification
        auth: {{ bearer: none }}
        expect: {{ status: 200, body: {{ number: {number} }} }}"#
        );
    }
    plan_of("requests", &steps, size, provider)
}

/// Returns the plan of the second figure.
pub fn waiting(size: Size, provider: &Provider) -> String {
    let steps = r#"
      - set: { account: $new_uuid }
      - send: POST ${url}/bankaccounts/${account}
        as: service
        to: provider.notification
        auth: { bearer: none }
        expect: { status: 202 }
      - receive: POST /v1/statements
        at: service
        within: first-statement
        where: { body: { data: { principalId: "${account}" } } }"#;
    plan_of("callbacks", steps, size, provider)
}

/// Returns a plan of one case with a row of examples for each case of the size.
fn plan_of(name: &str, steps: &str, size: Size, provider: &Provider) -> String {
    let mut plan = format!(
        "plan: {name}\ntitle: {name}\ncases:\n  - id: {name}/all\n    title: Many at once\n    \
         expected: All pass.\n    requirement: BENCH-01\n    steps:{steps}\n    examples:\n"
    );
    for number in 0..size.cases {
        let url = &provider.url;
        let _ = writeln!(
            plan,
            "      - {{ id: n{number}, with: {{ url: \"{url}\" }} }}"
        );
    }
    plan
}

const REQUIREMENT: &str = "requirements:\n  - { id: BENCH-01, text: The provider answers., level: may, \
    class: C, subject: [provider], source: \"[infer] made for a benchmark\", group: benchmark }\n";

fn library(plan: &str) -> Result<Library, Failure> {
    let document = |name: &str, text: &str| Document {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let documents = Documents {
        requirements: Some(document("requirements.yaml", REQUIREMENT)),
        plans: vec![document("plan.yaml", plan)],
        ..Documents::default()
    };
    Library::read(&documents).map_err(|unsound| told(&unsound.findings, &unsound.sources))
}

/// Returns an environment with a live provider and a customer for each case, so that no case waits for a customer.
fn environment_of(size: Size, provider: &Provider) -> Result<Environment, Failure> {
    let url = &provider.url;
    let mut text = format!(
        r#"mode: connector
provider:
  callbacks: {{ notification: "{url}/n", auth: "{url}/a", reAuth: "{url}/r", availableAccounts: "{url}/v" }}
  bank: {{ id: 10aaeee6-0000-4000-8000-000000000001, externalRef: bench }}
  notification_header: {{ name: X-Bench-Key, value: "literal:throw-away-header" }}
credentials:
  api_key: "literal:throw-away-api-key"
  client_id: "literal:client-1"
  client_secret: "literal:throw-away-client-secret"
  application_key: "literal:throw-away-application-key"
  audience: provider-api
  notification_audience: connector-api
  application: app-1
customers:
"#
    );
    for number in 0..size.cases {
        let _ = writeln!(
            text,
            "  c{number}: {{ login: {{ username: c{number}, password: \"literal:wonderland\" }} }}"
        );
    }
    let name = "environment.yaml";
    let mut sources = Sources::new();
    sources.insert(name, text.as_bytes());
    let node = load(name, text.as_bytes()).map_err(|findings| told(&findings, &sources))?;
    let mut findings = Vec::new();
    environment::read(&node, &mut findings).ok_or_else(|| told(&findings, &sources))
}

fn told(findings: &[Finding], sources: &Sources) -> Failure {
    let all: Vec<_> = findings
        .iter()
        .map(|finding| render(finding, sources))
        .collect();
    all.join("\n").into()
}
