//! Delivers one statement: sends it, follows its processing, and repeats it where that is safe and useful.
//!
//! The Service refuses a transaction id that it has seen, and nothing of such a statement is processed; so a
//! repetition with the same ids is safe, and a refusal for that reason says that an earlier attempt arrived. What the
//! Service's answers mean is read by `reply`.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;

use super::Inner;
use super::caller::Request;
use super::fault::Fault;
use super::link::{Batch, Reins};
use super::redirect::RESERVED;
use super::reply::{Arrived, Progress, Step, read_answer, read_progress, speaks_of_duplicate};
use super::statement;

/// How much more often a provider asks that exceeds its rate, and after which pause.
const HASTY_POLLS: u32 = 20;
const HASTY_PAUSE: Duration = Duration::from_millis(10);

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

impl Pace {
    /// Returns how long to pause before the attempt after this one; `least` is what the Service asked for.
    pub(super) fn pause(&self, attempt: u32, least: Option<Duration>) -> Duration {
        let usual = doubled(self.pause_first, attempt, self.pause_max);
        least.map_or(usual, |least| usual.max(least).max(self.throttled_min))
    }
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It was processed, now or by an earlier attempt.
    Delivered,
    /// The account was unlinked meanwhile.
    Stopped,
    /// The customer's consent was lost or came back meanwhile, so that it says the wrong thing.
    Overtaken,
    /// It was refused, or no attempt led to a result.
    Failed(String),
}

/// Delivers a batch of the account linked under `id`.
pub(super) async fn deliver(inner: &Inner, id: &str, batch: &Batch, reins: &Reins) -> Delivery {
    let shows = |fault| inner.settings.shows(fault);
    let mut doubtful = batch.doubtful;
    let mut last = String::new();
    for attempt in 1..=inner.pace.attempts {
        let request = match request(inner, batch, attempt) {
            Ok(request) => request,
            Err(error) => return Delivery::Failed(error.to_string()),
        };
        // What is true before the turn comes need not be true when it has come.
        if reins.stop.run_until_cancelled(inner.turn()).await.is_none() {
            return Delivery::Stopped;
        }
        let answer = {
            let _sending = reins.gate.lock().await;
            if reins.stop.is_cancelled() {
                return Delivery::Stopped;
            }
            if !inner.state().links.is_due(id, batch) {
                return Delivery::Overtaken;
            }
            inner.call_in_turn(&request).await
        };
        let mut step = read_answer(&answer, doubtful);
        if let Step::Follow(statement) = &step {
            if batch.more && shows(Fault::NextBatchTooEarly) {
                return Delivery::Delivered;
            }
            if shows(Fault::TwoStatementsInFlight) && !batch.transactions.is_empty() {
                send_another(inner, batch).await;
            }
            match follow(inner, statement, reins).await {
                None => return Delivery::Stopped,
                Some(Progress::Succeeded) => return Delivery::Delivered,
                Some(Progress::Failed(reason)) if doubtful && speaks_of_duplicate(&reason) => {
                    return Delivery::Delivered;
                }
                Some(Progress::Failed(_)) if shows(Fault::AdvancesAfterFailedStatement) => {
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
                    inner.state().links.doubt(id, batch);
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
                if arrived == Arrived::Perhaps && shows(Fault::GivesUpAfterError) {
                    return Delivery::Delivered;
                }
                if arrived == Arrived::Perhaps {
                    doubtful = true;
                    inner.state().links.doubt(id, batch);
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

/// Makes the request that posts a statement; every attempt is the same.
fn request(inner: &Inner, batch: &Batch, attempt: u32) -> serde_json::Result<Request> {
    let again = attempt > 1 || batch.doubtful;
    let body = if again && inner.settings.shows(Fault::ResendsWithNewIds) {
        let mut renamed = batch.clone();
        for transaction in &mut renamed.transactions {
            transaction.id = format!("{}-{}", transaction.id, uuid::Uuid::new_v4());
        }
        statement::document(&inner.settings, &renamed)?
    } else {
        statement::document(&inner.settings, batch)?
    };
    Ok(Request {
        method: Method::POST,
        path: "statements".to_owned(),
        body: Some(("application/json", body.into())),
    })
}

/// Sends a statement without transactions while one of the account is being processed, whatever comes of it.
async fn send_another(inner: &Inner, batch: &Batch) {
    let empty = Batch {
        transactions: Vec::new(),
        ..batch.clone()
    };
    if let Ok(request) = request(inner, &empty, 1) {
        let _ = inner.call(&request).await;
    }
}

/// Asks for a statement's progress until it is finished; nothing when the account was unlinked meanwhile.
async fn follow(inner: &Inner, statement: &str, reins: &Reins) -> Option<Progress> {
    let hasty = inner.settings.shows(Fault::ExceedsRate);
    let path = format!("statements/{}", utf8_percent_encode(statement, RESERVED));
    let request = Request {
        method: Method::GET,
        path,
        body: None,
    };
    let polls = inner.pace.polls * if hasty { HASTY_POLLS } else { 1 };
    for poll in 1..=polls {
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
                if inner.settings.shows(Fault::IgnoresThrottling) {
                    continue;
                }
            }
        }
        if poll < polls {
            let usual = match hasty {
                true => HASTY_PAUSE,
                false => doubled(inner.pace.poll_first, poll, inner.pace.poll_max),
            };
            sleep(usual.max(least), reins).await?;
        }
    }
    Some(Progress::Pending)
}

/// Pauses before the next attempt; `least` is what the Service asked for.
async fn pause(inner: &Inner, attempt: u32, least: Option<Duration>, reins: &Reins) -> bool {
    if least.is_some() && inner.settings.shows(Fault::IgnoresThrottling) {
        return true;
    }
    sleep(inner.pace.pause(attempt, least), reins)
        .await
        .is_some()
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
mod tests;
