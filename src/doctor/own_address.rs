//! Checks of feedproof's own addresses: the public URL, and the token endpoint.

use std::time::Duration;

use serde_json::Value;

use super::PATIENCE;
use super::endpoint::causes;
use super::{CheckState, PreflightCheck};
use crate::topology::RunAddresses;
use plan_language::value::duration;

/// Checks that the public URL leads to feedproof: a probe there must return the word of this run.
pub(super) async fn public_url(run_addresses: &RunAddresses) -> PreflightCheck {
    let what = "public URL";
    let public = &run_addresses.public;
    let hint = if *public == run_addresses.origin {
        "check for a firewall on this machine".to_owned()
    } else {
        format!(
            "the tunnel or proxy must forward to {}; see `public` in the environment",
            run_addresses.origin
        )
    };
    let sent = run_addresses
        .http
        .get(format!("{public}{}", run_addresses.probe))
        .timeout(PATIENCE)
        .send()
        .await;
    let failed =
        |seen: String| PreflightCheck::new(what, CheckState::Error, seen).with_hint(hint.clone());
    match sent {
        Err(error) => failed(format!(
            "{public} does not lead to feedproof: {}",
            causes(&error)
        )),
        Ok(answer) => {
            let status = answer.status().as_u16();
            // The word is short; a longer body comes from another server.
            match bounded(answer).await.as_deref() {
                Some(body) if body == run_addresses.word.as_bytes() => PreflightCheck::new(
                    what,
                    CheckState::Ok,
                    format!("{public} leads to feedproof"),
                ),
                _ => failed(format!(
                    "{public} leads to another server, which responded with {status}"
                )),
            }
        }
    }
}

/// Checks that the token endpoint issues a token for the provider's credentials.
pub(super) async fn token_endpoint(run_addresses: &RunAddresses) -> PreflightCheck {
    let what = "token endpoint";
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials")
        .append_pair("client_id", run_addresses.client_id.expose())
        .append_pair("client_secret", run_addresses.client_secret.expose())
        .append_pair("audience", &run_addresses.audience);
    let Some(url) = &run_addresses.token_url else {
        return PreflightCheck::new(what, CheckState::Unknown, "each case has its own");
    };
    let sent = run_addresses
        .with_user(run_addresses.http.post(url), url)
        .timeout(PATIENCE)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.finish())
        .send()
        .await;
    let response = match sent {
        Ok(response) => response,
        Err(error) => {
            return PreflightCheck::new(
                what,
                CheckState::Error,
                format!("no response: {}", causes(&error)),
            )
            .with_hint("check the URL of the identity provider");
        }
    };
    let status = response.status().as_u16();
    if !(200..300).contains(&status) {
        return PreflightCheck::new(
            what,
            CheckState::Error,
            format!("it responded with {status}"),
        )
        .with_hint("check `client_id`, `client_secret` and `audience`");
    }
    let life = bounded(response)
        .await
        .and_then(|body| serde_json::from_slice::<Value>(&body).ok())
        .filter(|token| token["access_token"].is_string())
        .map(|token| token["expires_in"].as_u64());
    match life {
        None => PreflightCheck::new(
            what,
            CheckState::Error,
            "its response has no string `access_token`",
        ),
        Some(None) => PreflightCheck::new(what, CheckState::Ok, "issues a token"),
        Some(Some(seconds)) => lifetime(what, seconds, run_addresses.longest.as_secs()),
    }
}

/// Compares the lifetime of a token with the longest time that the run may take, both in seconds.
fn lifetime(what: &str, seconds: u64, longest: u64) -> PreflightCheck {
    if seconds < longest {
        let [valid, run] =
            [seconds, longest].map(|time| duration::format(Duration::from_secs(time)));
        let seen = format!("a token is valid for {valid}, and the run may take {run}");
        return PreflightCheck::new(what, CheckState::Warning, seen)
            .with_hint("the connector must request new tokens during the run");
    }
    let valid = duration::format(Duration::from_secs(seconds));
    let seen = format!("issues a token that is valid for {valid}");
    PreflightCheck::new(what, CheckState::Ok, seen)
}

/// Reads a body of at most 64 KiB.
async fn bounded(mut answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut taken = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        taken.extend_from_slice(&chunk);
        if taken.len() > 64 << 10 {
            return None;
        }
    }
    Some(taken)
}
