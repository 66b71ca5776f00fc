//! Checks of the provider's endpoints: names, responses, clocks and credentials.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use reqwest::tls::TlsInfo;
use rustls::CertificateError;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::handshake::{self, Explained, expires_soon};
use super::{CheckState, PATIENCE, PreflightCheck};
use crate::exchange::{ProxyRoute, is_loopback, names_nobody};
use crate::gateway::{BODY_BYTES_MAX, remedy};
use crate::topology::RunAddresses;
use plan_language::participant::Callback;

/// The difference of clocks from which a check fails: a participant whose clock is behind refuses tokens.
const SKEW_MAX: Duration = Duration::from_secs(60);

/// The difference of clocks from which a check warns; a `Date` header is rounded down to a second.
const SKEW_WARNING: Duration = Duration::from_secs(5);

/// Returns the proxy through which a URL is reached, if it is.
fn passes<'r>(run_addresses: &'r RunAddresses, url: &Url) -> Option<&'r ProxyRoute> {
    let host = url.host_str().unwrap_or_default();
    let proxy = run_addresses.proxy.as_ref();
    proxy.filter(|proxy| proxy.leads_to(host))
}

/// The variables in which other programs find their proxy, which feedproof leaves alone.
const PROXY_VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Checks that the proxy of the environment accepts connections. Without one, warns of a variable that names a proxy for
/// other programs where an endpoint is not on this machine; `is_set` tells whether a variable is set.
pub(super) async fn proxy(
    run_addresses: &RunAddresses,
    endpoints: &[(Callback, Url)],
    is_set: impl Fn(&str) -> bool,
) -> Option<PreflightCheck> {
    let mut hosts = endpoints.iter().filter_map(|(_, url)| url.host_str());
    if hosts.all(is_loopback) {
        return None;
    }
    let Some(proxy) = &run_addresses.proxy else {
        let variable = PROXY_VARIABLES.into_iter().find(|name| is_set(name))?;
        let seen =
            format!("{variable} is set, and feedproof uses only the proxy of the environment");
        let hint =
            format!("if your connector is reached through it, write `proxy: env:{variable}`");
        let check = PreflightCheck::new("proxy", CheckState::Warning, seen);
        return Some(check.with_hint(hint));
    };
    let place = proxy.place();
    let connecting = tokio::net::TcpStream::connect(place);
    let why = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(_)) => {
            let seen = format!("{place} accepts connections");
            return Some(PreflightCheck::new("proxy", CheckState::Ok, seen));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no connection within 10 s".to_owned(),
    };
    let seen = format!("{place} cannot be reached: {why}");
    let check = PreflightCheck::new("proxy", CheckState::Error, seen);
    Some(check.with_hint("check that it runs, and `proxy` in the environment"))
}

/// Checks that the host name of an endpoint resolves.
pub(super) async fn resolves(run_addresses: &RunAddresses, url: &Url) -> PreflightCheck {
    let host = url.host_str().unwrap_or_default();
    let what = format!("name {host}");
    if passes(run_addresses, url).is_some() {
        return PreflightCheck::new(what, CheckState::Unknown, "the proxy resolves names");
    }
    if names_nobody(host) {
        return unresolvable(what, "names under .invalid never resolve (RFC 6761)");
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((bare, port))).await {
        Ok(Ok(mut found)) => match found.next() {
            Some(address) => PreflightCheck::new(
                what,
                CheckState::Ok,
                format!("resolves to {}", address.ip()),
            ),
            None => unresolvable(what, "it has no address"),
        },
        Ok(Err(error)) => unresolvable(what, &error.to_string()),
        Err(_) => unresolvable(what, "no name server responded within 10 s"),
    }
}

fn unresolvable(what: String, why: &str) -> PreflightCheck {
    PreflightCheck::new(what, CheckState::Error, format!("does not resolve: {why}"))
        .with_hint("check the host in `provider.callbacks`, and the DNS settings of this machine")
}

/// Returns the check of an endpoint that got no request because its name does not resolve.
pub(super) fn unresolved(callback: Callback) -> PreflightCheck {
    let what = format!("callback {}", callback.as_str());
    PreflightCheck::new(what, CheckState::Unknown, "its name does not resolve")
}

