//! Receives the Service's notifications: checks who sends them, remembers what they say, answers at once.
//!
//! Answers are 401 for a sender that is not the Service, 400 for what is no notification, 404 for the creation of an
//! account the bank does not have, 503 when Sage ID's keys cannot be had, and 204 for everything else: unknown types
//! and repetitions have no effect. Work that follows is done in the background by `posting`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use super::Inner;
use super::date;
use super::fault::Fault;
use super::posting;
use super::sender::{authenticate, refuse};

/// The longest id that is taken, in bytes.
const ID_MAX: usize = 200;
/// How long the answer to a deletion waits for a statement that is just being sent.
const QUIET_WAIT: Duration = Duration::from_secs(1);

/// What a notification says, as far as the provider acts on it.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// An authorisation was created, for linking or for renewing; the payload does not tell which.
    Announced { key: Uuid, id: String },
    /// A bank account was created.
    Created {
        id: String,
        external_id: String,
        start: Option<String>,
    },
    /// A bank account was deleted.
    Deleted { id: String },
    /// Something else.
    Other,
}

/// Handles `POST /notification`.
pub(super) async fn receive(
    Shared(inner): Shared<Arc<Inner>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = authenticate(&inner, &headers).await {
        return refusal;
    }
    match read(&body) {
        Err(reason) => refuse(StatusCode::BAD_REQUEST, reason),
        Ok(Event::Announced { key, id }) => announced(&inner, key, &id),
        Ok(Event::Created {
            id,
            external_id,
            start,
        }) => created(&inner, &id, &external_id, start.as_deref()),
        Ok(Event::Deleted { id }) => deleted(&inner, &id).await,
        Ok(Event::Other) => StatusCode::NO_CONTENT.into_response(),
    }
}

fn read(body: &[u8]) -> Result<Event, &'static str> {
    let document: Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
    let kind = document["type"]
        .as_str()
        .ok_or("the notification has no type")?;
    let resource = &document["resource"];
    let resource_kind = resource["type"]
        .as_str()
        .ok_or("the notification has no resource type")?;
    let additional = &document["additionalData"];
    match (kind, resource_kind) {
        ("resourceCreated", "authorisation") => {
            let id = read_id(&resource["id"])?;
            let key = Uuid::try_parse(&id).map_err(|_| "the authorisation id is no uuid")?;
            Ok(Event::Announced { key, id })
        }
        ("resourceCreated", "bankAccount") => Ok(Event::Created {
            id: read_id(&resource["id"])?,
            external_id: additional["externalId"]
                .as_str()
                .ok_or("the notification has no external id")?
                .to_owned(),
            start: match &additional["requestedStartDate"] {
                Value::Null => None,
                start => Some(
                    start
                        .as_str()
                        .and_then(date::parse)
                        .ok_or("the requested start date is no date")?,
                ),
            },
        }),
        ("resourceDeleted", "bankAccount") => Ok(Event::Deleted {
            id: read_id(&resource["id"])?,
        }),
        _ => Ok(Event::Other),
    }
}

fn read_id(value: &Value) -> Result<String, &'static str> {
    let id = value
        .as_str()
        .ok_or("the notification has no resource id")?;
    let fits = (1..=ID_MAX).contains(&id.len()) && !id.chars().any(char::is_control);
    if fits {
        Ok(id.to_owned())
    } else {
        Err("the resource id is empty, too long or no plain text")
    }
}

fn announced(inner: &Inner, key: Uuid, id: &str) -> Response {
    let now = inner.clock.now();
    inner.state().register.announce(key, id, now);
    if inner
        .settings
        .shows(Fault::RefusesAuthorisationNotification)
    {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the notification could not be processed",
        );
    }
    StatusCode::NO_CONTENT.into_response()
}

