//! What a case demands of its stage: settings that its author wrote, and needs that are derived from its steps.

use std::time::Duration;

use crate::participant::{Mode, Participant};

/// How the emulated service is set for one case; unset is as its rulings say.
///
/// Batch limit and rate are agreed with a provider. For a live provider the environment names the agreed numbers, and
/// they replace those of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSetting {
    /// Maximum number of transactions in a statement.
    pub batch_limit: Option<u32>,
    /// Maximum number of Provider API calls per second; further calls are answered with 429.
    pub requests_per_second: Option<u32>,
    /// Whether a 429 has a `Retry-After` header.
    pub retry_after: Option<bool>,
    /// How long the service processes a statement.
    pub processing: Option<Duration>,
}

/// What a case needs of its stage; derived, never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Bank actions that it triggers.
    pub bank_actions: Vec<String>,
    /// Participants whose things it makes older, and by how much.
    pub ages: Vec<(Participant, Duration)>,
    /// Participants at which it stubs replies.
    pub stubs: Vec<Participant>,
    /// Participants at which it watches for messages.
    pub watches: Vec<Participant>,
    /// Whether it sends notifications, whose bearer only the identity provider can make.
    pub bearers: bool,
    /// Participants that the runner plays, with their credentials.
    pub plays: Vec<Participant>,
    /// Whether it needs a second customer.
    pub other_customer: bool,
    /// Whether it watches token calls, which name no case.
    pub tokens: bool,
    /// Whether it needs a browser that is kept from one visit to the next.
    pub same_browser: bool,
    /// Whether it compares with the ledger of a customer.
    pub ledger: bool,
    /// Whether it judges what a page of the service shows a customer.
    pub service_pages: bool,
    /// How often the customer's browser visits pages, with the visits of its flows and branches.
    pub visits: usize,
    /// How often that of the second customer does.
    pub other_visits: usize,
}

impl Needs {
    /// Tells whether the case changes what others share, where a stage is shared.
    ///
    /// The clock of a live participant is not moved: the case waits, and nobody else notices.
    pub fn exclusive(&self, mode: Mode) -> bool {
        let registers = self.bank_actions.iter().any(|name| name == "register-bank");
        let moves_a_clock = self.ages.iter().any(|(who, _)| !mode.is_live(*who));
        moves_a_clock || !self.stubs.is_empty() || self.tokens || registers
    }

    /// Adds a bank action that is triggered.
    pub(in crate::plan) fn add_bank_action(&mut self, name: &str) {
        if !self.bank_actions.iter().any(|known| known == name) {
            self.bank_actions.push(name.to_owned());
        }
    }

    /// Adds a participant whose things become older by a time.
    pub(in crate::plan) fn add_aged(&mut self, participant: Participant, by: Duration) {
        add(&mut self.ages, (participant, by));
    }

    /// Adds a participant at which replies are stubbed.
    pub(in crate::plan) fn add_stub(&mut self, participant: Participant) {
        add(&mut self.stubs, participant);
    }

    /// Adds a participant at which messages are watched.
    pub(in crate::plan) fn add_watched(&mut self, participant: Participant) {
        add(&mut self.watches, participant);
        self.tokens |= participant == Participant::Sageid;
    }

    /// Adds a participant that the runner plays.
    pub(in crate::plan) fn add_player(&mut self, participant: Participant) {
        add(&mut self.plays, participant);
    }

    /// Adds all that a flow needs.
    pub(in crate::plan) fn merge(&mut self, flow: &Self) {
        for name in &flow.bank_actions {
            self.add_bank_action(name);
        }
        flow.ages.iter().for_each(|aged| add(&mut self.ages, *aged));
        for (own, others) in [
            (&mut self.stubs, &flow.stubs),
            (&mut self.watches, &flow.watches),
            (&mut self.plays, &flow.plays),
        ] {
            others.iter().for_each(|participant| add(own, *participant));
        }
        self.other_customer |= flow.other_customer;
        self.tokens |= flow.tokens;
        self.bearers |= flow.bearers;
        self.ledger |= flow.ledger;
        self.same_browser |= flow.same_browser;
        self.service_pages |= flow.service_pages;
        self.visits += flow.visits;
        self.other_visits += flow.other_visits;
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}
