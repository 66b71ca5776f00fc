//! `stub`: canned replies that a participant gives to the next messages.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::shared_field::{AT, WHERE, query, refuse_method};
use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::plan::drawing::{Drawing, asked};
use crate::plan::model::{Needs, Query};
use crate::plan::phrase::{duration, pairs, template};
use crate::plan::spec::{Definition, FieldSpec, ObjectSpec, Shape, described};
use crate::source::{Fields, Finding, Key, Node};
use crate::value::{StatusMatcher, Template, duration as time};

/// Replies to be registered.
#[derive(Debug)]
pub struct Stub {
    /// The messages that get them.
    pub query: Query,
    /// The replies, one a message; later messages reach the participant again.
    pub with: Vec<Reply>,
    /// Whether the replies begin again after the last one, until the case ends.
    pub repeat: bool,
}

/// One reply of a stub.
#[derive(Debug)]
pub enum Reply {
    /// The message reaches the participant.
    Pass,
    /// The tap replies.
    Canned(Box<CannedReply>),
}

/// A reply that the tap gives instead of the participant.
#[derive(Debug)]
pub struct CannedReply {
    /// What the tap does.
    pub action: ReplyAction,
    /// How long the tap waits before.
    pub delay: Duration,
    /// How far ahead the date of a `Retry-After` lies when the tap replies; absent without that header.
    pub retry_at: Option<Duration>,
    /// Whether the participant processes the message first.
    pub after_processing: bool,
}

/// What a tap does with a message that a stub matches.
#[derive(Debug)]
pub enum ReplyAction {
    /// Sends a response.
    Respond {
        /// Status; the participant's own if absent.
        status: Option<u16>,
        /// Headers.
        headers: Vec<(String, Template)>,
        /// Body.
        body: Option<Template>,
    },
    /// Closes the connection without a response.
    Reset,
    /// Sends no response; the tap closes the connection after the longest time that it holds one.
    TimeOut,
}

impl WrittenVerb for Stub {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "stub",
        doc: "Registers canned replies at a participant; write it before the step that causes the messages",
        example: "{ stub: POST /v1/statements, at: service, with: [ { status: 503 }, pass ] }",
        fields: &[
            FieldSpec::required(
                "stub",
                Shape::Def("target"),
                "The messages that get the replies",
                "POST /v1/statements",
            ),
            AT,
            WHERE,
            FieldSpec::required(
                "with",
                Shape::Schema(|| {
                    json!({
                        "type": "array",
                        "minItems": 1,
                        "items": { "$ref": "#/$defs/reply" }
                    })
                }),
                "The replies, one a message; later messages reach the participant again",
                r#"[ { status: 429, headers: { Retry-After: "3" } }, pass ]"#,
            ),
            FieldSpec::optional(
                "repeat",
                Shape::Schema(|| json!({ "type": "boolean" })),
                "Whether the replies begin again after the last one, until the case ends",
                "true",
            ),
        ],
        rules: None,
    };

    const DEFINITIONS: &'static [Definition] = &[Definition::Other("reply", reply_schema)];

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let query = query(fields, "stub");
        let given = fields.keys().any(|key| key.text == "with");
        let before = fields.findings().len();
        let replies = fields.list("with");
        if !given || (replies.is_empty() && fields.findings().len() == before) {
            let span = fields.span().clone();
            fields.findings().push(
                Finding::new(&span, "`with` is missing in this `stub`, or it is empty")
                    .with_hint("write the replies: `with: [ { status: 503 }, pass ]`"),
            );
        }
        let with = replies
            .iter()
            .filter_map(|node| reply(node, fields.findings()))
            .collect();
        let repeat = fields.flag("repeat").unwrap_or(false);
        let query = query?;
        refuse_method(&query, "stub", fields);
        Some(Self {
            query,
            with,
            repeat,
        })
    }
}

/// A canned reply, as an object.
const REPLY: ObjectSpec = ObjectSpec {
    name: "reply",
    doc: "What the tap replies instead of the participant",
    example: "{ status: 503, delay: 2s }",
    fields: &[
        FieldSpec::optional(
            "status",
            Shape::Schema(|| json!({ "type": "integer", "minimum": 100, "maximum": 599 })),
            "The status",
            "429",
        ),
        FieldSpec::optional(
            "headers",
            Shape::Def("values"),
            "Headers",
            r#"{ Retry-After: "3" }"#,
        ),
        FieldSpec::optional(
            "body",
            Shape::Def("value"),
            "The JSON body",
            "{ error: busy }",
        ),
        FieldSpec::optional(
            "delay",
            Shape::Def("duration"),
            "How long the tap waits before the response",
            "2s",
        ),
        FieldSpec::optional(
            "retry_at",
            Shape::Def("duration"),
            "Adds a `Retry-After` that is a date: the time of the reply plus this",
            "5s",
        ),
        FieldSpec::optional(
            "reset",
            Shape::Schema(|| json!({ "type": "boolean" })),
            "Closes the connection without a response",
            "true",
        ),
        FieldSpec::optional(
            "time_out",
            Shape::Schema(|| json!({ "type": "boolean" })),
            "Sends no response",
            "true",
        ),
        FieldSpec::optional(
            "processing",
            Shape::Schema(|| json!({ "enum": ["before", "after"] })),
            "Whether the reply comes `before` the participant processes the message, so that it never sees it, or `after`",
            "after",
        ),
    ],
    rules: Some(|| {
        json!({
            "anyOf": [
                { "required": ["status"] },
                { "required": ["delay"] },
                { "required": ["reset"] },
                { "required": ["time_out"] }
            ],
            "if": {
                "anyOf": [
                    { "properties": { "reset": { "const": true } }, "required": ["reset"] },
                    { "properties": { "time_out": { "const": true } }, "required": ["time_out"] }
                ]
            },
            "then": { "properties": { "status": false, "headers": false, "body": false } }
        })
    }),
};

