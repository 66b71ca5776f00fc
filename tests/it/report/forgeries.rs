//! Forged files of a run: each forgery is found, and the check that finds it is named here.
//!
//! The run has failed, inconclusive and passed cases. A forger can compute every checksum again; the tests do, too.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{REPORTS, bytes, feedproof, finished, path};

/// A forgery: what was done, the line of the answer that finds it, and how it is done.
struct Forgery {
    what: &'static str,
    found: &'static str,
    forge: fn(&Path),
}

/// A copy of the finished run.
fn copy() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in REPORTS.into_iter().chain(["journal.jsonl"]) {
        std::fs::copy(finished().join(name), folder.path().join(name)).expect("it is copied");
    }
    folder
}

fn verify(folder: &Path, arguments: &[&str]) -> Output {
    feedproof(&[&["verify", path(folder)], arguments].concat())
}

/// Everything that was said, on both streams.
fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).expect("text")
}

/// Edits a report as text; the text must be there.
fn replace(folder: &Path, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(bytes(folder, name)).expect("text");
    assert!(text.contains(from), "{name} has no {from}");
    std::fs::write(folder.join(name), text.replacen(from, to, 1)).expect("written");
}

fn edit_record(folder: &Path, edit: impl FnOnce(&mut Value)) {
    let mut record = serde_json::from_slice(&bytes(folder, "record.json")).expect("JSON");
    edit(&mut record);
    let mut text = serde_json::to_vec_pretty(&record).expect("it serialises");
    text.push(b'\n');
    std::fs::write(folder.join("record.json"), text).expect("written");
}

/// The events of the journal without their checksums.
fn events(folder: &Path) -> Vec<Value> {
    let text = String::from_utf8(bytes(folder, "journal.jsonl")).expect("text");
    let lines = text.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        event.as_object_mut().expect("an object").remove("sum");
        event
    });
    lines.collect()
}

