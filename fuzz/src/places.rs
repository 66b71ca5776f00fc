//! Properties of findings: they point into their file, and are shown without what could hijack a terminal.

use plan_language::source::{Finding, Sources, Span, render};

/// Checks findings of documents whose texts are all in `sources`.
pub(crate) fn check_findings(findings: &[Finding], sources: &Sources) {
    for finding in findings {
        let notes = finding.notes.iter().map(|(span, _)| span);
        for span in notes.chain([&finding.span]) {
            check_span(span, sources);
        }
        assert!(!finding.message.is_empty());
        // A panic of the YAML reader becomes this finding.
        assert_ne!(finding.message, "the YAML reader broke down over this file");
        check_shown(&render(finding, sources));
    }
}

/// Checks that a span lies within a line of its file, or is the place just behind one.
fn check_span(span: &Span, sources: &Sources) {
    let line = sources
        .line(&span.file, span.line)
        .unwrap_or_else(|| panic!("{span}: there is no such line"));
    let letters = line.chars().count();
    let (before, length) = (span.column as usize - 1, span.len as usize);
    assert!(
        before + length <= letters.max(before + 1) && before <= letters,
        "{span}, {length} long, lies outside of its line of {letters} characters"
    );
}

/// Checks that a text has no control characters but line breaks, and ends with one.
fn check_shown(text: &str) {
    assert!(text.ends_with('\n'), "{text:?}");
    let bare = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(bare), "{text:?} has control characters");
}
