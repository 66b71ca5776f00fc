//! Finds the messages of a case that went to another one.

use std::collections::HashSet;

use crate::journal::{Event, Fact, Kind, Lane, Message, identifiers};
use crate::judge::check::MissKind;
use crate::judge::demand::Selector;
use crate::judge::explain::Traffic;

/// A message of another case that names something of this one.
pub(super) struct Misrouted<'a> {
    pub case: &'a Lane,
    pub event: &'a Event,
    pub message: &'a Message,
}

impl Misrouted<'_> {
    /// Returns the way in which it is missed.
    pub fn kind(&self) -> MissKind {
        MissKind::OtherCase {
            case: self.case.clone(),
        }
    }
}

/// Lists the messages of the kind that belong to another case and name something of this one.
///
/// Other cases have messages of the kind all the time. Only one that names an identifier of this case
/// can have gone misrouted; where it differs beside, that must be an identifier which no two cases share.
pub(super) fn misrouted<'a>(selector: &Selector, traffic: Traffic<'a>) -> Vec<Misrouted<'a>> {
    let candidates: Vec<_> = traffic
        .elsewhere
        .iter()
        .filter_map(|(case, event)| match &event.fact {
            Fact::Request { to, message, .. } if selector.concerns(*to, message) => {
                Some(Misrouted {
                    case,
                    event,
                    message,
                })
            }
            _ => None,
        })
        .collect();
    if candidates.is_empty() {
        return candidates;
    }
    let own: HashSet<_> = traffic
        .lane
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Request { message, .. } | Fact::Answer { message, .. } => Some(message),
            _ => None,
        })
        .flat_map(identifiers)
        .collect();
    let names = |one: &Misrouted<'_>| {
        let exact = selector.select.test(one.message).differences.is_empty();
        identifiers(one.message).iter().any(|name| {
            own.contains(name)
                && (exact || !matches!(name.kind, Kind::Company | Kind::Organisation))
        })
    };
    candidates.into_iter().filter(names).collect()
}
