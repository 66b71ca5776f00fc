//! Changes of what a run was: mode, subject, versions, waits, features, plans, strictness, faults.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::comparison::change::{Aspect, ChangeKind, RunChange};
use crate::journal::{Header, LedgerExtent};
use crate::record::loosened_waits;
use crate::waivers::WaiverTarget;
use plan_language::plan::{Declared, SourceDigest, WAITS};
use plan_language::value::duration;

/// Tells whether two runs had the same plans, flows and catalogues.
pub(super) fn same_plans(earlier: &Header, later: &Header) -> bool {
    let digests = |header: &Header| -> BTreeSet<String> {
        let sources = header.sources.iter();
        sources.map(|source| source.sha256.clone()).collect()
    };
    digests(earlier) == digests(later)
}

/// Adds the changes of the settings.
pub(super) fn compare(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let mut differ = |kind, aspect, before: &str, after: &str| {
        if before != after {
            changes.push(RunChange::new(kind, aspect, "", before, after));
        }
    };
    let modes = (earlier.mode.as_str(), later.mode.as_str());
    differ(ChangeKind::OtherRun, Aspect::Mode, modes.0, modes.1);
    let subject = |header: &Header| {
        let subject = header.subject.as_ref();
        let or_none = |text: Option<&String>| text.map_or("none", String::as_str).to_owned();
        (
            or_none(subject.map(|subject| &subject.name)),
            or_none(subject.and_then(|subject| subject.version.as_ref())),
            or_none(subject.and_then(|subject| subject.commit.as_ref())),
            or_none(subject.and_then(|subject| subject.digest.as_ref())),
        )
    };
    let (before, after) = (subject(earlier), subject(later));
    differ(ChangeKind::OtherRun, Aspect::Subject, &before.0, &after.0);
    let changed = ChangeKind::Changed;
    differ(changed, Aspect::SubjectVersion, &before.1, &after.1);
    differ(changed, Aspect::SubjectCommit, &before.2, &after.2);
    differ(changed, Aspect::SubjectDigest, &before.3, &after.3);
    differ(changed, Aspect::Version, &earlier.version, &later.version);
    differ(
        changed,
        Aspect::Environment,
        &earlier.environment,
        &later.environment,
    );
    // That faults were injected at all is a condition of a certificate, which has its own change.
    if !earlier.faults.is_empty() && !later.faults.is_empty() {
        let (before, after) = (earlier.faults.join(", "), later.faults.join(", "));
        differ(changed, Aspect::Faults, &before, &after);
    }
    strict(changes, earlier, later);
    waits(changes, earlier, later);
    limits(changes, earlier, later);
    features(changes, earlier, later);
    outline(changes, earlier, later);
    ledgers(changes, earlier, later);
    waivers(changes, earlier, later);
    documents(changes, &earlier.sources, &later.sources);
}

fn strict(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let words = |strict| if strict { "failures" } else { "warnings" };
    let kind = match (earlier.strict, later.strict) {
        (true, false) => ChangeKind::Looser,
        (false, true) => ChangeKind::Better,
        _ => return,
    };
    let (before, after) = (words(earlier.strict), words(later.strict));
    changes.push(RunChange::new(kind, Aspect::Strict, "", before, after));
}

/// A wait that an environment does not set has its usual length.
fn waits(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let usual = WAITS.iter().map(|wait| (wait.name, wait.usual));
    let usual: BTreeMap<&str, Duration> = usual.collect();
    let names = earlier.waits.keys().chain(later.waits.keys());
    let names: BTreeSet<&str> = names.map(String::as_str).collect();
    for name in names {
        let of = |header: &Header| {
            let set = header.waits.get(name);
            set.map(|millis| Duration::from_millis(*millis))
                .or_else(|| usual.get(name).copied())
        };
        let (Some(before), Some(after)) = (of(earlier), of(later)) else {
            continue;
        };
        let kind = match after.cmp(&before) {
            std::cmp::Ordering::Greater => ChangeKind::Looser,
            std::cmp::Ordering::Less => ChangeKind::Better,
            std::cmp::Ordering::Equal => continue,
        };
        changes.push(RunChange::new(
            kind,
            Aspect::Wait,
            name,
            duration::format(before),
            duration::format(after),
        ));
    }
}

/// The other limits that an environment loosens; waits are compared by their lengths.
fn limits(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let limits = |header: &Header| -> BTreeSet<String> {
        let waits = header.waits.iter();
        let waits = waits.map(|(name, millis)| (name.clone(), Duration::from_millis(*millis)));
        let waits = loosened_waits(&waits.collect());
        let limits = header.limits_loosened.iter();
        limits
            .filter(|limit| !waits.contains(limit))
            .cloned()
            .collect()
    };
    let (before, after) = (limits(earlier), limits(later));
    for limit in after.difference(&before) {
        let change = RunChange::new(
            ChangeKind::Looser,
            Aspect::Limit,
            limit,
            "as usual",
            "loosened",
        );
        changes.push(change);
    }
    for limit in before.difference(&after) {
        let change = RunChange::new(
            ChangeKind::Better,
            Aspect::Limit,
            limit,
            "loosened",
            "as usual",
        );
        changes.push(change);
    }
}

