//! The verb `browse`: a visit of the customer's browser, and the judgement of its outcome.
//!
//! The live world makes the visit with the browser that the environment names.

use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::percent_decode_str;

use crate::browser::Choice;
use crate::journal::{Event, Fact, Hindrance, Message, Seq, VisitOutcome, Visited};
use crate::judge::Finding;
use crate::matching::Difference;
use crate::runner::binding::{Bound, Frame, Moment};
use crate::runner::draft::{text, texts};
use crate::runner::step::{CurrentStep, Interpreter, JudgedCheck, StepResult, Stop};
use crate::runner::verb::{Beginning, Perform, Performing};
use crate::runner::world::{VisitRequest, World};
use plan_language::participant::Participant;
use plan_language::plan::{Browse, Start, StepKey};
use plan_language::value::{ResolvedMatcher, Scope as _, Template, Unset, Value};

impl<W: World> Perform<W> for Browse {
    fn describe(&self) -> String {
        "the browser's visit".to_owned()
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
        Box::pin(interpreter.browse(at, self, frame))
    }
}

impl<W: World> Interpreter<'_, W> {
    async fn browse(
        &self,
        at: CurrentStep<'_>,
        browse: &Browse,
        frame: &mut Frame<'_>,
    ) -> Result<StepResult, Stop> {
        let request = visit_request(browse, frame)?;
        let outcome = demanded(browse, frame)?;
        let own = OpenedVisit::of(&request);
        let visit = self.world.browse(at.key, request).await;
        let (end, visited) = visit.ok_or_else(Stop::not_observed)?;
        let events = self.world.seen(at.begun, end);
        let (request, answer) = provider_page(&events, &visited.exchanges);
        let reported = !reports(&events).is_empty();
        let broken = broken_visit(&events, at.key);
        // A provider that reported a consent acted on what the customer decided, whatever its page says then; and nobody
        // knows whether a decision arrived whose exchange broke.
        let lost = broken.is_some() && visited.outcome == VisitOutcome::Stuck;
        let mut visited = Visited {
            decided: reported || (visited.decided && !lost),
            ..visited
        };
        // The page of a provider whose report was refused may well be a 502.
        if visited.hindrance == Some(Hindrance::Gateway) && report_was_refused(&events) {
            visited.hindrance = None;
        }
        match visited.hindrance {
            // A visit that was cut short has this hindrance, too.
            Some(Hindrance::Browser) => return Err(Stop::from(visited.why)),
            Some(Hindrance::Gateway) if !reported => return Err(Stop::from(visited.why)),
            _ => {}
        }
        if let Some(why) = broken.as_deref().filter(|_| lost) {
            keep_first(&self.severed, end, why);
        } else if self.is_shut_out(at, &visited, &own, frame) {
            keep_first(&self.hindered, end, &visited.why);
        }
        let mut result = StepResult::empty();
        if let (Some(outcome), Some((_, span))) = (&outcome, &browse.outcome) {
            let page = [&request, &answer].into_iter().flatten();
            let judged = JudgedCheck {
                what: format!("the browser's visit ends as {}", outcome.describe()),
                party: Participant::Provider,
                finding: judge_outcome(outcome, &visited, broken),
                messages: page.map(|event| event.seq).chain([end]).collect(),
            };
            if matches!(judged.finding, Finding::Inconclusive { .. }) {
                result.stop();
            }
            let check = self.check(at.line(span), judged, Some(frame));
            result.checks.push(check);
        }
        if let Some(label) = &at.step.label {
            let moment = Moment {
                start: at.begun,
                end,
                request,
                answer,
                back: came_back(&events),
                shown: shown(&events, &visited.exchanges),
                pages: pages(&events, &visited.exchanges),
                visited: Some(visited),
            };
            let origin = format!("the visit of {}", at.step.span);
            frame.bind(label, Bound::Moment(Arc::new(moment)), origin);
        }
        Ok(result)
    }
}

