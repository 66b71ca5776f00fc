//! What an explanation of a missed message looks at: the window of the wait, and the messages in and around it.

use std::sync::Arc;

use crate::journal::{Event, Fact, Lane, Micros, Seq};
use crate::judge::duration::millis;
use plan_language::plan::StepKey;

/// The window in which a message was awaited.
#[derive(Clone, Debug)]
pub struct Window {
    /// Events after this position count.
    pub after: Seq,
    /// Events up to this position count.
    pub upto: Seq,
    /// When the window opened, in microseconds since the run began.
    pub opened_at: Micros,
    /// When the window closed, in microseconds since the run began.
    pub closed_at: Micros,
    /// The label at which the window opened; `None` where it opened with the step that was to cause the message.
    pub since: Option<String>,
    /// How long the window was open, with a leading space: ` within 10 s (notification)`; empty where the demand
    /// itself says so.
    pub span: String,
    /// What closed the window: `the wait of 10 s (notification) had ended`.
    pub end: String,
}

impl Window {
    /// Takes the end and the length of the window from the wait of a step, if the journal holds one.
    ///
    /// The time of an extended wait is shown as well where it is half as long again or more.
    pub fn closed_by(&mut self, waited: &StepKey, lane: &[Arc<Event>]) {
        let mut set = None;
        for event in lane {
            match &event.fact {
                Fact::Waiting {
                    step,
                    wait,
                    bound_us,
                    ..
                } if step == waited => {
                    let first = *set.get_or_insert(*bound_us);
                    let time = millis(first);
                    let extended =
                        if *bound_us >= first.saturating_add(first / 2) && *bound_us > first {
                            format!(
                                "; extended to {} while the provider posted",
                                millis(*bound_us)
                            )
                        } else {
                            String::new()
                        };
                    self.span = format!(" within {time} ({wait}{extended})");
                    self.end = format!("the wait of {time} ({wait}{extended}) had ended");
                }
                Fact::Closed { step, .. } if step == waited => self.closed_at = event.at,
                _ => {}
            }
        }
    }
}

/// The messages that can explain a miss.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// All events of the case, also those before and after the window, in order.
    pub lane: &'a [Arc<Event>],
    /// Events that belong to no case, in order.
    pub unattributed: &'a [Arc<Event>],
    /// Requests of other cases after the window opened, each with its case, in order.
    pub elsewhere: &'a [(Lane, Arc<Event>)],
}
