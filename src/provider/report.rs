//! The report on an authorisation: tells the Service that a customer consented, and of which accounts.
//!
//! The pages before and the way back after it are `auth`'s, what is listed is `listing`'s.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;
use serde_json::json;

use super::Inner;
use super::authorisation::Taken;
use super::caller::Request;
use super::fault::Fault;
use super::listing;
use super::posting;
use super::redirect::RESERVED;

/// How often a report is sent at most when the Service says that requests come too fast.
const REPORT_ATTEMPTS: u32 = 3;
/// The longest pause before such a repetition, because a customer is waiting.
const REPORT_PAUSE_MAX: Duration = Duration::from_secs(10);

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

/// Sends the report; after it is acknowledged, a customer who renewed the consent is fed again.
pub(super) async fn conclude(
    inner: &Arc<Inner>,
    request: &Request,
    renewed: Option<usize>,
) -> bool {
    let acknowledged = send(inner, request).await;
    if let (true, Some(customer)) = (acknowledged, renewed) {
        posting::resume(inner, customer);
    }
    acknowledged
}

/// Sends the report; it is repeated only when the Service was too busy to look at it, because an authorisation is
/// good for one report.
async fn send(inner: &Inner, request: &Request) -> bool {
    for attempt in 1..=REPORT_ATTEMPTS {
        match inner.call(request).await {
            Ok(answer) if answer.status.is_success() => return true,
            Ok(answer)
                if answer.status == StatusCode::TOO_MANY_REQUESTS && attempt < REPORT_ATTEMPTS =>
            {
                if !inner.settings.shows(Fault::IgnoresThrottling) {
                    let asked = answer.retry_after.unwrap_or_default().min(REPORT_PAUSE_MAX);
                    tokio::time::sleep(asked.max(inner.pace.throttled_min)).await;
                }
            }
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::warn!(status, "report on an authorisation refused");
                return false;
            }
            Err(error) => {
                tracing::warn!(%error, "report on an authorisation not answered");
                return false;
            }
        }
    }
    false
}
