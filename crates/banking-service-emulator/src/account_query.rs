//! POST accountqueries: the provider finds an account by its own id, after it lost a notification.
//!
//! No source names a status for mistakes; those here are rulings.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::refusal::Refusal;
use super::state::AccountStatus;
use super::{provider_gate, reply};

/// Answers with the account's id, status and start; an account that is not cancelled comes first.
///
/// # Errors
/// The gate's; 400 or 415 for the body, 404 if no account of the bank has the external id.
pub(super) fn answer(context: &Context, call: &Call) -> Result<Response, Refusal> {
    provider_gate::admit(context, call)?;
    let body = call.json()?;
    let data = Fields::read("", &body)?.object("data")?;
    let bank = data.uuid("bankId")?;
    let external_id = data.text("externalId")?;
    let state = context.state();
    let account = state
        .accounts
        .values()
        .filter(|account| account.bank == bank && account.listed.external_id == external_id)
        .min_by_key(|account| (account.status == AccountStatus::Cancelled, account.id))
        .ok_or_else(|| Refusal::not_found("no account of this bank has this externalId"))?;
    Ok(reply::json(
        StatusCode::OK,
        &json!({ "data": {
            "bankAccountId": account.id.to_string(),
            "status": account.status.word(),
            "requestedStartDate": account.start,
        } }),
    ))
}
