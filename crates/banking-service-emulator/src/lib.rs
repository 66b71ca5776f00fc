#![doc = include_str!("../README.md")]
//!
//! # Inside
//!
//! The crate is a plain HTTP program. It knows the provider only through the callback URLs of a bank's record;
//! recording, stubbing and judging are left to the caller.
//!
//! | below the base URL | what | module |
//! |---|---|---|
//! | `/sageid` | tokens, discovery document, key set | `sage_id`, `token` |
//! | `/v1` | Provider API | `provider_gate`, `authorisation`, `statement`, `posted`, `account_query`, `bank`, `sync` |
//! | `/api/v1` | Consumer API | `consumer_gate`, `tenant`, `bank`, `linking`, `candidate`, `reauthorisation`, `account`, `transaction` |
//! | `/ui` | the service's own screens | `screen` |
//!
//! `state` holds what a Service stores, each transaction as a `transaction_text`, `notification` what it sends to the
//! provider by way of `outbound`, `settings` the choices where Sage's sources are silent, `fault` the deviations that it
//! can show.
//!
//! Every refusal is JSON of `code` and `message`, on the screens a page. A change is made whole under one lock after
//! everything was checked, or not at all.

mod account;
mod account_query;
mod authorisation;
mod bank;
mod bounded_map;
mod call;
mod candidate;
mod consumer_gate;
mod context;
mod dispatch;
mod fault;
mod fields;
mod http_client;
mod key_rotation;
mod linking;
mod moment;
mod notification;
mod notification_bearer;
mod outbound;
mod posted;
mod provider_gate;
mod reauthorisation;
mod received;
mod refusal;
mod reply;
mod route;
mod sage_id;
mod screen;
mod secret;
mod service;
mod serving;
mod settings;
mod signature;
mod state;
mod statement;
mod sync;
mod tenant;
mod throttle;
mod token;
mod totals;
mod transaction;
mod transaction_text;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use http_client::{Outbound, plain_http};
pub use key_rotation::{KeyRotation, RotatedBearer};
pub use notification_bearer::NotificationBearer;
pub use received::ReceivedRequest;
pub use service::Service;
pub use serving::RunningService;
pub use settings::{
    Bank, Callbacks, CancelledTransactions, DiscouragedData, DuplicateKeys, DuplicateTransactions,
    LinkedInSelection, LinkedNotification, ListShape, LocalDateTimes, PendingCandidates, Relinking,
    RenewalWithAccounts, RenewedUnfed, Rulings, Setting, SettingError, SettingType, SettingValue,
    Settings, StatementWords, UniqueIds,
};
pub use tenant::ProductCompany;
