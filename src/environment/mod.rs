//! Environments: who is live and where, with which credentials, customers, bank actions and waits.
//!
//! Reading is pure: a document comes as bytes and goes out typed, or as all findings at once.
//! Credentials and files stay references here; who may look them up resolves them. Plans ask for words
//! (`first-statement`, `new-transactions`), environments say what they mean here.

mod agreed;
mod bank_action;
mod browser;
mod change;
mod conceal;
mod connection;
mod customer;
mod ledger;
mod open;
mod read;
mod secret;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use banking_service_emulator::SettingValue;
use plan_language::participant::Callback;
use plan_language::participant::{Mode, Subject};
use plan_language::plan::Declared;
use plan_language::value::JsonPath;

pub use agreed::Agreed;
pub use bank_action::{BankAction, CommandAction, HttpAction};
pub use browser::Browser;
pub use change::CHANGES;
pub use connection::{Launch, LiveService, Proxy, Rate, Start, Tls};
pub use customer::{BankAccount, BankTransaction, Customer, Given, LoginField};
pub use ledger::{Entry, Ledger, read_ledgers};
pub use open::{Opening, open};
pub use read::read;
pub use secret::{Looked, Reference, Unresolved};

/// Everything that an environment says.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Name for reports.
    pub name: String,
    /// Who is live; derived from the addresses.
    pub mode: Mode,
    /// The system under test, as its owner names it.
    pub subject: Option<Subject>,
    /// The bank under test.
    pub bank: Bank,
    /// Name and value of the header that the provider wants on notifications.
    pub notification_header: (String, Reference),
    /// What Sage gives to a provider and to a product.
    pub credentials: Credentials,
    /// Test users by name, in the order of the file.
    pub customers: Vec<Customer>,
    /// How bank actions are pulled, by name.
    pub bank_actions: BTreeMap<String, BankAction>,
    /// Named waits that are not the usual ones; at most a day each.
    pub waits: BTreeMap<String, Duration>,
    /// What the provider says of features.
    pub features: BTreeMap<String, Declared>,
    /// The limits that were agreed on with the provider.
    pub agreed: Agreed,
    /// How many cases act at once, from 1 to 1000; unset for the mode's own number.
    pub jobs: Option<usize>,
    /// Where the emulated parts listen, or the sink alone before a live service; any free port if unset.
    pub listen: Option<SocketAddr>,
    /// How others reach what listens, if not by where it listens; without a slash at its end.
    pub public: Option<String>,
    /// The live service; unset when it is emulated.
    pub live_service: Option<LiveService>,
    /// Settings of the emulated service that the environment chooses, by name; each is a value that the setting accepts.
    pub rulings: BTreeMap<&'static str, SettingValue>,
    /// The live provider's callbacks; empty when it is emulated.
    pub callbacks: BTreeMap<Callback, String>,
    /// How the live provider comes up.
    pub launch: Launch,
    /// Who plays the customer's browser.
    pub browser: Browser,
    /// How many requests live participants may be sent in a second, by all cases together; unset for no bound.
    pub requests_per_second: Option<Rate>,
    /// Certificates for connections to live participants.
    pub tls: Tls,
    /// The proxy to live participants.
    pub proxy: Option<Proxy>,
    /// Where bodies in JSON hold customer data, which is masked.
    pub masks: Vec<JsonPath>,
    /// What the command line changed, as it was written there: `waits.first-statement=90s`.
    pub changed: Vec<String>,
}

/// The bank under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// The service's id, a UUID.
    pub id: String,
    /// The provider's own key.
    pub external_ref: String,
    /// Name for customers.
    pub name: String,
}

/// What Sage gives to a provider and to a product.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Of the Provider API.
    pub api_key: Reference,
    /// Of the token endpoint.
    pub client_id: Reference,
    /// Of the token endpoint.
    pub client_secret: Reference,
    /// Audience of the Provider API.
    pub audience: String,
    /// Audience of bearers on notifications.
    pub notification_audience: String,
    /// The product's id.
    pub application: String,
    /// The product's signing key.
    pub application_key: Reference,
}

#[cfg(test)]
mod tests;
