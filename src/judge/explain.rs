//! Explains why a message was missed: the way in which it was, and the closest message.

use std::sync::Arc;

use crate::journal::{Event, Fact, Seq};
use crate::judge::check::{Finding, Miss, MissKind, Nearest};
use crate::judge::duration::millis;
use crate::judge::misrouted::{Misrouted, misrouted};
use crate::judge::nearest::{Candidate, fields};
use crate::judge::traffic::{Traffic, Window};
use crate::matching::Selector;
use plan_language::participant::Address;

/// An explanation: the way, the sentence, and the closest message.
type Explanation = (MissKind, String, Option<Nearest>);

/// Explains why too few messages arrived: `came` in the window, of at least `least`.
///
/// Of several explanations the one counts that names the closest cause.
pub fn explain_missed(
    selector: &Selector,
    window: Window,
    (came, least): (usize, u32),
    traffic: Traffic<'_>,
) -> Miss {
    let (kind, why, nearest) = if came > 0 {
        let why = format!("only {came} of {least} messages arrived{}", window.span);
        (MissKind::TooFew { came, least }, why, None)
    } else {
        let search = Search {
            selector,
            window: &window,
            traffic,
            own: Candidate::among(selector, traffic.lane),
            misrouted: misrouted(selector, traffic),
        };
        search.explain()
    };
    Miss {
        awaited: selector.at,
        since: window.after,
        kind,
        why,
        nearest,
    }
}

/// What is known when no message that matches arrived in the window.
struct Search<'a> {
    selector: &'a Selector,
    window: &'a Window,
    traffic: Traffic<'a>,
    /// The messages of the kind that belong to the case.
    own: Vec<Candidate<'a>>,
    misrouted: Vec<Misrouted<'a>>,
}

