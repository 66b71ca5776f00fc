//! POST sync: the provider reports that it could not fetch a customer's data.
//!
//! One page mentions it, without a version in the path and without a response; 202 is a ruling.
//! It names no account, so nothing is changed by it.

use axum::http::StatusCode;
use axum::response::Response;

use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::refusal::Refusal;
use super::{provider_gate, reply};

/// Takes the report of a failed sync; 202.
///
/// # Errors
/// The gate's; 400 or 415 for the body.
pub(super) fn report(context: &Context, call: &Call) -> Result<Response, Refusal> {
    provider_gate::admit(context, call)?;
    let body = call.json()?;
    let report = Fields::read("", &body)?;
    if report.text("status")? != "FAILED" {
        return Err(report.refuse("status", "must be `FAILED`"));
    }
    report.text("reason")?;
    report.date_time("timestamp")?;
    Ok(reply::empty(StatusCode::ACCEPTED))
}
