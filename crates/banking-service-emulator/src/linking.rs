//! Starting to link an account (C4) and polling for the outcome (C5).
//!
//! Renewing a consent begins and ends the same way; its differences are left to `reauthorisation`, the customer's screens
//! to `screen`, the provider's report to `authorisation`.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::moment::Moment;
use super::notification::Notification;
use super::refusal::Refusal;
use super::route::CompanyPath;
use super::state::{
    CompanyKey, ListedAccount, OfferedAccount, PollRoute, Session, SessionPurpose, SessionStage,
    State,
};
use super::{Fault, consumer_gate, reply};

/// C4, GET indirectlinkaccount: opens an authorisation and notifies the provider before it answers.
///
/// The provider's answer is awaited, so that the authorisation is announced before a browser can
/// open it; a refusal or a missing answer does not stop the flow.
///
/// # Errors
/// 401 or 403 for the caller, 400 without a bank, 404 for an unknown one.
pub(super) async fn start(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let bank = call.parameter("bankid").ok_or_else(|| {
        Refusal::malformed("the query parameter bankid is missing; it must be the id of a bank")
    })?;
    let bank = Uuid::try_parse(bank)
        .map_err(|_| Refusal::malformed("the query parameter bankid must be a UUID"))?;
    let begun = begin(context, owner, bank, SessionPurpose::Link).await?;
    let redirect = begun.redirect.clone();
    Ok(reply::redirect(&redirect, Some(&begun.into_body())))
}

/// An authorisation that the provider was notified of.
pub(super) struct OpenedAuthorisation {
    /// The screen the browser has to open.
    pub(super) redirect: String,
    route: String,
    period: u128,
}

impl OpenedAuthorisation {
    /// Returns the body of the response to the product.
    pub(super) fn into_body(self) -> Value {
        json!({
            "redirect": self.redirect,
            "pollRoute": self.route,
            "pollPeriod": self.period,
        })
    }
}

/// Makes the unguessable `state` of a session.
fn new_state(context: &Context) -> String {
    let random = Uuid::new_v4();
    match &context.settings().state_prefix {
        Some(prefix) => format!("{prefix}-{random}"),
        None => random.to_string(),
    }
}

/// Opens an authorisation for any purpose, and waits until the notification is delivered.
///
/// # Errors
/// 404 for an unknown bank.
pub(super) async fn begin(
    context: &Context,
    owner: CompanyKey,
    bank: Uuid,
    purpose: SessionPurpose,
) -> Result<OpenedAuthorisation, Refusal> {
    let id = Uuid::new_v4();
    let (url, route) = {
        let mut state = context.state();
        let url = state
            .banks
            .get(&bank)
            .map(|registered| registered.bank.callbacks.notification.clone())
            .ok_or_else(|| Refusal::not_found("no bank has this bankid"))?;
        let session = Session {
            owner,
            bank,
            purpose,
            state: new_state(context),
            created: Moment::now(),
            stage: SessionStage::Open,
        };
        state.sessions.insert(id, session);
        (url, new_poll(context, &mut state, id))
    };
    Notification::authorisation_created(url, id, bank)
        .deliver(context)
        .await;
    Ok(OpenedAuthorisation {
        redirect: format!("{}/ui/authorisations/{id}", context.base_url()),
        route,
        period: poll_period(context),
    })
}

/// C5, GET of a poll route: 202 with the next route, or 200 with the outcome. Each route is usable once.
///
/// # Errors
/// 404 for a route that no response contained, 410 for one that was used.
pub(super) fn poll(context: &Context, token: &str) -> Result<Response, Refusal> {
    let mut state = context.state();
    let unknown = || Refusal::not_found("this poll route is unknown");
    let poll = state.polls.get_mut(token).ok_or_else(unknown)?;
    if std::mem::replace(&mut poll.used, true) {
        return Err(Refusal::new(
            StatusCode::GONE,
            "used",
            "this poll route was used; the response to its use contains the next pollRoute",
        ));
    }
    let id = poll.session;
    let session = state.sessions.get_mut(&id).ok_or_else(unknown)?;
    let life = context.settings().rulings.authorisation_life;
    if matches!(session.stage, SessionStage::Open) && session.created.outlived(life, Moment::now())
    {
        session.stage = SessionStage::Failed;
    }
    let (owner, bank) = (session.owner, session.bank);
    let chosen = match &session.stage {
        SessionStage::Open | SessionStage::Succeeded(_) => {
            let route = new_poll(context, &mut state, id);
            let body = json!({ "pollRoute": route, "pollPeriod": poll_period(context) });
            return Ok(reply::json(StatusCode::ACCEPTED, &body));
        }
        SessionStage::Renewed => {
            // A renewal has no account to choose or to create.
            let body = json!({ "account": null, "success": true });
            return Ok(reply::json(StatusCode::OK, &body));
        }
        SessionStage::Failed => None,
        SessionStage::Chosen(listed) => Some(listed.clone()),
    };
    let chosen = chosen.filter(|_| !context.shows(Fault::PollReportsFailure));
    let body = json!({ "account": chosen.as_ref().map(shown), "success": chosen.is_some() });
    if let Some(listed) = chosen {
        let offer = OfferedAccount {
            owner,
            bank,
            listed: listed.clone(),
            taken: false,
        };
        state.offers.insert(listed.key, offer);
    }
    Ok(reply::json(StatusCode::OK, &body))
}

fn shown(listed: &ListedAccount) -> Value {
    json!({
        "accountName": listed.name,
        "accountKey": listed.key,
        "accountIdentifier": listed.account_identifier,
        "bankIdentifier": listed.bank_identifier,
        "branchIdentifier": listed.branch_identifier,
        "bankAccountExternalId": listed.external_id,
    })
}

fn new_poll(context: &Context, state: &mut State, session: Uuid) -> String {
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let route = format!("{}/api/v1/poll/{token}", context.base_url());
    let poll = PollRoute {
        session,
        used: false,
    };
    state.polls.insert(token, poll);
    route
}

fn poll_period(context: &Context) -> u128 {
    context.settings().rulings.poll_period.as_millis()
}