impl Search<'_> {
    /// Returns the explanation that names the closest cause.
    fn explain(&self) -> Explanation {
        self.refused()
            .or_else(|| self.late())
            .or_else(|| self.in_another_case())
            .or_else(|| self.differing())
            .or_else(|| self.early())
            .or_else(|| self.differing_in_another_case())
            .or_else(|| self.unattributed())
            .or_else(|| self.refused_unattributed())
            .unwrap_or_else(|| self.nothing())
    }

    /// A tap refused a message of the case.
    fn refused(&self) -> Option<Explanation> {
        let why = self.refusal(self.traffic.lane)?;
        let at = why.0;
        let why = format!("the tap refused it before it reached {at}: {}", why.1);
        Some((MissKind::Refused, why, None))
    }

    /// The message arrived after the window.
    fn late(&self) -> Option<Explanation> {
        let late = self.own.iter().find(|candidate| {
            candidate.event.seq > self.window.upto && candidate.matches(self.selector)
        })?;
        let by_us = late.event.at.saturating_sub(self.window.closed_at);
        let why = format!("it arrived {} after {}", millis(by_us), self.window.end);
        Some((
            MissKind::Late { by_us },
            why,
            Some(late.nearest(self.selector)),
        ))
    }

    /// The message arrived, and was attributed to another case.
    fn in_another_case(&self) -> Option<Explanation> {
        let mut misrouted = self.misrouted.iter();
        let found = misrouted.find(|misrouted| misrouted.candidate.matches(self.selector))?;
        let why = format!("it arrived, but belongs to another case: {}", found.case);
        Some((
            found.kind(),
            why,
            Some(found.candidate.nearest(self.selector)),
        ))
    }

    /// Messages of the kind arrived since the window opened, and none matched.
    fn differing(&self) -> Option<Explanation> {
        let inside = || {
            let own = self.own.iter();
            own.filter(|candidate| candidate.event.seq > self.window.after)
        };
        let closest = inside().min_by_key(|candidate| candidate.distance(self.selector))?;
        let nearest = closest.nearest(self.selector);
        if nearest.differences.is_empty() {
            // Which case it belongs to was decided by a message after it.
            let why = format!(
                "the message arrived{}, and that it belongs to this case was known only afterwards",
                self.window.span
            );
            return Some((MissKind::JoinedLate, why, Some(nearest)));
        }
        let came = inside().count();
        let (span, fields) = (&self.window.span, fields(&nearest.differences));
        let why = match came {
            1 => format!("the only message that arrived{span} differs in {fields}"),
            2 => format!(
                "2 messages arrived{span}, neither matched; the closest differs in {fields}"
            ),
            _ => format!(
                "{came} messages arrived{span}, none matched; the closest differs in {fields}"
            ),
        };
        Some((MissKind::Differs { came }, why, Some(nearest)))
    }

    /// The message arrived before the window; the message at which the window opened is another one.
    fn early(&self) -> Option<Explanation> {
        let opening = self.opening();
        let early = self.own.iter().rev().find(|candidate| {
            candidate.event.seq <= self.window.after
                && Some(candidate.event.seq) != opening
                && candidate.matches(self.selector)
        })?;
        let by_us = self.window.opened_at.saturating_sub(early.event.at);
        let from = match &self.window.since {
            None => "the step that was to cause it".to_owned(),
            Some(label) => format!("`{label}`"),
        };
        let why = format!(
            "no message arrived{}; one arrived {} before {from}",
            self.window.span,
            millis(by_us)
        );
        Some((
            MissKind::Early { by_us },
            why,
            Some(early.nearest(self.selector)),
        ))
    }

    /// A message of another case names an identifier of this one, and differs.
    fn differing_in_another_case(&self) -> Option<Explanation> {
        let misrouted = self.misrouted.iter();
        let found = misrouted.min_by_key(|found| found.candidate.distance(self.selector))?;
        let nearest = found.candidate.nearest(self.selector);
        let why = format!(
            "the closest message belongs to another case, {}; it differs in {}",
            found.case,
            fields(&nearest.differences)
        );
        Some((found.kind(), why, Some(nearest)))
    }

    /// A message of the kind arrived that belongs to no case.
    fn unattributed(&self) -> Option<Explanation> {
        let closest = Candidate::among(self.selector, self.traffic.unattributed)
            .into_iter()
            .filter(|candidate| candidate.event.seq > self.window.after)
            .min_by_key(|candidate| candidate.distance(self.selector))?;
        let nearest = closest.nearest(self.selector);
        let why = if nearest.differences.is_empty() {
            "a message arrived that names no identifier of this case".to_owned()
        } else {
            format!(
                "no message arrived for this case{}; one that belongs to no case differs in {}",
                self.window.span,
                fields(&nearest.differences)
            )
        };
        Some((MissKind::NoCase, why, Some(nearest)))
    }

    /// A tap refused a message at an address that cases share: it may have been for any of them.
    fn refused_unattributed(&self) -> Option<Explanation> {
        let (_, why) = self.refusal(self.traffic.unattributed)?;
        let why = format!(
            "no message arrived for this case; the tap refused one that belongs to no case: {why}"
        );
        Some((MissKind::Refused, why, None))
    }

    /// Nothing explains the miss.
    fn nothing(&self) -> Explanation {
        let span = &self.window.span;
        let opening = self.opening();
        let why = match &self.window.since {
            None => format!("no message arrived{span}"),
            Some(label) => {
                let own = self.own.iter();
                let mut own = own.map(|candidate| Some(candidate.event.seq));
                let further = if own.any(|seq| seq == opening) {
                    "further "
                } else {
                    ""
                };
                format!("no {further}message arrived{span} after `{label}`")
            }
        };
        (MissKind::NothingCame, why, None)
    }

    /// Finds the first refusal at the address since the window opened: where, and why.
    fn refusal<'e>(&self, events: &'e [Arc<Event>]) -> Option<(Address, &'e str)> {
        events.iter().find_map(|event| match &event.fact {
            Fact::Refused { at, why }
                if event.seq > self.window.after && self.selector.at.covers(*at) =>
            {
                Some((*at, why.as_str()))
            }
            _ => None,
        })
    }

    /// Finds the request of the message at which the window opened, if it opened at a message.
    fn opening(&self) -> Option<Seq> {
        let (after, lane) = (self.window.after, self.traffic.lane);
        let event = lane.iter().find(|event| event.seq == after)?;
        match &event.fact {
            Fact::Request { .. } => Some(after),
            Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
                let request = lane.iter().find(|event| {
                    matches!(&event.fact, Fact::Request { exchange: own, .. } if own == exchange)
                });
                request.map(|event| event.seq)
            }
            _ => None,
        }
    }
}

/// Returns the finding for a message that arrived although it must not.
pub fn explain_unwanted(selector: &Selector, since: Seq, event: &Event) -> Finding {
    Finding::Missed(Miss {
        awaited: selector.at,
        since,
        kind: MissKind::Unwanted,
        why: "a message arrived".to_owned(),
        nearest: nearest_of(selector, event),
    })
}

/// Returns the finding for `came` messages of which at most `most` may arrive; `extra` is the first beyond.
pub fn explain_too_many(
    selector: &Selector,
    since: Seq,
    (came, most): (usize, u32),
    extra: &Event,
) -> Finding {
    Finding::Missed(Miss {
        awaited: selector.at,
        since,
        kind: MissKind::TooMany { came, most },
        why: format!("{came} messages arrived, at most {most} may"),
        nearest: nearest_of(selector, extra),
    })
}

fn nearest_of(selector: &Selector, event: &Event) -> Option<Nearest> {
    match &event.fact {
        Fact::Request { message, .. } => Some(Candidate { event, message }.nearest(selector)),
        _ => None,
    }
}
