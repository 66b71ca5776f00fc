//! The interpreter: performs the steps of a case through a world and judges what the world shows.
//!
//! The interpreter has no clock, no randomness and no socket of its own, so the same plan and the same journal give
//! the same outcome, live and replayed. What a single verb does is in `verb`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::journal::Seq;
use crate::judge::{Check, CheckOutcome, Outcome, judge_case};
use crate::runner::binding::{Binding, Bound, Frame, Owned};
use crate::runner::section::Section;
use crate::runner::step::{CurrentStep, DraftCheck, Interpreter, JudgeContext, StepResult, Stop};
use crate::runner::verb::{self, Beginning};
use crate::runner::world::World;
use plan_language::plan::{Case, Step, StepKey, each_reference};
use plan_language::value::Value;

/// Interprets one case and returns its outcome.
pub async fn interpret<W: World>(case: &Case, context: JudgeContext<'_>, world: &W) -> Outcome {
    let interpreter = Interpreter { context, world };
    let (mut opened, mut started_us) = (0, 0);
    let (mut checks, teardown) = match world.opened() {
        None => (vec![interpreter.not_observed(case)], Vec::new()),
        Some((seq, values)) => {
            opened = seq;
            started_us = world.event(seq).map_or(0, |event| event.at);
            interpreter.case(case, seq, values).await
        }
    };
    let ended = world.end();
    let ended_us = ended.as_ref().map_or(started_us, |event| event.at);
    let last = ended.as_ref().map_or(0, |event| event.seq);
    interpreter.explain(&mut checks, last);
    let mut checks: Vec<Check> = checks.into_iter().map(|draft| draft.check).collect();
    if let Some(why) = world.shortage(opened, last) {
        checks.iter_mut().for_each(|check| check.withhold(&why));
    } else if let Some(why) = world.late(opened, last) {
        checks.iter_mut().for_each(|check| check.excuse(&why));
    }
    let (verdict, reason) = judge_case(&checks, interpreter.context.mode);
    Outcome {
        case: case.id.clone(),
        plan: case.plan.clone(),
        place: case.place.clone(),
        title: case.title.clone(),
        expected: case.expected.clone(),
        requirement: case.requirement.clone(),
        verdict,
        reason,
        declared: false,
        started_us,
        took_us: ended_us.saturating_sub(started_us),
        checks,
        teardown: teardown.into_iter().map(|draft| draft.check).collect(),
    }
}

impl<W: World> Interpreter<'_, W> {
    /// Runs the three sections of a case; returns the checks of the first two, and those of the teardown.
    async fn case(
        &self,
        case: &Case,
        opened: Seq,
        values: Value,
    ) -> (Vec<DraftCheck>, Vec<DraftCheck>) {
        let owned = owned(values);
        let mut frame = Frame {
            owned: &owned,
            names: BTreeMap::new(),
            act: opened,
        };
        for (name, value, span) in &case.row {
            let value = Bound::Value(Arc::new(value.clone()));
            frame.bind(name, value, format!("row of examples at {span}"));
        }
        let steps = Section::top("steps");
        let given = Section::top("given");
        let given = self.steps(&case.given, given, &mut frame).await;
        let mut checks = given.checks;
        if given.continues {
            let result = self.steps(&case.steps, steps, &mut frame).await;
            checks.extend(result.checks);
        } else {
            self.not_reached(&case.steps, steps, &mut checks);
        }
        (checks, self.teardown(case, &mut frame).await)
    }

    /// Runs every step of the teardown whose names are bound: what was never bound needs no clearing up.
    async fn teardown(&self, case: &Case, frame: &mut Frame<'_>) -> Vec<DraftCheck> {
        let section = Section::top("teardown");
        let mut checks = Vec::new();
        for (index, step) in case.teardown.iter().enumerate() {
            if is_bound(step, frame) {
                let alone = std::slice::from_ref(step);
                let result = self.steps(alone, section.from(index), frame).await;
                checks.extend(result.checks);
            }
        }
        checks
    }

    /// Runs steps one after another until one of them ends the case.
    pub async fn steps(
        &self,
        steps: &[Step],
        section: Section<'_>,
        frame: &mut Frame<'_>,
    ) -> StepResult {
        let mut whole = StepResult::empty();
        for (index, step) in steps.iter().enumerate() {
            // Boxed: a step may use a flow, whose steps are run by this very function.
            let mut result = Box::pin(self.step(step, &section.key(index), frame)).await;
            // A setup or precondition without a conclusion leaves nothing to judge.
            let decides = section.is_given() || step.precondition;
            result.continues &= !(decides && result.checks.iter().any(is_inconclusive));
            whole.checks.extend(result.checks);
            if !result.continues {
                whole.stop();
                let rest = &steps[index + 1..];
                self.not_reached(rest, section.from(index + 1), &mut whole.checks);
                break;
            }
        }
        whole
    }

    /// Runs the flows that a step needs, then the step itself.
    async fn step(&self, step: &Step, key: &StepKey, frame: &mut Frame<'_>) -> StepResult {
        let mut result = self.flows_before(step, key, frame).await;
        if !result.continues {
            return result;
        }
        let performed = match self.perform(step, key, frame).await {
            Ok(performed) => performed,
            Err(stop) => self.inconclusive(step, key, stop),
        };
        result.checks.extend(performed.checks);
        result.continues = performed.continues;
        result
    }

    async fn perform(
        &self,
        step: &Step,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Result<StepResult, Stop> {
        if let Some(inapplicable) = self.inapplicable(step, key, frame) {
            return Ok(StepResult::of(inapplicable));
        }
        let verb = verb::of::<W>(&step.verb);
        let begun = match verb.beginning() {
            Beginning::Unrecorded => 0,
            Beginning::Waits => self.begin(key)?,
            Beginning::Acts => {
                frame.act = self.begin(key)?;
                frame.act
            }
        };
        verb.perform(self, CurrentStep { step, key, begun }, frame)
            .await
    }

    fn begin(&self, key: &StepKey) -> Result<Seq, Stop> {
        self.world.begin(key).ok_or_else(Stop::not_observed)
    }
}

/// Binds the values that the stage gives a case.
fn owned(values: Value) -> Owned {
    let owned = Owned::default();
    if let Value::Object(values) = values {
        for (name, value) in values {
            let binding = Binding {
                bound: Bound::Value(Arc::new(value)),
                origin: "given by the stage".into(),
            };
            owned.bind(&name, binding);
        }
    }
    owned
}

/// Tells whether everything that a step uses is bound.
fn is_bound(step: &Step, frame: &Frame<'_>) -> bool {
    let mut bound = true;
    each_reference(step, &mut |reference| {
        bound &= frame.get(&reference.name).is_some();
    });
    bound
}

fn is_inconclusive(draft: &DraftCheck) -> bool {
    matches!(draft.check.outcome, CheckOutcome::Inconclusive(_))
}
