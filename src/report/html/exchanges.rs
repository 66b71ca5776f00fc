//! The exchanges of the run as one JSON document, each once, and what each case's diagram shows.

use std::collections::HashMap;

use serde::Serialize;

use crate::journal::{Fact, Seq};
use crate::record::Record;
use crate::report::body::query;
use crate::report::html::diagram::{Mark, Seen, marks};
use crate::report::html::lifeline::{lifeline, name};
use crate::report::html::texts::Texts;
use crate::report::plain::{cut, line};
use crate::report::words::{duration, party};
use plan_language::participant::{Author, Participant};

/// Bytes of a path, a query or a reason that the page holds.
const LINE_BYTES_MAX: usize = 1_000;

/// What the script of the page reads.
#[derive(Serialize)]
struct Document {
    /// The lifelines, in the order of a diagram.
    lifelines: Vec<Lifeline>,
    /// Every exchange of the run once, in the order of their requests.
    exchanges: Vec<Exchange>,
    /// Headers and bodies, by number.
    texts: Vec<String>,
    /// What happened in each case, in plan order; at last what belongs to no case.
    cases: Vec<Vec<Mark>>,
}

#[derive(Serialize)]
struct Lifeline {
    name: &'static str,
    who: &'static str,
}

/// A request and what came of it.
#[derive(Serialize)]
pub(super) struct Exchange {
    /// Position of the request in the journal.
    seq: Seq,
    /// When it set out, in words.
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
    end: Option<End>,
}

/// How an exchange ended.
#[derive(Serialize)]
struct End {
    seq: Seq,
    /// How long after the request, in words.
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
pub(super) fn json(record: &Record) -> String {
    let mut texts = Texts::default();
    let (exchanges, seen) = collect(record, &mut texts);
    let document = Document {
        lifelines: Participant::ALL
            .into_iter()
            .map(|one| Lifeline {
                name: name(one),
                who: party(one, record.header.mode),
            })
            .collect(),
        exchanges,
        texts: texts.finish(),
        cases: marks(record, &seen),
    };
    serde_json::to_string(&document).expect("the document holds texts and numbers only")
}

/// Collects the exchanges in one pass, and where each event of one belongs.
fn collect(record: &Record, texts: &mut Texts) -> (Vec<Exchange>, Seen) {
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut began: Vec<u64> = Vec::new();
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut seen = Seen::default();
    for event in &record.events {
        let (exchange, end) = match &event.fact {
            Fact::Request {
                exchange,
                step,
                from,
                to,
                author,
                message,
            } => {
                numbers.insert(*exchange, exchanges.len());
                seen.request(event.seq, exchanges.len());
                began.push(event.at);
                exchanges.push(Exchange {
                    seq: event.seq,
                    at: duration(event.at),
                    from: lifeline(*from),
                    to: lifeline(to.participant),
                    author: *author,
                    callback: to.callback.map(|one| one.as_str()),
                    step: step.as_ref().map(|one| bounded(one.as_str())),
                    method: bounded(message.method.as_deref().unwrap_or("message")),
                    path: bounded(&message.path),
                    query: bounded(&query(message)),
                    headers: texts.headers(message, event.seq),
                    body: texts.body(&message.body, event.seq),
                    end: None,
                });
                continue;
            }
            Fact::Answer {
                exchange,
                author,
                message,
            } => (
                *exchange,
                End {
                    seq: event.seq,
                    after: String::new(),
                    author: Some(*author),
                    status: message.status,
                    broke: None,
                    headers: texts.headers(message, event.seq),
                    body: texts.body(&message.body, event.seq),
                },
            ),
            Fact::Broken { exchange, why } => (
                *exchange,
                End {
                    seq: event.seq,
                    after: String::new(),
                    author: None,
                    status: None,
                    broke: Some(bounded(why)),
                    headers: None,
                    body: None,
                },
            ),
            _ => continue,
        };
        // An end without its request cannot be drawn; the journal still has it.
        if let Some(number) = numbers.get(&exchange).copied()
            && exchanges[number].end.is_none()
        {
            let after = duration(event.at.saturating_sub(began[number]));
            exchanges[number].end = Some(End { after, ..end });
            seen.end(event.seq, number);
        }
    }
    (exchanges, seen)
}

fn bounded(text: &str) -> String {
    line(&cut(text, LINE_BYTES_MAX)).into_owned()
}
