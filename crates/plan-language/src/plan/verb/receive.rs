//! `receive`: waiting for a message, with its window, its count and its distance from another message.

use std::time::Duration;

use serde_json::json;

use super::shared_field::{
    AT, EVIDENCE, LABEL, PRECONDITION, REQUEST_CAPTURE, REQUIREMENT, SINCE, WHERE, expectations,
    query, refuse_empty_window, refuse_method, request_captures,
};
use super::{
    ActionKind, Demand, ExpectedStatus, LabelKind, Part, StepReader, VerbModel, Window, WrittenVerb,
};
use crate::participant::{Address, Callback, Participant};
use crate::plan::drawing::{Drawing, asked, caller, moment, time};
use crate::plan::model::{Capture, Expect, Mention, Needs, Query, Wait};
use crate::plan::phrase::{duration, mention, wait};
use crate::plan::spec::{Definition, FieldSpec, ObjectSpec, Shape, described};
use crate::source::{Fields, Finding, Kind, Node};
use crate::value::PathTemplate;

/// The count of a `receive` that states none.
const ONCE_AT_LEAST: Count = Count {
    least: 1,
    most: None,
};

/// A message to be awaited.
#[derive(Debug)]
pub struct Receive {
    /// The message.
    pub query: Query,
    /// The end of the window.
    pub end: End,
    /// Where the window begins, if not at the nearest preceding action.
    pub since: Option<Mention>,
    /// What the caller must have sent.
    pub expect: Expect,
    /// What the response must be like.
    pub response: Option<Expect>,
    /// How many messages.
    pub count: Count,
    /// The time between two messages.
    pub gap: Option<Gap>,
    /// What is taken from the message.
    pub capture: Vec<Capture>,
}

/// The end of a window.
#[derive(Debug)]
pub enum End {
    /// After a time at the latest.
    Within(Wait),
    /// At a label.
    Until(Mention),
}

/// How many messages are demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least.
    pub least: u32,
    /// At most, if there is a bound.
    pub most: Option<u32>,
}

/// The time between two messages.
#[derive(Debug)]
pub struct Gap {
    /// The moment from which it is measured.
    pub after: Mention,
    /// At least.
    pub least: Option<Least>,
    /// At most.
    pub most: Option<Duration>,
}

/// The shortest time between two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// A time.
    Time(Duration),
    /// The time that this many requests, at least one, take at the agreed rate.
    Requests(u32),
}

impl WrittenVerb for Receive {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "receive",
        doc: "Waits for a message, and checks the request and its response",
        example: "{ receive: POST, at: provider.notification, within: notification, response: { status: 2xx } }",
        fields: FIELDS,
        rules: Some(|| {
            json!({
                "not": { "required": ["within", "until"] },
                "anyOf": [
                    { "required": ["within"] },
                    { "required": ["until"] },
                    { "properties": { "at": { "const": "provider.notification" } } }
                ],
                "if": {
                    "properties": {
                        "count": {
                            "anyOf": [{ "required": ["exactly"] }, { "required": ["at_most"] }]
                        }
                    },
                    "required": ["count"]
                },
                "then": { "required": ["until"] }
            })
        }),
    };

    const DEFINITIONS: &'static [Definition] =
        &[Definition::Object(&COUNT), Definition::Object(&GAP)];

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let query = query(fields, "receive");
        let at = query.as_ref().map(|query| query.at);
        let (end, since) = window(fields, at);
        let (expect, response) = expectations(fields);
        let count = fields
            .take("count")
            .map(|node| (count(node, fields.findings()), node));
        let gap = fields
            .take("gap")
            .and_then(|node| gap(node, fields.findings()));
        let capture = request_captures(fields);
        if let Some((count, node)) = &count {
            let closed = fields.keys().any(|key| key.text == "until");
            refuse_count(*count, node, closed, &capture, fields.findings());
        }
        let query = query?;
        refuse_method(&query, "receive", fields);
        Some(Self {
            query,
            end: end?,
            since,
            expect,
            response,
            count: count.map_or(ONCE_AT_LEAST, |(count, _)| count),
            gap,
            capture,
        })
    }
}

