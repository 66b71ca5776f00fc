//! The window in which `receive` and `never` look for messages: its start, its end, and the messages inside.

use std::sync::Arc;

use crate::journal::{Event, Fact, Seq, WaitEnd};
use crate::matching::Selector;
use crate::runner::binding::Frame;
use crate::runner::step::{CurrentStep, Interpreter, Stop};
use crate::runner::world::{PendingWait, World};
use plan_language::participant::{Address, Callback, Participant};
use plan_language::plan::{Mention, Query, Wait};

/// A window that has opened, and which messages count in it.
pub(super) struct OpenWindow {
    pub selector: Selector,
    /// Events after this one count.
    pub after: Seq,
}

impl OpenWindow {
    /// Opens a window at a label, or at the nearest preceding act.
    ///
    /// # Errors
    /// The reason why the step ends: a value is unset, or the label names no moment.
    pub fn open(query: &Query, since: Option<&Mention>, frame: &Frame<'_>) -> Result<Self, Stop> {
        let selector = Selector::resolve(query, frame)?;
        let after = match since {
            None => frame.act,
            Some(mention) => {
                let start = frame.since(mention);
                start.ok_or_else(|| no_moment(&mention.label))?
            }
        };
        Ok(Self { selector, after })
    }
}

/// Returns the position of the label at which a window closes.
pub(super) fn until(mention: &Mention, frame: &Frame<'_>) -> Result<Seq, Stop> {
    let end = frame.until(mention);
    end.ok_or_else(|| no_moment(&mention.label))
}

impl<W: World> Interpreter<'_, W> {
    /// Waits until the events in a window are enough, or its time is over; returns how the window closed, never by an
    /// interrupt. `extended` says whether it goes on while the
    /// provider posts.
    pub(super) async fn close_after(
        &self,
        at: CurrentStep<'_>,
        after: Seq,
        (bound, extended): (&Wait, bool),
        met: &(dyn Fn(&[Arc<Event>]) -> Option<Seq> + Sync),
    ) -> Result<WaitEnd, Stop> {
        let pending = PendingWait {
            after,
            met,
            bound,
            pause: None,
            extended,
            since: at.begun,
        };
        match self.world.wait(at.key, pending).await {
            None => Err(Stop::not_observed()),
            Some(WaitEnd::Interrupted(_)) => Err(Stop::from(self.world.cut_short())),
            Some(closed) => Ok(closed),
        }
    }
}

/// Says how a wait is set longer, if it has a name.
pub(super) fn set_longer(wait: &Wait) -> String {
    match wait {
        Wait::Named(name, _) => {
            format!("; set it longer in the environment: `waits: {{ {name}: … }}`")
        }
        Wait::Literal(..) => String::new(),
    }
}

/// A request in a window, with its end as far as the window shows it.
pub(super) struct SeenMessage {
    /// The request.
    pub request: Arc<Event>,
    /// Its response, or how the exchange broke.
    pub end: Option<Arc<Event>>,
}

impl SeenMessage {
    /// Returns who sent it.
    pub fn from(&self) -> Participant {
        match &self.request.fact {
            Fact::Request { from, .. } => *from,
            _ => Participant::Service,
        }
    }
}

/// Returns the requests that a selector selects, each with its end.
pub(super) fn select(events: &[Arc<Event>], selector: &Selector) -> Vec<SeenMessage> {
    let mut seen: Vec<SeenMessage> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Request { to, message, .. } if selector.selects(*to, message) => {
                seen.push(SeenMessage {
                    request: event.clone(),
                    end: None,
                });
            }
            Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
                let open = seen.iter_mut().find(|message| {
                    matches!(&message.request.fact, Fact::Request { exchange: own, .. } if own == exchange)
                });
                if let Some(open) = open {
                    open.end = Some(event.clone());
                }
            }
            _ => {}
        }
    }
    seen
}

/// A request of which it is undecided whether a selector selects it.
pub(super) struct UndecidedMessage {
    /// Its position in the journal.
    pub seq: Seq,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// Whether its sender wrote a value that cannot be compared.
    pub blames_sender: bool,
}

/// Returns the requests of which it is undecided whether a selector selects them.
pub(super) fn undecided(events: &[Arc<Event>], selector: &Selector) -> Vec<UndecidedMessage> {
    let found = events.iter().filter_map(|event| match &event.fact {
        Fact::Request { to, message, .. } => {
            let compared = selector.undecided(*to, message)?;
            let open = compared.open_reason();
            let part = compared.undecided.first()?;
            Some(UndecidedMessage {
                seq: event.seq,
                blames_sender: open.is_none(),
                why: format!(
                    "{}: {}",
                    message.title(),
                    open.unwrap_or_else(|| part.describe())
                ),
            })
        }
        _ => None,
    });
    found.collect()
}

/// Returns who sent the first message, or who usually calls the address if none arrived.
pub(super) fn caller(seen: &[SeenMessage], at: Address) -> Participant {
    match (seen.first(), at.participant, at.callback) {
        (Some(first), ..) => first.from(),
        (None, Participant::Provider, Some(Callback::Auth | Callback::ReAuth)) => {
            Participant::Browser
        }
        (None, Participant::Provider, _) => Participant::Service,
        (None, ..) => Participant::Provider,
    }
}

/// Stops a step whose label names no moment.
pub(super) fn no_moment(label: &str) -> Stop {
    Stop::from(format!(
        "`{label}` names no such moment: its message did not arrive, or had no response"
    ))
}
