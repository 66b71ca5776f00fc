//! Whether a run can be a certificate: conditions that follow from its record alone.
//!
//! The conditions of a header are known before the run, so that `--certify` can refuse it at once; the others need its
//! results. Adding a failure, a skip, a loosened limit or a missing part never meets a condition that was not met.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::{Event, Fact, Header, INTERRUPTED, WaitEnd};
use crate::judge::{Finding, RequirementOutcome, RunVerdict};
use crate::number::{count, first_names, is_or_are};
use crate::record::Record;
use crate::waivers::Waiver;
use plan_language::participant::Mode;
use plan_language::plan::{AUTHORISATION_EXPIRY, Level};
use plan_language::value::duration;

/// The longest wait of a certified run.
///
/// No source says how soon a provider must act. The longest pause that one recommends is that of 30 minutes between two
/// attempts to send a statement; an hour is longer than any, and a provider that needs more is not tested by a run.
pub const CERTIFIED_WAIT_MAX: Duration = Duration::from_secs(3600);

/// The longest wait of a certified run for an authorisation to expire.
///
/// An authorisation is valid for about 20 minutes, as Sage's page about securing callbacks says. A longer wait would let one pass that lives longer; some minutes are
/// left for clocks that differ, and for a provider that forgets authorisations in rounds.
pub const CERTIFIED_EXPIRY_MAX: Duration = Duration::from_secs(25 * 60);

/// The condition for which the events of a run are needed: a record that was read without its journal never meets it.
pub const ENDED_BY_ITSELF: &str = "the run ended by itself";

/// A condition under which a run can be a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What must be so; a sentence without the final full stop.
    pub rule: &'static str,
    /// Why it is not met; `None` if it is.
    pub unmet: Option<String>,
}

/// Lists the conditions that are known before a run, in the order in which a reader needs them.
pub fn conditions_before(header: &Header) -> Vec<Condition> {
    vec![
        Condition {
            rule: "a live provider is the subject",
            unmet: match header.mode {
                Mode::Connector | Mode::EndToEnd => None,
                Mode::Rehearsal => Some(
                    "a rehearsal tests emulated participants only, and is never a certificate"
                        .to_owned(),
                ),
                Mode::Service => Some(
                    "the live participant is the Banking Service; no connector was tested"
                        .to_owned(),
                ),
            },
        },
        Condition {
            rule: "the subject has a name and a version",
            unmet: match &header.subject {
                None => Some("the environment names no subject".to_owned()),
                Some(subject) if subject.version.is_none() => Some(format!(
                    "the environment gives no version of {}",
                    subject.name
                )),
                Some(_) => None,
            },
        },
        Condition {
            rule: "no fault was injected",
            unmet: listed(&header.faults).map(|faults| format!("injected: {faults}")),
        },
        Condition {
            rule: "no case was left out",
            unmet: (header.filtered_out > 0).then(|| {
                format!(
                    "the selection left {} out",
                    count(header.filtered_out, "case")
                )
            }),
        },
        Condition {
            rule: "no failure is waived",
            unmet: listed(&ids(&header.waivers)).map(|ids| format!("waivers are given for {ids}")),
        },
        Condition {
            rule: "the plans are the shipped ones, all of them",
            unmet: header.changed_plans.clone(),
        },
        Condition {
            rule: "the environment declares every feature that cases ask for",
            unmet: listed(&header.undeclared).map(|names| format!("not declared: {names}")),
        },
        Condition {
            rule: "no wait is over an hour, and none for an expiry over 25 minutes",
            unmet: too_long(header),
        },
    ]
}

/// Lists all conditions for the record of a run.
pub fn conditions(record: &Record) -> Vec<Condition> {
    let mut conditions = conditions_before(&record.header);
    conditions.extend([
        Condition {
            rule: ENDED_BY_ITSELF,
            unmet: cut_off(record),
        },
        Condition {
            rule: "every amount could be compared with the bank's data",
            unmet: without_bank_data(record),
        },
        Condition {
            rule: "every MUST requirement that applies was tested in all its parts",
            unmet: not_whole(record),
        },
        Condition {
            rule: "no case is inconclusive, and no requirement that counts failed",
            unmet: not_conformant(record),
        },
    ]);
    conditions
}

