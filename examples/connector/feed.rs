//! Statements: each linked account has a task of its own, which posts one statement after another.
//!
//! So the service never processes two statements of an account at once, while accounts do not wait for each other. The
//! next statement follows after the success of the previous one. A statement that may have arrived is sent again with the
//! same transaction ids; the service refuses ids that it has seen, so nothing is booked twice.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use time::{Date, OffsetDateTime};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Connector;
use crate::bank::Wanted;
use crate::fault::Fault;
use crate::statement::{loss, moment, rename, statement};

/// The number of attempts after which the connector gives a statement up and reports that.
const ATTEMPTS_MAX: u32 = 6;

/// The first and the longest pause between polls of a statement.
const POLL: (Duration, Duration) = (Duration::from_millis(120), Duration::from_secs(2));

/// The longest time for the processing of a statement.
const PROCESSING_MAX: Duration = Duration::from_secs(300);

/// A linked account.
#[derive(Debug)]
pub struct Link {
    /// The service's id.
    pub id: String,
    /// The external id.
    external_id: String,
    /// The service's id of the bank.
    pub bank: String,
    /// The start date that the customer chose.
    from: Option<Date>,
    /// Notified when there may be something to send.
    bell: Notify,
    /// Cancelled when the account is offboarded.
    gone: CancellationToken,
}

/// How the delivery of a statement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    /// The service processed it.
    Done,
    /// The account is no longer linked.
    Gone,
    /// It could not be delivered, and the connector reported that.
    GivenUp,
}

/// The progress of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Succeeded,
    Failed,
    Unknown,
}

/// Links an account and starts its task; an account that was linked before does not change.
pub fn link(
    connector: &Arc<Connector>,
    id: &str,
    external_id: &str,
    bank: Option<&str>,
    start: Option<&str>,
) {
    if connector.bank().owner(external_id).is_none() {
        eprintln!("an account {external_id} was linked that this bank does not have");
        return;
    }
    let mut links = connector.links();
    if links.contains_key(id) {
        return;
    }
    let link = Arc::new(Link {
        id: id.to_owned(),
        external_id: external_id.to_owned(),
        bank: bank.unwrap_or(&connector.settings.bank).to_owned(),
        from: start.and_then(day),
        bell: Notify::new(),
        gone: CancellationToken::new(),
    });
    links.insert(id.to_owned(), link.clone());
    drop(links);
    tokio::spawn(feed(connector.clone(), link));
}

/// Ends the task of an account; returns false if it had ended before.
pub fn unlink(connector: &Connector, id: &str) -> bool {
    let Some(link) = connector.links().get(id).cloned() else {
        return false;
    };
    let news = !link.gone.is_cancelled();
    if !connector.shows(Fault::PostsOn) {
        link.gone.cancel();
    }
    news
}

/// Notifies the tasks of a customer's accounts that there may be something to send.
pub fn wake(connector: &Connector, username: &str) {
    let bank = connector.bank();
    let links = connector.links();
    for link in links.values() {
        if bank
            .owner(&link.external_id)
            .is_some_and(|customer| customer.username == username)
        {
            link.bell.notify_one();
        }
    }
}

/// Posts the statements of one account until it is offboarded.
async fn feed(connector: Arc<Connector>, link: Arc<Link>) {
    let mut sent = HashSet::new();
    let mut first = true;
    let mut loss_reported = false;
    loop {
        let consents = connector
            .bank()
            .owner(&link.external_id)
            .is_some_and(|customer| customer.consents);
        let delivery = if consents {
            loss_reported = false;
            let due = connector.bank().due(
                &link.external_id,
                Wanted {
                    from: link
                        .from
                        .filter(|_| !connector.shows(Fault::IgnoresStartDate)),
                    without: &sent,
                    limit: connector.settings.batch_limit,
                    pending: connector.shows(Fault::SendsPending),
                },
            );
            match due {
                // The first statement is sent even without bookings: it contains the balance.
                Some(due) if first || !due.bookings.is_empty() => {
                    let delivery =
                        deliver(&connector, &link, &statement(&connector, &link, &due)).await;
                    if delivery == Delivery::Done {
                        sent.extend(due.bookings.into_iter().map(|booking| booking.id));
                        first = false;
                    }
                    Some(delivery)
                }
                _ => None,
            }
        } else if loss_reported {
            None
        } else {
            let delivery = deliver(&connector, &link, &loss(&link)).await;
            loss_reported = delivery == Delivery::Done;
            Some(delivery)
        };
        match delivery {
            Some(Delivery::Done) => {}
            Some(Delivery::Gone) => return,
            Some(Delivery::GivenUp) | None => tokio::select! {
                () = link.bell.notified() => {}
                () = link.gone.cancelled() => return,
            },
        }
    }
}

