//! The exchanges that a failure concerns: sender, receiver, request and response.

use crate::journal::{Event, Fact, Message, Seq};
use crate::record::{Record, RecordedExchange};
use crate::report::body::{body, known, query};
use crate::report::failure::VALUE_BYTES_MAX;
use crate::report::label::party;
use crate::report::lines::{LineStyle, Lines};
use crate::report::number::{duration, more};
use crate::report::plain::{cut, line};

/// Number of exchanges of one check that are shown.
const EXCHANGES_MAX: usize = 3;
/// Bytes of a body that are shown.
const BODY_BYTES_MAX: usize = 2_048;
/// Number of headers of a message that are shown.
const HEADERS_MAX: usize = 15;
/// Headers that concern transport only, not the meaning of a message.
const TRAVEL: [&str; 13] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "date",
    "host",
    "keep-alive",
    "server",
    "transfer-encoding",
    "user-agent",
    "vary",
];

/// Tells whether a header concerns the meaning of a message, not only its transport.
pub(super) fn means_something(name: &str) -> bool {
    !TRAVEL.contains(&name)
}

/// Adds the exchanges to which events belong, each once, labelled with their role; `told` are those that were added
/// before.
pub(super) fn add(
    lines: &mut Lines,
    record: &Record,
    (role, seqs): (&str, &[Seq]),
    told: &mut Vec<Seq>,
) {
    let mut own: Vec<Seq> = Vec::new();
    let mut left_out = 0;
    for exchange in seqs.iter().filter_map(|seq| record.exchange(*seq)) {
        let seq = exchange.request.seq;
        if own.contains(&seq) {
            continue;
        }
        own.push(seq);
        if own.len() > EXCHANGES_MAX {
            left_out += 1;
            continue;
        }
        lines.gap();
        if told.contains(&seq) {
            let asked = exchange.message().map(asked).unwrap_or_default();
            let text = format!("{role}: {asked}, shown above, journal.jsonl {seq}");
            lines.look(LineStyle::Heading, text);
        } else {
            told.push(seq);
            add_one(lines, record, role, &exchange);
        }
    }
    if left_out > 0 {
        lines.add(format!(
            "and {}, see journal.jsonl",
            more(left_out, "exchange")
        ));
    }
}

fn add_one(lines: &mut Lines, record: &Record, role: &str, exchange: &RecordedExchange<'_>) {
    let Fact::Request {
        from, to, message, ..
    } = &exchange.request.fact
    else {
        return;
    };
    let mode = record.header.mode;
    let callback = to
        .callback
        .map(|callback| format!(" ({})", callback.as_str()))
        .unwrap_or_default();
    lines.look(
        LineStyle::Heading,
        format!(
            "{role}: {} to {}{callback}, {} after the run began, journal.jsonl {}",
            party(*from, mode),
            party(to.participant, mode),
            duration(exchange.request.at),
            exchange.request.seq
        ),
    );
    lines.within(|lines| {
        lines.add(format!("{} → {}", asked(message), ended(exchange)));
        add_message(lines, "request", message);
        if let Some(Event {
            fact: Fact::Answer { message, .. },
            ..
        }) = exchange.end
        {
            add_message(lines, "response", message);
        }
    });
}

fn asked(message: &Message) -> String {
    let query = query(message);
    let text = if query.is_empty() {
        message.title()
    } else {
        format!("{}?{query}", message.title())
    };
    line(&cut(&text, VALUE_BYTES_MAX)).into_owned()
}

fn ended(exchange: &RecordedExchange<'_>) -> String {
    let Some(end) = exchange.end else {
        return "no response".to_owned();
    };
    let after = duration(end.at.saturating_sub(exchange.request.at));
    match &end.fact {
        Fact::Answer { message, .. } => format!("{} after {after}", message.title()),
        Fact::Broken { why, .. } => {
            format!("failed after {after}: {}", line(&cut(why, VALUE_BYTES_MAX)))
        }
        _ => "no response".to_owned(),
    }
}

fn add_message(lines: &mut Lines, which: &str, message: &Message) {
    let headers: Vec<_> = message
        .headers
        .iter()
        .filter(|(name, _)| means_something(name))
        .collect();
    let bare = headers.is_empty() && message.credentials.is_empty() && message.notes.is_empty();
    if bare && message.body.is_none() {
        return;
    }
    lines.add(which);
    lines.within(|lines| {
        for (name, value) in headers.iter().take(HEADERS_MAX) {
            lines.add(line(&cut(&format!("{name}: {value}"), VALUE_BYTES_MAX)));
        }
        if headers.len() > HEADERS_MAX {
            lines.add(format!(
                "and {}",
                more(headers.len() - HEADERS_MAX, "header")
            ));
        }
        for one in &message.credentials {
            lines.add(line(&known(one)));
        }
        for note in &message.notes {
            lines.add(line(&cut(&format!("note: {note}"), VALUE_BYTES_MAX)));
        }
        if let Some(body) = body(&message.body, BODY_BYTES_MAX) {
            lines.add(body);
        }
    });
}
