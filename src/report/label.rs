//! Names and signs of participants, classes of requirements and verdicts.

use crate::judge::{RequirementOutcome, Verdict};
use plan_language::participant::{Mode, Participant};
use plan_language::plan::Class;

/// Names a participant, and whether feedproof emulates it in a mode.
pub fn party(participant: Participant, mode: Mode) -> &'static str {
    match (participant, mode.is_live(participant)) {
        (Participant::Product, _) => "the product",
        (Participant::Browser, _) => "the browser",
        (Participant::Service, true) => "the service",
        (Participant::Service, false) => "the emulated service",
        (Participant::Sageid, true) => "Sage ID",
        (Participant::Sageid, false) => "the emulated Sage ID",
        (Participant::Provider, true) => "the provider",
        (Participant::Provider, false) => "the reference provider",
    }
}

/// Returns the origin of the wording of a class of requirements.
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::A => "official test plan",
        Class::B => "asserted by Sage's own collection",
        Class::C => "derived by us, never Sage's wording",
    }
}

/// Returns the words for the outcome of a requirement.
pub fn outcome_word(outcome: RequirementOutcome) -> &'static str {
    match outcome {
        RequirementOutcome::NotApplicable => "not applicable",
        RequirementOutcome::Passed => "passed",
        RequirementOutcome::NotTested => "not tested",
        RequirementOutcome::Failed => "failed",
    }
}

/// Returns the sign that precedes the word of a verdict.
pub fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Passed => '✓',
        Verdict::Failed => '✗',
        Verdict::Inconclusive => '!',
        Verdict::Skipped => '-',
    }
}

/// Returns what the verdict of a case means.
pub fn verdict_meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "every check holds, and the evidence comes from the system under test",
        Verdict::Failed => "the system under test violated a requirement",
        Verdict::Inconclusive => {
            "the plan, the network, the environment, a precondition or the setup failed; nothing can be said about the system under test"
        }
        Verdict::Skipped => "the case does not apply here; the report gives the reason",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_explains_verdicts_in_the_same_words() {
        let readme = include_str!("../../README.md");
        for verdict in Verdict::ALL {
            let row = format!("| {} | {} |", verdict.as_str(), verdict_meaning(verdict));
            assert!(readme.contains(&row), "{row}");
        }
    }
}
