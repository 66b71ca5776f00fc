//! The waits that were met shortly before their limit: on a slower day they are missed.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::{Event, Fact, Lane, Micros, WaitEnd};

/// The share of its limit, in per cent, from which a wait is listed.
const TIGHT_PERCENT: u64 = 70;

/// A wait that was met shortly before its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TightWait {
    /// Id of the case.
    pub case: Lane,
    /// The step that waited.
    pub step: String,
    /// The name of the wait, or its time as the plan writes it.
    pub wait: String,
    /// How long it took, in microseconds.
    pub took_us: Micros,
    /// How long it may take at most, in microseconds.
    pub bound_us: Micros,
}

impl TightWait {
    /// Returns the share of its bound that it took, in per cent, rounded down.
    pub fn percent(&self) -> u64 {
        self.took_us
            .saturating_mul(100)
            .checked_div(self.bound_us)
            .unwrap_or(100)
    }
}

/// Finds the waits that were met after at least 70 % of their limit, in the order of the journal.
///
/// The pauses between the attempts of one step are one wait. A wait that ended at its limit is left out: either it was
/// missed, which is a failure, or it was the absence of a message that had to last.
pub(super) fn tight_waits(events: &[Arc<Event>]) -> Vec<TightWait> {
    let mut begun: HashMap<(&Lane, &str), (&String, Micros, Micros)> = HashMap::new();
    let mut waits: Vec<(TightWait, bool)> = Vec::new();
    let mut known: HashMap<(&Lane, &str), usize> = HashMap::new();
    for event in events {
        let Some(lane) = &event.lane else { continue };
        match &event.fact {
            Fact::Waiting {
                step,
                wait,
                bound_us,
                until_us,
            } => {
                let from = until_us.saturating_sub(*bound_us);
                begun.insert((lane, step.as_str()), (wait, *bound_us, from));
            }
            Fact::Closed { step, closed } => {
                let Some((wait, bound_us, from)) = begun.remove(&(lane, step.as_str())) else {
                    continue;
                };
                let own = step.as_str().split(['#', '~']).next().unwrap_or_default();
                let one = TightWait {
                    case: lane.clone(),
                    step: own.to_owned(),
                    wait: wait.clone(),
                    took_us: event.at.saturating_sub(from),
                    bound_us,
                };
                let met = matches!(closed, WaitEnd::Met(_));
                match known.get(&(lane, own)) {
                    // The last pause tells how long all attempts took.
                    Some(index) => waits[*index] = (one, met),
                    None => {
                        known.insert((lane, own), waits.len());
                        waits.push((one, met));
                    }
                }
            }
            _ => {}
        }
    }
    waits
        .into_iter()
        .filter(|(wait, met)| *met && wait.percent() >= TIGHT_PERCENT)
        .map(|(wait, _)| wait)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::plan::StepKey;

    fn told(facts: Vec<(Micros, Fact)>) -> Vec<(String, u64)> {
        let events: Vec<_> = facts
            .into_iter()
            .zip(1..)
            .map(|((at, fact), seq)| {
                Arc::new(Event {
                    seq,
                    at,
                    lane: Some("a/one".into()),
                    fact,
                })
            })
            .collect();
        tight_waits(&events)
            .into_iter()
            .map(|wait| (wait.step.clone(), wait.percent()))
            .collect()
    }

    fn waiting(step: &StepKey, from: Micros) -> (Micros, Fact) {
        let fact = Fact::Waiting {
            step: step.clone(),
            wait: "retry".to_owned(),
            bound_us: 1_000,
            until_us: from + 1_000,
        };
        (from, fact)
    }

    fn closed(step: &StepKey, at: Micros, closed: WaitEnd) -> (Micros, Fact) {
        let step = step.clone();
        (at, Fact::Closed { step, closed })
    }

    #[test]
    fn a_met_wait_is_tight_from_seventy_per_cent_on() {
        let step = StepKey::top("steps", 1);
        for (at, expected) in [(5_699, None), (5_700, Some(70)), (5_999, Some(99))] {
            let told = told(vec![
                waiting(&step, 5_000),
                closed(&step, at, WaitEnd::Met(1)),
            ]);
            assert_eq!(
                told.first().map(|wait| wait.1),
                expected,
                "closed at {at}: {told:?}"
            );
        }
    }

    #[test]
    fn a_wait_that_ended_otherwise_is_not_told_here() {
        let step = StepKey::top("steps", 1);
        for end in [WaitEnd::Deadline(1), WaitEnd::Interrupted(1)] {
            let facts = vec![waiting(&step, 0), closed(&step, 1_000, end)];
            assert!(told(facts).is_empty(), "{end:?}");
        }
    }

    #[test]
    fn the_pauses_of_one_step_are_one_wait_and_the_last_decides() {
        let step = StepKey::top("steps", 1);
        let pause = |number| step.attempt(number).aside("pause");
        let mut facts = vec![
            waiting(&pause(1), 0),
            closed(&pause(1), 750, WaitEnd::Met(1)),
            waiting(&pause(2), 0),
            closed(&pause(2), 900, WaitEnd::Met(2)),
        ];
        assert_eq!(told(facts.clone()), [("steps[1]".to_owned(), 90)]);
        facts.extend([
            waiting(&pause(3), 0),
            closed(&pause(3), 1_000, WaitEnd::Deadline(3)),
        ]);
        assert!(told(facts).is_empty());
    }
}
