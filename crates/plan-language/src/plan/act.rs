//! Reads the acts beside `send`: `browse`, `trigger`, `set`, `age`, and the replies of `stub`.

use crate::participant::{Address, Callback, Participant};
use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::{
    Age, Assigned, Browse, CannedReply, Deed, Generator, Reply, Start, Stub, Trigger,
};
use crate::plan::phrase::{duration, hinted, pairs, participant, template, templates};
use crate::plan::wait::BANK_ACTIONS;
use crate::plan::watch::query;
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};
use crate::value::{Matcher, PathTemplate, StatusMatcher};

/// How a visit can end.
pub(super) const OUTCOMES: [&str; 3] = ["returned", "refused", "stuck"];

/// What a customer can decide about a consent.
pub(super) const DECISIONS: [&str; 2] = ["allow", "cancel"];

/// Reads the fields of a `browse`.
pub(super) fn browse(fields: &mut Fields<'_, '_>) -> Option<Browse> {
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
    let mut outcome = None;
    match fields.take("expect") {
        Some(node) => {
            if let Some(mut expect) = Fields::of(node, "`expect` of a visit", fields.findings()) {
                if let Some(node) = expect.require("outcome") {
                    refuse_other(node, &OUTCOMES, "outcome", expect.findings());
                    outcome = Some((Matcher::compile(node, expect.findings()), node.span.clone()));
                }
                expect.end();
            }
        }
        None => {
            let span = fields.span().clone();
            fields.findings().push(
                Finding::new(&span, "a `browse` needs an `expect`")
                    .with_hint("`expect: { outcome: returned }`, `refused`, `stuck` or `$any`"),
            );
        }
    }
    let (text, span) = target?;
    let start = start(text, span, fields.findings())?;
    Some(Browse {
        start,
        query,
        login: login.map(|(one, _)| one),
        decision: decision.map(|(one, _)| one),
        choose: choose.map(|(one, _)| one),
        outcome,
    })
}

/// Complains about a choice that can be neither a place nor an identifier.
fn refuse_choice(node: &Node, findings: &mut Vec<Finding>) {
    let possible = match &node.kind {
        Kind::Text(_) => true,
        Kind::Number(number) => number.as_u64().is_some(),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) => false,
    };
    if !possible {
        findings.push(
            Finding::new(&node.span, "nobody can choose this account")
                .with_hint("a place in the list, counted from 0, or an identifier in quotes"),
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
    let finding = Finding::new(span, format!("no visit begins at `{text}`"));
    let callbacks = Callback::ALL.map(|one| Address::callback(one).to_string());
    let near = nearest(text, callbacks.iter().map(String::as_str)).filter(|_| text != "provider");
    findings.push(match near {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => finding.with_hint(format!(
            "a visit begins at a callback ({}) or at a URL that was captured (`${{NAME}}`)",
            callbacks.join(", ")
        )),
    });
    None
}

/// Complains about literal words that the value can never be; looks into lists and operators.
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
                format!(
                    "{} {what} is a word, and this is {}",
                    if what.starts_with('o') { "an" } else { "a" },
                    node.kind_name()
                ),
            ));
        }
    }
}

/// Reads the fields of a `trigger`.
pub(super) fn trigger(fields: &mut Fields<'_, '_>) -> Option<Trigger> {
    let bank_action = fields.require_text("trigger");
    let with = templates(fields, "with");
    let (bank_action, span) = bank_action?;
    if !BANK_ACTIONS.iter().any(|(name, _)| *name == bank_action) {
        let finding = Finding::new(span, format!("there is no bank action `{bank_action}`"));
        let finding = hinted(
            finding,
            bank_action,
            BANK_ACTIONS.iter().map(|(name, _)| *name),
            "bank_actions",
        );
        fields.findings().push(finding);
    }
    Some(Trigger {
        bank_action: bank_action.to_owned(),
        with,
    })
}

/// Reads the fields of a `set`.
pub(super) fn set(fields: &mut Fields<'_, '_>) -> Vec<(String, Span, Assigned)> {
    let Some(node) = fields.require("set") else {
        return Vec::new();
    };
    let Kind::Map(entries) = &node.kind else {
        fields.complain(
            &node.span,
            format!(
                "`set` is a map of names to values, and this is {}",
                node.kind_name()
            ),
        );
        return Vec::new();
    };
    if entries.is_empty() {
        fields.complain(&node.span, "this `set` binds nothing");
    }
    entries
        .iter()
        .map(|(key, value)| {
            if !is_name(&key.text) {
                fields.findings().push(bad_name(&key.text, &key.span));
            }
            let assigned = assigned(value, fields.findings());
            (key.text.clone(), key.span.clone(), assigned)
        })
        .collect()
}

