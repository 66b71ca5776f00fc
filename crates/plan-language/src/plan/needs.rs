//! Derives what steps need of their stage: bank actions, time, stubs, watched messages, credentials, a second customer.

use super::verb::Part;
use crate::plan::model::Needs;
use crate::plan::verb::Step;
use crate::plan::walk::{each_part, each_reference, references};
use crate::value::{Reference, Segment};

/// Returns what steps, their flows and their branches need of the stage.
pub(super) fn needs_of<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Needs {
    let mut needs = Needs::default();
    for step in steps {
        collect_needs(step, &mut needs);
    }
    needs
}

/// Adds what a step, its flow and its branches need of the stage.
fn collect_needs(step: &Step, needs: &mut Needs) {
    for flow in &step.before {
        needs.merge(&flow.needs);
    }
    references(step, &mut |name, _| {
        needs.other_customer |= name == "other_customer"
    });
    needs.ledger |= uses_ledger(step);
    step.verb.model().add_needs(needs);
    each_part(step, &mut |part| match part {
        Part::Flow(flow) => needs.merge(&flow.needs),
        Part::Branch(steps) => steps.iter().for_each(|step| collect_needs(step, needs)),
        Part::Path(_)
        | Part::Value(_)
        | Part::ValueOf(..)
        | Part::Expect(_)
        | Part::Matcher(_)
        | Part::Mention(_)
        | Part::Wait(_)
        | Part::Captures(..)
        | Part::Assignment(_)
        | Part::Output(..)
        | Part::OfVisit(..)
        | Part::Implied(_) => {}
    });
}

/// Tells whether a step compares with what the bank's data holds for a customer.
///
/// In an environment without a ledger the step is not applicable, and the rest of its case is judged.
pub fn uses_ledger(step: &Step) -> bool {
    let mut uses = false;
    each_reference(step, &mut |reference| uses |= is_ledger(reference));
    uses
}

/// Tells whether a reference is to the ledger of a customer.
pub fn is_ledger(reference: &Reference) -> bool {
    let customer = matches!(&*reference.name, "customer" | "other_customer");
    customer && matches!(reference.path.first(), Some(Segment::Key(key)) if key == "ledger")
}
