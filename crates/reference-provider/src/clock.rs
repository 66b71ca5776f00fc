//! A clock by which everything the provider remembers can be made older.
//!
//! Wall time (dates in statements, the expiry of bearers) is not its business.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Time since the provider was created plus all the ageing asked for.
///
/// Moving the present forward is the same as moving every remembered moment back; nothing is ever dated in
/// the future by it.
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

    /// Returns the present moment on this clock.
    pub(super) fn now(&self) -> Duration {
        self.born
            .elapsed()
            .saturating_add(Duration::from_millis(self.aged_ms.load(Ordering::Relaxed)))
    }

    /// Makes everything dated so far older, in whole milliseconds.
    pub(super) fn age(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let older = |aged: u64| Some(aged.saturating_add(by));
        // The closure never answers `None`, so the update cannot fail.
        let _ = self
            .aged_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, older);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_makes_the_past_older_and_never_overflows() {
        let clock = Clock::new();
        let before = clock.now();
        clock.age(Duration::from_secs(60));
        assert!(clock.now() - before >= Duration::from_secs(60));
        clock.age(Duration::MAX);
        clock.age(Duration::MAX);
        assert!(clock.now() > Duration::from_secs(60));
    }
}
