//! Checks the credentials of an incoming request: the agreed header and a Sage ID bearer.
//!
//! `bearer` checks the content of a bearer, `caller` fetches keys. The response to a refused request is 401, or 503 when
//! the keys are not available.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Inner;
use super::fault::Fault;

/// Checks the agreed header and the Sage ID bearer of a request.
///
/// # Errors
/// The response that refuses the request.
pub(super) async fn authenticate(inner: &Inner, headers: &HeaderMap) -> Result<(), Response> {
    let (name, value) = &inner.settings.notification_header;
    let sent = only(headers, name);
    let agreed = sent.is_some_and(|sent| same(sent.as_bytes(), value.as_bytes()));
    let begins_alike = inner.settings.shows(Fault::HeaderComparedByPrefix)
        && sent.is_some_and(|sent| {
            let shown = sent.as_bytes().get(..8);
            shown.is_some_and(|shown| value.as_bytes().starts_with(shown))
        });
    let ignored = inner.settings.shows(Fault::NotificationHeaderNotChecked)
        || begins_alike
        || sent.is_some()
            && inner
                .settings
                .shows(Fault::NotificationHeaderValueNotChecked);
    if !agreed && !ignored {
        return Err(refuse(
            StatusCode::UNAUTHORIZED,
            "the agreed header is missing, is sent twice or has another value",
        ));
    }
    let missing = !headers.contains_key(AUTHORIZATION);
    if inner.settings.shows(Fault::NotificationBearerNotChecked)
        || missing && inner.settings.shows(Fault::MissingBearerAccepted)
        || inner.state().has_trusted && inner.settings.shows(Fault::BearerCheckedOnce)
    {
        return Ok(());
    }
    authenticate_bearer(inner, headers).await?;
    inner.state().has_trusted = true;
    Ok(())
}

/// Checks the Sage ID bearer of a request.
///
/// # Errors
/// The response that refuses the request.
pub(super) async fn authenticate_bearer(
    inner: &Inner,
    headers: &HeaderMap,
) -> Result<(), Response> {
    let sent = only(headers, AUTHORIZATION.as_str())
        .and_then(|sent| sent.to_str().ok())
        .unwrap_or_default();
    let bearer = match sent.split_once(' ') {
        Some((scheme, bearer)) if scheme.eq_ignore_ascii_case("bearer") => bearer.trim(),
        _ => {
            return Err(refuse(
                StatusCode::UNAUTHORIZED,
                "the request carries no bearer",
            ));
        }
    };
    match inner.check_bearer(bearer).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(refusal)) => Err(refuse(StatusCode::UNAUTHORIZED, &refusal.to_string())),
        Err(error) => {
            tracing::warn!(%error, "key set not available");
            Err(refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "the keys of Sage ID cannot be fetched",
            ))
        }
    }
}

/// Returns the value of a header that occurs once; `None` for a repeated header, whose values are ambiguous.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Compares two secrets by their digests, so that the time does not depend on where they differ.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    let digest = |bytes| ring::digest::digest(&ring::digest::SHA256, bytes);
    digest(left).as_ref() == digest(right).as_ref()
}

