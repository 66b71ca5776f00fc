//! The verb `age`: makes what exists at a participant older.

use crate::runner::binding::Frame;
use crate::runner::step::{CurrentStep, Interpreter, StepResult, Stop};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::plan::Age;

impl<W: World> Perform<W> for Age {
    fn describe(&self) -> String {
        format!("time at {}", self.at)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Acts
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        _frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(async move {
            let aged = interpreter.world.age(at.key, at.begun, self).await;
            aged.ok_or_else(Stop::not_observed)??;
            Ok(StepResult::empty())
        })
    }
}
