//! Reads `send`: the message, its credentials, what its answer must be like and how it is repeated.

use std::time::Duration;

use crate::participant::{Address, Participant};
use crate::plan::expect::{Side, read_captures, read_expect};
use crate::plan::model::{Auth, Credentials, Eventually, Expect, Payload, Send, SigningKey};
use crate::plan::phrase::{
    address, duration, hinted, method_and_path, pairs, participant, template, templates, wait,
};
use crate::source::{Fields, Finding, Node, Span};
use crate::value::{JsonPath, PathTemplate};

/// Pause between two attempts of an `eventually`, if nothing happens before.
const EVERY: Duration = Duration::from_millis(500);

/// Reads the fields of a `send`.
pub(super) fn send(fields: &mut Fields<'_, '_>) -> Option<Send> {
    let target = fields.require_text("send");
    let by = participant(fields, "as").map_or(Participant::Product, |(by, _)| by);
    let to = match fields.text("to") {
        Some((text, span)) => address(text, span, fields.findings()).map(|to| (to, span.clone())),
        None => {
            let to = match by {
                Participant::Service => Participant::Provider,
                _ => Participant::Service,
            };
            let span = target.map_or(fields.span(), |(_, span)| span);
            Some((Address::of(to), span.clone()))
        }
    };
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
    let expect = match fields.take("expect") {
        Some(node) => read_expect(node, "`expect`", Side::Answer, fields.findings()),
        None => {
            let span = fields.span().clone();
            fields
                .findings()
                .push(Finding::new(&span, "a `send` needs an `expect`").with_hint(
                    "`expect: { status: 2xx }`, or `{ status: $any }` where any answer will do",
                ));
            Expect::default()
        }
    };
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
    Some(Send {
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

/// Complains about a target that is no URL: a provider as a whole, or a service without a path.
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
            Finding::new(to_span, "the provider as a whole has no address")
                .with_hint("name a callback: `to: provider.notification`, for example"),
        );
    } else if path.is_none() && text.chars().all(|one| one.is_ascii_uppercase()) {
        findings.push(
            Finding::new(
                span,
                format!("`{text}` needs a path, for {to} is more than one address"),
            )
            .with_hint(format!(
                "write `{text} /path`, or `to:` a callback of the provider"
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
                Finding::new(&node.span, format!("credentials cannot be `{text}`"))
                    .with_hint("`none`, or wrong in one way: `{ bearer: bad-signature }`"),
            );
            return Auth::Usual;
        }
        None => {}
    }
    let Some(mut fields) = Fields::of(node, "`auth`", findings) else {
        return Auth::Usual;
    };
    let signature = fields.entry("signature");
    let bearer = credential(
        &mut fields,
        "bearer",
        by,
        &[
            ("none", Credentials::Missing),
            ("expired", Credentials::Expired),
            ("wrong-audience", Credentials::WrongAudience),
            ("bad-signature", Credentials::BadSignature),
        ],
    );
    let key = credential(
        &mut fields,
        "key",
        by,
        &[
            ("none", Credentials::Missing),
            ("wrong", Credentials::Wrong),
        ],
    );
    let span = fields.span().clone();
    match (signature, &bearer, &key) {
        (None, None, None) if fields.keys().next().is_none() => {
            fields.findings().push(
                Finding::new(&span, "`auth` says nothing").with_hint(
                    "leave it out for the sender's own credentials, or write `auth: none`",
                ),
            );
        }
        (None, Some(_), Some(_)) => {
            fields
                .findings()
                .push(Finding::new(&span, "this is wrong in two ways").with_hint(
                    "a message that is refused shows nothing if two things were wrong with it",
                ));
        }
        (Some((signature, _)), bearer, key) if bearer.is_some() || key.is_some() => {
            fields.complain(
                &signature.span,
                "a message is signed, or carries a bearer and a key, not both",
            );
        }
        _ => {}
    }
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
        // Something was to be wrong; which of it does not matter to the other complaints.
        return Some(Credentials::Wrong);
    };
    let finding = match (name, by) {
        (_, Participant::Browser | Participant::Sageid) | ("key", Participant::Product) => {
            let finding = Finding::new(span, format!("the {by} carries no {name}"));
            Some(match by {
                Participant::Product => {
                    finding.with_hint("a product has a `bearer` or a `signature`")
                }
                _ => finding.with_hint("leave `auth` out"),
            })
        }
        ("bearer", Participant::Product | Participant::Provider)
            if matches!(found, Credentials::Expired | Credentials::WrongAudience) =>
        {
            let finding = Finding::new(
                span,
                format!("a bearer that is `{text}` can be made for the service alone"),
            );
            Some(match found {
                Credentials::Expired => finding.with_hint(
                    "`advance: { at: service, by: 8h }` makes the tokens of others older",
                ),
                _ => finding.with_hint("for others: `none` or `bad-signature`"),
            })
        }
        _ => None,
    };
    fields.findings().extend(finding);
    Some(*found)
}

fn eventually(fields: &mut Fields<'_, '_>) -> Option<Eventually> {
    let within = fields.take("eventually");
    let every = fields.entry("every");
    let give_up_when = fields.entry("give_up_when");
    let next = fields.entry("next");
    let Some(within) = within else {
        for (key, _) in [every, give_up_when, next].into_iter().flatten() {
            fields.complain(
                &key.span,
                format!("`{}` makes sense with `eventually` only", key.text),
            );
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
                .with_hint("`$.pollRoute`, for example"),
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
