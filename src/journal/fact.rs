//! The entries of the journal: events, facts and messages.
//!
//! All of them are masked by `vault`: strings may contain handles, never secrets. The types are plain data with a stable
//! JSON format, one line for each event of `journal.jsonl`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::footprint::pair_footprint;
use crate::journal::header::Header;
use crate::journal::json_body::{JsonBody, OpenJson};
use crate::memory::MessageShare;
use plan_language::participant::{Address, Author, Participant};
use plan_language::plan::StepKey;
use plan_language::value::Value;

/// The position of an event in the journal, counted from 1 without gaps.
pub type Seq = u64;

/// A moment of the run, in microseconds since the run began.
pub type Micros = u64;

/// The id of the case to which an event belongs.
pub type Lane = Arc<str>;

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the journal; taken under the same lock as `at`.
    pub seq: Seq,
    /// When it was appended, in microseconds since the run began.
    pub at: Micros,
    /// The case to which the event belonged when it was appended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<Lane>,
    /// The fact.
    #[serde(flatten)]
    pub fact: Fact,
}

/// Something that happened, or that the world decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum Fact {
    /// The run began.
    Run {
        /// Versions, plans, environment and selection.
        header: Box<Header>,
    },
    /// A case began on its stage.
    Opened {
        /// The names that the case owns from the start (`bank`, `customer`, …).
        values: Value,
    },
    /// A case did not begin, because it does not apply or its stage could not be opened.
    NotOpened {
        /// Whether the case does not apply, or is inconclusive.
        standing: NotOpened,
        /// Why, in one sentence.
        why: String,
    },
    /// A step began.
    Begun {
        /// The step.
        step: StepKey,
    },
    /// The world generated a value.
    Generated {
        /// The step that uses it.
        step: StepKey,
        /// The value.
        value: Value,
    },
    /// A participant sent a request.
    Request {
        /// Number of the exchange, unique in the run.
        exchange: u64,
        /// The step that sent it; `None` for a request that the runner did not send.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepKey>,
        /// The sender.
        from: Participant,
        /// The address of the receiver.
        to: Address,
        /// Whether the sender is live, emulated or the runner.
        author: Author,
        /// The request.
        message: Message,
    },
    /// A participant responded.
    Answer {
        /// Number of the exchange.
        exchange: u64,
        /// Whether the responder is live, emulated or the runner.
        author: Author,
        /// The response.
        message: Message,
    },
    /// An exchange broke before its response was complete.
    Broken {
        /// Number of the exchange.
        exchange: u64,
        /// Why, with the address and the cause.
        why: String,
    },
    /// A tap refused a message that it could not take whole.
    Refused {
        /// The address at which it arrived.
        at: Address,
        /// Why.
        why: String,
    },
    /// The process had no file handle left, so that messages may have been lost.
    Shortage {
        /// What was lacking, in one sentence.
        why: String,
    },
    /// feedproof itself was late: a caller may have given up and sent its message again.
    Late {
        /// What was late and by how much, in one sentence.
        why: String,
    },
    /// The run ended before its cases had: its time was over, or the provider that feedproof started had ended. Everything
    /// still open ends as after an interrupt.
    CutShort {
        /// Why it is cut short, in one sentence.
        why: String,
        /// What can be done about it, with what is known of the cause.
        remedy: String,
    },
    /// A step registered a stub.
    Stubbed {
        /// The step.
        step: StepKey,
        /// What the stub does, in words.
        rule: String,
    },
    /// A visit of the browser ended.
    Visited {
        /// The step.
        step: StepKey,
        /// How it ended.
        visit: Visited,
    },
    /// A step triggered a bank action, made existing things older, or probed a tap.
    Done {
        /// The step.
        step: StepKey,
        /// What the step did, in words.
        what: String,
        /// Why it failed; `None` if it did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// A wait began.
    Waiting {
        /// The step that waits.
        step: StepKey,
        /// The name of the wait, or its duration as the plan writes it.
        wait: String,
        /// The longest duration of the wait, in microseconds.
        bound_us: Micros,
        /// When the wait ends at the latest, in microseconds since the run began.
        until_us: Micros,
    },
    /// A wait ended.
    Closed {
        /// The step that waited.
        step: StepKey,
        /// How it ended.
        closed: WaitEnd,
    },
    /// A case ended.
    Ended,
}

