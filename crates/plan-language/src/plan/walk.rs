//! Walks through steps and branches: the names that they use, mention and bind, each with its place, and their waits.

use crate::plan::model::{
    Assigned, Auth, Capture, Deed, End, Expect, Mention, Payload, Query, Receive, Reply, Sentinel,
    SigningKey, Start, Step, Verb, Wait,
};
use crate::source::Span;
use crate::value::{PathTemplate, Reference, Template};

/// Visits steps and those inside their branches.
pub(super) fn for_each_step(steps: &mut [Step], visit: &mut dyn FnMut(&mut Step)) {
    for step in steps {
        visit(step);
        if let Verb::Parallel(branches) = &mut step.verb {
            for branch in branches {
                for_each_step(branch, visit);
            }
        }
    }
}

/// Looks at steps and those inside their branches.
pub(super) fn for_each_step_ref<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Step)) {
    for step in steps {
        visit(step);
        if let Verb::Parallel(branches) = &step.verb {
            for branch in branches {
                for_each_step_ref(branch, visit);
            }
        }
    }
}

pub(super) fn captures(step: &Step) -> &[Capture] {
    match &step.verb {
        Verb::Send(send) => &send.capture,
        Verb::Receive(receive) => &receive.capture,
        Verb::Judge(judge) => &judge.capture,
        _ => &[],
    }
}

/// Visits every name that a step binds, with the place where it does.
pub(super) fn each_bound(step: &Step, visit: &mut dyn FnMut(&str, &Span)) {
    match &step.verb {
        Verb::Parallel(branches) => {
            for step in branches.iter().flatten() {
                each_bound(step, visit);
            }
        }
        Verb::Set(values) => values.iter().for_each(|(name, span, _)| visit(name, span)),
        Verb::Use(used) if used.bind.is_empty() => {
            for (name, ..) in &used.flow.outputs {
                visit(name, &step.span);
            }
        }
        Verb::Use(used) => used
            .bind
            .iter()
            .for_each(|(_, name, span)| visit(name, span)),
        _ => captures(step)
            .iter()
            .for_each(|capture| visit(&capture.name, &capture.span)),
    }
    if let (Some(label), Some(span)) = (&step.label, &step.label_span) {
        visit(label, span);
    }
}

/// Visits every name that a step uses, with its place.
pub(super) fn references(step: &Step, visit: &mut dyn FnMut(&str, &Span)) {
    if let Verb::Parallel(branches) = &step.verb {
        for step in branches.iter().flatten() {
            references(step, visit);
        }
    }
    each_reference(step, &mut |reference| {
        visit(&reference.name, &reference.span)
    });
}

