//! The state of a provider, under one lock, which is never held across an await.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::authorisation::Authorisations;
use super::bearer::KeySet;
use super::ledger::{Customer, Ledger};
use super::link::Links;
use super::registration::RegisteredBank;
use super::token::{Token, TokenPurpose};

/// The state of a provider.
#[derive(Debug)]
pub(super) struct State {
    /// The bank's data.
    pub ledger: Ledger,
    /// Announced authorisations and browser sessions.
    pub authorisations: Authorisations,
    /// Linked accounts and how far each is posted.
    pub links: Links,
    /// Banks that this provider registered at the service.
    pub banks: Vec<RegisteredBank>,
    /// The access tokens in use.
    pub tokens: HashMap<TokenPurpose, Token>,
    /// Whether a malformed notification has broken the handling of all others, by a fault.
    pub is_stuck: bool,
    /// Whether a customer has cancelled, which only a fault remembers.
    pub has_cancelled: bool,
    /// The user names with which a wrong password was entered, which only a fault remembers.
    pub mistyped: HashSet<String>,
    /// Whether a valid bearer came before, after which a fault checks no other.
    pub has_trusted: bool,
    /// The `redirect_uri` of the first onboarding, which only a fault uses again.
    pub first_return: Option<String>,
    /// Sage ID's keys as last fetched; empty at first.
    pub keys: Arc<KeySet>,
    /// When they were fetched, on the provider's clock.
    pub keys_fetched: Option<Duration>,
}

impl State {
    /// Starts with the bank's data only; pending transactions are removed unless `keep_pending`.
    pub(super) fn new(customers: Vec<Customer>, keep_pending: bool) -> Self {
        State {
            ledger: Ledger::new(customers, keep_pending),
            authorisations: Authorisations::default(),
            links: Links::default(),
            banks: Vec::new(),
            tokens: HashMap::new(),
            is_stuck: false,
            has_cancelled: false,
            mistyped: HashSet::new(),
            has_trusted: false,
            first_return: None,
            keys: Arc::default(),
            keys_fetched: None,
        }
    }
}
