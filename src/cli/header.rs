//! The header of a run: the facts that a reader of its journal and reports needs first.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::documents::OpenedDocuments;
use crate::clock;
use crate::environment::{Environment, outline};
use crate::journal::{FORMAT, Header, LedgerExtent};
use crate::record::{changed_plans, loosened_waits, undeclared};
use crate::shipped;
use crate::topology::Fault;
use plan_language::plan::Case;

/// Builds the header of a run.
pub fn header_of(
    opened: &OpenedDocuments,
    selected: &[Arc<Case>],
    filtered_out: usize,
    faults: &[Fault],
) -> Header {
    let environment = &opened.environment;
    Header {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        started: clock::rfc_3339(clock::wall_seconds()),
        mode: environment.mode,
        environment: environment.name.clone(),
        subject: environment.subject.clone(),
        operator: environment.operator.clone(),
        sources: opened.library.digests.clone(),
        provenance: opened.provenance.clone(),
        selection: selected.iter().map(|case| case.id.to_string()).collect(),
        filtered_out,
        faults: faults.iter().map(|fault| fault.id().to_owned()).collect(),
        limits_loosened: loosened_waits(&environment.waits)
            .into_iter()
            .chain(environment.rulings.iter().map(|(name, value)| {
                format!("the environment sets {name} of the emulated service to {value}")
            }))
            .chain(
                environment
                    .changed
                    .iter()
                    .map(|change| format!("`--set {change}` overrides the environment")),
            )
            .collect(),
        features: environment.features.clone(),
        undeclared: undeclared(&opened.library, &environment.features),
        waits: environment
            .waits
            .iter()
            .map(|(name, time)| {
                let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                (name.to_string(), millis)
            })
            .collect(),
        outline: outline(environment),
        changed_values: environment.changed.clone(),
        ledgers: ledgers(environment),
        waivers: Vec::new(),
        changed_plans: changed_plans(&opened.library.digests, &shipped::digests()),
        nonce: None,
        attempt: None,
        strict: false,
    }
}

/// Says how far the ledgers of the environment reach.
fn ledgers(environment: &Environment) -> BTreeMap<String, LedgerExtent> {
    let with_ledger = environment.customers.iter().filter_map(|customer| {
        let ledger = customer.ledger.as_ref()?;
        let (from, until) = ledger.days().unzip();
        let extent = LedgerExtent {
            transactions: ledger.transactions.len(),
            from: from.map(str::to_owned),
            until: until.map(str::to_owned),
        };
        Some((customer.name.clone(), extent))
    });
    with_ledger.collect()
}
