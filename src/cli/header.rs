//! The header of a run: the facts that a reader of its journal and reports needs first.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::documents::OpenedDocuments;
use crate::cli::error::CliError;
use crate::clock;
use crate::environment::{Environment, outline};
use crate::journal::{FORMAT, Header, LedgerExtent};
use crate::record::{changed_plans, loosened_waits, undeclared};
use crate::shipped;
use crate::topology::Fault;
use crate::vault::Vault;
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

/// Masks what the environment puts into a header, and refuses one that contains a secret all the same: every file of the
/// run would be withheld at its end.
///
/// # Errors
/// [`CliError`] with exit code 2 that names the kind of the secret.
pub fn has_no_secret(header: &mut Header, vault: &Vault) -> Result<(), CliError> {
    for (_, value) in &mut header.outline {
        *value = vault.hide(value).into_owned();
    }
    let scanner = vault.scanner().map_err(CliError::leak)?;
    let leaks = |text: &str| scanner.scan_bytes(text.as_bytes());
    let waivers = header
        .waivers
        .iter()
        .map(|waiver| (waiver.target.to_string(), waiver.told()));
    for (target, told) in waivers {
        if let Some(leak) = leaks(&told).first() {
            return Err(CliError::usage(format!(
                "the waiver of {target} contains a secret: {leak}"
            )));
        }
    }
    let text = serde_json::to_string(header).unwrap_or_default();
    match leaks(&text).first() {
        Some(leak) => Err(CliError::usage(format!(
            "the head of the run would contain a secret: {leak}"
        ))
        .with_hint(
            "search the subject, the operator, the names of files and what --set changes for it",
        )),
        None => Ok(()),
    }
}
