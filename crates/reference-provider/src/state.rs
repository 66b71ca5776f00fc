//! Everything the provider remembers, held together under one lock.
//!
//! The lock is never held while something is awaited.

use std::sync::Arc;

use super::authorisation::Authorisations;
use super::bearer::KeySet;
use super::ledger::{Customer, Ledger};
use super::link::Links;
use super::registration::RegisteredBank;
use super::token::Token;

/// What the provider remembers.
#[derive(Debug)]
pub(super) struct State {
    /// The bank's data.
    pub ledger: Ledger,
    /// Announced authorisations and browser sessions.
    pub authorisations: Authorisations,
    /// LinkOutcome accounts and how far they were posted.
    pub links: Links,
    /// Banks that this provider registered at the Service.
    pub banks: Vec<RegisteredBank>,
    /// The access token in use.
    pub token: Option<Token>,
    /// Sage ID's keys as last fetched; empty at first.
    pub keys: Arc<KeySet>,
}

impl State {
    /// Starts with the bank's data and nothing else; pending transactions are left out unless they are to be kept.
    pub(super) fn new(customers: Vec<Customer>, keep_pending: bool) -> Self {
        State {
            ledger: Ledger::new(customers, keep_pending),
            authorisations: Authorisations::default(),
            links: Links::default(),
            banks: Vec::new(),
            token: None,
            keys: Arc::default(),
        }
    }
}
