//! The verb `parallel`: branches of steps that run at the same time.

use futures_util::future::join_all;

use crate::runner::binding::Frame;
use crate::runner::section::Section;
use crate::runner::step::{CurrentStep, Interpreter, StepResult};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::plan::Parallel;

impl<W: World> Perform<W> for Parallel {
    fn describe(&self) -> String {
        "branches".to_owned()
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
            let branches = self.branches.iter().enumerate().map(|(number, steps)| {
                let mut inner = frame.clone();
                async move {
                    let section = Section::branch(at.key, number);
                    let result = interpreter.steps(steps, section, &mut inner).await;
                    (result, inner)
                }
            });
            let ended = join_all(branches).await;
            let mut whole = StepResult::empty();
            let before = frame.act;
            let mut acts = Vec::new();
            for (result, inner) in ended {
                whole.checks.extend(result.checks);
                whole.continues &= result.continues;
                if inner.act != before {
                    acts.push(inner.act);
                }
                for (name, binding) in inner.names {
                    frame.names.entry(name).or_insert(binding);
                }
            }
            // The branches began at the same time, so the act is the first of theirs.
            frame.act = acts.into_iter().min().unwrap_or(before);
            Ok(whole)
        })
    }
}
