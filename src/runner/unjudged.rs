//! The checks of steps that were not performed, or that ended without a conclusion.

use crate::judge::{Check, CheckOutcome, Finding};
use crate::runner::binding::Frame;
use crate::runner::section::Section;
use crate::runner::step::{CheckPlace, DraftCheck, Interpreter, JudgedCheck, StepResult, Stop};
use crate::runner::verb;
use crate::runner::world::{NOT_OBSERVED, World};
use plan_language::participant::Participant;
use plan_language::plan::{Case, Step, StepKey, Verb, uses_ledger};
use plan_language::value::Scope as _;

impl<W: World> Interpreter<'_, W> {
    /// Ends the case because a step has no conclusion.
    pub fn inconclusive(&self, step: &Step, key: &StepKey, stop: Stop) -> StepResult {
        let key = stop.attempt.as_ref().unwrap_or(key);
        let finding = Finding::Inconclusive { why: stop.why };
        StepResult::last(self.without_message(step, key, finding))
    }

    /// Makes the check of a step that compares with a ledger where the environment has none; `None` for any other step.
    pub fn inapplicable(
        &self,
        step: &Step,
        key: &StepKey,
        frame: &Frame<'_>,
    ) -> Option<DraftCheck> {
        // The steps inside a `parallel` are asked one by one.
        if matches!(step.verb, Verb::Parallel(_)) || !uses_ledger(step) {
            return None;
        }
        let customer = frame.lookup("customer")?;
        if customer.get("ledger").is_some() {
            return None;
        }
        let name = customer["name"].as_str().unwrap_or("the customer");
        let finding = Finding::Inapplicable {
            why: format!("the environment contains no bank data of {name} (see `ledger`)"),
        };
        Some(self.without_message(step, key, finding))
    }

    /// Makes the only check of a case that the journal does not contain.
    pub fn not_observed(&self, case: &Case) -> DraftCheck {
        DraftCheck {
            check: Check {
                step: StepKey::top("case", 0),
                place: case.place.clone(),
                what: "the case is run".to_owned(),
                requirement: Vec::new(),
                precondition: true,
                party: Participant::Service,
                evidence: None,
                finding: Finding::Inconclusive {
                    why: NOT_OBSERVED.to_owned(),
                },
                messages: Vec::new(),
                values: Vec::new(),
                outcome: CheckOutcome::Inconclusive(NOT_OBSERVED.to_owned()),
                withheld: None,
            },
            missed: None,
        }
    }

    /// Adds a check for every step that judges for a requirement and was not reached.
    pub fn not_reached(&self, steps: &[Step], section: Section<'_>, checks: &mut Vec<DraftCheck>) {
        for (index, step) in steps.iter().enumerate() {
            let key = section.key(index);
            if let Verb::Parallel(parallel) = &step.verb {
                for (number, branch) in parallel.branches.iter().enumerate() {
                    self.not_reached(branch, Section::branch(&key, number), checks);
                }
            }
            if !step.requirement.is_empty() {
                checks.push(self.without_message(step, &key, Finding::NotReached));
            }
        }
    }

    fn without_message(&self, step: &Step, key: &StepKey, finding: Finding) -> DraftCheck {
        let judged = JudgedCheck {
            what: verb::of::<W>(&step.verb).describe(),
            party: Participant::Service,
            finding,
            messages: Vec::new(),
        };
        let line = &step.span;
        self.check(CheckPlace { step, key, line }, judged, None)
    }
}
