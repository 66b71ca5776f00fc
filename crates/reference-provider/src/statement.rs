//! The body of `POST statements`: control totals, the account's balance, and signed transactions.
//!
//! It is pure: `link` decides the content of a statement, `delivery` sends it. The shape follows Sage's published request
//! collection; a statement that only reports that authorisation is required has neither balances nor transactions.

use std::hash::{Hash as _, Hasher as _};

use serde::Serialize;

use super::cents::{self, Cents};
use super::date;
use super::fault::Fault;
use super::ledger::Transaction;
use super::link::{AccountStatus, Batch};
use super::settings::Settings;

/// The provider's own reference of the bank, which only a fault sends.
const OWN_REFERENCE: &str = "reference-bank";

/// Returns the JSON text of a statement.
///
/// # Errors
/// None in practice: the document has text keys only.
pub(super) fn document(settings: &Settings, batch: &Batch) -> serde_json::Result<Vec<u8>> {
    let account = AccountDetails {
        bank_account_id: &batch.account,
        status: match batch.status {
            AccountStatus::Active => "active",
            AccountStatus::AuthRequired if settings.shows(Fault::DemandInCapitals) => {
                "AUTH_REQUIRED"
            }
            AccountStatus::AuthRequired => "authRequired",
        },
        balances: balances(settings, batch),
    };
    let accounts = 1 + usize::from(settings.shows(Fault::SecondAccountInStatement));
    cents::to_json(&Document {
        data: Data {
            principal_id: if settings.shows(Fault::PrincipalIsTheBank) {
                &batch.bank
            } else {
                &batch.account
            },
            bank_id: if settings.shows(Fault::BankIdIsOwnReference) {
                OWN_REFERENCE
            } else {
                &batch.bank
            },
            expected: totals(settings, batch),
            account_details: vec![account; accounts],
            transaction_details: batch
                .transactions
                .iter()
                .enumerate()
                .map(|(number, booked)| details(settings, batch, number, booked))
                .collect(),
        },
    })
}

/// Returns the balances of a statement, with the provider's faults.
fn balances(settings: &Settings, batch: &Batch) -> Option<Balances> {
    let shows = |fault| settings.shows(fault);
    if batch.status_only() || shows(Fault::StatementWithoutBalances) {
        return None;
    }
    let cents = if batch.is_card && shows(Fault::CardAmountsInverted) {
        batch.balance.saturating_neg()
    } else if shows(Fault::BalanceUnsigned) {
        batch.balance.saturating_abs()
    } else if shows(Fault::BalanceFlipped) {
        batch.balance.saturating_neg()
    } else if shows(Fault::BalanceInCents) {
        batch.balance.saturating_mul(100)
    } else if shows(Fault::BalanceRounded) {
        batch.balance / 100 * 100
    } else {
        batch.balance
    };
    let amount = || {
        if shows(Fault::BalanceAsString) {
            Amount::Text(Cents(cents).spell())
        } else {
            Amount::Exact(Cents(cents))
        }
    };
    let moment = if shows(Fault::BalanceDateAsDay) {
        batch.balance_moment.chars().take(10).collect()
    } else {
        batch.balance_moment.clone()
    };
    Some(Balances {
        ledger_balance: amount(),
        ledger_balance_date: moment.clone(),
        available_balance: amount(),
        available_balance_date: moment,
    })
}

