//! `feedproof diff`: what changed between runs of the binary, its exit codes, and what it refuses.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{bytes, err, feedproof, path};

/// A case without waits.
const CASE: &str = "onboarding/bank-is-readable";
/// A fault under which it fails.
const FAULT: &str = "bank-not-found";

/// Rehearses the case, and returns the folder of the run.
fn rehearsed(reports: &Path, arguments: &[&str]) -> PathBuf {
    let all = [
        "run",
        "--exact",
        "--filter",
        CASE,
        "--reports",
        path(reports),
    ];
    let output = feedproof(&[&all[..], arguments].concat());
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        err(&output)
    );
    let mut runs = std::fs::read_dir(reports).expect("reports are there");
    runs.next()
        .expect("a run")
        .expect("it can be listed")
        .path()
}

/// Two runs of the same, and one with a fault.
struct Runs {
    folder: TempDir,
    one: PathBuf,
    other: PathBuf,
    faulty: PathBuf,
}

fn runs() -> &'static Runs {
    static RUNS: OnceLock<Runs> = OnceLock::new();
    RUNS.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let run = |name: &str, arguments: &[&str]| rehearsed(&folder.path().join(name), arguments);
        Runs {
            one: run("one", &[]),
            other: run("other", &[]),
            faulty: run("faulty", &["--fault", FAULT]),
            folder,
        }
    })
}

