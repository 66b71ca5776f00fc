//! `send`: a message to a participant, its credentials, what its response must be like, and how it is repeated.

use std::time::Duration;

use serde_json::json;

use super::shared_field::{EVIDENCE, LABEL, PRECONDITION, REQUIREMENT};
use super::{ActionKind, ExpectedStatus, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::participant::{Address, Participant};
use crate::plan::drawing::{Drawing, escape, time};
use crate::plan::expect::{Side, read_captures, read_expect};
use crate::plan::model::{Capture, Expect, Needs, Wait};
use crate::plan::phrase::{
    address, duration, hinted, method_and_path, pairs, participant, template, templates, wait,
};
use crate::plan::provided_name::PLAYED;
use crate::plan::spec::{Definition, FieldSpec, ObjectSpec, Shape, described};
use crate::source::{Fields, Finding, Node, Span};
use crate::value::{JsonPath, PathTemplate, Template};

/// Pause between two attempts of an `eventually`, if nothing happens before.
const EVERY: Duration = Duration::from_millis(500);

/// A message to be sent.
#[derive(Debug)]
pub struct Send {
    /// Method, upper case.
    pub method: String,
    /// Path below the target's base, or an absolute URL.
    pub path: PathTemplate,
    /// The participant that sends it.
    pub by: Participant,
    /// The address to which it is sent.
    pub to: Address,
    /// Query pairs.
    pub query: Vec<(String, Template)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, Template)>,
    /// Body.
    pub payload: Payload,
    /// Credentials.
    pub auth: Auth,
    /// What the response must be like.
    pub expect: Expect,
    /// What is taken from the response.
    pub capture: Vec<Capture>,
    /// How it is repeated.
    pub eventually: Option<Eventually>,
}

/// The body of a message to be sent.
#[derive(Debug)]
pub enum Payload {
    /// None.
    Empty,
    /// A JSON document.
    Json(Template),
    /// A form.
    Form(Vec<(String, Template)>),
}

/// The credentials of a message to be sent.
#[derive(Debug)]
pub enum Auth {
    /// The sender's own.
    Usual,
    /// None at all.
    None,
    /// A signature with a signing key.
    Signature(SigningKey),
    /// The sender's own, of which at most one is wrong.
    Wrong {
        /// The bearer.
        bearer: Credentials,
        /// The notification header of the service, or the API key of a provider.
        key: Credentials,
    },
}

/// The key of a signature.
#[derive(Debug)]
pub enum SigningKey {
    /// The product's own.
    Application,
    /// One that was captured.
    Captured(Template),
}

/// One credential of a message to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The sender's own.
    Good,
    /// Left out.
    Missing,
    /// Another value.
    Wrong,
    /// An expired token.
    Expired,
    /// A token for another audience.
    WrongAudience,
    /// A token signed with another key.
    BadSignature,
    /// A token without a signature, whose algorithm is `none`.
    Unsigned,
    /// A token signed with the public key as a shared secret, HS256.
    SignedWithPublicKey,
    /// A token without an expiry.
    WithoutExpiry,
    /// A token of another issuer.
    WrongIssuer,
    /// A token that becomes valid later.
    NotYetValid,
    /// A bearer that is no token.
    Unreadable,
    /// A valid token, signed with a key that is published from its first use in the case on.
    NewKey,
    /// A valid token, signed with a key that replaces that of `NewKey` in the key set.
    NextKey,
    /// A token signed with the key of `NewKey`, which is withdrawn.
    WithdrawnKey,
}

impl Credentials {
    /// Tells whether the receiver must accept them.
    pub fn are_right(self) -> bool {
        matches!(self, Self::Good | Self::NewKey | Self::NextKey)
    }
}

/// How a message is repeated until its response is as expected.
#[derive(Debug)]
pub struct Eventually {
    /// The longest time.
    pub within: Wait,
    /// The longest pause between attempts; it is shorter when something happens before.
    pub every: Duration,
    /// Responses after which no later attempt can succeed.
    pub give_up_when: Option<Expect>,
    /// Where the response names the URL of the next attempt, for routes that are served once.
    pub next: Option<JsonPath>,
}