/// Checks that an endpoint responds to a bare GET, which changes nothing; compares its clock, and looks at the end of its
/// certificate.
pub(super) async fn responds(
    run_addresses: &RunAddresses,
    callback: Callback,
    url: &Url,
    now: fn() -> SystemTime,
) -> (PreflightCheck, Vec<PreflightCheck>) {
    let what = format!("callback {}", callback.as_str());
    let place = url.origin().ascii_serialization();
    let sent = run_addresses
        .get(url.as_str())
        .timeout(PATIENCE)
        .send()
        .await;
    match sent {
        Ok(answer) => {
            let clock = clock(&answer, &place, now());
            let certificate = expiry(&answer, &place, now());
            let status = answer.status().as_u16();
            let seen = format!("{place} responds ({status} to a bare GET)");
            let remedy = remedy(status, &beginning(answer).await);
            let examined = match status {
                // It may let the next request pass.
                429 => PreflightCheck::new(what, CheckState::Warning, seen)
                    .with_hint(remedy.unwrap_or_default()),
                400.. if remedy.is_some() => PreflightCheck::new(what, CheckState::Error, seen)
                    .with_hint(remedy.unwrap_or_default()),
                404 => PreflightCheck::new(what, CheckState::Warning, seen).with_hint(format!(
                    "check that `{}` is the path of your {} endpoint",
                    url.path(),
                    callback.as_str()
                )),
                500.. => PreflightCheck::new(what, CheckState::Warning, seen)
                    .with_hint("see the log of your connector"),
                _ => PreflightCheck::new(what, CheckState::Ok, seen),
            };
            let further = [Some(clock), certificate];
            (examined, further.into_iter().flatten().collect())
        }
        Err(error) => {
            let found = no_response(run_addresses, url, &error).await;
            let check = PreflightCheck::new(what, CheckState::Error, found.seen);
            (check.with_hint(found.hint), Vec::new())
        }
    }
}

/// Warns of a certificate that expires soon.
fn expiry(answer: &reqwest::Response, place: &str, now: SystemTime) -> Option<PreflightCheck> {
    let information = answer.extensions().get::<TlsInfo>()?;
    let soon = expires_soon(place, information.peer_certificate()?, now)?;
    let what = format!("certificate of {place}");
    let check = PreflightCheck::new(what, CheckState::Warning, soon.seen);
    Some(check.with_hint(soon.hint))
}

/// Returns the beginning of a response's body, up to a few chunks; empty where it breaks off.
async fn beginning(mut answer: reqwest::Response) -> String {
    let mut body = Vec::new();
    while let (true, Ok(Some(chunk))) = (body.len() < BODY_BYTES_MAX, answer.chunk().await) {
        body.extend_from_slice(&chunk);
    }
    String::from_utf8_lossy(&body).into_owned()
}

/// Explains why an endpoint did not respond.
async fn no_response(run_addresses: &RunAddresses, url: &Url, error: &reqwest::Error) -> Explained {
    let place = url.origin().ascii_serialization();
    let proxy = passes(run_addresses, url);
    let refusal = handshake::behind(error);
    if let Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) = refusal {
        // Behind a proxy the certificates are not looked at again.
        let sent = match proxy {
            None => handshake::certificates(url).await,
            Some(_) => Vec::new(),
        };
        return handshake::unknown_authority(&place, &sent);
    }
    let explained = refusal.and_then(|error| {
        handshake::explain(error, url, run_addresses.client_certificate.is_some())
    });
    if let Some(explained) = explained {
        return match proxy {
            None => explained,
            Some(proxy) => Explained {
                hint: format!(
                    "{}; or the same for the proxy {}, if that is reached by https",
                    explained.hint,
                    proxy.place()
                ),
                ..explained
            },
        };
    }
    match proxy {
        Some(proxy) => through_proxy(proxy, &place, &causes(error)),
        None => unanswered(url, &place, error),
    }
}

