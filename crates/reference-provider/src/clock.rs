//! A clock that can make everything that the provider stores older.
//!
//! Dates in statements and the expiry of bearers use wall time instead.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The time since the provider was created, plus all ageing.
///
/// Moving the present forward has the same effect as moving every stored time back; no stored time is in the future.
#[derive(Debug)]
pub(super) struct Clock {
    born: Instant,
    aged_ms: AtomicU64,
}

impl Clock {
    /// Starts a clock at zero.
    pub(super) fn new() -> Self {
        Clock {
            born: Instant::now(),
            aged_ms: AtomicU64::new(0),
        }
    }

    /// Returns the present time on this clock.
    pub(super) fn now(&self) -> Duration {
        self.born
            .elapsed()
            .saturating_add(Duration::from_millis(self.aged_ms.load(Ordering::Relaxed)))
    }

    /// Makes all stored times older, in whole milliseconds.
    pub(super) fn age(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let older = |aged: u64| Some(aged.saturating_add(by));
        // The closure never returns `None`, so the update cannot fail.
        let _ = self
            .aged_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, older);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ageing_makes_stored_times_older_and_never_overflows() {
        let clock = Clock::new();
        let before = clock.now();
        clock.age(Duration::from_secs(60));
        assert!(clock.now() - before >= Duration::from_secs(60));
        clock.age(Duration::MAX);
        clock.age(Duration::MAX);
        assert!(clock.now() > Duration::from_secs(60));
    }
}
