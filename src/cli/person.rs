//! The person at the terminal: stderr shows a task, and the person does it and types a line.
//!
//! Enter alone says that a bank action is done. A visit ends by itself when the browser comes back; a line that begins
//! with a key says that it does not.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, mpsc};

use crate::cli::visit_count::VisitCount;
use crate::report::line;
use crate::runner::{ManualTask, ManualUpdate, PendingFuture, Person, PersonSays};
use plan_language::value::duration;

/// Writes a line of talk.
type Say = Box<dyn Fn(&str) + Send + Sync>;

/// The lines that are typed.
type Lines = mpsc::Receiver<String>;

/// What can be typed while a visit has not ended.
const KEYS: &str = "  If it does not come back, type a key, a reason if you like, and Enter:\n    \
     r  the provider's page refused (`r the bank is not known`)\n    \
     c  the visit could not go on (`c the page asks for a code`)";

/// Returns the person at the terminal; `None` unless stdin and stderr are both a terminal.
///
/// `say` writes to that terminal; with `counts`, a line of its own counts the remaining time down. `visits` are those
/// that are foreseen for each customer.
pub(super) fn at_terminal(
    say: Say,
    counts: bool,
    visits: Vec<(String, usize)>,
) -> Option<Arc<dyn Person>> {
    let there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    there.then(|| {
        let count = VisitCount::new(visits);
        Arc::new(Terminal::new(lines, say, counts, count)) as Arc<dyn Person>
    })
}

/// Asks at a terminal, one question at a time.
struct Terminal {
    /// Starts to read lines; called with the first task, so that a run without tasks reads no input.
    begin: fn() -> Lines,
    /// The lines; the task that waits for one holds them, so that a line counts for one task.
    typed: OnceLock<Mutex<Lines>>,
    say: Say,
    counts: bool,
    visits: std::sync::Mutex<VisitCount>,
}

impl Terminal {
    fn new(begin: fn() -> Lines, say: Say, counts: bool, visits: VisitCount) -> Self {
        Self {
            begin,
            say,
            counts,
            typed: OnceLock::new(),
            visits: std::sync::Mutex::new(visits),
        }
    }

    /// Waits until no other task waits for lines, and drops those that were typed before.
    async fn listen(&self) -> MutexGuard<'_, Lines> {
        let typed = self.typed.get_or_init(|| Mutex::new((self.begin)()));
        let mut typed = typed.lock().await;
        // Enter before the task was shown does not count.
        while typed.try_recv().is_ok() {}
        typed
    }

    /// Waits until a bank action is confirmed, or a reason is given why it is not done.
    async fn confirmed(&self, typed: &mut Lines) -> Result<(), String> {
        while let Some(line) = typed.recv().await {
            match Answer::read(&line) {
                Answer::Done => return Ok(()),
                Answer::Refused(words) | Answer::CannotGoOn(words) if words.is_empty() => {
                    return Err(
                        "was not performed: a person said that it cannot be done".to_owned()
                    );
                }
                Answer::Refused(words) | Answer::CannotGoOn(words) => {
                    return Err(format!("was not performed: a person said: {words}"));
                }
                Answer::Unknown => {
                    (self.say)(
                        "type Enter alone when it is done, or c, a reason and Enter if it cannot be done",
                    );
                }
            }
        }
        Err("could not be confirmed: the terminal was closed".to_owned())
    }
}

impl Person for Terminal {
    fn ask<'a>(&'a self, what: &'a str, within: Duration) -> PendingFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let mut typed = self.listen().await;
            let minutes = within.as_secs() / 60;
            (self.say)(&format!(
                "\nto do: {what}\npress Enter when it is done ({minutes} min at most), or type c, a reason and Enter if it cannot be done"
            ));
            match tokio::time::timeout(within, self.confirmed(&mut typed)).await {
                Ok(answer) => answer,
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
            ManualUpdate::Begun(time) => {
                let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
                let which = visits.begin(&errand.customer);
                (self.say)(&begun(errand, &which, *time));
            }
            ManualUpdate::Over(how) => {
                if self.counts {
                    // Over the countdown.
                    let _ = write!(std::io::stderr(), "\r");
                }
                (self.say)(&format!("  {}", line(how)));
            }
        }
    }

    fn ends<'a>(&'a self, _: &'a ManualTask) -> PendingFuture<'a, PersonSays> {
        Box::pin(async move {
            let mut typed = self.listen().await;
            while let Some(line) = typed.recv().await {
                match Answer::read(&line) {
                    Answer::Refused(words) => return PersonSays::Refused(words),
                    Answer::CannotGoOn(words) => return PersonSays::CannotGoOn(words),
                    Answer::Done => (self.say)(&format!(
                        "  the browser has not come back yet; the visit goes on\n{KEYS}"
                    )),
                    Answer::Unknown => (self.say)(KEYS),
                }
            }
            // The terminal was closed: the visit ends when the browser comes back, or with its time.
            std::future::pending().await
        })
    }
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// Enter alone.
    Done,
    /// `r`, and the words after it.
    Refused(String),
    /// `c`, and the words after it.
    CannotGoOn(String),
    /// Anything else.
    Unknown,
}