impl<W: World> Interpreter<'_, W> {
    /// Tells whether a visit with the customer's own login did not get in, at a page that may not refuse it. One may refuse
    /// an id that was not announced or was used, perhaps by showing its login again.
    fn is_shut_out(
        &self,
        at: CurrentStep<'_>,
        visited: &Visited,
        opened: &OpenedVisit,
        frame: &Frame<'_>,
    ) -> bool {
        let open = |id: &String| is_open(&self.world.seen(0, at.begun), id);
        visited.hindrance == Some(Hindrance::Login)
            && !visited.decided
            && is_own(&opened.login, frame)
            && opened.authorisation.as_ref().is_none_or(open)
    }
}

/// Notes why a visit went wrong that ended at a position; of several visits, the first is kept.
fn keep_first(noted: &Mutex<Option<(Seq, String)>>, end: Seq, why: &str) {
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    if noted.as_ref().is_none_or(|(known, _)| end < *known) {
        *noted = Some((end, why.to_owned()));
    }
}

/// Tells whether an authorisation was announced to the provider, which has not reported its end.
fn is_open(events: &[Arc<Event>], id: &str) -> bool {
    let (mut announced, mut reported) = (false, false);
    for event in events {
        let Fact::Request { from, message, .. } = &event.fact else {
            continue;
        };
        if let Some(json) = message.json() {
            announced |= json["resource"]["id"] == id;
        }
        reported |= *from == Participant::Provider && message.path.ends_with(id);
    }
    announced && !reported
}

/// What of a visit's beginning tells whether it was meant to get through.
struct OpenedVisit {
    login: Option<Value>,
    /// The authorisation, where the plan opens the provider's page itself.
    authorisation: Option<String>,
}

impl OpenedVisit {
    fn of(request: &VisitRequest) -> Self {
        let mut query = request.query.iter();
        let authorisation = query.find(|(name, _)| name == "authorisation_id");
        Self {
            login: request.login.clone(),
            authorisation: authorisation.map(|(_, id)| id.clone()),
        }
    }
}

/// Tells whether a login is that of a customer, as the environment has it: plans also log in wrongly on purpose.
fn is_own(login: &Option<Value>, frame: &Frame<'_>) -> bool {
    let Some(login) = login else { return false };
    ["customer", "other_customer"].iter().any(|name| {
        let customer = frame.lookup(name);
        customer.is_some_and(|customer| *customer == *login)
    })
}

/// Fills values into what is demanded of a visit's outcome.
fn demanded(browse: &Browse, frame: &Frame<'_>) -> Result<Option<ResolvedMatcher>, Unset> {
    let outcome = browse.outcome.as_ref();
    outcome
        .map(|(matcher, _)| matcher.resolve(frame))
        .transpose()
}

/// Fills values into a visit.
fn visit_request(browse: &Browse, frame: &Frame<'_>) -> Result<VisitRequest, Unset> {
    let render = |template: &Option<Template>| {
        let rendered = template.as_ref().map(|template| template.render(frame));
        rendered.transpose()
    };
    Ok(VisitRequest {
        start: match &browse.start {
            Start::At(address) => Err(*address),
            Start::Url(url) => Ok(url.render(frame)?),
        },
        query: texts(&browse.query, frame)?,
        login: render(&browse.login)?,
        decision: match &browse.decision {
            Some(template) => text(template, frame)?,
            None => "allow".to_owned(),
        },
        choose: render(&browse.choose)?.map(choice),
        same_browser: browse.same_browser,
    })
}

/// Reads which account the customer chooses: a whole number is a place, anything else an identifier.
fn choice(value: Value) -> Choice {
    let index = value.as_u64().and_then(|index| usize::try_from(index).ok());
    match (index, value) {
        (Some(index), _) => Choice::Index(index),
        (None, Value::String(text)) => Choice::Text(text),
        (None, other) => Choice::Text(other.to_string()),
    }
}

