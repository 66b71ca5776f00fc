//! `browse`: a visit of the customer's browser, from its first page to its outcome.

use serde_json::{Value, json};

use super::shared_field::{LABEL, PRECONDITION, REQUIREMENT};
use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::participant::{Address, Callback, Participant};
use crate::plan::drawing::Drawing;
use crate::plan::model::Needs;
use crate::plan::phrase::{hinted, template, templates};
use crate::plan::spec::{Definition, FieldSpec, ObjectSpec, Shape, described};
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};
use crate::value::{Kinds, Matcher, PathTemplate, Reference, Scope, Template};

/// How a visit can end.
const OUTCOMES: [&str; 3] = ["returned", "refused", "stuck"];

/// What a customer can decide about a consent.
const DECISIONS: [&str; 3] = ["allow", "cancel", "cancel-after-login"];

/// A visit of the customer's browser.
#[derive(Debug)]
pub struct Browse {
    /// Where it begins.
    pub start: Start,
    /// Query pairs.
    pub query: Vec<(String, Template)>,
    /// The customer who logs in.
    pub login: Option<Template>,
    /// The customer's decision about the consent.
    pub decision: Option<Template>,
    /// The account that the customer chooses among those offered, counted from 0, or its identifier.
    pub choose: Option<Template>,
    /// Whether the browser is that of the case's previous visit, with its cookies.
    pub same_browser: bool,
    /// Outcomes that are expected, with their place; absent when any is.
    pub outcome: Option<(Matcher, Span)>,
}

/// Where a visit begins.
#[derive(Debug)]
pub enum Start {
    /// At a callback of the provider.
    At(Address),
    /// At a URL.
    Url(PathTemplate),
}

impl WrittenVerb for Browse {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "browse",
        doc: "Sends the customer's browser to a page, where the customer logs in, chooses and decides",
        example: r#"{ browse: "${page}", login: "${customer}", expect: { outcome: returned } }"#,
        fields: FIELDS,
        rules: None,
    };

    const DEFINITIONS: &'static [Definition] = &[Definition::Other("outcome", outcome_schema)];

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let target = fields.require_text("browse");
        let query = templates(fields, "query");
        let mut optional = |name| {
            fields
                .take(name)
                .map(|node| (template(node, fields.findings()), node))
        };
        let login = optional("login");
        let decision = optional("decision");
        let choose = optional("choose");
        if let Some((_, node)) = &decision {
            refuse_other(node, &DECISIONS, "decision", fields.findings());
        }
        if let Some((_, node)) = &choose {
            refuse_choice(node, fields.findings());
        }
        let same_browser = fields.flag("same_browser");
        let outcome = outcome(fields);
        let (text, span) = target?;
        let start = start(text, span, fields.findings())?;
        let value = |read: Option<(Template, _)>| read.map(|(value, _)| value);
        Some(Self {
            start,
            query,
            login: value(login),
            decision: value(decision),
            choose: value(choose),
            same_browser: same_browser.unwrap_or_default(),
            outcome,
        })
    }
}

/// The fields of `browse`.
const FIELDS: &[FieldSpec] = &[
    FieldSpec::required(
        "browse",
        Shape::Schema(
            || json!({ "anyOf": [{ "$ref": "#/$defs/callback" }, { "$ref": "#/$defs/reference" }] }),
        ),
        "The first page: a callback of the provider, or a URL that was captured",
        "provider.auth",
    ),
    FieldSpec::optional(
        "query",
        Shape::Def("values"),
        "Query parameters",
        r#"{ state: "${state}" }"#,
    ),
    FieldSpec::optional(
        "login",
        Shape::Def("value"),
        "The customer who logs in",
        "${customer}",
    ),
    FieldSpec::optional(
        "decision",
        Shape::Schema(
            || json!({ "anyOf": [{ "enum": DECISIONS }, { "$ref": "#/$defs/reference" }] }),
        ),
        "The customer's decision about the consent; without it `allow`. `cancel` presses the first button that cancels, `cancel-after-login` one behind the login",
        "cancel",
    ),
    FieldSpec::optional(
        "choose",
        Shape::Def("value"),
        "The account that the customer chooses among those offered, counted from 0, or its identifier",
        "0",
    ),
    FieldSpec::optional(
        "same_browser",
        Shape::Schema(|| json!({ "type": "boolean" })),
        "Whether the browser is that of the case's previous visit, with its cookies; without it a new one",
        "true",
    ),
    FieldSpec::required(
        "expect",
        Shape::Schema(|| {
            json!({
                "type": "object",
                "required": ["outcome"],
                "properties": { "outcome": { "$ref": "#/$defs/outcome" } },
                "additionalProperties": false
            })
        }),
        "How the visit must end",
        "{ outcome: returned }",
    ),
    LABEL.with_doc(
        "Binds the visit: `LABEL.outcome`, `.url`, `.returned_to`, `.why`",
        "return",
    ),
    REQUIREMENT,
    PRECONDITION,
];

/// Returns the schema of an outcome.
fn outcome_schema() -> Value {
    let words: Vec<_> = OUTCOMES.into_iter().chain(["$any"]).collect();
    json!({
        "description": described(
            "How the visit must end: `returned`, `refused` (4xx or no form), `stuck`, `$any`, or a matcher of these",
            "returned",
        ),
        "anyOf": [
            { "enum": words },
            { "$ref": "#/$defs/reference" },
            { "$ref": "#/$defs/matcherMap" }
        ]
    })
}

