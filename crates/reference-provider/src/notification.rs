//! Receives the service's notifications: checks the credentials, stores the content, responds at once.
//!
//! The response is 401 for wrong credentials, 400 for a body that is no notification, 404 for the creation of an account
//! that the bank does not have, 503 when Sage ID's keys are not available, and 204 for everything else: unknown types and
//! repetitions have no effect. `posting` does the work that follows in the background.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use super::Inner;
use super::date;
use super::delivery;
use super::fault::Fault;
use super::link::Batch;
use super::posting;
use super::sender::{authenticate, refuse};
use super::settings::Settings;
use super::state::State;
use super::variant::Variant;

/// The longest accepted id, in bytes.
const ID_MAX: usize = 200;
/// The longest time that the response to a deletion waits for a statement that is being sent.
const QUIET_WAIT: Duration = Duration::from_secs(1);
/// The time after a deletion at which a fault posts once more.
const AFTERWARDS: Duration = Duration::from_millis(20);

/// The content of a notification, as far as the provider acts on it.
#[derive(Debug, PartialEq, Eq)]
enum Notification {
    /// An authorisation was created, for linking or for renewing; the payload is the same.
    Announced {
        key: Uuid,
        id: String,
        bank: Option<String>,
    },
    /// A bank account was created, by the customer's choice or from a candidate; the payload is the same.
    Created {
        id: String,
        external_id: String,
        start: Option<String>,
        bank: Option<String>,
    },
    /// A bank account was deleted.
    Deleted {
        id: String,
        /// The provider's external id, which only a fault uses.
        external_id: Option<String>,
    },
    /// A notification of another type.
    Other,
}

