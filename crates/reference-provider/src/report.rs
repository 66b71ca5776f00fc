//! The report on an authorisation: tells the Service that a customer consented, and of which accounts.
//!
//! The pages before and the way back after it are `auth`'s, what is listed is `listing`'s.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;
use serde_json::json;
use tokio::sync::oneshot;

use super::Inner;
use super::authorisation::{Purpose, Session, Taken};
use super::caller::{CallError, Request};
use super::fault::Fault;
use super::listing;
use super::posting;
use super::redirect::RESERVED;

/// How often a report is sent at most.
const ATTEMPTS: u32 = 3;
/// The longest pause before a repetition, because a customer is waiting.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long all attempts may take together: what stands between a browser and a provider gives up after half a minute.
const TIME_MAX: Duration = Duration::from_secs(25);

/// Makes the request that reports a success; a renewal lists no accounts.
pub(super) fn request(inner: &Inner, taken: &Taken) -> Request {
    let mut data = json!({ "status": "success" });
    let lists = !taken.session.purpose.renews()
        || inner.settings.shows(Fault::ReauthorisationListsAccounts);
    if let (true, Some(customer)) = (lists, taken.session.customer) {
        data["bankAccounts"] = json!(listing::report(
            &mut inner.state(),
            &inner.settings,
            customer
        ));
    }
    let content_type = match inner.settings.shows(Fault::PatchWithWrongContentType) {
        true => "text/plain",
        false => "application/json",
    };
    Request {
        method: Method::PATCH,
        path: format!(
            "authorisations/{}",
            utf8_percent_encode(&taken.authorisation, RESERVED)
        ),
        body: Some((content_type, json!({ "data": data }).to_string().into())),
    }
}

/// Sends the report; after it is acknowledged, the consent stands, and a customer who renewed it is fed again.
///
/// `begins` is told when the report is on its way.
pub(super) async fn conclude(
    inner: &Arc<Inner>,
    request: &Request,
    session: &Session,
    begins: oneshot::Sender<()>,
) -> bool {
    let acknowledged = send(inner, request, begins).await;
    match (&session.purpose, session.customer) {
        _ if !acknowledged => {}
        (&Purpose::Renew { customer }, _) => posting::resume(inner, customer),
        (Purpose::Link, Some(customer)) => inner.state().links.gain_consent(customer),
        (Purpose::Link, None) => {}
    }
    acknowledged
}

/// Sends the report within the time that a customer can be asked to wait, and says whether it was acknowledged.
async fn send(inner: &Inner, request: &Request, begins: oneshot::Sender<()>) -> bool {
    let in_time = tokio::time::timeout(TIME_MAX, attempt(inner, request, begins)).await;
    in_time.unwrap_or_else(|_| {
        tracing::warn!("report on an authorisation not acknowledged in time");
        false
    })
}

/// Sends the report until the Service says what becomes of it.
///
/// It is repeated when the Service was too busy to look at it, and when it may have been taken without a word of it
/// reaching us: the Service would then feed on a consent of which this provider knows nothing. An authorisation is
/// good for one report, so a conflict after such a doubt says that an earlier attempt was taken.
async fn attempt(inner: &Inner, request: &Request, begins: oneshot::Sender<()>) -> bool {
    let mut doubtful = false;
    let mut begins = Some(begins);
    for attempt in 1..=ATTEMPTS {
        inner.turn().await;
        if let Some(begins) = begins.take() {
            // Nobody listens, unless it matters.
            let _ = begins.send(());
        }
        let least = match inner.call_in_turn(request).await {
            Ok(answer) if answer.status.is_success() => return true,
            Ok(answer) if doubtful && answer.status == StatusCode::CONFLICT => return true,
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                if inner.settings.shows(Fault::IgnoresThrottling) {
                    continue;
                }
                Some(answer.retry_after.unwrap_or_default())
            }
            Ok(answer) if answer.status.is_server_error() => {
                doubtful = true;
                answer.retry_after
            }
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::warn!(status, "report on an authorisation refused");
                return false;
            }
            Err(error @ CallError::NoToken(_)) => {
                tracing::warn!(%error, "report on an authorisation not sent");
                return false;
            }
            Err(error) => {
                tracing::warn!(%error, "report on an authorisation not answered");
                doubtful = true;
                None
            }
        };
        if attempt < ATTEMPTS {
            let least = least.map(|least| least.min(PAUSE_MAX));
            tokio::time::sleep(inner.pace.pause(attempt, least)).await;
        }
    }
    false
}

#[cfg(test)]
mod tests;
