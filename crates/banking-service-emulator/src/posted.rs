//! Reads a statement as a provider posts it, member by member, and checks that it is consistent in itself.
//!
//! Every member that the sources show has its type here; other members are stored unchecked. Checks against the account,
//! and the effect of a statement, are left to `statement`.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;
use serde_json::{Number, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use super::fields::{Fields, is_local, read_date_time};
use super::refusal::Refusal;
use super::settings::{DiscouragedData, LocalDateTimes, Rulings};
use super::state::{DateSpan, StatementContent};
use super::totals::{AMOUNT_MAX, ControlTotals, amount};
use super::transaction_text::TransactionText;

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
    /// What the service had to guess in reading it, as a sentence without a full stop.
    pub(super) note: Option<String>,
}

/// The date-times of a statement that name no instant, because they have no offset.
#[derive(Default)]
struct LocalMoments {
    count: usize,
    first: Option<String>,
}

impl LocalMoments {
    /// Takes a date-time that may have no offset.
    ///
    /// # Errors
    /// 400 where the setting refuses one without.
    fn take(&mut self, rulings: &Rulings, fields: &Fields<'_>, name: &str) -> Result<(), Refusal> {
        if !fields.optional_date_time(name)?.is_some_and(is_local) {
            return Ok(());
        }
        if rulings.local_date_times == LocalDateTimes::Refused {
            let rule = "has no offset, so it names no instant; it must end with Z or an offset such as +01:00";
            return Err(fields.refuse(name, rule));
        }
        self.count += 1;
        self.first.get_or_insert_with(|| fields.path_of(name));
        Ok(())
    }

    /// Says how these date-times were read; `None` if there is none.
    fn note(self) -> Option<String> {
        let first = self.first?;
        Some(match self.count {
            1 => format!("{first} has no offset and is read in UTC"),
            count => format!(
                "{count} date-times, the first of them {first}, have no offset and are read in UTC"
            ),
        })
    }
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
            mut local,
        } = PostedTransactions::read(rulings, data, account)?;
        totals.check(rulings.totals_mismatch, &data.object("expected")?)?;
        let balances = read_balances(rulings, &details, &mut local)?;
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
            note: local.note(),
        })
    }
}

/// The transactions of a statement, with their totals and dates.
#[derive(Default)]
struct PostedTransactions {
    totals: ControlTotals,
    transactions: Vec<(String, TransactionText)>,
    dates: Option<DateSpan>,
    local: LocalMoments,
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
            for name in ["datePosted", "dateUserInitiated"] {
                read.local.take(rulings, &fields, name)?;
            }
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
                .push((transaction.unique_id, TransactionText::of(item)));
        }
        Ok(read)
    }
}

fn read_balances(
    rulings: &Rulings,
    details: &Fields<'_>,
    local: &mut LocalMoments,
) -> Result<Option<Value>, Refusal> {
    let Some(balances) = details.optional_object("balances")? else {
        return Ok(None);
    };
    for name in ["ledgerBalance", "availableBalance"] {
        balances.optional_number(name)?;
    }
    for name in ["ledgerBalanceDate", "availableBalanceDate"] {
        local.take(rulings, &balances, name)?;
    }
    Ok(details.value("balances").cloned())
}

/// The members of one transaction that checks of the whole statement need.
struct PostedTransaction {
    unique_id: String,
    amount: BigDecimal,
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
    let amount = read_signed_amount(fields)?;
    check_details(fields)?;
    Ok(PostedTransaction {
        unique_id,
        amount,
        date,
    })
}

/// Reads the amount, whose sign must fit `transactionType` and `exchangeAmount`.
fn read_signed_amount(fields: &Fields<'_>) -> Result<BigDecimal, Refusal> {
    let amount = read_amount(
        fields,
        "transactionAmount",
        fields.number("transactionAmount")?,
    )?;
    let opposite = match fields.text("transactionType")? {
        "CREDIT" => amount.sign() == Sign::Minus,
        "DEBIT" => amount.sign() == Sign::Plus,
        _ => false,
    };
    if opposite {
        return Err(fields.refuse(
            "transactionAmount",
            "has the wrong sign; it must be positive for CREDIT and negative for DEBIT",
        ));
    }
    if let Some(exchanged) = fields.optional_number("exchangeAmount")?
        && (read_amount(fields, "exchangeAmount", exchanged)?.sign() * amount.sign()) == Sign::Minus
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

fn read_amount(fields: &Fields<'_>, name: &str, sent: &Number) -> Result<BigDecimal, Refusal> {
    amount(sent).ok_or_else(|| {
        let rule = format!("is out of range; it must be from -{AMOUNT_MAX} to {AMOUNT_MAX}, in at most 64 characters");
        fields.refuse(name, &rule)
    })
}