/// Judges the outcome of a visit. One that ends because of the network or the login proves nothing, and neither does
/// one that ends before the customer could decide anything: what refused it there may not be the provider. What a person
/// said of the end is no evidence, whichever way the demand would go.
fn judge_outcome(outcome: &ResolvedMatcher, visited: &Visited, broken: Option<String>) -> Finding {
    let seen = Value::from(visited.outcome.as_str());
    let compared = outcome.test_at("outcome", Some(&seen));
    if visited.said && !holds_for_each(outcome) {
        return Finding::Inconclusive {
            why: only_said(visited),
        };
    }
    if compared.held() {
        return Finding::Held {
            checked: compared.checked,
        };
    }
    let unreachable = match visited.hindrance {
        Some(Hindrance::Login | Hindrance::Gateway) => Some(visited.why.clone()),
        _ => broken.filter(|_| visited.outcome == VisitOutcome::Stuck),
    };
    match unreachable {
        Some(why) => Finding::Inconclusive { why },
        None if !visited.decided => Finding::Inconclusive {
            why: undecided(visited),
        },
        None => {
            let why = format!("{} ({})", visited.why, visited.url);
            let mismatches = compared.mismatches.into_iter();
            let differences = mismatches.map(|mismatch| Difference {
                why: Some(why.clone()),
                ..Difference::from(mismatch)
            });
            Finding::Broke {
                differences: differences.collect(),
            }
        }
    }
}

/// Returns where the first visit ended of which only a person's words tell how it ended, and these words.
pub fn said_end(events: &[Arc<Event>]) -> Option<(Seq, &str)> {
    events.iter().find_map(|event| match &event.fact {
        Fact::Visited { visit, .. } if visit.said => Some((event.seq, visit.why.as_str())),
        _ => None,
    })
}

/// Tells whether a demand holds however a visit ends.
fn holds_for_each(outcome: &ResolvedMatcher) -> bool {
    VisitOutcome::ALL.iter().all(|possible| {
        let possible = Value::from(possible.as_str());
        outcome.test_at("outcome", Some(&possible)).held()
    })
}

/// Says that only a person's words tell how a visit ended.
pub(super) fn only_said(visited: &Visited) -> String {
    format!(
        "{}; feedproof did not observe that, so that it speaks neither for the provider nor against it",
        visited.why
    )
}

/// Says that a visit ended before the customer decided.
pub(super) fn undecided(visited: &Visited) -> String {
    if visited.said {
        return only_said(visited);
    }
    format!(
        "{}; the customer had decided nothing by then, so that this says nothing of what follows a decision",
        visited.why
    )
}

/// Tells whether the service refused a report of the provider's: see [`reports`].
pub(super) fn report_was_refused(events: &[Arc<Event>]) -> bool {
    let reports = reports(events);
    events.iter().any(|event| match &event.fact {
        Fact::Answer {
            exchange, message, ..
        } => reports.contains(exchange) && message.status.is_some_and(|status| status >= 400),
        _ => false,
    })
}

/// Returns the exchanges in which the provider reported the end of an authorisation: of one whose page the browser asked
/// for, where it named any.
fn reports(events: &[Arc<Event>]) -> Vec<u64> {
    let requests = || {
        events.iter().filter_map(|event| match &event.fact {
            Fact::Request {
                exchange,
                from,
                to,
                message,
                ..
            } => Some((*exchange, *from, to.participant, message)),
            _ => None,
        })
    };
    let opened: Vec<String> = requests()
        .filter(|(_, from, ..)| *from == Participant::Browser)
        .flat_map(|(.., message)| &message.query)
        .filter(|(name, _)| name == "authorisation_id")
        .map(|(_, id)| written_alike(id))
        .collect();
    let reports = requests().filter(|(_, _, to, message)| {
        *to == Participant::Service
            && message.method.as_deref() == Some("PATCH")
            && reported_id(&message.path)
                .is_some_and(|id| opened.is_empty() || opened.contains(&id))
    });
    reports.map(|(exchange, ..)| exchange).collect()
}

/// Returns the id of the authorisation that a path names, however it is encoded.
fn reported_id(path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (_, id) = path.split_once("/authorisations/")?;
    Some(written_alike(id.trim_matches('/')))
}

