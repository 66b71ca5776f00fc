//! The interpreter: walks the steps of a case, acts through a world and judges what it sees.
//!
//! It has no clock, no randomness and no socket of its own, so that the same plan and the same journal
//! give the same outcome, live and replayed. Acts of single verbs stand in `act`, judgements in `watch`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::judge::{Check, CheckOutcome, judge_case};
use crate::record::Outcome;
use crate::runner::binding::{Binding, Frame, Origin, Owned, Thing};
use crate::runner::check::{Bench, Drafted, Run, Walk};
use crate::runner::section::Section;
use crate::runner::world::World;
use plan_language::plan::{Case, Flow, Step, StepKey, Use, Verb, each_reference};
use plan_language::value::{Reference, Template, Value};

/// Interprets one case to its outcome.
pub async fn interpret<W: World>(case: &Case, bench: Bench<'_>, world: &W) -> Outcome {
    let owned = Owned::default();
    let walk = Walk { bench, world };
    let mut checks = Vec::new();
    let mut torn = Vec::new();
    let mut started_us = 0;
    match world.opened() {
        None => checks.push(walk.not_observed(case)),
        Some((seq, values)) => {
            started_us = world.event(seq).map_or(0, |event| event.at);
            if let Value::Object(values) = values {
                for (name, value) in values {
                    let thing = Thing::Value(Arc::new(value));
                    owned.bind(
                        &name,
                        Binding {
                            thing,
                            origin: "given by the stage".into(),
                        },
                    );
                }
            }
            let mut frame = Frame {
                owned: &owned,
                names: BTreeMap::new(),
                act: seq,
            };
            for (name, value, span) in &case.row {
                let thing = Thing::Value(Arc::new(value.clone()));
                frame.bind(name, thing, format!("row of examples at {span}"));
            }
            let given = walk
                .steps(&case.given, Section::top("given"), &mut frame)
                .await;
            checks.extend(given.checks);
            if given.going {
                let run = walk
                    .steps(&case.steps, Section::top("steps"), &mut frame)
                    .await;
                checks.extend(run.checks);
            } else {
                walk.not_reached(&case.steps, Section::top("steps"), &mut checks);
            }
            let clearing = Section::top("teardown");
            for (index, step) in case.teardown.iter().enumerate() {
                // What was never bound needs no clearing up.
                if walk.bound(step, &frame) {
                    let one = std::slice::from_ref(step);
                    torn.extend(
                        walk.steps(one, clearing.from(index), &mut frame)
                            .await
                            .checks,
                    );
                }
            }
        }
    }
    let ended = world.end();
    let ended_us = ended.as_ref().map_or(started_us, |event| event.at);
    walk.explain(&mut checks, ended.as_ref().map_or(0, |event| event.seq));
    let checks: Vec<Check> = checks.into_iter().map(|draft| draft.check).collect();
    let (verdict, reason) = judge_case(&checks);
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
        teardown: torn.into_iter().map(|draft| draft.check).collect(),
    }
}

/// Where a thing came from, as far as its template tells.
enum Source {
    /// It is what a name stands for.
    Known(Origin),
    /// It was put together here, from entries that came from elsewhere.
    Made(Vec<(String, Arc<str>)>),
}

impl Source {
    fn told(self, here: impl FnOnce() -> String) -> Origin {
        match self {
            Self::Known(origin) => origin,
            Self::Made(entries) => Origin::of_map(here(), entries),
        }
    }
}