impl WrittenVerb for Send {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "send",
        doc: "Sends a message to a participant and checks the response; redirects are not followed",
        example: "{ send: 'DELETE /organisations/${org}', as: product, expect: { status: 204 } }",
        fields: FIELDS,
        rules: Some(|| {
            json!({
                "dependentRequired": {
                    "every": ["eventually"],
                    "give_up_when": ["eventually"],
                    "next": ["eventually"]
                },
                "not": { "required": ["body", "form"] }
            })
        }),
    };

    const DEFINITIONS: &'static [Definition] = &[Definition::Other("auth", auth_schema)];

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let target = fields.require_text("send");
        let by = participant(fields, "as").map_or(Participant::Product, |(by, _)| by);
        let to = receiver(fields, by, target.map(|(_, span)| span));
        let query = templates(fields, "query");
        let headers = templates(fields, "headers")
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let payload = payload(fields);
        let auth = match fields.take("auth") {
            Some(node) => auth(node, by, fields.findings()),
            None => Auth::Usual,
        };
        let expect = expectation(fields);
        let capture = match fields.take("capture") {
            Some(node) => read_captures(node, Side::Answer, fields.findings()),
            None => Vec::new(),
        };
        let eventually = eventually(fields);
        let (text, span) = target?;
        let (method, path) = method_and_path(text, span, fields.findings());
        let (to, to_span) = to?;
        refuse_vague(to, &to_span, path.as_ref(), (text, span), fields.findings());
        let path = path.unwrap_or_else(|| PathTemplate::compile("", span, fields.findings()));
        Some(Self {
            method,
            path,
            by,
            to,
            query,
            headers,
            payload,
            auth,
            expect,
            capture,
            eventually,
        })
    }
}

/// The fields of `send`.
const FIELDS: &[FieldSpec] = &[
    FieldSpec::required(
        "send",
        Shape::Def("target"),
        "A method, and a path below the base URL of the receiver; a callback of the provider needs no path. A reference in a path is encoded as one segment",
        "GET /organisations/${org}",
    ),
    FieldSpec::optional(
        "as",
        Shape::Def("participant"),
        "The participant that sends the message, with its credentials; without it the product",
        "product",
    ),
    FieldSpec::optional(
        "to",
        Shape::Def("address"),
        "The receiver; without it the service, or the provider if the service sends. Of the provider, name a callback",
        "provider.notification",
    ),
    FieldSpec::optional(
        "query",
        Shape::Def("values"),
        "Query parameters",
        r#"{ web: "true" }"#,
    ),
    FieldSpec::optional(
        "headers",
        Shape::Def("values"),
        "Headers",
        r#"{ X-Company-Id: "${company}" }"#,
    ),
    FieldSpec::optional(
        "body",
        Shape::Def("value"),
        "The JSON body",
        r#"{ id: "${id}" }"#,
    ),
    FieldSpec::optional(
        "form",
        Shape::Def("values"),
        "A form as the body, instead of `body`",
        "{ grant_type: client_credentials }",
    ),
    FieldSpec::optional(
        "auth",
        Shape::Def("auth"),
        "Credentials other than the sender's own: `none`, a signature, or one credential that is wrong",
        "{ bearer: bad-signature }",
    ),
    FieldSpec::required(
        "expect",
        Shape::Def("responseExpectation"),
        "What the response must be like",
        "{ status: 200, body: { status: active } }",
    ),
    FieldSpec::optional(
        "capture",
        Shape::Def("responseCapture"),
        "Names to bind, each with its place in the response: a JSONPath into the body, `headers.NAME`, `status` or `id`",
        "{ page: $.redirect, where: headers.Location }",
    ),
    FieldSpec::optional(
        "eventually",
        Shape::Def("wait"),
        "Repeats the message until the response is as expected, at most for this long",
        "status-change",
    ),
    FieldSpec::optional(
        "every",
        Shape::Def("duration"),
        "The pause between two attempts, if nothing happens before; without it 500ms",
        "1s",
    ),
    FieldSpec::optional(
        "give_up_when",
        Shape::Def("responseExpectation"),
        "Responses after which no later attempt can succeed",
        "{ body: { status: failed } }",
    ),
    FieldSpec::optional(
        "next",
        Shape::Schema(|| json!({ "type": "string", "pattern": "^\\$(?!.*\\$\\{)" })),
        "A JSONPath to the URL of the next attempt, for routes that are served once",
        "$.pollRoute",
    ),
    LABEL.with_doc(LABEL.doc, "deleted"),
    REQUIREMENT,
    PRECONDITION,
    EVIDENCE,
];

