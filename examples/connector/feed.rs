//! Statements: each linked account has a task of its own, which tells the service one statement after another.
//!
//! So there is never more than one statement of an account in flight, while accounts do not wait for each other. The
//! next statement leaves after the one before has succeeded. One that may have arrived is sent again under the same
//! transaction ids; the service refuses ids that it has seen, so nothing is booked twice.

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

/// How often one statement is sent before the connector gives up and reports it.
const ATTEMPTS_MAX: u32 = 6;

/// How long one waits before asking again how far a statement is: at first, and at the most.
const POLL: (Duration, Duration) = (Duration::from_millis(120), Duration::from_secs(2));

/// How long the processing of a statement may take.
const PROCESSING_MAX: Duration = Duration::from_secs(300);

/// A linked account.
#[derive(Debug)]
pub struct Link {
    /// The service's id.
    pub id: String,
    /// Our handle.
    external_id: String,
    /// The service's id of the bank.
    pub bank: String,
    /// The day from which the customer wants bookings.
    from: Option<Date>,
    /// Rung when there may be something to tell.
    bell: Notify,
    /// Cancelled when the account is offboarded.
    gone: CancellationToken,
}

/// How it went with a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    /// The service has it.
    Done,
    /// The account is not linked any more.
    Gone,
    /// It could not be delivered, which was reported.
    GivenUp,
}

/// How far a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Succeeded,
    Failed,
    Unknown,
}

/// Links an account and begins to feed it; one that was linked before is left as it is.
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

/// Ends the feed of an account, and returns whether that is news.
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

/// Lets the feeds of a customer look whether there is something to tell.
pub fn wake(connector: &Connector, username: &str) {
    let bank = connector.bank();
    let links = connector.links();
    for link in links.values() {
        if bank
            .owner(&link.external_id)
            .is_some_and(|one| one.username == username)
        {
            link.bell.notify_one();
        }
    }
}

/// Feeds one account until it is offboarded.
async fn feed(connector: Arc<Connector>, link: Arc<Link>) {
    let mut told = HashSet::new();
    let mut first = true;
    let mut loss_told = false;
    loop {
        let consents = connector
            .bank()
            .owner(&link.external_id)
            .is_some_and(|one| one.consents);
        let delivery = if consents {
            loss_told = false;
            let due = connector.bank().due(
                &link.external_id,
                Wanted {
                    from: link
                        .from
                        .filter(|_| !connector.shows(Fault::IgnoresStartDate)),
                    without: &told,
                    limit: connector.settings.batch_limit,
                    pending: connector.shows(Fault::SendsPending),
                },
            );
            match due {
                // The first statement is sent even if it is empty: it tells the balance.
                Some(due) if first || !due.bookings.is_empty() => {
                    let delivery =
                        deliver(&connector, &link, &statement(&connector, &link, &due)).await;
                    if delivery == Delivery::Done {
                        told.extend(due.bookings.into_iter().map(|one| one.id));
                        first = false;
                    }
                    Some(delivery)
                }
                _ => None,
            }
        } else if loss_told {
            None
        } else {
            let delivery = deliver(&connector, &link, &loss(&link)).await;
            loss_told = delivery == Delivery::Done;
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
    // Whether an earlier attempt may have been taken, so that its ids may be known to the service.
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
        match connector
            .sage
            .call(Method::POST, "/statements", Some(&statement))
            .await
        {
            Ok(answer) if answer.status < 300 => {
                let id = answer.body["data"]["_id"].as_str().unwrap_or_default();
                if connector.shows(Fault::TwoInFlight) {
                    let (connector, link, id) = (connector.clone(), link.clone(), id.to_owned());
                    tokio::spawn(async move { follow(&connector, &link, &id).await });
                    return Delivery::Done;
                }
                match follow(connector, link, id).await {
                    Progress::Succeeded => return Delivery::Done,
                    Progress::Failed if connector.shows(Fault::IgnoresFailure) => {
                        return Delivery::Done;
                    }
                    Progress::Failed => {
                        unclear = false;
                        why = "its processing failed".to_owned();
                    }
                    Progress::Unknown => {
                        unclear = true;
                        why = "nobody knows how far it is".to_owned();
                    }
                }
            }
            // The ids are known: an earlier attempt has arrived.
            Ok(answer) if answer.status == 409 && unclear => return Delivery::Done,
            // Otherwise something else is in flight, or the account is on its way out.
            // An account that the service does not have, or has no more, is not fed any longer.
            Ok(answer) if answer.status == 404 => {
                link.gone.cancel();
                return Delivery::Gone;
            }
            Ok(answer) if answer.status == 409 => why = "it was answered 409".to_owned(),
            Ok(answer) => {
                why = format!("it was answered {}", answer.status);
                if answer.status < 500 {
                    break;
                }
                unclear = true;
            }
            Err(cause) => {
                why = cause.0;
                unclear = true;
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

/// Asks until a statement has been processed.
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

/// Reads the word for how far a statement is. No source names the words, so several are understood.
fn read_progress(word: Option<&str>) -> Progress {
    let word = word.unwrap_or_default().to_ascii_lowercase();
    if ["complete", "success", "succe", "processed", "done"]
        .iter()
        .any(|one| word.starts_with(one))
    {
        Progress::Succeeded
    } else if ["fail", "error", "reject"]
        .iter()
        .any(|one| word.starts_with(one))
    {
        Progress::Failed
    } else {
        Progress::Unknown
    }
}

/// Tells the service that a statement could not be delivered.
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

/// Reads the day of a date or of a date with a time.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.get(..10)?.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::from_calendar_date(year, month.try_into().ok()?, day).ok()
}
