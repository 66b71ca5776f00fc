//! The action that should have caused a missing message.

use crate::journal::{Fact, Seq};
use crate::judge::{Check, Finding};
use crate::record::{Outcome, Record};
use crate::report::failure::{VALUE_BYTES_MAX, exchange};
use crate::report::lines::{LineStyle, Lines};
use crate::report::plain::{cut, line};

/// The label of the action.
const ROLE: &str = "the action that should have caused it";

/// An action of a plan.
pub(super) enum CausingAction<'a> {
    /// A message was sent, or a page opened: the position of the request.
    Exchange(Seq),
    /// Another action, in words.
    Other(&'a str),
}

impl CausingAction<'_> {
    /// Returns the position of the request, if the action sent one.
    pub fn exchange(&self) -> Option<Seq> {
        match self {
            Self::Exchange(seq) => Some(*seq),
            Self::Other(_) => None,
        }
    }
}

/// Finds the action after which a message was awaited; `None` if no message is missing, or if the journal has no action.
pub(super) fn of<'a>(
    record: &'a Record,
    outcome: &Outcome,
    check: &Check,
) -> Option<CausingAction<'a>> {
    let Finding::Missed(miss) = &check.finding else {
        return None;
    };
    if !miss.kind.is_lack() {
        return None;
    }
    let begun = match &record.event(miss.since)?.fact {
        Fact::Begun { step } => step.as_str(),
        Fact::Request { .. } | Fact::Answer { .. } => {
            return Some(CausingAction::Exchange(miss.since));
        }
        _ => return None,
    };
    let behind = record.events.get(usize::try_from(miss.since).ok()?..)?;
    // The step itself, an attempt of it, or a step of the flow that it uses.
    let own = |step: &str| step.starts_with(begun);
    behind
        .iter()
        .filter(|event| event.lane.as_deref() == Some(&*outcome.case))
        .find_map(|event| match &event.fact {
            Fact::Request {
                step: Some(step), ..
            } if own(step.as_str()) => Some(CausingAction::Exchange(event.seq)),
            Fact::Done { step, what, .. } if own(step.as_str()) => Some(CausingAction::Other(what)),
            _ => None,
        })
}

/// Adds the action.
pub(super) fn add(
    lines: &mut Lines,
    record: &Record,
    act: &CausingAction<'_>,
    told: &mut Vec<Seq>,
) {
    match act {
        CausingAction::Exchange(seq) => exchange::add(lines, record, (ROLE, &[*seq]), told),
        CausingAction::Other(what) => {
            lines.gap();
            let what = cut(&line(what), VALUE_BYTES_MAX).into_owned();
            lines.look(LineStyle::Heading, format!("{ROLE}: {what}"));
        }
    }
}
