//! The body of `POST statements`: control totals, the account's balance, and signed transactions.
//!
//! It is pure: `link` decides the content of a statement, `delivery` sends it. The shape follows Sage's published request
//! collection; a statement that only reports that authorisation is required has neither balances nor transactions.

use serde::Serialize;

use super::cents::{self, Cents};
use super::date;
use super::fault::Fault;
use super::ledger::Transaction;
use super::link::{AccountStatus, Batch};
use super::settings::Settings;

/// Returns the JSON text of a statement.
///
/// # Errors
/// None in practice: the document has text keys only.
pub(super) fn document(settings: &Settings, batch: &Batch) -> serde_json::Result<Vec<u8>> {
    let balance = if settings.shows(Fault::BalanceUnsigned) {
        Cents(batch.balance.saturating_abs())
    } else {
        Cents(batch.balance)
    };
    let account = AccountDetails {
        bank_account_id: &batch.account,
        status: match batch.status {
            AccountStatus::Active => "active",
            AccountStatus::AuthRequired => "authRequired",
        },
        balances: (!batch.status_only()).then_some(Balances {
            ledger_balance: balance,
            ledger_balance_date: &batch.balance_moment,
            available_balance: balance,
            available_balance_date: &batch.balance_moment,
        }),
    };
    let account_in_transactions = if settings.shows(Fault::TransactionsNameTheBank) {
        &batch.bank
    } else {
        &batch.account
    };
    let accounts = 1 + usize::from(settings.shows(Fault::SecondAccountInStatement));
    cents::to_json(&Document {
        data: Data {
            principal_id: &batch.account,
            bank_id: &batch.bank,
            expected: totals(settings, batch),
            account_details: vec![account; accounts],
            transaction_details: batch
                .transactions
                .iter()
                .map(|booked| details(settings, account_in_transactions, booked))
                .collect(),
        },
    })
}

/// Returns the control totals of a statement.
fn totals(settings: &Settings, batch: &Batch) -> Expected {
    let amounts = || {
        let booked = batch.transactions.iter();
        booked.map(|booked| amount(settings, booked))
    };
    let surplus = i64::from(settings.shows(Fault::WrongControlTotals));
    let missing = -i64::from(settings.shows(Fault::WrongDebitSum));
    let credits = amounts().filter(|&amount| amount > 0);
    let debits = amounts().filter(|&amount| amount < 0);
    Expected {
        transaction_details_count: batch.transactions.len() as u64
            + u64::from(settings.shows(Fault::WrongTransactionCount)),
        account_details_count: 1 + u64::from(settings.shows(Fault::WrongAccountCount)),
        transaction_credit_sum: spelled(
            settings,
            Cents::sum(credits.clone().chain([surplus])),
            credits.count(),
        ),
        transaction_debit_sum: spelled(
            settings,
            signed(settings, Cents::sum(debits.clone().chain([missing]))),
            debits.count(),
        ),
    }
}

fn details<'a>(
    settings: &Settings,
    account: &'a str,
    booked: &'a Transaction,
) -> TransactionDetails<'a> {
    let amount = amount(settings, booked);
    TransactionDetails {
        unique_id: &booked.id,
        bank_account_id: account,
        transaction_amount: if settings.shows(Fault::AmountsAsStrings) {
            Amount::Text(Cents(amount).spell())
        } else {
            spelled(settings, signed(settings, Cents(amount)), 1)
        },
        transaction_type: if amount < 0 { "DEBIT" } else { "CREDIT" },
        transaction_status: status(settings, booked),
        date_posted: moment(settings, booked),
        description: &booked.description,
    }
}

/// Returns the amount of a transaction in cents as the provider sends it.
fn amount(settings: &Settings, booked: &Transaction) -> i64 {
    if settings.shows(Fault::FlippedSigns) {
        booked.amount.saturating_neg()
    } else {
        booked.amount
    }
}

