//! `$booked`: transactions as the product reads them, compared with the customer's ledger.
//!
//! The amounts are compared with their signs, each as often as the ledger has it; so a lost, a doubled, a flipped and a
//! wrong amount all show. Transactions dated before the first day that counts are left out, and so are those dated after
//! the ledger's last day, for example those that the bank actions of a run make. One that is dated at a border, where the
//! day depends on the zone, counts if the ledger has its amount.
//!
//! The days are a comparison of their own, `compare: days`: which transaction is which follows from the amounts there.

mod booking;
mod comparison;
mod days;

use crate::source::{Finding, Node, Span};
use crate::value::form;
use crate::value::kinds::Kinds;
use crate::value::matcher::argument::{expected, object};
use crate::value::matcher::compile::{Compiler, MatcherOperator, operator};
use crate::value::matcher::demand::{
    Comparison, Compiled, CompiledOperator, Demand, DemandKind, Resolved, ResolvedOperator,
};
use crate::value::matcher::elements::Elements;
use crate::value::matcher::tally::{Obstacle, Tally};
use crate::value::reference::{Reason, Reference, Scope, Unset};
use crate::value::template::Template;
use crate::value::zone::{Zone, bank_zone};
use serde_json::{Number, Value};
use std::sync::Arc;
use time::Date;

/// The operator's row in the table.
pub(super) const OPERATOR: MatcherOperator = MatcherOperator {
    name: "$booked",
    doc: "transactions with exactly the amounts that the ledger has of the account from that day on; what is dated before it, or after the ledger's last day, is left out. With `compare: days` the transactions whose amounts the ledger has, each on the day of the ledger",
    example: r#"{ $booked: { ledger: "${customer.ledger}", account: "${account.externalId}", from: "2026-01-01" } }"#,
    argument: r##"{
        "type": "object",
        "required": ["ledger", "account", "from"],
        "properties": {
            "ledger": {
                "description": "The ledger of a customer. Example: `${customer.ledger}`",
                "type": "string",
                "pattern": "\\$\\{"
            },
            "account": {
                "description": "The account, by its external id. Example: `${account.externalId}`",
                "type": "string"
            },
            "from": {
                "description": "The first day that counts. Example: `2026-01-01`",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$|\\$\\{"
            },
            "compare": {
                "description": "What is compared: the amounts, or the days of transactions whose amounts agree. Example: `days`",
                "enum": ["amounts", "days"],
                "default": "amounts"
            }
        },
        "additionalProperties": false
    }"##,
    compile,
};

/// The keys of the argument.
const KEYS: [&str; 4] = ["ledger", "account", "from", "compare"];

/// What `compare` may be.
const AMOUNTS: &str = "amounts";
const DAYS: &str = "days";

/// How many accounts a message names.
const ACCOUNTS_NAMED_MAX: usize = 6;

#[derive(Debug)]
struct Booked {
    argument: Template,
    compares: Compares,
}

/// What of the transactions is compared with the ledger.
#[derive(Clone, Copy, Debug)]
enum Compares {
    /// The amounts, each as often as it is there.
    Amounts,
    /// The days of those whose amounts agree.
    Days,
}

/// What the ledger has of one account.
#[derive(Debug)]
struct LedgerAccount {
    /// The transactions from the first day on, in the order of the ledger.
    entries: Vec<LedgerEntry>,
    /// The transactions before that day, which do not count.
    earlier: Vec<LedgerEntry>,
    /// The first day that counts.
    from: Date,
    /// The last day of the ledger.
    until: Date,
    /// The bank's zone, if the environment names one.
    zone: Option<Zone>,
    compares: Compares,
}

/// A transaction in the ledger.
#[derive(Debug)]
struct LedgerEntry {
    date: Date,
    amount: Number,
}

fn compile(argument: &Node, compiler: &mut Compiler<'_>) -> Option<DemandKind<Compiled>> {
    let before = compiler.findings.len();
    let values = object(argument, KEYS, compiler)?;
    for (key, value) in KEYS.iter().zip(values).take(3) {
        if value.is_none() {
            compiler.findings.push(
                Finding::new(&argument.span, format!("`{key}` is missing"))
                    .with_hint("write { ledger: \"${customer.ledger}\", account: external id, from: first day }"),
            );
        }
    }
    if let Some(from) = values[2] {
        let text = from.as_text().unwrap_or_default();
        if form::date(text).is_none() && !text.contains("${") {
            let finding = expected("a day such as \"2026-01-01\"", from);
            compiler.findings.push(finding);
        }
    }
    let compares = match values[3].map(|node| (node, node.as_text())) {
        None | Some((_, Some(AMOUNTS))) => Compares::Amounts,
        Some((_, Some(DAYS))) => Compares::Days,
        Some((node, _)) => {
            let finding = expected("`amounts` or `days`", node);
            compiler.findings.push(finding);
            return None;
        }
    };
    if compiler.findings.len() > before {
        return None;
    }
    let argument = Template::compile(argument, compiler.findings);
    Some(operator(Booked { argument, compares }))
}

