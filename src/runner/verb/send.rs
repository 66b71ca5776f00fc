//! The verb `send`: sends a request, repeats it under `eventually`, and judges the response.
//!
//! The request is made by `draft`; `capture` takes values from the response.

use std::sync::Arc;

use crate::journal::{Event, Fact, Message, Seq, WaitEnd};
use crate::judge::{Finding, millis};
use crate::matching::{Compared, Demand};
use crate::runner::binding::{Bound, Frame, Moment, request_message};
use crate::runner::draft::draft;
use crate::runner::step::{CurrentStep, Interpreter, JudgedCheck, StepResult, Stop};
use crate::runner::verb::judge::from_in_front;
use crate::runner::verb::window::set_longer;
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::{Draft, Exchange, Pause, PendingWait, World};
use plan_language::participant::Participant;
use plan_language::plan::{Eventually, Expect, Send, StepKey};
use plan_language::value::{Found, JsonPath, Value};

impl<W: World> Perform<W> for Send {
    fn describe(&self) -> String {
        format!("{} to {}", self.method, self.to)
    }

    fn beginning(&self) -> Beginning {
        Beginning::Acts
    }

    fn perform<'p>(
        &'p self,
        interpreter: &'p Interpreter<'_, W>,
        at: CurrentStep<'p>,
        frame: &'p mut Frame<'_>,
    ) -> Performing<'p> {
        Box::pin(interpreter.send(at, self, frame))
    }
}

/// The attempts of a `send`: one, or several under `eventually`.
struct Attempts {
    /// How many there were; at least one.
    count: u32,
    /// The last exchange.
    exchange: Exchange,
    /// The comparison of the last response; none where none arrived.
    compared: Option<Compared>,
    /// Why there was no further attempt, where the last one did not hold.
    ended: Option<Ended>,
}

/// Why there was no further attempt.
enum Ended {
    /// `give_up_when` holds.
    GivenUp,
    /// The response names no URL for the next attempt.
    NoNextUrl,
    /// The time is over; how long it was, in words, if the journal says so.
    TimedOut(Option<String>),
    /// The time is over, although it was extended and the provider still posted.
    StillFeeds(Option<String>),
}

impl Ended {
    fn describe(&self, attempts: u32) -> String {
        let attempts = match attempts {
            1 => "1 attempt".to_owned(),
            _ => format!("{attempts} attempts"),
        };
        match self {
            Self::GivenUp => format!("no later attempt can succeed ({attempts})"),
            Self::NoNextUrl => {
                format!("the response names no URL for another attempt ({attempts})")
            }
            Self::TimedOut(Some(time)) => format!("timed out after {time} ({attempts})"),
            Self::TimedOut(None) => format!("timed out ({attempts})"),
            Self::StillFeeds(Some(time)) => {
                format!("the provider still posted after {time} ({attempts})")
            }
            Self::StillFeeds(None) => format!("the provider still posted ({attempts})"),
        }
    }
}

impl<W: World> Interpreter<'_, W> {
    async fn send(
        &self,
        at: CurrentStep<'_>,
        send: &Send,
        frame: &mut Frame<'_>,
    ) -> Result<StepResult, Stop> {
        let request = draft(send, frame)?;
        let demand = Demand::resolve(&send.expect, frame)?;
        let attempts = match &send.eventually {
            None => self.attempt(at.key, request, &demand).await?,
            Some(eventually) => {
                self.attempts(at, eventually, request, &demand, frame)
                    .await?
            }
        };
        let Attempts { exchange, .. } = &attempts;
        let moment = Moment {
            start: exchange.request.seq,
            end: exchange.end.seq,
            request: Some(exchange.request.clone()),
            answer: Some(exchange.end.clone()),
            shown: Vec::new(),
            back: None,
            pages: Vec::new(),
            visited: None,
        };
        let answered = attempts.compared.is_some();
        let judged = judged(send, attempts);
        let check = self.check(at.expectation(&send.expect), judged, Some(frame));
        let mut result = StepResult::of(check);
        result.continues = answered;
        let title = format!("{} {}", send.method, shown_path(moment.request.as_ref()));
        if answered {
            let taken = (moment.answered(), format!("the response to {title}"));
            let party = send.to.participant;
            self.take_captures(at, &send.capture, taken, frame, &mut result, party);
        }
        if let Some(label) = &at.step.label {
            let origin = format!("the message {title} of {}", at.step.span);
            frame.bind(label, Bound::Moment(Arc::new(moment)), origin);
        }
        Ok(result)
    }

    /// Sends once.
    async fn attempt(
        &self,
        key: &StepKey,
        request: Draft,
        demand: &Demand,
    ) -> Result<Attempts, Stop> {
        let exchange = self.world.send(key, request).await;
        let exchange = exchange.ok_or_else(|| Stop::not_observed_at(key))?;
        let response = exchange.answer().ok();
        Ok(Attempts {
            count: 1,
            compared: response.map(|message| demand.test(message)),
            exchange,
            ended: None,
        })
    }

    /// Sends again and again until the response holds, no attempt can succeed, or the time is over.
    async fn attempts(
        &self,
        at: CurrentStep<'_>,
        eventually: &Eventually,
        mut request: Draft,
        demand: &Demand,
        frame: &Frame<'_>,
    ) -> Result<Attempts, Stop> {
        let mut count = 0;
        loop {
            count += 1;
            let key = at.key.attempt(count);
            let mut last = self.attempt(&key, request.clone(), demand).await?;
            last.count = count;
            if last.hold() {
                return Ok(last);
            }
            if let Some(known) = &eventually.give_up_when
                && holds(known, &last.exchange, frame)?
            {
                last.ended = Some(Ended::GivenUp);
                return Ok(last);
            }
            if let Some(next) = &eventually.next {
                let Some(url) = next_url(next, &last.exchange) else {
                    last.ended = Some(Ended::NoNextUrl);
                    return Ok(last);
                };
                request.path = url;
                request.query.clear();
            }
            if let Some(ended) = self.pause(at, eventually, &key, &last).await? {
                last.ended = Some(ended);
                return Ok(last);
            }
        }
    }

    /// Pauses before another attempt; returns why there is none once the time is over.
    async fn pause(
        &self,
        at: CurrentStep<'_>,
        eventually: &Eventually,
        attempt: &StepKey,
        last: &Attempts,
    ) -> Result<Option<Ended>, Stop> {
        let pending = PendingWait {
            after: last.exchange.end.seq,
            // Anything that ends in the case's lane may have changed the response.
            met: &first_answer,
            bound: &eventually.within,
            pause: Some(Pause::after(last.count, eventually.every)),
            extended: is_to_service(&last.exchange.request.fact),
            since: at.begun,
        };
        let key = attempt.aside("pause");
        match self.world.wait(&key, pending).await {
            None => Err(Stop::not_observed_at(attempt)),
            Some(WaitEnd::Interrupted(_)) => Err(Stop::from(self.world.cut_short())),
            Some(WaitEnd::Met(_)) => Ok(None),
            Some(closed) => {
                let events = self.world.seen(last.exchange.end.seq, closed.seq());
                let time = time_of_wait(&events, &key);
                Ok(Some(match closed {
                    WaitEnd::Advancing(_) => Ended::StillFeeds(time),
                    _ => Ended::TimedOut(time),
                }))
            }
        }
    }
}