fn diff(earlier: &Path, later: &Path, arguments: &[&str]) -> Output {
    feedproof(&[&["diff", path(earlier), path(later)], arguments].concat())
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The comparison as JSON, which must be as its schema says.
fn compared(earlier: &Path, later: &Path) -> (Option<i32>, Value) {
    let output = diff(earlier, later, &["--format", "json"]);
    let comparison: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema = feedproof(&["schema", "comparison"]).stdout;
    let schema: Value = serde_json::from_slice(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    let wrong: Vec<_> = validator
        .iter_errors(&comparison)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    (output.status.code(), comparison)
}

/// The changes as kind, aspect and name.
fn changes(comparison: &Value) -> Vec<(&str, &str, &str)> {
    let changes = comparison["changes"].as_array().expect("an array");
    let word = |value: &'_ Value| -> &'static str {
        String::leak(value.as_str().unwrap_or_default().to_owned())
    };
    changes
        .iter()
        .map(|change| {
            (
                word(&change["kind"]),
                word(&change["aspect"]),
                word(&change["name"]),
            )
        })
        .collect()
}

#[test]
fn two_runs_of_the_same_differ_in_nothing() {
    let (code, comparison) = compared(&runs().one, &runs().other);
    // On a busy machine the second one may have taken much longer.
    let changes = changes(&comparison);
    let other = changes.iter().find(|change| change.1 != "slower-cases");
    assert_eq!(other, None);
    assert_eq!(code, Some(0));
    for side in ["earlier", "later"] {
        assert_eq!(comparison[side]["judged_from_journal"], true);
        assert_eq!(comparison[side]["notes"], json!([]));
    }
    let output = diff(&runs().one, &runs().one, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("NOTHING CHANGED"), "{}", out(&output));
}

#[test]
fn a_run_with_a_fault_is_worse_and_the_way_back_is_better() {
    let Runs { one, faulty, .. } = runs();
    let (code, comparison) = compared(one, faulty);
    assert_eq!((code, &comparison["answer"]), (Some(1), &json!("worse")));
    let there = changes(&comparison);
    assert!(there.contains(&("new-failure", "case", CASE)), "{there:?}");
    assert!(there.contains(&("new-failure", "answer", "")), "{there:?}");
    let (code, comparison) = compared(faulty, one);
    assert_eq!((code, &comparison["answer"]), (Some(0), &json!("better")));
    let back = changes(&comparison);
    assert!(back.contains(&("better", "case", CASE)), "{back:?}");
}

#[test]
fn a_package_is_compared_as_its_folder_and_each_format_is_written() {
    let Runs {
        folder,
        one,
        faulty,
        ..
    } = runs();
    let package = folder.path().join("faulty.zip");
    let output = feedproof(&["package", path(faulty), "--to", path(&package)]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(
        compared(one, &package).1["changes"],
        compared(one, faulty).1["changes"]
    );
    for (format, begin) in [
        ("text", "A  "),
        ("markdown", "## WORSE\n"),
        ("json", "{\n"),
        ("html", "<!doctype html>\n"),
    ] {
        let to = folder.path().join(format);
        let output = diff(one, faulty, &["--format", format, "--to", path(&to)]);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(err(&output).starts_with("WORSE\n"), "{}", err(&output));
        let written = bytes(folder.path(), format);
        assert!(written.starts_with(begin.as_bytes()), "{format}");
        assert_eq!(written, diff(one, faulty, &["--format", format]).stdout);
    }
}

#[test]
fn a_run_prints_what_changed_since_an_earlier_one_and_keeps_its_exit_code() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let all = ["run", "--exact", "--filter", CASE, "--reports"];
    let earlier = ["--compare-with", path(&runs().faulty)];
    let output = feedproof(&[&all[..], &[path(folder.path())], &earlier[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    let (_, after) = text.split_once("REHEARSAL PASSED").expect("the answer");
    assert!(after.contains("\nBETTER: "), "{text}");
    let mut made = std::fs::read_dir(folder.path()).expect("reports are there");
    let run = made
        .next()
        .expect("a run")
        .expect("it can be listed")
        .path();
    let verified = feedproof(&["verify", path(&run)]);
    assert_eq!(verified.status.code(), Some(4), "{}", out(&verified));

    // What is no run is refused before the first case.
    let nowhere = folder.path().join("nowhere");
    let earlier = ["--compare-with", path(&nowhere)];
    let output = feedproof(&[&all[..], &[path(folder.path())], &earlier[..]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert_eq!(
        std::fs::read_dir(folder.path())
            .expect("it is there")
            .count(),
        1
    );
}

/// Copies files of a run into a folder of their own.
fn copied(run: &Path, names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in names {
        std::fs::copy(run.join(name), folder.path().join(name)).expect("it is copied");
    }
    folder
}

#[test]
fn a_record_without_its_journal_is_compared_and_marked_as_unverified() {
    let alone = copied(&runs().other, &["record.json"]);
    let (code, comparison) = compared(&runs().one, alone.path());
    assert_eq!(code, Some(0));
    assert_eq!(comparison["later"]["judged_from_journal"], false);
    let output = diff(&runs().one, alone.path(), &[]);
    assert!(
        out(&output).contains("! UNVERIFIED: no journal was there that gives this record"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_run_that_was_killed_is_judged_again_with_a_note() {
    let killed = copied(&runs().other, &["journal.jsonl"]);
    let (code, comparison) = compared(&runs().one, killed.path());
    assert_eq!(
        (code, &comparison["later"]["judged_from_journal"]),
        (Some(0), &json!(true))
    );
    let note = comparison["later"]["notes"][0].as_str().expect("a note");
    assert!(note.starts_with("record.json is missing"), "{note}");
}

#[track_caller]
fn refused(earlier: &Path, later: &Path, arguments: &[&str], code: i32, why: &str) {
    let output = diff(earlier, later, arguments);
    assert_eq!(output.status.code(), Some(code), "{}", err(&output));
    assert!(err(&output).contains(why), "{}", err(&output));
    assert!(output.stdout.is_empty(), "{}", out(&output));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let Runs { one, .. } = runs();
    let empty = copied(one, &[]);
    refused(one, empty.path(), &[], 2, "journal.jsonl does not exist");
    refused(&empty.path().join("no"), one, &[], 2, "no does not exist");

    // The record says something else than its journal gives.
    let edited = copied(one, &["journal.jsonl", "record.json"]);
    let record = edited.path().join("record.json");
    let text = std::fs::read_to_string(&record).expect("text");
    let title = text.replacen("\"title\": \"", "\"title\": \"Better ", 1);
    std::fs::write(&record, title).expect("written");
    refused(one, edited.path(), &[], 2, "record.json: ");
    std::fs::write(&record, "{}").expect("written");
    refused(one, edited.path(), &[], 2, "is not a record of a run");

    let damaged = copied(one, &["journal.jsonl", "record.json"]);
    let journal = damaged.path().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).expect("text");
    std::fs::write(&journal, text.replacen("\"at\":", "\"at\":1", 1)).expect("written");
    refused(damaged.path(), one, &[], 2, "journal.jsonl:");

    for name in ["report.html", "diff.html"] {
        let to = one.join(name);
        let arguments = ["--to", path(&to)];
        refused(
            one,
            &runs().faulty,
            &arguments,
            2,
            "could replace a file of the run",
        );
    }
    assert!(!one.join("diff.html").exists());
}

#[test]
fn a_run_whose_plans_are_not_there_cannot_be_judged_again() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/onboarding.yaml");
    let text = std::fs::read_to_string(shipped).expect("the plan is there");
    let plan = folder.path().join("onboarding.yaml");
    std::fs::write(&plan, format!("{text}# changed\n")).expect("written");
    let run = rehearsed(&folder.path().join("reports"), &[path(&plan)]);
    // Its plan is kept in its folder.
    let (code, comparison) = compared(&runs().one, &run);
    assert_eq!(code, Some(1));
    let changes = changes(&comparison);
    assert!(
        changes
            .iter()
            .any(|change| change.0 == "looser" && change.1 == "document"),
        "{changes:?}"
    );
    std::fs::remove_dir_all(run.join("plans")).expect("it was there");
    refused(&runs().one, &run, &[], 3, "cannot be judged again: ");
    refused(&run, &runs().one, &[], 3, "hint: compare with the version");
}

#[test]
fn the_schema_names_every_field_and_refuses_others() {
    let schema: Value = serde_json::from_slice(&feedproof(&["schema", "comparison"]).stdout)
        .expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    let (_, comparison) = compared(&runs().one, &runs().faulty);
    for (pointer, field) in [
        ("", "further"),
        ("/earlier", "further"),
        ("/changes/0", "further"),
        ("/changes/0", "kind"),
        ("/changes/0", "aspect"),
        ("", "answer"),
    ] {
        let mut changed = comparison.clone();
        let at = changed.pointer_mut(pointer).expect("it is there");
        at[field] = json!("no such word");
        assert!(!validator.is_valid(&changed), "{pointer}/{field}");
    }
}
