//! `feedproof report` draws what the run drew, and refuses what is no run, or another one's.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{REPORTS, bytes, err, feedproof, finished, path};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// Copies files of the finished run into a folder of their own.
fn copied(names: &[&str]) -> TempDir {
    let folder = folder();
    for name in names {
        std::fs::copy(finished().join(name), folder.path().join(name)).expect("it is copied");
    }
    folder
}

#[track_caller]
fn same_reports(one: &Path, other: &Path) {
    for name in REPORTS {
        assert!(bytes(one, name) == bytes(other, name), "{name} differs");
    }
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], why: &str) {
    let output = feedproof(&[&["report", path(folder)], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains(why), "{}", err(&output));
}

#[test]
fn a_run_is_drawn_again_to_the_same_bytes_and_annotated() {
    let to = folder();
    let output = feedproof(&[
        "report",
        path(finished()),
        "--to",
        path(to.path()),
        "--annotations",
        "github",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    same_reports(finished(), to.path());
    let annotations = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> = annotations.lines().collect();
    assert!(
        lines[0].starts_with("::error file=plans/offboarding.yaml,line="),
        "{annotations}"
    );
    assert!(
        lines[lines.len() - 1].starts_with("::error title=REHEARSAL FAILED::"),
        "{annotations}"
    );
}

#[test]
fn a_run_that_left_only_its_journal_is_judged_again() {
    let killed = copied(&["journal.jsonl"]);
    let output = feedproof(&["report", path(killed.path())]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("judged again"), "{}", err(&output));
    same_reports(finished(), killed.path());

    // The last line of a killed process may be cut off, and what came after it is not there.
    let journal = String::from_utf8(bytes(finished(), "journal.jsonl")).expect("text");
    let cut = copied(&[]);
    std::fs::write(
        cut.path().join("journal.jsonl"),
        &journal[..journal.len() / 2],
    )
    .expect("written");
    let output = feedproof(&["report", path(cut.path())]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        err(&output).contains("REHEARSAL FAILED"),
        "{}",
        err(&output)
    );
}

#[test]
fn other_plans_than_those_of_the_run_are_refused_by_name() {
    let killed = copied(&["journal.jsonl"]);
    let plans = folder();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/offboarding.yaml");
    let text = std::fs::read_to_string(shipped).expect("the plan is there");
    let plan = plans.path().join("offboarding.yaml");
    std::fs::write(&plan, format!("{text}# changed\n")).expect("written");
    refused(
        killed.path(),
        &[path(&plan)],
        "these documents differ from those of the run: ",
    );
    assert!(
        !killed.path().join("junit.xml").exists(),
        "nothing was written"
    );
    let whole = copied(&["journal.jsonl", "record.json"]);
    refused(
        whole.path(),
        &[path(&plan)],
        "these documents differ from those of the run: ",
    );
}

#[test]
fn what_is_no_run_is_refused_with_a_hint() {
    let empty = folder();
    refused(
        empty.path(),
        &[],
        "journal.jsonl does not exist\nhint: name the folder of one run",
    );
    refused(&empty.path().join("nowhere"), &[], "nowhere does not exist");

    let other = copied(&["journal.jsonl", "record.json"]);
    let record = String::from_utf8(bytes(other.path(), "record.json")).expect("text");
    let put = |text: String| {
        std::fs::write(other.path().join("record.json"), text).expect("written");
    };
    put(record.replacen("\"format\": 3", "\"format\": 9", 1));
    refused(
        other.path(),
        &[],
        "is a record of format 9, and this version reads format 3",
    );
    put(record.replacen("\"filtered_out\": ", "\"filtered_out\": 1", 1));
    refused(
        other.path(),
        &[],
        "belongs to another run than the journal beside it",
    );
    put(record[..record.len() / 2].to_owned());
    refused(other.path(), &[], "is not a record of a run");
}

#[test]
fn judging_again_gives_the_same_bytes_in_every_language_and_zone() {
    let run = finished();
    for (language, zone) in [
        ("de_DE.UTF-8", "Pacific/Kiritimati"),
        ("tr_TR.UTF-8", "America/St_Johns"),
        ("C", ":/nowhere"),
    ] {
        let to = tempfile::tempdir().expect("a folder for the test");
        let output = Command::new(env!("CARGO_BIN_EXE_feedproof"))
            .args(["report", path(run), "--to", path(to.path())])
            .envs([("LANG", language), ("LC_ALL", language), ("TZ", zone)])
            .env_remove("FEEDPROOF_LOG")
            .output()
            .expect("the binary runs");
        assert!(
            output.status.success(),
            "{language} {zone}: {}",
            err(&output)
        );
        same_reports(run, to.path());
    }
}
