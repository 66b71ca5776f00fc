//! What the journal holds: events, facts, messages and the names of those who sent them.
//!
//! Everything here is masked already (see `vault`): texts may hold handles, never secrets.
//! The types are plain data with a stable JSON form, one line an event in `journal.jsonl`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use plan_language::participant::{Address, Participant};
use plan_language::participant::{Author, Mode, Subject};
use plan_language::plan::{SourceDigest, StepKey};
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
    /// Moment of the entry, in microseconds since the run began.
    pub at: Micros,
    /// The case to which the event belonged when it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<Lane>,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// Something that happened, or that was decided by the world.
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
        /// Whether the case does not apply, or could not be judged.
        standing: NotOpened,
        /// Why, in one sentence.
        why: String,
    },
    /// A step began.
    Begun {
        /// The step.
        step: StepKey,
    },
    /// The world made a value.
    Generated {
        /// The step that asked.
        step: StepKey,
        /// The value.
        value: Value,
    },
    /// A message set out.
    Request {
        /// Number of the exchange, unique in the run.
        exchange: u64,
        /// The step that sent it, if the runner did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepKey>,
        /// Who sent it.
        from: Participant,
        /// To whom.
        to: Address,
        /// Whether its sender is live, emulated or the runner.
        author: Author,
        /// The message.
        message: Message,
    },
    /// An answer came back.
    Answer {
        /// Number of the exchange.
        exchange: u64,
        /// Whether the one who answered is live, emulated or the runner.
        author: Author,
        /// The answer.
        message: Message,
    },
    /// An exchange broke before its answer was complete.
    Broken {
        /// Number of the exchange.
        exchange: u64,
        /// Why, with the address and the cause.
        why: String,
    },
    /// A tap refused a message that it could not take in whole.
    Refused {
        /// Where it arrived.
        at: Address,
        /// Why.
        why: String,
    },
    /// A reply was stubbed at a participant.
    Stubbed {
        /// The step.
        step: StepKey,
        /// What was stubbed, in words.
        rule: String,
    },
    /// The browser came to an end.
    Visited {
        /// The step.
        step: StepKey,
        /// How it ended.
        visit: Visited,
    },
    /// A bank action was pulled, or time was moved.
    Pulled {
        /// The step.
        step: StepKey,
        /// What was done, in words.
        what: String,
        /// Why it could not be done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// A wait began.
    Waiting {
        /// The step that waits.
        step: StepKey,
        /// The name of the wait, or its time as the plan writes it.
        wait: String,
        /// How long it may take at most, in microseconds.
        bound_us: Micros,
        /// The moment at which its time is up, in microseconds since the run began.
        until_us: Micros,
    },
    /// A wait ended.
    Closed {
        /// The step that waited.
        step: StepKey,
        /// How it ended.
        closed: Closed,
    },
    /// A case ended.
    Ended,
}

/// Why a case was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotOpened {
    /// It does not apply here.
    Skipped,
    /// It does not apply: it asks for a feature other than it was declared.
    Declared,
    /// It applies, but could not be judged.
    Inconclusive,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closed {
    /// What was awaited is in the journal; the last event that counted.
    Met(Seq),
    /// The time was up; the last event that was there.
    Deadline(Seq),
    /// The run was interrupted; the last event that was there.
    Interrupted(Seq),
}

impl Closed {
    /// Returns the last event that the wait could see.
    pub fn seq(self) -> Seq {
        match self {
            Self::Met(seq) | Self::Deadline(seq) | Self::Interrupted(seq) => seq,
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
    /// The last address that was open.
    pub url: String,
    /// The whole address at which the customer came back, with its query; `None` where that was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_to: Option<String>,
    /// The exchanges of the visit, in order, as far as they were seen.
    pub exchanges: Vec<u64>,
    /// What stood in the way on the customer's side, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hindrance: Option<Hindrance>,
}

/// What stands in the way of a visit on the customer's side: nobody else is to blame for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// The login holds nothing for what a form asks. That the visit came no further tells nothing.
    Login,
    /// The visit could not be made, or not be watched to its end. Nothing is known about how it ended.
    Browser,
}

/// The ways in which a visit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VisitOutcome {
    /// The browser came back to the address it was to come back to.
    Returned,
    /// A page refused: a 4xx answer, or a page without a form.
    Refused,
    /// Neither: an error, a circle, or a form that could not be filled in.
    Stuck,
}

