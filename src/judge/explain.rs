//! Says why a message was missed: which of the ways it was, and which candidate came nearest.

use std::sync::Arc;

use crate::journal::{Event, Fact, Lane, Message, Micros, Seq};
use crate::judge::check::{Difference, Finding, Miss, MissKind, Nearest};
use crate::judge::demand::Selector;
use crate::judge::misrouted::misrouted;
use plan_language::plan::StepKey;
use plan_language::value::Value;

/// Number of differing fields that a sentence names.
const FIELDS_MAX: usize = 3;
/// Characters of a value that a sentence shows.
const VALUE_CHARS_MAX: usize = 60;

/// The window in which a message was awaited.
#[derive(Clone, Debug)]
pub struct Window {
    /// Events after this one count.
    pub after: Seq,
    /// Up to this one.
    pub upto: Seq,
    /// The moment at which the window opened.
    pub opened_at: Micros,
    /// The moment at which the window closed.
    pub closed_at: Micros,
    /// The label at which it opened; none where it opened with the act that was to cause the message.
    pub since: Option<String>,
    /// How long it was open, in words behind a blank: ` within 10 s (notification)`; empty where the demand
    /// itself says it.
    pub span: String,
    /// What closed it, in words: `the wait of 10 s (notification) had ended`.
    pub end: String,
}

impl Window {
    /// Takes over when a wait ended and how long it was, where the journal tells of one at that step.
    pub fn closed_by(&mut self, waited: &StepKey, lane: &[Arc<Event>]) {
        for event in lane {
            match &event.fact {
                Fact::Waiting {
                    step,
                    wait,
                    bound_us,
                    ..
                } if step == waited => {
                    let time = millis(*bound_us);
                    self.span = format!(" within {time} ({wait})");
                    self.end = format!("the wait of {time} ({wait}) had ended");
                }
                Fact::Closed { step, .. } if step == waited => self.closed_at = event.at,
                _ => {}
            }
        }
    }
}

/// What went over the wire, as far as it can explain a miss.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// All events of the case, also those before and after the window.
    pub lane: &'a [Arc<Event>],
    /// Events that belong to no case.
    pub unattributed: &'a [Arc<Event>],
    /// Requests of other cases after the window opened, each with its case.
    pub elsewhere: &'a [(Lane, Arc<Event>)],
}

/// Explains why too few messages came: `came` in the window, of `least` demanded.
///
/// Of several ways the one is told that names the cause most closely.
pub fn explain_missed(
    selector: &Selector,
    window: Window,
    (came, least): (usize, u32),
    traffic: Traffic<'_>,
) -> Miss {
    let miss = |kind, why, nearest| Miss {
        awaited: selector.at,
        since: window.after,
        kind,
        why,
        nearest,
    };
    if came > 0 {
        let why = format!("only {came} of {least} came{}", window.span);
        return miss(MissKind::TooFew { came, least }, why, None);
    }
    for event in traffic.lane {
        if let Fact::Refused { at, why } = &event.fact
            && selector.at.covers(*at)
            && event.seq > window.after
        {
            let why = format!("it was refused before it reached {at}: {why}");
            return miss(MissKind::Refused, why, None);
        }
    }
    let own = requests(selector, traffic.lane);
    let meant = |message: &Message| selector.select.test(message).differences.is_empty();
    if let Some((event, message)) = own
        .iter()
        .find(|(event, message)| event.seq > window.upto && meant(message))
    {
        let by_us = event.at.saturating_sub(window.closed_at);
        let why = format!("it came late, {} after {}", millis(by_us), window.end);
        return miss(
            MissKind::Late { by_us },
            why,
            Some(nearest(selector, event, message)),
        );
    }
    let misrouted = misrouted(selector, traffic);
    if let Some(one) = misrouted.iter().find(|one| meant(one.message)) {
        let why = format!("it came, but for another case: {}", one.case);
        return miss(
            one.kind(),
            why,
            Some(nearest(selector, one.event, one.message)),
        );
    }
    let inside: Vec<_> = own
        .iter()
        .filter(|(event, _)| event.seq > window.after)
        .collect();
    if let Some((event, message)) = inside
        .iter()
        .min_by_key(|(_, message)| selector.select.test(message).differences.len())
    {
        let nearest = nearest(selector, event, message);
        let came = inside.len();
        let fields = fields(&nearest.differences);
        let why = match came {
            1 => format!("only one came{} that differs in {fields}", window.span),
            _ => format!(
                "{came} came{}, and none is the one: the nearest differs in {fields}",
                window.span
            ),
        };
        return miss(MissKind::Differs { came }, why, Some(nearest));
    }
    // The message at which the window opened is another one, and was demanded before.
    let opening = opening(window.after, traffic.lane);
    if let Some((event, message)) = own.iter().rev().find(|(event, message)| {
        event.seq <= window.after && Some(event.seq) != opening && meant(message)
    }) {
        let by_us = window.opened_at.saturating_sub(event.at);
        let from = match &window.since {
            None => "the act that was to cause it".to_owned(),
            Some(label) => format!("`{label}`"),
        };
        let why = format!(
            "nothing came{}; one came {} before {from}",
            window.span,
            millis(by_us)
        );
        return miss(
            MissKind::Early { by_us },
            why,
            Some(nearest(selector, event, message)),
        );
    }
    let differing = |message: &Message| selector.select.test(message).differences.len();
    if let Some(one) = misrouted.iter().min_by_key(|one| differing(one.message)) {
        let nearest = nearest(selector, one.event, one.message);
        let why = format!(
            "one that names something of this case came for another case, {}; it differs in {}",
            one.case,
            fields(&nearest.differences)
        );
        return miss(one.kind(), why, Some(nearest));
    }
    if let Some((event, message)) = requests(selector, traffic.unattributed)
        .into_iter()
        .filter(|(event, _)| event.seq > window.after)
        .min_by_key(|(_, message)| differing(message))
    {
        let nearest = nearest(selector, event, message);
        let why = match nearest.differences.is_empty() {
            true => "one came that names nothing by which it belongs to this case".to_owned(),
            false => format!(
                "nothing came for this case{}; one that belongs to no case differs in {}",
                window.span,
                fields(&nearest.differences)
            ),
        };
        return miss(MissKind::NoCase, why, Some(nearest));
    }
    // On an address that cases share nobody knows whose message it was.
    let refused = traffic
        .unattributed
        .iter()
        .find_map(|event| match &event.fact {
            Fact::Refused { at, why } if event.seq > window.after && selector.at.covers(*at) => {
                Some(why)
            }
            _ => None,
        });
    match refused {
        Some(why) => miss(
            MissKind::Refused,
            format!("nothing came for this case; one that no case could claim was refused: {why}"),
            None,
        ),
        None => miss(
            MissKind::NothingCame,
            match &window.since {
                None => format!("nothing came{}", window.span),
                Some(label) => {
                    let again = own.iter().any(|(event, _)| Some(event.seq) == opening);
                    let more = if again { " more" } else { "" };
                    format!("nothing{more} came{} after `{label}`", window.span)
                }
            },
            None,
        ),
    }
}

