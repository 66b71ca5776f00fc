//! `summary.md`: the run on one page of Markdown, for the summary of a job in a pipeline.
//!
//! It contains the head of `report.html`, then every case that failed or is inconclusive. Cases that passed are only
//! counted. Texts from outside are escaped, so that none becomes markup.

use std::fmt::Write as _;

use crate::judge::Verdict;
use crate::record::{Outcome, Record, conditions};
use crate::report::answer::{
    AnswerTone, NOT_ISSUED_BY_SAGE, answer, not_tested, remarks, warnings, watermark,
};
use crate::report::causes::causes;
use crate::report::failure::{failure, headline};
use crate::report::format::ReportFormat;
use crate::report::group::groups;
use crate::report::label::{class_name, mark, outcome_word};
use crate::report::number::{counts_line, more};
use crate::report::official::{official_rows, official_rows_sentence};
use crate::report::plain::{cut, line, plain};
use crate::report::run_facts::facts;
use crate::report::tally::tallies;
use crate::report::testable_here::testable;
use plan_language::participant::Participant;

/// The file of the report.
pub(super) const SUMMARY_FILE: &str = "summary.md";
/// Bytes of the text of one failure.
const FAILURE_BYTES_MAX: usize = 8 << 10;
/// Bytes of all texts of failures; GitHub refuses a summary of more than 1 MiB.
const FAILURES_BYTES_MAX: usize = 512 << 10;
/// Bytes of a cell of a table.
const CELL_BYTES_MAX: usize = 600;
/// Number of rows of a table.
const ROWS_MAX: usize = 300;

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// `summary.md`.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

impl ReportFormat for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn file(&self) -> Option<&'static str> {
        Some(SUMMARY_FILE)
    }

    fn about(&self) -> &'static str {
        "the run on one page of Markdown, for the summary of a pipeline job"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        markdown(record)
    }
}

/// Writes the record as Markdown in UTF-8, in less than 1 MiB.
pub fn markdown(record: &Record) -> Vec<u8> {
    let answer = answer(record);
    let sign = match answer.tone {
        AnswerTone::Good => '✓',
        AnswerTone::Bad => '✗',
        AnswerTone::Open => '!',
    };
    let mut page = format!(
        "## {sign} {}\n\n{}\n\n",
        text(&answer.word),
        text(&answer.sentence)
    );
    let _ = write!(
        page,
        "feedproof {}, {NOT_ISSUED_BY_SAGE}",
        text(&record.header.version)
    );
    if let Some(notice) = watermark(record.header.mode) {
        let _ = write!(page, " · **{notice}**");
    }
    page.push_str("\n\n");
    let causes = causes(record)
        .into_iter()
        .map(|cause| match cause.sentence {
            Some(sentence) => format!("{}: {sentence}", cause.title),
            None => cause.title,
        });
    list(
        &mut page,
        "What went wrong, worst first",
        &causes.collect::<Vec<_>>(),
    );
    official(&mut page, record);
    page.push_str("| | |\n|---|---|\n");
    for (name, value) in facts(record) {
        let _ = writeln!(page, "| {name} | {} |", text(&value));
    }
    page.push('\n');
    list(
        &mut page,
        "MUST requirements not tested, or only partly",
        &not_tested(record),
    );
    list(&mut page, "Warnings", &warnings(record));
    list(
        &mut page,
        "Remarks of reviewers, as review.yaml names them",
        &remarks(record),
    );
    certificate(&mut page, record);
    cases(&mut page, record);
    failures(&mut page, record);
    skipped(&mut page, record);
    requirements(&mut page, record);
    page.into_bytes()
}

/// Adds the rows of the official plan, before everything else.
fn official(page: &mut String, record: &Record) {
    let Some(sentence) = official_rows_sentence(record) else {
        return;
    };
    let _ = writeln!(page, "**{}**\n", text(&sentence));
    page.push_str("| official row | test | outcome |\n|---|---|---|\n");
    for row in official_rows(record) {
        let requirement = &row.requirement;
        let test = match &requirement.official {
            Some(official) => &official.test,
            None => &requirement.text,
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            text(&requirement.id),
            text(test),
            outcome_word(row.traced.outcome)
        );
    }
    page.push('\n');
}

fn list(page: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(page, "### {title}\n");
    for item in items.iter().take(ROWS_MAX) {
        let _ = writeln!(page, "- {}", text(item));
    }
    rest(page, "- ", items.len());
    page.push('\n');
}

/// Adds the conditions of a certificate, folded up where no connector could get one.
fn certificate(page: &mut String, record: &Record) {
    let conditions = conditions(record);
    let met = conditions.iter().filter(|one| one.unmet.is_none()).count();
    let open = if record.header.mode.is_live(Participant::Provider) {
        " open"
    } else {
        ""
    };
    let _ = writeln!(
        page,
        "<details{open}><summary>Conditions of a certificate: {met} of {} are met</summary>\n",
        conditions.len()
    );
    for condition in &conditions {
        let _ = match &condition.unmet {
            None => writeln!(page, "- ✓ {}", text(condition.rule)),
            Some(why) => writeln!(page, "- ✗ {}: {}", text(condition.rule), text(why)),
        };
    }
    page.push_str("\n</details>\n\n");
}

