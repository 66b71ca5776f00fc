//! The facts that a reader needs before the results of a run: subject, mode, plans, limits.

use crate::journal::Header;
use crate::number::count;
use crate::record::Record;
use crate::report::answer::waivers;
use crate::report::number::duration;
use crate::report::observed::observed;
use plan_language::participant::Mode;

/// Lists the facts that a reader needs before the results, as names and values.
pub(super) fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let header = &record.header;
    let mut facts = Vec::new();
    let mut add = |name, value: String| facts.push((name, value));
    add(
        "subject",
        match (subject(record), header.mode) {
            (Some(subject), Mode::Service) => {
                format!("the live Banking Service, which the environment names {subject}")
            }
            (None, Mode::Service) => "the live Banking Service".to_owned(),
            (Some(subject), _) => subject,
            (None, Mode::Rehearsal) => "none: every participant was emulated".to_owned(),
            (None, _) => "not named".to_owned(),
        },
    );
    if let Some(observed) = observed(record) {
        add("observed", observed);
    }
    add(
        "mode",
        format!("{}: {}", header.mode, participants_of(header.mode)),
    );
    add("environment", header.environment.clone());
    add("feedproof", header.version.clone());
    add("plans", header.provenance.clone());
    add("started", header.started.clone());
    if let Some(nonce) = nonce(header) {
        add("nonce", nonce);
    }
    add("took", duration(record.took_us));
    add("selected", count(header.selection.len(), "case"));
    if header.filtered_out > 0 {
        add("filtered out", count(header.filtered_out, "case"));
    }
    facts.extend(demands(record));
    facts
}

/// Lists what made the run more or less strict: faults, ledgers, waivers, limits.
fn demands(record: &Record) -> Vec<(&'static str, String)> {
    let header = &record.header;
    let mut facts = Vec::new();
    let mut add = |name, value: String| facts.push((name, value));
    add(
        "strict",
        match (header.mode, header.strict) {
            (Mode::Rehearsal, _) => "a rehearsal counts every failure",
            (_, true) => "yes: a failing SHOULD is a failure",
            (_, false) => "no: a failing SHOULD is a warning",
        }
        .to_owned(),
    );
    add(
        "injected faults",
        if header.faults.is_empty() {
            "none".to_owned()
        } else {
            header.faults.join(", ")
        },
    );
    for (customer, ledger) in &header.ledgers {
        add("ledger", format!("{customer}: {ledger}"));
    }
    for waiver in waivers(record) {
        add("waiver", waiver);
    }
    if header.limits_loosened.is_empty() {
        add("limits loosened", "none".to_owned());
    }
    for relaxation in &header.limits_loosened {
        add("limits loosened", relaxation.clone());
    }
    facts
}

/// Says which participants are live in a mode, and which are emulated.
pub fn participants_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Rehearsal => "service, Sage ID and provider are emulated",
        Mode::Connector => "the provider is live, service and Sage ID are emulated",
        Mode::Service => "service and Sage ID are live, the provider is emulated",
        Mode::EndToEnd => "service, Sage ID and provider are live",
    }
}

/// Names the nonce of a run, if it has one, and which attempt it is, if not the first.
fn nonce(header: &Header) -> Option<String> {
    let nonce = header.nonce.as_ref()?;
    Some(match header.attempt {
        Some(attempt @ 2..) => format!("{nonce}, attempt {attempt}"),
        _ => nonce.clone(),
    })
}

/// Names the subject of a run with version, commit and digest, if the environment names one.
pub fn subject(record: &Record) -> Option<String> {
    let subject = record.header.subject.as_ref()?;
    let mut name = subject.name.clone();
    if let Some(version) = &subject.version {
        name = format!("{name} {version}");
    }
    if let Some(commit) = &subject.commit {
        name = format!("{name} ({commit})");
    }
    if let Some(digest) = &subject.digest {
        name = format!("{name}, {digest}");
    }
    Some(name)
}
