//! Statements that the provider posts for one account, and their progress.
//!
//! Checks that need only the body and those against the account are synchronous; the effect comes
//! a moment later, in a task of its own. One statement per account is in flight. Statuses and the
//! words of the progress are rulings. Reading the body is left to `posted`, comparing control totals to `totals`.

use std::collections::{HashMap, HashSet};

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::posted::PostedStatement;
use super::refusal::Refusal;
use super::settings::{DiscouragedData, DuplicateTransactions, Rulings, UniqueIds};
use super::state::{
    Account, AccountStatus, State, Statement, StatementContent, StatementProgress, TRANSACTIONS_MAX,
};
use super::transaction_text::TransactionText;
use super::{Fault, provider_gate, reply};

/// POST statements: accepts a statement for processing; the body names it at `data._id`.
///
/// # Errors
/// The gate's; 400 or 415 for the body; the statuses of the settings for a batch over the limit, totals
/// that do not match, an unknown or cancelled account, one in flight and a transaction id sent before.
pub(super) fn create(context: &Context, call: &Call) -> Result<Response, Refusal> {
    provider_gate::admit(context, call)?;
    let body = call.json()?;
    let rulings = &context.settings().rulings;
    let posted = PostedStatement::read(rulings, &Fields::read("", &body)?.object("data")?)?;
    let id = Uuid::new_v4();
    {
        let mut state = context.state();
        let State {
            accounts,
            statements,
            transactions,
            ..
        } = &mut *state;
        let elsewhere = sent_elsewhere(context, accounts, posted.account, &posted.content);
        let account = accounts.get_mut(&posted.account).ok_or_else(|| {
            Refusal::new(
                rulings.statement_for_unknown,
                "unknown_account",
                "bankAccountId is unknown; it must be the id that the notification of the account contained",
            )
        })?;
        check_account(rulings, account, &posted, elsewhere)?;
        if *transactions + posted.content.transactions.len() > TRANSACTIONS_MAX {
            return Err(Refusal::full("transactions"));
        }
        *transactions += posted.content.transactions.len();
        account.in_flight = Some(id);
        statements.insert(
            id,
            Statement {
                account: posted.account,
                progress: StatementProgress::Processing(posted.content),
            },
        );
    }
    let worker = context.clone();
    context.spawn(async move {
        process(&worker).await;
        settle(&worker, id, posted.account);
    });
    let response = reply::json(
        rulings.statement_created,
        &json!({ "data": { "_id": id.to_string(), "status": rulings.statement_words.processing } }),
    );
    Ok(reply::with_note(response, posted.note.as_deref()))
}

/// GET statements/{id}: how far a statement has come.
///
/// # Errors
/// The gate's; 404 for an unknown id.
pub(super) fn read(context: &Context, call: &Call, id: &str) -> Result<Response, Refusal> {
    provider_gate::admit(context, call)?;
    let state = context.state();
    let statement = Uuid::try_parse(id)
        .ok()
        .and_then(|id| Some((id, state.statements.get(&id)?)));
    let Some((id, statement)) = statement else {
        return Err(Refusal::not_found("no statement has this id"));
    };
    let words = &context.settings().rulings.statement_words;
    let status = match statement.progress {
        StatementProgress::Processing(_) => &words.processing,
        StatementProgress::Complete => &words.complete,
        StatementProgress::Failed => &words.failed,
    };
    Ok(reply::json(
        StatusCode::OK,
        &json!({ "data": { "_id": id.to_string(), "status": status, "bankAccountId": statement.account.to_string() } }),
    ))
}

fn check_account(
    rulings: &Rulings,
    account: &Account,
    posted: &PostedStatement,
    sent_elsewhere: bool,
) -> Result<(), Refusal> {
    if posted.bank != account.bank {
        return Err(Refusal::malformed(
            "data.bankId is not the bank of this account",
        ));
    }
    if account.status == AccountStatus::Cancelled {
        return Err(Refusal::new(
            rulings.statement_for_cancelled,
            "account_cancelled",
            "the account is cancelled; the service accepts no further statements for it",
        ));
    }
    if account.in_flight.is_some() {
        return Err(Refusal::new(
            rulings.statement_in_flight,
            "statement_in_flight",
            "an earlier statement of this account is being processed; wait until its status changes",
        ));
    }
    if let DuplicateTransactions::Refused(status) = rulings.duplicates
        && (sent_elsewhere || repeats(account, &posted.content))
    {
        return Err(Refusal::new(
            status,
            "duplicate_transaction",
            "a transaction's uniqueId was sent before; the service accepted nothing of this statement",
        ));
    }
    if let (Some(dates), Some(newest)) = (posted.content.dates, account.newest)
        && dates.oldest < newest
        && rulings.unordered_dates == DiscouragedData::Refused
    {
        return Err(Refusal::malformed(
            "data.transactionDetails contains a transaction that is older than one of an earlier statement; transactions must be oldest first",
        ));
    }
    Ok(())
}

