//! Reads an environment from its document: all findings come out together, each with its place and what would do.

mod address;
mod bank_action;
mod connection;
mod credential;
mod customer;
mod data;
mod provider;
mod ruling;
mod service;
mod word;

use std::collections::BTreeMap;

use crate::environment::{Agreed, Environment};
use plan_language::participant::{Mode, Subject};
use plan_language::source::{Fields, Finding, Node};

use provider::Provider;
use service::Service;

/// The words for modes.
const ARRANGEMENTS: [Mode; 4] = [
    Mode::Rehearsal,
    Mode::Connector,
    Mode::Service,
    Mode::EndToEnd,
];

/// The most cases that may act at once.
const JOBS_MAX: u32 = 1000;

/// Reads an environment; `None` with findings when it is unsound.
///
/// Ledgers have no entries yet: [`read_ledgers`](super::read_ledgers) takes them in.
pub fn read(node: &Node, findings: &mut Vec<Finding>) -> Option<Environment> {
    let before = findings.len();
    let mut fields = Fields::of(node, "an environment", findings)?;
    let written = fields.text("mode");
    let subject = fields
        .take("subject")
        .and_then(|node| subject(node, fields.findings()));
    let service = fields
        .take("service")
        .map(|node| service::read(node, fields.findings()));
    let provider = fields
        .take("provider")
        .map(|node| provider::read(node, fields.findings()));
    let is_live = provider.is_some();
    let live_service = service.as_ref().is_some_and(|one| one.is_live);
    let service: Service = service.unwrap_or_default();
    let provider: Provider<'_> = provider.unwrap_or_default();
    let span = fields.span().clone();
    let bank = {
        let own = fields.take("bank");
        match provider.bank.or(own) {
            Some(node) => provider::bank(node, fields.findings()),
            None => {
                fields.complain(&span, "an environment needs `bank`");
                None
            }
        }
    };
    let header = {
        let own = fields.take("notification_header");
        match provider.notification_header.or(own) {
            Some(node) => provider::notification_header(node, fields.findings()),
            None => {
                fields.complain(&span, "an environment needs `notification_header`");
                None
            }
        }
    };
    let credentials = fields
        .require("credentials")
        .and_then(|node| credential::read(node, fields.findings()));
    let customers = fields
        .require("customers")
        .map(|node| customer::read(node, fields.findings()))
        .unwrap_or_default();
    let bank_actions = fields
        .take("bank_actions")
        .map(|node| bank_action::read(node, is_live, fields.findings()))
        .unwrap_or_default();
    let waits = fields
        .take("waits")
        .map(|node| word::waits(node, fields.findings()))
        .unwrap_or_default();
    let features = fields
        .take("features")
        .map(|node| word::features(node, fields.findings()))
        .unwrap_or_default();
    let agreed = fields
        .take("agreed")
        .map(|node| Agreed::read(node, fields.findings()))
        .unwrap_or_default();
    let browser = fields
        .take("browser")
        .and_then(|node| connection::browser(node, fields.findings()))
        .unwrap_or_default();
    let requests_per_second = connection::rate(&mut fields);
    let tls = fields
        .take("tls")
        .map(|node| connection::tls(node, fields.findings()))
        .unwrap_or_default();
    let proxy = fields
        .text("proxy")
        .and_then(|(text, span)| connection::proxy(text, span, fields.findings()));
    let masks = connection::masks(&mut fields);
    let jobs = bounded(&mut fields, "jobs", JOBS_MAX);
    let mode = match (live_service, is_live) {
        (false, false) => Mode::Rehearsal,
        (false, true) => Mode::Connector,
        (true, false) => Mode::Service,
        (true, true) => Mode::EndToEnd,
    };
    if let Some((word, span)) = written
        && word != mode.as_str()
    {
        let finding = match ARRANGEMENTS.iter().any(|one| one.as_str() == word) {
            true => Finding::new(
                span,
                format!("the addresses make this a {mode}, not a {word}"),
            )
            .with_hint("leave `mode` out, or say in `service` and `provider` who is live"),
            false => word::unknown(
                Finding::new(span, format!("there is no mode `{word}`")),
                word,
                ARRANGEMENTS.map(Mode::as_str),
                "modes",
            ),
        };
        fields.findings().push(finding);
    }
    fields.end();
    if findings.len() > before {
        return None;
    }
    Some(Environment {
        name: node.span.file.to_string(),
        mode,
        subject,
        bank: bank?,
        notification_header: header?,
        credentials: credentials?,
        customers,
        bank_actions,
        waits,
        features,
        agreed,
        jobs,
        listen: service.listen,
        public: service.public,
        live_service: service.live,
        rulings: service.rulings,
        callbacks: provider.callbacks,
        launch: provider.launch,
        browser,
        requests_per_second,
        tls,
        proxy,
        masks,
        changed: Vec::new(),
    })
}

fn subject(node: &Node, findings: &mut Vec<Finding>) -> Option<Subject> {
    let mut fields = Fields::of(node, "`subject`", findings)?;
    let name = fields.require_text("name");
    let version = fields.text("version");
    let commit = fields.text("commit");
    fields.end();
    Some(Subject {
        name: name?.0.to_owned(),
        version: version.map(|(text, _)| text.to_owned()),
        commit: commit.map(|(text, _)| text.to_owned()),
    })
}

/// Takes an optional number from 1.
fn bounded(fields: &mut Fields<'_, '_>, name: &'static str, max: u32) -> Option<usize> {
    let span = fields.take(name)?.span.clone();
    let number = fields.count(name)?;
    if number == 0 || number > max {
        fields.complain(&span, format!("`{name}` is from 1 to {max}"));
        return None;
    }
    usize::try_from(number).ok()
}

/// Reads a map of free or known names with one function each; anything else becomes a finding.
fn each_entry<'n, T>(
    node: &'n Node,
    what: &str,
    findings: &mut Vec<Finding>,
    mut read: impl FnMut(&'n plan_language::source::Key, &'n Node, &mut Vec<Finding>) -> Option<T>,
) -> Vec<(&'n str, T)> {
    let Some(entries) = node.as_map() else {
        let message = format!("{what}, and this is {}", node.kind_name());
        findings.push(Finding::new(&node.span, message));
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(key, node)| Some((key.text.as_str(), read(key, node, findings)?)))
        .collect()
}

/// Makes a map of what was read by name.
fn by_name<T>(entries: Vec<(&str, T)>) -> BTreeMap<String, T> {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
