//! The verb `set`: binds names to values, generated ones included.

use std::sync::Arc;

use crate::runner::binding::{Bound, Frame};
use crate::runner::step::{CurrentStep, Interpreter, StepResult, Stop};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::plan::{Assigned, Set};

impl<W: World> Perform<W> for Set {
    fn describe(&self) -> String {
        "values".to_owned()
    }

    fn beginning(&self) -> Beginning {
        Beginning::Unrecorded
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(async move {
            for (name, span, assigned) in &self.values {
                let (value, origin) = match assigned {
                    Assigned::Generated(generator) => {
                        let key = at.key.aside(name);
                        let value = interpreter.world.generate(&key, *generator);
                        let value = value.ok_or_else(Stop::not_observed)?;
                        (value, format!("generated at {span}"))
                    }
                    Assigned::Template(template) => {
                        (template.render(frame)?, format!("set at {span}"))
                    }
                };
                frame.bind(name, Bound::Value(Arc::new(value)), origin);
            }
            Ok(StepResult::empty())
        })
    }
}
