//! The provider's endpoints: whether their names resolve, somebody answers, clocks agree and credentials fit.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{Examined, State};
use crate::exchange::names_nobody;
use crate::topology::Preflight;
use plan_language::participant::Callback;

/// How long a single question may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// By how much clocks may differ; tokens are refused by those whose clock is behind.
const SKEW_MAX: Duration = Duration::from_secs(60);

/// From here on a difference of clocks is worth a word; a Date header is rounded down to a second.
const SKEW_WORTH: Duration = Duration::from_secs(5);

/// Looks the name of an endpoint up.
pub(super) async fn resolves(preflight: &Preflight, url: &Url) -> Examined {
    let host = url.host_str().unwrap_or_default();
    let what = format!("name {host}");
    if preflight.proxied {
        return Examined::new(what, State::Unseen, "the proxy looks names up");
    }
    if names_nobody(host) {
        return unknown(what, "a name below .invalid is never anybody's (RFC 6761)");
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((bare, port))).await {
        Ok(Ok(mut found)) => match found.next() {
            Some(address) => Examined::new(what, State::Well, format!("is {}", address.ip())),
            None => unknown(what, "it has no address"),
        },
        Ok(Err(error)) => unknown(what, &error.to_string()),
        Err(_) => unknown(what, "no name server answered within 10 s"),
    }
}

fn unknown(what: String, why: &str) -> Examined {
    Examined::new(what, State::Ill, format!("does not resolve: {why}"))
        .with_hint("check the host in `provider.callbacks`, and that this machine may look it up")
}

/// Tells that an endpoint was not asked because its name leads nowhere.
pub(super) fn nameless(callback: Callback) -> Examined {
    let what = format!("callback {}", callback.as_str());
    Examined::new(what, State::Unseen, "its name does not resolve")
}

/// Asks an endpoint in a way that changes nothing, and tells what its clock says.
pub(super) async fn answers(
    preflight: &Preflight,
    callback: Callback,
    url: &Url,
    now: fn() -> SystemTime,
) -> (Examined, Option<Examined>) {
    let what = format!("callback {}", callback.as_str());
    let place = url.origin().ascii_serialization();
    let asked = preflight
        .http
        .get(url.clone())
        .timeout(PATIENCE)
        .send()
        .await;
    match asked {
        Ok(answer) => {
            let clock = clock(&answer, &place, now());
            let status = answer.status().as_u16();
            let seen = format!("{place} answers ({status} to a bare GET)");
            let examined = match status {
                502..=504 => Examined::new(what, State::Ill, seen).with_hint(
                    "something in front of your connector answers in its place: is it up?",
                ),
                404 => Examined::new(what, State::Doubtful, seen).with_hint(format!(
                    "is `{}` the path of your {} endpoint?",
                    url.path(),
                    callback.as_str()
                )),
                500.. => Examined::new(what, State::Doubtful, seen)
                    .with_hint("its log should say what failed"),
                _ => Examined::new(what, State::Well, seen),
            };
            (examined, Some(clock))
        }
        Err(error) => (silent(what, url, &error), None),
    }
}

/// Says why there was no answer, and what to do.
fn silent(what: String, url: &Url, error: &reqwest::Error) -> Examined {
    let causes = causes(error);
    let place = url.origin().ascii_serialization();
    let (seen, hint) = if error.is_timeout() {
        (
            format!("{place} gave no answer within 10 s"),
            "a firewall that drops packets, or a connector that hangs".to_owned(),
        )
    } else if causes.contains("certificate") {
        (
            format!("the certificate of {place} is not trusted: {causes}"),
            "name the authority that issued it under `tls.ca`, or mend the chain that is served"
                .to_owned(),
        )
    } else if causes.contains("refused") {
        let port = url.port_or_known_default().unwrap_or(80);
        (
            format!("nobody listens at {place}: connection refused"),
            format!("is the connector up, and is {port} its port?"),
        )
    } else if causes.contains("lookup") || causes.contains("dns") {
        (
            format!("{place} was not found"),
            "see the name above".to_owned(),
        )
    } else {
        (
            format!("no answer from {place}: {causes}"),
            "is this http, or https, as the address says?".to_owned(),
        )
    };
    Examined::new(what, State::Ill, seen).with_hint(hint)
}

/// Writes an error with its causes, without the URL.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(one) = cause {
        let text = one.to_string();
        if !parts.iter().any(|known| known.contains(&text)) {
            parts.push(text);
        }
        cause = one.source();
    }
    match parts.is_empty() {
        true => "the exchange broke off".to_owned(),
        false => parts.join(": "),
    }
}

/// Compares the clock of whoever answered with ours.
fn clock(answer: &reqwest::Response, place: &str, now: SystemTime) -> Examined {
    let what = format!("clock of {place}");
    let date = answer
        .headers()
        .get("date")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| httpdate::parse_http_date(text).ok());
    let Some(date) = date else {
        return Examined::new(what, State::Unseen, "its answers carry no Date");
    };
    let (skew, word) = match date.duration_since(now) {
        Ok(skew) => (skew, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let seen = format!("{} s {word} ours", skew.as_secs());
    if skew > SKEW_MAX {
        Examined::new(what, State::Ill, seen).with_hint(
            "tokens would be refused as expired or not valid yet: set the clocks of both machines",
        )
    } else if skew > SKEW_WORTH {
        Examined::new(what, State::Doubtful, seen)
            .with_hint("set the clocks of both machines before tokens are refused")
    } else {
        Examined::new(what, State::Well, "agrees with ours")
    }
}

/// Sends a notification of an authorisation that nobody will use, with the credentials that were agreed on.
pub(super) async fn credentials(preflight: &Preflight) -> Examined {
    let what = "notification credentials";
    let notification = json!({
        "type": "resourceCreated",
        "resource": { "id": Uuid::new_v4().to_string(), "type": "authorisation", "url": "NA" },
        "additionalData": { "bankId": preflight.bank },
    });
    let Some(asked) = preflight.notify(&notification).await else {
        return Examined::new(
            what,
            State::Unseen,
            "the identity provider is live, and its tokens cannot be made here",
        );
    };
    match asked {
        Err(error) => Examined::new(
            what,
            State::Ill,
            format!("the connector gave no answer: {}", causes(&error)),
        ),
        Ok(status) => {
            let name = &preflight.notification_header.0;
            match status {
                200..=299 => Examined::new(what, State::Well, format!("accepted ({status})")),
                401 | 403 => Examined::new(
                    what,
                    State::Ill,
                    format!("the connector refuses them ({status})"),
                )
                .with_hint(format!(
                    "compare the value of `{name}` on both sides, the audience `{}`, and that the connector takes \
                     its keys from {}",
                    preflight.notification_audience, preflight.key_set
                )),
                _ => Examined::new(
                    what,
                    State::Doubtful,
                    format!("the connector answers {status} to a notification"),
                )
                .with_hint("a 2xx is expected; its log should say what it did not like"),
            }
        }
    }
}
