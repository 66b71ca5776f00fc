//! Delivers one statement: sends it, follows its processing, and repeats it where that is safe and useful.
//!
//! The service refuses a statement with a transaction id that it has seen, and processes none of its transactions. So a
//! repetition with the same ids is safe, and such a refusal means that an earlier attempt arrived. `reply` interprets
//! the service's responses.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use percent_encoding::utf8_percent_encode;

use super::Inner;
use super::caller::{ApiRequest, CallError, ServiceResponse};
use super::fault::Fault;
use super::link::{Batch, LinkControl};
use super::redirect::RESERVED;
use super::reply::{Arrival, NextStep, Progress, read_answer, read_progress, speaks_of_duplicate};
use super::settings::Settings;
use super::statement;
use super::variant::Variant;

/// How many times more polls a provider sends that exceeds its rate, and the pause between them.
const HASTY_POLLS: u32 = 20;
const HASTY_PAUSE: Duration = Duration::from_millis(10);

/// The first pause of a provider that asks seldom for the progress of a statement.
const SLOW_POLL: Duration = Duration::from_secs(1);

/// The limits and pauses of repeated requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// The longest time for one response.
    pub deadline: Duration,
    /// The most attempts to send one statement.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles with every further one.
    pub pause_first: Duration,
    /// The longest such pause.
    pub pause_max: Duration,
    /// The shortest pause after a 429.
    pub throttled_min: Duration,
    /// The most polls for the progress of one statement.
    pub polls: u32,
    /// The pause before the second poll; it doubles with every further one. The first poll has no pause.
    pub poll_first: Duration,
    /// The longest pause between polls.
    pub poll_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
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

impl RetryPolicy {
    /// Returns the pause after an attempt; `least` is the pause of the service's `Retry-After`.
    pub(super) fn pause(&self, attempt: u32, least: Option<Duration>) -> Duration {
        let usual = doubled(self.pause_first, attempt, self.pause_max);
        least.map_or(usual, |least| usual.max(least).max(self.throttled_min))
    }
}

/// How the delivery of a statement ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The service processed it, now or in an earlier attempt.
    Delivered,
    /// The account was unlinked in the meantime.
    Stopped,
    /// The customer's consent was lost or restored in the meantime, so that the account status in it is wrong.
    Overtaken,
    /// The service refused it, or no attempt had a result.
    Failed(String),
}

/// Delivers a batch of the account linked under `id`.
pub(super) async fn deliver(
    inner: &Inner,
    id: &str,
    batch: &Batch,
    control: &LinkControl,
) -> Delivery {
    if inner.settings.shows(Fault::TokenForEachStatement) {
        inner.state().tokens.clear();
    }
    let mut doubtful = batch.doubtful;
    let mut last = String::new();
    for attempt in 1..=inner.pace.attempts {
        let request = match request(inner, batch, attempt) {
            Ok(request) => request,
            Err(error) => return Delivery::Failed(error.to_string()),
        };
        let response = match send(inner, id, batch, &request, control).await {
            Ok(response) => response,
            Err(delivery) => return delivery,
        };
        let mut step = read_answer(&response, doubtful);
        if let NextStep::Follow(statement) = &step {
            match processed(inner, id, batch, statement, doubtful, control).await {
                Ok(delivery) => return delivery,
                Err(reason) => {
                    step = NextStep::Again {
                        arrived: Arrival::No,
                        least_pause: None,
                        reason,
                    };
                }
            }
        }
        if drops(&inner.settings, &response, &step) {
            return Delivery::Delivered;
        }
        let (arrived, least_pause, reason) = match step {
            NextStep::Follow(_) => return Delivery::Delivered,
            NextStep::Delivered => return after_duplicate(inner),
            NextStep::Refused(reason) => return refused(inner, reason),
            NextStep::Again {
                arrived,
                least_pause,
                reason,
            } => (arrived, least_pause, reason),
        };
        if arrived == Arrival::Perhaps {
            if inner.settings.shows(Fault::GivesUpAfterError) {
                return Delivery::Delivered;
            }
            doubtful = true;
            inner.state().links.doubt(id, batch);
        }
        last = reason;
        if attempt < inner.pace.attempts && !pause(inner, attempt, least_pause, control).await {
            return Delivery::Stopped;
        }
    }
    Delivery::Failed(format!(
        "{} attempts failed, the last one: {last}",
        inner.pace.attempts
    ))
}

