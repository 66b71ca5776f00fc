//! Runs one after another against one connector that is not restarted, also after a run that was killed: a bank that
//! remembers gives the same verdicts again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use feedproof::judge::Verdict;

use crate::connector::{AMONG_OTHERS, Example, at_rate, failures, library, with_ledgers};
use crate::running::Running;
use crate::stand::{Stand, environment_with_ledgers};

/// A case of a run as its record has it.
#[derive(Debug, PartialEq)]
struct RunCase {
    id: String,
    verdict: String,
    reason: String,
}

/// Rate of the example, in requests per second: faster than the usual one, because the whole suite is waited for.
const RATE: &str = "40";

/// The longest time until a run has statements.
const SOON: Duration = Duration::from_secs(120);

/// Number of statements after which a run is killed.
const STATEMENTS: usize = 40;

/// An example that runs on, a folder with its environment, and the address of the service that it knows.
struct Rerun {
    example: Example,
    folder: tempfile::TempDir,
    service: String,
}

impl Rerun {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        // Nobody else is given this port before a run listens on it: it stays ours until the example knows it.
        let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let service = taken.local_addr().expect("an address").to_string();
        let ledgers = folder.path().display().to_string();
        let arguments = ["--ledgers", &ledgers, "--requests-per-second", RATE];
        let example = Example::start(&service, &arguments);
        let rerun = Self {
            example,
            folder,
            service,
        };
        std::fs::write(
            rerun.folder.path().join("connector.yaml"),
            rerun.environment(),
        )
        .expect("it is written");
        rerun
    }

    fn environment(&self) -> String {
        let text = at_rate(&self.example.environment(&self.service), RATE);
        with_ledgers(&text, &self.folder.path().display().to_string())
    }

    /// Starts a run of the whole suite.
    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_feedproof"))
            .current_dir(self.folder.path())
            .args(["run", "--environment", "connector.yaml"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs")
    }

    /// Runs the whole suite, and returns its cases with their verdicts and reasons.
    fn cases(&self) -> Vec<RunCase> {
        self.start().wait().expect("it ends");
        let run = self.last_run().expect("it has a folder");
        let record = std::fs::read(run.join("record.json")).expect("it is written");
        let record: serde_json::Value = serde_json::from_slice(&record).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let cases = record["cases"].as_array().expect("it has cases").iter();
        cases
            .map(|case| RunCase {
                id: text(&case["case"]),
                verdict: text(&case["verdict"]),
                reason: text(&case["reason"]),
            })
            .collect()
    }

    /// Starts a run of the whole suite and kills it in the middle: accounts are linked, and statements come in.
    fn kill_in_the_middle(&self) {
        let before = self.last_run();
        let run = Running(self.start());
        let begun = Instant::now();
        let killed = loop {
            match self.last_run() {
                Some(run) if Some(&run) != before.as_ref() && statements(&run) >= STATEMENTS => {
                    break run;
                }
                _ => assert!(begun.elapsed() < SOON, "the run got no statements"),
            }
            std::thread::yield_now();
        };
        drop(run);
        assert!(!killed.join("record.json").exists(), "it was killed");
    }

    /// Returns the folder of the last run; its name is a time.
    fn last_run(&self) -> Option<PathBuf> {
        let runs = std::fs::read_dir(self.folder.path().join("reports"));
        let runs = runs.into_iter().flatten().filter_map(Result::ok);
        runs.map(|run| run.path())
            .filter(|path| path.is_dir())
            .max()
    }
}

/// Counts the statements in the journal of a run.
fn statements(run: &Path) -> usize {
    let text = std::fs::read_to_string(run.join("journal.jsonl")).unwrap_or_default();
    text.lines()
        .filter(|line| line.contains(r#""fact":"request""#) && line.contains("/v1/statements"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_leaves_no_trace_in_the_verdicts_of_the_next() {
    let rerun = Rerun::begin();
    rerun.kill_in_the_middle();
    let listener = tokio::net::TcpListener::bind(&rerun.service);
    let listener = listener.await.expect("free again");
    let environment = environment_with_ledgers(&rerun.environment());
    let cases = library(AMONG_OTHERS);
    let record = Stand::up_at(listener, cases, environment, rerun.folder.path())
        .await
        .run()
        .await;
    let passed = |verdict: &Verdict| *verdict == Verdict::Passed;
    let verdicts: Vec<_> = record.cases.iter().map(|case| case.verdict).collect();
    assert!(verdicts.iter().all(passed), "{}", failures(&record));
}

#[test]
#[ignore = "four runs of the whole suite against the example take about seven minutes"]
fn the_whole_suite_gives_the_same_verdicts_three_times_and_after_a_killed_run() {
    let rerun = Rerun::begin();
    let first = rerun.cases();
    let good = |case: &&RunCase| matches!(&*case.verdict, "passed" | "skipped");
    let broken: Vec<_> = first.iter().filter(|case| !good(case)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    for run in ["second", "third", "killed, and a fourth"] {
        if run.starts_with("killed") {
            rerun.kill_in_the_middle();
        }
        let cases = rerun.cases();
        assert_eq!(cases.len(), first.len(), "{run} run");
        // A case may be skipped for another customer, which its reason names.
        let mut pairs = first.iter().zip(&cases);
        let other =
            pairs.find(|(one, again)| (&one.id, &one.verdict) != (&again.id, &again.verdict));
        assert_eq!(other, None, "{run} run");
    }
}
