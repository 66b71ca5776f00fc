//! The verb `never`: no such message may arrive, up to a sentinel or for a time that a probe ends.

use crate::journal::Seq;
use crate::judge::{Finding, explain_unwanted};
use crate::runner::binding::Frame;
use crate::runner::step::{CurrentStep, Interpreter, JudgedCheck, StepResult, Stop};
use crate::runner::verb::said_end;
use crate::runner::verb::window::{OpenWindow, caller, select, undecided, until};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::World;
use plan_language::plan::{Never, Sentinel};

/// Why an absence after such a visit shows nothing.
const SAID: &str =
    "nothing arrived, but how far the visit went that was to cause it is only what a person said";

impl<W: World> Perform<W> for Never {
    fn describe(&self) -> String {
        format!("no {} arrives at {}", self.query.method, self.query.at)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Waits
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(interpreter.never(at, self, frame))
    }
}

impl<W: World> Interpreter<'_, W> {
    async fn never(
        &self,
        at: CurrentStep<'_>,
        never: &Never,
        frame: &Frame<'_>,
    ) -> Result<StepResult, Stop> {
        let open = OpenWindow::open(&never.query, never.since.as_ref(), frame)?;
        let sentinel = self.sentinel(at, never, &open, frame).await?;
        let last = match &never.sentinel {
            // The sentinel itself may be selected: it does not count.
            Sentinel::Until(_) => sentinel.saturating_sub(1),
            Sentinel::For(_) => sentinel,
        };
        let OpenWindow { selector, after } = &open;
        let events = self.world.seen(*after, last);
        let seen = select(&events, selector);
        let undecided = undecided(&events, selector);
        let title = selector.title();
        let arrived = seen.iter().map(|message| message.request.seq);
        let perhaps = undecided.iter().map(|message| message.seq);
        let mut messages = concerned(arrived, perhaps);
        messages.push(sentinel);
        let judged = JudgedCheck {
            what: match never.sentinel {
                Sentinel::Until(_) => format!("no {title} arrives"),
                // Absence that no later message ends shows less.
                Sentinel::For(_) => format!("no {title} arrives in a quiet window (weaker)"),
            },
            party: caller(&seen, selector.at),
            finding: match (seen.first(), undecided.first()) {
                (Some(first), _) => explain_unwanted(selector, *after, &first.request),
                // It may be the message that must not arrive.
                (None, Some(message)) => Finding::Inconclusive {
                    why: message.why.clone(),
                },
                (None, None) => match self.said_before(never, last, frame) {
                    // How far the visit went that was to cause the message is a person's word.
                    Some(why) => Finding::Inconclusive { why },
                    None => Finding::Held { checked: 1 },
                },
            },
            messages,
        };
        Ok(StepResult::of(self.check(at.here(), judged, Some(frame))))
    }

    /// Returns why an absence in a window that closes at `last` shows nothing: a person's word ended a visit before, or the
    /// one that closes the window.
    fn said_before(&self, never: &Never, last: Seq, frame: &Frame<'_>) -> Option<String> {
        if let Some((_, why)) = said_end(&self.world.seen(0, last)) {
            return Some(format!("{SAID}: {why}"));
        }
        let Sentinel::Until(mention) = &never.sentinel else {
            return None;
        };
        let moment = frame.moment(&mention.label);
        let visited = moment.as_ref().and_then(|moment| moment.visited.as_ref());
        visited
            .filter(|visited| visited.said)
            .map(|visited| format!("{SAID}: {}", visited.why))
    }

    /// Returns the position of the event that closes the window.
    async fn sentinel(
        &self,
        at: CurrentStep<'_>,
        never: &Never,
        open: &OpenWindow,
        frame: &Frame<'_>,
    ) -> Result<Seq, Stop> {
        match &never.sentinel {
            Sentinel::Until(mention) => until(mention, frame),
            Sentinel::For(bound) => {
                let closed = self
                    .close_after(at, open.after, (bound, false), &|_| None)
                    .await?;
                let address = open.selector.at;
                let probe = self.world.probe(&at.key.aside("probe"), address).await;
                if !probe.ok_or_else(Stop::not_observed)? {
                    return Err(Stop::from(format!(
                        "the tap before {address} did not receive the probe, so the absence of messages shows nothing"
                    )));
                }
                Ok(closed.seq())
            }
        }
    }
}

/// Returns the messages that the finding is about: those that arrived, or without any those of which it is undecided
/// whether they count.
///
/// An undecided one beside others is no part of what was found: whether each of them was sent again (`sent_again`) must
/// not hang on it.
fn concerned(arrived: impl Iterator<Item = Seq>, perhaps: impl Iterator<Item = Seq>) -> Vec<Seq> {
    let arrived: Vec<_> = arrived.collect();
    if arrived.is_empty() {
        perhaps.collect()
    } else {
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undecided_message_kept_the_excuse_from_one_that_was_sent_again() {
        let of = |arrived: &[Seq], perhaps: &[Seq]| {
            concerned(arrived.iter().copied(), perhaps.iter().copied())
        };
        assert_eq!(of(&[3, 5], &[4]), [3, 5]);
        assert_eq!(of(&[], &[4]), [4]);
        assert!(of(&[], &[]).is_empty());
    }
}