/// Returns the schema of one reply.
fn reply_schema() -> Value {
    json!({
        "description": described("`pass`, or what the tap replies instead of the participant", REPLY.example),
        "anyOf": [{ "const": "pass" }, REPLY.schema()]
    })
}

impl VerbModel for Stub {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        for reply in &self.with {
            if let Reply::Canned(canned) = reply
                && let ReplyAction::Respond { headers, body, .. } = &canned.action
            {
                Part::pairs(headers, visit);
                body.iter().for_each(|body| visit(Part::Value(body)));
            }
        }
        Part::query(&self.query, visit);
    }

    fn action(&self) -> ActionKind {
        ActionKind::Action
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.add_stub(self.query.at.participant);
    }

    fn draw(&self, drawing: &mut Drawing, _: &str) {
        let replies: Vec<_> = self.with.iter().map(Reply::drawn).collect();
        let again = if self.repeat { ", and again" } else { "" };
        let label = format!("stub {}: {}{again}", asked(&self.query), replies.join(", "));
        drawing.note(self.query.at.participant, &label);
    }
}

impl Reply {
    /// Returns the reply in a few words.
    fn drawn(&self) -> String {
        let Self::Canned(canned) = self else {
            return "pass".to_owned();
        };
        let mut words = match &canned.action {
            ReplyAction::Respond {
                status: Some(status),
                ..
            } => status.to_string(),
            ReplyAction::Respond { status: None, .. } => "its own response".to_owned(),
            ReplyAction::Reset => "reset".to_owned(),
            ReplyAction::TimeOut => "time out".to_owned(),
        };
        if !canned.delay.is_zero() {
            // Writing to a string cannot fail.
            let _ = write!(words, " after {}", time::format(canned.delay));
        }
        if canned.after_processing {
            words.push_str(" after processing");
        }
        words
    }
}

fn reply(node: &Node, findings: &mut Vec<Finding>) -> Option<Reply> {
    match node.as_text() {
        Some("pass") => return Some(Reply::Pass),
        Some(text) => {
            findings.push(
                Finding::new(&node.span, format!("there is no reply `{text}`"))
                    .with_hint("write `pass`, or an object such as `{ status: 503 }`"),
            );
            return None;
        }
        None => {}
    }
    let mut fields = Fields::of(node, "a reply", findings)?;
    let status = fields.entry("status");
    let headers = fields.entry("headers");
    let body = fields.entry("body");
    let given: Vec<_> = [status, headers, body]
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
        .collect();
    let status = status.and_then(|(_, node)| one_status(node, &mut fields));
    let headers = match headers {
        Some((_, node)) => pairs(node, "headers", fields.findings()),
        None => Vec::new(),
    };
    let body = body.map(|(_, node)| template(node, fields.findings()));
    let delay = fields
        .take("delay")
        .and_then(|node| duration(node, fields.findings()));
    let retry_at = fields
        .take("retry_at")
        .and_then(|node| duration(node, fields.findings()));
    let reset = fields.flag("reset").unwrap_or(false);
    let time_out = fields.flag("time_out").unwrap_or(false);
    let after_processing = after_processing(&mut fields);
    refuse_mixed(&mut fields, &given, delay.is_some(), reset, time_out);
    let action = if reset {
        ReplyAction::Reset
    } else if time_out {
        ReplyAction::TimeOut
    } else {
        ReplyAction::Respond {
            status,
            headers,
            body,
        }
    };
    fields.end();
    Some(Reply::Canned(Box::new(CannedReply {
        action,
        delay: delay.unwrap_or_default(),
        retry_at,
        after_processing,
    })))
}

/// Reads the status of a reply, which is a single code.
fn one_status(node: &Node, fields: &mut Fields<'_, '_>) -> Option<u16> {
    let before = fields.findings().len();
    if let StatusMatcher::Exact(status) = StatusMatcher::compile(node, fields.findings()) {
        return Some(status);
    }
    if fields.findings().len() == before {
        fields.findings().push(
            Finding::new(&node.span, "a reply has exactly one status")
                .with_hint("write a code such as 503"),
        );
    }
    None
}

fn after_processing(fields: &mut Fields<'_, '_>) -> bool {
    match fields.text("processing") {
        None | Some(("before", _)) => false,
        Some(("after", _)) => true,
        Some((other, span)) => {
            fields.findings().push(
                Finding::new(span, format!("`processing` cannot be `{other}`")).with_hint(
                    "write `before` (the participant never sees the message) or `after`",
                ),
            );
            false
        }
    }
}

/// Adds findings about a reply that says nothing, or two things that exclude each other.
fn refuse_mixed(
    fields: &mut Fields<'_, '_>,
    given: &[&Key],
    has_delay: bool,
    reset: bool,
    time_out: bool,
) {
    let span = fields.span().clone();
    if reset && time_out {
        fields.complain(&span, "a reply has `reset` or `time_out`, not both");
    } else if reset || time_out {
        let word = if reset { "reset" } else { "time_out" };
        for key in given {
            fields.complain(
                &key.span,
                format!(
                    "`{word}` sends no response, so it cannot have `{}`",
                    key.text
                ),
            );
        }
    } else if !has_delay && !given.iter().any(|key| key.text == "status") {
        fields.complain(
            &span,
            "a reply needs `status`, `delay`, `reset` or `time_out`",
        );
    }
}
