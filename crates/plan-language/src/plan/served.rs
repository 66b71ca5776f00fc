//! Finds steps whose method and path no participant serves: a `never` of `POST /v1/statments` holds whatever happens.
//!
//! The routes are those of `route`. The provider's callbacks have free paths and are left alone.

use super::route::{Api, ROUTES, Route, Served, find};
use super::verb::{Send, Verb, message};
use crate::participant::Participant;
use crate::plan::model::Query;
use crate::plan::verb::Step;
use crate::plan::walk::for_each_step_ref;
use crate::source::{Finding, Span};

/// Adds errors about paths that can never be meant, and warnings about those that hardly are.
pub(super) fn check_steps(
    steps: &[Step],
    findings: &mut Vec<Finding>,
    warnings: &mut Vec<Finding>,
) {
    for_each_step_ref(steps, &mut |step| {
        if let Some(query) = query(step) {
            findings.extend(unserved_query(step, query));
        } else if let Some(send) = message(step) {
            sent(send, findings, warnings);
        }
    });
}

/// Returns the messages that a step watches for or replies to.
fn query(step: &Step) -> Option<&Query> {
    match &step.verb {
        Verb::Receive(receive) => Some(&receive.query),
        Verb::Never(never) => Some(&never.query),
        Verb::Stub(stub) => Some(&stub.query),
        _ => None,
    }
}

/// Says why no message can be meant: what it says would be true of every run.
fn unserved_query(step: &Step, query: &Query) -> Option<Finding> {
    let routes = ROUTES
        .iter()
        .filter(|route| route.at == query.at.participant);
    let path = query.path.as_ref()?;
    if !is_known(query.at.participant) {
        return None;
    }
    let written = path.written();
    let finding = unserved(
        routes,
        (&query.method, &written),
        query.at.participant,
        path.span(),
    )?;
    let effect = match &step.verb {
        Verb::Never(_) => "this `never` would hold whatever happens",
        Verb::Stub(_) => "this `stub` would reply to nothing",
        _ => "this `receive` would wait in vain",
    };
    Some(Finding {
        message: format!("{}, so {effect}", finding.message),
        ..finding
    })
}

/// Adds a finding about a message to a path that is not served.
///
/// A misspelt path is an error, because the refusal that comes looks like the one that a step may expect. Any other
/// path, and another method, is a warning: a plan may try what a service does with it.
fn sent(send: &Send, findings: &mut Vec<Finding>, warnings: &mut Vec<Finding>) {
    let to = send.to.participant;
    if send.to.callback.is_some() || !is_known(to) {
        return;
    }
    let by_product = send.by == Participant::Product;
    let routes = ROUTES.iter().filter(|route| {
        route.at == to && (to != Participant::Service || by_product == is_consumer(route))
    });
    let written = send.path.written();
    let Some(finding) = unserved(
        routes.clone(),
        (&send.method, &written),
        to,
        send.path.span(),
    ) else {
        return;
    };
    match find(routes, &send.method, &written) {
        Served::No(Some(_)) => findings.push(finding),
        Served::No(None) | Served::OtherMethods(_) | Served::Yes => warnings.push(finding),
    }
}

fn is_consumer(route: &Route) -> bool {
    route.api == Api::Consumer
}

/// Tells whether the paths of a participant are known.
fn is_known(participant: Participant) -> bool {
    matches!(participant, Participant::Service | Participant::Sageid)
}

/// Makes a finding about a method and path that are not among some routes; `None` if they are.
fn unserved<'r>(
    routes: impl Iterator<Item = &'r Route> + Clone,
    (method, path): (&str, &str),
    at: Participant,
    span: &Span,
) -> Option<Finding> {
    let name = match at {
        Participant::Sageid => "Sage ID",
        _ => "the service",
    };
    match find(routes.clone(), method, path) {
        Served::Yes => None,
        Served::OtherMethods(methods) => Some(
            Finding::new(span, format!("{name} serves no {method} at `{path}`"))
                .with_hint(format!("it serves {} there", methods.join(" and "))),
        ),
        Served::No(near) => {
            let finding = Finding::new(span, format!("{name} serves nothing at `{path}`"));
            Some(finding.with_hint(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its {method} paths are: {}", paths(routes, method)),
            }))
        }
    }
}

/// Lists the paths that are served with a method, or all if none is.
fn paths<'r>(routes: impl Iterator<Item = &'r Route> + Clone, method: &str) -> String {
    let served: Vec<&str> = routes
        .clone()
        .filter(|route| route.method == method)
        .map(|route| route.path)
        .collect();
    match served.as_slice() {
        [] => "none".to_owned(),
        served => served.join(", "),
    }
}
