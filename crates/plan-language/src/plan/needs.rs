//! Derives what steps need of their stage: bank actions, time, stubbed replies, seen messages, credentials, a second customer.

use crate::participant::Participant;
use crate::plan::model::{Auth, Credentials, Needs, Query, Send, Step, Verb};
use crate::plan::walk::{each_reference, references};
use crate::value::{Reference, Segment};

/// Adds what a step needs of the stage.
pub(super) fn collect_needs(step: &Step, needs: &mut Needs) {
    fn add<T: PartialEq>(list: &mut Vec<T>, one: T) {
        if !list.contains(&one) {
            list.push(one);
        }
    }
    for flow in &step.before {
        merge_needs(&flow.needs, needs);
    }
    references(step, &mut |name, _| {
        needs.other_customer |= name == "other_customer"
    });
    needs.ledger |= uses_ledger(step);
    match &step.verb {
        Verb::Trigger(trigger) => add(&mut needs.bank_actions, trigger.bank_action.clone()),
        Verb::Age(age) => add(&mut needs.ages, age.at),
        Verb::Stub(arm) => add(&mut needs.stubs, arm.query.at.participant),
        Verb::Send(send) => {
            add(&mut needs.plays, send.by);
            needs.bearers |= carries_bearer(send);
        }
        Verb::Receive(receive) => watch(&receive.query, needs),
        Verb::Never(never) => watch(&never.query, needs),
        Verb::Use(used) => merge_needs(&used.flow.needs, needs),
        Verb::Parallel(branches) => {
            for step in branches.iter().flatten() {
                collect_needs(step, needs);
            }
        }
        _ => {}
    }

    fn watch(query: &Query, needs: &mut Needs) {
        add(&mut needs.watches, query.at.participant);
        needs.tokens |= query.at.participant == Participant::Sageid;
    }

    fn merge_needs(from: &Needs, needs: &mut Needs) {
        for one in &from.bank_actions {
            add(&mut needs.bank_actions, one.clone());
        }
        for one in &from.ages {
            add(&mut needs.ages, *one);
        }
        for one in &from.stubs {
            add(&mut needs.stubs, *one);
        }
        for one in &from.watches {
            add(&mut needs.watches, *one);
        }
        for one in &from.plays {
            add(&mut needs.plays, *one);
        }
        needs.other_customer |= from.other_customer;
        needs.tokens |= from.tokens;
        needs.bearers |= from.bearers;
        needs.ledger |= from.ledger;
    }
}

/// Tells whether a step compares with what the bank's data holds for a customer.
///
/// Not every environment tells it: such a step then does not apply, and the rest of its case is judged.
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

/// Tells whether a message carries a bearer that only the identity provider can make, or make wrong.
fn carries_bearer(send: &Send) -> bool {
    let missing = Credentials::Missing;
    let without = matches!(send.auth, Auth::None | Auth::Signature(_))
        || matches!(send.auth, Auth::Wrong { bearer, .. } if bearer == missing);
    send.by == Participant::Service && !without
}
