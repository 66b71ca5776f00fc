//! The reports of a run that could not start: a pipeline looks for them whatever happened.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::journal::Header;
use crate::report::answer::NOT_ISSUED_BY_SAGE;
use crate::report::folder::ReportFile;
use crate::report::junit::{JUNIT_FILE, junit_of_error};
use crate::report::markdown::{SUMMARY_FILE, text};

/// The word for such a run, where others have their answer.
const NOT_STARTED: &str = "NOT STARTED";

/// Makes `junit.xml` with one error, and `summary.md`; `why` says what happened, `hint` what to do.
pub fn not_started(header: &Header, why: &str, hint: Option<&str>) -> Vec<ReportFile> {
    let began = OffsetDateTime::parse(&header.started, &Rfc3339).ok();
    let first = why.lines().next().unwrap_or_default();
    let whole = match hint {
        Some(hint) => format!("{why}\n{hint}"),
        None => why.to_owned(),
    };
    let mut summary = format!("## ! {NOT_STARTED}\n\nNo case was run.\n\n");
    for line in whole.lines().filter(|line| !line.trim().is_empty()) {
        summary.push_str(&format!("- {}\n", text(line.trim())));
    }
    summary.push_str(&format!(
        "\nfeedproof {}, {NOT_ISSUED_BY_SAGE}\n",
        text(&header.version)
    ));
    vec![
        ReportFile {
            name: JUNIT_FILE,
            bytes: junit_of_error("the run starts", began, Duration::ZERO, first, &whole),
        },
        ReportFile {
            name: SUMMARY_FILE,
            bytes: summary.into_bytes(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::participant::Mode;

    #[test]
    fn a_run_that_could_not_start_is_one_error_and_says_why() {
        let why = "the preflight checks failed\n  callback notification <b> refuses connections";
        let files = not_started(&Header::made_up(Mode::Connector), why, Some("start it"));
        let of = |name| {
            let mut files = files.iter();
            let file = files.find(|file| file.name == name).expect("written");
            String::from_utf8(file.bytes.clone()).expect("text")
        };
        let junit = of(JUNIT_FILE);
        let document = roxmltree::Document::parse(&junit).expect("well-formed");
        let count = |name| {
            document
                .descendants()
                .filter(|node| node.has_tag_name(name))
                .count()
        };
        assert_eq!(
            [count("testcase"), count("error"), count("failure")],
            [1, 1, 0]
        );
        insta::assert_snapshot!(of(SUMMARY_FILE), @r"
        ## ! NOT STARTED

        No case was run.

        - the preflight checks failed
        - callback notification &lt;b&gt; refuses connections
        - start it

        feedproof 0, not issued by Sage
        ");
    }
}