impl VerbModel for Browse {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        Part::pairs(&self.query, visit);
        for value in [&self.login, &self.decision].into_iter().flatten() {
            visit(Part::Value(value));
        }
        if let Some(choice) = &self.choose {
            visit(Part::ValueOf(
                choice,
                Kinds::NUMBER.or(Kinds::STRING),
                "an account is chosen by its place from 0 or by its identifier",
            ));
        }
        if let Some((matcher, _)) = &self.outcome {
            visit(Part::Matcher(matcher));
        }
        if let Start::Url(url) = &self.start {
            visit(Part::Path(url));
        }
    }

    fn action(&self) -> ActionKind {
        ActionKind::CompletedAction
    }

    fn label(&self) -> Option<LabelKind> {
        Some(LabelKind::Visit)
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.same_browser |= self.same_browser;
        let login = self.login.iter().flat_map(Template::references);
        let is_other = |reference: &Reference| {
            &*reference.name == "other_customer" && reference.path.is_empty()
        };
        if login.into_iter().any(is_other) {
            needs.other_visits += 1;
        } else {
            needs.visits += 1;
        }
    }

    fn draw(&self, drawing: &mut Drawing, serves: &str) {
        let (to, page) = match &self.start {
            Start::At(address) => {
                let page = address.callback.map_or("", Callback::as_str);
                (address.participant, page.to_owned())
            }
            Start::Url(url) => (Participant::Browser, url.written()),
        };
        drawing.arrow(
            Participant::Browser,
            "->>",
            to,
            &format!("visit {page}{serves}"),
        );
        let outcome = self.outcome.as_ref().and_then(|(matcher, _)| {
            let nothing: &dyn Scope = &serde_json::Map::new();
            Some(matcher.resolve(nothing).ok()?.describe())
        });
        if let Some(outcome) = outcome {
            drawing.note(
                Participant::Browser,
                &format!("the visit ends as {outcome}"),
            );
        }
    }
}

/// Reads how the visit must end.
fn outcome(fields: &mut Fields<'_, '_>) -> Option<(Matcher, Span)> {
    let Some(node) = fields.take("expect") else {
        let span = fields.span().clone();
        fields.findings().push(
            Finding::new(&span, "`expect` is missing in this `browse`").with_hint(
                "write `expect: { outcome: returned }`; other outcomes are `refused`, `stuck` and `$any`",
            ),
        );
        return None;
    };
    if let Some(outcome) = node.as_text() {
        fields.findings().push(
            Finding::new(
                &node.span,
                "`expect` of a visit must be an object, not a string",
            )
            .with_hint(format!("write `expect: {{ outcome: {outcome} }}`")),
        );
        return None;
    }
    let mut expect = Fields::of(node, "`expect` of a visit", fields.findings())?;
    let outcome = expect.require("outcome").map(|node| {
        refuse_other(node, &OUTCOMES, "outcome", expect.findings());
        let matcher = Matcher::compile(node, expect.findings());
        (matcher, node.span.clone())
    });
    expect.end();
    outcome
}

/// Adds a finding about a choice that can be neither a place nor an identifier.
fn refuse_choice(node: &Node, findings: &mut Vec<Finding>) {
    let possible = match &node.kind {
        Kind::Text(_) => true,
        Kind::Number(number) => number.as_u64().is_some(),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) => false,
    };
    if !possible {
        findings.push(
            Finding::new(&node.span, "no account can be chosen by this value")
                .with_hint("write its place, counted from 0, or its identifier in quotes"),
        );
    }
}

fn start(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Start> {
    if text.contains("${") {
        return Some(Start::Url(PathTemplate::compile(text, span, findings)));
    }
    if let Some(found) = Address::parse(text)
        && found.callback.is_some()
    {
        return Some(Start::At(found));
    }
    let finding = Finding::new(span, format!("a visit cannot begin at `{text}`"));
    let callbacks = Callback::ALL.map(|callback| Address::callback(callback).to_string());
    let near = nearest(text, callbacks.iter().map(String::as_str)).filter(|_| text != "provider");
    findings.push(match near {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => finding.with_hint(format!(
            "write a callback ({}) or a URL that was captured (`${{NAME}}`)",
            callbacks.join(", ")
        )),
    });
    None
}

/// Adds findings about literal words that the value can never be; looks into arrays and operators.
fn refuse_other(node: &Node, words: &[&str], what: &str, findings: &mut Vec<Finding>) {
    match &node.kind {
        Kind::Text(text) if text.starts_with('$') || words.contains(&text.as_str()) => {}
        Kind::Text(text) => {
            let finding = Finding::new(&node.span, format!("there is no {what} `{text}`"));
            let words = words.iter().copied();
            findings.push(hinted(finding, text, words, &format!("{what}s")));
        }
        Kind::Map(entries) => entries
            .iter()
            .filter(|(key, _)| ["$any_of", "$not", "$equals"].contains(&key.text.as_str()))
            .for_each(|(_, value)| match &value.kind {
                Kind::List(items) => items
                    .iter()
                    .for_each(|item| refuse_other(item, words, what, findings)),
                _ => refuse_other(value, words, what, findings),
            }),
        Kind::List(_) | Kind::Null | Kind::Bool(_) | Kind::Number(_) => {
            findings.push(Finding::new(
                &node.span,
                format!("`{what}` is a word, and this is {}", node.kind_name()),
            ));
        }
    }
}
