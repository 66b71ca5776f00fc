//! `bank_actions`: how each bank action is triggered.

use std::collections::BTreeMap;

use crate::environment::read::address;
use crate::environment::read::field::{by_name, each_entry};
use crate::environment::read::provider::is_header_name;
use crate::environment::read::word::unknown;
use crate::environment::secret::beside;
use crate::environment::{BankAction, CommandAction, HttpAction, Reference};
use plan_language::plan::{BANK_ACTIONS, BankActionSpec};
use plan_language::source::{Fields, Finding, Kind, Node, Span, nearest};
use plan_language::value::Template;

/// The fields of which a bank action has exactly one: what triggers it.
const TRIGGERS: [&str; 3] = ["http", "command", "person"];

/// The HTTP methods of a call.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Reads `bank_actions`; with a live provider (`is_live`) a path alone is not a URL.
pub(super) fn read(
    node: &Node,
    is_live: bool,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, BankAction> {
    let what = "`bank_actions` is a map from the names of bank actions to what triggers them";
    let read = each_entry(node, what, findings, |key, node, findings| {
        let known = BANK_ACTIONS.iter().find(|action| action.name == key.text);
        if known.is_none() {
            let finding =
                Finding::new(&key.span, format!("there is no bank action `{}`", key.text));
            let words = BANK_ACTIONS.iter().map(|action| action.name);
            findings.push(unknown(finding, &key.text, words, "bank actions"));
        }
        let action = read_bank_action(node, is_live, findings);
        if let (Some(action), Some(known)) = (&action, known) {
            check_arguments(action, known, findings);
        }
        action
    });
    by_name(read)
}

fn read_bank_action(node: &Node, is_live: bool, findings: &mut Vec<Finding>) -> Option<BankAction> {
    let mut fields = Fields::of(node, "a bank action", findings)?;
    let triggers: Vec<_> = fields
        .keys()
        .filter(|key| TRIGGERS.contains(&key.text.as_str()))
        .collect();
    let bank_action = match triggers.as_slice() {
        [] => {
            for name in TRIGGERS.into_iter().chain(["body", "headers"]) {
                fields.take(name);
            }
            let span = fields.span().clone();
            let finding = Finding::new(&span, "a bank action needs `http`, `command` or `person`")
                .with_hint("such as `{ http: POST http://localhost:8081/test/book }`");
            fields.findings().push(finding);
            None
        }
        [trigger] => match trigger.text.as_str() {
            "http" => http(&mut fields, is_live).map(BankAction::Http),
            "command" => command(&mut fields).map(BankAction::Command),
            _ => fields.require_text("person").map(|(text, span)| {
                BankAction::Person(Template::text(text, span, fields.findings()))
            }),
        },
        [_, second, ..] => {
            for name in TRIGGERS.into_iter().chain(["body", "headers"]) {
                fields.take(name);
            }
            let message = "a bank action has only one of `http`, `command` and `person`";
            fields.complain(&second.span, message);
            None
        }
    };
    fields.end();
    bank_action
}

/// Refuses misspelt arguments: they would be left out, or fail, in every run. Plans may give further ones.
fn check_arguments(action: &BankAction, known: &BankActionSpec, findings: &mut Vec<Finding>) {
    let templates: Vec<&Template> = match action {
        BankAction::Http(HttpAction { body, .. }) => {
            let fields = body.iter().flatten();
            fields.map(|(_, template)| template).collect()
        }
        BankAction::Command(CommandAction { words, .. }) => words.iter().collect(),
        BankAction::Person(text) => vec![text],
    };
    let given: Vec<_> = known.arguments.iter().map(|given| given.name).collect();
    for reference in templates
        .iter()
        .flat_map(|template| template.references())
        .filter(|reference| !given.contains(&&*reference.name))
    {
        if let Some(near) = nearest(&reference.name, given.iter().copied()) {
            let name = known.name;
            let message = format!(
                "the bank action `{name}` has no argument `{}`",
                reference.name
            );
            let finding = Finding::new(&reference.span, message);
            findings.push(finding.with_hint(format!("did you mean `{near}`?")));
        }
    }
}

fn http(fields: &mut Fields<'_, '_>, is_live: bool) -> Option<HttpAction> {
    let call = fields.require_text("http");
    let body = fields
        .take("body")
        .and_then(|node| body(node, fields.findings()));
    let headers = fields
        .take("headers")
        .map(|node| headers(node, fields.findings()))
        .unwrap_or_default();
    let (text, span) = call?;
    let Some((method, url)) = text.split_once(' ') else {
        fields.findings().push(
            Finding::new(span, "`http` is a method and a URL")
                .with_hint("`POST http://localhost:8081/test/book`"),
        );
        return None;
    };
    let url = url.trim();
    let found = fields.findings().len();
    if !METHODS.contains(&method) {
        let finding = Finding::new(
            &span.part(text, 0..method.len()),
            format!("there is no method `{method}`"),
        );
        fields
            .findings()
            .push(unknown(finding, method, METHODS, "methods"));
    }
    check_target(
        url,
        &span.part(text, text.len() - url.len()..text.len()),
        is_live,
        fields.findings(),
    );
    (fields.findings().len() == found).then(|| HttpAction {
        method: method.to_owned(),
        url: url.to_owned(),
        headers,
        body,
    })
}

/// Checks the target of a call: an absolute URL, or a path below the reference provider.
fn check_target(url: &str, span: &Span, is_live: bool, findings: &mut Vec<Finding>) {
    if !url.starts_with('/') {
        address::url(url, span, findings);
    } else if is_live {
        findings.push(
            Finding::new(
                span,
                format!(
                    "{} is a path, and the provider is live",
                    address::without_user(url)
                ),
            )
            .with_hint("an absolute URL such as `http://localhost:8081/test/book`"),
        );
    }
}

fn body(node: &Node, findings: &mut Vec<Finding>) -> Option<Vec<(String, Template)>> {
    match &node.kind {
        Kind::Map(entries) => Some(
            entries
                .iter()
                .map(|(key, node)| (key.text.clone(), Template::compile(node, findings)))
                .collect(),
        ),
        _ => {
            let message = format!(
                "`body` is a map of fields, and this is {}",
                node.kind_name()
            );
            findings.push(
                Finding::new(&node.span, message)
                    .with_hint("such as `{ accounts: \"${accounts}\" }`"),
            );
            None
        }
    }
}

fn headers(node: &Node, findings: &mut Vec<Finding>) -> Vec<(String, Reference)> {
    let what = "`headers` is a map from names to references";
    let read = each_entry(node, what, findings, |key, node, findings| {
        if !is_header_name(&key.text) {
            let message = format!("`{}` is not a valid header name", key.text);
            findings.push(Finding::new(&key.span, message));
        }
        match node.as_text() {
            Some(text) => Reference::read(text, &node.span, findings),
            None => {
                let message = format!(
                    "the value of a header is a reference, and this is {}",
                    node.kind_name()
                );
                findings.push(
                    Finding::new(&node.span, message)
                        .with_hint("put it in quotes: `\"literal:1\"`"),
                );
                None
            }
        }
    });
    read.into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect()
}

fn command(fields: &mut Fields<'_, '_>) -> Option<CommandAction> {
    let node = fields.require("command")?;
    let items = match &node.kind {
        Kind::List(items) if !items.is_empty() => items,
        _ => {
            let finding = Finding::new(
                &node.span,
                "`command` is a list of a program and its arguments",
            )
            .with_hint("such as `[./add-account.sh, \"${customer}\"]`");
            fields.findings().push(finding);
            return None;
        }
    };
    let mut words = Vec::new();
    for item in items {
        match item.as_text() {
            Some(text) => words.push(Template::text(text, &item.span, fields.findings())),
            None => {
                let message = format!("an argument is text, and this is {}", item.kind_name());
                let finding = Finding::new(&item.span, message).with_hint("put it in quotes");
                fields.findings().push(finding);
            }
        }
    }
    if let Some(first) = words.first()
        && first.as_fixed().is_none()
    {
        fields.complain(&items[0].span, "the program must not depend on the step");
    }
    (words.len() == items.len()).then(|| CommandAction {
        words,
        folder: beside(&node.span.file, ""),
    })
}
