//! PATCH authorisations: the provider reports how an authorisation ended.
//!
//! Source: seed, authorisations page; statuses beside 204, 409 and 403 are rulings. When the
//! browser comes back is left to `screen`, the effect of a renewed consent to `reauthorisation`.

use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::moment::Moment;
use super::refusal::Refusal;
use super::settings::{RenewalWithAccounts, Rulings};
use super::state::{ListedAccount, SessionPurpose, SessionStage};
use super::{Fault, provider_gate, reauthorisation, reply};

/// Maximum number of accounts one report may list.
const ACCOUNTS_MAX: usize = 1_000;

/// Takes the report of an authorisation; 204.
///
/// # Errors
/// In this order: 403 for the key, 429 for the rate, 401 or 403 for the bearer, 403 for the content type, 409 for
/// an id that is unknown, used or expired, 400 for the body, which leaves the session open.
pub(super) fn report(context: &Context, call: &Call, id: &str) -> Result<Response, Refusal> {
    let rulings = &context.settings().rulings;
    if !context.shows(Fault::ApiKeyNotChecked) {
        provider_gate::check_api_key(context, call)?;
    }
    provider_gate::check_rate(context)?;
    if !context.shows(Fault::PatchBearerNotChecked) {
        check_bearer(context, call)?;
    }
    if !call.declares_json() && !context.shows(Fault::PatchContentTypeNotChecked) {
        return Err(Refusal::new(
            rulings.wrong_patch_type,
            "wrong_content_type",
            "the content-type must be application/json",
        ));
    }
    // Read before the lock is taken; its mistakes count only after those of the id.
    let report = AuthorisationReport::read(context, call);
    let mut state = context.state();
    let session = Uuid::try_parse(id)
        .ok()
        .and_then(|id| state.sessions.get_mut(&id));
    let Some(session) = session else {
        if context.shows(Fault::WrongAuthorisationAccepted) {
            return Ok(reply::empty(StatusCode::NO_CONTENT));
        }
        return Err(Refusal::conflict("no authorisation has this id"));
    };
    let expired = session
        .created
        .outlived(rulings.authorisation_life, Moment::now());
    if expired || !matches!(session.stage, SessionStage::Open) {
        return Err(Refusal::new(
            rulings.used_authorisation,
            "used_authorisation",
            if expired {
                "the authorisation has expired"
            } else {
                "the result of this authorisation was reported before"
            },
        ));
    }
    let (stage, renewed) = report?.resolve(rulings, session.purpose)?;
    session.stage = stage;
    if context.shows(Fault::ReportEndsOtherSessions) {
        let open = state.sessions.values_mut();
        for other in open.filter(|other| matches!(other.stage, SessionStage::Open)) {
            other.stage = SessionStage::Failed;
        }
    }
    if let Some(account) = renewed {
        reauthorisation::take_effect(context, &mut state, account);
    }
    if context.shows(Fault::ReportAnswers200) {
        return Ok(reply::json(StatusCode::OK, &json!({ "data": {} })));
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Checks the bearer of a report, unless a fault accepts it.
fn check_bearer(context: &Context, call: &Call) -> Result<(), Refusal> {
    let refusal = match provider_gate::check_bearer(context, call) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    if refusal.code == "expired_bearer" && context.shows(Fault::ExpiredBearerAccepted) {
        return Ok(());
    }
    Err(refusal)
}

/// A provider's report on an authorisation.
enum AuthorisationReport {
    /// It did not succeed.
    Failure,
    /// It succeeded with these accounts, perhaps none.
    Success(Vec<ListedAccount>),
}

impl AuthorisationReport {
    fn read(context: &Context, call: &Call) -> Result<Self, Refusal> {
        let body = call.parse_json()?;
        let data = Fields::read("", &body)?.object("data")?;
        if data.text("status")? != "success" {
            if context.settings().rulings.strict_status {
                return Err(data.refuse("status", "must be `success`"));
            }
            return Ok(Self::Failure);
        }
        let items = data.optional_list("bankAccounts")?.unwrap_or_default();
        if items.len() > ACCOUNTS_MAX {
            let expected = format!("an array of at most {ACCOUNTS_MAX} accounts");
            return Err(data.wrong("bankAccounts", &expected));
        }
        let mut identities = HashSet::new();
        let mut listed = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", data.path_of("bankAccounts"));
            let account = read_account(&Fields::read(path, item)?)?;
            // Repeated accounts are no mistake: the first one counts.
            if identities.insert((
                account.bank_identifier.clone(),
                account.account_identifier.clone(),
            )) {
                listed.push(account);
            }
        }
        Ok(Self::Success(listed))
    }

    /// The stage the report leads to, and the account whose consent it renews.
    ///
    /// A re-authorisation that lists accounts does not conform: by default it is acknowledged, changes no account and
    /// ends as failed, so that the customer sees no success.
    fn resolve(
        self,
        rulings: &Rulings,
        purpose: SessionPurpose,
    ) -> Result<(SessionStage, Option<Uuid>), Refusal> {
        match (self, purpose) {
            (Self::Failure, _) => Ok((SessionStage::Failed, None)),
            (Self::Success(listed), SessionPurpose::Link) if listed.is_empty() => {
                Err(Refusal::malformed(
                    "data.bankAccounts is missing or empty; the report on a successful authorisation must list the customer's accounts",
                ))
            }
            (Self::Success(listed), SessionPurpose::Link) => {
                Ok((SessionStage::Succeeded(listed), None))
            }
            (Self::Success(listed), SessionPurpose::Renew(account)) if listed.is_empty() => {
                Ok((SessionStage::Renewed, Some(account)))
            }
            (Self::Success(_), SessionPurpose::Renew(account)) => {
                match rulings.renewal_with_accounts {
                    RenewalWithAccounts::Fails => Ok((SessionStage::Failed, None)),
                    RenewalWithAccounts::Renews => Ok((SessionStage::Renewed, Some(account))),
                    RenewalWithAccounts::Refused => Err(Refusal::malformed(
                        "data.bankAccounts lists accounts; the report on a re-authorisation must list none",
                    )),
                }
            }
        }
    }
}

fn read_account(item: &Fields<'_>) -> Result<ListedAccount, Refusal> {
    // An empty branch breaks the rule of `n/a`, but the identity does not depend on it: plans judge it.
    let branch = item.optional_text("branchIdentifier")?.ok_or_else(|| {
        item.missing(
            "branchIdentifier",
            "a string, `n/a` for an account without a branch",
        )
    })?;
    Ok(ListedAccount {
        key: Uuid::new_v4().to_string(),
        external_id: item.text("bankAccountExternalId")?.to_owned(),
        name: item.text("accountName")?.to_owned(),
        bank_identifier: item.text("bankIdentifier")?.to_owned(),
        branch_identifier: branch.to_owned(),
        account_identifier: item.text("accountIdentifier")?.to_owned(),
    })
}
