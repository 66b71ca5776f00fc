//! Limits requests a second: a bucket of tokens that refills at the agreed rate.
//!
//! Which requests count and what a refusal looks like is left to `provider_gate`.
//!
//! Hand-written, because a rehearsal runs in simulated time: the caller passes Tokio's clock, which a paused runtime
//! moves. Rate-limit crates such as `governor` read clocks of their own, and tower's limit delays requests instead of
//! refusing them.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of as many requests as the rate allows in a second, and a burst beside.
///
/// By default the burst is a fifth of the rate, rounded down: requests that leave evenly arrive unevenly, and a caller
/// that keeps to the rate must not be refused for delays of the network.
#[derive(Debug)]
pub(super) struct Throttle {
    rate: f64,
    capacity: f64,
    left: f64,
    filled: Option<Instant>,
}

impl Throttle {
    /// Makes a full bucket for `rate` requests a second and `burst` more at once; a rate of 0 admits no more than those.
    pub(super) fn new(rate: u32, burst: Option<u32>) -> Self {
        let capacity = f64::from(rate) + f64::from(burst.unwrap_or(rate / 5));
        Self {
            rate: f64::from(rate),
            capacity,
            left: capacity,
            filled: None,
        }
    }

    /// Admits one request at `now`.
    ///
    /// # Errors
    /// The whole seconds, at least one, after which the next one fits.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), u64> {
        let passed = self.filled.map_or(Duration::ZERO, |filled| {
            now.saturating_duration_since(filled)
        });
        self.filled = Some(now);
        self.left = (self.left + passed.as_secs_f64() * self.rate).min(self.capacity);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        // A rate is 0 or at least 1, so that a whole second is always enough or nothing is.
        Err(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(throttle: &mut Throttle, now: Instant, tries: usize) -> usize {
        (0..tries).filter(|_| throttle.admit(now).is_ok()).count()
    }

    #[test]
    fn a_burst_fits_and_the_next_request_does_not() {
        let now = Instant::now();
        for (rate, burst, fits) in [
            (1, None, 1),
            (4, None, 4),
            (10, None, 12),
            (10, Some(0), 10),
            (10, Some(5), 15),
            (0, None, 0),
        ] {
            let mut throttle = Throttle::new(rate, burst);
            assert_eq!(admitted(&mut throttle, now, 30), fits, "{rate} {burst:?}");
        }
    }

    #[test]
    fn a_burst_is_lent_once_and_comes_back_at_the_rate() {
        let start = Instant::now();
        let mut throttle = Throttle::new(10, Some(0));
        assert_eq!(admitted(&mut throttle, start, 30), 10);
        let later = |millis| start + Duration::from_millis(millis);
        assert_eq!(admitted(&mut throttle, later(500), 30), 5);
        assert_eq!(admitted(&mut throttle, later(10_000), 30), 10);
    }

    #[test]
    fn the_bucket_refills_at_the_rate_and_not_beyond_its_size() {
        let start = Instant::now();
        let mut throttle = Throttle::new(2, None);
        assert_eq!(admitted(&mut throttle, start, 9), 2);
        let later = |millis| start + Duration::from_millis(millis);
        assert_eq!(throttle.admit(later(499)), Err(1));
        assert_eq!(throttle.admit(later(500)), Ok(()));
        assert_eq!(throttle.admit(later(500)), Err(1));
        assert_eq!(admitted(&mut throttle, later(60_000), 9), 2);
        // A clock that stands or goes back gives nothing and takes nothing.
        assert_eq!(throttle.admit(start), Err(1));
    }

    #[test]
    fn a_steady_caller_at_the_rate_is_never_refused_for_uneven_arrival() {
        let start = Instant::now();
        let mut throttle = Throttle::new(10, None);
        assert_eq!(admitted(&mut throttle, start, 10), 10);
        for index in 1..200_u64 {
            // Every other request comes up to 90 ms late, close before the next one.
            let late = if index % 2 == 0 { 0 } else { 90 };
            let now = start + Duration::from_millis(index * 100 + late);
            assert_eq!(throttle.admit(now), Ok(()), "request {index}");
        }
    }
}
