//! The pace of requests to live participants: a rate that all cases share, and the pauses that a 429 asks for.
//!
//! A guest keeps to the rate that was agreed on, and comes back when told to. Nothing is dropped or sent twice here.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The longest pause that a `Retry-After` is granted; who asks for more is asked again after this.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// When the next request may be sent.
#[derive(Debug, Default)]
pub struct Pace {
    /// The time between two requests; none for no rate.
    gap: Option<Duration>,
    /// The first moment that is not taken yet.
    next: Mutex<Option<Instant>>,
    /// Until when an origin wants to be left alone.
    closed: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// Makes a pace of so many requests a second by all together; without a number there is no bound.
    pub fn new(requests_per_second: Option<NonZeroU32>) -> Self {
        Self {
            gap: requests_per_second.map(|rate| Duration::from_secs(1) / rate.get()),
            ..Self::default()
        }
    }

    /// Waits until a request may be sent to an origin; those who wait are served in the order in which they came.
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
        let mine = {
            let now = Instant::now();
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = next.map_or(now, |next| next.max(now));
            *next = Some(mine + gap);
            mine
        };
        tokio::time::sleep_until(mine).await;
    }

    /// Takes note of an answer: after a 429 with `Retry-After` in seconds the origin is left alone for so long.
    pub fn heed(&self, origin: &str, status: u16, headers: &[(String, String)]) {
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
    async fn an_origin_that_asks_for_it_is_left_alone_and_no_other() {
        let pace = Pace::new(None);
        let after = |value: &str| vec![("retry-after".to_owned(), value.to_owned())];
        pace.heed("http://a", 429, &after("3"));
        pace.heed("http://b", 503, &after("3"));
        pace.heed("http://c", 429, &after("Fri, 31 Dec 1999 23:59:59 GMT"));
        let begun = Instant::now();
        for other in ["http://b", "http://c"] {
            pace.turn(other).await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        pace.turn("http://a").await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        pace.heed("http://a", 429, &after("86400"));
        pace.turn("http://a").await;
        assert_eq!(
            begun.elapsed(),
            Duration::from_secs(63),
            "patience has an end"
        );
    }
}