/// Writes an id as all others are written: providers are free to use capitals.
fn written_alike(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// Returns where a tap saw a browser that is not feedproof's own come back from the provider's pages.
fn came_back(events: &[Arc<Event>]) -> Option<Seq> {
    let mut back = None;
    for event in events {
        if let Fact::Request {
            step: None,
            from: Participant::Browser,
            to,
            message,
            ..
        } = &event.fact
        {
            match to.participant {
                Participant::Provider => back = None,
                _ if is_page(message) => back = back.or(Some(event.seq)),
                _ => {}
            }
        }
    }
    back
}

/// Returns the last page that the provider served on a visit: its request and its response.
fn provider_page(
    events: &[Arc<Event>],
    exchanges: &[u64],
) -> (Option<Arc<Event>>, Option<Arc<Event>>) {
    let request = events.iter().rev().find(|event| {
        matches!(&event.fact, Fact::Request { exchange, to, .. }
            if to.participant == Participant::Provider && exchanges.contains(exchange))
    });
    let number = request.and_then(|event| match &event.fact {
        Fact::Request { exchange, .. } => Some(*exchange),
        _ => None,
    });
    let answer = events.iter().find(|event| match &event.fact {
        Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => Some(*exchange) == number,
        _ => false,
    });
    (request.cloned(), answer.cloned())
}

/// Returns the requests to the provider on a visit whose responses were no redirects, and these responses.
fn shown(events: &[Arc<Event>], exchanges: &[u64]) -> Vec<(Arc<Event>, Arc<Event>)> {
    let pairs = events.iter().filter_map(|event| {
        let Fact::Answer {
            exchange, message, ..
        } = &event.fact
        else {
            return None;
        };
        let redirects = message
            .status
            .is_some_and(|status| (300..=399).contains(&status));
        if redirects || !exchanges.contains(exchange) {
            return None;
        }
        let request = events.iter().find(|event| {
            matches!(&event.fact, Fact::Request { exchange: other, to, .. }
                if other == exchange && to.participant == Participant::Provider)
        })?;
        Some((request.clone(), event.clone()))
    });
    pairs.collect()
}

/// Returns how each request to the provider on a visit ended, in order.
fn pages(events: &[Arc<Event>], exchanges: &[u64]) -> Vec<Arc<Event>> {
    let asked: Vec<u64> = events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Request {
                exchange,
                to,
                message,
                ..
            } => {
                let of_visit =
                    to.participant == Participant::Provider && exchanges.contains(exchange);
                (of_visit && is_page(message)).then_some(*exchange)
            }
            _ => None,
        })
        .collect();
    let ends = events.iter().filter(|event| match &event.fact {
        Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => asked.contains(exchange),
        _ => false,
    });
    ends.cloned().collect()
}

/// Tells whether a browser asks for a page, and not for an image or a script of one.
fn is_page(request: &Message) -> bool {
    let wanted = request.header("sec-fetch-dest");
    matches!(wanted, None | Some("document" | "iframe" | "frame"))
}

/// Returns why the last exchange of a visit broke, if it did.
fn broken_visit(events: &[Arc<Event>], key: &StepKey) -> Option<String> {
    let last = events.iter().rev().find_map(|event| match &event.fact {
        Fact::Request {
            exchange,
            step: Some(step),
            ..
        } if step == key => Some(*exchange),
        _ => None,
    })?;
    events.iter().find_map(|event| match &event.fact {
        Fact::Broken { exchange, why } if *exchange == last => Some(why.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_report_is_read_in_every_spelling_of_its_path() {
        for path in [
            "/v1/authorisations/31f97f65-0d4e-4b5a-8a53-0d0e3c7f6a11",
            "/v1/authorisations/31F97F65-0D4E-4B5A-8A53-0D0E3C7F6A11/",
            "/v1/%61uthorisations/31f97f65%2D0d4e-4b5a-8a53-0d0e3c7f6a11",
        ] {
            let id = reported_id(path);
            assert_eq!(
                id.as_deref(),
                Some("31f97f65-0d4e-4b5a-8a53-0d0e3c7f6a11"),
                "{path}"
            );
        }
        assert_eq!(reported_id("/v1/statements"), None);
    }
}
