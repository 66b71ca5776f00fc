//! Setup failures: a part of `given` that failed twice in the same way is not run a third time.
//!
//! A live provider whose login is broken would make every case wait in vain. The cases that share the broken part are
//! inconclusive with one reason, which reports name once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::judge::{CheckOutcome, Finding, Outcome};
use plan_language::plan::{Case, Flow, Place, Step, Verb};
use plan_language::value::Value;

/// How many failures with the same cause are enough.
const ENOUGH: usize = 2;

/// The setup failures of one run, by their cause.
#[derive(Debug, Default)]
pub(super) struct Setup(Mutex<HashMap<SetupCause, Vec<SetupFailure>>>);

/// The cause of a setup failure: the line of the flow, the kind of finding there, and the customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SetupCause {
    place: Place,
    found: &'static str,
    customer: Option<String>,
}

#[derive(Debug)]
struct SetupFailure {
    case: Arc<str>,
    reason: String,
}

impl Setup {
    /// Returns why a case does not run, where two others have failed in a part of `given` that it shares with them.
    ///
    /// Every case with the same cause gets the same words.
    pub fn known_failure(
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
        let known = failures.iter().filter(|(cause, failed)| {
            failed.len() >= ENOUGH && cause.customer == customer && files.contains(cause.file())
        });
        let (cause, failed) = known.min_by(|(left, _), (right, _)| left.place.cmp(&right.place))?;
        let [first, second, ..] = &failed[..] else {
            return None;
        };
        Some(format!(
            "not run: at {} {} and {} failed in the same way: {}",
            cause.place, first.case, second.case, first.reason
        ))
    }

    /// Records how the `given` of a case came out.
    pub fn record(&self, case: &Case, values: &serde_json::Map<String, Value>, outcome: &Outcome) {
        let customer = customer(values);
        let broken = outcome.checks.iter().find(|check| {
            matches!(check.outcome, CheckOutcome::Inconclusive(_))
                && check.step.as_str().starts_with("given")
        });
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(check) = broken else {
            // A setup that succeeded once may succeed again: the count begins anew.
            if !failures.is_empty() {
                let files = files(&case.given);
                failures
                    .retain(|cause, _| cause.customer != customer || !files.contains(cause.file()));
            }
            return;
        };
        let cause = SetupCause {
            place: check.place.clone(),
            found: finding_name(&check.finding),
            customer,
        };
        failures.entry(cause).or_default().push(SetupFailure {
            case: case.id.clone(),
            reason: outcome.reason.clone().unwrap_or_default(),
        });
    }
}

impl SetupCause {
    fn file(&self) -> &str {
        &self.place.file
    }
}

/// Names the kind of a finding, for comparison only.
fn finding_name(finding: &Finding) -> &'static str {
    match finding {
        Finding::Held { .. } => "held",
        Finding::Broke { .. } => "broke",
        Finding::Missed { .. } => "missed",
        Finding::Inconclusive { .. } => "inconclusive",
        Finding::Inapplicable { .. } => "inapplicable",
        Finding::NotReached => "not reached",
    }
}

/// Returns the name of the customer of a case.
fn customer(values: &serde_json::Map<String, Value>) -> Option<String> {
    let name = values.get("customer")?.get("name")?.as_str()?;
    Some(name.to_owned())
}

/// Returns the files of the flows that steps use, including those of flows within flows.
fn files(steps: &[Step]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    gather(steps, &mut found);
    found
}

fn gather<'s>(steps: &'s [Step], found: &mut BTreeSet<&'s str>) {
    for step in steps {
        let mut gather_flow = |flow: &'s Flow| {
            found.insert(&flow.file);
            gather(&flow.steps, found);
        };
        step.before.iter().for_each(|flow| gather_flow(flow));
        if let Verb::Use(used) = &step.verb {
            gather_flow(&used.flow);
        }
        if let Verb::Parallel(parallel) = &step.verb {
            parallel
                .branches
                .iter()
                .for_each(|steps| gather(steps, found));
        }
    }
}
