//! The data that cases want of an environment: customers of a kind, a second customer, the bank's own books.
//!
//! It is known before a run, so that somebody who sets up test data sees at once what is missing, and for which cases.

use std::sync::Arc;

use crate::environment::Environment;
use crate::topology::applicable::{agreed, applies_apart_from_data, candidates, kind_of_customer};
use plan_language::plan::{Case, Library};

/// One kind of data, and the cases that want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedData {
    /// The data in one phrase: ``a customer with `accounts` at least 2``.
    pub what: String,
    /// The customers that have it, in the order of the environment; empty if it is missing.
    pub customers: Vec<String>,
    /// Ids of the cases that want it, in the order of the plans; not empty.
    pub cases: Vec<Arc<str>>,
    /// What happens to these cases where it is missing, in one phrase.
    pub without: &'static str,
}

/// Lists the data that the cases want which could run in an environment: what is missing first, else in the
/// order in which the plans want it.
pub fn wanted_data(library: &Library, environment: &Environment) -> Vec<WantedData> {
    let mut wanted: Vec<WantedData> = Vec::new();
    let mut add = |case: &Case, what: String, customers: Vec<String>, without| match wanted
        .iter_mut()
        .find(|known| known.what == what && known.customers == customers)
    {
        Some(known) => known.cases.push(case.id.clone()),
        None => wanted.push(WantedData {
            what,
            customers,
            cases: vec![case.id.clone()],
            without,
        }),
    };
    let names = |indices: &[usize]| -> Vec<String> {
        let customers = indices.iter().map(|index| &environment.customers[*index]);
        customers.map(|customer| customer.name.clone()).collect()
    };
    for case in library.cases() {
        if !applies_apart_from_data(case, environment) {
            continue;
        }
        let fitting = candidates(case, environment, agreed(case, environment)).unwrap_or_default();
        if let Some(kind) = kind_of_customer(case) {
            add(case, format!("a {kind}"), names(&fitting), "skipped");
        }
        if case.needs.other_customer {
            let all: Vec<_> = (0..environment.customers.len()).collect();
            let several = if all.len() < 2 {
                Vec::new()
            } else {
                names(&all)
            };
            add(case, "a second customer".to_owned(), several, "skipped");
        }
        if case.needs.ledger {
            let mut fitting = fitting;
            fitting.retain(|index| environment.customers[*index].books().is_some());
            let what = "the bank's books about the customer (`ledger`)".to_owned();
            let without = "amounts and signs are not compared with the bank's";
            add(case, what, names(&fitting), without);
        }
    }
    // Missing data comes first.
    wanted.sort_by_key(|wanted| !wanted.customers.is_empty());
    wanted
}

#[cfg(test)]
mod tests;
