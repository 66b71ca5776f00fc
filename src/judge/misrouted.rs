//! Finds the messages of a case that were attributed to another one.

use std::collections::HashSet;

use crate::journal::{Fact, IdentifierKind, Lane, identifiers};
use crate::judge::check::MissKind;
use crate::judge::nearest::Candidate;
use crate::judge::traffic::Traffic;
use crate::matching::Selector;

/// A message of another case that names an identifier of this one.
pub(super) struct Misrouted<'a> {
    pub case: &'a Lane,
    pub candidate: Candidate<'a>,
}

impl Misrouted<'_> {
    /// Returns the way in which the message is missed.
    pub fn kind(&self) -> MissKind {
        MissKind::OtherCase {
            case: self.case.clone(),
        }
    }
}

/// Lists the messages of the kind that belong to another case and name an identifier of this one.
///
/// Other cases have messages of the kind all the time, so only one that names an identifier of this case can be
/// misrouted. Where it also differs from the demand, that must be an identifier which no two cases share.
pub(super) fn misrouted<'a>(selector: &Selector, traffic: Traffic<'a>) -> Vec<Misrouted<'a>> {
    let candidates: Vec<_> = traffic
        .elsewhere
        .iter()
        .filter_map(|(case, event)| {
            let candidate = Candidate::of(selector, event)?;
            Some(Misrouted { case, candidate })
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
    let names_own = |misrouted: &Misrouted<'_>| {
        let exact = misrouted.candidate.matches(selector);
        let mut named = identifiers(misrouted.candidate.message).into_iter();
        named.any(|identifier| own.contains(&identifier) && (exact || !is_shared(identifier.kind)))
    };
    candidates.into_iter().filter(names_own).collect()
}

/// Returns whether cases share identifiers of this kind.
fn is_shared(kind: IdentifierKind) -> bool {
    match kind {
        IdentifierKind::Company | IdentifierKind::Organisation => true,
        IdentifierKind::Statement | IdentifierKind::Account | IdentifierKind::Authorisation => {
            false
        }
    }
}
