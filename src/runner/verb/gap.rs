//! The field `gap` of `receive`: the time between two messages.

use std::time::Duration;

use crate::journal::{Event, Micros};
use crate::judge::{Finding, millis};
use crate::matching::Difference;
use crate::runner::binding::Frame;
use crate::runner::step::{CurrentStep, DraftCheck, Interpreter, JudgedCheck};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Gap, Least, Place};
use plan_language::value::{Scope as _, Value};

impl<W: World> Interpreter<'_, W> {
    /// Judges the time that passed before a message; `None` where the label names no moment to measure from.
    pub(super) fn judge_gap(
        &self,
        at: CurrentStep<'_>,
        frame: &Frame<'_>,
        gap: &Gap,
        to: &Event,
        party: Participant,
    ) -> Option<DraftCheck> {
        let from = self.world.event(frame.since(&gap.after)?)?;
        let passed = to.at.saturating_sub(from.at);
        let expected = [
            too_short(gap.least, passed, frame)?,
            too_long(gap.most, passed),
        ];
        let differences: Vec<_> = expected
            .into_iter()
            .flatten()
            .map(|expected| Difference {
                at: "gap".to_owned(),
                place: Place::from(&gap.after.span),
                expected,
                seen: Some(Value::from(millis(passed))),
                why: None,
                unread: false,
            })
            .collect();
        let judged = JudgedCheck {
            what: format!("the time since `{}` is as expected", gap.after.label),
            party,
            finding: if differences.is_empty() {
                Finding::Held { checked: 1 }
            } else {
                Finding::Broke { differences }
            },
            messages: vec![from.seq, to.seq],
        };
        Some(self.check(at.line(&gap.after.span), judged, Some(frame)))
    }
}

fn micros(time: Duration) -> Micros {
    time.as_micros() as Micros
}

/// Says what is expected where a gap is too short; `None` within `None` where the agreed rate is unknown.
fn too_short(least: Option<Least>, passed: Micros, frame: &Frame<'_>) -> Option<Option<String>> {
    Some(match least {
        None => None,
        Some(Least::Time(least)) => {
            let least = micros(least);
            (passed < least).then(|| format!("at least {}", millis(least)))
        }
        Some(Least::Requests(requests)) => {
            let rate = agreed_rate(frame)?;
            let least = micros(Duration::from_secs(requests.into()) / rate);
            (passed < least).then(|| {
                format!(
                    "at least {}: {requests} requests at the agreed rate of {rate} per second",
                    millis(least)
                )
            })
        }
    })
}

fn too_long(most: Option<Duration>, passed: Micros) -> Option<String> {
    let most = micros(most?);
    (passed > most).then(|| format!("at most {}", millis(most)))
}

/// Returns the rate that was agreed on with the provider, in requests per second; every stage sets it.
fn agreed_rate(frame: &Frame<'_>) -> Option<u32> {
    let agreed = frame.lookup("agreed")?;
    let rate = agreed.get("requests_per_second")?.as_u64()?;
    u32::try_from(rate).ok().filter(|rate| *rate > 0)
}
