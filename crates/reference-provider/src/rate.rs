//! Limits the provider's requests to the Provider API to the agreed rate.
//!
//! A token bucket lets up to twice the rate through in its first second. Here a request waits until the request `limit`
//! positions before it is a second old, so that no second ever contains more than `limit` requests; after a second
//! without requests, `limit` requests may be sent at once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The second of "requests per second", with a margin for the latency of the network.
const WINDOW: Duration = Duration::from_millis(1_050);

/// Gives every request its turn, in the order in which they ask.
#[derive(Debug)]
pub(super) struct RateLimit {
    limit: usize,
    /// The times of the last `limit` requests, past or planned.
    turns: Mutex<VecDeque<Instant>>,
}

impl RateLimit {
    /// Allows `limit` requests within any second; zero means one.
    pub(super) fn new(limit: u32) -> Self {
        RateLimit {
            limit: usize::try_from(limit).unwrap_or(usize::MAX).max(1),
            turns: Mutex::default(),
        }
    }

    /// Waits for the next turn; a turn counts even if its request is cancelled.
    pub(super) async fn turn(&self) {
        let turn = self.take(Instant::now());
        // A sleep until a past time would still last until the next tick of the timer.
        if turn > Instant::now() {
            tokio::time::sleep_until(turn).await;
        }
    }

    fn take(&self, now: Instant) -> Instant {
        // The turns stay usable after a panic: every change is complete in itself.
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        while turns.front().is_some_and(|&first| first + WINDOW <= now) {
            turns.pop_front();
        }
        let mut turn = turns.back().map_or(now, |&last| last.max(now));
        if turns.len() >= self.limit
            && let Some(first) = turns.pop_front()
        {
            turn = turn.max(first + WINDOW);
        }
        turns.push_back(turn);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_than_the_limit() {
        let rate = RateLimit::new(10);
        let mut went = Vec::new();
        for _ in 0..45 {
            rate.turn().await;
            went.push(Instant::now());
        }
        assert_eq!(went[0], went[9], "a burst goes at once");
        for (number, &later) in went.iter().enumerate().skip(10) {
            assert!(
                later - went[number - 10] > Duration::from_secs(1),
                "{number}"
            );
        }
        assert!(
            went[44] - went[0] < Duration::from_secs(5),
            "no turn is wasted"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_second_allows_a_burst_again() {
        let rate = RateLimit::new(2);
        rate.turn().await;
        rate.turn().await;
        tokio::time::advance(WINDOW).await;
        let before = Instant::now();
        rate.turn().await;
        rate.turn().await;
        assert_eq!(Instant::now(), before);
        rate.turn().await;
        assert!(Instant::now() - before >= WINDOW);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_of_zero_is_one() {
        let rate = RateLimit::new(0);
        let before = Instant::now();
        rate.turn().await;
        rate.turn().await;
        assert!(Instant::now() - before >= WINDOW);
    }
}
