//! Fields that several verbs share.

use serde_json::json;

use crate::participant::Callback;
use crate::plan::expect::{Side, read_captures, read_expect};
use crate::plan::model::{Capture, Expect, Mention, Query};
use crate::plan::phrase::{address, method_and_path};
use crate::plan::spec::{FieldSpec, Shape};
use crate::source::{Fields, Finding};

/// `label`: the name of what the step binds.
pub(super) const LABEL: FieldSpec = FieldSpec::optional(
    "label",
    Shape::Def("name"),
    "Binds the message of the step: `LABEL.id`, `.body`, `.query`, `.headers`, `.response`",
    "told",
);

/// `requirement`: what the checks of the step serve.
pub(super) const REQUIREMENT: FieldSpec = FieldSpec::optional(
    "requirement",
    Shape::Def("requirementIds"),
    "The requirements that the checks of this step serve. A case that cites one requirement needs it nowhere else",
    "OFF-02",
);

/// `precondition`: that the step is no evidence against a subject.
pub(super) const PRECONDITION: FieldSpec = FieldSpec::optional(
    "precondition",
    Shape::Schema(|| json!({ "type": "boolean" })),
    "Marks a precondition: if the step fails, the case is inconclusive. A precondition serves no requirement",
    "true",
);

/// `evidence`: the subject's message on which the check depends.
pub(super) const EVIDENCE: FieldSpec = FieldSpec::optional(
    "evidence",
    Shape::Def("mention"),
    "The provider's message whose effect this step reads; with a live provider it is the evidence",
    "told",
);

/// `at`: where the messages arrive.
pub(super) const AT: FieldSpec = FieldSpec::required(
    "at",
    Shape::Def("address"),
    "The participant or callback at which the messages arrive",
    "provider.notification",
);

/// `where`: what selects the messages.
pub(super) const WHERE: FieldSpec = FieldSpec::optional(
    "where",
    Shape::Def("requestExpectation"),
    "Selects messages among those that arrive",
    r#"{ body: { resource: { id: "${account.id}" } } }"#,
);

/// `since`: where a window begins.
pub(super) const SINCE: FieldSpec = FieldSpec::optional(
    "since",
    Shape::Def("mention"),
    "The moment at which the window begins; without it the nearest preceding action",
    "told.response",
);

/// `capture` of a verb that looks at requests.
pub(super) const REQUEST_CAPTURE: FieldSpec = FieldSpec::optional(
    "capture",
    Shape::Def("requestCapture"),
    "Names to bind, each with its place in the request: a JSONPath into the body, `headers.NAME`, `query.NAME` or `id`",
    "{ authorisation: query.authorisation_id }",
);

/// Reads which messages are meant; `verb` is the field that holds method and path.
pub(super) fn query(fields: &mut Fields<'_, '_>, verb: &'static str) -> Option<Query> {
    let target = fields.require_text(verb);
    let at = match fields.require_text("at") {
        Some((word, span)) => address(word, span, fields.findings()),
        None => None,
    };
    let select = match fields.take("where") {
        Some(node) => read_expect(node, "`where`", Side::Request, fields.findings()),
        None => Expect::default(),
    };
    let (text, span) = target?;
    let (method, path) = method_and_path(text, span, fields.findings());
    Some(Query {
        method,
        path,
        at: at?,
        select,
    })
}

/// Adds a finding about a method with which no participant calls a callback.
pub(super) fn refuse_method(query: &Query, verb: &str, fields: &mut Fields<'_, '_>) {
    let method = match query.at.callback {
        Some(Callback::Notification) => "POST",
        Some(Callback::AvailableAccounts) => "GET",
        // Pages: which methods their forms use is up to the provider.
        Some(Callback::Auth | Callback::ReAuth) | None => return,
    };
    let Some(key) = fields.keys().find(|key| key.text == verb) else {
        return;
    };
    if query.method != method {
        fields.findings().push(
            Finding::new(
                &key.span,
                format!("no {} request arrives at {}", query.method, query.at),
            )
            .with_hint(format!("the service calls it with {method}")),
        );
    }
}

/// Reads what the request must be like, and what its response must be like.
pub(super) fn expectations(fields: &mut Fields<'_, '_>) -> (Expect, Option<Expect>) {
    let expect = match fields.take("expect") {
        Some(node) => read_expect(node, "`expect`", Side::Request, fields.findings()),
        None => Expect::default(),
    };
    (expect, response_expectation(fields, "response"))
}

/// Reads an optional field that says what a response must be like.
pub(super) fn response_expectation(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
) -> Option<Expect> {
    let node = fields.take(name)?;
    let what = format!("`{name}`");
    Some(read_expect(node, &what, Side::Answer, fields.findings()))
}

/// Reads what is captured from a request.
pub(super) fn request_captures(fields: &mut Fields<'_, '_>) -> Vec<Capture> {
    match fields.take("capture") {
        Some(node) => read_captures(node, Side::Request, fields.findings()),
        None => Vec::new(),
    }
}

/// Adds a finding about a window that ends where it begins, or before.
pub(super) fn refuse_empty_window(
    since: Option<&Mention>,
    until: &Mention,
    findings: &mut Vec<Finding>,
) {
    let Some(since) = since.filter(|since| since.label == until.label) else {
        return;
    };
    if since.response || !until.response {
        findings.push(
            Finding::new(&until.span, "this window ends where it begins")
                .with_note(&since.span, "it begins here")
                .with_hint(format!(
                    "end it at a later label, or at `{}.response`",
                    until.label
                )),
        );
    }
}
