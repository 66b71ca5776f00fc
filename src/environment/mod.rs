//! Environments: who is live and where, with which credentials, customers, bank actions and waits.
//!
//! Reading is pure: the bytes of a document become a typed value, or all findings at once. Credentials and files stay
//! references; [`topology`](crate::topology) resolves them. Plans use the names of waits and bank actions
//! (`first-statement`, `new-transactions`); an environment sets their durations and how they are triggered.

mod agreed;
mod bank_action;
mod browser;
mod change;
mod conceal;
mod connection;
mod contained;
mod customer;
mod customer_ledger;
mod ledger;
mod open;
mod outline;
mod read;
mod run_time;
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
pub use connection::{LiveService, ProviderLaunch, Proxy, Rate, StartCommand, Tls, UserInfo};
pub use customer::{BankAccount, BankTransaction, Customer, DeclaredCounts, LoginField, LoginStep};
pub use customer_ledger::read_ledgers;
pub use ledger::{Ledger, LedgerTransaction};
pub use open::{OpenedEnvironment, open};
pub use outline::outline;
pub use read::read;
pub use run_time::{RUN_TIME, run_time};
pub use secret::{LookError, Reference, SecretLocation, Unresolved};

/// An environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Name for reports.
    pub name: String,
    /// Which participants are live; derived from the addresses.
    pub mode: Mode,
    /// The system under test, as its owner names it.
    pub subject: Option<Subject>,
    /// Who runs the tests, for the test plan that a run fills in.
    pub operator: Option<String>,
    /// The bank under test.
    pub bank: Bank,
    /// Name and value of the header that the provider requires on notifications.
    pub notification_header: (String, Reference),
    /// The credentials that Sage issues to a provider and to a product.
    pub credentials: Credentials,
    /// Test users by name, in the order of the file.
    pub customers: Vec<Customer>,
    /// How bank actions are triggered, by name.
    pub bank_actions: BTreeMap<String, BankAction>,
    /// The durations of named waits that differ from the usual ones; at most a day each.
    pub waits: BTreeMap<String, Duration>,
    /// The features that the provider declares as supported or absent.
    pub features: BTreeMap<String, Declared>,
    /// The limits that were agreed on with the provider.
    pub agreed: Agreed,
    /// The number of cases that run at once, from 1 to 1000; unset for that of the mode.
    pub jobs: Option<usize>,
    /// The longest time of a run, from a second to a day; unset for [`RUN_TIME`].
    pub timeout: Option<Duration>,
    /// The memory that bodies in flight and kept messages may take together, in MiB; unset for the usual budget.
    pub memory_mib: Option<usize>,
    /// The address at which the emulated participants listen, or only the sink before a live service; any free port if
    /// unset.
    pub listen: Option<SocketAddr>,
    /// The public URL of that address, without a trailing slash; unset if others reach it directly.
    pub public: Option<String>,
    /// The live service; unset when it is emulated.
    pub live_service: Option<LiveService>,
    /// Settings of the emulated service that the environment chooses, by name; each is a value that the setting accepts.
    pub rulings: BTreeMap<&'static str, SettingValue>,
    /// The live provider's callbacks; empty when it is emulated.
    pub callbacks: BTreeMap<Callback, String>,
    /// The user names and passwords that stood in addresses, one for an origin; the addresses are without them.
    pub users: Vec<UserInfo>,
    /// How the live provider starts.
    pub launch: ProviderLaunch,
    /// The customer's browser.
    pub browser: Browser,
    /// The most requests per second to live participants, of all cases together; unset for no limit.
    pub requests_per_second: Option<Rate>,
    /// Certificates for connections to live participants.
    pub tls: Tls,
    /// The proxy before live participants.
    pub proxy: Option<Proxy>,
    /// The paths of customer data in JSON bodies, which is masked.
    pub masks: Vec<JsonPath>,
    /// The changes of the command line as they were written: `waits.first-statement=90s`.
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
    /// The IANA name of its time zone, in which its days are days; `None` if the environment does not say it.
    pub zone: Option<String>,
    /// What the provider's pages say about linking, by the primary subtag of their language.
    pub page_words: BTreeMap<String, PagePhrases>,
}

/// What pages of one language say about linking; no list is empty, and no phrase is in both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagePhrases {
    /// Phrases that say that accounts were linked.
    pub success: Vec<String>,
    /// Phrases that say that linking failed.
    pub failure: Vec<String>,
}

/// The credentials that Sage issues to a provider and to a product.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The API key of the Provider API.
    pub api_key: Reference,
    /// The client id for the token endpoint.
    pub client_id: Reference,
    /// The client secret for the token endpoint.
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
