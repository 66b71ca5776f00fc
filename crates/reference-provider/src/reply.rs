//! Interprets the service's responses about a statement: to the POST, and to the polls of its progress.
//!
//! It is pure. Neither status codes nor words are documented, so both are read leniently; `delivery` decides the next
//! step.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use super::caller::{CallError, ServiceResponse};

/// The next step after the response to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Poll the statement with this id.
    Follow(String),
    /// An earlier attempt arrived.
    Delivered,
    /// Send it again.
    Again {
        /// Whether this attempt may have arrived.
        arrived: Arrival,
        /// The pause of the service's `Retry-After`; zero for a 429 without one.
        least_pause: Option<Duration>,
        /// The response or error, in one sentence.
        reason: String,
    },
    /// Stop: a repetition would be refused, too.
    Refused(String),
}

/// Whether a statement may have arrived without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It was not processed.
    No,
    /// It is unknown.
    Perhaps,
}

/// The progress of a statement's processing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It was processed.
    Succeeded,
    /// Processing failed, for this reason.
    Failed(String),
    /// Processing is not finished, or its status is unknown.
    Pending,
}

/// Interprets the response to a statement; `doubtful` tells that an earlier attempt may have arrived.
pub(super) fn read_answer(answer: &Result<ServiceResponse, CallError>, doubtful: bool) -> NextStep {
    let again = |arrived, least_pause, reason| NextStep::Again {
        arrived,
        least_pause,
        reason,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error @ CallError::NoToken(_)) => return again(Arrival::No, None, error.to_string()),
        Err(error) => return again(Arrival::Perhaps, None, error.to_string()),
    };
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    let reason = format!(
        "the service responded to the statement with {}",
        answer.status
    );
    match answer.status {
        status if status.is_success() => match read_id(&answer.body) {
            Some(id) => NextStep::Follow(id),
            None => again(Arrival::Perhaps, None, format!("{reason} without an id")),
        },
        StatusCode::TOO_MANY_REQUESTS => again(
            Arrival::No,
            Some(answer.retry_after.unwrap_or_default()),
            reason,
        ),
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            again(Arrival::Perhaps, answer.retry_after, reason)
        }
        _ if speaks_of_duplicate(&text) => {
            if doubtful {
                NextStep::Delivered
            } else {
                NextStep::Refused(format!(
                    "{reason} because of a transaction id that was sent before"
                ))
            }
        }
        // A conflict on a repetition without a reason most likely means a duplicate.
        StatusCode::CONFLICT if doubtful && !speaks_of_another(&text) => NextStep::Delivered,
        StatusCode::CONFLICT => again(Arrival::No, None, reason),
        _ => NextStep::Refused(reason),
    }
}

/// Tells whether an error is about a transaction id that was sent before.
pub(super) fn speaks_of_duplicate(text: &str) -> bool {
    text.to_lowercase().contains("duplicate")
}

/// Tells whether an error is about another statement that is still being processed.
fn speaks_of_another(text: &str) -> bool {
    ["flight", "progress", "processing", "pending"]
        .iter()
        .any(|word| text.contains(word))
}

/// Reads the id of an accepted statement: `data._id`.
fn read_id(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let id = document["data"]["_id"].as_str()?;
    // Dot segments would lead to another resource even when encoded.
    (!matches!(id, "" | "." | "..")).then(|| id.to_owned())
}

/// Reads a statement's status in the words that are common for it.
pub(super) fn read_progress(body: &[u8]) -> Progress {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return Progress::Pending;
    };
    let status = document["data"]["status"]
        .as_str()
        .or(document["status"].as_str())
        .unwrap_or_default()
        .to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| status.contains(word));
    let begins = |words: &[&str]| words.iter().any(|word| status.starts_with(word));
    if holds(&["fail", "error", "reject", "invalid", "unsuccess"]) {
        return Progress::Failed(format!("processing ended as {status}: {document}"));
    }
    if begins(&[
        "complete",
        "success",
        "succeed",
        "processed",
        "done",
        "finished",
    ]) {
        return Progress::Succeeded;
    }
    Progress::Pending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_are_understood() {
        let check = |body: &str, succeeded: bool| match read_progress(body.as_bytes()) {
            Progress::Succeeded => assert!(succeeded, "{body}"),
            Progress::Failed(_) => assert!(!succeeded, "{body}"),
            Progress::Pending => panic!("{body} is not understood"),
        };
        check(r#"{"data":{"status":"complete"}}"#, true);
        check(r#"{"status":"SUCCESS"}"#, true);
        check(r#"{"data":{"status":"unsuccessful"}}"#, false);
        check(r#"{"data":{"status":"Rejected"}}"#, false);
        for pending in [
            r#"{"data":{"status":"incomplete"}}"#,
            r#"{"data":{"status":"unprocessed"}}"#,
            "",
            "[]",
            r#"{"data":{}}"#,
            r#"{"data":{"status":"processing"}}"#,
        ] {
            assert_eq!(
                read_progress(pending.as_bytes()),
                Progress::Pending,
                "{pending}"
            );
        }
    }

    #[test]
    fn throttling_asks_for_a_pause_and_other_errors_do_not() {
        let read = |status: u16, seconds: Option<u64>| {
            let status = StatusCode::from_u16(status).unwrap();
            let retry_after = seconds.map(Duration::from_secs);
            match read_answer(
                &Ok(ServiceResponse {
                    status,
                    retry_after,
                    body: Vec::new(),
                }),
                false,
            ) {
                NextStep::Again { least_pause, .. } => least_pause,
                step => panic!("{step:?}"),
            }
        };
        assert_eq!(read(429, None), Some(Duration::ZERO));
        assert_eq!(read(429, Some(3)), Some(Duration::from_secs(3)));
        assert_eq!(read(500, None), None);
        assert_eq!(read(503, Some(7)), Some(Duration::from_secs(7)));
    }

    #[test]
    fn ids_that_leave_the_collection_are_not_followed() {
        assert_eq!(
            read_id(br#"{"data":{"_id":"s/1"}}"#).as_deref(),
            Some("s/1")
        );
        for unusable in [
            "",
            "{}",
            r#"{"data":{"_id":".."}}"#,
            r#"{"data":{"_id":""}}"#,
            r#"{"data":{"_id":5}}"#,
        ] {
            assert_eq!(read_id(unusable.as_bytes()), None, "{unusable}");
        }
    }

    #[test]
    fn a_conflict_is_read_by_its_words_and_by_what_came_before() {
        let read = |body: &str, doubtful| {
            let answer = ServiceResponse {
                status: StatusCode::CONFLICT,
                retry_after: None,
                body: body.into(),
            };
            read_answer(&Ok(answer), doubtful)
        };
        assert_eq!(read("Duplicate id", true), NextStep::Delivered);
        assert!(matches!(read("Duplicate id", false), NextStep::Refused(_)));
        assert!(matches!(read("in progress", true), NextStep::Again { .. }));
        assert!(matches!(read("in progress", false), NextStep::Again { .. }));
        assert_eq!(read("", true), NextStep::Delivered);
        assert!(matches!(read("", false), NextStep::Again { .. }));
    }
}
