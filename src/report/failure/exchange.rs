//! The exchanges that a failure concerns: who asked whom, what, and what came back.

use std::io;

use crate::journal::{Body, Credential, Event, Fact, Message, Seq};
use crate::record::{Record, Shown};
use crate::report::failure::VALUE_BYTES_MAX;
use crate::report::lines::Lines;
use crate::report::plain::{cut, cut_of, line};
use crate::report::words::{duration, more, party};

/// Number of exchanges of one check that are shown.
const EXCHANGES_MAX: usize = 3;
/// Bytes of a body that are shown.
const BODY_BYTES_MAX: usize = 2_048;
/// Number of headers of a message that are shown.
const HEADERS_MAX: usize = 15;
/// Headers that say how a message travelled, not what it means.
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

/// Adds the exchanges to which events belong, each once.
pub(super) fn add(lines: &mut Lines, record: &Record, seqs: &[Seq]) {
    let mut shown: Vec<Seq> = Vec::new();
    let mut left_out = 0;
    for exchange in seqs.iter().filter_map(|seq| record.exchange(*seq)) {
        if shown.contains(&exchange.request.seq) {
            continue;
        }
        shown.push(exchange.request.seq);
        if shown.len() > EXCHANGES_MAX {
            left_out += 1;
            continue;
        }
        lines.gap();
        add_one(lines, record, &exchange);
    }
    if left_out > 0 {
        lines.add(format!(
            "and {}, see journal.jsonl",
            more(left_out, "exchange")
        ));
    }
}

fn add_one(lines: &mut Lines, record: &Record, exchange: &Shown<'_>) {
    let Fact::Request {
        from, to, message, ..
    } = &exchange.request.fact
    else {
        return;
    };
    let arrangement = record.header.arrangement;
    let callback = to
        .callback
        .map(|one| format!(" ({})", one.as_str()))
        .unwrap_or_default();
    lines.add(format!(
        "exchange: {} to {}{callback}, {} after the run began, journal.jsonl {}",
        party(*from, arrangement),
        party(to.participant, arrangement),
        duration(exchange.request.at),
        exchange.request.seq
    ));
    lines.within(|lines| {
        lines.add(format!("{} → {}", asked(message), ended(exchange)));
        add_message(lines, "request", message);
        if let Some(Event {
            fact: Fact::Answer { message, .. },
            ..
        }) = exchange.end
        {
            add_message(lines, "answer", message);
        }
    });
}

fn asked(message: &Message) -> String {
    let query: Vec<_> = message
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let text = match query.is_empty() {
        true => message.title(),
        false => format!("{}?{}", message.title(), query.join("&")),
    };
    line(&cut(&text, VALUE_BYTES_MAX)).into_owned()
}

fn ended(exchange: &Shown<'_>) -> String {
    let Some(end) = exchange.end else {
        return "no answer".to_owned();
    };
    let after = duration(end.at.saturating_sub(exchange.request.at));
    match &end.fact {
        Fact::Answer { message, .. } => format!("{} after {after}", message.title()),
        Fact::Broken { why, .. } => {
            format!("broke after {after}: {}", line(&cut(why, VALUE_BYTES_MAX)))
        }
        _ => "no answer".to_owned(),
    }
}

fn add_message(lines: &mut Lines, which: &str, message: &Message) {
    let headers: Vec<_> = message
        .headers
        .iter()
        .filter(|(name, _)| !TRAVEL.contains(&name.as_str()))
        .collect();
    if headers.is_empty() && message.body.is_none() && message.credentials.is_empty() {
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
        if let Some(body) = body(&message.body) {
            lines.add(body);
        }
    });
}

/// Says what is known about a credential.
fn known(credential: &Credential) -> String {
    let mut text = format!("credential {}", credential.handle);
    if let Some(issuer) = &credential.issuer {
        text = format!("{text}, issued by {issuer}");
    }
    if let Some(audience) = &credential.audience {
        text = format!("{text}, for {audience}");
    }
    match credential.seconds_left {
        Some(left @ 0..) => format!("{text}, valid for {left} s more"),
        Some(left) => format!("{text}, expired {} s before", left.unsigned_abs()),
        None => text,
    }
}

/// Writes a body as a reader wants it, bounded.
fn body(body: &Body) -> Option<String> {
    Some(match body {
        Body::None => return None,
        Body::Json { json } => {
            let mut bounded = Bounded::default();
            serde_json::to_writer_pretty(&mut bounded, json)
                .expect("a JSON value writes to memory");
            cut_of(bounded.text(), bounded.whole, BODY_BYTES_MAX).into_owned()
        }
        Body::Form { form } => {
            let pairs: Vec<_> = form
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            cut(&pairs.join("\n"), BODY_BYTES_MAX).into_owned()
        }
        Body::Text { text, bytes, cut } => {
            let whole = if *cut { *bytes } else { text.len() };
            cut_of(text, whole, BODY_BYTES_MAX).into_owned()
        }
        Body::Binary { bytes, sha256 } => {
            format!("{bytes} bytes that are not text, sha256 {sha256}")
        }
    })
}

/// Keeps the beginning of what is written, and counts the rest.
#[derive(Default)]
struct Bounded {
    kept: Vec<u8>,
    whole: usize,
}

impl Bounded {
    /// Returns what was kept, up to the last whole character.
    fn text(&self) -> &str {
        let valid = match std::str::from_utf8(&self.kept) {
            Ok(text) => return text,
            Err(error) => error.valid_up_to(),
        };
        std::str::from_utf8(&self.kept[..valid]).unwrap_or_default()
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BODY_BYTES_MAX
            .saturating_sub(self.kept.len())
            .min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
        self.whole += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_long_body_is_cut_with_both_sizes() {
        let json = json!({"text": "é".repeat(500_000)});
        let text = body(&Body::Json { json }).expect("there is a body");
        assert!(text.len() <= BODY_BYTES_MAX, "{}", text.len());
        assert!(
            text.ends_with(" of 1000016 bytes)"),
            "{}",
            &text[text.len() - 60..]
        );
    }

    #[test]
    fn a_body_that_fits_is_whole() {
        let text = body(&Body::Json {
            json: json!({"a": [1]}),
        })
        .expect("there is a body");
        assert_eq!(text, "{\n  \"a\": [\n    1\n  ]\n}");
        let form = vec![
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "2".to_owned()),
        ];
        assert_eq!(body(&Body::Form { form }).as_deref(), Some("a=1\nb=2"));
        assert_eq!(body(&Body::None), None);
    }

    #[test]
    fn a_text_that_was_cut_before_says_its_whole_size() {
        let kept = |cut, bytes| {
            body(&Body::Text {
                text: "abc".to_owned(),
                bytes,
                cut,
            })
        };
        assert_eq!(
            kept(true, 5_000_000).as_deref(),
            Some("abc… (cut: 3 of 5000000 bytes)")
        );
        assert_eq!(kept(false, 3).as_deref(), Some("abc"));
    }

    #[test]
    fn a_credential_tells_its_facts_on_both_sides_of_expiry() {
        let mut one = Credential {
            handle: "secret:token#1".to_owned(),
            issuer: Some("https://id".to_owned()),
            audience: None,
            seconds_left: Some(0),
        };
        assert_eq!(
            known(&one),
            "credential secret:token#1, issued by https://id, valid for 0 s more"
        );
        one.seconds_left = Some(-1);
        assert!(known(&one).ends_with("expired 1 s before"));
    }
}
