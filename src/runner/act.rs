//! The acting verbs that are done at once: `stub`, `trigger`, `set`, `age`.
//!
//! `send` and `browse`, which wait for an answer, have files of their own.

use std::sync::Arc;

use crate::judge::Selector;
use crate::runner::binding::{Frame, Thing};
use crate::runner::check::{Run, Walk};
use crate::runner::draft::reaction;
use crate::runner::world::World;
use plan_language::plan::{Age, Assigned, Step, StepKey, Stub, Trigger};
use plan_language::value::{Unset, Value};

impl<W: World> Walk<'_, W> {
    pub(super) fn stub(
        &self,
        step: &Step,
        stub: &Stub,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        let resolved = Selector::resolve(&stub.query, frame).and_then(|selector| {
            let replies = stub
                .with
                .iter()
                .map(|reply| reaction(reply, frame))
                .collect::<Result<Vec<_>, Unset>>()?;
            Ok((selector, replies))
        });
        match resolved {
            Err(unset) => self.unjudged(step, key, unset.to_string()),
            Ok((selector, replies)) => match self.world.stub(key, selector, replies) {
                Some(_) => Run::empty(),
                None => self.unobserved(step, key),
            },
        }
    }

    pub(super) async fn trigger(
        &self,
        step: &Step,
        trigger: &Trigger,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        let mut with = serde_json::Map::new();
        for (name, template) in &trigger.with {
            match template.render(frame) {
                Ok(value) => {
                    with.insert(name.clone(), value);
                }
                Err(unset) => return self.unjudged(step, key, unset.to_string()),
            }
        }
        match self
            .world
            .pull(key, &trigger.bank_action, Value::Object(with))
            .await
        {
            None => self.unobserved(step, key),
            Some(Ok(())) => Run::empty(),
            Some(Err(why)) => self.unjudged(step, key, why),
        }
    }

    pub(super) fn age(&self, step: &Step, age: &Age, key: &StepKey) -> Run {
        match self.world.age(key, age) {
            None => self.unobserved(step, key),
            Some(Ok(())) => Run::empty(),
            Some(Err(why)) => self.unjudged(step, key, why),
        }
    }

    pub(super) fn set(
        &self,
        step: &Step,
        values: &[(String, plan_language::source::Span, Assigned)],
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        for (name, span, assigned) in values {
            match assigned {
                Assigned::Generated(kind) => {
                    let Some(value) = self.world.generate(&key.aside(name), *kind) else {
                        return self.unobserved(step, key);
                    };
                    frame.bind(
                        name,
                        Thing::Value(Arc::new(value)),
                        format!("generated at {span}"),
                    );
                }
                Assigned::Template(template) => match template.render(frame) {
                    Ok(value) => {
                        frame.bind(
                            name,
                            Thing::Value(Arc::new(value)),
                            format!("set at {span}"),
                        );
                    }
                    Err(unset) => return self.unjudged(step, key, unset.to_string()),
                },
            }
        }
        Run::empty()
    }
}
