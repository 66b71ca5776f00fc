//! `judge`: checks of a message or a visit that an earlier step or a flow bound.

use serde_json::json;

use super::shared_field::{
    EVIDENCE, PRECONDITION, REQUEST_CAPTURE, REQUIREMENT, expectations, request_captures,
    response_expectation,
};
use super::{ActionKind, ExpectedStatus, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::plan::drawing::{Drawing, moment};
use crate::plan::model::{Capture, Expect, Mention, Needs};
use crate::plan::phrase::{as_mention, mention};
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape};
use crate::source::{Fields, Finding, Span};
use crate::value::Matcher;

/// What the pages of a visit must say about linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesSay {
    /// That accounts were linked.
    Success,
    /// Nothing, or that linking failed.
    NoSuccess,
}

impl PagesSay {
    const ALL: [Self; 2] = [Self::Success, Self::NoSuccess];

    /// Returns the word of plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::NoSuccess => "no-success",
        }
    }

    fn read(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|word| word.as_str() == text);
        if known.is_none() {
            findings.push(
                Finding::new(span, format!("pages cannot say `{text}`"))
                    .with_hint("write `success` or `no-success`"),
            );
        }
        known
    }
}

/// How far a customer has come on a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The customer allowed or cancelled what the provider asked behind its login, or came back.
    Decision,
}

impl Reached {
    const ALL: [Self; 1] = [Self::Decision];

    /// Returns the word of plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
        }
    }

    fn read(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|word| word.as_str() == text);
        if known.is_none() {
            findings.push(
                Finding::new(span, format!("a visit cannot reach `{text}`"))
                    .with_hint("write `decision`"),
            );
        }
        known
    }
}

/// Checks of a message that is bound already.
#[derive(Debug)]
pub struct Judge {
    /// The message.
    pub on: Mention,
    /// What the request must be like.
    pub expect: Expect,
    /// What its response must be like.
    pub response: Option<Expect>,
    /// What the provider's first response to a visit must be like that is no redirect.
    pub first_page: Option<Expect>,
    /// What each of the provider's responses to a visit must be like that is no redirect.
    pub each_page: Option<Expect>,
    /// What the provider's pages of a visit must say about linking, with its place.
    pub pages_say: Option<(PagesSay, Span)>,
    /// How far the customer must have come on a visit, with its place.
    pub reached: Option<(Reached, Span)>,
    /// Where the pages that count begin; the last one counts in any case.
    pub since: Option<Mention>,
    /// What the whole URL must be like at which a visit came back, with its place.
    pub returned_to: Option<(Matcher, Span)>,
    /// What the list of new windows that a visit opened must be like, with its place.
    pub opened_windows: Option<(Matcher, Span)>,
    /// What is taken from it.
    pub capture: Vec<Capture>,
}

