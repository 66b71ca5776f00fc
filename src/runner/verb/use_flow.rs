//! The verb `use`: runs a flow with its inputs and binds its outputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::journal::Seq;
use crate::runner::binding::{Binding, Bound, Frame, Origin};
use crate::runner::section::Section;
use crate::runner::step::{CurrentStep, Interpreter, StepResult, Stop};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::plan::{Flow, Step, StepKey, Use};
use plan_language::value::Template;

impl<W: World> Perform<W> for Use {
    fn describe(&self) -> String {
        format!("the flow {}", self.flow.name)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Acts
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(async move {
            if provided(&self.flow, frame) {
                return Ok(StepResult::empty());
            }
            let mut inner = inputs(self, at.begun, frame)?;
            let mut result = interpreter.flow_steps(&self.flow, at.key, &mut inner).await;
            if !result.continues {
                return Ok(result);
            }
            provide(&self.flow, &inner, frame);
            if let Err(stop) = bind_outputs(self, &inner, frame) {
                let failed = interpreter.inconclusive(at.step, at.key, stop);
                result.checks.extend(failed.checks);
                result.stop();
            }
            Ok(result)
        })
    }
}

impl<W: World> Interpreter<'_, W> {
    /// Runs the flows that must have run before a step because they provide what it uses.
    ///
    /// They are no acts of the plan: windows still begin at the act that the plan shows.
    pub(in crate::runner) async fn flows_before(
        &self,
        step: &Step,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> StepResult {
        let mut before = StepResult::empty();
        for flow in &step.before {
            if frame.owns_all(&flow.provides) {
                continue;
            }
            let key = key.before(&flow.name);
            let result = match self.flow_before(flow, &key, frame).await {
                Ok(result) => result,
                Err(stop) => self.inconclusive(step, &key, stop),
            };
            before.checks.extend(result.checks);
            if !result.continues {
                before.stop();
                break;
            }
        }
        before
    }

    async fn flow_before(
        &self,
        flow: &Arc<Flow>,
        key: &StepKey,
        frame: &Frame<'_>,
    ) -> Result<StepResult, Stop> {
        let begun = self.world.begin(key).ok_or_else(Stop::not_observed)?;
        if provided(flow, frame) {
            return Ok(StepResult::empty());
        }
        let without_inputs = Use {
            flow: flow.clone(),
            with: Vec::new(),
            bind: Vec::new(),
        };
        let mut inner = inputs(&without_inputs, begun, frame)?;
        let result = self.flow_steps(flow, key, &mut inner).await;
        if result.continues {
            provide(flow, &inner, frame);
        }
        Ok(result)
    }

    async fn flow_steps(&self, flow: &Flow, key: &StepKey, inner: &mut Frame<'_>) -> StepResult {
        self.steps(&flow.steps, Section::flow(key), inner).await
    }
}

/// Tells whether a flow has nothing to do, because another run of it has provided all its names.
fn provided(flow: &Flow, frame: &Frame<'_>) -> bool {
    !flow.provides.is_empty() && frame.owns_all(&flow.provides)
}

/// Makes the frame of a flow, with its inputs bound.
fn inputs<'f>(used: &Use, begun: Seq, frame: &Frame<'f>) -> Result<Frame<'f>, Stop> {
    let mut inner = Frame {
        owned: frame.owned,
        names: BTreeMap::new(),
        act: begun,
    };
    for input in &used.flow.inputs {
        if let Some(value) = &input.default {
            let value = Bound::Value(Arc::new(value.clone()));
            inner.bind(&input.name, value, format!("default at {}", input.span));
        }
    }
    for (name, span, template) in &used.with {
        let (bound, source) = resolve(template, frame)?;
        inner.bind(name, bound, source.origin(|| format!("given at {span}")));
    }
    Ok(inner)
}

/// Binds the names that a flow provides, for the whole case.
fn provide(flow: &Flow, inner: &Frame<'_>, frame: &Frame<'_>) {
    for name in &flow.provides {
        if let Some(binding) = inner.names.get(name) {
            frame.owned.bind(name, binding.clone());
        }
    }
}

/// Binds the outputs of a flow: those that `bind` names, or all of them without `bind`.
fn bind_outputs(used: &Use, inner: &Frame<'_>, frame: &mut Frame<'_>) -> Result<(), Stop> {
    let flow = &used.flow;
    for (output, span, template) in &flow.outputs {
        let names: Vec<&str> = if used.bind.is_empty() {
            vec![output]
        } else {
            let bound = used.bind.iter().filter(|(name, ..)| name == output);
            bound.map(|(_, name, _)| name.as_str()).collect()
        };
        if names.is_empty() {
            continue;
        }
        let (bound, source) = resolve(template, inner)?;
        let origin =
            source.origin(|| format!("output `{output}` of the flow `{}` at {span}", flow.name));
        for name in names {
            frame.bind(name, bound.clone(), origin.clone());
        }
    }
    Ok(())
}

/// Where a value came from, as far as its template tells.
enum Source {
    /// The template is a single name, and the value came from where that name got it.
    Name(Origin),
    /// The template is an object, with entries that came from elsewhere.
    Object(Vec<(String, Arc<str>)>),
}

impl Source {
    fn origin(self, here: impl FnOnce() -> String) -> Origin {
        match self {
            Self::Name(origin) => origin,
            Self::Object(entries) => Origin::of_object(here(), entries),
        }
    }
}

/// Renders a template; a template that is a single name passes on what the name stands for, moments included.
fn resolve(template: &Template, frame: &Frame<'_>) -> Result<(Bound, Source), Stop> {
    if let Some(reference) = template.as_whole()
        && let Some(Binding { bound, origin }) = frame.get(&reference.name)
    {
        if reference.path.is_empty() {
            return Ok((bound, Source::Name(origin)));
        }
        let value = template.render(frame)?;
        let source = Source::Name(origin.of(&reference.path).clone().into());
        return Ok((Bound::Value(Arc::new(value)), source));
    }
    let entries = template.as_map().unwrap_or_default();
    let entries = entries.iter().filter_map(|(key, inner)| {
        let reference = inner.as_whole()?;
        let origin = frame.get(&reference.name)?.origin;
        Some((key.clone(), origin.of(&reference.path).clone()))
    });
    let source = Source::Object(entries.collect());
    Ok((Bound::Value(Arc::new(template.render(frame)?)), source))
}