/// Says whether a uniqueId occurs twice in the content or was sent for this account before.
fn repeats(account: &Account, content: &StatementContent) -> bool {
    let mut own = HashSet::new();
    content
        .transactions
        .iter()
        .any(|(id, _)| account.unique_ids.contains(id) || !own.insert(id))
}

/// Says whether a uniqueId of the content was sent for another account, where the setting `unique_ids` counts that.
///
/// A deleted account has no transactions left, except for a fault that remembers them.
fn sent_elsewhere(
    context: &Context,
    accounts: &HashMap<Uuid, Account>,
    account: Uuid,
    content: &StatementContent,
) -> bool {
    let wide = context.settings().rulings.unique_ids == UniqueIds::Provider;
    let remembers = context.shows(Fault::DeletedTransactionIdsRefused);
    let mut others = accounts.values().filter(|other| {
        other.id != account && (wide || remembers && other.status == AccountStatus::Cancelled)
    });
    others.any(|other| {
        let mut ids = content.transactions.iter();
        ids.any(|(id, _)| other.unique_ids.contains(id))
    })
}

/// Waits for the setting `processing`, or until the Service closes.
async fn process(context: &Context) {
    let processing = context.settings().rulings.processing;
    if !processing.is_zero() {
        tokio::select! {
            biased;
            () = context.closing() => {}
            () = tokio::time::sleep(processing) => {}
        }
    }
}

/// Brings a statement into effect, or fails it without one.
fn settle(context: &Context, id: Uuid, account: Uuid) {
    let mut state = context.state();
    let State {
        accounts,
        statements,
        transactions,
        ..
    } = &mut *state;
    let elsewhere = match statements.get(&id).map(|statement| &statement.progress) {
        Some(StatementProgress::Processing(content)) => {
            sent_elsewhere(context, accounts, account, content)
        }
        _ => false,
    };
    let Some(account) = accounts.get_mut(&account) else {
        return;
    };
    account.in_flight = None;
    let Some(statement) = statements.get_mut(&id) else {
        return;
    };
    let StatementProgress::Processing(content) =
        std::mem::replace(&mut statement.progress, StatementProgress::Failed)
    else {
        return;
    };
    if account.status == AccountStatus::Cancelled || elsewhere || repeats(account, &content) {
        *transactions = transactions.saturating_sub(content.transactions.len());
        return;
    }
    statement.progress = StatementProgress::Complete;
    // What is held differs from what was posted under a fault alone, but then a bound stays a bound.
    let outside =
        transactions.saturating_sub(content.transactions.len() + account.transactions.len());
    apply(context, account, content);
    *transactions = outside + account.transactions.len();
}

fn apply(context: &Context, account: &mut Account, content: StatementContent) {
    let feeds =
        !content.transactions.is_empty() || context.settings().rulings.empty_statement_activates;
    account.had_transactions |= feeds;
    if content.auth_required {
        account.status = AccountStatus::AuthRequired;
    } else if feeds
        && account.status == AccountStatus::Pending
        && !context.shows(Fault::NeverActivates)
    {
        account.status = AccountStatus::Active;
    }
    if content.balances.is_some() {
        account.balances = content.balances;
    }
    if let Some(dates) = content.dates {
        account.newest = account.newest.max(Some(dates.newest));
    }
    let count = content.transactions.len();
    for (index, (unique_id, transaction)) in content.transactions.into_iter().enumerate() {
        account.unique_ids.insert(unique_id);
        let is_last = index + 1 == count;
        if is_last && context.shows(Fault::LosesTransactions) {
            continue;
        }
        if is_last && context.shows(Fault::DoublesTransactions) {
            book(account, &transaction);
        }
        book(account, &transaction);
    }
}

/// Appends a transaction under the account's next id.
fn book(account: &mut Account, transaction: &TransactionText) {
    let id = account.transactions.last().map_or(1, |(last, _)| last + 1);
    let mut transaction = transaction.read();
    if let Value::Object(members) = &mut transaction {
        members.insert("transactionId".to_owned(), json!(id));
    }
    let booked = TransactionText::of(&transaction);
    account.transactions.push((id, booked));
}