/// Returns the control totals of a statement.
fn totals(settings: &Settings, batch: &Batch) -> Expected {
    let amounts = || {
        let booked = batch.transactions.iter();
        booked.map(|booked| amount(settings, batch, booked))
    };
    let surplus = i64::from(settings.shows(Fault::WrongControlTotals));
    let missing = -i64::from(settings.shows(Fault::WrongDebitSum));
    let credits = amounts().filter(|&amount| amount > 0);
    let debits = amounts().filter(|&amount| amount < 0);
    Expected {
        transaction_details_count: batch.transactions.len() as u64
            + u64::from(settings.shows(Fault::WrongTransactionCount)),
        account_details_count: if batch.status_only()
            && settings.shows(Fault::DemandWithoutAccountCount)
        {
            0
        } else {
            1 + u64::from(settings.shows(Fault::WrongAccountCount))
        },
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
    batch: &'a Batch,
    number: usize,
    booked: &'a Transaction,
) -> TransactionDetails<'a> {
    let amount = amount(settings, batch, booked);
    let small = settings.shows(Fault::TypesInSmallLetters);
    let account = if settings.shows(Fault::TransactionsNameTheBank) {
        &batch.bank
    } else {
        &batch.account
    };
    let omits_account = number > 0 && settings.shows(Fault::OnlyFirstTransactionNamesAccount);
    TransactionDetails {
        unique_id: id(settings, number, booked),
        bank_account_id: (!omits_account).then_some(account),
        transaction_amount: if settings.shows(Fault::AmountsAsStrings) {
            Amount::Text(Cents(amount).spell())
        } else {
            spelled(settings, signed(settings, Cents(amount)), 1)
        },
        transaction_type: match (amount < 0, small) {
            (true, false) => "DEBIT",
            (true, true) => "debit",
            (false, false) => "CREDIT",
            (false, true) => "credit",
        },
        transaction_status: status(settings, booked),
        date_posted: moment(settings, booked),
        description: &booked.description,
    }
}

/// Returns the id of the transaction at a position of a statement, with the provider's faults.
fn id<'a>(settings: &Settings, number: usize, booked: &'a Transaction) -> UniqueId<'a> {
    if settings.shows(Fault::IdsRestartInEachStatement) {
        return UniqueId::Made((number + 1).to_string());
    }
    if settings.shows(Fault::IdsAsNumbers) {
        let mut hasher = std::hash::DefaultHasher::new();
        booked.id.hash(&mut hasher);
        return UniqueId::Number(hasher.finish() >> 16);
    }
    UniqueId::Own(&booked.id)
}

/// Returns the amount of a transaction in cents as the provider sends it.
fn amount(settings: &Settings, batch: &Batch, booked: &Transaction) -> i64 {
    let is_inverted = batch.is_card && settings.shows(Fault::CardAmountsInverted);
    if is_inverted || settings.shows(Fault::FlippedSigns) {
        booked.amount.saturating_neg()
    } else if settings.shows(Fault::AmountsInCents) {
        booked.amount.saturating_mul(100)
    } else if settings.shows(Fault::AmountsRounded) {
        booked.amount / 100 * 100
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
    let shows = |fault| settings.shows(fault);
    let is_summer = ("04".."10").contains(&booked.date.get(5..7).unwrap_or_default());
    if shows(Fault::SummerDaysEarlier) && is_summer {
        return format!("{}T23:00:00.000Z", date::moved(&booked.date, -1));
    }
    let midnight = if shows(Fault::DaysEarlier) {
        date::midnight(&date::moved(&booked.date, -1))
    } else if shows(Fault::DaysLater) {
        date::midnight(&date::moved(&booked.date, 1))
    } else if shows(Fault::DayAndMonthSwapped) {
        date::midnight(&date::swapped(&booked.date))
    } else {
        date::midnight(&booked.date)
    };
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
    balances: Option<Balances>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Balances {
    ledger_balance: Amount,
    ledger_balance_date: String,
    available_balance: Amount,
    available_balance_date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionDetails<'a> {
    unique_id: UniqueId<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_account_id: Option<&'a str>,
    transaction_amount: Amount,
    transaction_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_status: Option<&'a str>,
    date_posted: String,
    description: &'a str,
}

/// The id of a transaction as it is sent.
#[derive(Serialize)]
#[serde(untagged)]
enum UniqueId<'a> {
    /// The bank's id.
    Own(&'a str),
    /// Another string, by a fault.
    Made(String),
    /// A number, by a fault.
    Number(u64),
}

/// An amount as it is sent.
#[derive(Clone, Serialize)]
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
            is_card: false,
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
