//! Reads a file of remarks, with the place of everything that is wrong in it.

use crate::clock::is_day;
use crate::remarks::{Decision, Remark};
use plan_language::source::{Fields, Finding, Node, load};

/// The largest file of remarks that is read, in bytes; a signed statement contains them, and is limited itself.
pub const REMARKS_BYTES_MAX: usize = 256 << 10;

/// The largest number of remarks.
pub const REMARKS_MAX: usize = 1_000;

/// Examples of the fields, for hints.
const EXAMPLES: [(&str, &str); 4] = [
    ("reviewer", "Jane Doe"),
    ("date", "\"2026-12-01\""),
    ("remark", "the bank closed for the night; run again at noon"),
    ("decision", "accepted"),
];

/// Reads remarks: `remarks`, a list in which each has a reviewer, a date, a remark, a decision (`accepted`, `rejected`,
/// `open`) and, unless it is about the whole run, a case; `cases` are those of the run.
///
/// # Errors
/// All findings, in the order of their places.
pub fn read(file: &str, bytes: &[u8], cases: &[String]) -> Result<Vec<Remark>, Vec<Finding>> {
    let node = load(file, bytes)?;
    let mut findings = Vec::new();
    let mut remarks = Vec::new();
    if let Some(mut fields) = Fields::of(&node, "a file of remarks", &mut findings) {
        fields.require("remarks");
        let list = fields.list("remarks");
        if let Some(node) = list.get(REMARKS_MAX) {
            let message = format!("a file has at most {REMARKS_MAX} remarks");
            fields.complain(&node.span, message);
        }
        let first = list.iter().take(REMARKS_MAX);
        remarks = first
            .filter_map(|node| remark(node, cases, fields.findings()))
            .collect();
        fields.end();
    }
    findings.sort_by(|left, right| left.span.cmp(&right.span));
    if findings.is_empty() {
        Ok(remarks)
    } else {
        Err(findings)
    }
}

fn remark(node: &Node, cases: &[String], findings: &mut Vec<Finding>) -> Option<Remark> {
    let mut fields = Fields::of(node, "a remark", findings)?.with_examples(EXAMPLES.into_iter());
    let case = fields.text("case");
    if let Some((id, span)) = case
        && cases.iter().all(|known| known != id)
    {
        let finding = Finding::new(span, format!("the run has no case `{id}`"));
        let known = cases.iter().map(String::as_str);
        fields.findings().push(finding.suggesting(id, known));
    }
    let reviewer = fields.require_sentence("reviewer");
    let date = fields.require_text("date").map(|(text, span)| {
        if !is_day(text) {
            let finding = Finding::new(span, format!("`{text}` is no day"));
            let hint = "write year, month and day: `\"2026-12-01\"`";
            fields.findings().push(finding.with_hint(hint));
        }
        text
    });
    let remark = fields.require_sentence("remark");
    let decision = fields.require_text("decision").and_then(|(word, span)| {
        let decision = Decision::of(word);
        if decision.is_none() {
            let finding = Finding::new(span, format!("`{word}` is no decision"));
            let words = Decision::ALL.map(Decision::word);
            let hint = format!(
                "write one of {}",
                words.map(|word| format!("`{word}`")).join(", ")
            );
            fields.findings().push(finding.with_hint(hint));
        }
        decision
    });
    fields.end();
    Some(Remark {
        case: case.map(|(id, _)| id.to_owned()),
        reviewer: reviewer?.0.to_owned(),
        date: date?.to_owned(),
        remark: remark?.0.to_owned(),
        decision: decision?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Remark>, Vec<Finding>> {
        read(
            "review.yaml",
            text.as_bytes(),
            &["a/b".to_owned(), "a/c".to_owned()],
        )
    }

    #[test]
    fn a_remark_is_about_a_case_or_the_run() {
        let text = "remarks:\n  - case: a/b\n    reviewer: Jane Doe\n    date: \"2026-12-01\"\n    remark: seen\n    decision: accepted\n  - { reviewer: Joe, date: \"2026-12-02\", remark: which version?, decision: open }\n";
        let remarks = read_text(text).expect("remarks");
        assert_eq!(remarks[0].case.as_deref(), Some("a/b"));
        assert_eq!(
            remarks[0].to_string(),
            "accepted by Jane Doe, 2026-12-01: seen"
        );
        assert_eq!(remarks[1].case, None);
        assert_eq!(remarks[1].decision, Decision::Open);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, place, expected) in [
            ("remarks: x", (1, 10), "must be an array"),
            ("more: 1", (1, 1), "needs `remarks`"),
            (
                "remarks:\n- { case: a/d, reviewer: J, date: \"2026-12-01\", remark: r, decision: open }",
                (2, 11),
                "the run has no case `a/d`",
            ),
            (
                "remarks:\n- { reviewer: J, date: \"2026-13-01\", remark: r, decision: open }",
                (2, 24),
                "is no day",
            ),
            (
                "remarks:\n- { reviewer: J, date: \"2026-12-01\", remark: r, decision: fine }",
                (2, 59),
                "`fine` is no decision",
            ),
            (
                "remarks:\n- { date: \"2026-12-01\", remark: r, decision: open }",
                (2, 3),
                "needs `reviewer`",
            ),
        ] {
            let findings = read_text(text).expect_err(text);
            let first = &findings[0];
            assert!(
                first.message.contains(expected),
                "{text}: {}",
                first.message
            );
            assert_eq!((first.span.line, first.span.column), place, "{text}");
        }
        let one = "- { reviewer: J, date: \"2026-12-01\", remark: r, decision: open }\n";
        let many = format!("remarks:\n{}", one.repeat(1_001));
        assert!(read_text(&many).is_err());
    }
}
