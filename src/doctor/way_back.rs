//! The way back to us: whether our own public address leads here, and whether the token endpoint answers.

use serde_json::Value;

use super::endpoint::{PATIENCE, causes};
use super::{Examined, State};
use crate::topology::Preflight;

/// Sends a word through our public address and looks whether it comes back from us.
pub(super) async fn way_back(preflight: &Preflight) -> Examined {
    let what = "our own address";
    let public = &preflight.public;
    let hint = match *public == preflight.origin {
        true => "does something on this machine keep us from reaching ourselves?".to_owned(),
        false => format!(
            "the tunnel or proxy in front must lead to {}; see `public` in the environment",
            preflight.origin
        ),
    };
    let asked = preflight
        .http
        .get(format!("{public}{}", preflight.probe))
        .timeout(PATIENCE)
        .send()
        .await;
    let ill = |seen: String| Examined::new(what, State::Ill, seen).with_hint(hint.clone());
    match asked {
        Err(error) => ill(format!("{public} does not lead to us: {}", causes(&error))),
        Ok(answer) => {
            let status = answer.status().as_u16();
            // The word is short; whoever sends more is somebody else.
            match bounded(answer).await.as_deref() {
                Some(body) if body == preflight.word.as_bytes() => {
                    Examined::new(what, State::Well, format!("{public} leads to us"))
                }
                _ => ill(format!(
                    "{public} leads to somebody else, who answers {status}"
                )),
            }
        }
    }
}

/// Asks for a token as the provider would.
pub(super) async fn tokens(preflight: &Preflight) -> Examined {
    let what = "token endpoint";
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials")
        .append_pair("client_id", preflight.client_id.expose())
        .append_pair("client_secret", preflight.client_secret.expose())
        .append_pair("audience", &preflight.audience);
    let Some(url) = &preflight.token_url else {
        return Examined::new(what, State::Unseen, "each case has one of its own");
    };
    let asked = preflight
        .http
        .post(url)
        .timeout(PATIENCE)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.finish())
        .send()
        .await;
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => {
            return Examined::new(what, State::Ill, format!("no answer: {}", causes(&error)))
                .with_hint("check the address of the identity provider");
        }
    };
    let status = answer.status().as_u16();
    if !(200..300).contains(&status) {
        return Examined::new(what, State::Ill, format!("it answers {status}")).with_hint(
            "compare `client_id`, `client_secret` and `audience` with what Sage gave you",
        );
    }
    let life = bounded(answer)
        .await
        .and_then(|body| serde_json::from_slice::<Value>(&body).ok())
        .filter(|token| token["access_token"].is_string())
        .map(|token| token["expires_in"].as_u64());
    match life {
        None => Examined::new(
            what,
            State::Ill,
            "its answer holds no `access_token` as JSON",
        ),
        Some(Some(seconds)) if seconds < preflight.longest.as_secs() => Examined::new(
            what,
            State::Doubtful,
            format!(
                "a token lives {seconds} s, and the run may take {} s",
                preflight.longest.as_secs()
            ),
        )
        .with_hint("the connector must renew its token on the way"),
        Some(Some(seconds)) => Examined::new(
            what,
            State::Well,
            format!("gives a token of {} minutes", seconds / 60),
        ),
        Some(None) => Examined::new(what, State::Well, "gives a token"),
    }
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