/// The reason of everything that an interrupt cut short.
pub const INTERRUPTED: &str = "interrupted";

/// Why a case did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotOpened {
    /// The case does not apply here.
    Skipped,
    /// The case does not apply: the environment declares a feature differently.
    Declared,
    /// The case applies, but its stage could not be opened.
    Inconclusive,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitEnd {
    /// The awaited messages are in the journal; the last event that counted.
    Met(Seq),
    /// The wait timed out; the last event in the journal.
    Deadline(Seq),
    /// The wait was extended as far as it may be, and what it waits for kept advancing; the last event in the journal.
    Advancing(Seq),
    /// The run was interrupted, or its time was over; the last event in the journal.
    Interrupted(Seq),
}

impl WaitEnd {
    /// Returns the position of the last event that the wait could see.
    pub fn seq(self) -> Seq {
        match self {
            Self::Met(seq)
            | Self::Deadline(seq)
            | Self::Advancing(seq)
            | Self::Interrupted(seq) => seq,
        }
    }
}

/// How a browser visit ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visited {
    /// The outcome.
    pub outcome: VisitOutcome,
    /// Why, in one sentence.
    pub why: String,
    /// The last address that the browser opened.
    pub url: String,
    /// The whole address, with its query, at which the browser came back; `None` where it was not observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_to: Option<String>,
    /// The exchanges of the visit, in order, as far as they were observed.
    pub exchanges: Vec<u64>,
    /// What hindered the customer, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hindrance: Option<Hindrance>,
    /// What opened new windows on the way, each in words; `None` where it was not observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_windows: Option<Vec<String>>,
    /// Whether the customer decided: allowed or cancelled what the provider asked behind its login, or came back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decided: bool,
    /// Whether a person said how the visit ended, and feedproof did not observe it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub said: bool,
}

/// What hinders a visit beside the provider, which no participant is to blame for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// The login lacks a field that a form asks for; the end of the visit says nothing about the provider.
    Login,
    /// The browser could not make the visit, or feedproof could not observe its end.
    Browser,
    /// The last response may come from in front of the provider: from a proxy or a gateway.
    Gateway,
}

/// The ways in which a visit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VisitOutcome {
    /// The browser came back to the return address.
    Returned,
    /// A page refused: a 4xx response, or a page without a form.
    Refused,
    /// Neither: an error, a redirect loop, or a form that could not be filled in.
    Stuck,
}

impl VisitOutcome {
    /// All outcomes.
    pub const ALL: [Self; 3] = [Self::Returned, Self::Refused, Self::Stuck];

    /// Returns the word for the outcome, as plans write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Stuck => "stuck",
        }
    }
}

/// A masked HTTP message: a request when `method` is set, a response when `status` is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Method of a request, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path below the participant's base address, percent-encoded as it was sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Query pairs in order, decoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Status of a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers in order, names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
    /// Facts about the credentials that the message carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<Credential>,
    /// What is odd about how the message was sent, a phrase each: `a byte order mark was skipped`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The JSON body as it reads where the first of equal keys counts, masked; `None` where no key is repeated. In
    /// `body` the last one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_reading: Option<JsonBody>,
    /// Its share of the memory budget; a recorded message has none.
    #[serde(skip)]
    pub share: MessageShare,
}

impl Message {
    /// Estimates how much memory the message takes, in bytes.
    pub fn footprint(&self) -> usize {
        let pairs = self.query.iter().chain(&self.headers);
        let pairs: usize = pairs.map(pair_footprint).sum();
        let other = self.other_reading.as_ref().map_or(0, JsonBody::footprint);
        let credentials = self.credentials.len() * 2 * size_of::<Credential>();
        size_of::<Event>() + self.path.len() + pairs + credentials + self.body.footprint() + other
    }

    /// Returns the first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the values of a header in order; `name` in lower case.
    pub fn header_values<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns all values of a header as one list, `one, two`, as recipients join them (RFC 9110, 5.3).
    pub fn joined_header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.header_values(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Returns the first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Opens the JSON body, if there is one.
    pub fn json(&self) -> Option<OpenJson<'_>> {
        self.body.json()
    }

    /// Describes the message: `POST /v1/statements` or `204`.
    pub fn title(&self) -> String {
        match (&self.method, self.status) {
            // A callback at the sink has no path of its own.
            (Some(method), _) if self.path.is_empty() => method.clone(),
            (Some(method), _) => format!("{method} {}", self.path),
            (None, Some(status)) => status.to_string(),
            (None, None) => "message".to_owned(),
        }
    }

