//! The person at the terminal: stderr shows a task, and the person does it and presses Enter.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use crate::report::line;
use crate::runner::{ManualTask, ManualUpdate, PendingFuture, Person};
use plan_language::value::duration;

/// Writes a line of talk.
type Say = Box<dyn Fn(&str) + Send + Sync>;

/// Returns the person at the terminal; `None` unless stdin and stderr are both a terminal.
///
/// `say` writes to that terminal; with `counts`, a line of its own counts the remaining time down.
pub(super) fn at_terminal(say: Say, counts: bool) -> Option<Arc<dyn Person>> {
    let there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    there.then(|| Arc::new(Terminal::new(lines, say, counts)) as Arc<dyn Person>)
}

/// Asks at a terminal, one question at a time.
struct Terminal {
    /// Starts to read lines; called with the first task, so that a run without tasks reads no input.
    begin: fn() -> mpsc::Receiver<()>,
    pressed: OnceLock<Mutex<mpsc::Receiver<()>>>,
    say: Say,
    counts: bool,
}

impl Terminal {
    fn new(begin: fn() -> mpsc::Receiver<()>, say: Say, counts: bool) -> Self {
        Self {
            begin,
            say,
            counts,
            pressed: OnceLock::new(),
        }
    }
}

impl Person for Terminal {
    fn ask<'a>(&'a self, what: &'a str, within: Duration) -> PendingFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let pressed = self.pressed.get_or_init(|| Mutex::new((self.begin)()));
            let mut pressed = pressed.lock().await;
            // Enter before the task was shown does not count.
            while pressed.try_recv().is_ok() {}
            let minutes = within.as_secs() / 60;
            (self.say)(&format!(
                "\nto do: {what}\npress Enter when it is done ({minutes} min at most)"
            ));
            match tokio::time::timeout(within, pressed.recv()).await {
                Ok(Some(())) => Ok(()),
                Ok(None) => Err("could not be confirmed: the terminal was closed".to_owned()),
                Err(_) => Err(format!("was not confirmed: no Enter within {minutes} min")),
            }
        })
    }

    fn tell(&self, errand: &ManualTask, news: &ManualUpdate) {
        match news {
            // A live line tells how long waits may still take.
            ManualUpdate::Left(_) if !self.counts => {}
            ManualUpdate::Left(left) => {
                // The countdown stays in its line.
                let mut out = std::io::stderr().lock();
                let _ = write!(out, "\r{}", counted(*left)).and_then(|()| out.flush());
            }
            ManualUpdate::Begun(_) => (self.say)(&told(errand, news)),
            ManualUpdate::Over(_) if !self.counts => (self.say)(&told(errand, news)),
            ManualUpdate::Over(_) => {
                // Over the countdown.
                let _ = write!(std::io::stderr(), "\r");
                (self.say)(&told(errand, news));
            }
        }
    }
}

/// Sends a message for every line of stdin.
fn lines() -> mpsc::Receiver<()> {
    let (pressed, receiver) = mpsc::channel(8);
    // Reading a terminal cannot be given up, so the thread ends with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            // When many were pressed at once, one is as good.
            if line.is_err()
                || matches!(
                    pressed.try_send(()),
                    Err(mpsc::error::TrySendError::Closed(()))
                )
            {
                return;
            }
        }
    });
    receiver
}

/// The countdown, always of the same length.
fn counted(left: std::time::Duration) -> String {
    let seconds = left.as_secs();
    format!("  {:>3}:{:02} left ", seconds / 60, seconds % 60)
}

/// Writes a task or its progress; addresses and names come from outside, so control characters are made visible.
fn told(errand: &ManualTask, news: &ManualUpdate) -> String {
    let shown = |text: &str| line(text).into_owned();
    match news {
        ManualUpdate::Left(left) => counted(*left),
        ManualUpdate::Over(how) => format!("  {}", shown(how)),
        ManualUpdate::Begun(time) => {
            let mut text = format!(
                "\n{} needs a person to play the customer. Open this link in a browser:\n\n    {}\n\n",
                shown(&errand.case),
                shown(&errand.link),
            );
            let login = match &errand.username {
                Some(name) => format!("  log in as {}", shown(name)),
                None => "  log in if you are asked to".to_owned(),
            };
            let decide = match errand.decision.as_str() {
                "cancel" => "cancel, do not give the consent",
                "cancel-after-login" => {
                    "cancel once you have logged in and not before, do not give the consent"
                }
                _ => "give the consent",
            };
            text.push_str(&format!("{login}; {decide}"));
            if let Some(account) = &errand.choose {
                text.push_str(&format!("; back at the product, choose {}", shown(account)));
            }
            text.push_str(&format!("\n  time limit: {}", duration::format(*time)));
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Lines that are pressed at one second, then at ten minutes.
    fn slowly() -> mpsc::Receiver<()> {
        let (pressed, receiver) = mpsc::channel(8);
        // Pressed before anybody asked.
        let _ = pressed.try_send(());
        tokio::spawn(async move {
            for seconds in [1, 599] {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                let _ = pressed.send(()).await;
            }
        });
        receiver
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_for_one_question_and_none_before_it_was_asked() {
        let terminal = Terminal::new(slowly, Box::new(|_| {}), true);
        let minute = Duration::from_secs(60);
        let first = terminal.ask("one", minute);
        tokio::pin!(first);
        assert!(
            first.as_mut().now_or_never().is_none(),
            "what was pressed before does not count"
        );
        assert_eq!(first.await, Ok(()));
        let second = terminal.ask("two", minute).await;
        assert_eq!(
            second,
            Err("was not confirmed: no Enter within 1 min".to_owned())
        );
        assert_eq!(terminal.ask("three", 20 * minute).await, Ok(()));
        let closed = terminal.ask("four", minute).await;
        assert_eq!(
            closed,
            Err("could not be confirmed: the terminal was closed".to_owned())
        );
    }

    #[test]
    fn a_person_is_told_what_to_open_and_what_to_do_there() {
        let errand = ManualTask {
            case: "onboarding/cancelling-leads-back".to_owned(),
            link: "http://127.0.0.1:9000/ui/link?session=1".to_owned(),
            username: Some("alice\u{1b}[31m".to_owned()),
            decision: "cancel".to_owned(),
            choose: Some("the account at place 1 of the list".to_owned()),
        };
        insta::assert_snapshot!(told(&errand, &ManualUpdate::Begun(Duration::from_secs(180))), @r#"
        onboarding/cancelling-leads-back needs a person to play the customer. Open this link in a browser:

            http://127.0.0.1:9000/ui/link?session=1

          log in as alice\u{1b}[31m; cancel, do not give the consent; back at the product, choose the account at place 1 of the list
          time limit: 3m
        "#);
        assert_eq!(counted(Duration::from_secs(179)), "    2:59 left ");
        assert_eq!(
            counted(Duration::ZERO).len(),
            counted(Duration::from_secs(600)).len()
        );
    }
}