/// Finds the request of the message at which a window opened, if it opened at one.
fn opening(after: Seq, lane: &[Arc<Event>]) -> Option<Seq> {
    let at = lane.iter().find(|event| event.seq == after)?;
    match &at.fact {
        Fact::Request { .. } => Some(after),
        Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
            let asked = lane.iter().find(
                |event| matches!(&event.fact, Fact::Request { exchange: own, .. } if own == exchange),
            );
            asked.map(|event| event.seq)
        }
        _ => None,
    }
}

/// Makes the finding of a message that came although it must not.
pub fn explain_unwanted(selector: &Selector, since: Seq, event: &Event) -> Finding {
    Finding::Missed(Miss {
        awaited: selector.at,
        since,
        kind: MissKind::Unwanted,
        why: "one came".to_owned(),
        nearest: nearest_of(selector, event),
    })
}

/// Makes the finding of messages of which one came too many.
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
        why: format!("{came} came, and {most} at most may"),
        nearest: nearest_of(selector, extra),
    })
}

fn nearest_of(selector: &Selector, event: &Event) -> Option<Nearest> {
    match &event.fact {
        Fact::Request { message, .. } => Some(nearest(selector, event, message)),
        _ => None,
    }
}

fn requests<'a>(selector: &Selector, events: &'a [Arc<Event>]) -> Vec<(&'a Event, &'a Message)> {
    events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Request { to, message, .. } if selector.concerns(*to, message) => {
                Some((&**event, message))
            }
            _ => None,
        })
        .collect()
}

fn nearest(selector: &Selector, event: &Event, message: &Message) -> Nearest {
    Nearest {
        seq: event.seq,
        message: message.title(),
        differences: selector.select.test(message).differences,
    }
}

/// Says which fields differ; of a single one also how.
fn fields(differences: &[Difference]) -> String {
    if let [one] = differences {
        let seen = match &one.seen {
            None => "nothing".to_owned(),
            Some(Value::Object(_)) => "a map".to_owned(),
            Some(Value::Array(items)) => format!("a list of {}", items.len()),
            Some(value) => value.to_string(),
        };
        return format!(
            "{}: expected {}, seen {}",
            one.at,
            short(&one.expected),
            short(&seen)
        );
    }
    let mut named: Vec<_> = differences
        .iter()
        .take(FIELDS_MAX)
        .map(|one| one.at.as_str())
        .collect();
    let rest = differences.len().saturating_sub(FIELDS_MAX);
    let last = match rest {
        0 => named.pop().unwrap_or("nothing").to_owned(),
        more => format!("{more} more"),
    };
    match named.is_empty() {
        true => last,
        false => format!("{} and {last}", named.join(", ")),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Writes a time in milliseconds, or in seconds where that reads better.
pub fn millis(micros: Micros) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ if micros % 1_000_000 < 100_000 => format!("{} s", micros / 1_000_000),
        // Rounded down, as the others.
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}