/// Returns the schema of `auth`.
fn auth_schema() -> serde_json::Value {
    json!({
        "description": described(
            "Credentials other than the sender's own: `none`, a signature, or one credential that is wrong",
            "none",
        ),
        "anyOf": [
            { "const": "none" },
            {
                "type": "object",
                "properties": {
                    "bearer": {
                        "description": described(
                            "How the bearer is wrong; all but `none` and `bad-signature` for the service only",
                            "bad-signature",
                        ),
                        "enum": BEARERS.map(|(word, _)| word)
                    },
                    "key": {
                        "description": described(
                            "How the notification header of the service, or the API key of the provider, is wrong",
                            "none",
                        ),
                        "enum": KEYS.map(|(word, _)| word)
                    },
                    "signature": {
                        "description": described(
                            "Signs with the product's own key (`application`) or with one that was captured",
                            "${signing_key}",
                        ),
                        "anyOf": [{ "const": "application" }, { "$ref": "#/$defs/value" }]
                    }
                },
                "additionalProperties": false,
                "minProperties": 1,
                "maxProperties": 1
            }
        ]
    })
}

/// How a bearer can be wrong.
const BEARERS: [(&str, Credentials); 13] = [
    ("none", Credentials::Missing),
    ("expired", Credentials::Expired),
    ("wrong-audience", Credentials::WrongAudience),
    ("bad-signature", Credentials::BadSignature),
    ("unsigned", Credentials::Unsigned),
    ("signed-with-public-key", Credentials::SignedWithPublicKey),
    ("without-expiry", Credentials::WithoutExpiry),
    ("wrong-issuer", Credentials::WrongIssuer),
    ("not-yet-valid", Credentials::NotYetValid),
    ("unreadable", Credentials::Unreadable),
    ("new-key", Credentials::NewKey),
    ("next-key", Credentials::NextKey),
    ("withdrawn-key", Credentials::WithdrawnKey),
];

/// How a notification header or an API key can be wrong.
const KEYS: [(&str, Credentials); 2] = [
    ("none", Credentials::Missing),
    ("wrong", Credentials::Wrong),
];

impl VerbModel for Send {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        Part::pairs(&self.query, visit);
        Part::pairs(&self.headers, visit);
        match &self.payload {
            Payload::Json(body) => visit(Part::Value(body)),
            Payload::Form(form) => Part::pairs(form, visit),
            Payload::Empty => {}
        }
        if let Auth::Signature(SigningKey::Captured(key)) = &self.auth {
            visit(Part::Value(key));
        }
        visit(Part::Path(&self.path));
        visit(Part::Expect(&self.expect));
        if let Some(eventually) = &self.eventually {
            if let Some(expect) = &eventually.give_up_when {
                visit(Part::Expect(expect));
            }
            visit(Part::Wait(&eventually.within));
        }
        visit(Part::Captures(&self.capture, vec![&self.expect]));
        let played = PLAYED.iter().find(|(sender, _)| *sender == self.by);
        if let Some((_, token)) = played.filter(|_| self.has_good_bearer()) {
            visit(Part::Implied(token));
        }
    }

    fn action(&self) -> ActionKind {
        ActionKind::CompletedAction
    }

    fn label(&self) -> Option<LabelKind> {
        Some(LabelKind::SentMessage)
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.add_player(self.by);
        needs.bearers |= self.carries_made_bearer();
    }

    fn draw(&self, drawing: &mut Drawing, serves: &str) {
        let to = self.to.participant;
        let path = match self.to.callback {
            Some(callback) => callback.as_str().to_owned() + &self.path.written(),
            None => self.path.written(),
        };
        let draw = |drawing: &mut Drawing| {
            let label = format!("{} {path}{serves}", self.method);
            drawing.arrow(self.by, "->>", to, &label);
            if let Some((status, _)) = &self.expect.status {
                drawing.arrow(to, "-->>", self.by, &status.to_string());
            }
        };
        match &self.eventually {
            Some(eventually) => {
                let label = format!("until as expected, {}", time(&eventually.within));
                drawing.frame(&format!("loop {}", escape(&label)), draw);
            }
            None => draw(drawing),
        }
    }

    fn message(&self) -> Option<&Send> {
        Some(self)
    }

    fn expected_status(&self) -> Option<ExpectedStatus<'_>> {
        let status = self.expect.status.as_ref()?;
        Some(ExpectedStatus {
            label: None,
            status,
        })
    }
}

impl Send {
    /// Tells whether the message carries the sender's own bearer.
    fn has_good_bearer(&self) -> bool {
        matches!(
            self.auth,
            Auth::Usual
                | Auth::Wrong {
                    bearer: Credentials::Good,
                    ..
                }
        )
    }