fn ids(waivers: &[Waiver]) -> Vec<&str> {
    waivers.iter().map(|waiver| waiver.target.id()).collect()
}

/// Lists the first names; `None` for none.
fn listed<T: AsRef<str>>(names: &[T]) -> Option<String> {
    (!names.is_empty()).then(|| first_names(names))
}

fn too_long(header: &Header) -> Option<String> {
    let most = |name: &str| match name {
        AUTHORISATION_EXPIRY => CERTIFIED_EXPIRY_MAX,
        _ => CERTIFIED_WAIT_MAX,
    };
    let waits = header.waits.iter();
    let long: Vec<String> = waits
        .filter(|(name, millis)| Duration::from_millis(**millis) > most(name))
        .map(|(name, millis)| {
            let time = duration::format(Duration::from_millis(*millis));
            format!("{name} is {time}")
        })
        .collect();
    listed(&long)
}

/// A run that was killed or interrupted leaves cases without an end.
fn cut_off(record: &Record) -> Option<String> {
    if let Some((why, _)) = record.cut_short() {
        return Some(why.to_owned());
    }
    if let Some(case) = record.events.iter().find_map(interrupted) {
        return Some(format!("the run was interrupted during {case}"));
    }
    let ended: BTreeSet<&str> = record
        .events
        .iter()
        .filter(|event| matches!(event.fact, Fact::Ended | Fact::NotOpened { .. }))
        .filter_map(|event| event.lane.as_deref())
        .collect();
    let selected = record.header.selection.iter().map(String::as_str);
    let open: Vec<&str> = selected.filter(|case| !ended.contains(case)).collect();
    listed(&open).map(|cases| format!("the journal ends before {cases} ended"))
}

/// Returns the case that an interrupt cut short by this event.
fn interrupted(event: &Arc<Event>) -> Option<&str> {
    let is_interrupted = match &event.fact {
        Fact::Closed { closed, .. } => matches!(closed, WaitEnd::Interrupted(_)),
        Fact::NotOpened { why, .. } => why == INTERRUPTED,
        _ => false,
    };
    event.lane.as_deref().filter(|_| is_interrupted)
}

/// A comparison with the bank's ledger that found no ledger has compared nothing, whichever requirement it is for.
fn without_bank_data(record: &Record) -> Option<String> {
    if record.header.ledgers.is_empty() {
        let why = match record.header.mode {
            Mode::Rehearsal | Mode::Service => "the bank is emulated, with its data",
            Mode::Connector | Mode::EndToEnd => "no customer has a ledger",
        };
        return Some(why.to_owned());
    }
    let empty = record
        .header
        .ledgers
        .iter()
        .filter(|(_, ledger)| ledger.transactions == 0);
    if let Some(customers) = listed(&empty.map(|(customer, _)| customer).collect::<Vec<_>>()) {
        return Some(format!("the ledger has no transaction: {customers}"));
    }
    let cases = record.cases.iter().filter(|case| {
        let mut checks = case.checks.iter();
        checks.any(|check| matches!(check.finding, Finding::Inapplicable { .. }))
    });
    let cases: Vec<&str> = cases.map(|case| &*case.case).collect();
    listed(&cases).map(|cases| format!("no ledger of the customer: {cases}"))
}

fn not_whole(record: &Record) -> Option<String> {
    let musts = record
        .requirements
        .iter()
        .filter(|row| row.requirement.level == Level::Must);
    let ids = |open: Vec<&str>| listed(&open);
    let untested = ids(musts
        .clone()
        .filter(|row| row.traced.outcome == RequirementOutcome::NotTested)
        .map(|row| &*row.requirement.id)
        .collect());
    let partly = ids(musts
        .filter(|row| row.is_partly_tested())
        .map(|row| &*row.requirement.id)
        .collect());
    let untested = untested.map(|ids| format!("not tested: {ids}"));
    let partly = partly.map(|ids| format!("only partly tested: {ids}"));
    match (untested, partly) {
        (None, None) => None,
        (one, other) => Some(one.into_iter().chain(other).collect::<Vec<_>>().join("; ")),
    }
}

