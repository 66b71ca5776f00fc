//! The visits of a run: which browser makes them, how many at once, and the one-time codes that they have used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::browser::STEP_SECONDS;
use crate::runner::person::Person;

/// Maximum number of Chromium browsers open at once; each takes some hundred megabytes.
const BROWSERS_MAX: usize = 2;

/// The browser of the customer.
#[derive(Default)]
pub enum BrowserDriver {
    /// feedproof's own client, which runs no scripts.
    #[default]
    Http,
    /// A Chromium, driven over WebDriver at this address.
    WebDriver(String),
    /// A person with a browser; `None` where there is no terminal to ask at.
    Person(Option<Arc<dyn Person>>),
}

impl std::fmt::Debug for BrowserDriver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Http => "Http",
            Self::WebDriver(_) => "WebDriver",
            Self::Person(_) => "Person",
        })
    }
}

/// Makes the visits of a run possible: chooses the browser, bounds their number, and hands out one-time codes.
#[derive(Debug)]
pub struct Visits {
    /// The browser that makes them.
    pub driver: BrowserDriver,
    /// Permits for visits at the same time, except those of feedproof's own client.
    permits: Semaphore,
    /// The last step of each secret for which a code was handed out, by the secret's handle.
    steps: Mutex<HashMap<String, u64>>,
}

impl Default for Visits {
    fn default() -> Self {
        Self::by(BrowserDriver::Http)
    }
}

impl Visits {
    /// Makes visits with a browser.
    pub fn by(driver: BrowserDriver) -> Self {
        let permits = match &driver {
            BrowserDriver::Person(_) => 1,
            BrowserDriver::Http | BrowserDriver::WebDriver(_) => BROWSERS_MAX,
        };
        Self {
            driver,
            permits: Semaphore::new(permits),
            steps: Mutex::default(),
        }
    }

    /// Waits until a further visit may begin.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub(super) async fn permit(&self) -> SemaphorePermit<'_> {
        let permit = self.permits.acquire().await;
        permit.expect("the semaphore of visits is never closed")
    }

    /// Waits until a person can be asked for something else than a visit: one task is before a person at a time.
    pub(super) async fn attention(&self) -> Option<SemaphorePermit<'_>> {
        match &self.driver {
            BrowserDriver::Person(_) => Some(self.permit().await),
            BrowserDriver::Http | BrowserDriver::WebDriver(_) => None,
        }
    }

    /// Takes the next step of a secret for which no code was handed out, and returns it with the time until it begins.
    ///
    /// A code is good once (RFC 6238, section 5.2): a provider may refuse one that it has seen.
    pub(super) fn take_step(&self, secret: &str, now: u64) -> (u64, Duration) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_handed_out_twice() {
        let visits = Visits::default();
        let take = |secret, now| {
            let (step, wait) = visits.take_step(secret, now);
            (step, wait.as_secs())
        };
        assert_eq!(take("a", 70), (2, 0));
        assert_eq!(take("a", 71), (3, 19), "the next begins at 90");
        assert_eq!(take("b", 71), (2, 0), "another customer's is another code");
        assert_eq!(take("a", 95), (4, 25));
        assert_eq!(take("a", 300), (10, 0));
    }
}
