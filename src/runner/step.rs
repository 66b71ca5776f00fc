//! A step on its way through the interpreter: what it is run with, and what it results in.

use std::sync::{Arc, Mutex};

use crate::journal::Seq;
use crate::judge::{Check, Finding, Window};
use crate::matching::Selector;
use crate::runner::world::NOT_OBSERVED;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Expect, Requirement, Step, StepKey};
use plan_language::source::Span;
use plan_language::value::Unset;

/// What a case is judged by, apart from its steps.
#[derive(Clone, Copy, Debug)]
pub struct JudgeContext<'a> {
    /// The catalogue of requirements.
    pub requirements: &'a [Arc<Requirement>],
    /// Who is live.
    pub mode: Mode,
}

/// Interprets the steps of one case: acts through a world, and judges what that shows.
pub(super) struct Interpreter<'a, W> {
    pub context: JudgeContext<'a>,
    pub world: &'a W,
    /// The first visit that did not get through with the customer's own login, by its end, and why.
    pub hindered: Mutex<Option<(Seq, String)>>,
    /// The first visit in which the connection to the provider broke, by its end, and why.
    pub severed: Mutex<Option<(Seq, String)>>,
}

/// A step that is being performed.
#[derive(Clone, Copy)]
pub(super) struct CurrentStep<'s> {
    pub step: &'s Step,
    pub key: &'s StepKey,
    /// The position of its beginning; 0 where that is not recorded.
    pub begun: Seq,
}

impl<'s> CurrentStep<'s> {
    /// Places a check at the step itself.
    pub fn here(self) -> CheckPlace<'s> {
        self.line(&self.step.span)
    }

    /// Places a check at a line of the step.
    pub fn line(self, line: &'s Span) -> CheckPlace<'s> {
        CheckPlace {
            step: self.step,
            key: self.key,
            line,
        }
    }

    /// Places a check at an expectation of the step.
    pub fn expectation(self, expect: &'s Expect) -> CheckPlace<'s> {
        self.line(expect.span.as_ref().unwrap_or(&self.step.span))
    }
}

/// Where a check belongs: its step, the step's key, and the line that demands it.
#[derive(Clone, Copy)]
pub(super) struct CheckPlace<'s> {
    pub step: &'s Step,
    pub key: &'s StepKey,
    pub line: &'s Span,
}

/// What a check found, before requirements and evidence are added.
pub(super) struct JudgedCheck {
    /// What is checked, in one sentence.
    pub what: String,
    /// Whose conduct it is.
    pub party: Participant,
    pub finding: Finding,
    /// Positions of the messages that show it.
    pub messages: Vec<Seq>,
}

/// A check, with the miss that is explained once the case has ended.
pub(super) struct DraftCheck {
    pub check: Check,
    pub missed: Option<Missed>,
}

/// A miss whose reason is known once the case has ended: a late message arrives after the wait.
pub(super) struct Missed {
    pub selector: Selector,
    pub window: Window,
    pub came: usize,
    pub least: u32,
}

/// What one step, or a sequence of steps, results in.
pub(super) struct StepResult {
    pub checks: Vec<DraftCheck>,
    /// Whether the steps after it may run.
    pub continues: bool,
}

impl StepResult {
    /// A result without checks; the case continues.
    pub fn empty() -> Self {
        Self {
            checks: Vec::new(),
            continues: true,
        }
    }

    /// A result with one check; the case continues.
    pub fn of(check: DraftCheck) -> Self {
        Self {
            checks: vec![check],
            continues: true,
        }
    }

    /// A result with one check that ends the case.
    pub fn last(check: DraftCheck) -> Self {
        Self {
            checks: vec![check],
            continues: false,
        }
    }

    /// Ends the case after this step.
    pub fn stop(&mut self) {
        self.continues = false;
    }
}

/// The reason why a step ends the case without a conclusion.
#[derive(Debug)]
pub(super) struct Stop {
    pub why: String,
    /// The attempt that the journal does not contain, if it is one of several.
    pub attempt: Option<StepKey>,
}

impl Stop {
    /// The journal does not contain what became of the step.
    pub fn not_observed() -> Self {
        Self::from(NOT_OBSERVED.to_owned())
    }

    /// The journal does not contain what became of an attempt.
    pub fn not_observed_at(attempt: &StepKey) -> Self {
        Self {
            attempt: Some(attempt.clone()),
            ..Self::not_observed()
        }
    }
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self { why, attempt: None }
    }
}

impl From<Unset> for Stop {
    fn from(unset: Unset) -> Self {
        Self::from(unset.to_string())
    }
}
