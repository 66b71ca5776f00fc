//! Multi-account linking: a customer's further accounts at the provider (C10), and linking one of them (C11).
//!
//! The first request for an account's candidates starts to fetch them and returns none; later requests return those
//! fetched last, and fetch them again.
//! Candidates belong to the authorisation of the account: another bankIdentifier cannot be related
//! to it. Making the account itself is left to `account`.

use std::collections::{HashMap, HashSet};

use axum::body::Body;
use axum::http::header::ACCEPT;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use tower::BoxError;
use url::Url;
use uuid::Uuid;

use super::account::NewAccount;
use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::outbound::NoResponse;
use super::refusal::Refusal;
use super::route::CompanyPath;
use super::settings::PendingCandidates;
use super::state::{AccountStatus, Candidate, ListedAccount, State};
use super::{Fault, account, consumer_gate, outbound, reply};

/// Maximum number of accounts in one request.
const ASKED_MAX: usize = 20;

/// Maximum size of a provider's list, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Maximum number of accounts of a provider's list; further ones are left out.
const LISTED_MAX: usize = 1_000;

/// C10, GET availablebankaccounts: the candidates of the accounts that `bankAccountIds` names.
///
/// Several ids may be separated by commas or repeated. An account that is linked already is listed
/// with `metadata.connected` true, one that several of them share is listed once.
///
/// # Errors
/// 401 or 403 for the caller, 400 for ids that are missing, malformed or too many, 404 for an
/// account that does not exist or belongs to another company, 409 for a cancelled one and, by setting, for a pending
/// one; then nothing is fetched.
pub(super) fn list(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let ids = read_ids(call)?;
    let mut state = context.state();
    for id in &ids {
        let account = state.account_of(owner, *id).ok_or_else(account::unknown)?;
        account::check_alive(account)?;
        let pending = account.status == AccountStatus::Pending;
        if pending && context.settings().rulings.pending_candidates == PendingCandidates::Refused {
            return Err(Refusal::conflict(
                "the account is pending; it has no candidates until it is active",
            ));
        }
    }
    let mut is_first = false;
    for id in &ids {
        is_first |= request_fetch(context, &mut state, *id);
    }
    if is_first && context.shows(Fault::FirstCandidateRequestFails) {
        return Err(Refusal::not_found("this account has no candidates yet"));
    }
    let mut seen = HashSet::new();
    let mut available = Vec::new();
    let asked = ids.iter().filter_map(|id| state.accounts.get(id));
    for id in asked.flat_map(|account| &account.candidates) {
        let Some(candidate) = state.candidates.get(id) else {
            continue;
        };
        let connected = is_connected(context, &state, candidate);
        let hidden = !connected && context.shows(Fault::CandidatesHidden);
        let identity = (
            candidate.bank,
            &candidate.listed.bank_identifier,
            &candidate.listed.account_identifier,
        );
        if !hidden && seen.insert(identity) {
            available.push(shown(*id, candidate, connected));
        }
    }
    let body = json!({ "availableAccounts": available });
    Ok(reply::json(StatusCode::OK, &body))
}

