//! Reads an environment from its document; reports all findings together, each with its place and a hint.

mod address;
mod bank_action;
mod connection;
mod credential;
mod customer;
mod data;
mod field;
mod page_words;
mod provider;
mod ruling;
mod service;
mod word;

use crate::environment::{Agreed, Environment};
use plan_language::participant::{Mode, Subject};
use plan_language::source::{Fields, Finding, Node, Span};

use connection::Connection;
use field::{bounded, optional, required};
use provider::Provider;
use service::Service;

/// The modes.
const MODES: [Mode; 4] = [
    Mode::Rehearsal,
    Mode::Connector,
    Mode::Service,
    Mode::EndToEnd,
];

/// The most cases that may run at once.
const JOBS_MAX: u32 = 1000;

/// The largest memory budget for bodies, in MiB: 64 GiB.
const MEMORY_MIB_MAX: u32 = 64 << 10;

/// Reads an environment; `None` with findings when it is not valid.
///
/// The function has one line per field of an environment, and is longer than others for that reason. Ledgers are empty until [`read_ledgers`](super::read_ledgers) reads their files.
#[expect(
    clippy::too_many_lines,
    reason = "one line for each key of an environment"
)]
pub fn read(node: &Node, findings: &mut Vec<Finding>) -> Option<Environment> {
    let before = findings.len();
    let mut fields = Fields::of(node, "an environment", findings)?;
    let written = fields.text("mode");
    let subject = optional(&mut fields, "subject", subject).flatten();
    let operator = fields.text("operator").map(|(text, _)| text.to_owned());
    let service = optional(&mut fields, "service", service::read);
    let provider = optional(&mut fields, "provider", provider::read);
    let live = LiveParticipants {
        service: service.as_ref().is_some_and(|service| service.is_live),
        provider: provider.is_some(),
    };
    let service: Service = service.unwrap_or_default();
    let provider: Provider<'_> = provider.unwrap_or_default();
    let users = address::one_for_each_origin(&[&service.users, &provider.users], fields.findings());
    // Both may be written in `provider`, or beside it where no provider is live.
    let bank = required(&mut fields, "bank", provider.bank, provider::bank);
    let notification_header = required(
        &mut fields,
        "notification_header",
        provider.notification_header,
        provider::notification_header,
    );
    let credentials = required(&mut fields, "credentials", None, credential::read);
    let customers = required(&mut fields, "customers", None, |node, findings| {
        Some(customer::read(node, live.provider, findings))
    });
    let bank_actions = optional(&mut fields, "bank_actions", |node, findings| {
        bank_action::read(node, live.provider, findings)
    });
    let waits = optional(&mut fields, "waits", word::waits);
    let features = optional(&mut fields, "features", word::features);
    let agreed = optional(&mut fields, "agreed", Agreed::read);
    let connection = Connection::take(&mut fields);
    let jobs = bounded(&mut fields, "jobs", JOBS_MAX);
    let timeout = optional(&mut fields, "timeout", word::run_length).flatten();
    let memory_mib = bounded(&mut fields, "memory_mib", MEMORY_MIB_MAX);
    if let Some((word, span)) = written {
        fields
            .findings()
            .extend(mode_finding(word, span, live.mode()));
    }
    fields.end();
    if findings.len() > before {
        return None;
    }
    Some(Environment {
        name: node.span.file.to_string(),
        mode: live.mode(),
        subject,
        operator,
        bank: bank?,
        notification_header: notification_header?,
        credentials: credentials?,
        customers: customers?,
        bank_actions: bank_actions.unwrap_or_default(),
        waits: waits.unwrap_or_default(),
        features: features.unwrap_or_default(),
        agreed: agreed.unwrap_or_default(),
        jobs,
        timeout,
        memory_mib,
        listen: service.listen,
        public: service.public,
        live_service: service.live,
        rulings: service.rulings,
        callbacks: provider.callbacks,
        users,
        launch: provider.launch,
        browser: connection.browser,
        requests_per_second: connection.requests_per_second,
        tls: connection.tls,
        proxy: connection.proxy,
        masks: connection.masks,
        changed: Vec::new(),
    })
}

/// The participants that an environment declares as live.
#[derive(Clone, Copy)]
struct LiveParticipants {
    service: bool,
    provider: bool,
}

impl LiveParticipants {
    fn mode(self) -> Mode {
        match (self.service, self.provider) {
            (false, false) => Mode::Rehearsal,
            (false, true) => Mode::Connector,
            (true, false) => Mode::Service,
            (true, true) => Mode::EndToEnd,
        }
    }
}

/// Returns a finding if the word at `mode` is not the mode of the addresses.
fn mode_finding(word: &str, span: &Span, mode: Mode) -> Option<Finding> {
    if word == mode.as_str() {
        return None;
    }
    let finding = if MODES.iter().any(|known| known.as_str() == word) {
        Finding::new(
            span,
            format!("`mode` is {word}, and the addresses make this a {mode} environment"),
        )
        .with_hint("remove `mode`, or declare in `service` and `provider` what is live")
    } else {
        word::unknown(
            Finding::new(span, format!("there is no mode `{word}`")),
            word,
            MODES.map(Mode::as_str),
            "modes",
        )
    };
    Some(finding)
}

fn subject(node: &Node, findings: &mut Vec<Finding>) -> Option<Subject> {
    let mut fields = Fields::of(node, "`subject`", findings)?;
    let name = fields.require_text("name");
    let version = fields.text("version");
    let commit = fields.text("commit");
    let digest = fields.text("digest");
    fields.end();
    Some(Subject {
        name: name?.0.to_owned(),
        version: version.map(|(text, _)| text.to_owned()),
        commit: commit.map(|(text, _)| text.to_owned()),
        digest: digest.map(|(text, _)| text.to_owned()),
    })
}
