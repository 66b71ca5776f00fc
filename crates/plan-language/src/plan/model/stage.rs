//! What a case asks of its stage: settings that its author wrote, and needs that are derived from its steps.

use std::time::Duration;

use crate::participant::Participant;

/// How the emulated service is set for one case; unset is as its rulings say.
///
/// Batch limit and rate are agreed on with a provider. One that is live has agreed on numbers of its own, which
/// its environment names, and these stand in the place of what the case says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSetting {
    /// The most transactions of a statement.
    pub batch_limit: Option<u32>,
    /// Calls of the Provider API in a second; more are answered 429.
    pub requests_per_second: Option<u32>,
    /// Whether a 429 says when to come back.
    pub retry_after: Option<bool>,
    /// How long a statement is processed.
    pub processing: Option<Duration>,
}

/// What a case needs of its stage; derived, never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Bank actions that it pulls.
    pub bank_actions: Vec<String>,
    /// Participants whose time it moves.
    pub ages: Vec<Participant>,
    /// Participants at which it stubs replies.
    pub stubs: Vec<Participant>,
    /// Participants at which it watches for what others send.
    pub watches: Vec<Participant>,
    /// Whether it sends what only a token of the identity provider's own making opens: notifications.
    pub bearers: bool,
    /// Participants whom it plays and whose credentials it must hold.
    pub plays: Vec<Participant>,
    /// Whether it needs a second customer.
    pub other_customer: bool,
    /// Whether it watches token calls, which name nobody.
    pub tokens: bool,
    /// Whether it compares with the ledger of a customer.
    pub ledger: bool,
}

impl Needs {
    /// Tells whether the case changes what others share, where a stage is shared.
    pub fn exclusive(&self) -> bool {
        let registers = self.bank_actions.iter().any(|one| one == "register-bank");
        !self.ages.is_empty() || !self.stubs.is_empty() || self.tokens || registers
    }
}