/// Returns the status of a transaction, unless a fault omits it.
fn status(settings: &Settings, booked: &Transaction) -> Option<&'static str> {
    if settings.shows(Fault::TransactionsWithoutStatus) {
        return None;
    }
    Some(if !booked.pending {
        "posted"
    } else if settings.shows(Fault::PendingInCapitals) {
        "PENDING"
    } else {
        "pending"
    })
}

/// Returns when a transaction was posted: the beginning of its day, with its offset unless a fault omits it.
fn moment(settings: &Settings, booked: &Transaction) -> String {
    let midnight = date::midnight(&booked.date);
    match midnight.strip_suffix('Z') {
        Some(local) if settings.shows(Fault::DateTimesWithoutOffset) => local.to_owned(),
        _ => midnight,
    }
}

/// Returns an amount of so many transactions as a decimal number, unless a fault adds noise for each of them.
fn spelled(settings: &Settings, cents: Cents, count: usize) -> Amount {
    let noisy = settings.shows(Fault::AmountsWithFloatNoise) && cents.0 != 0;
    let noise = noisy.then(|| format!("{}{:015}", cents.spell(), 4 * count));
    let noise = noise.and_then(|text| text.parse().ok());
    noise.map_or(Amount::Exact(cents), Amount::Noise)
}

/// Returns an amount with its sign, unless a fault omits it.
fn signed(settings: &Settings, cents: Cents) -> Cents {
    if settings.shows(Fault::UnsignedDebits) {
        Cents(cents.0.saturating_abs())
    } else {
        cents
    }
}

#[derive(Serialize)]
struct Document<'a> {
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    principal_id: &'a str,
    bank_id: &'a str,
    expected: Expected,
    account_details: Vec<AccountDetails<'a>>,
    transaction_details: Vec<TransactionDetails<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    transaction_details_count: u64,
    account_details_count: u64,
    transaction_credit_sum: Amount,
    transaction_debit_sum: Amount,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountDetails<'a> {
    bank_account_id: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    balances: Option<Balances<'a>>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Balances<'a> {
    ledger_balance: Cents,
    ledger_balance_date: &'a str,
    available_balance: Cents,
    available_balance_date: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionDetails<'a> {
    unique_id: &'a str,
    bank_account_id: &'a str,
    transaction_amount: Amount,
    transaction_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_status: Option<&'a str>,
    date_posted: String,
    description: &'a str,
}

/// An amount as it is sent.
#[derive(Serialize)]
#[serde(untagged)]
enum Amount {
    /// A decimal number with two places.
    Exact(Cents),
    /// A string, by a fault.
    Text(String),
    /// A number with the noise of floating point, by a fault.
    Noise(serde_json::Number),
}

#[cfg(test)]
mod tests {
    use super::super::testbed;
    use super::*;

    fn batch(amounts: &[i64]) -> Batch {
        let transactions = amounts
            .iter()
            .enumerate()
            .map(|(number, &amount)| Transaction {
                id: format!("tx-{number}"),
                date: "2026-01-05".to_owned(),
                amount,
                description: "a \"quoted\" name".to_owned(),
                pending: false,
            });
        Batch {
            account: "a-1".to_owned(),
            bank: "bank-1".to_owned(),
            status: AccountStatus::Active,
            transactions: transactions.collect(),
            balance: -5,
            balance_moment: "2026-01-05T12:00:00.000Z".to_owned(),
            doubtful: false,
            more: false,
        }
    }

    fn read(batch: &Batch, faults: &[Fault]) -> serde_json::Value {
        let mut settings = testbed::settings("http://127.0.0.1:9");
        settings.faults = faults.to_vec();
        serde_json::from_slice(&document(&settings, batch).unwrap()).unwrap()
    }