/// The fields of `receive`.
const FIELDS: &[FieldSpec] = &[
    FieldSpec::required(
        "receive",
        Shape::Def("target"),
        "The message: a method, and a path below the base URL of the participant",
        "PATCH /v1/authorisations/${authorisation}",
    ),
    AT,
    FieldSpec::optional(
        "within",
        Shape::Def("wait"),
        "The longest time to wait; without it `notification` at provider.notification, and an error elsewhere",
        "first-statement",
    ),
    FieldSpec::optional(
        "until",
        Shape::Def("mention"),
        "The label that ends the window, instead of `within`",
        "return",
    ),
    SINCE,
    WHERE,
    FieldSpec::optional(
        "expect",
        Shape::Def("requestExpectation"),
        "What the request must be like: checks the caller",
        "{ body: { resource: { url: NA } } }",
    ),
    FieldSpec::optional(
        "response",
        Shape::Def("responseExpectation"),
        "What the response must be like: checks the receiver",
        "{ status: 2xx }",
    ),
    FieldSpec::optional(
        "count",
        Shape::Def("count"),
        "How many messages; without it one or more",
        "{ exactly: 1 }",
    ),
    FieldSpec::optional(
        "gap",
        Shape::Def("gap"),
        "The time between two messages",
        "{ after: refused.response, at_least: 1s }",
    ),
    REQUEST_CAPTURE,
    LABEL,
    REQUIREMENT,
    PRECONDITION,
    EVIDENCE,
];

/// The keys of `count`.
const COUNT: ObjectSpec = ObjectSpec {
    name: "count",
    doc: "How many messages; without it one or more",
    example: "{ exactly: 1 }",
    fields: &[
        FieldSpec::optional(
            "exactly",
            Shape::Schema(|| json!({ "type": "integer", "minimum": 1 })),
            "Exactly this many; needs `until`",
            "1",
        ),
        FieldSpec::optional(
            "at_least",
            Shape::Schema(|| json!({ "type": "integer", "minimum": 0 })),
            "This many or more",
            "2",
        ),
        FieldSpec::optional(
            "at_most",
            Shape::Schema(|| json!({ "type": "integer", "minimum": 1 })),
            "This many or fewer; needs `until`",
            "3",
        ),
    ],
    rules: Some(|| {
        json!({
            "oneOf": [
                {
                    "required": ["exactly"],
                    "properties": { "at_least": false, "at_most": false }
                },
                { "required": ["at_most"] },
                {
                    "required": ["at_least"],
                    "properties": { "at_most": false, "at_least": { "minimum": 1 } }
                }
            ]
        })
    }),
};

/// The keys of `gap`.
const GAP: ObjectSpec = ObjectSpec {
    name: "gap",
    doc: "The time between two messages",
    example: "{ after: refused.response, at_least: 1s }",
    fields: &[
        FieldSpec::required(
            "after",
            Shape::Def("mention"),
            "The moment from which the gap is measured",
            "refused.response",
        ),
        FieldSpec::optional(
            "at_least",
            Shape::Schema(|| {
                json!({
                    "if": { "type": "object" },
                    "then": {
                        "required": ["requests"],
                        "additionalProperties": false,
                        "properties": {
                            "requests": {
                                "description": described("How many requests", "2"),
                                "type": "integer",
                                "minimum": 1
                            }
                        }
                    },
                    "else": { "$ref": "#/$defs/duration" }
                })
            }),
            "The shortest gap: a time, or the time that a number of requests take at the agreed rate (`{ requests: 2 }`)",
            "1s",
        ),
        FieldSpec::optional("at_most", Shape::Def("duration"), "The longest gap", "30s"),
    ],
    rules: Some(|| json!({ "anyOf": [{ "required": ["at_least"] }, { "required": ["at_most"] }] })),
};

/// The beginning of the paths of the service's own pages; the emulated service alone is known to have them there.
const PAGES: &str = "/ui/";

/// Tells whether a message asks for a page of the service.
fn asks_for_page(query: &Query) -> bool {
    let path = query.path.as_ref().map(PathTemplate::written);
    query.at.participant == Participant::Service && path.is_some_and(|path| path.starts_with(PAGES))
}