impl VisitOutcome {
    /// Returns the word for the outcome, as plans write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Refused => "refused",
            Self::Stuck => "stuck",
        }
    }
}

/// A masked HTTP message: a request when `method` is set, an answer when `status` is.
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
    /// Status of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers in order, names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
    /// What is known about the credentials that the message carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<Credential>,
}

impl Message {
    /// Returns the first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the JSON body, if there is one.
    pub fn json(&self) -> Option<&Value> {
        self.body.json()
    }

    /// Says in a few words what the message is: `POST /v1/statements` or `204`.
    pub fn title(&self) -> String {
        match (&self.method, self.status) {
            // A callback at the sink has no path of its own.
            (Some(method), _) if self.path.is_empty() => method.clone(),
            (Some(method), _) => format!("{method} {}", self.path),
            (None, Some(status)) => status.to_string(),
            (None, None) => "message".to_owned(),
        }
    }
}

/// The body of a message, as far as it was kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Body {
    /// No body.
    #[default]
    None,
    /// A JSON document.
    Json {
        /// The document, masked.
        json: Value,
    },
    /// A form, as decoded pairs in order.
    Form {
        /// Name and value, masked.
        form: Vec<(String, String)>,
    },
    /// Text, perhaps cut.
    Text {
        /// What was kept, masked.
        text: String,
        /// Size of the whole body, in bytes.
        bytes: usize,
        /// Whether `text` is only the beginning.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
    },
    /// Bytes that are not text.
    Binary {
        /// Size, in bytes.
        bytes: usize,
        /// SHA-256 of the bytes, in hex.
        sha256: String,
    },
}

impl Body {
    /// Tells whether there is no body.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Returns the JSON document, if the body is one.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json { json } => Some(json),
            _ => None,
        }
    }
}

/// Facts about a credential, told without the credential itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The handle that stands for it.
    pub handle: String,
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

/// What a reader of the run must know before its facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of feedproof.
    pub version: String,
    /// Version of the journal's format.
    pub format: u32,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// Who was live and who was emulated.
    pub mode: Mode,
    /// Name of the environment.
    pub environment: String,
    /// The subject under test, if the environment names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The plans, flows and catalogues that were read, with their digests.
    pub sources: Vec<SourceDigest>,
    /// Where the plans came from, in words.
    pub provenance: String,
    /// Ids of the selected cases, in plan order.
    pub selection: Vec<String>,
    /// Number of cases that a filter left out.
    pub filtered_out: usize,
    /// Faults that were switched on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Settings that make the run weaker than the plans ask, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relaxations: Vec<String>,
    /// Whether a failing SHOULD counts.
    #[serde(default)]
    pub strict: bool,
}

#[cfg(test)]
impl Header {
    /// The head of a run that a test makes up.
    pub(crate) fn made_up(mode: Mode) -> Self {
        Self {
            version: "0".into(),
            format: FORMAT,
            started: "2026-01-01T00:00:00Z".into(),
            mode,
            environment: "test".into(),
            subject: None,
            sources: Vec::new(),
            provenance: "test".into(),
            selection: Vec::new(),
            filtered_out: 0,
            faults: Vec::new(),
            relaxations: Vec::new(),
            strict: false,
        }
    }
}

/// The version of the journal's format that this crate writes.
pub const FORMAT: u32 = 1;

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
                    body: Body::Json {
                        json: serde_json::json!({"a": [1, null]}),
                    },
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