    #[test]
    fn totals_keep_credits_and_debits_apart() {
        let settings = testbed::settings("http://127.0.0.1:9");
        let batch = batch(&[1250, -30, -1, 0]);
        let text = String::from_utf8(document(&settings, &batch).unwrap()).unwrap();
        let expected = concat!(
            r#"{"data":{"principalId":"a-1","bankId":"bank-1","expected":{"transactionDetailsCount":4,"accountDetailsCount":1,"#,
            r#""transactionCreditSum":12.50,"transactionDebitSum":-0.31},"accountDetails":[{"bankAccountId":"a-1","status":"active","#,
            r#""balances":{"ledgerBalance":-0.05,"ledgerBalanceDate":"2026-01-05T12:00:00.000Z","#,
            r#""availableBalance":-0.05,"availableBalanceDate":"2026-01-05T12:00:00.000Z"}}],"#,
        );
        assert!(text.starts_with(expected), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let types: Vec<_> = value["data"]["transactionDetails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|details| details["transactionType"].as_str().unwrap())
            .collect();
        assert_eq!(types, ["CREDIT", "DEBIT", "DEBIT", "CREDIT"]);
    }

    #[test]
    fn a_statement_may_hold_no_transactions() {
        let value = read(&batch(&[]), &[]);
        assert_eq!(value["data"]["expected"]["transactionDetailsCount"], 0);
        assert_eq!(value["data"]["transactionDetails"], serde_json::json!([]));
    }

    #[test]
    fn a_demand_for_authorisation_tells_the_status_and_nothing_else() {
        let demand = Batch {
            status: AccountStatus::AuthRequired,
            ..batch(&[])
        };
        // Amounts are written with the two decimals of the currency.
        let nothing: serde_json::Number = "0.00".parse().unwrap();
        assert_eq!(
            read(&demand, &[]),
            serde_json::json!({"data": {
                "principalId": "a-1",
                "bankId": "bank-1",
                "expected": {"transactionDetailsCount": 0, "accountDetailsCount": 1,
                    "transactionCreditSum": nothing, "transactionDebitSum": nothing},
                "accountDetails": [{"bankAccountId": "a-1", "status": "authRequired"}],
                "transactionDetails": [],
            }})
        );
    }

    #[test]
    fn each_fault_changes_one_thing() {
        let sums = |faults: &[Fault]| {
            let value = read(&batch(&[100, -30]), faults);
            let expected = &value["data"]["expected"];
            let amount = &value["data"]["transactionDetails"][1]["transactionAmount"];
            [
                expected["transactionCreditSum"].as_f64().unwrap(),
                expected["transactionDebitSum"].as_f64().unwrap(),
                amount.as_f64().unwrap(),
            ]
        };
        assert_eq!(sums(&[]), [1.0, -0.3, -0.3]);
        assert_eq!(sums(&[Fault::UnsignedDebits]), [1.0, 0.3, 0.3]);
        assert_eq!(sums(&[Fault::WrongControlTotals]), [1.01, -0.3, -0.3]);
        assert_eq!(sums(&[Fault::FlippedSigns]), [0.3, -1.0, 0.3]);
        let flipped = read(&batch(&[100, -30]), &[Fault::FlippedSigns]);
        let details = &flipped["data"]["transactionDetails"];
        assert_eq!(details[0]["transactionType"], "DEBIT");
        assert_eq!(details[1]["transactionType"], "CREDIT");
        let first =
            |fault| read(&batch(&[4599]), &[fault])["data"]["transactionDetails"][0].clone();
        assert_eq!(first(Fault::AmountsAsStrings)["transactionAmount"], "45.99");
        let noise = first(Fault::AmountsWithFloatNoise)["transactionAmount"].to_string();
        assert_eq!(noise, "45.99000000000000004");
        let local = first(Fault::DateTimesWithoutOffset);
        assert_eq!(local["datePosted"], "2026-01-05T00:00:00.000");
        let bare = first(Fault::TransactionsWithoutStatus);
        assert!(bare.get("transactionStatus").is_none());
        let mut uncleared = batch(&[1]);
        uncleared.transactions[0].pending = true;
        let shouted = read(&uncleared, &[Fault::PendingInCapitals]);
        let details = &shouted["data"]["transactionDetails"];
        assert_eq!(details[0]["transactionStatus"], "PENDING");
        let value = read(&uncleared, &[]);
        assert_eq!(
            value["data"]["transactionDetails"][0]["transactionStatus"],
            "pending"
        );
    }
}