/// What the outlines of the environments say differently.
fn outline(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let settings =
        |header: &Header| -> BTreeMap<String, String> { header.outline.iter().cloned().collect() };
    let (before, after) = (settings(earlier), settings(later));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let value = |settings: &BTreeMap<String, String>| {
            settings
                .get(name)
                .map_or("not set", String::as_str)
                .to_owned()
        };
        let (before, after) = (value(&before), value(&after));
        if before != after {
            changes.push(RunChange::new(
                ChangeKind::Changed,
                Aspect::Setting,
                name,
                before,
                after,
            ));
        }
    }
}

/// A ledger that is gone or ends earlier lets fewer amounts be compared. One that begins later need not: the bank's data
/// of the last months moves with the day.
fn ledgers(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let customers = earlier.ledgers.keys().chain(later.ledgers.keys());
    let customers: BTreeSet<&String> = customers.collect();
    for customer in customers {
        let (before, after) = (earlier.ledgers.get(customer), later.ledgers.get(customer));
        let until = |ledger: Option<&LedgerExtent>| ledger.and_then(|ledger| ledger.until.clone());
        let kind = match (before, after) {
            _ if before == after => continue,
            (None, _) => ChangeKind::Better,
            (_, None) => ChangeKind::Looser,
            // No day is before any day.
            _ if until(after) < until(before) => ChangeKind::Looser,
            _ => ChangeKind::Changed,
        };
        let words = |ledger: Option<&LedgerExtent>| {
            ledger.map_or_else(|| "none".to_owned(), LedgerExtent::to_string)
        };
        let (before, after) = (words(before), words(after));
        changes.push(RunChange::new(
            kind,
            Aspect::Ledger,
            customer,
            before,
            after,
        ));
    }
}

/// A failure that is waived, or for longer, is a looser demand.
fn waivers(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let all = earlier.waivers.iter().chain(&later.waivers);
    let targets: BTreeSet<&WaiverTarget> = all.map(|waiver| &waiver.target).collect();
    for target in targets {
        let until = |header: &Header| {
            let mut waivers = header.waivers.iter();
            let waiver = waivers.find(|waiver| waiver.target == *target);
            waiver.map(|waiver| waiver.expires.clone())
        };
        let (before, after) = (until(earlier), until(later));
        let kind = match after.cmp(&before) {
            std::cmp::Ordering::Greater => ChangeKind::Looser,
            std::cmp::Ordering::Less => ChangeKind::Better,
            std::cmp::Ordering::Equal => continue,
        };
        let words = |until: Option<String>| {
            until.map_or_else(|| "none".to_owned(), |day| format!("until {day}"))
        };
        let (name, before, after) = (target.to_string(), words(before), words(after));
        changes.push(RunChange::new(kind, Aspect::Waiver, &name, before, after));
    }
}

/// A feature that is not declared any more takes its cases away, and so does one that is declared absent.
fn features(changes: &mut Vec<RunChange>, earlier: &Header, later: &Header) {
    let names = earlier.features.keys().chain(later.features.keys());
    let names: BTreeSet<&String> = names.collect();
    let state = |header: &Header, name: &str| match header.features.get(name) {
        Some(Declared::Supported) => (0, "supported"),
        None => (1, "not declared"),
        Some(Declared::Absent) => (2, "absent"),
    };
    for name in names {
        let (before, after) = (state(earlier, name), state(later, name));
        let kind = match after.0.cmp(&before.0) {
            std::cmp::Ordering::Greater => ChangeKind::Looser,
            std::cmp::Ordering::Less => ChangeKind::Better,
            std::cmp::Ordering::Equal => continue,
        };
        changes.push(RunChange::new(
            kind,
            Aspect::Feature,
            name,
            before.1,
            after.1,
        ));
    }
}

/// A document with another digest may demand less, and only a reader of both can tell. Names alone are not compared: a
/// clone may have others.
fn documents(changes: &mut Vec<RunChange>, earlier: &[SourceDigest], later: &[SourceDigest]) {
    let has = |sources: &[SourceDigest], one: &SourceDigest| {
        let mut sources = sources.iter();
        sources.any(|source| source.role == one.role && source.sha256 == one.sha256)
    };
    let of_name = |sources: &[SourceDigest], one: &SourceDigest| -> Option<String> {
        let mut sources = sources.iter();
        let found = sources.find(|source| source.role == one.role && source.file == one.file);
        found.map(|source| short(&source.sha256))
    };
    for source in earlier.iter().filter(|source| !has(later, source)) {
        let after = of_name(later, source).unwrap_or_else(|| "not used".to_owned());
        let before = short(&source.sha256);
        let change = RunChange::new(
            ChangeKind::Looser,
            Aspect::Document,
            &source.file,
            before,
            after,
        );
        changes.push(change);
    }
    let added = later.iter().filter(|source| !has(earlier, source));
    for source in added.filter(|source| of_name(earlier, source).is_none()) {
        let after = short(&source.sha256);
        let change = RunChange::new(
            ChangeKind::Changed,
            Aspect::Document,
            &source.file,
            "not used",
            after,
        );
        changes.push(change);
    }
}

/// Returns the beginning of a digest, which is enough to tell two apart.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}
