//! A statement as a provider posts it: read member by member, and consistent in itself.
//!
//! Every member that the sources show has its type here; one that they do not show is kept and not looked at. What the
//! account has to say to a statement, and what comes of it, is left to `statement`.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::fields::{Fields, read_date_time};
use super::refusal::Refusal;
use super::settings::{DiscouragedData, Rulings};
use super::state::{DateSpan, StatementContent};
use super::totals::{ControlTotals, units};

/// Texts of a transaction that may be absent.
const TEXTS: [&str; 5] = [
    "checkNumber",
    "referenceNumber",
    "description",
    "narrative1",
    "narrative2",
];

/// Texts of a payee; its country is a code.
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
    /// The bank it names.
    pub(super) bank: Uuid,
    /// What it will change.
    pub(super) content: StatementContent,
}

impl PostedStatement {
    /// Reads `data` of a statement.
    ///
    /// # Errors
    /// 400 for a member that is missing or of another type; the ruled statuses for a batch over the limit and totals
    /// that do not match.
    pub(super) fn read(rulings: &Rulings, data: &Fields<'_>) -> Result<Self, Refusal> {
        let [only] = data.list("accountDetails")? else {
            return Err(data.wrong("accountDetails", "must hold exactly one account"));
        };
        let details = Fields::read(format!("{}[0]", data.path_of("accountDetails")), only)?;
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
        let mut totals = ControlTotals::default();
        let mut transactions = Vec::with_capacity(items.len());
        let mut dates: Option<DateSpan> = None;
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", data.path_of("transactionDetails"));
            let fields = Fields::read(path, item)?;
            let transaction = read_transaction(rulings, &fields, account)?;
            totals.add(transaction.amount);
            let date = transaction.date;
            if dates.is_some_and(|dates| date < dates.newest)
                && rulings.unordered_dates == DiscouragedData::Refused
            {
                return Err(fields.wrong("datePosted", "must not be before the one ahead of it"));
            }
            dates = Some(DateSpan::with(dates, date));
            transactions.push((transaction.unique_id, item.clone()));
        }
        totals.check(rulings.totals_mismatch, &data.object("expected")?)?;
        let balances = read_balances(&details)?;
        if balances.is_none() && !transactions.is_empty() {
            return Err(details.wrong("balances", "must be there with transactions"));
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

/// What the rest of a statement needs to know of one transaction.
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
        return Err(fields.wrong("bankAccountId", "must be the one of accountDetails"));
    }
    if fields.text("transactionStatus")? != "posted"
        && rulings.uncleared_transactions == DiscouragedData::Refused
    {
        return Err(fields.wrong("transactionStatus", "must be posted"));
    }
    let date = read_date_time(fields.date_time("datePosted")?)
        .ok_or_else(|| fields.wrong("datePosted", "must be an ISO date-time"))?;
    if date > OffsetDateTime::now_utc() && rulings.future_dates == DiscouragedData::Refused {
        return Err(fields.wrong("datePosted", "must not be in the future"));
    }
    fields.optional_date_time("dateUserInitiated")?;
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
        return Err(fields.wrong(
            "transactionAmount",
            "must be positive for CREDIT and negative for DEBIT",
        ));
    }
    if let Some(exchanged) = fields.optional_number("exchangeAmount")?
        && read_amount(fields, "exchangeAmount", exchanged)?.signum() * amount.signum() < 0
    {
        return Err(fields.wrong("exchangeAmount", "must have the sign of transactionAmount"));
    }
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
    Ok(PostedTransaction {
        unique_id,
        amount,
        date,
    })
}

fn read_amount(fields: &Fields<'_>, name: &str, amount: f64) -> Result<i128, Refusal> {
    units(amount).ok_or_else(|| fields.wrong(name, "is out of range"))
}
