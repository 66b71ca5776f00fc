//! The progress of a run: a live line on a terminal, elsewhere a line for each finished case.
//!
//! The live line contains the number of finished cases, about how long the rest takes where that is foreseen, and the wait with the latest limit: what it waits for, and how
//! long at most. It follows the facts of the journal.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::cli::terminal::talk;
use crate::journal::{Event, Fact, Journal, Lane, Micros};
use crate::judge::Verdict;
use crate::record::Outcome;
use crate::report;
use crate::topology::{Forecast, roughly};
use crate::vault::Vault;
use plan_language::plan::StepKey;

/// Interval at which the live line is redrawn, so that its times go on.
const REFRESH: Duration = Duration::from_millis(200);

/// The forecast of the run, and how much of it has ended.
#[derive(Debug)]
struct TimeLeft {
    forecast: Forecast,
    /// Shares of the cases that have ended, in microseconds.
    ended_us: AtomicU64,
}

impl TimeLeft {
    fn new(forecast: Forecast) -> Self {
        Self {
            forecast,
            ended_us: AtomicU64::new(0),
        }
    }

    fn ended(&self, case: &str) {
        let share = self.forecast.share(case).as_micros() as u64;
        self.ended_us.fetch_add(share, Ordering::Relaxed);
    }

    /// Says about how long the run still takes; begins the live line.
    fn text(&self, elapsed: Duration) -> String {
        let ended = Duration::from_micros(self.ended_us.load(Ordering::Relaxed));
        let left = self.forecast.left(ended, elapsed);
        format!("about {} left; ", roughly(left))
    }
}

/// Shows the progress of a run.
pub(super) struct Progress {
    total: usize,
    /// Names of cases and waits are plan authors' own texts, and may hold anything.
    vault: Arc<Vault>,
    done: AtomicUsize,
    left: Option<Arc<TimeLeft>>,
    live: Option<ProgressBar>,
    /// Whether cases are shown.
    is_shown: bool,
    /// Cancelled when there is nothing more to draw.
    end: CancellationToken,
}