/// Writes events as a journal whose positions and checksums are right.
fn chained(folder: &Path, events: Vec<Value>) {
    let mut chain = [0; 32];
    let mut text = String::new();
    for (index, mut event) in events.into_iter().enumerate() {
        event["seq"] = json!(index + 1);
        let line = event.to_string();
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        context.update(&chain);
        context.update(line.as_bytes());
        chain.copy_from_slice(context.finish().as_ref());
        let sum: String = chain[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let open = line.strip_suffix('}').expect("an object");
        text.push_str(&format!("{open},\"sum\":\"{sum}\"}}\n"));
    }
    std::fs::write(folder.join("journal.jsonl"), text).expect("written");
}

/// Edits the events of the journal, and computes its checksums again.
fn rechain(folder: &Path, edit: impl FnOnce(&mut Vec<Value>)) {
    let mut events = events(folder);
    edit(&mut events);
    chained(folder, events);
}

/// Makes reports from the journal, as a forger does who has feedproof.
fn report_again(folder: &Path) {
    std::fs::remove_file(folder.join("record.json")).expect("it was there");
    let output = feedproof(&["report", path(folder)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

/// Writes the remark of a reviewer about the failed case.
fn review(folder: &Path, decision: &str) {
    let text = format!(
        "remarks:\n- {{ case: {FAILED}, reviewer: Jane Doe, date: \"2026-12-01\", remark: read, decision: {decision} }}\n"
    );
    std::fs::write(folder.join("review.yaml"), text).expect("written");
}

/// The case that failed, and the requirement that it names.
const FAILED: &str = "offboarding/status-cancelled";

fn is_of(event: &Value, case: &str) -> bool {
    event["lane"] == case
}

/// Makes a response of the failed case what the plan demands.
fn mend(events: &mut [Value]) {
    let mended = events
        .iter_mut()
        .filter(|event| event["fact"] == "answer" && event["message"]["status"] == 200)
        .filter(|event| event["lane"] == FAILED)
        .map(|event| event["message"]["status"] = json!(204));
    assert!(mended.count() > 0, "a response to mend");
}

fn pass(record: &mut Value, case: usize) {
    record["cases"][case]["verdict"] = json!("passed");
}

fn failed_case(record: &Value) -> usize {
    let cases = record["cases"].as_array().expect("a list");
    let failed = cases.iter().position(|case| case["verdict"] == "failed");
    failed.expect("a failed case")
}

const FORGERIES: &[Forgery] = &[
    Forgery {
        what: "a failed case is passed in the record",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                let case = failed_case(record);
                pass(record, case);
            });
        },
    },
    Forgery {
        what: "the whole record is consistent and better",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                let all = record["cases"].as_array().expect("a list").len();
                (0..all).for_each(|case| pass(record, case));
                record["counts"] =
                    json!({"passed": all, "failed": 0, "inconclusive": 0, "skipped": 0});
                record["verdict"] = json!({"is": "rehearsal-passed"});
            });
        },
    },
    Forgery {
        what: "a failed case is missing in the record",
        found: "is missing and by the journal failed",
        forge: |folder| {
            edit_record(folder, |record| {
                let case = failed_case(record);
                record["cases"].as_array_mut().expect("a list").remove(case);
            });
        },
    },
    Forgery {
        what: "a difference of a failed check is gone in the record",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                let case = failed_case(record);
                record["cases"][case]["checks"] = json!([]);
            });
        },
    },
    Forgery {
        what: "the injected fault is gone in the record",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                let header = record["header"].as_object_mut().expect("an object");
                header.remove("faults").expect("a fault");
            });
        },
    },
    Forgery {
        what: "the mode is another one in the record",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                record["header"]["mode"] = json!("connector")
            });
        },
    },
    Forgery {
        what: "the subject is another one in the record",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                record["header"]["subject"] = json!({"name": "Acme", "version": "1"});
            });
        },
    },
    Forgery {
        what: "a requirement is left out of the record",
        found: "✗ record.json",
        forge: |folder| {
            edit_record(folder, |record| {
                record["requirements"].as_array_mut().expect("a list").pop();
            });
        },
    },
    Forgery {
        what: "the record has the same values in other bytes",
        found: "has the values that the journal gives, but not its bytes",
        forge: |folder| {
            let record: Value =
                serde_json::from_slice(&bytes(folder, "record.json")).expect("JSON");
            std::fs::write(folder.join("record.json"), record.to_string()).expect("written");
        },
    },
    Forgery {
        what: "the record is gone",
        found: "? record.json",
        forge: |folder| {
            std::fs::remove_file(folder.join("record.json")).expect("it was there");
        },
    },
    Forgery {
        what: "a failure is gone in JUnit",
        found: "✗ junit.xml",
        forge: |folder| replace(folder, "junit.xml", "<failure", "<system-out"),
    },
    Forgery {
        what: "a number is another one in JUnit",
        found: "✗ junit.xml",
        forge: |folder| replace(folder, "junit.xml", "failures=\"", "failures=\"0"),
    },
    Forgery {
        what: "the page says something else",
        found: "✗ report.html",
        forge: |folder| replace(folder, "report.html", "REHEARSAL FAILED", "CONFORMANT"),
    },
    Forgery {
        what: "the summary says something else",
        found: "✗ summary.md",
        forge: |folder| replace(folder, "summary.md", "REHEARSAL FAILED", "CONFORMANT"),
    },
    Forgery {
        what: "the test plan says something else",
        found: "✗ test-plan.html",
        forge: |folder| replace(folder, "test-plan.html", "failed", "passed"),
    },
    Forgery {
        what: "the test plan for a spreadsheet says something else",
        found: "✗ test-plan.csv",
        forge: |folder| replace(folder, "test-plan.csv", "failed", "passed"),
    },
    Forgery {
        what: "a line of the journal is gone",
        found: "journal.jsonl",
        forge: |folder| {
            let text = String::from_utf8(bytes(folder, "journal.jsonl")).expect("text");
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let left = [&lines[..9], &lines[10..]].concat().concat();
            std::fs::write(folder.join("journal.jsonl"), left).expect("written");
        },
    },
    Forgery {
        what: "two lines of the journal are swapped",
        found: "journal.jsonl",
        forge: |folder| {
            let text = String::from_utf8(bytes(folder, "journal.jsonl")).expect("text");
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines.swap(8, 9);
            std::fs::write(folder.join("journal.jsonl"), lines.concat()).expect("written");
        },
    },
    Forgery {
        what: "a body of the journal is another one",
        found: "journal.jsonl",
        forge: |folder| replace(folder, "journal.jsonl", "\"cancelled\"", "\"Cancelled\""),
    },
    Forgery {
        what: "the last lines of the journal are gone",
        found: "✗ record.json",
        forge: |folder| rechain(folder, |events| events.truncate(events.len() - 5)),
    },
    Forgery {
        what: "a response of the failed case is mended, and the journal chained again",
        found: "✗ record.json",
        forge: |folder| rechain(folder, |events| mend(events)),
    },
    Forgery {
        what: "all messages of the failed case are gone, and the journal chained again",
        found: "is failed and by the journal inconclusive",
        forge: |folder| {
            rechain(folder, |events| {
                events.retain(|event| !is_of(event, FAILED))
            })
        },
    },
    Forgery {
        what: "the failed case is declared away although no feature says so",
        found: "✗ skipped cases",
        forge: |folder| {
            rechain(folder, |events| {
                events.retain(|event| !is_of(event, FAILED));
                events.push(json!({"seq": 0, "at": events.last().expect("one")["at"],
                    "lane": FAILED, "fact": "not-opened", "standing": "declared",
                    "why": "the feature multi-account is absent in this environment"}));
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the failed case was skipped, and began",
        found: "✗ skipped cases",
        forge: |folder| {
            rechain(folder, |events| {
                events.push(json!({"seq": 0, "at": events.last().expect("one")["at"],
                    "lane": FAILED, "fact": "not-opened", "standing": "skipped",
                    "why": "it does not apply here"}));
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the failed case is skipped, and needs nothing that an environment can lack",
        found: "✗ skipped cases",
        forge: |folder| {
            rechain(folder, |events| {
                events.retain(|event| !is_of(event, FAILED));
                events.push(json!({"seq": 0, "at": events.last().expect("one")["at"],
                    "lane": FAILED, "fact": "not-opened", "standing": "skipped",
                    "why": "the environment has no bank action post-transactions"}));
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the failed case is waived for ever, by nobody",
        found: "✗ waivers",
        forge: |folder| {
            rechain(folder, |events| {
                let header = events[0]["header"].as_object_mut().expect("an object");
                let waiver = json!({"case": FAILED, "reason": "", "owner": "", "expires": ""});
                header.insert("waivers".to_owned(), json!([waiver]));
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a reviewer's decision is turned round",
        found: "✗ report.html",
        forge: |folder| {
            review(folder, "rejected");
            let output = feedproof(&["report", path(folder)]);
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            review(folder, "accepted");
        },
    },
    Forgery {
        what: "a rehearsal is called a test of a connector",
        found: "✗ authors",
        forge: |folder| {
            rechain(folder, |events| {
                let header = events[0]["header"].as_object_mut().expect("an object");
                header.insert("mode".to_owned(), json!("connector"));
                header.insert(
                    "subject".to_owned(),
                    json!({"name": "Acme connector", "version": "1.4.2"}),
                );
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the environment declares more than it does",
        found: "✗ settings",
        forge: |folder| {
            rechain(folder, |events| {
                let header = events[0]["header"].as_object_mut().expect("an object");
                header.remove("undeclared").expect("a feature");
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a longer wait is not said",
        found: "✗ settings",
        forge: |folder| {
            rechain(folder, |events| {
                events[0]["header"]["waits"]["history"] = json!(3_600_000)
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a number that no run can have left out",
        found: "✗ selection",
        forge: |folder| {
            rechain(folder, |events| {
                events[0]["header"]["filtered_out"] = json!(u64::MAX)
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a plan is called a catalogue, so that its cases are gone",
        found: "names the documents of its run in another order or role",
        forge: |folder| {
            rechain(folder, |events| {
                let sources = events[0]["header"]["sources"]
                    .as_array_mut()
                    .expect("a list");
                let plan = sources.iter().position(|one| one["role"] == "plan");
                let mut plan = sources.remove(plan.expect("a plan"));
                plan["role"] = json!("requirements");
                let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
                let file = shipped.join(plan["file"].as_str().expect("a name"));
                let kept = format!("plans/{}.yaml", plan["sha256"].as_str().expect("a digest"));
                std::fs::create_dir(folder.join("plans")).expect("made");
                std::fs::copy(file, folder.join(kept)).expect("copied");
                sources.insert(0, plan);
            });
        },
    },
    Forgery {
        what: "the failed case was never selected",
        found: "✗ selection",
        forge: |folder| {
            rechain(folder, |events| {
                let selection = events[0]["header"]["selection"].as_array_mut();
                selection.expect("a list").retain(|id| id != FAILED);
                events.retain(|event| !is_of(event, FAILED));
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a passed case was selected twice",
        found: "✗ selection",
        forge: |folder| {
            rechain(folder, |events| {
                let selection = events[0]["header"]["selection"].as_array_mut();
                let selection = selection.expect("a list");
                selection.retain(|id| id != FAILED);
                selection.push(selection[0].clone());
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a case that no plan has was selected",
        found: "✗ selection",
        forge: |folder| {
            rechain(folder, |events| {
                let selection = events[0]["header"]["selection"].as_array_mut();
                for id in selection.expect("a list").iter_mut() {
                    if id == FAILED {
                        *id = json!("offboarding/other");
                    }
                }
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the journal has messages of a case that was not selected",
        found: "✗ events",
        forge: |folder| {
            rechain(folder, |events| {
                let mut event = events.last().expect("one").clone();
                event["lane"] = json!("offboarding/of-another-run");
                events.push(event);
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the journal begins a second run",
        found: "✗ events",
        forge: |folder| {
            rechain(folder, |events| {
                let mut event = events[0].clone();
                event["at"] = events.last().expect("one")["at"].clone();
                events.push(event);
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a line comes before the time of the line before it",
        found: "✗ events",
        forge: |folder| {
            rechain(folder, |events| {
                let last = events.len() - 1;
                events[last]["at"] = json!(1);
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "another version made the run",
        found: "? version",
        forge: |folder| {
            rechain(folder, |events| {
                events[0]["header"]["version"] = json!("0.0.1")
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "the plans have other digests",
        found: "the run used documents that are not here: plans/offboarding.yaml",
        forge: |folder| {
            rechain(folder, |events| {
                let sources = events[0]["header"]["sources"].as_array_mut();
                for source in sources.expect("a list") {
                    if source["file"] == "plans/offboarding.yaml" {
                        source["sha256"] = json!("0".repeat(64));
                    }
                }
            });
        },
    },
    Forgery {
        what: "a run says otherwise than its digests which plans it had",
        found: "the run says otherwise: the shipped ones",
        forge: |folder| {
            rechain(folder, |events| {
                events[0]["header"]["changed_plans"] = json!("not used: plans/security.yaml");
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "an older run is given another nonce in its first line",
        found: "began with another nonce than the run",
        forge: |folder| {
            rechain(folder, |events| {
                events[0]["header"]["nonce"] = json!("acme-2026-11-30");
            });
            report_again(folder);
        },
    },
    Forgery {
        what: "a plan is a file of another folder",
        found: "the run used documents that are not here",
        forge: |folder| {
            rechain(folder, |events| {
                events[0]["header"]["sources"][0]["sha256"] = json!("../../../../etc/passwd");
            });
        },
    },
];

#[test]
fn every_forgery_is_found_and_none_is_a_certificate() {
    let mut lived = Vec::new();
    for forgery in FORGERIES {
        let folder = copy();
        (forgery.forge)(folder.path());
        let output = verify(folder.path(), &[]);
        let said = said(&output);
        let verified = said.contains("\nVERIFIED") || output.status.success();
        if verified || !said.contains(forgery.found) {
            lived.push(format!("{}: {said}", forgery.what));
        }
    }
    assert!(lived.is_empty(), "{}", lived.join("\n"));
}

#[test]
fn the_run_itself_is_verified_and_says_why_it_is_no_certificate() {
    let output = verify(finished(), &[]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(4), "{text}");
    // The number of lines is another one in each run.
    let (before, rest) = text.split_once("journal.jsonl   ").expect("a check");
    let (_, after) = rest.split_once(" lines").expect("a number of lines");
    insta::assert_snapshot!(format!("{before}journal.jsonl   N lines{after}"));
}

#[test]
fn a_run_has_the_nonce_that_it_was_given_and_no_other() {
    let reports = tempfile::tempdir().expect("a folder for the test");
    let case = "reauthorisation/lists-no-accounts";
    let nonce = ["--nonce", "acme-2026-11-30"];
    let mut arguments = vec!["run", "--filter", case, "--reports", path(reports.path())];
    arguments.extend(nonce);
    assert!(feedproof(&arguments).status.success());
    let run = std::fs::read_dir(reports.path()).expect("it can be listed");
    let run = run
        .map(|entry| entry.expect("listed").path())
        .find(|run| run.is_dir());
    let run = run.expect("the run has a folder");
    let verified = verify(&run, &nonce);
    assert_eq!(verified.status.code(), Some(4), "{}", said(&verified));
    assert_eq!(
        verify(&run, &["--nonce", "acme-2026-12-01"]).status.code(),
        Some(1)
    );
    assert_eq!(
        verify(&run, &[]).status.code(),
        Some(3),
        "a reviewer must have given it"
    );
    let none = verify(finished(), &nonce);
    assert_eq!(none.status.code(), Some(1));
    assert!(said(&none).contains("the run was given none"));
    // The values and the messages of a case carry it, from its first to its last.
    let events = events(&run);
    let opened = events.iter().find(|event| event["fact"] == "opened");
    assert_eq!(
        opened.expect("a case began")["values"]["nonce"],
        "acme-2026-11-30"
    );
    let summary = |run: &Path| String::from_utf8(bytes(run, "summary.md")).expect("text");
    assert!(summary(&run).contains("| nonce | acme-2026-11-30 |"));
    let text = serde_json::to_string(&events).expect("JSON");
    assert!(text.contains("Feedproof Trading acme-2026-11-30"));
    assert!(
        text.contains("state=acme-2026-11-30-"),
        "the provider sends it back"
    );
    // A further run is another attempt, and both are kept. It has all cases: none may depend on the form of `state`.
    let whole = ["run", "--reports", path(reports.path()), nonce[0], nonce[1]];
    let output = feedproof(&whole);
    assert!(output.status.success(), "{}", said(&output));
    let runs = std::fs::read_dir(reports.path()).expect("it can be listed");
    let runs = runs.map(|entry| entry.expect("listed").path());
    let second = runs.filter(|other| other.is_dir() && *other != run).last();
    let second = second.expect("it has a folder of its own");
    assert!(summary(&second).contains("| nonce | acme-2026-11-30, attempt 2 |"));
    assert!(run.join("journal.jsonl").exists());
}

#[test]
fn the_remarks_of_reviewers_stand_in_reports_and_package() {
    let (copy, beside) = (copy(), tempfile::tempdir().expect("a folder"));
    let (folder, package) = (copy.path(), beside.path().join("run.zip"));
    review(folder, "rejected");
    assert!(feedproof(&["report", path(folder)]).status.success());
    let packed = feedproof(&["package", path(folder), "--to", path(&package)]);
    assert_eq!(packed.status.code(), Some(0), "{}", said(&packed));
    let verified = verify(&package, &[]);
    assert_eq!(verified.status.code(), Some(4), "{}", said(&verified));
    let row = "✓ review.yaml        1 remark by Jane Doe, as the file names them: 1 rejected";
    assert!(said(&verified).contains(row), "{}", said(&verified));
    for report in ["report.html", "summary.md"] {
        let text = std::fs::read_to_string(folder.join(report)).expect("read");
        assert!(
            text.contains("rejected by Jane Doe, 2026-12-01: read"),
            "{report}"
        );
    }
}

#[test]
fn an_older_run_under_a_new_nonce_is_found() {
    let folder = copy();
    rechain(folder.path(), |events| {
        events[0]["header"]["nonce"] = json!("acme-2026-11-30");
    });
    report_again(folder.path());
    let output = verify(folder.path(), &["--nonce", "acme-2026-11-30"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("began with another nonce than the run"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_verify_prints_for_programs_says_the_same() {
    let output = verify(finished(), &["--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["answer"], "VERIFIED, NOT A CERTIFICATE");
    assert_eq!(
        (&answer["verified"], &answer["certificate"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(answer["run"]["answer"], "REHEARSAL FAILED");
    let checks = answer["checks"].as_array().expect("a list");
    assert!(checks.iter().all(|check| check["standing"] == "held"));
}