/// C11, POST linkavailablebankaccount: makes an account from a candidate and notifies the provider (N4).
///
/// # Errors
/// 401 or 403 for the caller, 400 or 415 for the body, 404 for a candidate this company was not
/// offered, 409 for one that is linked already.
pub(super) fn link(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let body = call.json()?;
    let body = Fields::read("", &body)?;
    let id = body.uuid("bankAccountCandidateId")?;
    let start = account::read_start(context, &body)?;
    let mut state = context.state();
    let Candidate {
        bank, listed, kind, ..
    } = state
        .candidates
        .get(&id)
        .filter(|candidate| candidate.owner == owner)
        .cloned()
        .ok_or_else(|| Refusal::not_found("bankAccountCandidateId is unknown; it must be one that availablebankaccounts returned to this company"))?;
    if state.same_identity(owner, bank, &listed).is_some() {
        return Err(Refusal::conflict("this account is linked already"));
    }
    let opening = NewAccount {
        name: listed.name.clone(),
        listed,
        kind: kind.unwrap_or_else(|| "DEBIT".to_owned()),
        currency: None,
        start,
        from_candidate: true,
    };
    let answer = account::open(context, &mut state, owner, bank, opening)?;
    let status = if context.shows(Fault::LinkingCandidateAnswers200) {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(reply::json(status, &answer))
}

fn read_ids(call: &Call) -> Result<Vec<Uuid>, Refusal> {
    let named = call
        .query
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("bankaccountids"))
        .flat_map(|(_, value)| value.split(','));
    let mut ids = Vec::new();
    for text in named {
        let id = Uuid::try_parse(text.trim()).map_err(|_| {
            Refusal::malformed("bankAccountIds must be UUIDs, separated by commas or repeated")
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > ASKED_MAX {
            return Err(Refusal::malformed(format!(
                "bankAccountIds has too many ids; it may have at most {ASKED_MAX}"
            )));
        }
    }
    if ids.is_empty() {
        return Err(Refusal::malformed(
            "the query parameter bankAccountIds is missing; it names the accounts whose candidates are wanted",
        ));
    }
    Ok(ids)
}

fn is_connected(context: &Context, state: &State, candidate: &Candidate) -> bool {
    state
        .same_identity(candidate.owner, candidate.bank, &candidate.listed)
        .and_then(|id| state.accounts.get(&id))
        .is_some_and(|account| {
            !(account.from_candidate && context.shows(Fault::LinkedCandidateNotConnected))
        })
}

fn shown(id: Uuid, candidate: &Candidate, connected: bool) -> Value {
    json!({
        "bankAccountCandidateId": id.to_string(),
        "accountName": candidate.listed.name,
        "accountIdentifier": candidate.listed.account_identifier,
        "bankIdentifier": candidate.listed.bank_identifier,
        "metadata": { "connected": connected },
    })
}

/// Starts to fetch an account's candidates; returns whether it is the first request.
///
/// One fetch at a time: a request during a fetch starts another one after it, because the response may be older.
fn request_fetch(context: &Context, state: &mut State, id: Uuid) -> bool {
    let Some(account) = state.accounts.get_mut(&id) else {
        return false;
    };
    let is_first = !std::mem::replace(&mut account.candidates_requested, true);
    if account.fetching {
        account.fetch_again = true;
    } else {
        start_fetch(context, state, id);
    }
    is_first
}

fn start_fetch(context: &Context, state: &mut State, id: Uuid) {
    let State {
        accounts, banks, ..
    } = state;
    let Some(account) = accounts.get_mut(&id) else {
        return;
    };
    let callback = banks
        .get(&account.bank)
        .and_then(|registered| Url::parse(&registered.bank.callbacks.available_accounts).ok());
    let Some(mut url) = callback else {
        return;
    };
    url.query_pairs_mut()
        .append_pair("externalId", &account.listed.external_id);
    account.fetching = true;
    let worker = context.clone();
    context.spawn(async move {
        let items = tokio::select! {
            biased;
            () = worker.closing() => None,
            items = fetch(&worker, url) => items,
        };
        store(&worker, id, items);
    });
}

/// Requests the provider's accounts; `None` if the response cannot be used.
async fn fetch(context: &Context, url: Url) -> Option<Vec<Value>> {
    match request(context, &url).await {
        Ok(Some(items)) => Some(items),
        Ok(None) => {
            tracing::debug!(%url, "available accounts are not a 200 with a JSON array");
            None
        }
        Err(error) => {
            tracing::debug!(%url, %error, "available accounts not fetched");
            None
        }
    }
}

async fn request(context: &Context, url: &Url) -> Result<Option<Vec<Value>>, NoResponse> {
    let request = Request::get(url.as_str())
        .header(ACCEPT, "application/json")
        .body(Body::empty())
        .map_err(BoxError::from)?;
    let response = outbound::send(context, request, ANSWER_BYTES_MAX).await?;
    if response.status != StatusCode::OK {
        return Ok(None);
    }
    Ok(match response.json(ANSWER_BYTES_MAX) {
        Some(Value::Array(items)) => Some(items),
        _ => None,
    })
}

/// Stores the fetched accounts as candidates; an account that was a candidate before keeps its id.
///
/// A malformed item, or one of another authorisation, is left out: it cannot be linked, and plans judge what a provider
/// must list. After a failure the candidates stay.
fn store(context: &Context, id: Uuid, items: Option<Vec<Value>>) {
    let mut state = context.state();
    let Some(account) = state.accounts.get_mut(&id) else {
        return;
    };
    account.fetching = false;
    if std::mem::take(&mut account.fetch_again) && !context.is_closing() {
        start_fetch(context, &mut state, id);
    }
    let State {
        accounts,
        candidates,
        ..
    } = &mut *state;
    let Some(account) = accounts.get_mut(&id) else {
        return;
    };
    let Some(items) = items else {
        return;
    };
    let known: HashMap<String, Uuid> = account
        .candidates
        .iter()
        .filter_map(|id| {
            let candidate = candidates.get(id)?;
            Some((candidate.listed.account_identifier.clone(), *id))
        })
        .collect();
    let mut identities = HashSet::new();
    let mut kept = Vec::new();
    for item in items.iter().take(LISTED_MAX) {
        let Ok((mut listed, kind)) = read_item(item) else {
            continue;
        };
        if listed.bank_identifier != account.listed.bank_identifier
            || !identities.insert(listed.account_identifier.clone())
        {
            continue;
        }
        let id = known
            .get(&listed.account_identifier)
            .copied()
            .unwrap_or_else(Uuid::new_v4);
        listed.key = id.to_string();
        let candidate = Candidate {
            owner: account.owner,
            bank: account.bank,
            listed,
            kind,
        };
        candidates.insert(id, candidate);
        kept.push(id);
    }
    account.candidates = kept;
}

/// Reads one account of a provider's list; without an accountType it can be linked all the same.
fn read_item(item: &Value) -> Result<(ListedAccount, Option<String>), Refusal> {
    let item = Fields::read("", item)?;
    let kind = item.optional_text("accountType")?;
    let branch = item.optional_text("branchIdentifier")?;
    let listed = ListedAccount {
        key: String::new(),
        external_id: item.text("externalId")?.to_owned(),
        name: item.text("accountName")?.to_owned(),
        bank_identifier: item.text("bankIdentifier")?.to_owned(),
        branch_identifier: branch.unwrap_or("n/a").to_owned(),
        account_identifier: item.text("accountIdentifier")?.to_owned(),
    };
    Ok((listed, kind.map(str::to_owned)))
}