/// Explains why no response came through a proxy.
fn through_proxy(proxy: &ProxyRoute, place: &str, causes: &str) -> Explained {
    let proxy = proxy.place();
    match remedy(407, "") {
        Some(credentials) if causes.contains("proxy authorization required") => Explained {
            seen: format!("the proxy {proxy} refuses a connection to {place} (407)"),
            hint: credentials.to_owned(),
        },
        _ => Explained {
            seen: format!("no response from {place} through the proxy {proxy}: {causes}"),
            hint: "see the check of the proxy; if it is well, whether it reaches your connector"
                .to_owned(),
        },
    }
}

/// Explains why an endpoint that is reached without a proxy did not respond, beside TLS.
fn unanswered(url: &Url, place: &str, error: &reqwest::Error) -> Explained {
    let causes = causes(error);
    let (seen, hint) = if error.is_timeout() {
        (
            format!("{place} did not respond within 10 s"),
            "check for a firewall that drops packets, or a connector that hangs".to_owned(),
        )
    } else if causes.contains("refused") {
        let port = url.port_or_known_default().unwrap_or(80);
        (
            format!("{place} refused the connection"),
            format!("check that the connector is running and listens on port {port}"),
        )
    } else if causes.contains("lookup") || causes.contains("dns") {
        (
            format!("{place} was not found"),
            "see the check of its name".to_owned(),
        )
    } else {
        (
            format!("no response from {place}: {causes}"),
            "check whether the connector expects http or https".to_owned(),
        )
    };
    Explained { seen, hint }
}

/// Returns the causes of an error, without the URL.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !parts.iter().any(|known| known.contains(&text)) {
            parts.push(text);
        }
        cause = error.source();
    }
    if parts.is_empty() {
        "the connection was closed".to_owned()
    } else {
        parts.join(": ")
    }
}

/// Compares the clock of an endpoint with this machine's.
fn clock(answer: &reqwest::Response, place: &str, now: SystemTime) -> PreflightCheck {
    let what = format!("clock of {place}");
    let date = answer
        .headers()
        .get("date")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| httpdate::parse_http_date(text).ok());
    let Some(date) = date else {
        return PreflightCheck::new(
            what,
            CheckState::Unknown,
            "its responses have no `Date` header",
        );
    };
    let (skew, word) = match date.duration_since(now) {
        Ok(skew) => (skew, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let seen = format!("{} s {word} this machine", skew.as_secs());
    if skew > SKEW_MAX {
        PreflightCheck::new(what, CheckState::Error, seen).with_hint(
            "participants refuse tokens as expired or not yet valid; set the clocks of both machines",
        )
    } else if skew > SKEW_WARNING {
        PreflightCheck::new(what, CheckState::Warning, seen)
            .with_hint("set the clocks of both machines, before participants refuse tokens")
    } else {
        PreflightCheck::new(what, CheckState::Ok, "agrees with this machine")
    }
}

/// Checks the agreed credentials with a notification of an authorisation that no customer will use.
pub(super) async fn credentials(run_addresses: &RunAddresses) -> PreflightCheck {
    let what = "notification credentials";
    let notification = json!({
        "type": "resourceCreated",
        "resource": { "id": Uuid::new_v4().to_string(), "type": "authorisation", "url": "NA" },
        "additionalData": { "bankId": run_addresses.bank },
    });
    let Some(sent) = run_addresses.notify(&notification).await else {
        return PreflightCheck::new(
            what,
            CheckState::Unknown,
            "the identity provider is live, and feedproof cannot make its tokens",
        );
    };
    match sent {
        Err(error) => PreflightCheck::new(
            what,
            CheckState::Error,
            format!("the connector did not respond: {}", causes(&error)),
        ),
        Ok(status) => {
            let name = &run_addresses.notification_header.0;
            match status {
                200..=299 => PreflightCheck::new(what, CheckState::Ok, format!("accepted ({status})")),
                401 | 403 => PreflightCheck::new(
                    what,
                    CheckState::Error,
                    format!("the connector refused them ({status})"),
                )
                .with_hint(format!(
                    "check the value of `{name}` on both sides, the audience `{}`, and that the connector fetches \
                     keys from {}",
                    run_addresses.notification_audience, run_addresses.key_set
                )),
                _ => PreflightCheck::new(
                    what,
                    CheckState::Warning,
                    format!("the connector responded with {status} to a notification"),
                )
                .with_hint("2xx is expected; see the log of your connector"),
            }
        }
    }
}