impl Progress {
    /// Starts to show a run of `total` cases; with a live line if stderr is a terminal without a log.
    ///
    /// Unless `is_shown`, only notes about the run are written, and nothing of its cases.
    pub fn new(
        total: usize,
        vault: Arc<Vault>,
        forecast: Option<Forecast>,
        is_shown: bool,
    ) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let logs = tracing::level_filters::LevelFilter::current()
            != tracing::level_filters::LevelFilter::OFF;
        let live = is_shown && std::io::stderr().is_terminal() && !dumb && !logs;
        Self {
            total,
            vault,
            done: AtomicUsize::new(0),
            left: forecast.map(|forecast| Arc::new(TimeLeft::new(forecast))),
            live: live.then(|| bar(total)),
            end: CancellationToken::new(),
            is_shown,
        }
    }

    /// Draws the live line from the facts of a journal until it is cleared.
    pub fn follow(&self, runtime: &Handle, journal: &Arc<Journal>) {
        if let Some(bar) = &self.live {
            let (bar, vault) = (bar.clone(), self.vault.clone());
            let (journal, end) = (journal.clone(), self.end.clone());
            let left = self.left.clone();
            runtime.spawn(async move { draw(&bar, &vault, &journal, left.as_deref(), &end).await });
        }
    }

    /// Shows a case that has ended. Above a live line only failed and inconclusive cases stay on the screen.
    pub fn ended(&self, outcome: &Outcome) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(left) = &self.left {
            left.ended(&outcome.case);
        }
        let wrong = matches!(outcome.verdict, Verdict::Failed | Verdict::Inconclusive);
        if self.is_shown && (self.live.is_none() || wrong) {
            self.say(&report::progress_line(done, self.total, outcome));
        }
        if let Some(bar) = &self.live {
            bar.inc(1);
        }
    }

    /// Writes a line of talk above the live line.
    pub fn say(&self, text: &str) {
        let text = self.vault.hide(text);
        match &self.live {
            None => talk(&text),
            Some(bar) => bar.suspend(|| talk(&text)),
        }
    }

    /// Tells whether there is a live line.
    pub fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Returns the visits that are foreseen for each customer; none where nothing is foreseen.
    pub fn visits(&self) -> Vec<(String, usize)> {
        let visits = self
            .left
            .iter()
            .flat_map(|left| left.forecast.visits.clone());
        visits.collect()
    }

    /// Removes the live line.
    pub fn clear(&self) {
        self.end.cancel();
        if let Some(bar) = &self.live {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    bar.set_style(
        ProgressStyle::with_template("[{pos}/{len}] {elapsed}  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

async fn draw(
    bar: &ProgressBar,
    vault: &Vault,
    journal: &Journal,
    left: Option<&TimeLeft>,
    end: &CancellationToken,
) {
    let begun = journal.now();
    let mut running = RunningCases::default();
    let mut grown = journal.watch_all();
    let mut seen = 0;
    loop {
        for event in journal.events_after(seen) {
            seen = event.seq;
            running.take(&event);
        }
        let now = journal.now();
        let elapsed = Duration::from_micros(now.saturating_sub(begun));
        let left = left.map_or_else(String::new, |left| left.text(elapsed));
        let told = format!("{left}{}", running.line(now));
        bar.set_message(report::line(&vault.hide(&told)).into_owned());
        tokio::select! {
            biased;
            () = end.cancelled() => return,
            changed = grown.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(REFRESH) => {}
        }
    }
}

/// The running cases with their waits.
#[derive(Debug, Default)]
struct RunningCases {
    cases: HashMap<Lane, Vec<OpenWait>>,
}

/// A wait of a case.
#[derive(Debug)]
struct OpenWait {
    step: StepKey,
    name: String,
    until_us: Micros,
}

impl RunningCases {
    fn take(&mut self, event: &Event) {
        let Some(lane) = &event.lane else { return };
        match &event.fact {
            Fact::Opened { .. } => {
                self.cases.insert(lane.clone(), Vec::new());
            }
            Fact::Ended | Fact::NotOpened { .. } => {
                self.cases.remove(lane);
            }
            Fact::Waiting {
                step,
                wait,
                until_us,
                ..
            } => {
                if let Some(waits) = self.cases.get_mut(lane) {
                    // An extended wait is recorded again.
                    waits.retain(|wait| wait.step != *step);
                    waits.push(OpenWait {
                        step: step.clone(),
                        name: wait.clone(),
                        until_us: *until_us,
                    });
                }
            }
            Fact::Closed { step, .. } => {
                if let Some(waits) = self.cases.get_mut(lane) {
                    waits.retain(|wait| wait.step != *step);
                }
            }
            _ => {}
        }
    }

    /// Returns the text of the live line at a moment.
    fn line(&self, now: Micros) -> String {
        let longest = self
            .cases
            .iter()
            .flat_map(|(case, waits)| waits.iter().map(move |wait| (case, wait)))
            // By the name last, so that equal waits do not alternate.
            .max_by_key(|(case, wait)| (wait.until_us, *case));
        let running = self.cases.len();
        let Some((case, wait)) = longest else {
            return match running {
                0 => String::new(),
                running => format!("{running} running"),
            };
        };
        let waiting = self
            .cases
            .values()
            .filter(|waits| !waits.is_empty())
            .count();
        let left = wait.until_us.saturating_sub(now).div_ceil(1_000_000);
        format!(
            "{running} running, {waiting} waiting, {} for {left} s at most: {case}",
            wait.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::WaitEnd;

    fn lines(facts: &[(&str, Fact)]) -> Vec<String> {
        let mut running = RunningCases::default();
        facts
            .iter()
            .map(|(case, fact)| {
                running.take(&Event {
                    seq: 1,
                    at: 0,
                    lane: Some((*case).into()),
                    fact: fact.clone(),
                });
                running.line(1_500_000)
            })
            .collect()
    }

    fn opened() -> Fact {
        Fact::Opened {
            values: serde_json::json!({}),
        }
    }

    fn waiting(wait: &str, until_us: Micros) -> Fact {
        Fact::Waiting {
            step: StepKey::top(wait, 0),
            wait: wait.to_owned(),
            bound_us: 30_000_000,
            until_us,
        }
    }

    fn closed(wait: &str) -> Fact {
        Fact::Closed {
            step: StepKey::top(wait, 0),
            closed: WaitEnd::Met(1),
        }
    }

    #[test]
    fn the_wait_that_may_last_longest_is_named_with_the_time_that_is_left() {
        let told = lines(&[
            ("a/one", opened()),
            ("a/two", opened()),
            ("a/one", waiting("notification", 10_000_000)),
            ("a/two", waiting("retry", 60_000_000)),
            ("a/two", closed("retry")),
            ("a/one", closed("notification")),
            ("a/one", Fact::Ended),
            ("a/two", Fact::Ended),
        ]);
        assert_eq!(
            told,
            [
                "1 running",
                "2 running",
                "2 running, 1 waiting, notification for 9 s at most: a/one",
                "2 running, 2 waiting, retry for 59 s at most: a/two",
                "2 running, 1 waiting, notification for 9 s at most: a/one",
                "2 running",
                "1 running",
                "",
            ]
        );
    }

    #[test]
    fn a_wait_that_is_over_its_time_has_none_left() {
        let told = lines(&[("a/one", opened()), ("a/one", waiting("retry", 1_000_000))]);
        assert!(
            told[1].ends_with("retry for 0 s at most: a/one"),
            "{told:?}"
        );
    }

    #[test]
    fn a_case_that_was_not_opened_does_not_run() {
        let told = lines(&[(
            "a/one",
            Fact::NotOpened {
                standing: crate::journal::NotOpened::Skipped,
                why: "no bank action".to_owned(),
            },
        )]);
        assert_eq!(told, [""]);
    }
}
