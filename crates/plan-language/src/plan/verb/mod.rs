//! The verbs of the language, one file each.
//!
//! The file of a verb holds its typed model, its table of fields for schema and guide, how it is read from YAML, which
//! parts it consists of, what it needs of the stage and how a diagram shows it. The checks of a plan see a verb only
//! through [`VerbModel`], so a new verb is a file here and one line in the list below; how it runs is left to the runner.

mod age;
mod browse;
mod judge;
mod never;
mod parallel;
mod part;
mod receive;
mod send;
mod set;
mod shared_field;
mod step;
mod stub;
mod trigger;
mod r#use;

use std::sync::Arc;

use super::drawing::Drawing;
use super::model::Needs;
use super::spec::{Definition, ObjectSpec};
use crate::source::{Fields, Finding, Node, Span};

pub use age::Age;
pub use browse::{Browse, Start};
pub use judge::{Judge, PagesSay};
pub use never::{Never, Sentinel};
pub use parallel::Parallel;
pub use receive::{Count, End, Gap, Least, Receive};
pub use send::{Auth, Credentials, Eventually, Payload, Send, SigningKey};
pub use set::Set;
pub(super) use step::draw_steps;
pub use step::{Flow, Input, Step};
pub use stub::{CannedReply, Reply, ReplyAction, Stub};
pub use trigger::Trigger;
pub use r#use::Use;

pub(super) use part::{ActionKind, Demand, ExpectedStatus, LabelKind, Part, Window};

/// What reading a verb asks of the reader of its plan: only verbs that contain steps, or run flows, need it.
pub(super) trait StepReader {
    /// Reads a list of steps.
    fn steps(&mut self, nodes: &[Node]) -> Vec<Step>;

    /// Finds a flow by its name; `None` where a finding says why there is none.
    fn flow(&mut self, name: &str, span: &Span) -> Option<Arc<Flow>>;

    /// Returns the findings of the plan so far.
    fn findings(&mut self) -> &mut Vec<Finding>;
}

/// How a verb is written and read.
pub(super) trait WrittenVerb: VerbModel + Sized {
    /// The verb with its fields, those included that it shares with other verbs.
    const SPEC: ObjectSpec;
    /// Definitions of the schema that its fields name and no other verb has.
    const DEFINITIONS: &'static [Definition] = &[];

    /// Reads the fields of the verb; `None` where a finding says why it cannot be used.
    ///
    /// Label, requirement, precondition and evidence are read before, for all verbs alike.
    fn read(reader: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self>;
}

/// What the checks of a plan ask of a verb that was read.
pub(super) trait VerbModel {
    /// Visits the parts of the verb: what it refers to, what it binds, how long it waits.
    ///
    /// The order of values, paths and expectations decides in which order flows are provided.
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>));

    /// Returns whether the verb acts, so that a window can begin with it.
    fn action(&self) -> ActionKind;

    /// Returns what a label of the step names; `None` if the step binds no message and no visit.
    fn label(&self) -> Option<LabelKind>;

    /// Adds what the verb itself needs of the stage, its flow and its branches left out.
    fn add_needs(&self, needs: &mut Needs);

    /// Draws the verb; `serves` names its requirements in brackets, or is empty.
    fn draw(&self, drawing: &mut Drawing, serves: &str);

    /// Returns the message that the verb sends, if it sends one.
    fn message(&self) -> Option<&Send> {
        None
    }

    /// Returns the window in which the verb watches for messages, if it does.
    fn window(&self) -> Option<Window<'_>> {
        None
    }

    /// Returns the status that the verb expects of a labelled message's response.
    fn expected_status(&self) -> Option<ExpectedStatus<'_>> {
        None
    }

    /// Tells whether the step may hold without any message, so that its label may stay unbound.
    fn may_bind_nothing(&self) -> bool {
        false
    }

    /// Returns the steps of its branches, to be changed.
    fn branches_mut(&mut self) -> &mut [Vec<Step>] {
        &mut []
    }
}

/// Declares the verbs from one list: the enum, the table [`VERBS`], and the ways from one to the other.
macro_rules! verbs {
    ($($(#[doc = $doc:literal])+ $verb:ident,)+) => {
        /// What a step does.
        #[derive(Debug)]
        pub enum Verb {
            $($(#[doc = $doc])+ $verb(Box<$verb>),)+
        }

        /// The verbs of the language, in the order of the guide, with their fields.
        ///
        /// The first field of a verb has the verb's own name: it makes a step one of this verb.
        pub const VERBS: &[ObjectSpec] = &[$(<$verb as WrittenVerb>::SPEC,)+];

        /// Definitions of the schema that belong to single verbs.
        pub(super) const DEFINITIONS: &[&[Definition]] = &[$(<$verb as WrittenVerb>::DEFINITIONS,)+];

        impl Verb {
            /// Reads the fields of a verb by its name; `None` where a finding says why, or for a name that is no verb.
            pub(super) fn read(
                name: &str,
                reader: &mut dyn StepReader,
                fields: &mut Fields<'_, '_>,
            ) -> Option<Self> {
                $(if name == <$verb as WrittenVerb>::SPEC.name {
                    return $verb::read(reader, fields).map(Box::new).map(Self::$verb);
                })+
                None
            }

            /// Returns the verb with its fields.
            pub fn spec(&self) -> ObjectSpec {
                match self {
                    $(Self::$verb(_) => <$verb as WrittenVerb>::SPEC,)+
                }
            }

            /// Returns what the checks of a plan ask.
            pub(super) fn model(&self) -> &dyn VerbModel {
                match self {
                    $(Self::$verb(verb) => &**verb,)+
                }
            }

            pub(super) fn model_mut(&mut self) -> &mut dyn VerbModel {
                match self {
                    $(Self::$verb(verb) => &mut **verb,)+
                }
            }
        }
    };
}

verbs! {
    /// Sends a message and checks its response.
    Send,
    /// Registers replies at a participant.
    Stub,
    /// Waits for a message.
    Receive,
    /// Demands that no such message arrives.
    Never,
    /// Sends the customer's browser to a page.
    Browse,
    /// Checks a message or a visit that is bound already.
    Judge,
    /// Triggers a bank action.
    Trigger,
    /// Runs a flow.
    Use,
    /// Binds values.
    Set,
    /// Runs branches at the same time.
    Parallel,
    /// Makes existing things older.
    Age,
}

/// Finds a verb of the language by its name.
pub(super) fn find(name: &str) -> Option<&'static ObjectSpec> {
    VERBS.iter().find(|verb| verb.name == name)
}

/// Returns the message that a step sends, if it sends one.
pub(in crate::plan) fn message(step: &Step) -> Option<&Send> {
    step.verb.model().message()
}

#[cfg(test)]
mod tests;
