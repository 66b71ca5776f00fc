//! `provider`: the callbacks of a live provider, its bank, and how it starts.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::environment::read::address::{self, WrittenUser};
use crate::environment::read::credential::reference;
use crate::environment::read::field::optional;
use crate::environment::read::page_words;
use crate::environment::read::word::bounded_time;
use crate::environment::secret::beside;
use crate::environment::{Bank, ProviderLaunch, Reference, StartCommand};
use plan_language::participant::Callback;
use plan_language::plan::Place;
use plan_language::source::{Fields, Finding, Kind, Node};
use plan_language::value::Zone;

/// The longest `wait` for a provider to become ready.
const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

/// The longest time that a connector may take for its end.
const GRACE_MAX: Duration = Duration::from_secs(60);

/// The fields of `provider`.
#[derive(Default)]
pub(super) struct Provider<'n> {
    pub callbacks: BTreeMap<Callback, String>,
    pub bank: Option<&'n Node>,
    pub notification_header: Option<&'n Node>,
    pub launch: ProviderLaunch,
    pub users: Vec<WrittenUser>,
}

/// Reads `provider`.
pub(super) fn read<'n>(node: &'n Node, findings: &mut Vec<Finding>) -> Provider<'n> {
    let mut provider = Provider::default();
    let Some(mut fields) = Fields::of(node, "`provider`", findings) else {
        return provider;
    };
    if let Some(node) = fields.require("callbacks") {
        provider.callbacks = callbacks(node, &mut provider.users, fields.findings());
    }
    provider.bank = fields.take("bank");
    provider.notification_header = fields.take("notification_header");
    provider.launch.start = fields
        .take("start")
        .and_then(|node| start(node, fields.findings()));
    if let Some((text, span)) = fields.text("ready") {
        let users = &mut provider.users;
        provider.launch.ready = address::url_with_user(text, span, users, fields.findings());
    }
    if let Some(node) = fields.take("wait")
        && let Some(wait) = bounded_time(node, WAIT_MAX, fields.findings())
    {
        provider.launch.wait = wait;
    }
    fields.end();
    provider
}

fn callbacks(
    node: &Node,
    users: &mut Vec<WrittenUser>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<Callback, String> {
    let Some(mut fields) = Fields::of(node, "`callbacks`", findings) else {
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for callback in Callback::ALL {
        let Some((text, span)) = fields.require_text(callback.as_str()) else {
            continue;
        };
        let url = match callback {
            Callback::Auth | Callback::ReAuth => {
                address::url_with_user(text, span, users, fields.findings())
            }
            Callback::Notification | Callback::AvailableAccounts => {
                address::bearer_url(text, span, fields.findings())
            }
        };
        if let Some(url) = url {
            read.insert(callback, url);
        }
    }
    fields.end();
    read
}

fn start(node: &Node, findings: &mut Vec<Finding>) -> Option<StartCommand> {
    let mut fields = Fields::of(node, "`start`", findings)?;
    let command = fields.require("command");
    let folder = fields.text("folder");
    let inherit = fields.take("inherit");
    let inherit = inherit.map(|node| variable_names(node, fields.findings()));
    let grace = fields.take("grace");
    let grace = grace.and_then(|node| bounded_time(node, GRACE_MAX, fields.findings()));
    let command = command.and_then(|node| command_words(node, fields.findings()));
    fields.end();
    Some(StartCommand {
        command: command?,
        folder: beside(&node.span.file, folder.map_or("", |(text, _)| text)),
        inherit,
        grace: grace.unwrap_or(StartCommand::GRACE),
        place: Place::from(&node.span),
    })
}

/// Reads a list of names of environment variables.
fn variable_names(node: &Node, findings: &mut Vec<Finding>) -> Vec<String> {
    let Kind::List(items) = &node.kind else {
        let finding = Finding::new(&node.span, "`inherit` is a list of environment variables");
        findings.push(finding.with_hint("such as `[PATH, HOME]`"));
        return Vec::new();
    };
    let mut read = Vec::new();
    for item in items {
        match item.as_text() {
            Some(name) if !name.is_empty() && !name.contains(['=', '\0']) => {
                read.push(name.to_owned());
            }
            _ => {
                let finding =
                    Finding::new(&item.span, "this is no name of an environment variable");
                findings.push(finding.with_hint("such as `PATH`"));
            }
        }
    }
    read
}

/// Reads a program and its arguments.
fn command_words(node: &Node, findings: &mut Vec<Finding>) -> Option<Vec<String>> {
    let hint = "such as `[./connector, --port, \"8080\"]`";
    let items = match &node.kind {
        Kind::List(items) if !items.is_empty() => items,
        _ => {
            let finding = Finding::new(
                &node.span,
                "`command` is a list of a program and its arguments",
            );
            findings.push(finding.with_hint(hint));
            return None;
        }
    };
    let mut read = Vec::new();
    for item in items {
        match item.as_text() {
            Some(text) => read.push(text.to_owned()),
            None => {
                let message = format!("an argument is text, and this is {}", item.kind_name());
                findings.push(Finding::new(&item.span, message).with_hint("put it in quotes"));
            }
        }
    }
    (read.len() == items.len()).then_some(read)
}

/// Reads `bank`.
pub(super) fn bank(node: &Node, findings: &mut Vec<Finding>) -> Option<Bank> {
    let mut fields = Fields::of(node, "`bank`", findings)?;
    let id = fields.require_text("id");
    let external_ref = fields.require_text("externalRef");
    let name = fields.text("name");
    let zone = fields.text("zone");
    let page_words = optional(&mut fields, "page_words", page_words::read);
    if let Some((text, span)) = zone
        && Zone::read(text).is_none()
    {
        let finding = Finding::new(span, format!("there is no time zone `{text}`"))
            .with_hint("write a name of the IANA database, such as `Europe/London`");
        fields.findings().push(finding);
    }
    if let Some((text, span)) = id
        && uuid::Uuid::parse_str(text).is_err()
    {
        let finding = Finding::new(span, format!("`{text}` is not a UUID"))
            .with_hint("such as `10aaeee6-0000-4000-8000-000000000001`");
        fields.findings().push(finding);
    }
    fields.end();
    let external_ref = external_ref?.0.to_owned();
    Some(Bank {
        id: id?.0.to_owned(),
        name: name.map_or_else(|| external_ref.clone(), |(text, _)| text.to_owned()),
        external_ref,
        zone: zone.map(|(text, _)| text.to_owned()),
        page_words: page_words.unwrap_or_default(),
    })
}

/// Reads `notification_header`.
pub(super) fn notification_header(
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<(String, Reference)> {
    let mut fields = Fields::of(node, "`notification_header`", findings)?;
    let name = fields.require_text("name");
    let value = reference(&mut fields, "value");
    if let Some((text, span)) = name
        && !is_header_name(text)
    {
        fields.complain(span, format!("`{text}` is not a valid header name"));
    }
    fields.end();
    Some((name?.0.to_owned(), value?))
}

/// Tells whether a text is a valid header name (RFC 9110 section 5.6.2).
pub(super) fn is_header_name(text: &str) -> bool {
    axum::http::HeaderName::from_bytes(text.as_bytes()).is_ok()
}
