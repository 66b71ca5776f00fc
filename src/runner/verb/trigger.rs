//! The verb `trigger`: a bank action of the environment.
//!
//! A bank action returns nothing to the plan; its effect shows in the messages that it causes. How the environment
//! performs it (a call, a program, a person) is the live world's business.

use serde_json::Map;

use crate::runner::binding::Frame;
use crate::runner::step::{CurrentStep, Interpreter, StepResult, Stop};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::plan::Trigger;
use plan_language::value::Value;

impl<W: World> Perform<W> for Trigger {
    fn describe(&self) -> String {
        format!("the bank action {}", self.bank_action)
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
            let mut with = Map::new();
            for (name, template) in &self.with {
                with.insert(name.clone(), template.render(frame)?);
            }
            let triggered = interpreter
                .world
                .trigger(at.key, &self.bank_action, Value::Object(with))
                .await;
            triggered.ok_or_else(Stop::not_observed)??;
            Ok(StepResult::empty())
        })
    }
}
