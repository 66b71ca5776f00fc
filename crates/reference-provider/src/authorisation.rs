//! The authorisations that the service announced, and their browser sessions.
//!
//! An authorisation is valid for one use within its lifetime. This module sends nothing: `auth` shows the pages and
//! reports the result, `notification` receives announcements.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use thiserror::Error;
use uuid::Uuid;

use super::fault::Fault;
use super::redirect::Destination;
use super::settings::Settings;

/// The most stored authorisations; the oldest is removed first and is then unknown.
const AUTHORISATIONS_MAX: usize = 10_000;
/// The most open browser sessions of one authorisation; the oldest ends first.
const SESSIONS_MAX: usize = 8;
/// The number of wrong passwords that ends an authorisation.
pub(super) const ATTEMPTS_MAX: u32 = 5;

/// Why an authorisation may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum AuthorisationRefusal {
    /// No notification announced it.
    #[error("this authorisation was not announced")]
    Unannounced,
    /// It was announced for another bank.
    #[error("this authorisation is for another bank")]
    OtherBank,
    /// It is older than its lifetime.
    #[error("this authorisation has expired")]
    Expired,
    /// It was used or cancelled before.
    #[error("this authorisation was used before")]
    Used,
    /// The browser session is unknown or was replaced.
    #[error("this session has ended")]
    NoSession,
}

/// The purpose of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Linking: any customer may log in, all of the customer's accounts are reported.
    Link,
    /// Renewing consent: only this customer may log in, no account is reported.
    Renew {
        /// The position of the customer in the ledger.
        customer: usize,
    },
}

impl Purpose {
    /// Tells whether it renews consent.
    pub(super) fn renews(&self) -> bool {
        matches!(self, Purpose::Renew { .. })
    }
}

/// A browser session between login and consent.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Its purpose.
    pub purpose: Purpose,
    /// The destination of the browser at the end.
    pub destination: Destination,
    /// The customer who logged in, as a position in the ledger.
    pub customer: Option<usize>,
    authorisation: Uuid,
}

/// A session whose customer decided; its authorisation cannot be used again.
#[derive(Clone, Debug)]
pub(super) struct UsedAuthorisation {
    /// The authorisation's id as it was announced.
    pub authorisation: String,
    /// The session that ended.
    pub session: Session,
}

#[derive(Debug)]
struct Authorisation {
    id: String,
    /// The service's id of its bank, if the announcement has one.
    bank: Option<String>,
    announced: Duration,
    used: bool,
    failures: u32,
    sessions: VecDeque<String>,
}

/// All authorisations and sessions.
#[derive(Debug, Default)]
pub(super) struct Authorisations {
    authorisations: HashMap<Uuid, Authorisation>,
    order: VecDeque<Uuid>,
    sessions: HashMap<String, Session>,
}

impl Authorisations {
    /// Stores an announced id with its bank and time; a repetition changes nothing.
    pub(super) fn announce(&mut self, key: Uuid, id: &str, bank: Option<&str>, now: Duration) {
        if self.authorisations.contains_key(&key) {
            return;
        }
        if self.order.len() >= AUTHORISATIONS_MAX
            && let Some(oldest) = self.order.pop_front()
            && let Some(forgotten) = self.authorisations.remove(&oldest)
        {
            for session in forgotten.sessions {
                self.sessions.remove(&session);
            }
        }
        self.order.push_back(key);
        let entry = Authorisation {
            id: id.to_owned(),
            bank: bank.map(str::to_owned),
            announced: now,
            used: false,
            failures: 0,
            sessions: VecDeque::new(),
        };
        self.authorisations.insert(key, entry);
    }

    /// Tells whether an authorisation was announced.
    pub(super) fn is_announced(&self, key: Uuid) -> bool {
        self.authorisations.contains_key(&key)
    }

    /// Forgets an authorisation, which only a fault does; its sessions end.
    pub(super) fn forget(&mut self, key: Uuid) {
        self.order.retain(|known| *known != key);
        if let Some(forgotten) = self.authorisations.remove(&key) {
            for session in forgotten.sessions {
                self.sessions.remove(&session);
            }
        }
    }

    /// Forgets every authorisation but one, which only a fault does.
    pub(super) fn forget_others(&mut self, key: Uuid) {
        let others: Vec<_> = self.order.iter().copied().collect();
        for other in others.into_iter().filter(|other| *other != key) {
            self.forget(other);
        }
    }

    /// Counts the lifetime of an authorisation anew, which only a fault does.
    pub(super) fn extend(&mut self, key: Uuid, now: Duration) {
        if let Some(entry) = self.authorisations.get_mut(&key) {
            entry.announced = now;
        }
    }

    /// Makes a used authorisation usable again, which only a fault does.
    pub(super) fn reopen(&mut self, id: &str) {
        let key = Uuid::try_parse(id).ok();
        if let Some(entry) = key.and_then(|key| self.authorisations.get_mut(&key)) {
            entry.used = false;
        }
    }

    /// Returns the id that was announced last.
    pub(super) fn latest(&self) -> Option<&str> {
        let entry = self
            .order
            .back()
            .and_then(|key| self.authorisations.get(key));
        entry.map(|entry| entry.id.as_str())
    }

