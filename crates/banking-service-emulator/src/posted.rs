//! Reads a statement as a provider posts it, member by member, and checks that it is consistent in itself.
//!
//! Every member that the sources show has its type here; other members are stored unchecked. Checks against the account,
//! and the effect of a statement, are left to `statement`.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::fields::{Fields, read_date_time};
use super::refusal::Refusal;
use super::settings::{DiscouragedData, Rulings};
use super::state::{DateSpan, StatementContent};
use super::totals::{ControlTotals, units};

/// Strings of a transaction that may be missing.
const TEXTS: [&str; 5] = [
    "checkNumber",
    "referenceNumber",
    "description",
    "narrative1",
    "narrative2",
];

/// Strings of a payee; its country is a code.
const PAYEE: [&str; 10] = [
    "payeeDescription",
    "address1",
    "address2",
    "address3",
    "city",
    "state",
    "postalCode",
    "phoneNumber",
    "payeeBankId",
    "payeeAccountId",
];

/// A statement for one account of one bank.
#[derive(Debug)]
pub(super) struct PostedStatement {
    /// The account, by bankAccountId and principalId alike.
    pub(super) account: Uuid,
    /// The bank that it names.
    pub(super) bank: Uuid,
    /// The changes it makes when it takes effect.
    pub(super) content: StatementContent,
}

impl PostedStatement {
    /// Reads `data` of a statement.
    ///
    /// # Errors
    /// 400 for a member that is missing or of another type; the statuses of the settings for a batch over the limit and
    /// for totals that do not match.
    pub(super) fn read(rulings: &Rulings, data: &Fields<'_>) -> Result<Self, Refusal> {
        let [only] = data.list("accountDetails")? else {
            return Err(data.wrong("accountDetails", "an array of exactly one account"));
        };
        let details = Fields::read(format!("{}[0]", data.path_of("accountDetails")), only)?;
        let account = details.uuid("bankAccountId")?;
        if data.uuid("principalId")? != account {
            return Err(data.refuse(
                "principalId",
                "differs from accountDetails[0].bankAccountId; both are the account's id",
            ));
        }
        let auth_required = match details.text("status")? {
            "active" => false,
            "authRequired" => true,
            _ => return Err(details.refuse("status", "must be `active` or `authRequired`")),
        };
        let PostedTransactions {
            totals,
            transactions,
            dates,
        } = PostedTransactions::read(rulings, data, account)?;
        totals.check(rulings.totals_mismatch, &data.object("expected")?)?;
        let balances = read_balances(&details)?;
        if balances.is_none() && !transactions.is_empty() {
            return Err(details.refuse(
                "balances",
                "is missing; a statement with transactions must contain balances",
            ));
        }
        Ok(Self {
            account,
            bank: data.uuid("bankId")?,
            content: StatementContent {
                auth_required,
                balances,
                transactions,
                dates,
            },
        })
    }
}

/// The transactions of a statement, with their totals and dates.
#[derive(Default)]
struct PostedTransactions {
    totals: ControlTotals,
    transactions: Vec<(String, Value)>,
    dates: Option<DateSpan>,
}