/// Visits every reference of a step, but not those inside the branches of a `parallel`.
pub fn each_reference(step: &Step, visit: &mut dyn FnMut(&Reference)) {
    let mut template = |one: &Template| one.references().into_iter().for_each(&mut *visit);
    match &step.verb {
        Verb::Send(send) => {
            for (_, one) in send.query.iter().chain(&send.headers) {
                template(one);
            }
            match &send.payload {
                Payload::Json(one) => template(one),
                Payload::Form(form) => form.iter().for_each(|(_, one)| template(one)),
                Payload::Empty => {}
            }
            if let Auth::Signature(SigningKey::Captured(one)) = &send.auth {
                template(one);
            }
            path(&send.path, visit);
            expect(&send.expect, visit);
            if let Some(given_up) = send
                .eventually
                .as_ref()
                .and_then(|one| one.give_up_when.as_ref())
            {
                expect(given_up, visit);
            }
        }
        Verb::Stub(arm) => {
            for reply in &arm.with {
                if let Reply::Canned(scripted) = reply
                    && let Deed::Respond { headers, body, .. } = &scripted.deed
                {
                    headers.iter().for_each(|(_, one)| template(one));
                    body.iter().for_each(&mut template);
                }
            }
            query(&arm.query, visit);
        }
        Verb::Receive(receive) => {
            query(&receive.query, visit);
            expect(&receive.expect, visit);
            if let Some(response) = &receive.response {
                expect(response, visit);
            }
        }
        Verb::Never(never) => query(&never.query, visit),
        Verb::Browse(browse) => {
            for (_, one) in &browse.query {
                template(one);
            }
            for one in [&browse.login, &browse.decision, &browse.choose]
                .into_iter()
                .flatten()
            {
                template(one);
            }
            if let Some((matcher, _)) = &browse.outcome {
                matcher.references().into_iter().for_each(&mut *visit);
            }
            if let Start::Url(url) = &browse.start {
                path(url, visit);
            }
        }
        Verb::Judge(judge) => {
            expect(&judge.expect, visit);
            if let Some(response) = &judge.response {
                expect(response, visit);
            }
            if let Some(page) = &judge.first_page {
                expect(page, visit);
            }
            if let Some((matcher, _)) = &judge.returned_to {
                matcher.references().into_iter().for_each(&mut *visit);
            }
        }
        Verb::Trigger(trigger) => trigger.with.iter().for_each(|(_, one)| template(one)),
        Verb::Use(used) => used.with.iter().for_each(|(_, _, one)| template(one)),
        Verb::Set(values) => {
            for (_, _, value) in values {
                if let Assigned::Template(one) = value {
                    template(one);
                }
            }
        }
        Verb::Parallel(_) | Verb::Age(_) => {}
    }
}

fn path(one: &PathTemplate, visit: &mut dyn FnMut(&Reference)) {
    one.references().into_iter().for_each(visit);
}

fn query(one: &Query, visit: &mut dyn FnMut(&Reference)) {
    if let Some(one) = &one.path {
        path(one, visit);
    }
    expect(&one.select, visit);
}

fn expect(one: &Expect, visit: &mut dyn FnMut(&Reference)) {
    let named = one
        .headers
        .iter()
        .chain(&one.query)
        .map(|(.., matcher)| matcher);
    for matcher in named.chain(&one.body).chain(&one.form) {
        matcher.references().into_iter().for_each(&mut *visit);
    }
}

pub(super) fn each_mention(step: &Step, visit: &mut dyn FnMut(&Mention)) {
    step.evidence.iter().for_each(&mut *visit);
    match &step.verb {
        Verb::Receive(receive) => {
            let Receive {
                end, since, gap, ..
            } = &**receive;
            if let End::Until(mention) = end {
                visit(mention);
            }
            since.iter().for_each(&mut *visit);
            gap.iter().for_each(|gap| visit(&gap.after));
        }
        Verb::Never(never) => {
            if let Sentinel::Until(mention) = &never.sentinel {
                visit(mention);
            }
            never.since.iter().for_each(&mut *visit);
        }
        Verb::Judge(judge) => visit(&judge.on),
        _ => {}
    }
}

/// Visits every wait of steps, those of the flows that they use included.
pub fn each_wait(steps: &[Step], visit: &mut dyn FnMut(&Wait)) {
    for step in steps {
        step.before
            .iter()
            .for_each(|flow| each_wait(&flow.steps, visit));
        match &step.verb {
            Verb::Send(send) => send.eventually.iter().for_each(|one| visit(&one.within)),
            Verb::Receive(receive) => {
                if let End::Within(wait) = &receive.end {
                    visit(wait);
                }
            }
            Verb::Never(never) => {
                if let Sentinel::For(wait) = &never.sentinel {
                    visit(wait);
                }
            }
            Verb::Use(used) => each_wait(&used.flow.steps, visit),
            Verb::Parallel(branches) => branches.iter().for_each(|steps| each_wait(steps, visit)),
            Verb::Stub(_)
            | Verb::Browse(_)
            | Verb::Judge(_)
            | Verb::Trigger(_)
            | Verb::Set(_)
            | Verb::Age(_) => {}
        }
    }
}
