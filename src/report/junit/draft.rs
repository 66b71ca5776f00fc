//! Writes a sheet through the `junit-report` crate, and hands its draft on to be completed.
//!
//! The crate writes text as it comes, `]]>` included, so text is made fit first. It knows no
//! properties, no `skipped` count and no wall time; `complete` adds them.

use junit_report::{
    ReportBuilder, TestCase, TestCaseBuilder, TestResult, TestSuite, TestSuiteBuilder,
};
use time::OffsetDateTime;

use crate::report::junit::complete::complete;
use crate::report::junit::sheet::{
    CaseResult, Sheet, SheetCase, SheetSuite, SheetWriter, attribute, element,
};

/// Writes sheets with the `junit-report` crate.
pub(super) struct JunitReport;

impl SheetWriter for JunitReport {
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn write(&self, sheet: &Sheet) -> Vec<u8> {
        let most = sheet.text_bytes_max();
        let mut report = ReportBuilder::new();
        report.add_testsuites(sheet.suites.iter().map(|own| suite(own, most)));
        let mut draft = Vec::new();
        report
            .build()
            .write_xml(&mut draft)
            .expect("memory takes every byte, so writing to it does not fail");
        complete(&draft, sheet)
            .expect("every text of the draft was made fit for XML, so it reads back")
    }
}

fn suite(one: &SheetSuite, most: usize) -> TestSuite {
    let mut builder = TestSuiteBuilder::new(&attribute(&one.name));
    builder.testsuite.package = attribute(&one.package);
    builder
        // The crate wants a moment it can write; where there is none, `complete` takes it out.
        .set_timestamp(OffsetDateTime::UNIX_EPOCH)
        .add_testcases(one.cases.iter().map(|case| test(case, most)));
    builder.build()
}

fn test(one: &SheetCase, most: usize) -> TestCase {
    let name = attribute(&one.name);
    let mut builder = match &one.result {
        CaseResult::Passed => TestCaseBuilder::success(&name, one.took),
        CaseResult::Failed { message, text } => {
            let mut builder = TestCaseBuilder::failure(
                &name,
                one.took,
                "requirement-broken",
                &attribute(message),
            );
            builder.set_trace(&data(text, most));
            builder
        }
        CaseResult::Inconclusive { message, text } => {
            let mut builder =
                TestCaseBuilder::error(&name, one.took, "no-judgement", &attribute(message));
            builder.set_trace(&data(text, most));
            builder
        }
        CaseResult::Skipped { message } => skipped(one, "not-applicable", message, message, most),
        CaseResult::Warning { message, text } => skipped(one, "warning", message, text, most),
    };
    builder
        .set_classname(&attribute(&one.classname))
        .set_filepath(&attribute(&one.file));
    if let Some(output) = &one.output {
        builder.set_system_out(&data(output, most));
    }
    builder.build()
}

fn skipped(one: &SheetCase, kind: &str, message: &str, text: &str, most: usize) -> TestCaseBuilder {
    let mut builder = TestCaseBuilder::skipped(&attribute(&one.name));
    builder.testcase.time = one.took;
    // The setter for texts passes skipped cases over.
    builder.testcase.result = TestResult::SkippedWithCause {
        type_: kind.to_owned(),
        message: attribute(message),
        cause: Some(data(text, most)),
    };
    builder
}

/// Makes a text fit for the character data that the crate writes around it.
fn data(text: &str, most: usize) -> String {
    // The end mark is split over two sections, which readers join again.
    element(text, most).replace("]]>", "]]]]><![CDATA[>")
}