/// Handles `POST /notification`.
pub(super) async fn receive(
    Shared(inner): Shared<Arc<Inner>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_trusted(&inner.settings, &body)
        && let Err(refusal) = authenticate(&inner, &headers).await
    {
        return refusal;
    }
    if let Some(refusal) = refused_form(&inner.settings, &headers, &body) {
        return refusal;
    }
    if inner.settings.has(Variant::TokenAtStart) {
        let early = Arc::clone(&inner);
        let fetch = async move {
            early
                .closing
                .run_until_cancelled(early.fetch_token_early())
                .await
        };
        inner.tracker.spawn(fetch);
    }
    let settings = &inner.settings;
    if inner.state().is_stuck {
        return StatusCode::NO_CONTENT.into_response();
    }
    match read(&body) {
        Err(reason) => {
            inner.state().is_stuck = settings.shows(Fault::StuckAfterMalformedNotification);
            if settings.shows(Fault::FailsOnMalformedNotifications) {
                return refuse(StatusCode::INTERNAL_SERVER_ERROR, reason);
            }
            refuse(StatusCode::BAD_REQUEST, reason)
        }
        Ok(Notification::Other) if settings.shows(Fault::RefusesUnknownTypes) => refuse(
            StatusCode::BAD_REQUEST,
            "the notification has an unknown type",
        ),
        Ok(Notification::Announced { key, id, bank }) => {
            announced(&inner, key, &id, bank.as_deref())
        }
        Ok(Notification::Created {
            id,
            external_id,
            start,
            bank,
        }) => created(&inner, &id, &external_id, bank.as_deref(), start.as_deref()).await,
        Ok(Notification::Deleted { id, external_id }) => {
            deleted(&inner, &id, external_id.as_deref()).await
        }
        Ok(Notification::Other) => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Tells whether a fault processes a notification whatever its credentials.
fn is_trusted(settings: &Settings, body: &[u8]) -> bool {
    match read(body) {
        Ok(Notification::Deleted { .. }) => settings.shows(Fault::DeletionCredentialsNotChecked),
        Ok(Notification::Created { .. }) => settings.shows(Fault::CreationCredentialsNotChecked),
        _ => false,
    }
}

/// Refuses a notification for its form, as faults of the provider do.
fn refused_form(settings: &Settings, headers: &HeaderMap, body: &[u8]) -> Option<Response> {
    let shows = |fault| settings.shows(fault);
    let begins_with_type = || {
        let text = String::from_utf8_lossy(body);
        let inside = text.trim_start().strip_prefix('{').map(str::trim_start);
        inside.is_some_and(|members| members.starts_with("\"type\""))
    };
    let charset = || {
        let media_type = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        media_type.is_some_and(|media_type| media_type.contains(&b';'))
    };
    let (status, reason) = if shows(Fault::RefusesExtraMembers) && has_extra_members(body) {
        (
            StatusCode::BAD_REQUEST,
            "the notification has an unknown member",
        )
    } else if shows(Fault::NeedsTypeFirst) && !begins_with_type() {
        (
            StatusCode::BAD_REQUEST,
            "the notification does not begin with its type",
        )
    } else if shows(Fault::RefusesCharset) && charset() {
        (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the media type is not application/json",
        )
    } else if shows(Fault::RefusesLargeNotifications) && body.len() > 1024 {
        (
            StatusCode::PAYLOAD_TOO_LARGE,
            "the notification is too large",
        )
    } else {
        return None;
    };
    Some(refuse(status, reason))
}

/// Tells whether a notification has members beyond the documented ones.
fn has_extra_members(body: &[u8]) -> bool {
    let known = ["type", "resource", "additionalData"];
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let members = document.as_object();
    members.is_some_and(|members| members.keys().any(|name| !known.contains(&name.as_str())))
}

fn read(body: &[u8]) -> Result<Notification, &'static str> {
    let document: Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
    let kind = document["type"]
        .as_str()
        .ok_or("the notification has no type")?;
    // Other types may be added one day; the provider ignores their content.
    if !matches!(kind, "resourceCreated" | "resourceDeleted") {
        return Ok(Notification::Other);
    }
    let resource = &document["resource"];
    let resource_kind = resource["type"]
        .as_str()
        .ok_or("the notification has no resource type")?;
    let additional = &document["additionalData"];
    match (kind, resource_kind) {
        ("resourceCreated", "authorisation") => {
            let id = read_id(&resource["id"])?;
            let key = Uuid::try_parse(&id).map_err(|_| "the authorisation id is not a UUID")?;
            Ok(Notification::Announced {
                key,
                id,
                bank: bank(additional),
            })
        }
        ("resourceCreated", "bankAccount") => Ok(Notification::Created {
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
                        .ok_or("the requested start date is not a date")?,
                ),
            },
            bank: bank(additional),
        }),
        ("resourceDeleted", "bankAccount") => Ok(Notification::Deleted {
            id: read_id(&resource["id"])?,
            external_id: additional["externalId"].as_str().map(str::to_owned),
        }),
        _ => Ok(Notification::Other),
    }
}

