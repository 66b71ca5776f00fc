//! Shows each exchange when it ends: sender, receiver, status, duration, request.

use std::collections::HashMap;
use std::sync::Arc;

use colored::Colorize as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cli::terminal::data;
use crate::clock;
use crate::journal::{Event, Fact, Journal, Message, Micros, Seq};
use crate::report::{duration, line};

/// Number of open requests beyond which the oldest is forgotten.
const UNDER_WAY_MAX: usize = 4096;

/// Number of events that are kept for running flows; `serve` may run for days.
const KEPT: u64 = 10_000;

/// Prints a line for every exchange that ends, until the interrupt.
///
/// `shown` receives the position of the last event that was shown, so that the result of a flow is printed after it.
pub(super) async fn show(
    journal: Arc<Journal>,
    shown: watch::Sender<Seq>,
    interrupt: CancellationToken,
) {
    let mut grown = journal.watch_all();
    let mut view = OpenRequests::default();
    let mut seen = 0;
    loop {
        grown.borrow_and_update();
        for event in journal.events_after(seen) {
            seen = event.seq;
            if let Some(text) = view.line(&event) {
                let now = clock::rfc_3339(clock::wall_seconds());
                data(&format!(
                    "{}  {text}\n",
                    now.get(11..19).unwrap_or_default().dimmed()
                ));
            }
        }
        shown.send_replace(seen);
        journal.drop_until(seen.saturating_sub(KEPT));
        tokio::select! {
            biased;
            changed = grown.changed() => if changed.is_err() { return },
            () = interrupt.cancelled() => return,
        }
    }
}

/// The open requests, with the words and the time of each.
#[derive(Default)]
struct OpenRequests(HashMap<u64, ((String, String), Micros)>);

impl OpenRequests {
    /// Reads an event and returns the line of the exchange that it ends.
    fn line(&mut self, event: &Event) -> Option<String> {
        match &event.fact {
            Fact::Request {
                exchange,
                from,
                to,
                message,
                ..
            } => {
                if self.0.len() >= UNDER_WAY_MAX
                    && let Some(oldest) = self.0.keys().min().copied()
                {
                    self.0.remove(&oldest);
                }
                let arrow = format!("{:<8} → {:<8}", from.as_str(), to.participant.as_str());
                let words = (arrow, title(message));
                self.0.insert(*exchange, (words, event.at));
                None
            }
            Fact::Answer {
                exchange, message, ..
            } => {
                let ((arrow, title), at) = self.0.remove(exchange)?;
                let status = message.status.unwrap_or_default();
                let shown = match status {
                    ..400 => status.to_string().green(),
                    _ => status.to_string().red(),
                };
                let took = duration(event.at.saturating_sub(at));
                Some(format!("{arrow}  {shown}  {took:>7}  {title}"))
            }
            Fact::Broken { exchange, why } => {
                let ((arrow, title), at) = self.0.remove(exchange)?;
                let took = duration(event.at.saturating_sub(at));
                let dash = "---".red();
                Some(format!(
                    "{arrow}  {dash}  {took:>7}  {title}  {}",
                    line(why)
                ))
            }
            Fact::Refused { at, why } => Some(format!(
                "{:<20} {}",
                format!("refused at {at}"),
                line(why).red()
            )),
            _ => None,
        }
    }
}

/// Writes a request: method, path with shortened ids, and the type of a notification.
fn title(message: &Message) -> String {
    let method = message.method.as_deref().unwrap_or_default();
    let path: Vec<_> = message.path.split('/').map(cut_short).collect();
    let mut title = format!("{method} {}", path.join("/"));
    if let Some(body) = message.json()
        && let (Some(what), Some(of)) = (body["type"].as_str(), body["resource"]["type"].as_str())
    {
        title.push_str(&format!("  {what} {of}"));
    }
    line(&title).into_owned()
}

/// Shortens a long part of a path, such as a UUID.
fn cut_short(part: &str) -> String {
    match part.chars().count() {
        ..=24 => part.to_owned(),
        _ => format!("{}…", part.chars().take(8).collect::<String>()),
    }
}
