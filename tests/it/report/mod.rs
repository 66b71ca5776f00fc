//! The reports of a finished run: regenerated to the same bytes, as their schemas say, read by other programs.

mod again;
mod comparisons;
mod damaged;
mod forgeries;
mod packages;
mod readers;
mod sample;
mod schema;
mod signatures;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The reports that are files, `record.json` among them.
const REPORTS: [&str; 6] = [
    "junit.xml",
    "report.html",
    "test-plan.html",
    "test-plan.csv",
    "summary.md",
    "record.json",
];

fn feedproof(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .args(arguments)
        .env_remove("FEEDPROOF_LOG")
        .output()
        .expect("the binary runs")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("the name of a test's folder is text")
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs the plan of the sample: a case fails, a case errors, a case passes.
fn run(reports: &Path) -> PathBuf {
    let arguments = [
        "run",
        "--filter",
        "offboarding/",
        "--fault",
        "delete-answers-200",
        "--reports",
        path(reports),
    ];
    let output = feedproof(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let mut runs = std::fs::read_dir(reports).expect("reports are there");
    let run = runs.next().expect("a run").expect("it can be listed");
    assert!(runs.next().is_none(), "one run");
    run.path()
}

/// A run that all tests look at, and none changes.
fn finished() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = RUN.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let run = run(folder.path());
        (folder, run)
    });
    run
}

/// Tells on the stream of the process, which the test harness does not swallow, why something was left out.
fn left_out(what: &str) {
    use std::io::Write as _;
    // A closed stream is no reason to fail.
    let _ = writeln!(std::io::stderr(), "left out: {what}");
}