impl WrittenVerb for Judge {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "judge",
        doc: "Checks a message or a visit that is bound already, by a flow for example",
        example: "{ judge: patch, requirement: ONB-12, expect: { body: { data: { status: success } } } }",
        fields: &[
            FieldSpec::required(
                "judge",
                Shape::Def("mention"),
                "The label of the message or visit",
                "told",
            ),
            FieldSpec::optional(
                "expect",
                Shape::Def("requestExpectation"),
                "What the request must be like: checks the caller",
                "{ body: { type: resourceDeleted } }",
            ),
            FieldSpec::optional(
                "response",
                Shape::Def("responseExpectation"),
                "What the response must be like: checks the receiver",
                "{ status: 2xx }",
            ),
            FieldSpec::optional(
                "first_page",
                Shape::Def("responseExpectation"),
                "Of a visit: what the provider's first response must be like that is no redirect",
                "{ status: 200 }",
            ),
            FieldSpec::optional(
                "each_page",
                Shape::Def("responseExpectation"),
                "Of a visit: what each of the provider's responses must be like that is no redirect",
                "{ headers: { X-Frame-Options: $absent } }",
            ),
            FieldSpec::optional(
                "pages_say",
                Shape::Schema(|| json!({ "enum": PagesSay::ALL.map(PagesSay::as_str) })),
                "Of a visit: what the provider's pages must say about linking. `no-success` holds for a failure, and \
                 where there are redirects only. The environment adds words of other languages \
                 (`bank: { page_words: … }`); a page in unknown words, or one that says both, makes the check inconclusive",
                "no-success",
            ),
            FieldSpec::optional(
                "reached",
                Shape::Schema(|| json!({ "enum": Reached::ALL.map(Reached::as_str) })),
                "Of a visit: how far the customer must have come. `decision`: allowed or cancelled what the provider asks \
                 behind its login, or came back, or a PATCH reported it. A visit that ended before makes the check \
                 inconclusive: a wrong login, or something in front of the provider, is not the provider's fault",
                "decision",
            ),
            FieldSpec::optional(
                "since",
                Shape::Def("mention"),
                "With `pages_say`: pages before this moment do not count, unless the last one is among them",
                "refused.response",
            ),
            FieldSpec::optional(
                "returned_to",
                Shape::Def("matcher"),
                "Of a visit: what the whole URL must be like at which the browser came back",
                r#""${ui.return}?state=${state}""#,
            ),
            FieldSpec::optional(
                "opened_windows",
                Shape::Def("matcher"),
                "Of a visit: what the list must be like of the links and buttons that led on in a new window, each in \
                 words; in a driven browser, windows that scripts opened count too",
                "[]",
            ),
            REQUEST_CAPTURE,
            REQUIREMENT,
            PRECONDITION,
            EVIDENCE,
        ],
        rules: Some(|| {
            json!({
                "anyOf": [
                    { "required": ["expect"] },
                    { "required": ["response"] },
                    { "required": ["first_page"] },
                    { "required": ["each_page"] },
                    { "required": ["pages_say"] },
                    { "required": ["reached"] },
                    { "required": ["returned_to"] },
                    { "required": ["opened_windows"] }
                ],
                "dependentRequired": { "since": ["pages_say"] }
            })
        }),
    };

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let on: Option<(&str, &Span)> = fields.require_text("judge");
        let (expect, response) = expectations(fields);
        let first_page = response_expectation(fields, "first_page");
        let each_page = response_expectation(fields, "each_page");
        let mut matcher = |name| {
            fields.take(name).map(|node| {
                let matcher = Matcher::compile(node, fields.findings());
                (matcher, node.span.clone())
            })
        };
        let returned_to = matcher("returned_to");
        let opened_windows = matcher("opened_windows");
        let pages_say = fields.text("pages_say").and_then(|(text, span)| {
            let word = PagesSay::read(text, span, fields.findings())?;
            Some((word, span.clone()))
        });
        let reached = fields.text("reached").and_then(|(text, span)| {
            let word = Reached::read(text, span, fields.findings())?;
            Some((word, span.clone()))
        });
        let since = mention(fields, "since");
        let says = fields.take("pages_say").is_some();
        if let (Some(since), false) = (&since, says) {
            fields.findings().push(
                Finding::new(&since.span, "`since` says from where on pages count")
                    .with_hint("remove it, or add `pages_say`"),
            );
        }
        let capture = request_captures(fields);
        let of_visit = first_page.is_some()
            || each_page.is_some()
            || says
            || fields.take("reached").is_some()
            || returned_to.is_some()
            || opened_windows.is_some();
        if expect.span.is_none() && response.is_none() && !of_visit {
            let span = fields.span().clone();
            fields.findings().push(
                Finding::new(&span, "this `judge` checks nothing").with_hint(
                    "add `expect` or `response`; for a visit `first_page`, `each_page`, `pages_say`, `reached`, `returned_to` or `opened_windows`",
                ),
            );
        }
        let (text, span) = on?;
        Some(Self {
            on: as_mention(text, span, fields.findings()),
            expect,
            response,
            first_page,
            each_page,
            pages_say,
            reached,
            since,
            returned_to,
            opened_windows,
            capture,
        })
    }
}

impl VerbModel for Judge {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        let label = &self.on.label;
        visit(Part::Mention(&self.on));
        visit(Part::Expect(&self.expect));
        if let Some(response) = &self.response {
            visit(Part::Expect(response));
        }
        if let Some(page) = &self.first_page {
            visit(Part::Expect(page));
            if let Some(span) = &page.span {
                visit(Part::OfVisit(label, "first_page", span));
            }
        }
        if let Some(page) = &self.each_page {
            visit(Part::Expect(page));
            if let Some(span) = &page.span {
                visit(Part::OfVisit(label, "each_page", span));
            }
        }
        if let Some((_, span)) = &self.pages_say {
            visit(Part::OfVisit(label, "pages_say", span));
        }
        if let Some((_, span)) = &self.reached {
            visit(Part::OfVisit(label, "reached", span));
        }
        if let Some(since) = &self.since {
            visit(Part::Mention(since));
        }
        let of_visit = [
            ("returned_to", &self.returned_to),
            ("opened_windows", &self.opened_windows),
        ];
        for (name, demand) in of_visit {
            if let Some((matcher, span)) = demand {
                visit(Part::Matcher(matcher));
                visit(Part::OfVisit(label, name, span));
            }
        }
        visit(Part::Captures(&self.capture, vec![&self.expect]));
    }

    fn action(&self) -> ActionKind {
        ActionKind::NoAction
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, _: &mut Needs) {}

    fn draw(&self, drawing: &mut Drawing, serves: &str) {
        let judged = Mention {
            response: self.response.is_some(),
            ..self.on.clone()
        };
        drawing.across(&format!("judge {}{serves}", moment(&judged)));
    }

    fn expected_status(&self) -> Option<ExpectedStatus<'_>> {
        let status = self.response.as_ref()?.status.as_ref()?;
        Some(ExpectedStatus {
            label: Some(&self.on.label),
            status,
        })
    }
}