impl<W: World> Walk<'_, W> {
    /// Runs steps one after another until one stops the case.
    pub async fn steps(&self, steps: &[Step], section: Section<'_>, frame: &mut Frame<'_>) -> Run {
        let mut whole = Run::empty();
        let given = section.is_given();
        for (index, step) in steps.iter().enumerate() {
            // Boxed: a step may use a flow, whose steps are run by this very function.
            let mut run = Box::pin(self.step(step, &section.key(index), frame)).await;
            // Nothing can be judged on what was not given, nor behind a precondition that does not hold.
            let unsound =
                |one: &Drafted| matches!(one.check.outcome, CheckOutcome::Inconclusive(_));
            run.going &= !((given || step.precondition) && run.checks.iter().any(unsound));
            whole.checks.extend(run.checks);
            if !run.going {
                whole.stop();
                self.not_reached(
                    &steps[index + 1..],
                    section.from(index + 1),
                    &mut whole.checks,
                );
                break;
            }
        }
        whole
    }

    async fn step(&self, step: &Step, key: &StepKey, frame: &mut Frame<'_>) -> Run {
        let mut before = Run::empty();
        for flow in &step.before {
            if flow
                .provides
                .iter()
                .all(|name| frame.owned.get(name).is_some())
            {
                continue;
            }
            let used = Use {
                flow: flow.clone(),
                with: Vec::new(),
                bind: Vec::new(),
            };
            let act = frame.act;
            let run = self
                .flow(step, &used, &key.before(&flow.name), frame, false)
                .await;
            // It ran on the side: windows still begin at the act that the plan shows.
            frame.act = act;
            before.checks.extend(run.checks);
            if !run.going {
                before.stop();
                return before;
            }
        }
        let mut run = self.verb(step, key, frame).await;
        if !before.checks.is_empty() {
            run.checks.splice(0..0, before.checks);
        }
        run
    }

    async fn verb(&self, step: &Step, key: &StepKey, frame: &mut Frame<'_>) -> Run {
        if let Some(passed_over) = self.inapplicable(step, key, frame) {
            return passed_over;
        }
        let begun = match &step.verb {
            // These neither act nor wait, and flows begin by themselves.
            Verb::Judge(_) | Verb::Set(_) | Verb::Parallel(_) | Verb::Use(_) => 0,
            _ => match self.world.begin(key) {
                Some(begun) => begun,
                None => return self.unobserved(step, key),
            },
        };
        // Windows look from where the nearest preceding act began; those who watch begin none.
        match &step.verb {
            Verb::Send(_) | Verb::Stub(_) | Verb::Browse(_) | Verb::Trigger(_) | Verb::Age(_) => {
                frame.act = begun;
            }
            _ => {}
        }
        match &step.verb {
            Verb::Send(send) => self.send(step, send, key, begun, frame).await,
            Verb::Stub(stub) => self.stub(step, stub, key, frame),
            Verb::Receive(receive) => self.receive(step, receive, key, begun, frame).await,
            Verb::Never(never) => self.never(step, never, key, begun, frame).await,
            Verb::Browse(browse) => self.browse(step, browse, key, begun, frame).await,
            Verb::Judge(judge) => self.judge(step, judge, key, frame),
            Verb::Trigger(trigger) => self.trigger(step, trigger, key, frame).await,
            Verb::Use(used) => self.flow(step, used, key, frame, true).await,
            Verb::Set(values) => self.set(step, values, key, frame),
            Verb::Parallel(branches) => self.together(branches, key, frame).await,
            Verb::Age(age) => self.age(step, age, key),
        }
    }

    /// Runs a flow; as an act of its own if the plan says so, on the side otherwise.
    async fn flow(
        &self,
        step: &Step,
        used: &Use,
        key: &StepKey,
        frame: &mut Frame<'_>,
        act: bool,
    ) -> Run {
        let flow: &Flow = &used.flow;
        let Some(begun) = self.world.begin(key) else {
            return self.unobserved(step, key);
        };
        if act {
            frame.act = begun;
        }
        if !flow.provides.is_empty()
            && flow
                .provides
                .iter()
                .all(|name| frame.owned.get(name).is_some())
        {
            return Run::empty();
        }
        let mut inner = Frame {
            owned: frame.owned,
            names: BTreeMap::new(),
            act: begun,
        };
        for input in &flow.inputs {
            if let Some(value) = &input.default {
                let thing = Thing::Value(Arc::new(value.clone()));
                inner.bind(&input.name, thing, format!("default at {}", input.span));
            }
        }
        for (name, span, template) in &used.with {
            match self.thing(template, frame) {
                Ok((thing, origin)) => {
                    let origin = origin.told(|| format!("given at {span}"));
                    inner.bind(name, thing, origin);
                }
                Err(why) => return self.unjudged(step, key, why),
            }
        }
        let mut run = self
            .steps(&flow.steps, Section::flow(key), &mut inner)
            .await;
        if !run.going {
            return run;
        }
        for name in &flow.provides {
            if let Some(binding) = inner.names.get(name) {
                frame.owned.bind(name, binding.clone());
            }
        }
        for (output, span, template) in &flow.outputs {
            let names: Vec<&str> = match used.bind.is_empty() {
                true => vec![output],
                false => used
                    .bind
                    .iter()
                    .filter(|(one, ..)| one == output)
                    .map(|(_, name, _)| name.as_str())
                    .collect(),
            };
            if names.is_empty() || !act {
                continue;
            }
            match self.thing(template, &inner) {
                Ok((thing, origin)) => {
                    let origin = origin.told(|| {
                        format!("output `{output}` of the flow `{}` at {span}", flow.name)
                    });
                    for name in names {
                        frame.bind(name, thing.clone(), origin.clone());
                    }
                }
                Err(why) => {
                    let failed = self.unjudged(step, key, why);
                    run.checks.extend(failed.checks);
                    run.stop();
                    return run;
                }
            }
        }
        run
    }

    /// Renders a template; one that is a single name hands on what the name stands for.
    fn thing(&self, template: &Template, frame: &Frame<'_>) -> Result<(Thing, Source), String> {
        let origin = |reference: &Reference| Some(frame.get(&reference.name)?.origin);
        if let Some(reference) = template.as_whole()
            && let Some(binding) = frame.get(&reference.name)
        {
            if reference.path.is_empty() {
                return Ok((binding.thing, Source::Known(binding.origin)));
            }
            let value = template.render(frame).map_err(|unset| unset.to_string())?;
            let source = Source::Known(binding.origin.of(&reference.path).clone().into());
            return Ok((Thing::Value(Arc::new(value)), source));
        }
        let entries = template.as_map().unwrap_or_default();
        let entries = entries
            .iter()
            .filter_map(|(key, inner)| {
                let reference = inner.as_whole()?;
                let words = origin(reference)?.of(&reference.path).clone();
                Some((key.clone(), words))
            })
            .collect();
        let value = template.render(frame).map_err(|unset| unset.to_string())?;
        Ok((Thing::Value(Arc::new(value)), Source::Made(entries)))
    }

    async fn together(&self, branches: &[Vec<Step>], key: &StepKey, frame: &mut Frame<'_>) -> Run {
        let runs = branches.iter().enumerate().map(|(number, steps)| {
            let mut inner = frame.clone();
            async move {
                let run = self
                    .steps(steps, Section::branch(key, number), &mut inner)
                    .await;
                (run, inner)
            }
        });
        let mut whole = Run::empty();
        let mut act = frame.act;
        for (run, inner) in futures_util::future::join_all(runs).await {
            whole.checks.extend(run.checks);
            whole.going &= run.going;
            // The branches began at the same time, so the act is the first of theirs.
            if inner.act != frame.act {
                act = match act == frame.act {
                    true => inner.act,
                    false => act.min(inner.act),
                };
            }
            for (name, binding) in inner.names {
                frame.names.entry(name).or_insert(binding);
            }
        }
        frame.act = act;
        whole
    }

    /// Tells whether everything that a step uses is bound.
    fn bound(&self, step: &Step, frame: &Frame<'_>) -> bool {
        let mut bound = true;
        each_reference(step, &mut |reference| {
            bound &= frame.get(&reference.name).is_some()
        });
        bound
    }
}