    /// Tells whether the message carries a bearer that only the identity provider can make, or make wrong.
    fn carries_made_bearer(&self) -> bool {
        let missing = Credentials::Missing;
        let without = matches!(self.auth, Auth::None | Auth::Signature(_))
            || matches!(self.auth, Auth::Wrong { bearer, .. } if bearer == missing);
        self.by == Participant::Service && !without
    }
}

/// Reads the receiver, or takes the one that the sender usually calls; `target` is the place of method and path.
fn receiver(
    fields: &mut Fields<'_, '_>,
    by: Participant,
    target: Option<&Span>,
) -> Option<(Address, Span)> {
    if let Some((text, span)) = fields.text("to") {
        return address(text, span, fields.findings()).map(|to| (to, span.clone()));
    }
    let to = match by {
        Participant::Service => Participant::Provider,
        Participant::Product
        | Participant::Browser
        | Participant::Sageid
        | Participant::Provider => Participant::Service,
    };
    let span = target.unwrap_or(fields.span());
    Some((Address::of(to), span.clone()))
}

/// Reads what the response must be like.
fn expectation(fields: &mut Fields<'_, '_>) -> Expect {
    if let Some(node) = fields.take("expect") {
        return read_expect(node, "`expect`", Side::Answer, fields.findings());
    }
    let span = fields.span().clone();
    fields.findings().push(
        Finding::new(&span, "`expect` is missing in this `send`").with_hint(
            "write `expect: { status: 2xx }`, or `{ status: $any }` to accept any response",
        ),
    );
    Expect::default()
}

/// Adds a finding about a target that is no URL: a provider as a whole, or a service without a path.
fn refuse_vague(
    to: Address,
    to_span: &Span,
    path: Option<&PathTemplate>,
    (text, span): (&str, &Span),
    findings: &mut Vec<Finding>,
) {
    let absolute = path.is_some_and(|path| path.literal_start().is_empty());
    if to.callback.is_some() || absolute {
        return;
    }
    if to.participant == Participant::Provider {
        findings.push(
            Finding::new(to_span, "the provider as a whole has no URL")
                .with_hint("name one of its callbacks, such as `to: provider.notification`"),
        );
    } else if path.is_none() && text.chars().all(|letter| letter.is_ascii_uppercase()) {
        findings.push(
            Finding::new(
                span,
                format!(
                    "`{text}` needs a path, because {} has more than one URL",
                    to.participant.as_noun()
                ),
            )
            .with_hint(format!(
                "write `{text} /path`, or `to:` with a callback of the provider"
            )),
        );
    }
}

fn payload(fields: &mut Fields<'_, '_>) -> Payload {
    match (fields.take("body"), fields.entry("form")) {
        (Some(body), None) => Payload::Json(template(body, fields.findings())),
        (None, Some((_, form))) => Payload::Form(pairs(form, "form", fields.findings())),
        (None, None) => Payload::Empty,
        (Some(_), Some((key, _))) => {
            fields.complain(&key.span, "a message has a `body` or a `form`, not both");
            Payload::Empty
        }
    }
}

fn auth(node: &Node, by: Participant, findings: &mut Vec<Finding>) -> Auth {
    match node.as_text() {
        Some("none") => return Auth::None,
        Some(text) => {
            findings.push(
                Finding::new(&node.span, format!("`auth` cannot be `{text}`")).with_hint(
                    "write `none`, or one wrong credential: `{ bearer: bad-signature }`",
                ),
            );
            return Auth::Usual;
        }
        None => {}
    }
    let Some(mut fields) = Fields::of(node, "`auth`", findings) else {
        return Auth::Usual;
    };
    let signature = fields.entry("signature");
    let bearer = credential(&mut fields, "bearer", by, &BEARERS);
    let key = credential(&mut fields, "key", by, &KEYS);
    refuse_combination(
        &mut fields,
        signature.map(|(key, _)| &key.span),
        bearer.is_some(),
        key.is_some(),
    );
    let auth = match signature {
        Some((_, node)) if node.as_text() == Some("application") => {
            Auth::Signature(SigningKey::Application)
        }
        Some((_, node)) => Auth::Signature(SigningKey::Captured(template(node, fields.findings()))),
        None => Auth::Wrong {
            bearer: bearer.unwrap_or(Credentials::Good),
            key: key.unwrap_or(Credentials::Good),
        },
    };
    fields.end();
    auth
}

