//! The settings of a connector while `feedproof serve` runs: as text for people, as JSON for programs.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use colored::Colorize as _;
use serde_json::{Value, json};

use crate::complete_file::{self, Readers};
use crate::environment::{Environment, Reference};
use crate::topology::RunAddresses;
use plan_language::participant::Mode;

/// What the file says of itself.
pub(super) const NOTICE: &str =
    "it contains credentials: keep it from others, and out of version control";

/// Addresses and credentials, in the order in which they are shown.
pub(super) struct ConnectorSettings {
    title: String,
    groups: Vec<(&'static str, Vec<ReadyEntry>)>,
    note: &'static str,
}

struct ReadyEntry {
    /// Key in the JSON object.
    key: &'static str,
    what: &'static str,
    value: String,
}

impl ConnectorSettings {
    /// Lists them. A secret that the environment only refers to is shown as its reference.
    pub fn of(environment: &Environment, run_addresses: &RunAddresses) -> Self {
        let base = &run_addresses.public;
        let (title, note) = match environment.mode {
            Mode::Rehearsal => (
                format!("The emulated Banking Service listens at {base}"),
                "The reference provider is connected. To have your own called, name its callbacks in an environment\n\
                 (`feedproof init` writes one) and pass it with --environment.",
            ),
            _ => (
                format!(
                    "The emulated Banking Service listens at {base} and calls the connector of {}",
                    environment.name
                ),
                "Notifications and browsers reach your connector through feedproof, so that it shows every exchange.",
            ),
        };
        Self {
            title,
            groups: vec![
                ("Addresses", addresses(run_addresses)),
                ("Credentials", credentials(environment)),
            ],
            note,
        }
    }

    /// Writes them for people.
    pub fn text(&self) -> String {
        let entries = self.groups.iter().flat_map(|(_, entries)| entries);
        let width = entries.map(|entry| entry.what.len()).max().unwrap_or(0);
        let mut out = format!("{}\n", self.title.bold());
        for (title, entries) in &self.groups {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "\n{title}");
            for entry in entries {
                let _ = writeln!(out, "  {:<width$}  {}", entry.what, entry.value);
            }
        }
        let _ = writeln!(out, "\n{}\n\n{}\n", self.note, super::session::HELP);
        out
    }

    fn json(&self) -> Value {
        let all = self.groups.iter().map(|(title, entries)| {
            let entries = entries
                .iter()
                .map(|entry| (entry.key.to_owned(), Value::from(entry.value.as_str())))
                .collect();
            (title.to_ascii_lowercase(), Value::Object(entries))
        });
        let mut whole = serde_json::Map::from_iter(all);
        whole.insert("format".to_owned(), json!(1));
        whole.insert("notice".to_owned(), json!(NOTICE));
        Value::Object(whole)
    }

    /// Writes them as JSON to a file that appears complete, so that a program may read it as soon as it exists; on Unix
    /// only its owner can.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = format!("{:#}\n", self.json());
        complete_file::write(file, text.as_bytes(), Readers::Owner)
    }
}

fn entry(key: &'static str, what: &'static str, value: impl Into<String>) -> ReadyEntry {
    ReadyEntry {
        key,
        what,
        value: value.into(),
    }
}

fn addresses(run_addresses: &RunAddresses) -> Vec<ReadyEntry> {
    let base = &run_addresses.public;
    vec![
        entry(
            "token_url",
            "token endpoint",
            format!("{base}/sageid/oauth/token"),
        ),
        entry("provider_api", "Provider API", format!("{base}/v1")),
        entry(
            "consumer_api",
            "Consumer API (the product's)",
            format!("{base}/api/v1"),
        ),
        entry(
            "key_set",
            "key set of bearers",
            run_addresses.key_set.clone(),
        ),
        entry("issuer", "issuer of bearers", format!("{base}/sageid")),
        entry(
            "discovery",
            "discovery document",
            format!("{base}/sageid/.well-known/openid-configuration"),
        ),
    ]
}

fn credentials(environment: &Environment) -> Vec<ReadyEntry> {
    let credentials = &environment.credentials;
    let (header, value) = &environment.notification_header;
    vec![
        entry("api_key", "x-api-key", shown(&credentials.api_key)),
        entry("client_id", "client id", shown(&credentials.client_id)),
        entry(
            "client_secret",
            "client secret",
            shown(&credentials.client_secret),
        ),
        entry(
            "audience",
            "audience of the Provider API",
            &*credentials.audience,
        ),
        entry(
            "notification_audience",
            "audience of bearers sent to you",
            &*credentials.notification_audience,
        ),
        entry("notification_header", "header sent to you", &**header),
        entry("notification_header_value", "its value", shown(value)),
        entry("bank_id", "bank id", &*environment.bank.id),
        entry(
            "bank_external_ref",
            "its external reference",
            &*environment.bank.external_ref,
        ),
    ]
}

/// Shows a literal value as it is, and a reference by its name.
fn shown(reference: &Reference) -> String {
    match reference.literal() {
        Some(value) => value.to_owned(),
        None => format!("(as in {reference})"),
    }
}