impl Answer {
    fn read(line: &str) -> Self {
        let line = line.trim();
        let (key, words) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let words = words.trim().to_owned();
        match key {
            "" => Self::Done,
            "r" | "R" => Self::Refused(words),
            "c" | "C" => Self::CannotGoOn(words),
            _ => Self::Unknown,
        }
    }
}

/// Sends each line of stdin.
fn lines() -> Lines {
    let (typed, receiver) = mpsc::channel(8);
    // Reading a terminal cannot be given up, so the thread ends with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            // Lines that no task waits for are dropped when the next one begins, so that a few are enough.
            if matches!(
                typed.try_send(line),
                Err(mpsc::error::TrySendError::Closed(_))
            ) {
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

/// Writes the task of a visit that begins; addresses and names come from outside, so control characters are made visible.
fn begun(errand: &ManualTask, which: &str, time: Duration) -> String {
    let shown = |text: &str| line(text).into_owned();
    let which: Vec<_> = which.lines().map(shown).collect();
    let mut text = format!(
        "\n{}\n{} needs a person to play the customer. Open this link in a browser:\n\n    {}\n\n",
        which.join("\n"),
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
    let time = duration::format(time);
    text.push_str(&format!(
        "\n  time limit: {time}; feedproof notices by itself when the browser comes back\n{KEYS}"
    ));
    text
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Lines that are typed at one second, then at ten minutes.
    fn slowly() -> Lines {
        let (typed, receiver) = mpsc::channel(8);
        // Pressed before anybody asked.
        let _ = typed.try_send(String::new());
        tokio::spawn(async move {
            for seconds in [1, 599] {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                let _ = typed.send(String::new()).await;
            }
        });
        receiver
    }

    /// Lines that are typed one after another, a second apart.
    fn keys() -> Lines {
        let (typed, receiver) = mpsc::channel(8);
        tokio::spawn(async move {
            for line in [
                "",
                "x",
                "r  the bank is not known ",
                "C",
                "done",
                "c no code",
            ] {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let _ = typed.send(line.to_owned()).await;
            }
        });
        receiver
    }

    fn terminal(begin: fn() -> Lines) -> Terminal {
        Terminal::new(begin, Box::new(|_| {}), true, VisitCount::default())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_for_one_question_and_none_before_it_was_asked() {
        let terminal = terminal(slowly);
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

    #[tokio::test(start_paused = true)]
    async fn a_key_ends_a_visit_and_enter_alone_does_not() {
        let terminal = terminal(keys);
        let errand = errand();
        assert_eq!(
            terminal.ends(&errand).await,
            PersonSays::Refused("the bank is not known".to_owned())
        );
        assert_eq!(
            terminal.ends(&errand).await,
            PersonSays::CannotGoOn(String::new())
        );
        let asked = terminal.ask("one", Duration::from_secs(60)).await;
        assert_eq!(
            asked,
            Err("was not performed: a person said: no code".to_owned())
        );
        let closed = tokio::time::timeout(Duration::from_secs(60), terminal.ends(&errand));
        assert!(closed.await.is_err(), "a closed terminal ends no visit");
    }

    fn errand() -> ManualTask {
        ManualTask {
            case: "onboarding/cancelling-leads-back".to_owned(),
            customer: "alice".to_owned(),
            link: "http://127.0.0.1:9000/ui/link?session=1".to_owned(),
            username: Some("alice\u{1b}[31m".to_owned()),
            decision: "cancel".to_owned(),
            choose: Some("the account at place 1 of the list".to_owned()),
        }
    }

    #[test]
    fn a_person_is_told_what_to_open_and_what_to_do_there() {
        let mut visits = VisitCount::new(vec![("alice".to_owned(), 13), ("bob".to_owned(), 28)]);
        let which = visits.begin("alice");
        insta::assert_snapshot!(begun(&errand(), &which, Duration::from_secs(180)), @r"
        now as alice
        visit 1 of about 41, as alice, about 12 more follow
        onboarding/cancelling-leads-back needs a person to play the customer. Open this link in a browser:

            http://127.0.0.1:9000/ui/link?session=1

          log in as alice\u{1b}[31m; cancel, do not give the consent; back at the product, choose the account at place 1 of the list
          time limit: 3m; feedproof notices by itself when the browser comes back
          If it does not come back, type a key, a reason if you like, and Enter:
            r  the provider's page refused (`r the bank is not known`)
            c  the visit could not go on (`c the page asks for a code`)
        ");
        assert_eq!(counted(Duration::from_secs(179)), "    2:59 left ");
        assert_eq!(
            counted(Duration::ZERO).len(),
            counted(Duration::from_secs(600)).len()
        );
    }
}
