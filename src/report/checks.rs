//! The checks of a case with their outcomes: one line for each check, in the order of steps.

use crate::judge::{Check, CheckOutcome, Finding, NoEvidenceReason};
use crate::number::count;
use crate::record::Outcome;
use crate::report::lines::Lines;
use crate::report::plain::{cut, line};

/// Bytes of the description of a check in one line.
const WHAT_BYTES_MAX: usize = 400;

/// Lists the checks of a case and of its teardown; empty if it made none.
pub fn checks(outcome: &Outcome) -> String {
    let mut lines = Lines::default();
    for check in &outcome.checks {
        lines.add(check_line(check));
    }
    if !outcome.teardown.is_empty() {
        lines.add("teardown (does not change the verdict)");
        lines.within(|lines| {
            for check in &outcome.teardown {
                lines.add(check_line(check));
            }
        });
    }
    lines.finish()
}

fn check_line(check: &Check) -> String {
    let (mark, word) = match &check.outcome {
        CheckOutcome::Pass => ('✓', "passed"),
        CheckOutcome::Violation => ('✗', "failed"),
        CheckOutcome::Inconclusive(_) => ('!', "inconclusive"),
        CheckOutcome::NotReached => ('-', "not reached"),
        CheckOutcome::NoEvidence(NoEvidenceReason::Precondition) => ('✓', "passed, a precondition"),
        CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing) => ('!', "compared nothing"),
        CheckOutcome::NoEvidence(NoEvidenceReason::NotUnderTest) => (
            '✓',
            "passed, not evidence: an emulated participant sent the message",
        ),
        CheckOutcome::NoEvidence(NoEvidenceReason::NotApplicable) => ('-', "not applicable"),
    };
    let what = line(&check.what);
    let mut text = format!("{mark} {word}: {}", cut(&what, WHAT_BYTES_MAX));
    if !check.requirement.is_empty() {
        text = format!("{text} [{}]", check.requirement.join(", "));
    }
    if let Finding::Held { checked } = &check.finding
        && *checked > 0
    {
        text = format!("{text} ({})", count(*checked, "comparison"));
    }
    if let Finding::Inapplicable { why } = &check.finding {
        text = format!("{text} ({})", cut(&line(why), WHAT_BYTES_MAX));
    }
    format!("{text} {}", check.place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::report::fixture::{broke, held, missed, not_reached, outcome, unjudged};

    #[test]
    fn every_kind_of_check_has_a_mark_and_a_word() {
        let mut one = outcome("a", "a/one", Verdict::Failed);
        let mut precondition = held("the precondition holds");
        precondition.outcome = CheckOutcome::NoEvidence(NoEvidenceReason::Precondition);
        one.checks = vec![
            held("GET /x answers 200"),
            precondition,
            broke("POST /y answers\n2xx", Vec::new()),
            missed("PATCH /z arrives", "nothing came"),
            unjudged("GET /w answers 200", "connection refused"),
            not_reached("GET /v answers 200"),
        ];
        one.teardown = vec![held("DELETE /x answers 204")];
        insta::assert_snapshot!(checks(&one), @r#"
        ✓ passed: GET /x answers 200 [OFF-04] (3 comparisons) plans/offboarding.yaml:12:9
        ✓ passed, a precondition: the precondition holds [OFF-04] (3 comparisons) plans/offboarding.yaml:12:9
        ✗ failed: POST /y answers 2xx [OFF-04] plans/offboarding.yaml:12:9
        ✗ failed: PATCH /z arrives [OFF-04] plans/offboarding.yaml:12:9
        ! inconclusive: GET /w answers 200 [OFF-04] plans/offboarding.yaml:12:9
        - not reached: GET /v answers 200 [OFF-04] plans/offboarding.yaml:12:9
        teardown (does not change the verdict)
          ✓ passed: DELETE /x answers 204 [OFF-04] (3 comparisons) plans/offboarding.yaml:12:9
        "#);
        one.checks.clear();
        one.teardown.clear();
        assert_eq!(checks(&one), "");
    }
}
