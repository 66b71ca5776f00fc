//! The pace of requests to live participants: a rate that all cases share, and the pauses that a 429 asks for.
//!
//! Nothing is dropped or sent twice here. `governor` would keep the rate only, not the pauses of single origins, and needs
//! a clock of its own to follow the paused time of tokio, in which tests and simulated runs measure the pace.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The longest pause that a `Retry-After` can ask for; longer ones are cut to this.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// When the next request may be sent.
#[derive(Debug, Default)]
pub struct Pace {
    /// The time between two requests; `None` without a rate.
    gap: Option<Duration>,
    /// The first moment at which no request is planned yet.
    next: Mutex<Option<Instant>>,
    /// The end of the pause of each origin that asked for one.
    closed: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// Makes a pace of so many requests per second for all cases together; `None` for no bound.
    pub fn new(requests_per_second: Option<NonZeroU32>) -> Self {
        Self {
            gap: requests_per_second.map(|rate| Duration::from_secs(1) / rate.get()),
            ..Self::default()
        }
    }

    /// Waits until a request may be sent to an origin; requests go in the order in which they ask.
    pub async fn turn(&self, origin: &str) {
        let open = {
            let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            closed.get(origin).copied()
        };
        if let Some(open) = open {
            tokio::time::sleep_until(open).await;
        }
        let Some(gap) = self.gap else {
            return;
        };
        let planned = {
            let now = Instant::now();
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let planned = next.map_or(now, |next| next.max(now));
            *next = Some(planned + gap);
            planned
        };
        tokio::time::sleep_until(planned).await;
    }

    /// Notes a response: after a 429 with `Retry-After` in seconds the origin gets no request for that time.
    pub fn note_response(&self, origin: &str, status: u16, headers: &[(String, String)]) {
        if status != 429 {
            return;
        }
        let pause = headers
            .iter()
            .find(|(name, _)| name == "retry-after")
            .and_then(|(_, value)| value.trim().parse().ok())
            .map(Duration::from_secs);
        if let Some(pause) = pause {
            let until = Instant::now() + pause.min(PAUSE_MAX);
            let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            let open = closed.entry(origin.to_owned()).or_insert(until);
            *open = until.max(*open);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_together_keep_to_the_rate() {
        let pace = Pace::new(NonZeroU32::new(4));
        let begun = Instant::now();
        join_all((0..9).map(|_| pace.turn("http://a"))).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
        // A pause is not saved up for a burst.
        tokio::time::sleep(Duration::from_secs(100)).await;
        let begun = Instant::now();
        join_all((0..3).map(|_| pace.turn("http://a"))).await;
        assert_eq!(begun.elapsed(), Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn an_origin_gets_the_pause_that_it_asks_for_and_no_other_does() {
        let pace = Pace::new(None);
        let after = |value: &str| vec![("retry-after".to_owned(), value.to_owned())];
        pace.note_response("http://a", 429, &after("3"));
        pace.note_response("http://b", 503, &after("3"));
        pace.note_response("http://c", 429, &after("Fri, 31 Dec 1999 23:59:59 GMT"));
        let begun = Instant::now();
        for other in ["http://b", "http://c"] {
            pace.turn(other).await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        pace.turn("http://a").await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        pace.note_response("http://a", 429, &after("86400"));
        pace.turn("http://a").await;
        assert_eq!(begun.elapsed(), Duration::from_secs(63), "the pause is cut");
    }
}
