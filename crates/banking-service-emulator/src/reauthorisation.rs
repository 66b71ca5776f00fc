//! Renewing a consent: started by the product (C12), brought into effect by the provider's report.
//!
//! Beginning and polling are `linking`'s, the customer's way is `screen`'s, reading the report
//! `authorisation`'s.

use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::refusal::Refusal;
use super::route::CompanyPath;
use super::settings::RenewedUnfed;
use super::state::{AccountStatus, SessionPurpose, State};
use super::{Fault, account, consumer_gate, linking, reply};

/// C12, GET indirectauth: opens a re-authorisation and notifies the provider (N2) before it answers.
///
/// It may start on an account that is active: a ruling, as a customer may renew ahead of time.
///
/// # Errors
/// 401 or 403 for the caller, 404 for an account that does not exist or belongs to another company, 409 for a
/// cancelled one.
pub(super) async fn start(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
    id: &str,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let (bank, account) = {
        let mut state = context.state();
        let account = account::find(&mut state, owner, id)?;
        account::check_alive(account)?;
        (account.bank, account.id)
    };
    let begun = linking::begin(context, owner, bank, SessionPurpose::Renew(account)).await?;
    let redirect = begun.redirect.clone();
    let mut body = begun.into_body();
    if !context.shows(Fault::ReauthorisationWithoutRedirect) {
        return Ok(reply::redirect(&redirect, Some(&body)));
    }
    if let Some(members) = body.as_object_mut() {
        members.shift_remove("redirect");
    }
    Ok(reply::json(StatusCode::FOUND, &body))
}

/// Makes the account and its siblings active if they wait for the consent that was renewed.
///
/// Siblings are the accounts of the same company and bank under the same bankIdentifier, as that
/// stands for the customer's authorisation. Source: multi-account and re-authorisation flows.
pub(super) fn take_effect(context: &Context, state: &mut State, account: Uuid) {
    if context.shows(Fault::ReauthorisedAccountStaysRequired) {
        return;
    }
    let State {
        accounts,
        companies,
        ..
    } = state;
    let Some(renewed) = accounts.get(&account) else {
        return;
    };
    let (owner, bank) = (renewed.owner, renewed.bank);
    let unfed = context.settings().rulings.renewed_unfed;
    let identifier = renewed.listed.bank_identifier.clone();
    for id in companies.get(&owner).into_iter().flatten() {
        if let Some(account) = accounts.get_mut(id)
            && account.status == AccountStatus::AuthRequired
            && account.bank == bank
            && account.listed.bank_identifier == identifier
        {
            account.status = match unfed {
                RenewedUnfed::Pending if !account.had_transactions => AccountStatus::Pending,
                _ => AccountStatus::Active,
            };
        }
    }
}