    /// Checks whether an authorisation may be used now for a purpose, with the bank in the browser's request.
    ///
    /// A request without a bank is accepted; a request with another bank than announced is refused.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub(super) fn admit(
        &mut self,
        id: &str,
        bank: Option<&str>,
        purpose: &Purpose,
        now: Duration,
        settings: &Settings,
    ) -> Result<Uuid, AuthorisationRefusal> {
        let key = Uuid::try_parse(id).map_err(|_| AuthorisationRefusal::Unannounced)?;
        let shows = |always, renewing| {
            settings.shows(always) || purpose.renews() && settings.shows(renewing)
        };
        if shows(
            Fault::AcceptsUnannouncedAuthorisation,
            Fault::ReauthorisesUnannounced,
        ) {
            self.announce(key, id, None, now);
        }
        if shows(Fault::AcceptsUsedAuthorisation, Fault::ReauthorisesUsed)
            && let Some(entry) = self.authorisations.get_mut(&key)
        {
            entry.used = false;
            entry.failures = 0;
        }
        self.check(key, now, settings)?;
        if settings.shows(Fault::AbandonedSessionIsFinal) && self.any_abandoned(now, settings) {
            return Err(AuthorisationRefusal::NoSession);
        }
        let announced = self
            .authorisations
            .get(&key)
            .and_then(|entry| entry.bank.as_deref());
        match (announced, bank) {
            (Some(announced), Some(bank)) if !announced.eq_ignore_ascii_case(bank) => {
                Err(AuthorisationRefusal::OtherBank)
            }
            _ => Ok(key),
        }
    }

    /// Opens a browser session for an admitted authorisation and returns its token.
    pub(super) fn open(&mut self, key: Uuid, purpose: Purpose, destination: Destination) -> String {
        let session = Session {
            purpose,
            destination,
            customer: None,
            authorisation: key,
        };
        self.insert(session)
    }

    /// Returns the session with this token if its authorisation may still be used.
    ///
    /// # Errors
    /// The reason why the customer cannot continue.
    pub(super) fn session(
        &self,
        token: &str,
        now: Duration,
        settings: &Settings,
    ) -> Result<&Session, AuthorisationRefusal> {
        let session = self
            .sessions
            .get(token)
            .ok_or(AuthorisationRefusal::NoSession)?;
        self.check(session.authorisation, now, settings)?;
        Ok(session)
    }

    /// Returns the destination of a session, even if its authorisation is no longer valid.
    pub(super) fn destination(&self, token: &str) -> Option<&Destination> {
        self.sessions.get(token).map(|session| &session.destination)
    }

    /// Records the customer and returns the session's new token; the old token is no longer valid.
    pub(super) fn log_in(&mut self, token: &str, customer: usize) -> Option<String> {
        let mut session = self.close(token)?;
        session.customer = Some(customer);
        Some(self.insert(session))
    }

    /// Counts a wrong password and returns whether a further attempt is allowed.
    pub(super) fn fail_login(&mut self, token: &str) -> bool {
        let entry = self
            .sessions
            .get(token)
            .and_then(|session| self.authorisations.get_mut(&session.authorisation));
        entry.is_some_and(|entry| {
            entry.failures += 1;
            entry.failures < ATTEMPTS_MAX
        })
    }

    /// Ends the session and marks its authorisation as used, in one step, so that only one of two decisions has an effect.
    ///
    /// # Errors
    /// The reason why the customer can no longer decide.
    pub(super) fn take(
        &mut self,
        token: &str,
        now: Duration,
        settings: &Settings,
    ) -> Result<UsedAuthorisation, AuthorisationRefusal> {
        self.session(token, now, settings)?;
        let session = self.close(token).ok_or(AuthorisationRefusal::NoSession)?;
        let entry = self
            .authorisations
            .get_mut(&session.authorisation)
            .ok_or(AuthorisationRefusal::Unannounced)?;
        entry.used = true;
        Ok(UsedAuthorisation {
            authorisation: entry.id.clone(),
            session,
        })
    }

    fn check(
        &self,
        key: Uuid,
        now: Duration,
        settings: &Settings,
    ) -> Result<(), AuthorisationRefusal> {
        let entry = self
            .authorisations
            .get(&key)
            .ok_or(AuthorisationRefusal::Unannounced)?;
        let age = now.saturating_sub(entry.announced);
        if entry.used {
            return Err(AuthorisationRefusal::Used);
        }
        if age >= settings.authorisation_life && !settings.shows(Fault::AcceptsExpiredAuthorisation)
        {
            return Err(AuthorisationRefusal::Expired);
        }
        Ok(())
    }

    /// Tells whether a customer left an authorisation open until it expired.
    fn any_abandoned(&self, now: Duration, settings: &Settings) -> bool {
        self.authorisations.values().any(|entry| {
            let age = now.saturating_sub(entry.announced);
            !entry.used && !entry.sessions.is_empty() && age >= settings.authorisation_life
        })
    }

    fn insert(&mut self, session: Session) -> String {
        let token = Uuid::new_v4().simple().to_string();
        if let Some(entry) = self.authorisations.get_mut(&session.authorisation) {
            entry.sessions.push_back(token.clone());
            if entry.sessions.len() > SESSIONS_MAX
                && let Some(oldest) = entry.sessions.pop_front()
            {
                self.sessions.remove(&oldest);
            }
            self.sessions.insert(token.clone(), session);
        }
        token
    }

    fn close(&mut self, token: &str) -> Option<Session> {
        let session = self.sessions.remove(token)?;
        if let Some(entry) = self.authorisations.get_mut(&session.authorisation) {
            entry.sessions.retain(|open| open != token);
        }
        Some(session)
    }
}

#[cfg(test)]
mod tests;
