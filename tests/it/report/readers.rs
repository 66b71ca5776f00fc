//! JUnit XML is read by programs that know nothing of ours: xmllint with a schema, Python's junitparser.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::{bytes, err, finished, left_out};

/// Runs a program; `None` where it is not there.
fn program(name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{name}: {error}"),
    }
}

fn validated(file: &Path) -> Option<Output> {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/junit.xsd");
    let file = file.to_str().expect("text");
    let output = program("xmllint", &["--noout", "--nonet", "--schema", schema, file]);
    if output.is_none() {
        left_out(
            "xmllint is not installed, and junit.xml was not validated (Debian: libxml2-utils)",
        );
    }
    output
}

#[test]
fn xmllint_finds_junit_as_the_schema_says_and_something_else_not() {
    let Some(output) = validated(&finished().join("junit.xml")) else {
        return;
    };
    assert!(output.status.success(), "{}", err(&output));
    let whole = String::from_utf8(bytes(finished(), "junit.xml")).expect("text");
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("junit.xml");
    for (from, to) in [
        (" tests=\"", " test=\""),
        (" failures=\"1\"", " failures=\"one\""),
        ("<failure ", "<failure/><failure "),
        (" time=\"", " time=\"0,"),
        ("<testcase name=\"", "<testcase name=\"\" nam=\""),
        ("<properties>", "<properties/><properties>"),
    ] {
        let broken = whole.replacen(from, to, 1);
        assert_ne!(broken, whole, "{from}");
        std::fs::write(&file, broken).expect("written");
        let output = validated(&file).expect("xmllint is there");
        assert!(!output.status.success(), "{from} became {to}");
    }
}

/// Counts with junitparser, which knows nothing of our attributes' totals.
const COUNT: &str = r#"
import sys, collections
from junitparser import JUnitXml, Failure, Error, Skipped
counts = collections.Counter()
names = set()
for suite in JUnitXml.fromfile(sys.argv[1]):
    for case in suite:
        kinds = [type(one) for one in (case.result if isinstance(case.result, list) else [case.result]) if one is not None]
        word = "failed" if Failure in kinds else "inconclusive" if Error in kinds else "skipped" if Skipped in kinds else "passed"
        counts[word] += 1
        names.add((case.classname, case.name))
        assert case.time is not None
print(*(counts[word] for word in ("passed", "failed", "inconclusive", "skipped")), len(names))
"#;

#[test]
fn junitparser_counts_what_the_record_counts() {
    let file = finished().join("junit.xml");
    // Where the system has none, a virtual environment may be named.
    let python = std::env::var("FEEDPROOF_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = program(&python, &["-c", "import junitparser"]);
    if !has.is_some_and(|output| output.status.success()) {
        left_out(
            "Python's junitparser is not installed, and did not read junit.xml (Debian: python3-junitparser)",
        );
        return;
    }
    let output =
        program(&python, &["-c", COUNT, file.to_str().expect("text")]).expect("it is there");
    assert!(output.status.success(), "{}", err(&output));
    let record: Value = serde_json::from_slice(&bytes(finished(), "record.json")).expect("JSON");
    let count = |word: &str| record["counts"][word].as_u64().expect("a number");
    let words = ["passed", "failed", "inconclusive", "skipped"].map(count);
    let expected = format!(
        "{} {} {} {} {}",
        words[0],
        words[1],
        words[2],
        words[3],
        words.iter().sum::<u64>()
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
}