impl Attempts {
    fn hold(&self) -> bool {
        let compared = self.compared.as_ref();
        compared.is_some_and(Compared::holds)
    }

    fn still_feeds(&self) -> bool {
        matches!(self.ended, Some(Ended::StillFeeds(_)))
    }
}

fn is_to_service(request: &Fact) -> bool {
    matches!(request, Fact::Request { to, .. } if to.participant == Participant::Service)
}

fn first_answer(events: &[Arc<Event>]) -> Option<Seq> {
    let answer = |event: &&Arc<Event>| matches!(event.fact, Fact::Answer { .. });
    events.iter().find(answer).map(|event| event.seq)
}

/// Returns how long a wait was, in words; its extension counts where it is half as long again or more.
fn time_of_wait(events: &[Arc<Event>], key: &StepKey) -> Option<String> {
    let mut bounds = events.iter().filter_map(|event| match &event.fact {
        Fact::Waiting { step, bound_us, .. } if step == key => Some(*bound_us),
        _ => None,
    });
    let first = bounds.next()?;
    let last = bounds.next_back().unwrap_or(first);
    let shown = if last >= first.saturating_add(first / 2) {
        last
    } else {
        first
    };
    Some(millis(shown))
}

/// Tells whether a response is as written; one that did not arrive is not.
fn holds(written: &Expect, exchange: &Exchange, frame: &Frame<'_>) -> Result<bool, Stop> {
    let Ok(message) = exchange.answer() else {
        return Ok(false);
    };
    let demand = Demand::resolve(written, frame)?;
    Ok(demand.test(message).holds())
}

/// Returns the URL that a response names for the next attempt.
fn next_url(path: &JsonPath, exchange: &Exchange) -> Option<String> {
    let json = exchange.answer().ok().and_then(Message::json)?;
    let found = match path.query(&json) {
        Found::One(hit) => hit.cloned(),
        Found::Many(hits) => hits.into_iter().next().map(|hit| hit.value.clone()),
    };
    match found {
        Some(Value::String(url)) => Some(url),
        _ => None,
    }
}

/// Judges the last attempt.
fn judged(send: &Send, attempts: Attempts) -> JudgedCheck {
    let exchange = &attempts.exchange;
    let path = shown_path(Some(&exchange.request));
    let what = if path.is_empty() {
        // A callback at the sink has no path of its own.
        format!("{} at {}", send.method, send.to)
    } else {
        format!("{} {path} at {}", send.method, send.to)
    };
    let in_front = from_in_front(send.to.participant, &exchange.end.fact);
    let still_feeds = attempts.still_feeds();
    let finding = match (attempts.compared, in_front) {
        (_, Some(why)) => Finding::Inconclusive { why },
        (None, None) => Finding::Inconclusive {
            why: exchange.answer().err().unwrap_or("no response").to_owned(),
        },
        (Some(compared), None) if still_feeds && !compared.holds() => {
            let ended = attempts.ended.as_ref();
            let why = ended.map(|ended| ended.describe(attempts.count));
            let wait = send
                .eventually
                .as_ref()
                .map(|loops| set_longer(&loops.within));
            Finding::Inconclusive {
                why: format!("{}{}", why.unwrap_or_default(), wait.unwrap_or_default()),
            }
        }
        (Some(compared), None) => {
            let mut finding = Finding::of(compared);
            if let (Finding::Broke { differences }, Some(ended)) = (&mut finding, &attempts.ended)
                && let Some(first) = differences.first_mut()
            {
                let why = || ended.describe(attempts.count);
                first.why.get_or_insert_with(why);
            }
            finding
        }
    };
    JudgedCheck {
        what,
        party: send.to.participant,
        finding,
        messages: vec![exchange.request.seq, exchange.end.seq],
    }
}

/// Returns the path of a request for a sentence; identifiers in it are shown as `…`.
pub(super) fn shown_path(request: Option<&Arc<Event>>) -> String {
    let Some(message) = request.and_then(|event| request_message(event)) else {
        return String::new();
    };
    message.shape_of_path()
}