/// Makes a response with a status and a JSON body with the reason.
pub(super) fn refuse(status: StatusCode, reason: &str) -> Response {
    let body = serde_json::json!({ "error": reason }).to_string();
    (status, [("content-type", "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, AUTHORISATION, Bed};
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn header_and_bearer_are_both_needed() {
        let bed = Bed::new(&[]).await;
        let event = testbed::announced(AUTHORISATION);
        assert_eq!(
            bed.notify_with(&event, None, Some(&testbed::bearer()))
                .await,
            401
        );
        assert_eq!(
            bed.notify_with(&event, Some("wrong"), Some(&testbed::bearer()))
                .await,
            401
        );
        assert_eq!(
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), None)
                .await,
            401
        );
        assert_eq!(
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), Some("Bearer a.b.c"))
                .await,
            401
        );
        assert_eq!(
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), Some("Basic eDp5"))
                .await,
            401
        );
        assert_eq!(
            bed.open(AUTHORISATION).await.0,
            403,
            "none of them had an effect"
        );
        assert_eq!(bed.notify(&event).await, 204);
        assert_eq!(bed.open(AUTHORISATION).await.0, 200);
    }

    #[tokio::test]
    async fn a_header_that_is_sent_twice_is_refused_whichever_value_is_right() {
        let bed = Bed::new(&[]).await;
        let good = testbed::bearer();
        let event = testbed::announced(AUTHORISATION).to_string();
        let right = [
            ("x-bank-key", testbed::HEADER_VALUE),
            ("authorization", good.as_str()),
        ];
        for (name, second) in [
            ("x-bank-key", "wrong"),
            ("x-bank-key", testbed::HEADER_VALUE),
            ("authorization", "Bearer a.b.c"),
        ] {
            for first in [true, false] {
                let mut headers = right.to_vec();
                headers.insert(if first { 0 } else { headers.len() }, (name, second));
                let request = headers.iter().fold(
                    axum::http::Request::post("/notification"),
                    |request, (name, value)| request.header(*name, *value),
                );
                let answer = bed.send(request, event.clone()).await;
                assert_eq!(answer.status(), 401, "{name}: {second}");
            }
        }
        assert_eq!(bed.open(AUTHORISATION).await.0, 403);
    }

    #[tokio::test]
    async fn keys_are_fetched_once_and_again_for_an_unknown_one() {
        let bed = Bed::new(&[]).await;
        for _ in 0..2 {
            bed.notify(&testbed::announced(AUTHORISATION)).await;
        }
        assert_eq!(bed.service.count("GET /jwks"), 1);
        let unknown = testbed::bearer_with(&json!({"alg": "RS256", "kid": "key-2"}));
        let event = testbed::announced(AUTHORISATION);
        assert_eq!(
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), Some(&unknown))
                .await,
            401
        );
        assert_eq!(bed.service.count("GET /jwks"), 2);
    }

    #[tokio::test]
    async fn keys_that_cannot_be_had_are_no_reason_to_trust() {
        let bed = Bed::new(&[]).await;
        bed.service.script(
            "GET /jwks",
            [testbed::answer(500, ""), testbed::answer(200, "no keys")],
        );
        assert_eq!(bed.notify(&testbed::announced(AUTHORISATION)).await, 503);
        assert_eq!(bed.notify(&testbed::announced(AUTHORISATION)).await, 503);
        assert_eq!(bed.open(AUTHORISATION).await.0, 403);
    }

    #[tokio::test]
    async fn faults_leave_out_one_check_each() {
        let bed = Bed::new(&[Fault::NotificationHeaderNotChecked]).await;
        let event = testbed::announced(AUTHORISATION);
        assert_eq!(
            bed.notify_with(&event, None, Some(&testbed::bearer()))
                .await,
            204
        );
        assert_eq!(bed.notify_with(&event, None, None).await, 401);
        let bed = Bed::new(&[Fault::NotificationBearerNotChecked]).await;
        assert_eq!(
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), None)
                .await,
            204
        );
        assert_eq!(bed.notify_with(&event, None, None).await, 401);
    }

    /// Returns a key set that contains the test key under these ids, after a key that signs nothing.
    fn keys_named(ids: &[&str]) -> testbed::Script {
        let key = testbed::key_set()["keys"][0].clone();
        let mut other = key.clone();
        other["kid"] = json!("key-0");
        other["n"] = json!("AQAB");
        let named = ids.iter().map(|id| {
            let mut key = key.clone();
            key["kid"] = json!(id);
            key
        });
        let keys: Vec<_> = [other].into_iter().chain(named).collect();
        testbed::answer(200, &json!({ "keys": keys }).to_string())
    }

    /// Notifies with a key after another one, which then replaces it; returns the statuses of the first, the new and the
    /// withdrawn key.
    async fn changed_keys(bed: &Bed) -> [u16; 3] {
        let sets = [keys_named(&["key-1"]), keys_named(&["key-1", "key-2"])];
        bed.service.script("GET /jwks", sets);
        let with = async |key: &str| {
            let bearer = testbed::bearer_with(&json!({"alg": "RS256", "kid": key}));
            let event = testbed::announced(AUTHORISATION);
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), Some(&bearer))
                .await
        };
        let (first, new) = (with("key-1").await, with("key-2").await);
        bed.service.script(
            "GET /jwks",
            [keys_named(&["key-3"]), keys_named(&["key-3"])],
        );
        with("key-3").await;
        [first, new, with("key-2").await]
    }

    #[tokio::test]
    async fn a_new_key_is_taken_and_a_withdrawn_one_refused_but_for_faults() {
        let with = async |fault: Option<Fault>| {
            let bed = Bed::new(&Vec::from_iter(fault)).await;
            changed_keys(&bed).await
        };
        assert_eq!(with(None).await, [204, 204, 401]);
        assert_eq!(with(Some(Fault::PinsSigningKeys)).await, [204, 401, 401]);
        assert_eq!(
            with(Some(Fault::VerifiesWithFirstKey)).await,
            [401, 401, 401]
        );
        assert_eq!(with(Some(Fault::KeepsWithdrawnKeys)).await, [204, 204, 204]);
    }

    #[tokio::test]
    async fn a_variant_asks_for_the_keys_seldom() {
        let seldom = |settings: &mut crate::Settings| {
            settings.variants = vec![crate::Variant::KeysAtMostEveryFiveMinutes];
        };
        let bed = Bed::with(&[], seldom).await;
        let event = testbed::announced(AUTHORISATION);
        assert_eq!(bed.notify(&event).await, 204);
        let unknown = testbed::bearer_with(&json!({"alg": "RS256", "kid": "key-2"}));
        let ask = async || {
            bed.service.script("GET /jwks", [keys_named(&["key-2"])]);
            bed.notify_with(&event, Some(testbed::HEADER_VALUE), Some(&unknown))
                .await
        };
        assert_eq!(ask().await, 401);
        bed.provider.age(std::time::Duration::from_secs(300));
        assert_eq!(ask().await, 204);
    }
}
