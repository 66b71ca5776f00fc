//! Says why a message was missed: which of the ways it was, and which candidate came nearest.

use std::sync::Arc;

use crate::journal::{Event, Fact, Message, Micros, Seq};
use crate::judge::check::{Finding, Nearest};
use crate::judge::demand::Selector;

/// The window in which a message was awaited.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Events after this one count.
    pub after: Seq,
    /// Up to this one.
    pub upto: Seq,
    /// The moment at which the window closed.
    pub closed_at: Micros,
}

/// Explains why too few messages came.
///
/// `lane` holds all events of the case, also those before and after the window; `unclaimed` the
/// requests that belong to no case. `came` is how many came in the window, of `least` demanded.
pub fn explain_missed(
    selector: &Selector,
    window: Window,
    (came, least): (usize, u32),
    lane: &[Arc<Event>],
    unclaimed: &[Arc<Event>],
) -> Finding {
    let wanted = selector.title();
    if came > 0 {
        return Finding::Missed {
            why: format!("{came} came instead of {least}: {wanted}"),
            nearest: None,
        };
    }
    for event in lane {
        if let Fact::Refused { at, why } = &event.fact
            && selector.at.covers(*at)
            && event.seq > window.after
        {
            return Finding::Missed {
                why: format!(
                    "it was refused before it reached the {}: {why}",
                    at.participant
                ),
                nearest: None,
            };
        }
    }
    let requests = |events: &[Arc<Event>]| -> Vec<(Arc<Event>, Message)> {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Request { to, message, .. } if selector.concerns(*to, message) => {
                    Some((event.clone(), message.clone()))
                }
                _ => None,
            })
            .collect()
    };
    let own = requests(lane);
    let selected = |message: &Message| selector.select.test(message).differences.is_empty();
    if let Some((event, message)) = own
        .iter()
        .find(|(event, message)| event.seq > window.upto && selected(message))
    {
        let late = event.at.saturating_sub(window.closed_at);
        return Finding::Missed {
            why: format!("it came late, {} after the wait had ended", millis(late)),
            nearest: Some(nearest(selector, event, message)),
        };
    }
    let inside: Vec<_> = own
        .iter()
        .filter(|(event, _)| event.seq > window.after)
        .collect();
    if let Some((event, message)) = inside
        .iter()
        .min_by_key(|(_, message)| selector.select.test(message).differences.len())
    {
        return Finding::Missed {
            why: format!(
                "{} of the kind came, and none is the one: {wanted}",
                count(inside.len())
            ),
            nearest: Some(nearest(selector, event, message)),
        };
    }
    if let Some((event, message)) = own
        .iter()
        .rev()
        .find(|(event, message)| event.seq <= window.after && selected(message))
    {
        return Finding::Missed {
            why: "it came before the act that was to cause it, and not again".to_owned(),
            nearest: Some(nearest(selector, event, message)),
        };
    }
    let others = requests(unclaimed);
    if let Some((event, message)) = others
        .iter()
        .filter(|(event, _)| event.seq > window.after)
        .min_by_key(|(_, message)| selector.select.test(message).differences.len())
    {
        return Finding::Missed {
            why: format!("nothing came for this case; the nearest belongs to no case: {wanted}"),
            nearest: Some(nearest(selector, event, message)),
        };
    }
    // On an address that cases share nobody knows whose message it was.
    let refused = unclaimed.iter().find_map(|event| match &event.fact {
        Fact::Refused { at, why } if event.seq > window.after && selector.at.covers(*at) => {
            Some(why)
        }
        _ => None,
    });
    Finding::Missed {
        why: match refused {
            Some(why) => format!(
                "nothing came for this case; one that no case could claim was refused: {why}"
            ),
            None => format!("nothing came: {wanted}"),
        },
        nearest: None,
    }
}

/// Makes the finding of a message that came although it must not, or once too often.
pub fn explain_unwanted(selector: &Selector, why: String, event: &Event) -> Finding {
    let nearest = match &event.fact {
        Fact::Request { message, .. } => Some(nearest(selector, event, message)),
        _ => None,
    };
    Finding::Missed { why, nearest }
}

fn nearest(selector: &Selector, event: &Event, message: &Message) -> Nearest {
    Nearest {
        seq: event.seq,
        message: message.title(),
        differences: selector.select.test(message).differences,
    }
}

fn count(number: usize) -> String {
    match number {
        1 => "one message".to_owned(),
        more => format!("{more} messages"),
    }
}

/// Writes a time in milliseconds, or in seconds where that reads better.
pub fn millis(micros: Micros) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{:.1} s", micros as f64 / 1e6),
    }
}
