//! `reports/sample` is a run as this version makes it: the same verdicts for the same reasons, and reports that
//! are drawn from its own journal and record to the last byte.
//!
//! `FEEDPROOF_BLESS=1 cargo test --test it report::sample` draws it anew, and runs it anew where the run itself
//! has changed.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{REPORTS, bytes, err, feedproof, finished, path};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample")
}

fn record(folder: &Path) -> Value {
    let path = folder.join("record.json");
    let Ok(bytes) = std::fs::read(path) else {
        return Value::Null;
    };
    serde_json::from_slice(&bytes).expect("the record is JSON")
}

/// Leaves of a record what must not change from run to run: no moment, position, id or generated value.
fn lasting(record: &Value) -> Value {
    let check = |check: &Value| {
        json!([
            check["step"],
            check["place"],
            check["requirement"],
            check["party"],
            check["finding"]["is"],
            check["finding"]["checked"],
            check["weight"]["is"],
            check["evidence"].as_array().map(Vec::len),
        ])
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let cases: Vec<_> = list(&record["cases"])
        .iter()
        .map(|case| {
            let checks: Vec<_> = list(&case["checks"]).iter().map(check).collect();
            json!([
                case["case"],
                case["title"],
                case["expected"],
                case["verdict"],
                checks
            ])
        })
        .collect();
    let rows: Vec<_> = list(&record["requirements"])
        .iter()
        .map(|row| {
            json!([
                row["requirement"],
                row["traced"]["outcome"],
                row["testable"],
                row["partly"]
            ])
        })
        .collect();
    let mut header = record["header"].clone();
    if let Some(header) = header.as_object_mut() {
        header.remove("started");
    }
    json!({
        "format": record["format"],
        "header": header,
        "verdict": record["verdict"],
        "counts": record["counts"],
        "cases": cases,
        "requirements": rows,
        "rulings": record["rulings"],
    })
}

#[test]
fn the_sample_is_a_run_as_this_version_makes_it() {
    let sample = sample();
    let blessed = std::env::var_os("FEEDPROOF_BLESS").is_some();
    if blessed && lasting(&record(&sample)) != lasting(&record(finished())) {
        std::fs::create_dir_all(&sample).expect("made");
        for name in REPORTS.into_iter().chain(["journal.jsonl"]) {
            std::fs::copy(finished().join(name), sample.join(name)).expect("copied");
        }
    }
    const HINT: &str = "FEEDPROOF_BLESS=1 cargo test --test it report::sample draws it anew";
    let (one, other) = (lasting(&record(&sample)), lasting(&record(finished())));
    for (key, value) in other.as_object().expect("an object") {
        assert!(
            one[key] == *value,
            "`{key}` of reports/sample is not as in a run of today; {HINT}\n{:#}\n{value:#}",
            one[key]
        );
    }
    let to = tempfile::tempdir().expect("a folder for the test");
    let output = feedproof(&["report", path(&sample), "--to", path(to.path())]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for name in REPORTS {
        let drawn = bytes(to.path(), name);
        if blessed {
            std::fs::write(sample.join(name), &drawn).expect("written");
        }
        assert!(
            drawn == bytes(&sample, name),
            "{name} of reports/sample is not as drawn today; {HINT}"
        );
    }
    let size: u64 = std::fs::read_dir(&sample)
        .expect("it can be listed")
        .map(|entry| entry.expect("listed").metadata().expect("known").len())
        .sum();
    // A clone carries it. It grows with the cases, and with nothing else.
    let cases = record(&sample)["cases"].as_array().map_or(0, Vec::len) as u64;
    assert!(
        size < 180_000 * cases,
        "the sample has grown to {size} bytes for {cases} cases"
    );
}
