//! The head of a run: what a reader of its journal and reports must know before its facts.

use std::sync::Arc;

use crate::cli::documents::Opened;
use crate::journal::{FORMAT, Header};
use crate::runner::timestamp;
use crate::tap::now_seconds;
use crate::topology::Fault;
use plan_language::plan::{Case, WAITS};
use plan_language::value::duration;

/// Draws up the head of a run.
pub fn header_of(
    opened: &Opened,
    selected: &[Arc<Case>],
    filtered_out: usize,
    faults: &[Fault],
) -> Header {
    let environment = &opened.environment;
    Header {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        started: timestamp(now_seconds()),
        mode: environment.mode,
        environment: environment.name.clone(),
        subject: environment.subject.clone(),
        sources: opened.library.digests.clone(),
        provenance: opened.provenance.clone(),
        selection: selected.iter().map(|case| case.id.to_string()).collect(),
        filtered_out,
        faults: faults.iter().map(|fault| fault.id().to_owned()).collect(),
        relaxations: environment
            .waits
            .iter()
            .filter_map(|(name, time)| {
                let usual = WAITS.iter().find(|one| one.name == name)?.usual;
                (*time > usual).then(|| {
                    let time = duration::format(*time);
                    format!(
                        "the wait {name} is {time} instead of {}",
                        duration::format(usual)
                    )
                })
            })
            .chain(environment.rulings.iter().map(|(name, value)| {
                format!("the emulated service's setting {name} is {value}, by the environment")
            }))
            .chain(
                environment
                    .changed
                    .iter()
                    .map(|change| format!("`--set {change}`, whatever the environment says")),
            )
            .collect(),
        strict: false,
    }
}
