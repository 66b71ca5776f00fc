//! The interpreter: performs the steps of a case through a world and judges what the world shows.
//!
//! The interpreter has no clock, no randomness and no socket of its own, so the same plan and the same journal give
//! the same outcome, live and replayed. What a single verb does is in `verb`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::journal::Seq;
use crate::judge::{Check, CheckOutcome, Finding, Outcome, Verdict, judge_case};
use crate::runner::binding::{Binding, Bound, Frame, Owned};
use crate::runner::section::Section;
use crate::runner::sent_again;
use crate::runner::step::{CurrentStep, DraftCheck, Interpreter, JudgeContext, StepResult, Stop};
use crate::runner::verb::{self, Beginning, said_end};
use crate::runner::world::World;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Case, Step, StepKey, each_reference};
use plan_language::value::Value;

/// Why a provider is not accused whose requests may bypass feedproof.
const BYPASSED: &str = "no request of the provider of this kind had passed feedproof when the case ended, although the environment says \
     `tapped: true`: check which Provider API and which token endpoint the provider is configured with";

/// Interprets one case and returns its outcome.
pub async fn interpret<W: World>(case: &Case, context: JudgeContext<'_>, world: &W) -> Outcome {
    let interpreter = Interpreter {
        context,
        world,
        hindered: Mutex::default(),
        severed: Mutex::default(),
    };
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
    sent_again::excuse(&mut checks, &world.seen(0, last));
    let bypassed = interpreter.bypassed(case, ended.as_ref().map(|event| event.seq));
    if let Some(why) = world.shortage(opened, last) {
        checks.iter_mut().for_each(|check| check.withhold(&why));
    } else {
        if bypassed {
            excuse_bypassed(case, &mut checks);
        }
        if let Some(why) = world.late(opened, last) {
            checks.iter_mut().for_each(|check| check.excuse(&why));
        }
    }
    let (verdict, reason) = judge_case(&checks, interpreter.context.mode);
    let reason = match reason {
        // What a case waited for in vain passed feedproof by.
        Some(reason) if bypassed && verdict == Verdict::Inconclusive && reason != BYPASSED => {
            Some(format!("{BYPASSED}; {reason}"))
        }
        reason => interpreter.with_hindrance(verdict, reason, last),
    };
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

/// Takes back what a case found against a provider whose requests bypass feedproof: what lacked, and all else where a
/// stub was to change what the provider gets.
fn excuse_bypassed(case: &Case, checks: &mut [Check]) {
    let stubbed = !case.needs.stubs.is_empty();
    for check in checks {
        if stubbed || matches!(check.finding, Finding::Missed(_)) {
            check.excuse(BYPASSED);
        }
    }
}

impl<W: World> Interpreter<'_, W> {
    /// Begins the reason of an inconclusive case with the visit that did not get through, if there was one: what lacks
    /// after it is no more than its consequence.
    fn with_hindrance(
        &self,
        verdict: Verdict,
        reason: Option<String>,
        last: Seq,
    ) -> Option<String> {
        let noted = [&self.hindered, &self.severed]
            .map(|noted| noted.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let lane = self.world.seen(0, last);
        let said = said_end(&lane).map(|(end, why)| (end, why.to_owned()));
        let first = noted.into_iter().flatten().chain(said).min();
        match (verdict, first, &reason) {
            (Verdict::Inconclusive, Some((_, why)), Some(reason)) if !reason.contains(&why) => {
                Some(format!("{why}; after it: {reason}"))
            }
            _ => reason,
        }
    }

    /// Tells whether a case looked for requests of the provider to a participant behind a tap that had got none of them
    /// when the case ended, at `last`; not where the journal does not have the end.
    ///
    /// Only a live service that is tapped is watched; whether a live provider really calls it there shows with its first
    /// request.
    fn bypassed(&self, case: &Case, last: Option<Seq>) -> bool {
        let Some(last) = last.filter(|_| self.context.mode == Mode::EndToEnd) else {
            return false;
        };
        let behind = |who: &&Participant| matches!(who, Participant::Service | Participant::Sageid);
        let watched = case.needs.watches.iter().chain(&case.needs.stubs);
        let mut watched = watched.filter(behind);
        watched.any(|who| !self.world.provider_called(*who, last))
    }

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
