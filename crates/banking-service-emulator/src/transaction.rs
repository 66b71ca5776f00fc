//! An account's transactions, as the product reads them (C13).
//!
//! Ids are sequential within an account, from 1. Accepting transactions is left to `statement`.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::call::Call;
use super::context::Context;
use super::refusal::Refusal;
use super::route::CompanyPath;
use super::settings::CancelledTransactions;
use super::state::AccountStatus;
use super::transaction_text::TransactionText;
use super::{Fault, account, consumer_gate, reply};

/// Bytes of transactions beyond which an answer takes no further one.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// GET transactions from `startIndex` on, the first if it is missing; `next` says where more follow.
///
/// # Errors
/// 401 or 403 for the caller, 400 for a startIndex that is no number, 404 for an unknown
/// account and, by setting, for a cancelled one.
pub(super) fn list(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
    id: &str,
) -> Result<Response, Refusal> {
    let owner = consumer_gate::admit(context, call, company)?;
    let start: u64 = match call.parameter("startindex") {
        None => 1,
        Some(text) => text.parse().map_err(|_| {
            Refusal::malformed("the query parameter startIndex must be a whole number")
        })?,
    };
    let mut state = context.state();
    let account = account::find(&mut state, owner, id)?;
    let gone = context.settings().rulings.cancelled_transactions == CancelledTransactions::Gone;
    let readable = context.shows(Fault::CancelledTransactionsReadable);
    if account.status == AccountStatus::Cancelled && gone && !readable {
        return Err(Refusal::not_found(
            "the account is cancelled, and its transactions are deleted",
        ));
    }
    let from = account.transactions.partition_point(|(id, _)| *id < start);
    let following = &account.transactions[from..];
    let page = &following[..fitting(following, context.settings().rulings.transaction_page)];
    let end = page
        .last()
        .map_or(start.saturating_sub(1), |(last, _)| *last);
    let mut list = json!({
        "startIndex": start,
        "endIndex": end,
        "total": account.transactions.len(),
        "transactions": page.iter().map(|(_, transaction)| transaction.read()).collect::<Vec<_>>(),
    });
    if let Some((next, _)) = following.get(page.len()) {
        list["next"] = json!(next);
    }
    if let Some((last, _)) = account.transactions.last() {
        list["last"] = json!(last);
    }
    let mut body = json!({ "bankAccount": account::shown(account) });
    if !context.shows(Fault::TransactionsWithoutList) {
        body["bankTransactionList"] = list;
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Returns how many of `transactions` fit into one response: at most `most`, fewer if they are large, but at least one.
fn fitting(transactions: &[(u64, TransactionText)], most: usize) -> usize {
    let mut bytes = 0;
    let fits = |(_, transaction): &&(u64, TransactionText)| {
        let before = bytes;
        bytes += transaction.bytes();
        before == 0 || bytes <= PAGE_BYTES_MAX
    };
    transactions.iter().take(most).take_while(fits).count()
}