/// Adds the number of rows that are left out, if any.
fn rest(page: &mut String, before: &str, rows: usize) {
    if rows > ROWS_MAX {
        let _ = writeln!(page, "{before}and {} more", rows - ROWS_MAX);
    }
}

fn cases(page: &mut String, record: &Record) {
    let _ = writeln!(page, "### Cases\n\n{}\n", counts_line(record));
    let groups = groups(record);
    if groups.is_empty() {
        return;
    }
    page.push_str(
        "| plan | cases | passed | failed | inconclusive | skipped |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for group in groups.iter().take(ROWS_MAX) {
        let counts = group.counts();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            text(group.title()),
            counts.all(),
            counts.passed,
            counts.failed,
            counts.inconclusive,
            counts.skipped
        );
    }
    page.push('\n');
}

/// Adds every case that failed or is inconclusive; one that shares its cause with an earlier case is only named.
fn failures(page: &mut String, record: &Record) {
    let of = |verdict| {
        let cases = record.cases.iter();
        cases.filter(move |case: &&Outcome| case.verdict == verdict)
    };
    let bad = || of(Verdict::Failed).chain(of(Verdict::Inconclusive));
    let all = bad().count();
    if all == 0 {
        return;
    }
    page.push_str("### Failed and inconclusive cases\n\n");
    let begin = page.len();
    for (told, outcome) in bad().enumerate() {
        if page.len() - begin > FAILURES_BYTES_MAX {
            let _ = writeln!(page, "and {}, see report.html\n", more(all - told, "case"));
            return;
        }
        let said = headline(record, outcome).unwrap_or_default();
        let _ = writeln!(
            page,
            "<details><summary>{} {} <b>{}</b> {}<br>{}</summary>\n",
            mark(outcome.verdict),
            outcome.verdict.as_str(),
            text(&outcome.title),
            text(&outcome.case),
            text(&said)
        );
        let cause = record
            .causes
            .iter()
            .find(|cause| cause.cases.contains(&outcome.case));
        let first = cause.and_then(|cause| cause.cases.first());
        if let Some(first) = first.filter(|first| **first != outcome.case) {
            let _ = writeln!(page, "Same cause as {}.\n", text(first));
        } else if let Some(failure) = failure(record, outcome) {
            let failure = plain(&failure);
            let failure = cut(&failure, FAILURE_BYTES_MAX);
            let fence = fence(&failure);
            let _ = writeln!(page, "{fence}text\n{failure}\n{fence}\n");
        }
        page.push_str("</details>\n\n");
    }
}

/// Returns the backticks around a block of text: more than any run of backticks in the text.
fn fence(text: &str) -> String {
    let (mut longest, mut run) = (0, 0);
    for one in text.chars() {
        run = if one == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(3.max(longest + 1))
}

fn skipped(page: &mut String, record: &Record) {
    let skipped: Vec<_> = record
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Skipped)
        .collect();
    if skipped.is_empty() {
        return;
    }
    page.push_str("### Skipped\n\n| case | why |\n|---|---|\n");
    for case in skipped.iter().take(ROWS_MAX) {
        let why = case.reason.as_deref().unwrap_or("no reason was recorded");
        let _ = writeln!(page, "| {} | {} |", text(&case.case), text(why));
    }
    page.push('\n');
    rest(page, "", skipped.len());
    page.push('\n');
}

fn requirements(page: &mut String, record: &Record) {
    let tallies = tallies(record);
    if tallies.is_empty() {
        return;
    }
    page.push_str(
        "### Requirements\n\n| class | passed | partly tested | failed | not tested | not applicable |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for one in tallies {
        let _ = writeln!(
            page,
            "| {} {} | {} | {} | {} | {} | {} |",
            one.class,
            text(class_name(one.class)),
            one.passed,
            one.partly_tested,
            one.failed,
            one.not_tested,
            one.not_applicable
        );
    }
    let testable = testable(record);
    let _ = writeln!(page, "\n{}\n", text(&testable.sentence));
    if testable.left_out.is_empty() {
        return;
    }
    page.push_str("| requirement | here | why |\n|---|---|---|\n");
    for one in testable.left_out.iter().take(ROWS_MAX) {
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            text(&one.id),
            one.word(),
            text(&one.why)
        );
    }
    page.push('\n');
    rest(page, "", testable.left_out.len());
}

