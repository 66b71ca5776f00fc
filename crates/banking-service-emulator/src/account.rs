//! Bank accounts of a product's company: made, read, listed and deleted (C6 to C9).
//!
//! Statements for an account are left to `statement`, its transactions to `transaction`.

use std::collections::{HashMap, HashSet};

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::fields::{Fields, read_date, read_date_time, utc};
use super::notification::Notification;
use super::refusal::Refusal;
use super::route::CompanyPath;
use super::settings::{ListShape, Relinking};
use super::state::{
    ACCOUNTS_MAX, Account, AccountStatus, CompanyKey, ListedAccount, OfferedAccount,
    RegisteredBank, State,
};
use super::{Fault, consumer_gate, reply};

/// C6, POST bankaccounts: makes the account that a poll returned, and notifies the provider.
///
/// # Errors
/// 401 or 403 for the caller, 400 for an accountKey that no poll returned to this company or a body that contradicts
/// it, by setting 409 for an account that is linked already.
pub(super) fn create(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let body = call.json()?;
    let draft = AccountRequest::read(context, &Fields::read("", &body)?)?;
    let mut state = context.state();
    let offer = state
        .offers
        .get(&draft.key)
        .filter(|offer| offer.owner == owner)
        .ok_or_else(|| {
            Refusal::malformed(
                "accountKey is unknown; it must be one that a poll returned to this company",
            )
        })?;
    draft.check(offer)?;
    let (bank, listed, taken) = (offer.bank, offer.listed.clone(), offer.taken);
    if !context.shows(Fault::RelinkingCreatesSecondAccount) {
        if let Some(id) = state.same_identity(owner, bank, &listed) {
            return relinked(context, &state, id);
        }
        let former = state.deleted_identity(owner, bank, &listed);
        if let Some(id) = former.filter(|_| context.shows(Fault::ReconnectionRevivesAccount)) {
            return revived(context, &mut state, id, draft.start);
        }
        if taken {
            return Err(Refusal::malformed(
                "accountKey was used for an account that is cancelled; link the account again to get a new accountKey",
            ));
        }
    }
    let opening = NewAccount {
        name: draft.name.unwrap_or_else(|| listed.name.clone()),
        listed,
        kind: draft.kind,
        currency: draft.currency,
        start: draft.start,
        from_candidate: false,
    };
    let answer = open(context, &mut state, owner, bank, opening)?;
    if let Some(offer) = state.offers.get_mut(&draft.key) {
        offer.taken = true;
    }
    Ok(reply::json(StatusCode::CREATED, &answer))
}

/// Content of an account to be made.
pub(super) struct NewAccount {
    /// What the provider listed.
    pub(super) listed: ListedAccount,
    /// Name for the product.
    pub(super) name: String,
    /// accountType.
    pub(super) kind: String,
    /// Currency that the product sent.
    pub(super) currency: Option<String>,
    /// requestedStartDate.
    pub(super) start: String,
    /// Whether it was a candidate, and not returned by a poll.
    pub(super) from_candidate: bool,
}

/// Makes a pending account, notifies the provider in the background, and returns the account as the product reads it.
///
/// # Errors
/// 503 if the Service stores no more accounts.
pub(super) fn open(
    context: &Context,
    state: &mut State,
    owner: CompanyKey,
    bank: Uuid,
    opening: NewAccount,
) -> Result<Value, Refusal> {
    if state.accounts.len() >= ACCOUNTS_MAX {
        return Err(Refusal::full("accounts"));
    }
    let former = state
        .deleted_identity(owner, bank, &opening.listed)
        .filter(|_| context.shows(Fault::ReconnectionKeepsOldStartDate));
    let start = former
        .and_then(|id| state.accounts.get(&id))
        .map_or(opening.start, |account| account.start.clone());
    let mut account = Account {
        id: Uuid::new_v4(),
        owner,
        bank,
        listed: opening.listed,
        name: opening.name,
        kind: opening.kind,
        currency: opening.currency,
        start,
        status: if context.shows(Fault::AccountCreatedActive) {
            AccountStatus::Active
        } else {
            AccountStatus::Pending
        },
        had_transactions: false,
        deleted: false,
        balances: None,
        transactions: Vec::new(),
        newest: None,
        unique_ids: HashSet::new(),
        in_flight: None,
        from_candidate: opening.from_candidate,
        candidates_requested: false,
        fetching: false,
        fetch_again: false,
        candidates: Vec::new(),
        notified: None,
    };
    announce(context, &state.banks, &mut account);
    let answer = shown(&account);
    state.companies.entry(owner).or_default().push(account.id);
    state.accounts.insert(account.id, account);
    Ok(answer)
}

