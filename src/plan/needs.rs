//! Derives what steps need of their stage: levers, time, armed replies, credentials, a second customer.

use crate::plan::model::{Needs, Query, Step, Verb};
use crate::plan::participant::Participant;
use crate::plan::walk::references;

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
    references(step, &mut |name, _| needs.stranger |= name == "stranger");
    match &step.verb {
        Verb::Trigger(trigger) => add(&mut needs.levers, trigger.lever.clone()),
        Verb::Advance(advance) => add(&mut needs.advances, advance.at),
        Verb::Answer(arm) => add(&mut needs.arms, arm.query.at.participant),
        Verb::Send(send) => add(&mut needs.plays, send.by),
        Verb::Receive(receive) => needs.tokens |= watches_tokens(&receive.query),
        Verb::Never(never) => needs.tokens |= watches_tokens(&never.query),
        Verb::Use(used) => merge_needs(&used.flow.needs, needs),
        Verb::Together(branches) => {
            for step in branches.iter().flatten() {
                collect_needs(step, needs);
            }
        }
        _ => {}
    }

    fn merge_needs(from: &Needs, needs: &mut Needs) {
        for one in &from.levers {
            add(&mut needs.levers, one.clone());
        }
        for one in &from.advances {
            add(&mut needs.advances, *one);
        }
        for one in &from.arms {
            add(&mut needs.arms, *one);
        }
        for one in &from.plays {
            add(&mut needs.plays, *one);
        }
        needs.stranger |= from.stranger;
        needs.tokens |= from.tokens;
    }
}

fn watches_tokens(query: &Query) -> bool {
    query.at.participant == Participant::Sageid
}