impl VerbModel for Receive {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        Part::query(&self.query, visit);
        visit(Part::Expect(&self.expect));
        if let Some(response) = &self.response {
            visit(Part::Expect(response));
        }
        match &self.end {
            End::Until(label) => visit(Part::Mention(label)),
            End::Within(wait) => visit(Part::Wait(wait)),
        }
        self.since
            .iter()
            .for_each(|label| visit(Part::Mention(label)));
        if let Some(gap) = &self.gap {
            visit(Part::Mention(&gap.after));
        }
        let described = vec![&self.query.select, &self.expect];
        visit(Part::Captures(&self.capture, described));
    }

    fn action(&self) -> ActionKind {
        ActionKind::NoAction
    }

    fn label(&self) -> Option<LabelKind> {
        Some(LabelKind::ReceivedMessage)
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.add_watched(self.query.at.participant);
        needs.service_pages |= self.response.is_some() && asks_for_page(&self.query);
    }

    fn draw(&self, drawing: &mut Drawing, serves: &str) {
        let (from, to) = (caller(&self.query), self.query.at.participant);
        let end = match &self.end {
            End::Within(wait) => format!("within {}", time(wait)),
            End::Until(label) => format!("until {}", moment(label)),
        };
        let count = self.count.drawn();
        let label = format!("{}, {end}{count}{serves}", asked(&self.query));
        drawing.arrow(from, "->>", to, &label);
        if let Some(expected) = self.expected_status() {
            drawing.arrow(to, "-->>", from, &expected.status.0.to_string());
        }
    }

    fn window(&self) -> Option<Window<'_>> {
        let until = match &self.end {
            End::Until(label) => Some(label),
            End::Within(_) => None,
        };
        let demand = if self.count.least > 0 {
            Demand::Required
        } else {
            Demand::Optional
        };
        Some(Window {
            query: &self.query,
            since: self.since.as_ref(),
            until,
            demand,
        })
    }

    fn expected_status(&self) -> Option<ExpectedStatus<'_>> {
        let status = self.response.as_ref()?.status.as_ref()?;
        Some(ExpectedStatus {
            label: None,
            status,
        })
    }

    fn may_bind_nothing(&self) -> bool {
        self.count.least == 0
    }
}

impl Count {
    /// Returns the count as the end of a sentence; empty for the usual one.
    fn drawn(self) -> String {
        match (self.least, self.most) {
            (1, None) => String::new(),
            (least, None) => format!(", {least} times or more"),
            (least, Some(most)) if least == most => format!(", {least} times"),
            (least, Some(most)) => format!(", {least} to {most} times"),
        }
    }
}

/// Reads where the window ends and where it begins.
fn window(fields: &mut Fields<'_, '_>, at: Option<Address>) -> (Option<End>, Option<Mention>) {
    let within = fields.entry("within");
    let until = mention(fields, "until");
    let since = mention(fields, "since");
    let end = match (within, until) {
        (Some((_, node)), None) => wait(node, fields.findings()).map(End::Within),
        (None, Some(label)) => {
            refuse_empty_window(since.as_ref(), &label, fields.findings());
            Some(End::Until(label))
        }
        (None, None) if at.is_none_or(|at| at == Address::callback(Callback::Notification)) => {
            // The wait of that name is what is meant there; an address that is wrong has a finding already.
            let usual = Wait::Named("notification".to_owned(), fields.span().clone());
            Some(End::Within(usual))
        }
        (None, None) => {
            let span = fields.span().clone();
            fields.findings().push(
                Finding::new(&span, "this `receive` has no bound: how long may the message take?")
                    .with_hint("write `within:` with a wait such as `first-statement`, or `until:` with the label of a step above"),
            );
            None
        }
        (Some((key, _)), Some(_)) => {
            fields.complain(
                &key.span,
                "a window ends `within` a time or `until` a label, not both",
            );
            None
        }
    };
    (end, since)
}