/// Notifies the provider in the background that an account was made.
fn announce(context: &Context, banks: &HashMap<Uuid, RegisteredBank>, account: &mut Account) {
    let Some(registered) = banks.get(&account.bank) else {
        return;
    };
    let url = registered.bank.callbacks.notification.clone();
    let resource = format!(
        "{}/api/v1/organisations/{}/companies/{}/bankaccounts/{}",
        context.base_url(),
        account.owner.organisation,
        account.owner.company,
        account.id
    );
    Notification::account_created(context, url, account, &resource).deliver_later(context, account);
}

/// Makes a deleted account pending again, which only a fault does.
fn revived(
    context: &Context,
    state: &mut State,
    id: Uuid,
    start: String,
) -> Result<Response, Refusal> {
    let State {
        accounts, banks, ..
    } = state;
    let account = accounts.get_mut(&id).ok_or_else(unknown)?;
    account.status = AccountStatus::Pending;
    account.deleted = false;
    account.start = start;
    announce(context, banks, account);
    Ok(reply::json(StatusCode::CREATED, &shown(account)))
}

/// C8, GET bankaccounts: every account of the company, cancelled ones included, oldest first.
///
/// # Errors
/// 401 or 403 for the caller.
pub(super) fn list(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let state = context.state();
    let accounts: Vec<Value> = state
        .companies
        .get(&owner)
        .into_iter()
        .flatten()
        .filter_map(|id| state.accounts.get(id))
        .filter(|account| {
            account.status != AccountStatus::Pending
                || !context.shows(Fault::PendingAccountsNotListed)
        })
        .map(shown)
        .collect();
    let body = match context.settings().rulings.list_shape {
        ListShape::Array => Value::Array(accounts),
        ListShape::Object => json!({ "bankAccounts": accounts }),
    };
    Ok(reply::json(StatusCode::OK, &body))
}

/// C7, GET bankaccounts/{id}: one account, readable after it was cancelled.
///
/// # Errors
/// 401 or 403 for the caller, 404 for an account that does not exist or belongs to another company.
pub(super) fn read(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
    id: &str,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let mut state = context.state();
    let account = find(&mut state, owner, id)?;
    if account.status == AccountStatus::Cancelled
        && context.shows(Fault::CancelledAccountUnreadable)
    {
        return Err(unknown());
    }
    Ok(reply::json(StatusCode::OK, &shown(account)))
}

/// C9, DELETE bankaccounts/{id}: sets the account to cancelled, then notifies the provider; 204.
///
/// Source of the order: seed, offboarding. A second deletion changes nothing and sends no notification.
///
/// # Errors
/// 401 or 403 for the caller, 404 for an account that does not exist or belongs to another company.
pub(super) fn delete(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
    id: &str,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let mut state = context.state();
    let State {
        accounts,
        banks,
        transactions,
        ..
    } = &mut *state;
    let account = Uuid::try_parse(id)
        .ok()
        .and_then(|id| accounts.get_mut(&id))
        .filter(|account| account.owner == owner)
        .ok_or_else(unknown)?;
    if !std::mem::replace(&mut account.deleted, true) {
        let is_late = context.shows(Fault::CancelsAfterNotifying);
        if !context.shows(Fault::StatusNotCancelled) && !is_late {
            account.status = AccountStatus::Cancelled;
            *transactions = transactions.saturating_sub(account.transactions.len());
            if !context.shows(Fault::CancelledTransactionsReadable) {
                account.transactions = Vec::new();
            }
            if !context.shows(Fault::DeletedTransactionIdsRefused) {
                account.unique_ids = HashSet::new();
            }
        }
        if let Some(registered) = banks.get(&account.bank)
            && !context.shows(Fault::SilentOffboarding)
        {
            let url = registered.bank.callbacks.notification.clone();
            Notification::account_deleted(context, url, account).deliver_later(context, account);
        }
        if is_late {
            cancel_after_notifying(context, account);
        }
    }
    if context.shows(Fault::DeleteAnswers200) {
        return Ok(reply::json(StatusCode::OK, &json!({})));
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Cancels an account when its notification was delivered.
fn cancel_after_notifying(context: &Context, account: &mut Account) {
    let Some(delivered) = account.notified.take() else {
        return;
    };
    let (id, later) = (account.id, context.clone());
    context.spawn(async move {
        delivered.await.ok();
        if let Some(account) = later.state().accounts.get_mut(&id) {
            account.status = AccountStatus::Cancelled;
        }
    });
}

/// Finds an account of a company by the id in a path.
///
/// # Errors
/// 404 if the company has none of this id.
pub(super) fn find<'a>(
    state: &'a mut State,
    owner: CompanyKey,
    id: &str,
) -> Result<&'a mut Account, Refusal> {
    Uuid::try_parse(id)
        .ok()
        .and_then(|id| state.account_of(owner, id))
        .ok_or_else(unknown)
}

