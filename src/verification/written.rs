//! Compares the reports with what the journal, judged again, gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::journal::Header;
use crate::number::{count, first_names};
use crate::record::Record;
use crate::remarks::Decision;
use crate::report::{self, REVIEW_FILE, ReportFile};
use crate::verification::check::{FileCheck, Standing};
use crate::verification::documents::file_of;
use crate::verification::read_me::{READ_ME_FILE, read_me};
use crate::verification::recorded::is_other_version;

/// The file of the record.
pub const RECORD_FILE: &str = "record.json";

/// Compares the reports that are there with those that the record gives. The record itself must be there.
pub(super) fn reports(record: &Record, files: &BTreeMap<String, Vec<u8>>) -> Vec<FileCheck> {
    let mut checks = Vec::new();
    let read_me = ReportFile {
        name: READ_ME_FILE,
        bytes: read_me(record),
    };
    for expected in report::render(record).into_iter().chain([read_me]) {
        let Some(found) = files.get(expected.name) else {
            if expected.name == RECORD_FILE {
                checks.push(FileCheck::new(
                    RECORD_FILE,
                    Standing::NotChecked,
                    "is not there; the journal alone gives what follows",
                ));
            }
            continue;
        };
        let complaint = (*found != expected.bytes).then(|| {
            if expected.name == RECORD_FILE {
                differences(found, &expected.bytes)
            } else {
                "is not what the journal gives: it was changed, or made by another version"
                    .to_owned()
            }
        });
        checks.push(match complaint {
            Some(complaint) if is_other_version(&record.header) => FileCheck::new(
                expected.name,
                Standing::NotChecked,
                format!("{complaint}; another version made the run"),
            ),
            complaint => FileCheck::of(
                expected.name,
                complaint,
                "as the journal, judged again, gives it",
            ),
        });
    }
    checks
}

/// Finds files that no run has.
pub(super) fn further(header: &Header, files: &BTreeMap<String, Vec<u8>>) -> Option<FileCheck> {
    let plans: BTreeSet<String> = header.sources.iter().map(file_of).collect();
    let reports = report::FORMATS.iter().filter_map(|format| format.file());
    let known: BTreeSet<&str> = reports.chain([READ_ME_FILE, REVIEW_FILE]).collect();
    let further: Vec<&str> = files
        .keys()
        .filter(|name| !plans.contains(*name) && !known.contains(name.as_str()))
        .map(String::as_str)
        .collect();
    (!further.is_empty()).then(|| {
        FileCheck::new(
            "other files",
            Standing::NotHeld,
            format!("this run has no such file: {}", first_names(&further)),
        )
    })
}

/// Says who remarked what; a remark is an opinion, and nothing that could be false.
pub(super) fn review(record: &Record) -> Option<FileCheck> {
    let remarks = &record.remarks;
    let reviewers: BTreeSet<&str> = remarks.iter().map(|remark| &*remark.reviewer).collect();
    let reviewers: Vec<&str> = reviewers.into_iter().collect();
    let decided = |decision| {
        remarks
            .iter()
            .filter(|remark| remark.decision == decision)
            .count()
    };
    let decisions = Decision::ALL.map(|decision| (decision.word(), decided(decision)));
    let decisions = decisions.iter().filter(|(_, number)| *number > 0);
    let decisions: Vec<String> = decisions
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    (!remarks.is_empty()).then(|| {
        let (remarks, decisions) = (count(remarks.len(), "remark"), decisions.join(", "));
        let by = first_names(&reviewers);
        let found = format!("{remarks} by {by}, as the file names them: {decisions}");
        FileCheck::new(REVIEW_FILE, Standing::Held, found)
    })
}

/// Says in which values two records differ, the values of greatest weight first.
pub fn differences(found: &[u8], expected: &[u8]) -> String {
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes);
    let (Ok(found), Ok(expected)) = (parse(found), parse(expected)) else {
        return "is no JSON".to_owned();
    };
    let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    let mut told = Vec::new();
    if found["verdict"] != expected["verdict"] {
        told.push(format!(
            "the answer is {} and by the journal {}",
            text(&found["verdict"]["is"]),
            text(&expected["verdict"]["is"])
        ));
    }
    let verdicts = |record: &Value| -> BTreeMap<String, String> {
        let cases = record["cases"].as_array().into_iter().flatten();
        cases
            .map(|case| (text(&case["case"]), text(&case["verdict"])))
            .collect()
    };
    let (there, given) = (verdicts(&found), verdicts(&expected));
    let names: BTreeSet<&String> = there.keys().chain(given.keys()).collect();
    for name in names {
        let of = |verdicts: &BTreeMap<String, String>| {
            let verdict = verdicts.get(name).map(String::as_str);
            verdict.unwrap_or("missing").to_owned()
        };
        let (there, given) = (of(&there), of(&given));
        if there != given {
            told.push(format!("{name} is {there} and by the journal {given}"));
        }
    }
    if told.is_empty() {
        return match place_of_difference(&found, &expected) {
            Some(place) => format!("differs from what the journal gives at {place}"),
            None => "has the values that the journal gives, but not its bytes".to_owned(),
        };
    }
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    first_names(&told)
}

/// Returns the place of the first difference between two values, as a JSON pointer.
pub(super) fn place_of_difference(one: &Value, other: &Value) -> Option<String> {
    let members: Vec<(String, Option<&Value>, Option<&Value>)> = match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            names
                .into_iter()
                .map(|name| (name.clone(), one.get(name), other.get(name)))
                .collect()
        }
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len()))
            .map(|index| (index.to_string(), one.get(index), other.get(index)))
            .collect(),
        _ => return (one != other).then(String::new),
    };
    members.into_iter().find_map(|(name, one, other)| {
        let below = match (one, other) {
            (Some(one), Some(other)) => place_of_difference(one, other)?,
            _ => String::new(),
        };
        Some(format!("/{name}{below}"))
    })
}