fn created(inner: &Arc<Inner>, id: &str, external_id: &str, start: Option<&str>) -> Response {
    if inner.settings.shows(Fault::RefusesAccountNotification) {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the notification could not be processed",
        );
    }
    {
        let mut state = inner.state();
        let Some(place) = state.ledger.find(external_id) else {
            return refuse(
                StatusCode::NOT_FOUND,
                "the bank has no account with this external id",
            );
        };
        let start = state.ledger.position(place, start);
        state.links.link(id, external_id, place, start);
    }
    if !inner.settings.shows(Fault::NoFirstStatement) {
        posting::wake(inner, id);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// Unlinks the account; when the answer goes out, no statement for it is on its way any more (or it hangs).
async fn deleted(inner: &Inner, id: &str) -> Response {
    let (known, reins) = {
        let mut state = inner.state();
        let known = state.links.holds(id);
        let ids = match () {
            () if inner.settings.shows(Fault::KeepsPostingAfterOffboarding) => Vec::new(),
            () if known && inner.settings.shows(Fault::StopsSiblingsOnOffboarding) => {
                state.links.siblings(id)
            }
            () => vec![id.to_owned()],
        };
        let reins: Vec<_> = ids.iter().filter_map(|id| state.links.unlink(id)).collect();
        (known, reins)
    };
    for reins in reins {
        let _ = tokio::time::timeout(QUIET_WAIT, reins.gate.lock()).await;
    }
    let refused = inner.settings.shows(Fault::RefusesOffboardingNotification)
        || (!known && inner.settings.shows(Fault::RefusesRepeatedOffboarding));
    if refused {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the notification could not be processed",
        );
    }
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, AUTHORISATION, Bed, SIBLING};
    use super::*;
    use serde_json::json;

    const STATEMENTS: &str = "POST /v1/statements";

    #[tokio::test]
    async fn what_is_no_notification_is_refused_and_what_is_unknown_is_not() {
        let bed = Bed::new(&[]).await;
        for bad in [
            json!([]),
            json!({}),
            json!({"type": 7}),
            json!({"type": "resourceCreated", "resource": "x"}),
            json!({"type": "resourceCreated", "resource": {"type": "authorisation"}}),
            json!({"type": "resourceCreated", "resource": {"type": "authorisation", "id": "../x"}}),
            json!({"type": "resourceDeleted", "resource": {"type": "bankAccount", "id": ""}}),
            json!({"type": "resourceDeleted", "resource": {"type": "bankAccount", "id": "a".repeat(ID_MAX + 1)}}),
            json!({"type": "resourceCreated", "resource": {"type": "bankAccount", "id": "a"}}),
            testbed::created(ACCOUNT, "ext-1", "yesterday"),
        ] {
            assert_eq!(bed.notify(&bad).await, 400, "{bad}");
        }
        for unknown in [
            json!({"type": "resourceMelted", "resource": {"type": "bankAccount"}}),
            json!({"type": "resourceCreated", "resource": {"type": "teapot", "id": 5}}),
            testbed::deleted(&"a".repeat(ID_MAX), "ext-1"),
        ] {
            assert_eq!(bed.notify(&unknown).await, 204, "{unknown}");
        }
        assert_eq!(
            bed.notify(&testbed::created(ACCOUNT, "ext-unknown", "2026-01-01"))
                .await,
            404
        );
    }

    #[tokio::test]
    async fn bodies_are_bounded_and_need_not_be_text() {
        let bed = Bed::new(&[]).await;
        assert_eq!(bed.notify_raw(b"\xff\xfe{".to_vec()).await, 400);
        assert_eq!(bed.notify_raw(vec![b'['; 500_000]).await, 400);
        assert_eq!(
            bed.notify_raw(vec![b' '; super::super::BODY_MAX]).await,
            400
        );
        assert_eq!(
            bed.notify_raw(vec![b' '; super::super::BODY_MAX + 1]).await,
            413
        );
    }

    #[tokio::test]
    async fn a_repeated_creation_posts_nothing_more() {
        let bed = Bed::new(&[]).await;
        for _ in 0..2 {
            assert_eq!(
                bed.notify(&testbed::created(
                    ACCOUNT,
                    "ext-1",
                    "2026-01-01T00:00:00.000Z"
                ))
                .await,
                204
            );
            bed.provider.settled().await;
        }
        assert_eq!(bed.service.count(STATEMENTS), 1);
    }

    /// Links two accounts, deletes one, books on both; returns the statuses of the deletion and its repetition.
    async fn offboarded(faults: &[Fault]) -> (Bed, u16, u16, Vec<String>) {
        let bed = Bed::new(faults).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await;
        bed.notify(&testbed::created(SIBLING, "ext-2", "2026-01-01"))
            .await;
        bed.provider.settled().await;
        let before = bed.service.count(STATEMENTS);
        let first = bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await;
        let second = bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await;
        assert_eq!(bed.lever("").await, 202);
        bed.provider.settled().await;
        let mut fed: Vec<String> = bed.service.bodies(STATEMENTS)[before..]
            .iter()
            .map(|body| body["data"]["principalId"].as_str().unwrap().to_owned())
            .collect();
        fed.sort();
        (bed, first, second, fed)
    }

    #[tokio::test]
    async fn a_deleted_account_falls_silent_and_its_sibling_is_fed() {
        let (bed, first, second, fed) = offboarded(&[]).await;
        assert_eq!((first, second), (204, 204));
        assert_eq!(fed, [SIBLING]);
        assert_eq!(
            bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
                .await,
            204
        );
        let before = bed.service.count(STATEMENTS);
        bed.provider.settled().await;
        assert_eq!(
            bed.service.count(STATEMENTS),
            before,
            "a deleted account is never linked again"
        );
    }

    #[tokio::test]
    async fn a_deletion_is_answered_when_no_statement_is_on_its_way() {
        let bed = Bed::new(&[]).await;
        let release = Arc::new(tokio::sync::Notify::new());
        let accepted = r#"{"data":{"_id":"s-1"}}"#;
        bed.service
            .script(STATEMENTS, [testbed::held(201, accepted, &release)]);
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
            .await;
        bed.service.reached(STATEMENTS, 1).await;
        let event = testbed::deleted(ACCOUNT, "ext-1");
        let answered = bed.notify(&event);
        tokio::pin!(answered);
        tokio::select! {
            biased;
            _ = &mut answered => panic!("a statement was still on its way"),
            () = tokio::task::yield_now() => release.notify_one(),
        }
        assert_eq!(answered.await, 204);
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), 1);
        assert_eq!(bed.service.count("GET /v1/statements/s-1"), 0);
    }

    #[tokio::test]
    async fn offboarding_faults_deviate_in_one_way_each() {
        let (_, first, second, fed) = offboarded(&[Fault::RefusesOffboardingNotification]).await;
        assert_eq!((first, second, fed), (500, 500, vec![SIBLING.to_owned()]));
        let (_, first, second, fed) = offboarded(&[Fault::RefusesRepeatedOffboarding]).await;
        assert_eq!((first, second, fed), (204, 500, vec![SIBLING.to_owned()]));
        let (_, first, second, fed) = offboarded(&[Fault::KeepsPostingAfterOffboarding]).await;
        assert_eq!(
            (first, second, fed),
            (204, 204, vec![ACCOUNT.to_owned(), SIBLING.to_owned()])
        );
        let (_, first, second, fed) = offboarded(&[Fault::StopsSiblingsOnOffboarding]).await;
        assert_eq!((first, second, fed), (204, 204, vec![]));
    }

    #[tokio::test]
    async fn onboarding_faults_deviate_in_one_way_each() {
        let bed = Bed::new(&[Fault::RefusesAuthorisationNotification]).await;
        assert_eq!(bed.notify(&testbed::announced(AUTHORISATION)).await, 500);
        assert_eq!(bed.open(AUTHORISATION).await.0, 200);
        let bed = Bed::new(&[Fault::RefusesAccountNotification]).await;
        assert_eq!(
            bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
                .await,
            500
        );
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), 0);
        let bed = Bed::new(&[Fault::NoFirstStatement]).await;
        assert_eq!(
            bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
                .await,
            204
        );
        bed.provider.settled().await;
        assert_eq!(bed.service.count(STATEMENTS), 0);
    }
}
