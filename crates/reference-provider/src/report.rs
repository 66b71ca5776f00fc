//! The report on an authorisation: the PATCH with the customer's consent and accounts.
//!
//! `auth` shows the pages before it and redirects the browser after it; `listing` makes the list of accounts.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Inner;
use super::authorisation::{Purpose, Session, UsedAuthorisation};
use super::caller::{ApiRequest, CallError};
use super::fault::Fault;
use super::listing;
use super::posting;
use super::redirect::RESERVED;
use super::settings::Settings;

/// The most attempts to send a report.
const ATTEMPTS: u32 = 3;
/// The longest pause before a repetition, because a customer is waiting.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// The longest time for all attempts: proxies between browser and provider often give up after half a minute.
const TIME_MAX: Duration = Duration::from_secs(25);

/// Makes the request that reports a success; for a renewal it lists no accounts.
pub(super) fn request(inner: &Inner, taken: &UsedAuthorisation) -> ApiRequest {
    let renews = taken.session.purpose.renews();
    let in_capitals = !renews && inner.settings.shows(Fault::PatchStatusInCapitals);
    let mut data = json!({ "status": if in_capitals { "SUCCESS" } else { "success" } });
    let lists = !renews || inner.settings.shows(Fault::ReauthorisationListsAccounts);
    if let (true, Some(customer)) = (lists, taken.session.customer) {
        let listed = listing::report(&mut inner.state(), &inner.settings, customer);
        data["bankAccounts"] = match listed.as_slice() {
            [only] if inner.settings.shows(Fault::SingleAccountAsObject) => json!(only),
            all => json!(all),
        };
        spoil(&mut data["bankAccounts"], &inner.settings);
    }
    let content_type = if inner.settings.shows(Fault::PatchWithWrongContentType) {
        "text/plain"
    } else {
        "application/json"
    };
    let mut authorisation = taken.authorisation.clone();
    if inner.settings.shows(Fault::PatchNamesLatestAuthorisation)
        && let Some(latest) = inner.state().authorisations.latest()
    {
        latest.clone_into(&mut authorisation);
    }
    ApiRequest {
        method: Method::PATCH,
        path: format!(
            "authorisations/{}",
            utf8_percent_encode(&authorisation, RESERVED)
        ),
        body: Some((content_type, json!({ "data": data }).to_string().into())),
        without_key: false,
    }
}

/// Leaves a field of all accounts out, or repeats an external id, as a fault says.
fn spoil(listed: &mut Value, settings: &Settings) {
    let Some(accounts) = listed.as_array_mut() else {
        return;
    };
    for (fault, field) in [
        (Fault::PatchWithoutExternalId, "bankAccountExternalId"),
        (Fault::PatchWithoutBankIdentifier, "bankIdentifier"),
        (Fault::PatchWithoutAccountIdentifier, "accountIdentifier"),
    ] {
        if settings.shows(fault) {
            for account in accounts.iter_mut().filter_map(Value::as_object_mut) {
                account.remove(field);
            }
        }
    }
    if settings.shows(Fault::AccountsShareAnExternalId)
        && let [_, second, third, ..] = accounts.as_mut_slice()
    {
        third["bankAccountExternalId"] = second["bankAccountExternalId"].clone();
    }
}

/// Sends the report; once it is acknowledged, records the consent, or resumes posting for a customer who renewed it.
///
/// `begins` receives a message when the first attempt begins. Returns whether the service acknowledged the report.
pub(super) async fn conclude(
    inner: &Arc<Inner>,
    request: &ApiRequest,
    session: &Session,
    begins: oneshot::Sender<()>,
) -> bool {
    let acknowledged = send(inner, request, begins).await;
    if acknowledged && inner.settings.shows(Fault::ReportsTwice) {
        let _ = inner.call(request).await;
    }
    match (&session.purpose, session.customer) {
        _ if !acknowledged => {}
        (&Purpose::Renew { customer }, _) => posting::resume(inner, customer),
        (Purpose::Link, Some(customer)) => inner.state().links.gain_consent(customer),
        (Purpose::Link, None) => {}
    }
    acknowledged
}

/// Sends the report within the time that a customer waits, and returns whether it was acknowledged.
async fn send(inner: &Inner, request: &ApiRequest, begins: oneshot::Sender<()>) -> bool {
    let in_time = tokio::time::timeout(TIME_MAX, attempt(inner, request, begins)).await;
    in_time.unwrap_or_else(|_| {
        tracing::warn!("report on an authorisation not acknowledged in time");
        false
    })
}

/// Sends the report until the service acknowledges or refuses it.
///
/// The provider repeats it after a 429, and when the service may have processed it without a response: the service would
/// then rely on a consent that this provider has not recorded. An authorisation is valid for one report, so a conflict
/// after such an attempt means that the service processed it.
async fn attempt(inner: &Inner, request: &ApiRequest, begins: oneshot::Sender<()>) -> bool {
    let mut doubtful = false;
    let mut begins = Some(begins);
    for attempt in 1..=ATTEMPTS {
        inner.turn().await;
        if let Some(begins) = begins.take() {
            // Only the fault that redirects early keeps the receiver.
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
