//! The time between two messages, as a `receive` may demand it.

use std::time::Duration;

use crate::journal::{Event, Micros};
use crate::judge::{Difference, Finding, millis};
use crate::runner::binding::Frame;
use crate::runner::check::{At, Drafted, Walk};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Gap, Least, Place, Step, StepKey};
use plan_language::value::{Scope as _, Value};

impl<W: World> Walk<'_, W> {
    /// Judges the time that passed before a message; `None` where there is nothing to measure it from.
    pub(super) fn judge_gap(
        &self,
        (step, key): (&Step, &StepKey),
        frame: &Frame<'_>,
        gap: &Gap,
        to: &Event,
        party: Participant,
    ) -> Option<Drafted> {
        let from = self.world.event(frame.since(&gap.after)?)?;
        let passed = to.at.saturating_sub(from.at);
        let micros = |time: Duration| time.as_micros() as Micros;
        let mut differences = Vec::new();
        let mut add = |expected: String| {
            differences.push(Difference {
                at: "gap".to_owned(),
                place: Place::from(&gap.after.span),
                expected,
                seen: Some(Value::from(millis(passed))),
                why: None,
            });
        };
        match gap.least {
            Some(Least::Time(least)) if passed < micros(least) => {
                add(format!("at least {}", millis(micros(least))));
            }
            Some(Least::Requests(requests)) => {
                let rate = agreed_rate(frame)?;
                let least = Duration::from_secs(requests.into()) / rate;
                if passed < micros(least) {
                    let owed = millis(micros(least));
                    add(format!(
                        "at least {owed}, which {requests} requests owe at the agreed {rate} in a second"
                    ));
                }
            }
            _ => {}
        }
        if let Some(most) = gap.most
            && passed > micros(most)
        {
            add(format!("at most {}", millis(micros(most))));
        }
        let finding = match differences.is_empty() {
            true => Finding::Held { checked: 1 },
            false => Finding::Broke { differences },
        };
        let what = format!("the time since `{}` is as expected", gap.after.label);
        let messages = vec![from.seq, to.seq];
        Some(self.check(
            At {
                step,
                key,
                place: &gap.after.span,
            },
            what,
            party,
            (finding, messages),
            Some(frame),
        ))
    }
}

/// Finds the rate that was agreed on with the provider, in requests a second; every stage gives it.
fn agreed_rate(frame: &Frame<'_>) -> Option<u32> {
    let agreed = frame.lookup("agreed")?;
    let rate = agreed.get("requests_per_second")?.as_u64()?;
    u32::try_from(rate).ok().filter(|rate| *rate > 0)
}
