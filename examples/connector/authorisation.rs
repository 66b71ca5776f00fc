//! Authorisations: which were announced, and how far the customers' visits have come. Pure; time comes from outside.
//!
//! The pages carry no bearer. An authorisation id protects them: it must have been announced in a notification, be
//! younger than 20 minutes and unused.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long an announced authorisation may be used.
const LIFE: Duration = Duration::from_secs(20 * 60);

/// How long an authorisation is remembered, so that a repeated announcement does not revive it.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// How often a customer may get the password wrong in one visit.
const ATTEMPTS: u8 = 3;

/// The authorisations that we know of.
#[derive(Debug, Default)]
pub struct Authorisations {
    announced: HashMap<String, Announced>,
    /// Visits by their tickets, which the forms carry.
    visits: HashMap<String, Visit>,
}

#[derive(Clone, Copy, Debug)]
struct Announced {
    at: Instant,
    used: bool,
}

/// One opening of our page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Id of the authorisation.
    pub authorisation: String,
    /// Where the customer comes from and goes back to.
    pub redirect_uri: String,
    /// What is added to that.
    pub state: String,
    /// What it is for.
    pub purpose: Purpose,
    /// User name of the customer, once logged in.
    pub customer: Option<String>,
    failures: u8,
    begun: Instant,
}

/// What an authorisation is for; only the page that is opened tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To link accounts.
    Link,
    /// To renew the consent of the customer to whom this account belongs.
    Renew {
        /// Our handle of the account.
        external_id: String,
    },
}

/// Why an authorisation id is not honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was never announced.
    Unknown,
    /// It is too old.
    Expired,
    /// It was used.
    Used,
}

impl Refusal {
    /// Tells the customer.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "This link is not known to the bank.",
            Self::Expired => "This link is too old. Please start again.",
            Self::Used => "This link was used before. Please start again.",
        }
    }
}

/// How a failed login goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The customer may try again.
    Again,
    /// That was once too often: the visit is over.
    Over(Visit),
}

impl Authorisations {
    /// Takes note of an announced authorisation; a repetition changes nothing.
    pub fn announce(&mut self, id: &str, now: Instant) {
        self.announced
            .retain(|_, one| now.duration_since(one.at) < MEMORY);
        self.visits
            .retain(|_, one| now.duration_since(one.begun) < LIFE);
        self.announced.entry(id.to_owned()).or_insert(Announced {
            at: now,
            used: false,
        });
    }

    /// Checks that an authorisation may be used.
    ///
    /// # Errors
    /// [`Refusal`] if not.
    pub fn check(&self, id: &str, now: Instant) -> Result<(), Refusal> {
        match self.announced.get(id) {
            None => Err(Refusal::Unknown),
            Some(one) if now.duration_since(one.at) > LIFE => Err(Refusal::Expired),
            Some(Announced { used: true, .. }) => Err(Refusal::Used),
            Some(_) => Ok(()),
        }
    }

    /// Begins a visit under a ticket that nobody can guess.
    pub fn begin(&mut self, ticket: String, visit: Visit) {
        self.visits.insert(ticket, visit);
    }

    /// Returns a visit.
    pub fn visit(&self, ticket: &str) -> Option<&Visit> {
        self.visits.get(ticket)
    }

    /// Notes who the customer is.
    pub fn log_in(&mut self, ticket: &str, username: &str) {
        if let Some(visit) = self.visits.get_mut(ticket) {
            visit.customer = Some(username.to_owned());
        }
    }

    /// Notes that a login failed.
    pub fn fail(&mut self, ticket: &str) -> Option<Failed> {
        let visit = self.visits.get_mut(ticket)?;
        visit.failures += 1;
        if visit.failures < ATTEMPTS {
            return Some(Failed::Again);
        }
        self.end(ticket).map(Failed::Over)
    }

    /// Ends a visit; its authorisation is used from now on.
    pub fn end(&mut self, ticket: &str) -> Option<Visit> {
        let visit = self.visits.remove(ticket)?;
        if let Some(announced) = self.announced.get_mut(&visit.authorisation) {
            announced.used = true;
        }
        Some(visit)
    }
}

impl Visit {
    /// Makes a visit of somebody who has not logged in.
    pub fn new(
        authorisation: String,
        redirect_uri: String,
        state: String,
        purpose: Purpose,
        now: Instant,
    ) -> Self {
        Self {
            authorisation,
            redirect_uri,
            state,
            purpose,
            customer: None,
            failures: 0,
            begun: now,
        }
    }

    /// Returns the address to go back to: the one that was given, as it was given, with the state added.
    pub fn way_back(&self) -> String {
        let (address, fragment) = match self.redirect_uri.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (self.redirect_uri.as_str(), None),
        };
        let joint = if address.contains('?') { '&' } else { '?' };
        let state: String = url::form_urlencoded::byte_serialize(self.state.as_bytes()).collect();
        let fragment = fragment.map_or(String::new(), |one| format!("#{one}"));
        format!("{address}{joint}state={state}{fragment}")
    }
}
