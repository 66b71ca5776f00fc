//! What the sequence diagram of each case shows, in the order of the journal.
//!
//! The diagram of a case contains the exchanges that the journal assigns to it, those that its checks use as evidence,
//! and its other events. A missing message is marked at the end of its wait.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::journal::{Event, Fact, NotOpened, Seq, WaitEnd};
use crate::judge::{Check, CheckOutcome, Finding};
use crate::record::{Outcome, Record};
use crate::report::html::lifeline::lifeline;
use crate::report::number::duration;
use crate::report::plain::{cut, line};

/// Bytes of a note.
const NOTE_BYTES_MAX: usize = 400;

/// One line of a diagram.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum DiagramMark {
    /// A request was sent.
    Request {
        /// Number of the exchange.
        exchange: usize,
        /// Whether a failed or inconclusive check judged it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        bad: bool,
    },
    /// An exchange ended.
    End {
        /// Number of the exchange.
        exchange: usize,
        /// Whether a failed or inconclusive check judged it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        bad: bool,
    },
    /// A message is missing.
    Due {
        /// Number of the lifeline of the expected sender.
        from: usize,
        /// Number of the lifeline of the receiver.
        to: usize,
        /// The expected message, and what happened instead.
        text: String,
    },
    /// Another event.
    Note {
        /// When it happened, in words.
        at: String,
        /// What happened.
        text: String,
        /// Whether it is a problem.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        bad: bool,
    },
}

/// The numbers of exchanges, by their events.
#[derive(Default)]
pub(super) struct ExchangeNumbers {
    numbers: HashMap<Seq, usize>,
    spans: Vec<(Seq, Option<Seq>)>,
}

impl ExchangeNumbers {
    /// Notes the request of an exchange; numbers go up by one.
    pub fn request(&mut self, seq: Seq, number: usize) {
        self.numbers.insert(seq, number);
        self.spans.push((seq, None));
    }

    /// Notes the end of an exchange whose request was noted.
    pub fn end(&mut self, seq: Seq, number: usize) {
        self.numbers.insert(seq, number);
        self.spans[number].1 = Some(seq);
    }
}

/// Lists the marks of each case in plan order; the last list has the unattributed marks.
pub(super) fn marks(record: &Record, seen: &ExchangeNumbers) -> Vec<Vec<DiagramMark>> {
    let mut lanes: HashMap<&str, Vec<&Event>> = HashMap::new();
    let mut free: Vec<&Event> = Vec::new();
    for event in &record.events {
        match &event.lane {
            Some(lane) => lanes.entry(&**lane).or_default().push(event),
            None => free.push(event),
        }
    }
    let mut shown = vec![false; seen.spans.len()];
    let mut cases: Vec<Vec<DiagramMark>> = Vec::with_capacity(record.cases.len() + 1);
    for outcome in &record.cases {
        let events = lanes.remove(&*outcome.case).unwrap_or_default();
        let marks = case(outcome, &events, seen);
        for mark in &marks {
            if let DiagramMark::Request { exchange, .. } = mark {
                shown[*exchange] = true;
            }
        }
        cases.push(marks);
    }
    // A lane that no case of the record owns must not vanish.
    free.extend(lanes.into_values().flatten());
    let mut rest: BTreeMap<Seq, DiagramMark> = BTreeMap::new();
    for event in free {
        if let Some(mark) = note(event) {
            rest.insert(event.seq, mark);
        }
    }
    for (number, _) in shown.iter().enumerate().filter(|(_, shown)| !**shown) {
        insert(&mut rest, seen, number, false);
    }
    cases.push(rest.into_values().collect());
    cases
}

