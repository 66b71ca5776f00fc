//! What a pipeline gets: files where it looks for them, one line of JSON, quiet output, and cases that are run again.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::running::feedproof_in as feedproof;

const CASE: &str = "offboarding/status-cancelled";

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Counts the elements of a JUnit report: cases, failures, errors.
fn junit(file: &Path) -> [usize; 3] {
    let text = std::fs::read_to_string(file).expect("it is there");
    let document = roxmltree::Document::parse(&text).expect("it is well-formed");
    ["testcase", "failure", "error"].map(|name| {
        document
            .descendants()
            .filter(|node| node.has_tag_name(name))
            .count()
    })
}

#[test]
fn the_files_are_where_the_pipeline_says_and_the_results_are_one_line_of_json() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let places = ["--report-dir", "out", "--junit", "junit.xml"];
    let run = [
        "run",
        "--filter",
        CASE,
        "--exact",
        "--json",
        "--no-progress",
    ];
    let run = [&run[..], &places].concat();
    let output = feedproof(folder.path(), &run);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output).lines().count(), 1, "{}", out(&output));
    let line: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(line["answer"], "REHEARSAL PASSED");
    assert_eq!((&line["passed"], &line["failed"]), (&1.into(), &0.into()));
    assert_eq!(
        (&line["exit_code"], &line["folder"]),
        (&0.into(), &"out".into())
    );
    assert!(!err(&output).contains(CASE), "{}", err(&output));
    assert_eq!(junit(&folder.path().join("junit.xml")), [1, 0, 0]);
    assert!(folder.path().join("out/record.json").is_file());

    let again = feedproof(folder.path(), &run);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("out is not empty"), "{}", err(&again));
}

#[test]
fn cases_and_requirements_are_listed_for_programs() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let listed = |arguments: &[&str]| -> Value {
        let output = feedproof(folder.path(), &[&["list", "--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_str(&out(&output)).expect("JSON")
    };
    let cases = listed(&["--requirement", "OFF-01"]);
    let case = &cases["cases"][0];
    assert_eq!(case["id"], CASE);
    assert_eq!(case["file"], "plans/offboarding.yaml");
    let all = listed(&["--requirements"]);
    let rows = all["requirements"].as_array().expect("a list");
    let row = rows
        .iter()
        .find(|row| row["id"] == "OFF-01")
        .expect("a row");
    assert_eq!(
        (&row["class"], &row["level"]),
        (&"A".into(), &"must".into())
    );
    assert!(
        row["cases"]
            .as_array()
            .expect("cases")
            .contains(&CASE.into())
    );
    // A row is tested, or says why it is not.
    let tested = |row: &&Value| {
        row["cases"]
            .as_array()
            .is_some_and(|cases| !cases.is_empty())
    };
    assert!(
        rows.iter()
            .all(|row| tested(&row) || row["not_tested"].is_string())
    );
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_the_run() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::create_dir(folder.path().join("out")).expect("created");
    for (option, place, why) in [
        ("--package", "./out/run.zip", "is in the folder of the run"),
        ("--junit", "out/again.xml", "is in the folder of the run"),
        (
            "--junit",
            "nowhere/junit.xml",
            "cannot write nowhere/junit.xml",
        ),
    ] {
        let run = ["run", "--report-dir", "out", option, place];
        let output = feedproof(folder.path(), &run);
        assert_eq!(output.status.code(), Some(2), "{place}");
        assert!(err(&output).contains(why), "{place}: {}", err(&output));
    }
    let left = std::fs::read_dir(folder.path().join("out")).expect("it can be listed");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_quiet_run_says_its_counts_and_its_answer() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let output = feedproof(
        folder.path(),
        &["run", "--filter", CASE, "--exact", "--quiet"],
    );
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<_> = out(&output).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("1 case: 1 passed"), "{lines:?}");
    assert!(lines[1].starts_with("REHEARSAL PASSED: "), "{lines:?}");
    assert_eq!(err(&output), "");
}

#[test]
fn what_did_not_pass_is_run_again_and_then_nothing_is() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let run = |more: &[&str]| {
        let usual = ["run", "--reports", "all", "--json"];
        feedproof(folder.path(), &[&usual[..], more].concat())
    };
    let filter = [
        "--filter",
        "onboarding/bank-is-readable",
        "--filter",
        CASE,
        "--exact",
    ];
    let fault = ["--fault", "bank-not-found"];
    let first = run(&[&filter[..], &fault].concat());
    let line: Value = serde_json::from_str(&out(&first)).expect("JSON");
    assert_eq!(
        (&line["passed"], &line["failed"]),
        (&1.into(), &1.into()),
        "{line}"
    );
    let second = run(&["--rerun", "latest"]);
    let line: Value = serde_json::from_str(&out(&second)).expect("JSON");
    assert_eq!(
        (&line["passed"], &line["failed"]),
        (&1.into(), &0.into()),
        "{line}"
    );
    let third = run(&["--rerun", "latest"]);
    assert_eq!(third.status.code(), Some(4));
    assert!(
        err(&third).contains("nothing is to run again"),
        "{}",
        err(&third)
    );
}

#[test]
fn the_first_failure_ends_the_run_where_the_pipeline_asks_for_it() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // The one fails at once, and the other waits for a message that does not come.
    let cases = [
        "--filter",
        "onboarding/bank-is-readable",
        "--filter",
        CASE,
        "--exact",
    ];
    let faults = ["--fault", "bank-not-found", "--fault", "no-first-statement"];
    let run = ["run", "--fail-fast", "--json", "--report-dir", "out"];
    let output = feedproof(folder.path(), &[&run[..], &cases, &faults].concat());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let line: Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(
        (&line["failed"], &line["inconclusive"]),
        (&1.into(), &1.into()),
        "{line}"
    );
    let why = "1 case failed (--max-failures): mend the first failures";
    assert!(
        line["sentence"]
            .as_str()
            .is_some_and(|said| said.contains(why)),
        "{line}"
    );
    let again = ["run", "--rerun", "out", "--json", "--report-dir", "again"];
    let again = feedproof(folder.path(), &again);
    let line: Value = serde_json::from_str(&out(&again)).expect("JSON");
    assert_eq!(line["passed"], 2, "{line}");
}

#[test]
fn a_run_that_could_not_start_writes_one_error_and_a_summary() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let live = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/environments/example-connector.yaml"
    );
    // Nobody listens at a port that was just given back; the service takes any.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = free.local_addr().expect("an address");
    drop(free);
    let callbacks = ["notification", "auth", "reAuth", "availableAccounts"];
    let mut run: Vec<String> = [
        "run",
        "--environment",
        live,
        "--report-dir",
        "out",
        "--junit",
        "junit.xml",
    ]
    .map(str::to_owned)
    .into();
    for callback in callbacks {
        run.push("--set".to_owned());
        run.push(format!(
            "provider.callbacks.{callback}=http://{nobody}/{callback}"
        ));
    }
    run.extend([
        "--set".to_owned(),
        "service.emulated.listen=127.0.0.1:0".to_owned(),
    ]);
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let output = feedproof(folder.path(), &run);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert_eq!(junit(&folder.path().join("junit.xml")), [1, 0, 1]);
    let summary = std::fs::read_to_string(folder.path().join("out/summary.md")).expect("written");
    assert!(summary.contains("NOT STARTED"), "{summary}");
    assert!(!folder.path().join("out/journal.jsonl").exists());
}