/// Returns how the delivery of a statement ends that the service refused.
fn refused(inner: &Inner, reason: String) -> Delivery {
    if inner.settings.shows(Fault::SkipsRejectedStatement) {
        Delivery::Delivered
    } else {
        Delivery::Failed(reason)
    }
}

/// Takes a refusal as a duplicate for a delivery, unless a fault does not.
fn after_duplicate(inner: &Inner) -> Delivery {
    if inner.settings.shows(Fault::StuckOnDuplicate) {
        return Delivery::Failed("the statement is a duplicate".to_owned());
    }
    Delivery::Delivered
}

/// Tells whether a fault drops the statement after this response.
fn drops(
    settings: &Settings,
    response: &Result<ServiceResponse, CallError>,
    step: &NextStep,
) -> bool {
    match (response, step) {
        (Err(CallError::TimedOut), _) => settings.shows(Fault::GivesUpOnSilence),
        (Ok(answer), NextStep::Again { .. }) => {
            answer.status == StatusCode::TOO_MANY_REQUESTS
                && settings.shows(Fault::GivesUpWhenThrottled)
        }
        _ => false,
    }
}

/// Sends a statement when its turn has come, unless the account was unlinked or the statement is no longer due.
///
/// # Errors
/// The delivery that ends without a request.
async fn send(
    inner: &Inner,
    id: &str,
    batch: &Batch,
    request: &ApiRequest,
    control: &LinkControl,
) -> Result<Result<ServiceResponse, CallError>, Delivery> {
    let turn = control.stop.run_until_cancelled(inner.turn()).await;
    turn.ok_or(Delivery::Stopped)?;
    let _sending = control.gate.lock().await;
    // Both may have changed while the statement waited for its turn.
    if control.stop.is_cancelled() {
        return Err(Delivery::Stopped);
    }
    if !inner.state().links.is_due(id, batch) {
        return Err(Delivery::Overtaken);
    }
    Ok(inner.call_in_turn(request).await)
}

/// Follows the processing of an accepted statement to its end.
///
/// # Errors
/// The reason why processing failed, if the statement must be sent again.
async fn processed(
    inner: &Inner,
    id: &str,
    batch: &Batch,
    statement: &str,
    doubtful: bool,
    control: &LinkControl,
) -> Result<Delivery, String> {
    let shows = |fault| inner.settings.shows(fault);
    if batch.more && shows(Fault::NextBatchTooEarly) {
        return Ok(Delivery::Delivered);
    }
    if shows(Fault::TwoStatementsInFlight) && !batch.transactions.is_empty() {
        send_another(inner, batch).await;
    }
    match follow(inner, statement, control).await {
        None => Ok(Delivery::Stopped),
        Some(Progress::Succeeded) => Ok(Delivery::Delivered),
        Some(Progress::Failed(reason)) => {
            if shows(Fault::DoublesFailedStatement) {
                send_once(inner, &renamed(batch)).await;
            }
            let arrived_before = doubtful && speaks_of_duplicate(&reason);
            if arrived_before || shows(Fault::AdvancesAfterFailedStatement) {
                Ok(Delivery::Delivered)
            } else {
                Err(reason)
            }
        }
        Some(Progress::Pending) => {
            inner.state().links.doubt(id, batch);
            Ok(Delivery::Failed(format!(
                "statement {statement} was still pending after the last poll"
            )))
        }
    }
}

/// Makes the request that posts a statement; every attempt has the same body.
fn request(inner: &Inner, batch: &Batch, attempt: u32) -> serde_json::Result<ApiRequest> {
    let again = attempt > 1 || batch.doubtful;
    let body = if again && inner.settings.shows(Fault::ResendsWithNewIds) {
        statement::document(&inner.settings, &renamed(batch))?
    } else {
        statement::document(&inner.settings, batch)?
    };
    Ok(ApiRequest {
        method: Method::POST,
        path: "statements".to_owned(),
        body: Some((
            if inner.settings.shows(Fault::PostsStatementsAsText) {
                "text/plain"
            } else {
                "application/json"
            },
            body.into(),
        )),
        without_key: false,
    })
}

