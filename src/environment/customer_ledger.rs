//! The ledgers of customers: reads their files and sets the customers' numbers.
//!
//! A ledger gives the numbers of its customer; where the environment declares them too, both must agree. How a ledger
//! is written is left to `ledger`.

use std::collections::BTreeSet;

use crate::environment::ledger::transactions;
use crate::environment::{Customer, Environment, LookError, SecretLocation};
use crate::secret::Secret;
use plan_language::source::{Finding, Sources, Span};

/// Reads the ledgers of all customers and sets the customers' numbers; `look` returns the content of a file.
///
/// The content is added to `sources`, so that findings can show its lines.
pub fn read_ledgers(
    environment: &mut Environment,
    look: &dyn Fn(SecretLocation<'_>) -> Result<Secret, LookError>,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) {
    for customer in &mut environment.customers {
        let Some(ledger) = &mut customer.ledger else {
            continue;
        };
        match ledger.file.resolve(look) {
            Err(unresolved) => findings.push(unresolved.finding()),
            Ok(content) => {
                let name = ledger.name();
                let text = content.expose();
                sources.insert(&name, text.as_bytes());
                let before = findings.len();
                (ledger.transactions, ledger.note) = transactions(&name, text, findings);
                if findings.len() == before {
                    count_ledger(customer, findings);
                }
            }
        }
    }
}

/// Sets the numbers of a customer from its ledger, and reports numbers of the environment that disagree.
fn count_ledger(customer: &mut Customer, findings: &mut Vec<Finding>) {
    let Some(ledger) = &customer.ledger else {
        return;
    };
    let name = ledger.name();
    let accounts: BTreeSet<_> = ledger
        .transactions
        .iter()
        .map(|transaction| &transaction.account)
        .collect();
    let declared = &customer.declared;
    let counts = [
        Count {
            field: "accounts",
            declared: &declared.accounts,
            number: &mut customer.accounts,
            counted: accounts.len() as u64,
            // An account without transactions is in no ledger.
            agrees: |declared, counted| declared >= counted,
        },
        Count {
            field: "cleared",
            declared: &declared.cleared,
            number: &mut customer.cleared,
            counted: ledger.count(false),
            agrees: |declared, counted| declared == counted,
        },
        Count {
            field: "pending",
            declared: &declared.pending,
            number: &mut customer.pending,
            counted: ledger.count(true),
            agrees: |declared, counted| declared == counted,
        },
    ];
    findings.extend(counts.into_iter().filter_map(|count| count.settle(&name)));
}

/// A number of a customer that its ledger gives, too.
struct Count<'c> {
    field: &'static str,
    /// The place of the number in the environment; unset if the environment does not declare it.
    declared: &'c Option<Span>,
    number: &'c mut u64,
    counted: u64,
    agrees: fn(u64, u64) -> bool,
}

impl Count<'_> {
    /// Takes the counted number, or returns a finding if the environment declares one that disagrees.
    fn settle(self, ledger: &str) -> Option<Finding> {
        let Some(span) = self.declared else {
            *self.number = self.counted;
            return None;
        };
        let (field, number, counted) = (self.field, *self.number, self.counted);
        (!(self.agrees)(number, counted)).then(|| {
            let message = format!("`{field}` is {number}, and {ledger} contains {counted}");
            Finding::new(span, message)
                .with_hint(format!("remove `{field}`: the ledger gives the number"))
        })
    }
}