fn bank(additional: &Value) -> Option<String> {
    additional["bankId"].as_str().map(str::to_owned)
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

fn announced(inner: &Inner, key: Uuid, id: &str, bank: Option<&str>) -> Response {
    let now = inner.clock.now();
    let known = {
        let mut state = inner.state();
        let known = state.authorisations.is_announced(key);
        if inner.settings.shows(Fault::RepeatedAnnouncementRenews) {
            state.authorisations.forget(key);
        }
        state.authorisations.announce(key, id, bank, now);
        if inner.settings.shows(Fault::ForgetsEarlierAnnouncements) {
            state.authorisations.forget_others(key);
        }
        if inner.settings.shows(Fault::RepeatedAnnouncementExtendsLife) {
            state.authorisations.extend(key, now);
        }
        known
    };
    let refused = inner
        .settings
        .shows(Fault::RefusesAuthorisationNotification)
        || known && inner.settings.shows(Fault::RefusesRepeatedAnnouncement);
    if refused {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the notification could not be processed",
        );
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn created(
    inner: &Arc<Inner>,
    id: &str,
    external_id: &str,
    bank: Option<&str>,
    start: Option<&str>,
) -> Response {
    let known = inner.state().links.holds(id);
    let refused = inner.settings.shows(Fault::RefusesAccountNotification)
        || known
            && inner
                .settings
                .shows(Fault::RefusesRepeatedAccountNotification);
    if refused {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the notification could not be processed",
        );
    }
    if inner.settings.shows(Fault::LateCreationRevivesAccount) {
        inner.state().links.revive(id);
    }
    if !posting::link(inner, id, external_id, bank, start) {
        return refuse(
            StatusCode::NOT_FOUND,
            "the bank has no account with this external id",
        );
    }
    if known && inner.settings.shows(Fault::RestartsFeedOnRepetition) {
        let mut state = inner.state();
        let state = &mut *state;
        state.links.restart(id, &state.ledger);
    }
    if inner.settings.shows(Fault::DemandsAuthorisationAtOnce) {
        posting::demand_authorisation(inner, id).await;
    }
    if !inner.settings.shows(Fault::NoFirstStatement) {
        posting::wake(inner, id);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// Unlinks the account; before the response, it waits until no statement for the account is being sent, or [`QUIET_WAIT`].
async fn deleted(inner: &Arc<Inner>, id: &str, external_id: Option<&str>) -> Response {
    let (known, last, siblings, control) = {
        let mut state = inner.state();
        let state = &mut *state;
        let known = state.links.holds(id);
        let last = state.links.closing(id, &state.ledger);
        let mut siblings = state.links.siblings(id);
        siblings.retain(|sibling| sibling != id);
        let ids = ended(&inner.settings, state, id, external_id);
        if inner.settings.shows(Fault::UnlistsSiblingsOnOffboarding) {
            state.links.withdraw(id);
        }
        let control: Vec<_> = ids.iter().filter_map(|id| state.links.unlink(id)).collect();
        (known, last, siblings, control)
    };
    for control in control {
        let _ = tokio::time::timeout(QUIET_WAIT, control.gate.lock()).await;
    }
    follow_up(inner, last, siblings);
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

/// Returns the ids of the accounts that a deletion ends, with the provider's faults.
fn ended(
    settings: &Settings,
    state: &mut State,
    id: &str,
    external_id: Option<&str>,
) -> Vec<String> {
    let shows = |fault| settings.shows(fault);
    let keeps = shows(Fault::KeepsPostingAfterOffboarding)
        || shows(Fault::KeepsPostingUnderAnotherSpelling)
        || shows(Fault::KeepsPostingForFurtherAccounts) && state.links.is_further(id)
        || shows(Fault::FinishesSeriesAfterOffboarding) && state.links.end_after_series(id);
    if keeps {
        return Vec::new();
    }
    let named = external_id.and_then(|external_id| state.ledger.find(external_id));
    if let Some(place) = named
        && shows(Fault::LateDeletionStopsReconnectedAccount)
    {
        return state.links.ids_of(place);
    }
    if state.links.holds(id) && shows(Fault::StopsSiblingsOnOffboarding) {
        return state.links.siblings(id);
    }
    vec![id.to_owned()]
}

/// Posts after a deletion what only faults post: a last statement, or demands for the siblings.
fn follow_up(inner: &Arc<Inner>, last: Option<Batch>, siblings: Vec<String>) {
    let mut posted = Vec::new();
    if inner.settings.shows(Fault::FinalStatementAfterOffboarding) {
        posted.extend(last);
    }
    if inner
        .settings
        .shows(Fault::DeletionDemandsAuthorisationOfSiblings)
    {
        let state = inner.state();
        posted.extend(siblings.iter().filter_map(|id| state.links.demand(id)));
    }
    if posted.is_empty() {
        return;
    }
    let inner = Arc::clone(inner);
    inner.tracker.clone().spawn(async move {
        tokio::time::sleep(AFTERWARDS).await;
        for batch in posted {
            delivery::send_once(&inner, &batch).await;
        }
    });
}

#[cfg(test)]
mod tests;
