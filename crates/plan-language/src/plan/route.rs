//! Routes: what the Banking Service and Sage ID serve, in one table, and which of them a method and path name.
//!
//! The provider's callbacks are not here: their URLs are registered, so their paths are free. What the emulated service
//! does behind a route is left to it; whether a step may name something else is left to `served`.

use crate::participant::Participant;
use crate::source::nearest;

/// A method and path that a participant serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The participant.
    pub(super) at: Participant,
    /// Who calls it.
    pub(super) api: Api,
    /// The method.
    pub(super) method: &'static str,
    /// The path; a segment in braces is any one.
    pub(super) path: &'static str,
    /// Where it is documented.
    pub(super) source: &'static str,
}

/// The interfaces of a participant, which differ in their base and their spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// Called by the product, below a base of its own, in any case.
    Consumer,
    /// Called by the provider.
    Provider,
    /// Called by the browser.
    Pages,
    /// Called by participants that need a token or the keys.
    Identity,
}

/// Declares a route in one line.
const fn route(
    at: Participant,
    api: Api,
    method: &'static str,
    path: &'static str,
    source: &'static str,
) -> Route {
    Route {
        at,
        api,
        method,
        path,
        source,
    }
}

/// Declares a route of the Consumer API.
const fn consumer(method: &'static str, path: &'static str, source: &'static str) -> Route {
    route(Participant::Service, Api::Consumer, method, path, source)
}

/// Declares a route of the Provider API.
const fn provider(method: &'static str, path: &'static str, source: &'static str) -> Route {
    route(Participant::Service, Api::Provider, method, path, source)
}

/// Declares a page of the service.
const fn page(method: &'static str, path: &'static str, source: &'static str) -> Route {
    route(Participant::Service, Api::Pages, method, path, source)
}

/// Declares a route of Sage ID.
const fn identity(method: &'static str, path: &'static str, source: &'static str) -> Route {
    route(Participant::Sageid, Api::Identity, method, path, source)
}

/// All routes that are served, legacy ones included, because a plan may watch for them.
pub(super) const ROUTES: &[Route] = &[
    provider(
        "PATCH",
        "/v1/authorisations/{authorisation}",
        "[seed] endpoint page Authorisations",
    ),
    provider("POST", "/v1/statements", "[doc] endpoint page Statements"),
    provider(
        "GET",
        "/v1/statements/{statement}",
        "[doc] endpoint page Statements",
    ),
    provider(
        "POST",
        "/v1/accountqueries",
        "[doc] endpoint page Account queries",
    ),
    provider("POST", "/v1/banks", "[doc] page Bank sync"),
    provider("GET", "/v1/banks", "[doc] page Bank sync, older text"),
    provider(
        "PUT",
        "/v1/banks/{principal}",
        "[doc] page Bank sync, older text",
    ),
    provider("POST", "/v1/sync", "[doc] page Handling errors"),
    provider("POST", "/sync", "[doc] page Handling errors"),
    consumer("POST", "/organisations", "[bruno] request 1"),
    consumer("GET", "/accesstoken", "[bruno] request 2"),
    consumer(
        "POST",
        "/accesstoken",
        "[doc] Authentication Service, token structure",
    ),
    consumer("GET", "/banks/{bank}", "[bruno] request 3"),
    consumer(
        "GET",
        "/organisations/{organisation}/companies/{company}/indirectlinkaccount",
        "[bruno] request 4",
    ),
    consumer("GET", "/poll/{token}", "[infer] the service names the URL"),
    consumer(
        "POST",
        "/organisations/{organisation}/companies/{company}/bankaccounts",
        "[bruno] request 10",
    ),
    consumer(
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts",
        "[seed] flow page Offboarding",
    ),
    consumer(
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}",
        "[bruno] request 12",
    ),
    consumer(
        "DELETE",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}",
        "[bruno] request 20",
    ),
    consumer(
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}/indirectauth",
        "[bruno] request Reauth/15",
    ),
    consumer(
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}/transactions",
        "[bruno] request 16",
    ),
    consumer(
        "GET",
        "/organisations/{organisation}/companies/{company}/availablebankaccounts",
        "[bruno] request 13",
    ),
    consumer(
        "POST",
        "/organisations/{organisation}/companies/{company}/linkavailablebankaccount",
        "[bruno] request 15",
    ),
    page(
        "GET",
        "/ui/authorisations/{authorisation}",
        "[infer] the emulated service's start page",
    ),
    page(
        "GET",
        "/ui/return",
        "[infer] the emulated service's redirect_uri",
    ),
    page(
        "POST",
        "/ui/choice",
        "[infer] the emulated service's choice of an account",
    ),
    identity("POST", "/oauth/token", "[bruno] request 7"),
    identity(
        "GET",
        "/.well-known/openid-configuration",
        "[infer] OpenID Connect Discovery",
    ),
    identity(
        "GET",
        "/.well-known/jwks.json",
        "[infer] the key set that the discovery document names",
    ),
];

/// The base of the Consumer API, which a watched path may begin with.
const CONSUMER_BASE: [&str; 2] = ["api", "v1"];

