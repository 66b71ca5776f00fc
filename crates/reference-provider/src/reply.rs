//! Reads what the Service says about a statement: the answer to sending it, and its progress.
//!
//! Pure. Neither status codes nor words are documented, so both are read generously; what follows from them is
//! decided by `delivery`.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use super::caller::{Answer, CallError};

/// What an answer to a statement means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is being processed under this id.
    Follow(String),
    /// An earlier attempt arrived.
    Delivered,
    /// It is worth repeating.
    Again {
        /// Whether this attempt may have arrived.
        arrived: Arrived,
        /// The pause the Service asked for; zero when it only said that requests come too fast.
        least_pause: Option<Duration>,
        /// What was answered.
        reason: String,
    },
    /// Repeating it would change nothing.
    Refused(String),
}

/// Whether a statement may have arrived although nobody said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// It was not processed.
    No,
    /// Nobody can tell.
    Perhaps,
}

/// What is known about a statement's processing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It was processed.
    Succeeded,
    /// It was not, for this reason.
    Failed(String),
    /// It is not finished, or its status is not understood.
    Pending,
}

/// Reads the answer to a sent statement; `doubtful` says that an earlier attempt may have arrived.
pub(super) fn read_answer(answer: &Result<Answer, CallError>, doubtful: bool) -> Step {
    let again = |arrived, least_pause, reason| Step::Again {
        arrived,
        least_pause,
        reason,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error @ CallError::NoToken(_)) => return again(Arrived::No, None, error.to_string()),
        Err(error) => return again(Arrived::Perhaps, None, error.to_string()),
    };
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    let reason = format!("the statement was answered with {}", answer.status);
    match answer.status {
        status if status.is_success() => match read_id(&answer.body) {
            Some(id) => Step::Follow(id),
            None => again(Arrived::Perhaps, None, format!("{reason} without an id")),
        },
        StatusCode::TOO_MANY_REQUESTS => again(
            Arrived::No,
            Some(answer.retry_after.unwrap_or_default()),
            reason,
        ),
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            again(Arrived::Perhaps, answer.retry_after, reason)
        }
        _ if speaks_of_duplicate(&text) => {
            if doubtful {
                Step::Delivered
            } else {
                Step::Refused(format!(
                    "{reason} because of a transaction id that was sent before"
                ))
            }
        }
        // Without a word about the reason, a conflict on a repetition is read as the duplicate it most likely is.
        StatusCode::CONFLICT if doubtful && !speaks_of_another(&text) => Step::Delivered,
        StatusCode::CONFLICT => again(Arrived::No, None, reason),
        _ => Step::Refused(reason),
    }
}

/// Says whether an error is about a transaction id that was sent before.
pub(super) fn speaks_of_duplicate(text: &str) -> bool {
    text.to_lowercase().contains("duplicate")
}

/// Says whether an error is about another statement that is still being processed.
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
                &Ok(Answer {
                    status,
                    retry_after,
                    body: Vec::new(),
                }),
                false,
            ) {
                Step::Again { least_pause, .. } => least_pause,
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
            let answer = Answer {
                status: StatusCode::CONFLICT,
                retry_after: None,
                body: body.into(),
            };
            read_answer(&Ok(answer), doubtful)
        };
        assert_eq!(read("Duplicate id", true), Step::Delivered);
        assert!(matches!(read("Duplicate id", false), Step::Refused(_)));
        assert!(matches!(read("in progress", true), Step::Again { .. }));
        assert!(matches!(read("in progress", false), Step::Again { .. }));
        assert_eq!(read("", true), Step::Delivered);
        assert!(matches!(read("", false), Step::Again { .. }));
    }
}
