//! Finds steps whose method and path no participant serves: a `never` of `POST /v1/statments` holds whatever happens.
//!
//! The routes are those of `route`. The provider's callbacks have free paths, so only a query string in one is refused.

use std::collections::BTreeSet;

use super::phrase::METHODS;
use super::route::{Api, ROUTES, Route, Served, find};
use super::verb::{Send, Verb, message};
use crate::participant::Participant;
use crate::plan::model::Query;
use crate::plan::verb::Step;
use crate::plan::walk::for_each_step_ref;
use crate::source::{Finding, Severity, Span};
use crate::value::PathTemplate;

/// Adds errors about paths that can never be meant.
pub(super) fn check_steps(steps: &[Step], findings: &mut Vec<Finding>) {
    let found = unserved_steps(steps);
    findings.extend(found.into_iter().filter(Finding::is_error));
}

/// Adds warnings about paths that are hardly meant.
pub(super) fn warn_of_steps(steps: &[Step], findings: &mut Vec<Finding>) {
    let found = unserved_steps(steps);
    findings.extend(found.into_iter().filter(|finding| !finding.is_error()));
}

/// Lists what is wrong with the paths of steps.
fn unserved_steps(steps: &[Step]) -> Vec<Finding> {
    let mut found = Vec::new();
    for_each_step_ref(steps, &mut |step| {
        if let Some(query) = query(step) {
            found.extend(unserved_query(step, query));
        } else if let Some(send) = message(step) {
            found.extend(unserved_send(send));
        }
    });
    found
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
    // A method that there is not has a finding already.
    if !METHODS.contains(&query.method.as_str()) {
        return None;
    }
    let finding = match &query.path {
        Some(path) => with_query_string(path).or_else(|| unserved_path(query, path)),
        None => unserved_method(query, &step.span),
    }?;
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

/// Says that a path is compared without the query string that is written with it.
fn with_query_string(path: &PathTemplate) -> Option<Finding> {
    let written = path.written();
    let (before, after) = written.split_once(['?', '#'])?;
    if written[before.len()..].starts_with('#') {
        return Some(
            Finding::new(path.span(), "no request contains what stands behind `#`")
                .with_hint(format!("write `{before}`")),
        );
    }
    let parameters: Vec<String> = after
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            format!("{name}: \"{value}\"")
        })
        .collect();
    let finding = Finding::new(path.span(), "a query string is no part of the path");
    Some(finding.with_hint(match parameters.join(", ") {
        none if none.is_empty() => format!("write `{before}`"),
        some => format!("write `{before}`, and `where: {{ query: {{ {some} }} }}`"),
    }))
}

/// Says that nothing is served at a path that a step watches.
fn unserved_path(query: &Query, path: &PathTemplate) -> Option<Finding> {
    let at = query.at.participant;
    if !is_known(at) {
        return None;
    }
    let routes = ROUTES.iter().filter(|route| route.at == at);
    unserved(routes, (&query.method, &path.written()), at, path.span())
}

/// Says that a participant serves a method at no path.
fn unserved_method(query: &Query, span: &Span) -> Option<Finding> {
    let at = query.at.participant;
    let routes = ROUTES.iter().filter(|route| route.at == at);
    if !is_known(at) || routes.clone().any(|route| route.method == query.method) {
        return None;
    }
    let served: BTreeSet<&str> = routes.map(|route| route.method).collect();
    let served: Vec<&str> = served.into_iter().collect();
    Some(
        Finding::new(span, format!("{} serves no {}", at.as_noun(), query.method))
            .with_hint(format!("its methods are: {}", served.join(", "))),
    )
}

/// Says that the path of a message is not served.
///
/// A misspelt path is an error, because the refusal that comes looks like the one that a step may expect. Any other
/// path, and another method, is a warning: a plan may try what a service does with it.
fn unserved_send(send: &Send) -> Option<Finding> {
    let to = send.to.participant;
    if send.to.callback.is_some() || !is_known(to) || !METHODS.contains(&send.method.as_str()) {
        return None;
    }
    let by_product = send.by == Participant::Product;
    let routes = ROUTES.iter().filter(|route| {
        route.at == to && (to != Participant::Service || by_product == is_consumer(route))
    });
    let written = send.path.written();
    let target = (send.method.as_str(), written.as_str());
    let finding = unserved(routes.clone(), target, to, send.path.span())?;
    let severity = match find(routes, target.0, target.1) {
        Served::No(Some(_)) => Severity::Error,
        Served::No(None) | Served::OtherMethods(_) | Served::Yes => Severity::Warning,
    };
    Some(Finding {
        severity,
        ..finding
    })
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
    let name = at.as_noun();
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
                None => format!(
                    "among its {method} paths are: {}",
                    paths(routes, method, path)
                ),
            }))
        }
    }
}

/// The most paths that a hint lists.
const LISTED_MAX: usize = 4;

/// Lists paths that are served with a method: those that end like the written one, or begin like it, or any.
fn paths<'r>(routes: impl Iterator<Item = &'r Route>, method: &str, written: &str) -> String {
    let served: Vec<&str> = routes
        .filter(|route| route.method == method)
        .map(|route| route.path)
        .collect();
    let alike = |end: fn(&str) -> Option<&str>| -> Vec<&str> {
        let paths = served.iter().copied();
        paths.filter(|path| end(path) == end(written)).collect()
    };
    let last = alike(|path| path.trim_matches('/').rsplit('/').next());
    let first = alike(|path| path.trim_matches('/').split('/').next());
    let listed = [last, first, served.clone()]
        .into_iter()
        .find(|paths| !paths.is_empty());
    match listed.as_deref() {
        None => "none".to_owned(),
        Some(paths) => {
            let some: Vec<&str> = paths.iter().copied().take(LISTED_MAX).collect();
            some.join(", ")
        }
    }
}