/// Returns a batch whose transactions have other ids, which only faults send.
fn renamed(batch: &Batch) -> Batch {
    let mut renamed = batch.clone();
    for transaction in &mut renamed.transactions {
        transaction.id = format!("{}-{}", transaction.id, uuid::Uuid::new_v4());
    }
    renamed
}

/// Sends a statement without transactions while another one of the account is being processed; ignores the response.
async fn send_another(inner: &Inner, batch: &Batch) {
    let empty = Batch {
        transactions: Vec::new(),
        ..batch.clone()
    };
    send_once(inner, &empty).await;
}

/// Sends a statement once, whatever else is being sent, and ignores the response; only faults do.
pub(super) async fn send_once(inner: &Inner, batch: &Batch) {
    if let Ok(request) = request(inner, batch, 1) {
        let _ = inner.call(&request).await;
    }
}

/// Returns the progress that the provider takes from a poll, which differs by a fault; polls count from 1.
fn progress_seen(inner: &Inner, poll: u32, progress: Progress) -> Progress {
    let shows = |fault| inner.settings.shows(fault);
    let is_taken_for_success = shows(Fault::TakesProcessingForSuccess)
        || poll > TIRING_POLLS && shows(Fault::TiresOfProcessing);
    match progress {
        Progress::Pending if is_taken_for_success => Progress::Succeeded,
        other => other,
    }
}

/// The number of polls after which a provider that tires takes what is processing for a success.
const TIRING_POLLS: u32 = 3;

/// Polls a statement until it is processed; `None` when the account was unlinked in the meantime.
async fn follow(inner: &Inner, statement: &str, control: &LinkControl) -> Option<Progress> {
    let hasty = inner.settings.shows(Fault::ExceedsRate);
    let path = format!("statements/{}", utf8_percent_encode(statement, RESERVED));
    let mut request = ApiRequest {
        method: Method::GET,
        path,
        body: None,
        without_key: false,
    };
    let polls = inner.pace.polls * if hasty { HASTY_POLLS } else { 1 };
    let is_slow = inner.settings.has(Variant::SlowPolls);
    if is_slow {
        sleep(SLOW_POLL, control).await?;
    }
    let poll_first = if is_slow {
        SLOW_POLL
    } else {
        inner.pace.poll_first
    };
    for poll in 1..=polls {
        request.without_key = poll == 1 && inner.settings.shows(Fault::PollsWithoutApiKey);
        if control.stop.is_cancelled() {
            return None;
        }
        let mut least = Duration::ZERO;
        if let Ok(answer) = inner.call(&request).await {
            if answer.status.is_success() {
                let progress = progress_seen(inner, poll, read_progress(&answer.body));
                if progress != Progress::Pending {
                    return Some(progress);
                }
            }
            least = answer.retry_after.unwrap_or_default();
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                least = least.max(inner.pace.throttled_min);
                let ignores = inner.settings.shows(Fault::IgnoresThrottling)
                    || inner.settings.shows(Fault::PollsIgnoreThrottling);
                if ignores {
                    continue;
                }
            }
        }
        if poll < polls {
            let usual = if hasty {
                HASTY_PAUSE
            } else {
                doubled(poll_first, poll, inner.pace.poll_max)
            };
            sleep(usual.max(least), control).await?;
        }
    }
    Some(Progress::Pending)
}

/// Pauses before the next attempt, at least for `least`; returns false when the account was unlinked in the meantime.
async fn pause(
    inner: &Inner,
    attempt: u32,
    least: Option<Duration>,
    control: &LinkControl,
) -> bool {
    if least.is_some() && inner.settings.shows(Fault::IgnoresThrottling) {
        return true;
    }
    sleep(inner.pace.pause(attempt, least), control)
        .await
        .is_some()
}

fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    first
        .saturating_mul(2_u32.saturating_pow(times - 1))
        .min(most)
}

/// Sleeps; `None` when the account was unlinked in the meantime.
async fn sleep(pause: Duration, control: &LinkControl) -> Option<()> {
    control
        .stop
        .run_until_cancelled(tokio::time::sleep(pause))
        .await
}

#[cfg(test)]
mod tests;
