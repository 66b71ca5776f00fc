//! Shows exchanges as they end: who, to whom, what, which status, how long.

use std::collections::HashMap;
use std::sync::Arc;

use colored::Colorize as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cli::terminal::data;
use crate::journal::{Event, Fact, Journal, Message, Micros, Seq};
use crate::report::{duration, line};
use crate::runner::timestamp;
use crate::tap::now_seconds;

/// How many requests may be under way before the oldest is no longer waited for.
const UNDER_WAY_MAX: usize = 4096;

/// How many events are kept for flows that are under way; `serve` goes on for days.
const KEPT: u64 = 10_000;

/// Prints a line for every exchange that ends, until the interrupt.
///
/// `shown` tells how far it has come, so that what is said of a flow comes after the flow.
pub(super) async fn show(
    journal: Arc<Journal>,
    shown: watch::Sender<Seq>,
    interrupt: CancellationToken,
) {
    let mut grown = journal.watch_all();
    let mut view = View::default();
    let mut seen = 0;
    loop {
        grown.borrow_and_update();
        for event in journal.events_after(seen) {
            seen = event.seq;
            if let Some(text) = view.line(&event) {
                let now = timestamp(now_seconds());
                data(&format!(
                    "{}  {text}\n",
                    now.get(11..19).unwrap_or_default().dimmed()
                ));
            }
        }
        shown.send_replace(seen);
        journal.shed(seen.saturating_sub(KEPT));
        tokio::select! {
            biased;
            changed = grown.changed() => if changed.is_err() { return },
            () = interrupt.cancelled() => return,
        }
    }
}

/// The requests that are under way, with the words and the moment of each.
#[derive(Default)]
struct View(HashMap<u64, ((String, String), Micros)>);

impl View {
    /// Takes an event in and returns the line of the exchange that it ends.
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

/// Names a request: method, path with its ids cut short, and what a notification tells of.
fn title(message: &Message) -> String {
    let method = message.method.as_deref().unwrap_or_default();
    let path: Vec<_> = message.path.split('/').map(cut_short).collect();
    let mut title = format!("{method} {}", path.join("/"));
    if let Some(body) = message.body.json()
        && let (Some(what), Some(of)) = (body["type"].as_str(), body["resource"]["type"].as_str())
    {
        title.push_str(&format!("  {what} {of}"));
    }
    line(&title).into_owned()
}

/// Cuts a part of a path short that nobody reads to its end.
fn cut_short(part: &str) -> String {
    match part.chars().count() {
        ..=24 => part.to_owned(),
        _ => format!("{}…", part.chars().take(8).collect::<String>()),
    }
}