/// What a method and path name.
pub(super) enum Served {
    /// A route, or a reference hides which.
    Yes,
    /// The path is served, with these other methods.
    OtherMethods(Vec<&'static str>),
    /// Nothing; the nearest path that is served, if one is near.
    No(Option<String>),
}

/// Finds what a method and a written path (references as `${name}`) name among some routes.
pub(super) fn find<'r>(
    routes: impl Iterator<Item = &'r Route> + Clone,
    method: &str,
    path: &str,
) -> Served {
    let Some(segments) = segments(path) else {
        return Served::Yes;
    };
    let same: Vec<&Route> = routes
        .clone()
        .filter(|route| distance(route, &segments) == Some(0))
        .collect();
    if same.iter().any(|route| route.method == method) {
        return Served::Yes;
    }
    if !same.is_empty() {
        return Served::OtherMethods(same.iter().map(|route| route.method).collect());
    }
    let near = routes
        .filter_map(|route| Some((distance(route, &segments)?, route)))
        // Of two paths that are as near, the one that serves the method.
        .min_by_key(|(distance, route)| (*distance, route.method != method));
    Served::No(near.map(|(_, route)| corrected(route, &segments)))
}

/// Lists the routes that a written path may name; none if it begins with a reference.
pub(super) fn matching<'r>(routes: impl Iterator<Item = &'r Route>, path: &str) -> Vec<&'r Route> {
    let Some(segments) = segments(path) else {
        return Vec::new();
    };
    routes
        .filter(|route| distance(route, &segments) == Some(0))
        .collect()
}

/// Splits a path; `None` if it begins with a reference, which may be a whole URL.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/')?;
    let mut segments: Vec<String> = Vec::new();
    let mut rest = path;
    let mut segment = String::new();
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("${") {
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            segment.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '/' => segments.push(std::mem::take(&mut segment)),
            '?' | '#' => break,
            other => segment.push(other),
        }
    }
    // One slash at the end makes no other path.
    if !segment.is_empty() || segments.is_empty() {
        segments.push(segment);
    }
    Some(segments)
}

/// Returns the path of a route in segments, the base left out.
fn of_route(route: &Route) -> impl Iterator<Item = &'static str> {
    route.path.trim_start_matches('/').split('/')
}

/// Leaves out the base of the Consumer API, if a path begins with it.
fn below_base<'s>(route: &Route, segments: &'s [String]) -> &'s [String] {
    match segments {
        [api, version, rest @ ..]
            if route.api == Api::Consumer
                && api.eq_ignore_ascii_case(CONSUMER_BASE[0])
                && version.eq_ignore_ascii_case(CONSUMER_BASE[1]) =>
        {
            rest
        }
        all => all,
    }
}

/// Counts the segments that are misspelt; `None` if the path is another one altogether.
fn distance(route: &Route, segments: &[String]) -> Option<usize> {
    let segments = below_base(route, segments);
    if of_route(route).count() != segments.len() {
        return None;
    }
    let mut wrong = 0;
    for (known, written) in of_route(route).zip(segments) {
        let same = match route.api {
            Api::Consumer => known.eq_ignore_ascii_case(written),
            Api::Provider | Api::Pages | Api::Identity => known == written,
        };
        if is_any(known) || written.contains("${") || same {
            continue;
        }
        nearest(written, [known])?;
        wrong += 1;
    }
    Some(wrong)
}

/// Tells whether a segment of a route is any one.
fn is_any(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Returns a written path with its misspelt segments put right.
fn corrected(route: &Route, segments: &[String]) -> String {
    let below = below_base(route, segments);
    let base = &segments[..segments.len() - below.len()];
    let mut path: Vec<&str> = base.iter().map(String::as_str).collect();
    for (known, written) in of_route(route).zip(below) {
        let keep = is_any(known) || written.contains("${");
        path.push(if keep { written } else { known });
    }
    format!("/{}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> String {
        match find(ROUTES.iter(), method, path) {
            Served::Yes => "served".to_owned(),
            Served::OtherMethods(methods) => methods.join(", "),
            Served::No(near) => near.unwrap_or_else(|| "nothing".to_owned()),
        }
    }

    #[test]
    fn every_route_is_served_as_it_is_written() {
        for route in ROUTES {
            let path = route.path.replace('{', "${");
            assert_eq!(found(route.method, &path), "served", "{route:?}");
            assert!(route.source.starts_with('['), "{route:?}");
        }
    }

    #[test]
    fn spellings_that_are_the_same_path_are_served() {
        assert_eq!(found("POST", "/v1/statements/"), "served");
        assert_eq!(found("GET", "/AccessToken"), "served");
        assert_eq!(found("GET", "/api/v1/banks/${bank.id}"), "served");
        assert_eq!(found("GET", "/banks/b?web=true"), "served");
        assert_eq!(found("GET", "${poll}"), "served");
    }

    #[test]
    fn a_misspelt_path_is_put_right_with_its_references() {
        assert_eq!(found("POST", "/v1/statments"), "/v1/statements");
        assert_eq!(
            found("PATCH", "/v1/authorizations/${announced.id}"),
            "/v1/authorisations/${announced.id}"
        );
        assert_eq!(found("POST", "/v1/Statements"), "/v1/statements");
        assert_eq!(found("POST", "/statements"), "nothing");
    }

    #[test]
    fn a_path_with_another_method_names_those_that_are_served() {
        assert_eq!(found("GET", "/v1/statements"), "POST");
        assert_eq!(found("PATCH", "/v1/banks"), "POST, GET");
    }
}