impl PostedTransactions {
    /// Reads `transactionDetails` of a statement for `account`.
    fn read(rulings: &Rulings, data: &Fields<'_>, account: Uuid) -> Result<Self, Refusal> {
        let items = data.list("transactionDetails")?;
        if items.len() > rulings.batch_limit {
            return Err(Refusal::new(
                rulings.oversize_batch,
                "oversize_batch",
                format!(
                    "data.transactionDetails has {} transactions; one statement may have at most {}",
                    items.len(),
                    rulings.batch_limit
                ),
            ));
        }
        let mut read = Self::default();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", data.path_of("transactionDetails"));
            let fields = Fields::read(path, item)?;
            let transaction = read_transaction(rulings, &fields, account)?;
            read.totals.add(transaction.amount);
            let date = transaction.date;
            if read.dates.is_some_and(|dates| date < dates.newest)
                && rulings.unordered_dates == DiscouragedData::Refused
            {
                return Err(fields.refuse(
                    "datePosted",
                    "is before that of the transaction ahead of it; \
                     transactions must be oldest first",
                ));
            }
            read.dates = Some(DateSpan::with(read.dates, date));
            read.transactions
                .push((transaction.unique_id, item.clone()));
        }
        Ok(read)
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

/// The members of one transaction that checks of the whole statement need.
struct PostedTransaction {
    unique_id: String,
    /// In ten-thousandths.
    amount: i128,
    date: OffsetDateTime,
}

/// Reads one transaction, every member by the table of the published example.
fn read_transaction(
    rulings: &Rulings,
    fields: &Fields<'_>,
    account: Uuid,
) -> Result<PostedTransaction, Refusal> {
    let unique_id = fields.text("uniqueId")?.to_owned();
    if fields.uuid("bankAccountId")? != account {
        return Err(fields.refuse(
            "bankAccountId",
            "differs from accountDetails[0].bankAccountId; a statement is for one account",
        ));
    }
    if fields.text("transactionStatus")? != "posted"
        && rulings.uncleared_transactions == DiscouragedData::Refused
    {
        return Err(fields.refuse("transactionStatus", "must be `posted`"));
    }
    let date = read_date_time(fields.date_time("datePosted")?)
        .ok_or_else(|| fields.wrong("datePosted", "an ISO date-time"))?;
    if date > OffsetDateTime::now_utc() && rulings.future_dates == DiscouragedData::Refused {
        return Err(fields.refuse(
            "datePosted",
            "is in the future; a transaction must be posted before it is sent",
        ));
    }
    fields.optional_date_time("dateUserInitiated")?;
    let amount = read_signed_amount(fields)?;
    check_details(fields)?;
    Ok(PostedTransaction {
        unique_id,
        amount,
        date,
    })
}

/// Reads the amount, whose sign must fit `transactionType` and `exchangeAmount`; in ten-thousandths.
fn read_signed_amount(fields: &Fields<'_>) -> Result<i128, Refusal> {
    let amount = read_amount(
        fields,
        "transactionAmount",
        fields.number("transactionAmount")?,
    )?;
    let opposite = match fields.text("transactionType")? {
        "CREDIT" => amount < 0,
        "DEBIT" => amount > 0,
        _ => false,
    };
    if opposite {
        return Err(fields.refuse(
            "transactionAmount",
            "has the wrong sign; it must be positive for CREDIT and negative for DEBIT",
        ));
    }
    if let Some(exchanged) = fields.optional_number("exchangeAmount")?
        && read_amount(fields, "exchangeAmount", exchanged)?.signum() * amount.signum() < 0
    {
        return Err(fields.refuse(
            "exchangeAmount",
            "has another sign than transactionAmount; both must be positive or both negative",
        ));
    }
    Ok(amount)
}

/// Checks the types of the members that the service stores as they are.
fn check_details(fields: &Fields<'_>) -> Result<(), Refusal> {
    fields.optional_letters("exchangeCurrency")?;
    for name in TEXTS {
        fields.optional_text(name)?;
    }
    if let Some(payee) = fields.optional_object("payee")? {
        payee.optional_letters("country")?;
        for name in PAYEE {
            payee.optional_text(name)?;
        }
    }
    if let Some(coordinates) = fields.optional_object("coordinates")? {
        coordinates.optional_number("lat")?;
        coordinates.optional_number("long")?;
    }
    if let Some(category) = fields.optional_object("category")? {
        category.optional_text("topLevelCategory")?;
        category.optional_text("subCategory")?;
        category.optional_whole("categoryId")?;
        // A code of digits, of which no source shows whether it is written as a number.
        match category.value("standardIndustrialCode") {
            Some(Value::Number(_)) => {}
            _ => drop(category.optional_text("standardIndustrialCode")?),
        }
    }
    Ok(())
}

fn read_amount(fields: &Fields<'_>, name: &str, amount: f64) -> Result<i128, Refusal> {
    units(amount).ok_or_else(|| {
        fields.refuse(
            name,
            "is out of range; it must be from -500000000000 to 500000000000",
        )
    })
}
