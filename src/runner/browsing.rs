//! Who plays the customer's browser, and the one-time codes that customers have used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::browser::{STEP_SECONDS, one_time_code};
use crate::runner::check::INTERRUPTED;
use crate::runner::live::Live;
use crate::runner::person::Person;
use crate::tap::now_seconds;
use plan_language::plan::VISIT;

/// How many driven browsers are open at once; each takes some hundred megabytes.
const BROWSERS_MAX: usize = 2;

/// Who plays the customer's browser.
#[derive(Default)]
pub enum Means {
    /// The client of our own.
    #[default]
    Http,
    /// A Chromium, driven by the WebDriver at this address.
    WebDriver(String),
    /// A person; nobody, where there is no terminal.
    Person(Option<Arc<dyn Person>>),
}

impl std::fmt::Debug for Means {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Http => "Http",
            Self::WebDriver(_) => "WebDriver",
            Self::Person(_) => "Person",
        })
    }
}

/// How visits are made in a run.
#[derive(Debug)]
pub struct Browsing {
    /// Who makes them.
    pub means: Means,
    /// Visits that may be under way at once, unless the client of our own makes them.
    places: Semaphore,
    /// The last step of each secret of which a code was handed out, by the secret's handle.
    steps: Mutex<HashMap<String, u64>>,
}

impl Default for Browsing {
    fn default() -> Self {
        Self::by(Means::Http)
    }
}

impl Browsing {
    /// Has visits made by someone.
    pub fn by(means: Means) -> Self {
        let places = match &means {
            Means::Person(_) => 1,
            Means::Http | Means::WebDriver(_) => BROWSERS_MAX,
        };
        Self {
            means,
            places: Semaphore::new(places),
            steps: Mutex::default(),
        }
    }

    /// Waits for a place among the visits that may be under way.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        let place = self.places.acquire().await;
        place.expect("nobody closes the places of visits")
    }

    /// Takes the next step of a secret of which no code was handed out, and returns it with the time until it begins.
    ///
    /// A code is good once (RFC 6238, section 5.2): a provider may refuse one that it has seen.
    fn take_step(&self, secret: &str, now: u64) -> (u64, Duration) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let current = now / STEP_SECONDS;
        let step = match steps.get(secret) {
            Some(last) if *last >= current => last + 1,
            _ => current,
        };
        steps.insert(secret.to_owned(), step);
        let wait = (step * STEP_SECONDS).saturating_sub(now);
        (step, Duration::from_secs(wait))
    }
}

impl Live<'_> {
    /// Returns the handle of a one-time code for the handle of its secret; waits for one that was not used yet.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn code(&self, secret: &str) -> Result<String, String> {
        let vault = &self.shared.tap.vault;
        let now = u64::try_from(now_seconds()).unwrap_or_default();
        let (step, wait) = self.shared.browsing.take_step(secret, now);
        tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => return Err(INTERRUPTED.to_owned()),
            // Not longer than a step, unless codes of one secret are asked for faster than they come.
            () = tokio::time::sleep(wait.min(self.shared.named(VISIT))) => {}
        }
        let code = one_time_code(&vault.fill(secret), step * STEP_SECONDS)
            .map_err(|why| why.to_string())?;
        Ok(vault.keep("one-time-code", &code).mark())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_handed_out_twice() {
        let browsing = Browsing::default();
        let take = |secret, now| {
            let (step, wait) = browsing.take_step(secret, now);
            (step, wait.as_secs())
        };
        assert_eq!(take("a", 70), (2, 0));
        assert_eq!(take("a", 71), (3, 19), "the next begins at 90");
        assert_eq!(take("b", 71), (2, 0), "another customer's is another code");
        assert_eq!(take("a", 95), (4, 25));
        assert_eq!(take("a", 300), (10, 0));
    }
}
