//! What the interpreter does for each verb of a plan: one file a verb.
//!
//! A verb's file says what a step of the verb is called, how it begins, and how it is performed. [`of`] is the only
//! place that lists the verbs. How a verb is written and read is the business of the plan language; what it does in
//! the world is that of a [`World`].

mod age;
mod browse;
mod gap;
mod judge;
mod never;
mod parallel;
mod receive;
mod send;
mod set;
mod stub;
mod trigger;
mod use_flow;
mod visit_end;
mod window;

use std::future::Future;
use std::pin::Pin;

pub(super) use browse::said_end;

use crate::runner::binding::Frame;
use crate::runner::step::{CurrentStep, Interpreter, StepResult, Stop};
use crate::runner::world::World;
use plan_language::plan::Verb;

/// How a step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Its beginning is no event of the journal: the step neither acts nor waits, or its parts begin by themselves.
    Unrecorded,
    /// Its beginning is recorded; windows still count from the act before it.
    Waits,
    /// Its beginning is recorded, and later windows count from there.
    Acts,
}

/// A step on its way to its result, or to the reason why there is none.
pub(super) type Performing<'p> =
    Pin<Box<dyn Future<Output = Result<StepResult, Stop>> + Send + 'p>>;

/// What the interpreter asks of a verb.
pub(super) trait Perform<W: World>: Sync {
    /// Names the step in a few words, for checks that have no message to name: `GET to service`.
    fn describe(&self) -> String;

    /// Returns how a step of the verb begins.
    fn beginning(&self) -> Beginning;

    /// Performs a step and judges what it shows.
    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p>;
}

/// Returns what the interpreter asks of a verb.
pub(super) fn of<W: World>(verb: &Verb) -> &dyn Perform<W> {
    match verb {
        Verb::Send(send) => &**send,
        Verb::Stub(stub) => &**stub,
        Verb::Receive(receive) => &**receive,
        Verb::Never(never) => &**never,
        Verb::Browse(browse) => &**browse,
        Verb::Judge(judge) => &**judge,
        Verb::Trigger(trigger) => &**trigger,
        Verb::Use(used) => &**used,
        Verb::Set(set) => &**set,
        Verb::Parallel(parallel) => &**parallel,
        Verb::Age(age) => &**age,
    }
}