/// Escapes a text for one line of Markdown, also within a table.
pub(super) fn text(text: &str) -> String {
    let text = line(&cut(text, CELL_BYTES_MAX)).into_owned();
    let mut escaped = String::with_capacity(text.len() + 16);
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A numeric reference is text everywhere, in HTML as in Markdown.
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '~' | '@' | '$' => {
                let _ = write!(escaped, "&#{};", u32::from(one));
            }
            one => escaped.push(one),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{failed_run, passed_rehearsal};

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            text("a|b `c` <img onerror=x> [x](y) **z**\nnext & @me"),
            "a&#124;b &#96;c&#96; &lt;img onerror=x&gt; &#91;x&#93;(y) &#42;&#42;z&#42;&#42; next &amp; &#64;me"
        );
        assert_eq!(fence("a ``` b"), "````");
        assert_eq!(fence("a `b`"), "```");
    }

    #[test]
    fn a_rehearsal_says_that_it_is_one() {
        let page = String::from_utf8(markdown(&passed_rehearsal())).expect("UTF-8");
        assert!(page.contains("**rehearsal: not a certificate**"), "{page}");
        let page = String::from_utf8(markdown(&failed_run())).expect("UTF-8");
        assert!(!page.contains("rehearsal"), "{page}");
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one snapshot or one table, which is read as a whole"
    )]
    #[test]
    fn what_a_person_reads() {
        let page = String::from_utf8(markdown(&failed_run())).expect("UTF-8");
        // The texts of failures have their own tests.
        let mut within = false;
        let told: Vec<_> = page
            .lines()
            .filter(|line| {
                within ^= line.starts_with("```");
                !within && !line.is_empty()
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        ## ✗ NOT CONFORMANT
        1 requirement failed: OFF-04
        feedproof 0.1.0, not issued by Sage
        ### What went wrong, worst first
        - OFF-04 (must) failed: the provider broke OFF-04: the provider accepts the notification; status: expected 2xx, got 500
        - 2 cases are inconclusive because of one cause: given: GET /banks answers 200: connection refused
        **0 of 1 official row whose text is public passed, 1 not tested (OFF-01)**
        | official row | test | outcome |
        |---|---|---|
        | OFF-01 | The provider must do as OFF-01 says. | not tested |
        | | |
        |---|---|
        | subject | Acme Feeds 1.2 (abc123) |
        | observed | no header names its software |
        | mode | connector: the provider is live, service and Sage ID are emulated |
        | environment | my-connector |
        | feedproof | 0.1.0 |
        | plans | plans as shipped with 0.1.0 |
        | started | 2026-11-21T04:17:00Z |
        | took | 70 ms |
        | selected | 0 cases |
        | filtered out | 3 cases |
        | strict | no: a failing SHOULD is a warning |
        | injected faults | none |
        | limits loosened | first-statement: 90 s instead of 30 s |
        <details open><summary>Conditions of a certificate: 8 of 12 are met</summary>
        - ✓ a live provider is the subject
        - ✓ the subject has a name and a version
        - ✓ no fault was injected
        - ✗ no case was left out: the selection left 3 cases out
        - ✓ no failure is waived
        - ✓ the plans are the shipped ones, all of them
        - ✓ the environment declares every feature that cases ask for
        - ✓ no wait is over an hour, and none for an expiry over 25 minutes
        - ✓ the run ended by itself
        - ✗ every amount could be compared with the bank's data: no customer has a ledger
        - ✗ every MUST requirement that applies was tested in all its parts: not tested: OFF-01
        - ✗ no case is inconclusive, and no requirement that counts failed: 2 cases failed, 2 inconclusive
        </details>
        ### Cases
        5 cases: 0 passed, 2 failed, 2 inconclusive, 1 skipped in 70 ms
        | plan | cases | passed | failed | inconclusive | skipped |
        |---|--:|--:|--:|--:|--:|
        | Offboarding | 2 | 0 | 2 | 0 | 0 |
        | Onboarding | 3 | 0 | 0 | 2 | 1 |
        ### Failed and inconclusive cases
        <details><summary>✗ failed <b>Title of offboarding/told</b> offboarding/told<br>the provider broke OFF-04: the provider accepts the notification; status: expected 2xx, got 500</summary>
        ```
        </details>
        <details><summary>✗ failed <b>Title of offboarding/late</b> offboarding/late<br>the provider broke OFF-04: expected that PATCH /v1/authorisations/9 arrives at service, but only one came within 30 s (authorisation) that differs in body.type</summary>
        ```
        </details>
        <details><summary>! inconclusive <b>Title of onboarding/one</b> onboarding/one<br>inconclusive: given: GET /banks answers 200: connection refused</summary>
        ```
        </details>
        <details><summary>! inconclusive <b>Title of onboarding/two</b> onboarding/two<br>inconclusive: given: GET /banks answers 200: connection refused</summary>
        Same cause as onboarding/one.
        </details>
        ### Skipped
        | case | why |
        |---|---|
        | onboarding/revoked | no bank action &#96;revoke-consent&#96; |
        ### Requirements
        | class | passed | partly tested | failed | not tested | not applicable |
        |---|--:|--:|--:|--:|--:|
        | A official test plan | 0 | 0 | 0 | 1 | 0 |
        | C derived by us, never Sage's wording | 0 | 0 | 1 | 0 | 0 |
        1 of 2 requirements can be tested in the mode connector, 1 of them only by some of their cases
        | requirement | here | why |
        |---|---|---|
        | OFF-04 | in part | no bank action &#96;revoke-consent&#96; (onboarding/revoked) |
        | OFF-01 | cannot be tested | no case cites it |
        "#);
    }
}