    /// Returns the path with its identifiers as `…`, so that messages of one kind have one path.
    pub fn shape_of_path(&self) -> String {
        let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        let identifies = |segment: &str| segment.len() >= 32 && segment.bytes().all(hexadecimal);
        let segments: Vec<_> = self
            .path
            .split('/')
            .map(|segment| if identifies(segment) { "…" } else { segment })
            .collect();
        segments.join("/")
    }
}

/// The body of a message, as far as the journal keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Body {
    /// No body.
    #[default]
    None,
    /// A JSON document.
    Json(JsonBody),
    /// A form, as decoded pairs in order.
    Form {
        /// Name and value, masked.
        form: Vec<(String, String)>,
    },
    /// Text, possibly truncated.
    Text {
        /// The kept part, masked.
        text: String,
        /// Size of the whole body, in bytes.
        bytes: usize,
        /// Whether `text` is only the beginning; of a JSON document or a form too, then written as text.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
        /// SHA-256 of the whole body as it was sent, in hex, where `text` is only the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    /// Bytes that are not text.
    Binary {
        /// Size, in bytes.
        bytes: usize,
        /// SHA-256 of the bytes, in hex.
        sha256: String,
    },
    /// A body that is there, but could not be read as what it claims to be.
    Unread {
        /// Size as it was sent, in bytes; of a body of which the rest was not read, the size of the part that was.
        bytes: usize,
        /// SHA-256 of these bytes, in hex.
        sha256: String,
        /// Why, as a phrase: `not JSON: expected `,` at line 1 column 20`.
        why: String,
        /// Whose limit or mistake it is.
        by: UnreadBy,
    },
}

/// Whose limit or mistake keeps a body from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnreadBy {
    /// The sender's: broken JSON, a wrong charset, an undeclared or broken content coding, a body that breaks off.
    Sender,
    /// feedproof's: a coding or charset that it does not know, or more than it keeps.
    Feedproof,
}

impl Body {
    /// Returns whether there is no body.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Says why only the beginning of the body, or nothing, is known here; `None` where that is no limit of feedproof's.
    pub fn kept_in_part(&self) -> Option<String> {
        match self {
            Self::Text {
                bytes, cut: true, ..
            } => Some(format!("of its {bytes} bytes only the beginning was kept")),
            Self::Unread {
                why,
                by: UnreadBy::Feedproof,
                ..
            } => Some(why.clone()),
            _ => None,
        }
    }

    fn footprint(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Json(json) => json.footprint(),
            Self::Form { form } => form.iter().map(pair_footprint).sum(),
            Self::Text { text, .. } => text.len(),
            Self::Binary { sha256, .. } => sha256.len(),
            Self::Unread { sha256, why, .. } => sha256.len() + why.len(),
        }
    }

    /// Returns the kept text of a body that is text; empty for any other.
    pub fn text(&self) -> &str {
        match self {
            Self::Text { text, .. } => text,
            _ => "",
        }
    }

    /// Opens the JSON document, if the body is one.
    pub fn json(&self) -> Option<OpenJson<'_>> {
        match self {
            Self::Json(json) => Some(json.open()),
            _ => None,
        }
    }
}

/// Facts about a credential, without the credential itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The handle that stands for it.
    pub handle: String,
    /// Algorithm that the head of a token names: `RS256`, or `none` for one that nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Issuer, for a token that names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Audience, for a token that names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Seconds of life left when it was seen; negative once expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::participant::Callback;

    #[test]
    fn an_event_survives_its_json_form() {
        let event = Event {
            seq: 7,
            at: 12,
            lane: Some("a/b".into()),
            fact: Fact::Request {
                exchange: 3,
                step: Some(StepKey::top("steps", 0)),
                from: Participant::Product,
                to: Address::callback(Callback::Notification),
                author: Author::Runner,
                message: Message {
                    method: Some("POST".into()),
                    path: "/x".into(),
                    body: Body::Json(serde_json::json!({"a": [1, null]}).into()),
                    ..Message::default()
                },
            },
        };
        let line = serde_json::to_string(&event).expect("an event serialises");
        assert_eq!(
            serde_json::from_str::<Event>(&line).expect("and reads back"),
            event
        );
    }
}