fn assigned(value: &Node, findings: &mut Vec<Finding>) -> Assigned {
    let text = value.as_text().unwrap_or_default();
    if let Some((_, one)) = Generator::WORDS.iter().find(|(word, _)| *word == text) {
        return Assigned::Generated(*one);
    }
    if text.starts_with('$') && !text.starts_with("${") && !text.starts_with("$$") {
        let words = Generator::WORDS.iter().map(|(word, _)| *word);
        let finding = Finding::new(&value.span, format!("nothing makes a `{text}`"));
        findings.push(hinted(finding, text, words, "words"));
        return Assigned::Generated(Generator::Word);
    }
    Assigned::Template(template(value, findings))
}

/// Reads the fields of an `age`.
pub(super) fn age(fields: &mut Fields<'_, '_>) -> Option<Age> {
    let node = fields.require("age")?;
    let mut inner = Fields::of(node, "`age`", fields.findings())?;
    let at = participant(&mut inner, "at");
    if inner.keys().all(|key| key.text != "at") {
        let span = inner.span().clone();
        inner.complain(&span, "`age` needs `at`");
    }
    let by = inner
        .require("by")
        .and_then(|node| duration(node, inner.findings()));
    if let Some((one, span)) = &at
        && !matches!(one, Participant::Service | Participant::Provider)
    {
        inner.complain(span, "time is moved at `service` or at `provider`");
    }
    inner.end();
    Some(Age { at: at?.0, by: by? })
}

/// Reads the fields of an `stub`.
pub(super) fn stub(fields: &mut Fields<'_, '_>) -> Option<Stub> {
    let query = query(fields, "stub");
    let given = fields.keys().any(|key| key.text == "with");
    let before = fields.findings().len();
    let replies = fields.list("with");
    if !given || (replies.is_empty() && fields.findings().len() == before) {
        let span = fields.span().clone();
        fields.findings().push(
            Finding::new(&span, "an `stub` needs `with`, a list of replies")
                .with_hint("`with: [ { status: 503 }, pass ]`, for example"),
        );
    }
    let with = replies
        .iter()
        .filter_map(|node| reply(node, fields.findings()))
        .collect();
    Some(Stub {
        query: query?,
        with,
    })
}

fn reply(node: &Node, findings: &mut Vec<Finding>) -> Option<Reply> {
    match node.as_text() {
        Some("pass") => return Some(Reply::Pass),
        Some(text) => {
            findings.push(
                Finding::new(&node.span, format!("there is no reply `{text}`"))
                    .with_hint("`pass`, or a map such as `{ status: 503 }`"),
            );
            return None;
        }
        None => {}
    }
    let mut fields = Fields::of(node, "a reply", findings)?;
    let status = fields.entry("status");
    let headers = fields.entry("headers");
    let body = fields.entry("body");
    let given: Vec<_> = [status, headers, body].into_iter().flatten().collect();
    let status = status.and_then(|(_, node)| {
        let before = fields.findings().len();
        match StatusMatcher::compile(node, fields.findings()) {
            StatusMatcher::Exact(status) => Some(status),
            _ => {
                if fields.findings().len() == before {
                    fields.complain(&node.span, "a reply has one status");
                }
                None
            }
        }
    });
    let headers = match headers {
        Some((_, node)) => pairs(node, "headers", fields.findings()),
        None => Vec::new(),
    };
    let body = body.map(|(_, node)| template(node, fields.findings()));
    let delay = fields
        .take("delay")
        .and_then(|node| duration(node, fields.findings()));
    let reset = fields.flag("reset").unwrap_or(false);
    let time_out = fields.flag("time_out").unwrap_or(false);
    let after_processing = match fields.text("processing") {
        None | Some(("before", _)) => false,
        Some(("after", _)) => true,
        Some((other, span)) => {
            fields.findings().push(
                Finding::new(span, format!("a reply is not made `{other}` processing"))
                    .with_hint("`before` (the participant never sees the message) or `after`"),
            );
            false
        }
    };
    let span = fields.span().clone();
    let word = if reset { "reset" } else { "time_out" };
    if reset && time_out {
        fields.complain(&span, "a reply is a `reset` or a `time_out`, not both");
    } else if reset || time_out {
        for (key, _) in &given {
            fields.complain(
                &key.span,
                format!("a `{word}` is no answer, so it has no `{}`", key.text),
            );
        }
    } else if delay.is_none() && !given.iter().any(|(key, _)| key.text == "status") {
        fields.complain(
            &span,
            "a reply has a `status`, a `delay`, a `reset` or a `time_out`",
        );
    }
    let deed = match (reset, time_out) {
        (true, _) => Deed::Reset,
        (false, true) => Deed::TimeOut,
        (false, false) => Deed::Respond {
            status,
            headers,
            body,
        },
    };
    fields.end();
    Some(Reply::Canned(Box::new(CannedReply {
        deed,
        delay: delay.unwrap_or_default(),
        after_processing,
    })))
}
