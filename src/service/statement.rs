//! Statements: what the provider posts for one account, and how far each has come.
//!
//! Checks that need only the body and those against the account are synchronous; the effect comes
//! a moment later, in a task of its own. One statement per account is in flight. Statuses and the
//! words of the progress are rulings. Comparing control totals is left to `totals`.

use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::fields::Fields;
use super::refusal::Refusal;
use super::settings::{Duplicates, Rulings};
use super::state::{Account, Content, Progress, State, Statement, Status, TRANSACTIONS_MAX};
use super::totals::{Totals, units};
use super::{Fault, Service, provider_gate, reply};

/// POST statements: accepts a statement for processing; the body names it at `data._id`.
///
/// # Errors
/// The gate's; 400 or 415 for the body; the ruled statuses for a batch over the limit, totals that
/// do not match, an unknown or cancelled account, one in flight and a transaction id seen before.
pub(super) fn create(service: &Service, call: &Call) -> Result<Response, Refusal> {
    provider_gate::admit(service, call)?;
    let body = call.json()?;
    let rulings = &service.settings().rulings;
    let posted = Posted::read(rulings, &Fields::read("", &body)?.object("data")?)?;
    let id = Uuid::new_v4();
    {
        let mut state = service.state();
        let State {
            accounts,
            statements,
            transactions,
            ..
        } = &mut *state;
        let account = accounts.get_mut(&posted.account).ok_or_else(|| {
            Refusal::new(
                rulings.statement_for_unknown,
                "unknown_account",
                "bankAccountId names no account of this service",
            )
        })?;
        check_account(rulings, account, &posted)?;
        if *transactions + posted.content.transactions.len() > TRANSACTIONS_MAX {
            return Err(Refusal::full("transactions"));
        }
        *transactions += posted.content.transactions.len();
        account.in_flight = Some(id);
        statements.insert(
            id,
            Statement {
                account: posted.account,
                progress: Progress::Processing(posted.content),
            },
        );
    }
    let worker = service.clone();
    service.spawn(async move {
        work(&worker).await;
        settle(&worker, id, posted.account);
    });
    Ok(reply::json(
        rulings.statement_created,
        &json!({ "data": { "_id": id.to_string(), "status": rulings.statement_words.processing } }),
    ))
}

/// GET statements/{id}: how far a statement has come.
///
/// # Errors
/// The gate's; 404 for an unknown id.
pub(super) fn read(service: &Service, call: &Call, id: &str) -> Result<Response, Refusal> {
    provider_gate::admit(service, call)?;
    let state = service.state();
    let statement = Uuid::try_parse(id)
        .ok()
        .and_then(|id| Some((id, state.statements.get(&id)?)));
    let Some((id, statement)) = statement else {
        return Err(Refusal::not_found("there is no such statement"));
    };
    let words = &service.settings().rulings.statement_words;
    let status = match statement.progress {
        Progress::Processing(_) => &words.processing,
        Progress::Complete => &words.complete,
        Progress::Failed => &words.failed,
    };
    Ok(reply::json(
        StatusCode::OK,
        &json!({ "data": { "_id": id.to_string(), "status": status, "bankAccountId": statement.account.to_string() } }),
    ))
}

fn check_account(rulings: &Rulings, account: &Account, posted: &Posted) -> Result<(), Refusal> {
    if posted.bank != account.bank {
        return Err(Refusal::malformed("bankId is not the bank of this account"));
    }
    if account.status == Status::Cancelled {
        return Err(Refusal::new(
            rulings.statement_for_cancelled,
            "account_cancelled",
            "the account is cancelled and takes no statements",
        ));
    }
    if account.in_flight.is_some() {
        return Err(Refusal::new(
            rulings.statement_in_flight,
            "statement_in_flight",
            "another statement of this account is being processed",
        ));
    }
    match rulings.duplicates {
        Duplicates::Refused(status) if repeats(account, &posted.content) => Err(Refusal::new(
            status,
            "duplicate_transaction",
            "a transaction's uniqueId was sent before; nothing of this statement was taken",
        )),
        _ => Ok(()),
    }
}

/// Says whether a uniqueId of the content is there twice or was sent for this account before.
fn repeats(account: &Account, content: &Content) -> bool {
    let mut own = HashSet::new();
    content
        .transactions
        .iter()
        .any(|(id, _)| account.unique_ids.contains(id) || !own.insert(id))
}

/// Takes the ruled time of processing, or less if the Service closes.
async fn work(service: &Service) {
    let processing = service.settings().rulings.processing;
    if !processing.is_zero() {
        tokio::select! {
            biased;
            () = service.closing() => {}
            () = tokio::time::sleep(processing) => {}
        }
    }
}

/// Brings a statement into effect, or fails it without one.
fn settle(service: &Service, id: Uuid, account: Uuid) {
    let mut state = service.state();
    let State {
        accounts,
        statements,
        transactions,
        ..
    } = &mut *state;
    let Some(account) = accounts.get_mut(&account) else {
        return;
    };
    account.in_flight = None;
    let Some(statement) = statements.get_mut(&id) else {
        return;
    };
    let Progress::Processing(content) =
        std::mem::replace(&mut statement.progress, Progress::Failed)
    else {
        return;
    };
    if account.status == Status::Cancelled || repeats(account, &content) {
        *transactions = transactions.saturating_sub(content.transactions.len());
        return;
    }
    statement.progress = Progress::Complete;
    // What is held differs from what was posted under a fault alone, but then a bound stays a bound.
    let outside =
        transactions.saturating_sub(content.transactions.len() + account.transactions.len());
    apply(service, account, content);
    *transactions = outside + account.transactions.len();
}

