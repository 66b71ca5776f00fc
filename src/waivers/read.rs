//! Reads a file of waivers, with the place of everything that is wrong in it.

use crate::clock::is_day;
use crate::waivers::{Waiver, WaiverTarget};
use plan_language::plan::Library;
use plan_language::source::{Fields, Finding, Node, Span, load};

/// The largest number of waivers; who needs more has no product to certify.
pub const WAIVERS_MAX: usize = 100;

/// Examples of the fields, for hints.
const EXAMPLES: [(&str, &str); 3] = [
    ("reason", "release 1.5 checks the header"),
    ("owner", "jane@acme.example"),
    ("expires", "\"2027-01-31\""),
];

/// Reads waivers: `waivers`, a list in which each names a requirement or a case of the plans, a reason, an owner and the
/// day on which it expires.
///
/// # Errors
/// All findings, in the order of their places.
pub fn read(file: &str, bytes: &[u8], library: &Library) -> Result<Vec<Waiver>, Vec<Finding>> {
    let node = load(file, bytes)?;
    let mut findings = Vec::new();
    let mut waivers: Vec<Waiver> = Vec::new();
    if let Some(mut fields) = Fields::of(&node, "a file of waivers", &mut findings) {
        fields.require("waivers");
        let list = fields.list("waivers");
        if list.len() > WAIVERS_MAX {
            let message = format!("a file has at most {WAIVERS_MAX} waivers");
            fields.complain(&list[WAIVERS_MAX].span, message);
        }
        for node in list.iter().take(WAIVERS_MAX) {
            let waiver = waiver(node, library, fields.findings());
            let Some((waiver, span)) = waiver else {
                continue;
            };
            if waivers.iter().any(|known| known.target == waiver.target) {
                fields.complain(&span, format!("{} is waived twice", waiver.target));
            }
            waivers.push(waiver);
        }
        fields.end();
    }
    findings.sort_by(|one, other| one.span.cmp(&other.span));
    if findings.is_empty() {
        Ok(waivers)
    } else {
        Err(findings)
    }
}

fn waiver(node: &Node, library: &Library, findings: &mut Vec<Finding>) -> Option<(Waiver, Span)> {
    let mut fields = Fields::of(node, "a waiver", findings)?.with_examples(EXAMPLES.into_iter());
    let target = target(&mut fields, library);
    let reason = fields.require_sentence("reason");
    let owner = fields.require_sentence("owner");
    let expires = fields.require_text("expires");
    let expires = expires.and_then(|(text, span)| day(text, span, fields.findings()));
    let link = fields.sentence("link");
    fields.end();
    let (target, span) = target?;
    let waiver = Waiver {
        target,
        reason: reason?.0.to_owned(),
        owner: owner?.0.to_owned(),
        expires: expires?,
        link: link.map(|(link, _)| link.to_owned()),
    };
    Some((waiver, span))
}

/// Reads the requirement or the case, which the plans must have.
fn target(fields: &mut Fields<'_, '_>, library: &Library) -> Option<(WaiverTarget, Span)> {
    let requirement = fields.text("requirement");
    let case = fields.text("case");
    match (requirement, case) {
        (Some((id, span)), None) => {
            if library.requirement(id).is_none() {
                let known = library.requirements.iter().map(|known| &*known.id);
                let finding = Finding::new(span, format!("no requirement is called `{id}`"));
                fields.findings().push(finding.suggesting(id, known));
            }
            Some((WaiverTarget::Requirement(id.to_owned()), span.clone()))
        }
        (None, Some((id, span))) => {
            if library.cases().all(|known| &*known.id != id) {
                let known = library.cases().map(|known| &*known.id);
                let finding = Finding::new(span, format!("no case is called `{id}`"));
                fields.findings().push(finding.suggesting(id, known));
            }
            Some((WaiverTarget::Case(id.to_owned()), span.clone()))
        }
        (None, None) => {
            let span = fields.span().clone();
            fields.complain(&span, "a waiver names a `requirement` or a `case`");
            None
        }
        (Some(_), Some((_, span))) => {
            fields.complain(span, "a waiver names a `requirement` or a `case`, not both");
            None
        }
    }
}

fn day(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    if !is_day(text) {
        let finding = Finding::new(span, format!("`{text}` is no day"));
        findings.push(finding.with_hint("write year, month and day: `\"2027-01-31\"`"));
        return None;
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped;

    fn library() -> Library {
        Library::read(&shipped::documents()).unwrap_or_else(|_| panic!("the shipped plans"))
    }

    #[test]
    fn a_requirement_and_a_case_are_waived() {
        let text = "waivers:\n  - requirement: OFF-01\n    reason: release 1.5 mends it\n    owner: jane@acme.example\n    expires: \"2026-12-31\"\n  - case: offboarding/status-cancelled\n    reason: the bank's test system has no cards\n    owner: joe\n    expires: \"2027-01-31\"\n    link: https://acme.example/issues/12\n";
        let read = read("waivers.yaml", text.as_bytes(), &library()).expect("waivers");
        assert_eq!(
            read[0],
            Waiver::made_up(WaiverTarget::Requirement("OFF-01".into()))
        );
        assert_eq!(
            read[1].told(),
            "joe answers for it until 2027-01-31: the bank's test system has no cards; https://acme.example/issues/12"
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let complete = "reason: r, owner: o, expires: \"2026-12-31\"";
        for (text, place, expected) in [
            ("waivers: []\nmore: 1", (2, 1), "no field `more`"),
            ("{}", (1, 1), "needs `waivers`"),
            ("- a", (1, 1), "must be an object"),
            (
                "waivers:\n- { requirement: OFF-1, reason: r, owner: o, expires: \"2026-12-31\" }",
                (2, 18),
                "no requirement is called `OFF-1`",
            ),
            (
                "waivers:\n- { case: offboarding/status-canceled, reason: r, owner: o, expires: \"2026-12-31\" }",
                (2, 11),
                "no case is called",
            ),
            (
                "waivers:\n- { requirement: OFF-01, reason: r, owner: o, expires: \"2026-02-30\" }",
                (2, 56),
                "`2026-02-30` is no day",
            ),
            (
                "waivers:\n- { requirement: OFF-01, reason: r, owner: o, expires: \"2026-W01-1\" }",
                (2, 56),
                "is no day",
            ),
            (
                "waivers:\n- { requirement: OFF-01, reason: r, expires: \"2026-12-31\" }",
                (2, 3),
                "needs `owner`",
            ),
        ] {
            let findings = read("w.yaml", text.as_bytes(), &library()).expect_err(text);
            let finding = &findings[0];
            assert!(
                finding.message.contains(expected),
                "{text}: {}",
                finding.message
            );
            assert_eq!((finding.span.line, finding.span.column), place, "{text}");
        }
        let both = format!(
            "waivers:\n- {{ requirement: OFF-01, case: offboarding/status-cancelled, {complete} }}"
        );
        let neither = format!("waivers:\n- {{ {complete} }}");
        let one = format!("- {{ requirement: OFF-01, {complete} }}\n");
        let twice = format!("waivers:\n{one}{one}");
        let many = format!("waivers:\n{}", one.repeat(101));
        for (text, expected) in [
            (both, "not both"),
            (neither, "names a `requirement` or a `case`"),
            (twice, "requirement OFF-01 is waived twice"),
            (many, "at most 100 waivers"),
        ] {
            let findings = read("w.yaml", text.as_bytes(), &library()).expect_err(expected);
            let said = |finding: &Finding| finding.message.contains(expected);
            assert!(findings.iter().any(said), "{expected}");
        }
    }
}
