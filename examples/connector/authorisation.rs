//! Announced authorisations, and the customers' visits. Pure: the caller passes the time.
//!
//! The pages carry no bearer. An authorisation id protects them: it must have been announced in a notification, be
//! younger than 20 minutes and unused.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The longest time that a visit takes.
const VISIT: Duration = Duration::from_secs(20 * 60);

/// The time for which an authorisation is stored, so that a repeated announcement has no effect.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// The number of wrong passwords that ends a visit.
const ATTEMPTS: u8 = 3;

/// The announced authorisations.
#[derive(Debug)]
pub struct Authorisations {
    /// The lifetime of an announced authorisation.
    lifetime: Duration,
    announced: HashMap<String, Announced>,
    /// Visits by their tickets, which are hidden fields of the forms.
    visits: HashMap<String, Visit>,
}

#[derive(Clone, Copy, Debug)]
struct Announced {
    at: Instant,
    used: bool,
}

/// One visit of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Id of the authorisation.
    pub authorisation: String,
    /// The address to which the customer returns.
    pub redirect_uri: String,
    /// The state that is added to it.
    pub state: String,
    /// Its purpose.
    pub purpose: Purpose,
    /// User name of the customer, once logged in.
    pub customer: Option<String>,
    failures: u8,
    begun: Instant,
}

/// The purpose of an authorisation; the page that the browser opens determines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To link accounts.
    Link,
    /// To renew the consent of the customer to whom this account belongs.
    Renew {
        /// The external id of the account.
        external_id: String,
    },
}

/// Why an authorisation id is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was never announced.
    Unknown,
    /// It has expired.
    Expired,
    /// It was used.
    Used,
}

impl Refusal {
    /// Returns the message for the customer.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "This link is not known to the bank.",
            Self::Expired => "This link is too old. Please start again.",
            Self::Used => "This link was used before. Please start again.",
        }
    }
}

/// The effect of a failed login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The customer may try again.
    Again,
    /// The visit is over.
    Over(Visit),
}

impl Authorisations {
    /// Starts without any.
    pub fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            announced: HashMap::new(),
            visits: HashMap::new(),
        }
    }

    /// Stores an announced authorisation; a repetition changes nothing.
    pub fn announce(&mut self, id: &str, now: Instant) {
        self.announced
            .retain(|_, announced| now.duration_since(announced.at) < MEMORY);
        self.visits
            .retain(|_, visit| now.duration_since(visit.begun) < VISIT);
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
            Some(announced) if now.duration_since(announced.at) > self.lifetime => {
                Err(Refusal::Expired)
            }
            Some(Announced { used: true, .. }) => Err(Refusal::Used),
            Some(_) => Ok(()),
        }
    }

    /// Begins a visit with an unguessable ticket.
    pub fn begin(&mut self, ticket: String, visit: Visit) {
        self.visits.insert(ticket, visit);
    }

    /// Returns a visit.
    pub fn visit(&self, ticket: &str) -> Option<&Visit> {
        self.visits.get(ticket)
    }

    /// Records the customer of a visit.
    pub fn log_in(&mut self, ticket: &str, username: &str) {
        if let Some(visit) = self.visits.get_mut(ticket) {
            visit.customer = Some(username.to_owned());
        }
    }

    /// Records a failed login.
    pub fn fail(&mut self, ticket: &str) -> Option<Failed> {
        let visit = self.visits.get_mut(ticket)?;
        visit.failures += 1;
        if visit.failures < ATTEMPTS {
            return Some(Failed::Again);
        }
        self.end(ticket).map(Failed::Over)
    }

    /// Ends a visit and marks its authorisation as used.
    pub fn end(&mut self, ticket: &str) -> Option<Visit> {
        let visit = self.visits.remove(ticket)?;
        if let Some(announced) = self.announced.get_mut(&visit.authorisation) {
            announced.used = true;
        }
        Some(visit)
    }
}

impl Visit {
    /// Makes a visit before the login.
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

    /// Returns the address to which the customer returns: the given address unchanged, with the state added.
    pub fn way_back(&self) -> String {
        let (address, fragment) = match self.redirect_uri.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (self.redirect_uri.as_str(), None),
        };
        let joint = if address.contains('?') { '&' } else { '?' };
        let state: String = url::form_urlencoded::byte_serialize(self.state.as_bytes()).collect();
        let fragment = fragment.map_or(String::new(), |fragment| format!("#{fragment}"));
        format!("{address}{joint}state={state}{fragment}")
    }
}