fn apply(service: &Service, account: &mut Account, content: Content) {
    let feeds =
        !content.transactions.is_empty() || service.settings().rulings.empty_statement_activates;
    if content.auth_required {
        account.status = Status::AuthRequired;
    } else if feeds && account.status == Status::Pending && !service.shows(Fault::NeverActivates) {
        account.status = Status::Active;
    }
    if content.balances.is_some() {
        account.balances = content.balances;
    }
    let count = content.transactions.len();
    for (index, (unique_id, transaction)) in content.transactions.into_iter().enumerate() {
        account.unique_ids.insert(unique_id);
        let is_last = index + 1 == count;
        if is_last && service.shows(Fault::LosesTransactions) {
            continue;
        }
        if is_last && service.shows(Fault::DoublesTransactions) {
            book(account, transaction.clone());
        }
        book(account, transaction);
    }
}

/// Appends a transaction under the account's next id.
fn book(account: &mut Account, mut transaction: Value) {
    let id = account.transactions.last().map_or(1, |(last, _)| last + 1);
    if let Value::Object(members) = &mut transaction {
        members.insert("transactionId".to_owned(), json!(id));
    }
    account.transactions.push((id, transaction));
}

/// A statement as posted, consistent in itself.
#[derive(Debug)]
struct Posted {
    account: Uuid,
    bank: Uuid,
    content: Content,
}

impl Posted {
    fn read(rulings: &Rulings, data: &Fields<'_>) -> Result<Self, Refusal> {
        let [only] = data.list("accountDetails")? else {
            return Err(data.wrong("accountDetails", "must hold exactly one account"));
        };
        let details = Fields::read(format!("{}[0]", data.place("accountDetails")), only)?;
        let account = details.uuid("bankAccountId")?;
        if data.uuid("principalId")? != account {
            return Err(data.wrong("principalId", "must be the bankAccountId of accountDetails"));
        }
        let auth_required = match details.text("status")? {
            "active" => false,
            "authRequired" => true,
            _ => return Err(details.wrong("status", "must be active or authRequired")),
        };
        let items = data.list("transactionDetails")?;
        if items.len() > rulings.batch_limit {
            return Err(Refusal::new(
                rulings.oversize_batch,
                "oversize_batch",
                format!(
                    "{} transactions are over the limit of {} for one statement",
                    items.len(),
                    rulings.batch_limit
                ),
            ));
        }
        let mut totals = Totals::default();
        let mut transactions = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = format!("{}[{index}]", data.place("transactionDetails"));
            let fields = Fields::read(place, item)?;
            let unique_id = read_transaction(&fields, account, &mut totals)?;
            transactions.push((unique_id, item.clone()));
        }
        totals.check(rulings.totals_mismatch, &data.object("expected")?)?;
        let balances = read_balances(&details)?;
        if balances.is_none() && !transactions.is_empty() {
            return Err(details.wrong("balances", "must be there with transactions"));
        }
        Ok(Self {
            account,
            bank: data.uuid("bankId")?,
            content: Content {
                auth_required,
                balances,
                transactions,
            },
        })
    }
}

fn read_balances(details: &Fields<'_>) -> Result<Option<Value>, Refusal> {
    let Some(balances) = details.optional_object("balances")? else {
        return Ok(None);
    };
    for name in ["ledgerBalance", "availableBalance"] {
        balances.optional_number(name)?;
    }
    for name in ["ledgerBalanceDate", "availableBalanceDate"] {
        balances.optional_date_time(name)?;
    }
    Ok(details.value("balances").cloned())
}

/// Checks one transaction, counts it, and returns its uniqueId.
fn read_transaction(
    fields: &Fields<'_>,
    account: Uuid,
    totals: &mut Totals,
) -> Result<String, Refusal> {
    let unique_id = fields.text("uniqueId")?.to_owned();
    if fields.uuid("bankAccountId")? != account {
        return Err(fields.wrong("bankAccountId", "must be the one of accountDetails"));
    }
    fields.text("transactionStatus")?;
    fields.date_time("datePosted")?;
    fields.optional_date_time("dateUserInitiated")?;
    fields.optional_number("exchangeAmount")?;
    for name in [
        "exchangeCurrency",
        "checkNumber",
        "referenceNumber",
        "description",
        "narrative1",
        "narrative2",
    ] {
        fields.optional_text(name)?;
    }
    for name in ["payee", "coordinates", "category"] {
        fields.optional_object(name)?;
    }
    let amount = units(fields.number("transactionAmount")?)
        .ok_or_else(|| fields.wrong("transactionAmount", "is out of range"))?;
    let opposite = match fields.text("transactionType")? {
        "CREDIT" => amount < 0,
        "DEBIT" => amount > 0,
        _ => false,
    };
    if opposite {
        return Err(fields.wrong(
            "transactionAmount",
            "must be positive for CREDIT and negative for DEBIT",
        ));
    }
    totals.add(amount);
    Ok(unique_id)
}