/// Adds a finding about credentials of which nothing is wrong, or more than one thing.
fn refuse_combination(
    fields: &mut Fields<'_, '_>,
    signature: Option<&Span>,
    has_bearer: bool,
    has_key: bool,
) {
    let span = fields.span().clone();
    let finding =
        if let Some(signature) = signature {
            (has_bearer || has_key).then(|| {
                Finding::new(
                    signature,
                    "a message carries a signature, or a bearer and a key, not both",
                )
            })
        } else if has_bearer && has_key {
            Some(
                Finding::new(&span, "two credentials of this message are wrong").with_hint(
                    "make one of them wrong; otherwise a refusal does not show which one caused it",
                ),
            )
        } else if fields.keys().next().is_none() {
            Some(Finding::new(&span, "`auth` is empty").with_hint(
                "leave it out to send the sender's own credentials, or write `auth: none`",
            ))
        } else {
            None
        };
    fields.findings().extend(finding);
}

/// Reads how one credential is wrong; `None` where it is good.
fn credential(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    by: Participant,
    words: &[(&str, Credentials)],
) -> Option<Credentials> {
    let (text, span) = fields.text(name)?;
    let Some((_, found)) = words.iter().find(|(word, _)| *word == text) else {
        let finding = Finding::new(span, format!("`{name}` cannot be `{text}`"));
        let finding = hinted(finding, text, words.iter().map(|(word, _)| *word), "words");
        fields.findings().push(finding);
        // Something was to be wrong; which of it does not matter to the other findings.
        return Some(Credentials::Wrong);
    };
    let finding = impossible_credential(name, text, *found, by, span);
    fields.findings().extend(finding);
    Some(*found)
}

/// Returns a finding about a credential that the sender does not have, or that feedproof cannot make wrong like this.
fn impossible_credential(
    name: &str,
    text: &str,
    credential: Credentials,
    by: Participant,
    span: &Span,
) -> Option<Finding> {
    let absent = match by {
        Participant::Browser | Participant::Sageid => Some("leave `auth` out"),
        Participant::Product if name == "key" => Some("a product has a `bearer` or a `signature`"),
        Participant::Product | Participant::Service | Participant::Provider => None,
    };
    if let Some(hint) = absent {
        let finding = Finding::new(span, format!("{} sends no {name}", by.as_noun()));
        return Some(finding.with_hint(hint));
    }
    let hint = match credential {
        Credentials::Expired => "`age: { at: service, by: 8h }` makes existing tokens older",
        Credentials::WrongAudience
        | Credentials::Unsigned
        | Credentials::SignedWithPublicKey
        | Credentials::WithoutExpiry
        | Credentials::NotYetValid
        | Credentials::Unreadable
        | Credentials::WrongIssuer
        | Credentials::NewKey
        | Credentials::NextKey
        | Credentials::WithdrawnKey => "for other senders write `none` or `bad-signature`",
        Credentials::Good
        | Credentials::Missing
        | Credentials::Wrong
        | Credentials::BadSignature => return None,
    };
    if by == Participant::Service {
        return None;
    }
    let message = format!("only the service can send a bearer that is `{text}`");
    Some(Finding::new(span, message).with_hint(hint))
}

fn eventually(fields: &mut Fields<'_, '_>) -> Option<Eventually> {
    let within = fields.take("eventually");
    let every = fields.entry("every");
    let give_up_when = fields.entry("give_up_when");
    let next = fields.entry("next");
    let Some(within) = within else {
        for (key, _) in [every, give_up_when, next].into_iter().flatten() {
            fields.complain(&key.span, format!("`{}` needs `eventually`", key.text));
        }
        return None;
    };
    let within = wait(within, fields.findings());
    let every = every.and_then(|(_, node)| duration(node, fields.findings()));
    let give_up_when = give_up_when
        .map(|(_, node)| read_expect(node, "`give_up_when`", Side::Answer, fields.findings()));
    let next = next.and_then(|(_, node)| match node.as_text() {
        Some(text) if text.starts_with('$') => {
            JsonPath::compile(text, &node.span, fields.findings())
        }
        _ => {
            fields.findings().push(
                Finding::new(
                    &node.span,
                    "`next` is a JSONPath to the URL of the next attempt",
                )
                .with_hint("write `$.pollRoute`, for example"),
            );
            None
        }
    });
    Some(Eventually {
        within: within?,
        every: every.unwrap_or(EVERY),
        give_up_when,
        next,
    })
}