impl CompiledOperator for Booked {
    fn references(&self) -> Vec<&Reference> {
        self.argument.references()
    }

    /// Looks up what the ledger has. That it does not know the account is no fault of the participant that posted.
    fn resolve(&self, scope: &dyn Scope) -> Result<Arc<dyn ResolvedOperator>, Unset> {
        let argument = self.argument.render(scope)?;
        let account = argument["account"].as_str().unwrap_or_default();
        let from = written_day(&argument["from"]).unwrap_or(Date::MIN);
        let accounts = argument["ledger"]["accounts"].as_object();
        let entries = accounts
            .and_then(|accounts| accounts.get(account))
            .and_then(Value::as_array);
        let Some(entries) = entries else {
            let names = accounts.into_iter().flat_map(|accounts| accounts.keys());
            let known: Vec<&str> = names.map(String::as_str).take(ACCOUNTS_NAMED_MAX).collect();
            let reason = Reason::NotInLedger {
                account: account.to_owned(),
                known: known.join(", "),
            };
            return Err(self.unset(reason));
        };
        let entries = entries.iter().filter_map(|entry| {
            let Value::Number(amount) = &entry[1] else {
                return None;
            };
            Some(LedgerEntry {
                date: written_day(&entry[0])?,
                amount: amount.clone(),
            })
        });
        let (entries, earlier) = entries.partition(|entry: &LedgerEntry| entry.date >= from);
        Ok(Arc::new(LedgerAccount {
            entries,
            earlier,
            from,
            until: written_day(&argument["ledger"]["until"]).unwrap_or(Date::MIN),
            zone: bank_zone(scope),
            compares: self.compares,
        }))
    }

    fn kinds(&self) -> Kinds {
        Kinds::ARRAY
    }
}

impl Booked {
    /// Makes the error about the first reference; a ledger that is written into the plan itself has none.
    fn unset(&self, why: Reason) -> Unset {
        let references = self.argument.references();
        let reference = references.first().copied().cloned();
        reference
            .unwrap_or_else(|| Reference {
                name: "ledger".into(),
                path: Vec::new(),
                span: Span::outside("plan"),
            })
            .unset(why)
    }
}

impl ResolvedOperator for LedgerAccount {
    fn check(&self, comparison: &Comparison<'_>, tally: &mut Tally) {
        let Some(elements) = Elements::of(comparison, tally) else {
            return;
        };
        let compared = match self.compares {
            Compares::Amounts => self.compare_amounts(elements.iter()),
            Compares::Days => self.compare_days(elements.iter()),
        };
        let nothing_else = compared.differences.is_empty() && compared.open.is_none();
        if nothing_else && compared.agreed == 0 {
            comparison.undecide(Obstacle::Nothing, self.nothing_compared(), tally);
            return;
        }
        for _ in 0..compared.agreed {
            tally.hold();
        }
        for difference in compared.differences {
            tally.miss(1, || match difference.index {
                Some(index) => elements.mismatch_at(index, difference.why),
                None => elements.mismatch(difference.why),
            });
        }
        if let Some(open) = compared.open {
            comparison.undecide(Obstacle::Unreadable, open, tally);
        }
    }

    fn describe(&self, _inner: &dyn Fn(&Demand<Resolved>) -> String) -> String {
        let number = self.entries.len();
        let plural = if number == 1 { "" } else { "s" };
        let (from, until) = (self.from, self.until);
        match self.compares {
            Compares::Amounts => format!(
                "exactly the {number} transaction{plural} that the ledger has from {from} to {until}"
            ),
            Compares::Days => {
                "each transaction of the ledger on the day on which the ledger has it".to_owned()
            }
        }
    }
}

impl LedgerAccount {
    /// Says why no transaction was compared, although nothing is wrong with any.
    fn nothing_compared(&self) -> String {
        let (from, until) = (self.from, self.until);
        match self.compares {
            Compares::Days => {
                "no transaction has an amount of the ledger, so no day was compared".to_owned()
            }
            // An empty or outdated part of a ledger proves nothing of a provider that posts nothing.
            Compares::Amounts if from > until => format!(
                "the ledger ends on {until}, before {from}, the first day that counts, so no amount was compared"
            ),
            Compares::Amounts => format!(
                "the ledger has no transaction of the account from {from} to {until}, so no amount was compared"
            ),
        }
    }
}

/// Reads the day of a date or a date-time, as it is written.
fn written_day(value: &Value) -> Option<Date> {
    form::date(value.as_str()?.get(..DAY)?)
}

/// The length of a day, `YYYY-MM-DD`.
const DAY: usize = 10;
