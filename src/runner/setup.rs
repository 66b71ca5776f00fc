//! What cases stand on together: flows of `given` that broke twice in the same way are not tried a third time.
//!
//! A live provider whose login is broken would make every case wait for the same nothing. The cases that would
//! meet the same are inconclusive with one reason, which reports name once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::judge::{CheckOutcome, Finding};
use crate::record::Outcome;
use plan_language::plan::{Case, Place, Step, Verb};
use plan_language::value::Value;

/// How many failures alike are enough.
const ENOUGH: usize = 2;

/// The failures of `given` of one run.
#[derive(Debug, Default)]
pub(super) struct Setup(Mutex<HashMap<Kind, Vec<Failure>>>);

/// What makes two failures alike: the line of the flow, what was found there, and the customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    place: Place,
    found: &'static str,
    customer: Option<String>,
}

#[derive(Debug)]
struct Failure {
    case: Arc<str>,
    reason: String,
}

impl Setup {
    /// Says why a case need not begin, because its `given` would meet what two others met.
    ///
    /// Every case that meets the same gets the same words.
    pub fn gives_way(
        &self,
        case: &Case,
        values: &serde_json::Map<String, Value>,
    ) -> Option<String> {
        let customer = customer(values);
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.is_empty() {
            return None;
        }
        let files = files(&case.given);
        let met = failures
            .iter()
            .filter(|(kind, met)| {
                met.len() >= ENOUGH
                    && kind.customer == customer
                    && files.contains(&*kind.place.file)
            })
            .min_by(|(one, _), (other, _)| one.place.cmp(&other.place));
        let (kind, met) = met?;
        let [first, second, ..] = &met[..] else {
            return None;
        };
        Some(format!(
            "not tried again: at {} {} and {} met the same: {}",
            kind.place, first.case, second.case, first.reason
        ))
    }

    /// Takes note of how the `given` of a case came out.
    pub fn note(&self, case: &Case, values: &serde_json::Map<String, Value>, outcome: &Outcome) {
        let customer = customer(values);
        let broken = outcome.checks.iter().find(|check| {
            matches!(check.outcome, CheckOutcome::Inconclusive(_))
                && check.step.as_str().starts_with("given")
        });
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match broken {
            // What held for one may hold for the next: the count begins anew.
            None => {
                if !failures.is_empty() {
                    let files = files(&case.given);
                    failures.retain(|kind, _| {
                        kind.customer != customer || !files.contains(&*kind.place.file)
                    });
                }
            }
            Some(check) => {
                let found = match &check.finding {
                    Finding::Held { .. } => "held",
                    Finding::Broke { .. } => "broke",
                    Finding::Missed { .. } => "missed",
                    Finding::Inconclusive { .. } => "unjudged",
                    Finding::Inapplicable { .. } => "inapplicable",
                    Finding::NotReached => "not reached",
                };
                let kind = Kind {
                    place: check.place.clone(),
                    found,
                    customer,
                };
                failures.entry(kind).or_default().push(Failure {
                    case: case.id.clone(),
                    reason: outcome.reason.clone().unwrap_or_default(),
                });
            }
        }
    }
}

fn customer(values: &serde_json::Map<String, Value>) -> Option<String> {
    let name = values.get("customer")?.get("name")?.as_str()?;
    Some(name.to_owned())
}

/// Lists the files of the flows that steps use, those of flows within flows included.
fn files(steps: &[Step]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    gather(steps, &mut found);
    found
}

fn gather<'s>(steps: &'s [Step], found: &mut BTreeSet<&'s str>) {
    for step in steps {
        let used = match &step.verb {
            Verb::Use(used) => Some(&used.flow),
            _ => None,
        };
        for flow in step.before.iter().chain(used) {
            found.insert(&flow.file);
            gather(&flow.steps, found);
        }
        if let Verb::Parallel(branches) = &step.verb {
            branches.iter().for_each(|steps| gather(steps, found));
        }
    }
}