/// Adds findings about a count without the window or the message that it needs.
fn refuse_count(
    count: Count,
    node: &Node,
    is_closed: bool,
    capture: &[Capture],
    findings: &mut Vec<Finding>,
) {
    if count.most.is_some() && !is_closed {
        findings.push(
            Finding::new(
                &node.span,
                "an exact or upper count needs a window that a label ends",
            )
            .with_hint(
                "write `until:` with the label of a step above that comes after all of them",
            ),
        );
    }
    if let (0, Some(capture)) = (count.least, capture.first()) {
        findings.push(
            Finding::new(
                &capture.span,
                format!("`{}` is not bound if no message arrives", capture.name),
            )
            .with_note(&node.span, "this count allows no message"),
        );
    }
}

fn count(node: &Node, findings: &mut Vec<Finding>) -> Count {
    if let Kind::Number(number) = &node.kind {
        findings.push(
            Finding::new(&node.span, "`count` is an object, and this is a number").with_hint(
                format!("write `count: {{ exactly: {number} }}`, or `{{ at_least: {number} }}`"),
            ),
        );
        return ONCE_AT_LEAST;
    }
    let Some(mut fields) = Fields::of(node, "`count`", findings) else {
        return ONCE_AT_LEAST;
    };
    let before = fields.findings().len();
    let exactly = fields.count("exactly");
    let least = fields.count("at_least");
    let most = fields.count("at_most");
    let read = match (exactly, least, most) {
        (Some(number), None, None) => Some(Count {
            least: number,
            most: Some(number),
        }),
        (None, least, most) if least.is_some() || most.is_some() => Some(Count {
            least: least.unwrap_or(0),
            most,
        }),
        _ => None,
    };
    let span = fields.span().clone();
    let finding = match read {
        None if fields.findings().len() > before => None,
        None => Some(Finding::new(
            &span,
            "`count` needs `exactly`, or `at_least` and `at_most`",
        )),
        Some(Count { most: Some(0), .. }) => Some(
            Finding::new(&span, "this count allows no message at all")
                .with_hint("write `never`, with its sentinel"),
        ),
        Some(Count {
            least: 0,
            most: None,
        }) => Some(
            Finding::new(&span, "any number of messages meets this count")
                .with_hint("write `at_least: 1`, or `at_most` with an `until:`"),
        ),
        Some(Count {
            least,
            most: Some(most),
        }) if least > most => Some(Finding::new(
            &span,
            format!("no count is at least {least} and at most {most}"),
        )),
        Some(_) => None,
    };
    fields.findings().extend(finding);
    fields.end();
    read.unwrap_or(ONCE_AT_LEAST)
}

fn gap(node: &Node, findings: &mut Vec<Finding>) -> Option<Gap> {
    let mut fields = Fields::of(node, "`gap`", findings)?;
    let before = fields.findings().len();
    let after = mention(&mut fields, "after");
    let least = fields
        .take("at_least")
        .and_then(|node| least(node, fields.findings()));
    let most = fields
        .take("at_most")
        .and_then(|node| duration(node, fields.findings()));
    let span = fields.span().clone();
    let incomplete = after.is_none() || (least.is_none() && most.is_none());
    if incomplete && fields.findings().len() == before {
        fields.complain(&span, "`gap` needs `after`, and `at_least` or `at_most`");
    }
    if let (Some(Least::Time(least)), Some(most)) = (least, most)
        && least > most
    {
        fields.complain(&span, "in this gap `at_least` is longer than `at_most`");
    }
    fields.end();
    Some(Gap {
        after: after?,
        least,
        most,
    })
}

/// Reads the shortest gap: a time, or the time that a number of requests take at the agreed rate.
fn least(node: &Node, findings: &mut Vec<Finding>) -> Option<Least> {
    if !matches!(node.kind, Kind::Map(_)) {
        return duration(node, findings).map(Least::Time);
    }
    let mut fields = Fields::of(node, "`at_least`", findings)?;
    let requests = fields.count("requests").filter(|requests| *requests > 0);
    let span = fields.span().clone();
    if requests.is_none() {
        fields.complain(
            &span,
            "`at_least` is a time, or `{ requests: N }` with N of 1 or more",
        );
    }
    fields.end();
    requests.map(Least::Requests)
}
