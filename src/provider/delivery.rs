//! Delivers one statement: sends it, follows its processing, and repeats it where that is safe and useful.
//!
//! The Service refuses a transaction id that it has seen, and nothing of such a statement is processed; so a
//! repetition with the same ids is safe, and a refusal for that reason says that an earlier attempt arrived. What the
//! Service's answers mean is read by `reply`.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use percent_encoding::utf8_percent_encode;

use super::Inner;
use super::caller::Request;
use super::link::{Batch, Reins};
use super::redirect::RESERVED;
use super::reply::{Arrived, Progress, Step, read_answer, read_progress, speaks_of_duplicate};
use super::statement;

/// How often and how patiently the Service is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long one answer may take.
    pub deadline: Duration,
    /// How often one statement is sent at most.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles with every further one.
    pub pause_first: Duration,
    /// The longest such pause.
    pub pause_max: Duration,
    /// The shortest pause after the Service said that requests come too fast.
    pub throttled_min: Duration,
    /// How often the progress of one statement is asked for.
    pub polls: u32,
    /// The pause before the second poll; it doubles with every further one. The first poll comes at once.
    pub poll_first: Duration,
    /// The longest pause between polls.
    pub poll_max: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            deadline: Duration::from_secs(10),
            attempts: 8,
            pause_first: Duration::from_millis(500),
            pause_max: Duration::from_secs(60),
            throttled_min: Duration::from_secs(1),
            polls: 24,
            poll_first: Duration::from_millis(50),
            poll_max: Duration::from_secs(5),
        }
    }
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It was processed, now or by an earlier attempt.
    Delivered,
    /// The account was unlinked meanwhile.
    Stopped,
    /// It was refused, or no attempt led to a result.
    Failed(String),
}

/// Delivers a batch of the account linked under `id`.
pub(super) async fn deliver(inner: &Inner, id: &str, batch: &Batch, reins: &Reins) -> Delivery {
    let body = match statement::document(&inner.settings.bank, batch) {
        Ok(body) => Bytes::from(body),
        Err(error) => return Delivery::Failed(error.to_string()),
    };
    let request = Request {
        method: Method::POST,
        path: "statements".to_owned(),
        body: Some(("application/json", body)),
    };
    let mut doubtful = batch.doubtful;
    let mut last = String::new();
    for attempt in 1..=inner.pace.attempts {
        let answer = {
            let _sending = reins.gate.lock().await;
            if reins.stop.is_cancelled() {
                return Delivery::Stopped;
            }
            inner.call(&request).await
        };
        let mut step = read_answer(&answer, doubtful);
        if let Step::Follow(statement) = &step {
            match follow(inner, statement, reins).await {
                None => return Delivery::Stopped,
                Some(Progress::Succeeded) => return Delivery::Delivered,
                Some(Progress::Failed(reason)) if doubtful && speaks_of_duplicate(&reason) => {
                    return Delivery::Delivered;
                }
                Some(Progress::Failed(reason)) => {
                    step = Step::Again {
                        arrived: Arrived::No,
                        least_pause: None,
                        reason,
                    };
                }
                Some(Progress::Pending) => {
                    inner.state().links.doubt(id);
                    return Delivery::Failed(format!(
                        "statement {statement} was still not finished when last asked for"
                    ));
                }
            }
        }
        match step {
            Step::Follow(_) | Step::Delivered => return Delivery::Delivered,
            Step::Refused(reason) => return Delivery::Failed(reason),
            Step::Again {
                arrived,
                least_pause,
                reason,
            } => {
                if arrived == Arrived::Perhaps {
                    doubtful = true;
                    inner.state().links.doubt(id);
                }
                last = reason;
                if attempt < inner.pace.attempts && !pause(inner, attempt, least_pause, reins).await
                {
                    return Delivery::Stopped;
                }
            }
        }
    }
    Delivery::Failed(format!(
        "{} attempts were in vain, the last one: {last}",
        inner.pace.attempts
    ))
}

/// Asks for a statement's progress until it is finished; nothing when the account was unlinked meanwhile.
async fn follow(inner: &Inner, statement: &str, reins: &Reins) -> Option<Progress> {
    let path = format!("statements/{}", utf8_percent_encode(statement, RESERVED));
    let request = Request {
        method: Method::GET,
        path,
        body: None,
    };
    for poll in 1..=inner.pace.polls {
        if reins.stop.is_cancelled() {
            return None;
        }
        let mut least = Duration::ZERO;
        if let Ok(answer) = inner.call(&request).await {
            if answer.status.is_success() {
                let progress = read_progress(&answer.body);
                if progress != Progress::Pending {
                    return Some(progress);
                }
            }
            least = answer.retry_after.unwrap_or_default();
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                least = least.max(inner.pace.throttled_min);
            }
        }
        if poll < inner.pace.polls {
            let pause = doubled(inner.pace.poll_first, poll, inner.pace.poll_max).max(least);
            sleep(pause, reins).await?;
        }
    }
    Some(Progress::Pending)
}

/// Pauses before the next attempt; `throttled` is the least pause after a refusal for speed.
async fn pause(inner: &Inner, attempt: u32, least: Option<Duration>, reins: &Reins) -> bool {
    let usual = doubled(inner.pace.pause_first, attempt, inner.pace.pause_max);
    let pause = least.map_or(usual, |least| {
        usual.max(least).max(inner.pace.throttled_min)
    });
    sleep(pause, reins).await.is_some()
}

fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    first
        .saturating_mul(2_u32.saturating_pow(times - 1))
        .min(most)
}

/// Sleeps; nothing when the account was unlinked meanwhile.
async fn sleep(pause: Duration, reins: &Reins) -> Option<()> {
    reins
        .stop
        .run_until_cancelled(tokio::time::sleep(pause))
        .await
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, Bed, answer};
    use super::*;
    use serde_json::Value;

    const POST: &str = "POST /v1/statements";

    /// Links an account while the Service gives these answers to statements; returns how often one was sent.
    async fn sent(
        answers: impl IntoIterator<Item = testbed::Script>,
        progress: &[&str],
    ) -> (Bed, usize) {
        let bed = Bed::new(&[]).await;
        bed.service.script(POST, answers);
        let words = progress
            .iter()
            .map(|word| answer(200, &format!(r#"{{"data":{{"status":"{word}"}}}}"#)));
        bed.service.script("GET /v1/statements/s-1", words);
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
            .await;
        bed.provider.settled().await;
        let count = bed.service.count(POST);
        (bed, count)
    }

    /// Says whether everything booked counts as delivered.
    fn delivered(bed: &Bed) -> bool {
        let mut state = bed.provider.inner.state();
        let state = &mut *state;
        state
            .links
            .next_batch(ACCOUNT, &state.ledger, false)
            .is_none()
    }

    #[tokio::test]
    async fn after_a_server_error_the_same_ids_are_sent_again() {
        let (bed, count) = sent([answer(500, ""), answer(503, "")], &[]).await;
        assert_eq!(count, 3);
        assert!(delivered(&bed));
        let bodies = bed.service.calls(POST);
        let ids = |number: usize| {
            let body: Value = serde_json::from_slice(&bodies[number].body).unwrap();
            body["data"]["transactionDetails"].clone()
        };
        assert_eq!(ids(0), ids(1));
        assert_eq!(ids(0), ids(2));
    }

    #[tokio::test]
    async fn a_duplicate_counts_as_delivered_only_on_a_repetition() {
        let duplicate = || {
            answer(
                409,
                r#"{"code":"duplicate-transaction","message":"seen before"}"#,
            )
        };
        let (bed, count) = sent([answer(500, ""), duplicate()], &[]).await;
        assert_eq!((count, delivered(&bed)), (2, true));
        let (bed, count) = sent([testbed::silence(), duplicate()], &[]).await;
        assert_eq!((count, delivered(&bed)), (2, true));
        let (bed, count) = sent([duplicate()], &[]).await;
        assert_eq!((count, delivered(&bed)), (1, false));
    }

    #[tokio::test]
    async fn a_statement_in_flight_is_waited_for() {
        let busy = || answer(409, r#"{"code":"statement-in-flight"}"#);
        let (bed, count) = sent([answer(500, ""), busy(), busy()], &[]).await;
        assert_eq!((count, delivered(&bed)), (4, true));
    }

    #[tokio::test]
    async fn a_throttled_statement_is_sent_again() {
        let (bed, count) = sent([answer(429, "")], &[]).await;
        assert_eq!((count, delivered(&bed)), (2, true));
    }

    #[tokio::test]
    async fn attempts_are_bounded_and_nothing_is_lost() {
        let (bed, count) = sent(std::iter::repeat_with(|| answer(500, "")).take(50), &[]).await;
        assert_eq!(count, testbed::PACE.attempts as usize);
        assert!(!delivered(&bed));
    }

    #[tokio::test]
    async fn a_refused_statement_is_not_repeated() {
        for status in [400, 403, 404] {
            let (bed, count) = sent([answer(status, "{}")], &[]).await;
            assert_eq!((count, delivered(&bed)), (1, false), "{status}");
        }
    }

    #[tokio::test]
    async fn processing_is_followed_to_its_end() {
        let (bed, count) = sent([], &["processing", "PROCESSING", "complete"]).await;
        assert_eq!((count, delivered(&bed)), (1, true));
        assert_eq!(bed.service.count("GET /v1/statements/s-1"), 3);
        let (bed, count) = sent([], &["failed"]).await;
        assert_eq!((count, delivered(&bed)), (2, true));
        let (bed, _) = sent([], &["processing"; 100]).await;
        assert!(!delivered(&bed));
        assert_eq!(
            bed.service.count("GET /v1/statements/s-1"),
            testbed::PACE.polls as usize
        );
    }

    #[tokio::test]
    async fn an_unlinked_account_ends_the_pauses() {
        let bed = Bed::new(&[]).await;
        bed.service.script(POST, [testbed::throttled("600")]);
        bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-03"))
            .await;
        bed.service.reached(POST, 1).await;
        assert_eq!(bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await, 204);
        bed.provider.settled().await;
        assert_eq!(bed.service.count(POST), 1);
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        let (first, most) = (Duration::from_millis(500), Duration::from_secs(60));
        assert_eq!(doubled(first, 1, most), first);
        assert_eq!(doubled(first, 3, most), first * 4);
        assert_eq!(doubled(first, 40, most), most);
    }
}