fn case(outcome: &Outcome, events: &[&Event], seen: &ExchangeNumbers) -> Vec<DiagramMark> {
    let mut bad: Vec<usize> = Vec::new();
    let mut numbers: Vec<usize> = Vec::new();
    for check in outcome.checks.iter().chain(&outcome.teardown) {
        let of_check = concerned(check).filter_map(|seq| seen.numbers.get(&seq).copied());
        for number in of_check {
            numbers.push(number);
            if matches!(
                check.outcome,
                CheckOutcome::Violation | CheckOutcome::Inconclusive(_)
            ) {
                bad.push(number);
            }
        }
    }
    let mut marks: BTreeMap<(Seq, usize), DiagramMark> = BTreeMap::new();
    for event in events {
        match &event.fact {
            Fact::Request { .. } => numbers.extend(seen.numbers.get(&event.seq)),
            _ => {
                if let Some(mark) = note(event) {
                    marks.insert((event.seq, 0), mark);
                }
            }
        }
    }
    let mut exchanges = BTreeMap::new();
    for number in numbers {
        insert(&mut exchanges, seen, number, bad.contains(&number));
    }
    marks.extend(exchanges.into_iter().map(|(seq, mark)| ((seq, 0), mark)));
    for (index, check) in outcome.checks.iter().enumerate() {
        if let Some(mark) = due(check) {
            marks.insert((waited_until(check, events), index + 1), mark);
        }
    }
    marks.into_values().collect()
}

fn insert(
    marks: &mut BTreeMap<Seq, DiagramMark>,
    seen: &ExchangeNumbers,
    exchange: usize,
    bad: bool,
) {
    let (request, end) = seen.spans[exchange];
    marks.insert(request, DiagramMark::Request { exchange, bad });
    if let Some(end) = end {
        marks.insert(end, DiagramMark::End { exchange, bad });
    }
}

/// Lists the positions of the messages that a check judged.
fn concerned(check: &Check) -> impl Iterator<Item = Seq> {
    let nearest = match &check.finding {
        Finding::Missed(miss) => miss.nearest.as_ref().map(|nearest| nearest.seq),
        _ => None,
    };
    check.messages.iter().copied().chain(nearest)
}

/// Returns the mark of a missing message; `None` if a check found a message that must not arrive.
fn due(check: &Check) -> Option<DiagramMark> {
    let Finding::Missed(miss) = &check.finding else {
        return None;
    };
    if !miss.kind.is_lack() {
        return None;
    }
    let near = match &miss.nearest {
        Some(near) => format!("; closest: {}", near.message),
        None => String::new(),
    };
    Some(DiagramMark::Due {
        from: lifeline(check.party),
        to: lifeline(miss.awaited.participant),
        text: short(&format!("{}: {}{near}", check.what, miss.why)),
    })
}

/// Returns the position at which the wait of a check ended; the end of the case if the journal has none.
fn waited_until(check: &Check, events: &[&Event]) -> Seq {
    let closed = events
        .iter()
        .rev()
        .find(|event| matches!(&event.fact, Fact::Closed { step, .. } if *step == check.step));
    closed.map_or(Seq::MAX, |event| event.seq)
}

/// Returns the note of another event; `None` for an event that a diagram does not show.
fn note(event: &Event) -> Option<DiagramMark> {
    let (text, bad) = match &event.fact {
        Fact::NotOpened { standing, why } => (
            format!("did not begin: {why}"),
            *standing == NotOpened::Inconclusive,
        ),
        Fact::Refused { at, why } => (format!("refused at {at}: {why}"), true),
        Fact::Stubbed { rule, .. } => (format!("stubbed: {rule}"), false),
        Fact::Visited { visit, .. } => (
            format!("browser {}: {}", visit.outcome.as_str(), visit.why),
            false,
        ),
        Fact::Done { what, failed, .. } => match failed {
            Some(why) => (format!("{what}: {why}"), true),
            None => (what.clone(), false),
        },
        Fact::Closed { closed, .. } => match closed {
            WaitEnd::Met(_) => return None,
            WaitEnd::Deadline(_) | WaitEnd::Advancing(_) => ("a wait timed out".to_owned(), false),
            WaitEnd::Interrupted(_) => ("a wait was interrupted".to_owned(), true),
        },
        _ => return None,
    };
    Some(DiagramMark::Note {
        at: duration(event.at),
        text: short(&text),
        bad,
    })
}

fn short(text: &str) -> String {
    line(&cut(text, NOTE_BYTES_MAX)).into_owned()
}