/// Refuses a request for which the account must not be cancelled.
///
/// # Errors
/// 409 if the account is cancelled.
pub(super) fn check_alive(account: &Account) -> Result<(), Refusal> {
    if account.status == AccountStatus::Cancelled {
        return Err(Refusal::conflict("the account is cancelled"));
    }
    Ok(())
}

/// Reads a requestedStartDate; a missing one is the default of the settings.
///
/// Every spelling becomes a date-time in UTC: the notification to the provider contains it, and without an offset its
/// moment would be open. A date means its midnight, and a missing offset means UTC.
///
/// # Errors
/// 400 if it is neither an ISO date nor an ISO date-time.
pub(super) fn read_start(context: &Context, body: &Fields<'_>) -> Result<String, Refusal> {
    match body.optional_text("requestedStartDate")? {
        None | Some("") => Ok(default_start(context)),
        Some(start) => read_date(start)
            .or_else(|| read_date_time(start))
            .and_then(utc)
            .ok_or_else(|| body.wrong("requestedStartDate", "an ISO date or date-time")),
    }
}

/// An account as the product reads it.
pub(super) fn shown(account: &Account) -> Value {
    let mut shown = json!({
        "bankAccountId": account.id.to_string(),
        "accountName": account.name,
        "accountType": account.kind,
        "accountIdentifier": account.listed.account_identifier,
        "bankIdentifier": account.listed.bank_identifier,
        "branchIdentifier": account.listed.branch_identifier,
        "bankId": account.bank.to_string(),
        "requestedStartDate": account.start,
        "status": account.status.word(),
    });
    if let Some(currency) = &account.currency {
        shown["defaultCurrency"] = json!(currency);
    }
    if let Some(balances) = &account.balances {
        shown["balances"] = balances.clone();
    }
    if let Some((last, _)) = account.transactions.last() {
        shown["lastTransactionId"] = json!(last);
    }
    shown
}

/// 404: the company has no account of this id.
pub(super) fn unknown() -> Refusal {
    Refusal::not_found("this company has no such bank account")
}

fn relinked(context: &Context, state: &State, id: Uuid) -> Result<Response, Refusal> {
    match (
        context.settings().rulings.relinking,
        state.accounts.get(&id),
    ) {
        (Relinking::Existing, Some(account)) => Ok(reply::json(StatusCode::OK, &shown(account))),
        _ => Err(Refusal::conflict("this account is linked already")),
    }
}

/// The body of POST bankaccounts.
#[derive(Debug)]
struct AccountRequest {
    key: String,
    name: Option<String>,
    kind: String,
    currency: Option<String>,
    start: String,
    account_identifier: Option<String>,
    bank_identifier: Option<String>,
    bank: Option<Uuid>,
}

impl AccountRequest {
    fn read(context: &Context, body: &Fields<'_>) -> Result<Self, Refusal> {
        let text = |name: &str| -> Result<Option<String>, Refusal> {
            let text = body.optional_text(name)?.filter(|text| !text.is_empty());
            Ok(text.map(str::to_owned))
        };
        text("branchIdentifier")?;
        let currency = body.optional_letters("defaultCurrency")?;
        Ok(Self {
            key: body.text("accountKey")?.to_owned(),
            name: text("accountName")?,
            kind: text("accountType")?.unwrap_or_else(|| "DEBIT".to_owned()),
            currency: currency.map(str::to_owned),
            start: read_start(context, body)?,
            account_identifier: text("accountIdentifier")?,
            bank_identifier: text("bankIdentifier")?,
            bank: body.optional_uuid("bankId")?,
        })
    }

    /// Refuses a body whose identity is not the one that the poll returned.
    fn check(&self, offer: &OfferedAccount) -> Result<(), Refusal> {
        let listed = &offer.listed;
        let agrees = |sent: &Option<String>, told: &str| sent.as_deref().is_none_or(|s| s == told);
        if !agrees(&self.account_identifier, &listed.account_identifier)
            || !agrees(&self.bank_identifier, &listed.bank_identifier)
            || self.bank.is_some_and(|bank| bank != offer.bank)
        {
            return Err(Refusal::malformed(
                "accountIdentifier, bankIdentifier and bankId must be those that the poll returned with this accountKey, or missing",
            ));
        }
        Ok(())
    }
}

fn default_start(context: &Context) -> String {
    let today = OffsetDateTime::now_utc().replace_time(time::Time::MIDNIGHT);
    time::Duration::try_from(context.settings().rulings.default_start)
        .ok()
        .and_then(|back| today.checked_sub(back))
        .and_then(utc)
        .unwrap_or_else(|| "1970-01-01T00:00:00.000Z".to_owned())
}