/// Delivers a statement and waits until it has been processed.
async fn deliver(connector: &Arc<Connector>, link: &Arc<Link>, statement: &Value) -> Delivery {
    let mut statement = statement.clone();
    // Whether an earlier attempt may have arrived, so that the service may know its ids.
    let mut unclear = false;
    let mut why = String::new();
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            if connector.shows(Fault::GivesUp) {
                return Delivery::GivenUp;
            }
            if connector.shows(Fault::NewIdsOnResend) {
                rename(&mut statement, attempt);
            }
            let pause = connector.settings.retry_pause * 2_u32.pow(attempt - 1);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = link.gone.cancelled() => {}
            }
        }
        if link.gone.is_cancelled() {
            return Delivery::Gone;
        }
        match send(connector, link, &statement, unclear).await {
            Attempt::Ended(delivery) => return delivery,
            Attempt::Refused(reason) => {
                why = reason;
                break;
            }
            Attempt::Again {
                arrived,
                why: reason,
            } => {
                unclear = arrived.unwrap_or(unclear);
                why = reason;
            }
        }
    }
    if link.gone.is_cancelled() {
        return Delivery::Gone;
    }
    eprintln!("a statement for {} was given up: {why}", link.id);
    report_failure(connector, &why).await;
    Delivery::GivenUp
}

/// The result of one attempt to deliver a statement.
enum Attempt {
    /// No further attempt is needed.
    Ended(Delivery),
    /// A further attempt would be refused, too.
    Refused(String),
    /// The statement must be sent again.
    Again {
        /// Whether this attempt may have arrived; unset if it changes nothing.
        arrived: Option<bool>,
        /// Why.
        why: String,
    },
}

/// Sends a statement once and follows its processing; `unclear` tells that an earlier attempt may have arrived.
async fn send(
    connector: &Arc<Connector>,
    link: &Arc<Link>,
    statement: &Value,
    unclear: bool,
) -> Attempt {
    let sent = connector
        .sage
        .call(Method::POST, "/statements", Some(statement))
        .await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(cause) => {
            return Attempt::Again {
                arrived: Some(true),
                why: cause.0,
            };
        }
    };
    let why = format!("the service responded with {}", answer.status);
    match answer.status {
        ..300 => {
            let id = answer.body["data"]["_id"].as_str().unwrap_or_default();
            processed(connector, link, id).await
        }
        // The service knows the ids: an earlier attempt has arrived.
        409 if unclear => Attempt::Ended(Delivery::Done),
        // Another statement is being processed, or the account is being removed.
        409 => Attempt::Again { arrived: None, why },
        // The service does not have the account, or no longer has it.
        404 => {
            link.gone.cancel();
            Attempt::Ended(Delivery::Gone)
        }
        300..500 => Attempt::Refused(why),
        _ => Attempt::Again {
            arrived: Some(true),
            why,
        },
    }
}

/// Follows the processing of an accepted statement.
async fn processed(connector: &Arc<Connector>, link: &Arc<Link>, id: &str) -> Attempt {
    if connector.shows(Fault::TwoInFlight) {
        let (connector, link, id) = (connector.clone(), link.clone(), id.to_owned());
        tokio::spawn(async move { follow(&connector, &link, &id).await });
        return Attempt::Ended(Delivery::Done);
    }
    match follow(connector, link, id).await {
        Progress::Succeeded => Attempt::Ended(Delivery::Done),
        Progress::Failed if connector.shows(Fault::IgnoresFailure) => {
            Attempt::Ended(Delivery::Done)
        }
        Progress::Failed => Attempt::Again {
            arrived: Some(false),
            why: "its processing failed".to_owned(),
        },
        Progress::Unknown => Attempt::Again {
            arrived: Some(true),
            why: "its progress is unknown".to_owned(),
        },
    }
}

/// Polls a statement until it has been processed.
async fn follow(connector: &Connector, link: &Link, id: &str) -> Progress {
    let path = format!("/statements/{id}");
    let (mut pause, most) = POLL;
    let deadline = tokio::time::Instant::now() + PROCESSING_MAX;
    while tokio::time::Instant::now() < deadline && !link.gone.is_cancelled() {
        match connector.sage.call(Method::GET, &path, None).await {
            Ok(answer) if answer.status == 200 => {
                match read_progress(answer.body["data"]["status"].as_str()) {
                    Progress::Unknown => {}
                    known => return known,
                }
            }
            Ok(answer) if answer.status == 404 => return Progress::Unknown,
            _ => {}
        }
        if !connector.shows(Fault::Hurries) {
            tokio::time::sleep(pause).await;
        }
        pause = (pause * 3 / 2).min(most);
    }
    Progress::Unknown
}

/// Reads the status of a statement. No source documents its values, so several words are understood.
fn read_progress(word: Option<&str>) -> Progress {
    let word = word.unwrap_or_default().to_ascii_lowercase();
    if ["complete", "success", "succe", "processed", "done"]
        .iter()
        .any(|beginning| word.starts_with(beginning))
    {
        Progress::Succeeded
    } else if ["fail", "error", "reject"]
        .iter()
        .any(|beginning| word.starts_with(beginning))
    {
        Progress::Failed
    } else {
        Progress::Unknown
    }
}

/// Reports to the service that a statement could not be delivered.
async fn report_failure(connector: &Connector, why: &str) {
    let body = json!({
        "status": "FAILED",
        "reason": why,
        "timestamp": moment(OffsetDateTime::now_utc()),
    });
    if let Err(cause) = connector
        .sage
        .call(Method::POST, "/sync", Some(&body))
        .await
    {
        eprintln!("the failure could not be reported: {}", cause.0);
    }
}

/// Reads the day of a date or date-time.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.get(..10)?.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::from_calendar_date(year, month.try_into().ok()?, day).ok()
}