fn not_conformant(record: &Record) -> Option<String> {
    let parts_are_open = match &record.verdict {
        RunVerdict::Incomplete {
            not_tested,
            partly_tested,
        } => !not_tested.is_empty() || !partly_tested.is_empty(),
        _ => false,
    };
    match record.verdict {
        // Which requirements are open is another condition.
        RunVerdict::Incomplete { .. } if !parts_are_open => {
            Some("no MUST requirement was tested, or a check reached no conclusion".to_owned())
        }
        RunVerdict::Conformant
        | RunVerdict::ConformantExcept { .. }
        | RunVerdict::RehearsalPassed
        | RunVerdict::Incomplete { .. } => {
            let inconclusive = record.counts.inconclusive;
            (inconclusive > 0).then(|| {
                format!(
                    "{} {} inconclusive",
                    count(inconclusive, "case"),
                    is_or_are(inconclusive)
                )
            })
        }
        _ => Some(format!(
            "{} failed, {} inconclusive",
            count(record.counts.failed, "case"),
            record.counts.inconclusive
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::journal::{LedgerExtent, NotOpened};
    use crate::record::{FORMAT, RequirementRow};
    use crate::waivers::WaiverTarget;
    use plan_language::participant::Subject;

    /// The kept sample, as far as its values go, changed into a record that meets every condition.
    fn certificate() -> Record {
        let json = include_bytes!("../../reports/sample/record.json");
        let mut record: Record = serde_json::from_slice(json).expect("the sample is a record");
        assert_eq!(record.format, FORMAT);
        record.header = Header {
            subject: Some(Subject {
                name: "Acme".to_owned(),
                version: Some("1.2".to_owned()),
                commit: None,
                digest: None,
            }),
            ledgers: [("alice".to_owned(), LedgerExtent::made_up())].into(),
            ..Header::made_up(Mode::Connector)
        };
        for row in &mut record.requirements {
            row.traced.outcome = RequirementOutcome::Passed;
            row.partly = None;
        }
        record.counts.failed = 0;
        record.counts.inconclusive = 0;
        record.verdict = RunVerdict::Conformant;
        record
    }

    fn unmet(record: &Record) -> BTreeSet<&'static str> {
        let conditions = conditions(record);
        let unmet = conditions
            .iter()
            .filter(|condition| condition.unmet.is_some());
        unmet.map(|condition| condition.rule).collect()
    }

    fn must(record: &mut Record) -> &mut RequirementRow {
        let mut rows = record.requirements.iter_mut();
        rows.find(|row| row.requirement.level == Level::Must)
            .expect("a MUST")
    }

    /// What makes a record worse, with the beginning of the rule that it breaks.
    type Worsening = (&'static str, fn(&mut Record));

    const WORSENINGS: &[Worsening] = &[
        ("a live provider", |record| {
            record.header.mode = Mode::Rehearsal
        }),
        ("a live provider", |record| {
            record.header.mode = Mode::Service
        }),
        ("the subject has", |record| record.header.subject = None),
        ("the subject has", |record| {
            if let Some(subject) = &mut record.header.subject {
                subject.version = None;
            }
        }),
        ("no fault", |record| {
            record.header.faults.push("silent-offboarding".to_owned())
        }),
        ("no case was left out", |record| {
            record.header.filtered_out += 1
        }),
        ("no failure is waived", |record| {
            let target = WaiverTarget::Requirement("OFF-01".to_owned());
            record.header.waivers.push(Waiver::made_up(target));
        }),
        ("the plans are the shipped", |record| {
            record.header.changed_plans = Some("not used: two.yaml".to_owned());
        }),
        ("the environment declares", |record| {
            record.header.undeclared.push("multi-account".to_owned());
        }),
        ("no wait is over", |record| {
            record.header.waits.insert("history".to_owned(), 3_600_001);
        }),
        ("no wait is over", |record| {
            let name = AUTHORISATION_EXPIRY.to_owned();
            record.header.waits.insert(name, 25 * 60_000 + 1);
        }),
        ("the run ended by itself", |record| {
            record.events.push(Arc::new(Event {
                seq: record.events.len() as u64 + 1,
                at: 0,
                lane: None,
                fact: Fact::CutShort {
                    why: "the connector ended".to_owned(),
                    remedy: "see its log".to_owned(),
                },
            }));
        }),
        ("the run ended by itself", |record| {
            record
                .header
                .selection
                .push("offboarding/never-begun".to_owned());
        }),
        ("the run ended by itself", |record| {
            record.events.push(Arc::new(Event {
                seq: record.events.len() as u64 + 1,
                at: 0,
                lane: Some("offboarding/status-cancelled".into()),
                fact: Fact::NotOpened {
                    standing: NotOpened::Inconclusive,
                    why: INTERRUPTED.to_owned(),
                },
            }));
        }),
        ("every amount", |record| record.header.ledgers.clear()),
        ("every amount", |record| {
            for ledger in record.header.ledgers.values_mut() {
                ledger.transactions = 0;
            }
        }),
        ("every amount", |record| {
            let check = record
                .cases
                .iter_mut()
                .find_map(|case| case.checks.first_mut());
            check.expect("a check").finding = Finding::Inapplicable {
                why: "no bank data of alice".to_owned(),
            };
        }),
        ("every MUST requirement", |record| {
            must(record).traced.outcome = RequirementOutcome::NotTested;
        }),
        ("every MUST requirement", |record| {
            must(record).partly = Some("no ledger".to_owned());
        }),
        ("no case is inconclusive", |record| {
            record.counts.inconclusive += 1
        }),
        ("no case is inconclusive", |record| {
            record.verdict = RunVerdict::NotConformant;
        }),
        ("no case is inconclusive", |record| {
            record.verdict = RunVerdict::Incomplete {
                not_tested: Vec::new(),
                partly_tested: Vec::new(),
            };
        }),
        ("no case is inconclusive", |record| {
            record.verdict = RunVerdict::NothingTested;
        }),
    ];

    #[test]
    fn each_thing_that_is_missing_breaks_the_condition_about_it_alone() {
        assert_eq!(unmet(&certificate()), BTreeSet::new());
        let rules: BTreeSet<_> = conditions(&certificate())
            .into_iter()
            .map(|condition| condition.rule)
            .collect();
        let mut broken = BTreeSet::new();
        for (rule, worsen) in WORSENINGS {
            let mut record = certificate();
            worsen(&mut record);
            let unmet: Vec<_> = unmet(&record).into_iter().collect();
            assert!(
                unmet.len() == 1 && unmet[0].starts_with(rule),
                "{rule}: {unmet:?}"
            );
            broken.extend(unmet);
        }
        assert_eq!(broken, rules, "each condition can be broken");
    }

    proptest! {
        #[test]
        fn nothing_that_makes_a_run_worse_meets_a_condition(
            order in proptest::sample::subsequence((0..WORSENINGS.len()).collect::<Vec<_>>(), 0..=WORSENINGS.len()).prop_shuffle()
        ) {
            let mut record = certificate();
            let mut before = unmet(&record);
            for index in order {
                WORSENINGS[index].1(&mut record);
                let after = unmet(&record);
                prop_assert!(after.is_superset(&before), "{before:?} {after:?}");
                before = after;
            }
        }
    }

    #[test]
    fn a_reason_names_the_waits() {
        let mut record = certificate();
        record.header.waits.insert("history".to_owned(), 7_200_000);
        record.header.waits.insert("visit".to_owned(), 3_600_000);
        assert_eq!(too_long(&record.header).as_deref(), Some("history is 2h"));
    }
}
