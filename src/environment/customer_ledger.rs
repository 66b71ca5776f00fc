//! The ledgers of customers: reads their files and sets the customers' numbers.
//!
//! A ledger gives the numbers of its customer; where the environment declares them too, both must agree. How a ledger
//! is written is left to `ledger`.

use std::collections::BTreeSet;

use crate::environment::contained::Contained;
use crate::environment::ledger::transactions;
use crate::environment::{Customer, Environment, LookError, SecretLocation};
use crate::secret::Secret;
use plan_language::source::{Finding, Sources};

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
    let transactions = ledger.transactions.iter();
    let accounts: BTreeSet<_> = transactions.map(|booked| &booked.account).collect();
    let contained = Contained {
        // An account without transactions is in no ledger.
        accounts: accounts.len() as u64,
        cleared: ledger.count(false),
        pending: ledger.count(true),
    };
    let (source, name) = (ledger.name(), "the ledger");
    contained.settle(customer, (&source, name), findings);
}
