//! The exchanges of the run as one JSON document, each once, and the marks of each case's diagram.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::journal::{Event, Fact, Micros, Seq};
use crate::judge::Verdict;
use crate::record::Record;
use crate::report::body::query;
use crate::report::html::diagram::{DiagramMark, ExchangeNumbers, marks};
use crate::report::html::lifeline::{lifeline, name};
use crate::report::html::texts::Texts;
use crate::report::label::party;
use crate::report::number::duration;
use crate::report::plain::{cut, line};
use plan_language::participant::{Author, Participant};

/// Bytes of a path, a query or a reason that the page holds.
const LINE_BYTES_MAX: usize = 1_000;

/// The data that the script of the page reads.
#[derive(Serialize)]
struct PageData {
    /// The lifelines, in the order of a diagram.
    lifelines: Vec<Lifeline>,
    /// Every exchange of the run once, in the order of their requests.
    exchanges: Vec<PageExchange>,
    /// Headers and bodies, by number.
    texts: Vec<String>,
    /// The marks of each case, in plan order; the last list has the unattributed marks.
    cases: Vec<Vec<DiagramMark>>,
}

#[derive(Serialize)]
struct Lifeline {
    name: &'static str,
    who: &'static str,
}

/// A request with its end.
#[derive(Serialize)]
pub(super) struct PageExchange {
    /// Position of the request in the journal.
    seq: Seq,
    /// When it was sent, in words.
    at: String,
    /// Numbers of the lifelines.
    from: usize,
    to: usize,
    author: Author,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    method: String,
    path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<ExchangeEnd>,
}

/// The end of an exchange: a response or a failure.
#[derive(Serialize)]
struct ExchangeEnd {
    seq: Seq,
    /// The time since the request, in words.
    after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Author>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    broke: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<usize>,
}

/// Writes the document.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
pub(super) fn json(record: &Record) -> String {
    let mut texts = Texts::default();
    take_of_troubled_cases(record, &mut texts);
    let (exchanges, seen) = collect(record, &mut texts);
    let document = PageData {
        lifelines: Participant::ALL
            .into_iter()
            .map(|participant| Lifeline {
                name: name(participant),
                who: party(participant, record.header.mode),
            })
            .collect(),
        exchanges,
        texts: texts.finish(),
        cases: marks(record, &seen),
    };
    serde_json::to_string(&document).expect("the document holds texts and numbers only")
}

/// Takes what the messages of cases that failed or are inconclusive carry, while the page has room for whole bodies.
fn take_of_troubled_cases(record: &Record, texts: &mut Texts) {
    let troubled: HashSet<&str> = record
        .cases
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Failed | Verdict::Inconclusive))
        .map(|outcome| &*outcome.case)
        .collect();
    // Messages on an address that all cases share have no lane; the checks name those that they judged.
    let cases = record.cases.iter();
    let judged: HashSet<u64> = cases
        .filter(|outcome| troubled.contains(&*outcome.case))
        .flat_map(|outcome| outcome.checks.iter().flat_map(|check| &check.messages))
        .filter_map(|seq| number_of(record.event(*seq)?))
        .collect();
    for event in &record.events {
        let is_in_lane = event
            .lane
            .as_deref()
            .is_some_and(|lane| troubled.contains(lane));
        let is_judged = || number_of(event).is_some_and(|number| judged.contains(&number));
        if let Fact::Request { message, .. } | Fact::Answer { message, .. } = &event.fact
            && (is_in_lane || is_judged())
        {
            texts.headers(message, event.seq);
            texts.body(&message.body, event.seq);
        }
    }
}

/// Collects the exchanges in one pass, and the exchange of each of their events.
fn collect(record: &Record, texts: &mut Texts) -> (Vec<PageExchange>, ExchangeNumbers) {
    let mut exchanges: Vec<PageExchange> = Vec::new();
    let mut begun_at: Vec<Micros> = Vec::new();
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut seen = ExchangeNumbers::default();
    for event in &record.events {
        if let Some(exchange) = PageExchange::of(event, texts) {
            if let Some(number) = number_of(event) {
                numbers.insert(number, exchanges.len());
            }
            seen.request(event.seq, exchanges.len());
            begun_at.push(event.at);
            exchanges.push(exchange);
            continue;
        }
        // The end of an unknown request cannot be drawn; the journal still has it.
        let known = number_of(event).and_then(|number| numbers.get(&number).copied());
        if let Some(index) = known.filter(|index| exchanges[*index].end.is_none())
            && let Some(end) = ExchangeEnd::of(event, begun_at[index], texts)
        {
            exchanges[index].end = Some(end);
            seen.end(event.seq, index);
        }
    }
    (exchanges, seen)
}

/// Returns the number of the exchange to which an event belongs.
fn number_of(event: &Event) -> Option<u64> {
    match &event.fact {
        Fact::Request { exchange, .. }
        | Fact::Answer { exchange, .. }
        | Fact::Broken { exchange, .. } => Some(*exchange),
        _ => None,
    }
}

impl PageExchange {
    /// Returns the exchange that a request begins, without an end; `None` for any other event.
    fn of(event: &Event, texts: &mut Texts) -> Option<Self> {
        let Fact::Request {
            step,
            from,
            to,
            author,
            message,
            ..
        } = &event.fact
        else {
            return None;
        };
        Some(Self {
            seq: event.seq,
            at: duration(event.at),
            from: lifeline(*from),
            to: lifeline(to.participant),
            author: *author,
            callback: to.callback.map(|callback| callback.as_str()),
            step: step.as_ref().map(|step| bounded(step.as_str())),
            method: bounded(message.method.as_deref().unwrap_or("message")),
            path: bounded(&message.path),
            query: bounded(&query(message)),
            headers: texts.headers(message, event.seq),
            body: texts.body(&message.body, event.seq),
            end: None,
        })
    }
}

impl ExchangeEnd {
    /// Returns the end of an exchange that began at `begun_at`; `None` for an event that ends none.
    fn of(event: &Event, begun_at: Micros, texts: &mut Texts) -> Option<Self> {
        let end = Self {
            seq: event.seq,
            after: duration(event.at.saturating_sub(begun_at)),
            author: None,
            status: None,
            broke: None,
            headers: None,
            body: None,
        };
        match &event.fact {
            Fact::Answer {
                author, message, ..
            } => Some(Self {
                author: Some(*author),
                status: message.status,
                headers: texts.headers(message, event.seq),
                body: texts.body(&message.body, event.seq),
                ..end
            }),
            Fact::Broken { why, .. } => Some(Self {
                broke: Some(bounded(why)),
                ..end
            }),
            _ => None,
        }
    }
}

fn bounded(text: &str) -> String {
    line(&cut(text, LINE_BYTES_MAX)).into_owned()
}
