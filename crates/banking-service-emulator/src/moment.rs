//! Points in time that can be moved into the past.
//!
//! Ageing dates nothing in the future: existing entries get an earlier time of creation, later ones their own.
//! Formatting of dates is left to `fields`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in whole milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i64);

impl Moment {
    /// Reads the system clock; a clock before 1970 reads as the epoch.
    pub(super) fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(millis(since))
    }

    /// Returns the moment that lies `by` later.
    pub(super) fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// Returns the moment that lies `by` earlier.
    pub(super) fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }

    /// Says whether `life` has passed between this moment and `now`; the last instant still counts as alive.
    pub(super) fn outlived(self, life: Duration, now: Self) -> bool {
        self.plus(life) < now
    }

    /// Whole seconds since the epoch, as JSON Web Tokens count them (RFC 7519, section 2).
    pub(super) fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment a token names, from whole seconds since the epoch.
    pub(super) fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instant_of_a_life_is_alive_and_the_next_is_not() {
        let born = Moment(1_000);
        let life = Duration::from_millis(500);
        assert!(!born.outlived(life, Moment(1_500)));
        assert!(born.outlived(life, Moment(1_501)));
    }

    #[test]
    fn ageing_moves_back_and_never_overflows() {
        let born = Moment(5_000);
        assert_eq!(born.minus(Duration::from_secs(2)), Moment(3_000));
        assert!(born.minus(Duration::MAX) < born);
        assert!(born.plus(Duration::MAX) > born);
        assert_eq!(Moment::from_seconds(7).seconds(), 7);
    }
}
