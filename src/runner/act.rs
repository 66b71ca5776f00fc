//! The acting verbs: `send`, `browse`, `answer`, `trigger`, `set`, `advance`.

use std::sync::Arc;

use crate::browser::Choice;
use crate::journal::{
    Closed, Event, Fact, Hindrance, Message, Participant, Seq, VisitOutcome, identity,
};
use crate::judge::{Demand, Difference, Finding, Selector};
use crate::plan::{
    Advance, Arm, Assigned, Auth, Browse, Capture, Credentials, Deed, Payload, Pick, Place, Reply,
    Send, SigningKey, Start, Step, StepKey, Trigger,
};
use crate::runner::binding::{Frame, Moment, Thing, request_message};
use crate::runner::check::{At, INTERRUPTED, Run, Walk};
use crate::runner::world::{Draft, DraftAuth, DraftBody, Journey, Pause, Pending, World};
use crate::tap::Reaction;
use crate::value::{Found, Template, Unset, Value};

impl<W: World> Walk<'_, W> {
    pub(super) async fn send(
        &self,
        step: &Step,
        send: &Send,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let (mut draft, demand) = match draft(send, frame)
            .and_then(|draft| Ok((draft, Demand::resolve(&send.expect, frame)?)))
        {
            Ok(both) => both,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let mut attempts = 0;
        let (exchange, compared, ended) = loop {
            attempts += 1;
            let attempt = match send.eventually {
                Some(_) => key.attempt(attempts),
                None => key.clone(),
            };
            let Some(exchange) = self.world.send(&attempt, draft.clone()).await else {
                return self.unobserved(step, &attempt);
            };
            let compared = exchange.answer().ok().map(|message| demand.test(message));
            let held = compared
                .as_ref()
                .is_some_and(|one| one.differences.is_empty());
            let Some(eventually) = send.eventually.as_ref().filter(|_| !held) else {
                break (exchange, compared, None);
            };
            if let (Some(known), Ok(message)) = (&eventually.give_up_when, exchange.answer()) {
                match Demand::resolve(known, frame) {
                    Ok(known) if known.test(message).differences.is_empty() => {
                        break (
                            exchange,
                            compared,
                            Some("given up: no later attempt can succeed"),
                        );
                    }
                    Ok(_) => {}
                    Err(unset) => return self.unjudged(step, key, unset.to_string()),
                }
            }
            if let Some(next) = &eventually.next {
                match exchange
                    .answer()
                    .ok()
                    .and_then(Message::json)
                    .and_then(|json| single(next.query(json)))
                {
                    Some(Value::String(url)) => {
                        draft.path = url;
                        draft.query.clear();
                    }
                    _ => {
                        break (
                            exchange,
                            compared,
                            Some("the answer names no route for another attempt"),
                        );
                    }
                }
            }
            let pending = Pending {
                after: exchange.end.seq,
                // Anything that ends in the case's lane may have changed the answer.
                met: &|events| {
                    events
                        .iter()
                        .find(|event| matches!(event.fact, Fact::Answer { .. }))
                        .map(|event| event.seq)
                },
                bound: &eventually.within,
                pause: Some(Pause::after(attempts, eventually.every)),
                since: begun,
            };
            match self.world.wait(&attempt.aside("pause"), pending).await {
                None => return self.unobserved(step, &attempt),
                Some(Closed::Met(_)) => {}
                Some(Closed::Deadline(_)) => {
                    break (
                        exchange,
                        compared,
                        Some("the time for further attempts was up"),
                    );
                }
                Some(Closed::Interrupted(_)) => {
                    return self.unjudged(step, key, INTERRUPTED);
                }
            }
        };
        let evidence = vec![exchange.request.seq, exchange.end.seq];
        let path = shown_path(Some(&exchange.request));
        let what = match path.as_str() {
            // A callback at the sink has no path of its own.
            "" => format!("{} at {}", send.method, send.to),
            path => format!("{} {path} at {}", send.method, send.to),
        };
        let finding = match compared {
            Some(compared) if compared.differences.is_empty() => Finding::Held {
                checked: compared.checked,
            },
            Some(mut compared) => {
                if let (Some(ended), Some(first)) = (ended, compared.differences.first_mut()) {
                    first.why.get_or_insert_with(|| match attempts {
                        1 => format!("one attempt, {ended}"),
                        _ => format!("{attempts} attempts, {ended}"),
                    });
                }
                Finding::Broke {
                    differences: compared.differences,
                }
            }
            None => Finding::Unjudged {
                why: exchange.answer().err().unwrap_or("no answer").to_owned(),
            },
        };
        let going = !matches!(finding, Finding::Unjudged { .. });
        let party = send.to.participant;
        let place = send.expect.span.as_ref().unwrap_or(&step.span);
        let check = self.check(
            At { step, key, place },
            what,
            party,
            (finding, evidence),
            Some(frame),
        );
        let mut run = Run {
            checks: vec![check],
            going,
        };
        let moment = Moment {
            start: exchange.request.seq,
            end: exchange.end.seq,
            request: Some(exchange.request.clone()),
            answer: Some(exchange.end.clone()),
            visited: None,
        };
        if going {
            let asked = format!("{} {}", send.method, shown_path(moment.request.as_ref()));
            let taken = (moment.answered(), format!("the answer to {asked}"));
            self.take_captures((step, key), &send.capture, taken, frame, &mut run, party);
        }
        if let Some(label) = &step.label {
            frame.bind(
                label,
                Thing::Moment(Arc::new(moment)),
                format!(
                    "the message {} {} of {}",
                    send.method,
                    shown_path(Some(&exchange.request)),
                    step.span
                ),
            );
        }
        run
    }

    /// Binds captures from a message; one that finds nothing stops the case.
    pub(super) fn take_captures(
        &self,
        (step, key): (&Step, &StepKey),
        captures: &[Capture],
        (message, title): (Option<&Message>, String),
        frame: &mut Frame<'_>,
        run: &mut Run,
        party: Participant,
    ) {
        for capture in captures {
            let found = message.and_then(|message| pick(&capture.from, message));
            match found {
                Some(value) => {
                    let origin = format!("captured at {} from {title}", capture.span);
                    frame.bind(&capture.name, Thing::Value(Arc::new(value)), origin);
                }
                None => {
                    let finding = Finding::Broke {
                        differences: vec![Difference {
                            at: place_of(&capture.from),
                            place: Place::from(&capture.span),
                            expected: format!("a value to capture as `{}`", capture.name),
                            seen: None,
                            why: None,
                        }],
                    };
                    let what = format!("`{}` is captured", capture.name);
                    let check = self.check(
                        At {
                            step,
                            key,
                            place: &capture.span,
                        },
                        what,
                        party,
                        (finding, Vec::new()),
                        Some(frame),
                    );
                    run.checks.push(check);
                    run.stop();
                }
            }
        }
    }

    pub(super) async fn browse(
        &self,
        step: &Step,
        browse: &Browse,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let resolved = journey(browse, frame).and_then(|journey| {
            let outcome = browse
                .outcome
                .as_ref()
                .map(|(matcher, _)| matcher.resolve(frame));
            Ok((journey, outcome.transpose()?))
        });
        let (journey, outcome) = match resolved {
            Ok(both) => both,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let Some((seq, visited)) = self.world.browse(key, journey).await else {
            return self.unobserved(step, key);
        };
        let events = self.world.seen(begun, seq);
        let (request, answer) = provider_page(&events, &visited.exchanges);
        let unreachable = broken_visit(&events, key);
        let mut evidence: Vec<Seq> = [&request, &answer]
            .into_iter()
            .flatten()
            .map(|one| one.seq)
            .collect();
        evidence.push(seq);
        let mut run = Run::empty();
        if visited.why == INTERRUPTED {
            return self.unjudged(step, key, INTERRUPTED);
        }
        if visited.hindrance == Some(Hindrance::Browser) {
            return self.unjudged(step, key, visited.why);
        }
        let unreachable = match visited.hindrance {
            Some(Hindrance::Login) => Some(visited.why.clone()),
            _ => unreachable,
        };
        if let Some(outcome) = outcome {
            let seen = Value::from(visited.outcome.as_str());
            let judged = outcome.test_at("outcome", Some(&seen));
            let what = format!("the browser's visit ends as {}", outcome.describe());
            let finding = if judged.held() {
                Finding::Held {
                    checked: judged.checked,
                }
            } else if let (Some(why), VisitOutcome::Stuck) = (unreachable, visited.outcome) {
                run.stop();
                Finding::Unjudged { why }
            } else {
                Finding::Broke {
                    differences: judged
                        .mismatches
                        .into_iter()
                        .map(|one| Difference {
                            at: one.at,
                            place: Place::from(&one.span),
                            expected: one.expected,
                            seen: one.seen,
                            why: Some(format!("{} ({})", visited.why, visited.url)),
                        })
                        .collect(),
                }
            };
            let place = browse.outcome.as_ref().map_or(&step.span, |(_, span)| span);
            let party = Participant::Provider;
            run.checks.push(self.check(
                At { step, key, place },
                what,
                party,
                (finding, evidence),
                Some(frame),
            ));
        }
        if let Some(label) = &step.label {
            let moment = Moment {
                start: begun,
                end: seq,
                request,
                answer,
                visited: Some(visited),
            };
            frame.bind(
                label,
                Thing::Moment(Arc::new(moment)),
                format!("the visit of {}", step.span),
            );
        }
        run
    }

    pub(super) fn arm(&self, step: &Step, arm: &Arm, key: &StepKey, frame: &mut Frame<'_>) -> Run {
        let resolved = Selector::resolve(&arm.query, frame).and_then(|selector| {
            let replies = arm
                .with
                .iter()
                .map(|reply| reaction(reply, frame))
                .collect::<Result<Vec<_>, Unset>>()?;
            Ok((selector, replies))
        });
        match resolved {
            Err(unset) => self.unjudged(step, key, unset.to_string()),
            Ok((selector, replies)) => match self.world.arm(key, selector, replies) {
                Some(_) => Run::empty(),
                None => self.unobserved(step, key),
            },
        }
    }

    pub(super) async fn trigger(
        &self,
        step: &Step,
        trigger: &Trigger,
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        let mut with = serde_json::Map::new();
        for (name, template) in &trigger.with {
            match template.render(frame) {
                Ok(value) => {
                    with.insert(name.clone(), value);
                }
                Err(unset) => return self.unjudged(step, key, unset.to_string()),
            }
        }
        match self
            .world
            .pull(key, &trigger.lever, Value::Object(with))
            .await
        {
            None => self.unobserved(step, key),
            Some(Ok(())) => Run::empty(),
            Some(Err(why)) => self.unjudged(step, key, why),
        }
    }

    pub(super) fn advance(&self, step: &Step, advance: &Advance, key: &StepKey) -> Run {
        match self.world.advance(key, advance) {
            None => self.unobserved(step, key),
            Some(Ok(())) => Run::empty(),
            Some(Err(why)) => self.unjudged(step, key, why),
        }
    }

    pub(super) fn set(
        &self,
        step: &Step,
        values: &[(String, crate::source::Span, Assigned)],
        key: &StepKey,
        frame: &mut Frame<'_>,
    ) -> Run {
        for (name, span, assigned) in values {
            match assigned {
                Assigned::Generated(kind) => {
                    let Some(value) = self.world.generate(&key.aside(name), *kind) else {
                        return self.unobserved(step, key);
                    };
                    frame.bind(
                        name,
                        Thing::Value(Arc::new(value)),
                        format!("generated at {span}"),
                    );
                }
                Assigned::Template(template) => match template.render(frame) {
                    Ok(value) => {
                        frame.bind(
                            name,
                            Thing::Value(Arc::new(value)),
                            format!("set at {span}"),
                        );
                    }
                    Err(unset) => return self.unjudged(step, key, unset.to_string()),
                },
            }
        }
        Run::empty()
    }
}

/// Returns the last page that the provider served on a visit: its request and its answer.
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

/// Returns the path of an exchange for a sentence: what only names one thing among many is left out.
pub(super) fn shown_path(request: Option<&Arc<Event>>) -> String {
    let Some(message) = request.and_then(|event| request_message(event)) else {
        return String::new();
    };
    let name = |segment: &str| {
        segment.len() >= 32
            && segment
                .bytes()
                .all(|one| one.is_ascii_hexdigit() || one == b'-')
    };
    let segments: Vec<_> = message
        .path
        .split('/')
        .map(|segment| if name(segment) { "…" } else { segment })
        .collect();
    segments.join("/")
}

/// Renders a value that becomes text in a header, a query or a form.
fn text(template: &Template, frame: &Frame<'_>) -> Result<String, Unset> {
    Ok(match template.render(frame)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn texts(list: &[(String, Template)], frame: &Frame<'_>) -> Result<Vec<(String, String)>, Unset> {
    list.iter()
        .map(|(name, value)| Ok((name.clone(), text(value, frame)?)))
        .collect()
}

fn draft(send: &Send, frame: &Frame<'_>) -> Result<Draft, Unset> {
    let mut headers = texts(&send.headers, frame)?;
    let body = match &send.payload {
        Payload::Empty => DraftBody::Empty,
        Payload::Json(template) => DraftBody::Json(template.render(frame)?),
        Payload::Form(form) => DraftBody::Form(texts(form, frame)?),
    };
    let has = |headers: &[(String, String)], name: &str| headers.iter().any(|(one, _)| one == name);
    if !has(&headers, "content-type") {
        match body {
            DraftBody::Json(_) => headers.push(("content-type".into(), "application/json".into())),
            DraftBody::Form(_) => {
                headers.push((
                    "content-type".into(),
                    "application/x-www-form-urlencoded".into(),
                ));
            }
            DraftBody::Empty => {}
        }
    }
    let (bearer, key) = match &send.auth {
        Auth::Wrong { bearer, key } => (*bearer, *key),
        Auth::None => (Credentials::Missing, Credentials::Missing),
        Auth::Usual | Auth::Signature(_) => (Credentials::Good, Credentials::Good),
    };
    let mut auth = DraftAuth::Headers;
    match (&send.auth, send.by) {
        (Auth::Signature(SigningKey::Application), _) => auth = DraftAuth::Signature(None),
        (Auth::Signature(SigningKey::Captured(template)), _) => {
            auth = DraftAuth::Signature(Some(text(template, frame)?));
        }
        (Auth::None, _) => {}
        (_, Participant::Service) => auth = DraftAuth::Notification { bearer, key },
        (_, by @ (Participant::Product | Participant::Provider)) => {
            let name = match by {
                Participant::Product => "token",
                _ => "provider_token",
            };
            if bearer != Credentials::Missing && !has(&headers, "authorization") {
                headers.push((
                    "authorization".into(),
                    format!("Bearer {}", named(name, frame)?),
                ));
            }
            if by == Participant::Provider && !has(&headers, "x-api-key") {
                match key {
                    Credentials::Missing => {}
                    Credentials::Wrong => headers.push(("x-api-key".into(), "not-the-key".into())),
                    _ => headers.push(("x-api-key".into(), named("credentials.api_key", frame)?)),
                }
            }
            if bearer == Credentials::BadSignature {
                auth = DraftAuth::Spoilt;
            }
        }
        (_, Participant::Browser | Participant::Sageid) => {}
    }
    Ok(Draft {
        by: send.by,
        to: send.to,
        method: send.method.clone(),
        path: send.path.render(frame)?,
        query: texts(&send.query, frame)?,
        headers,
        body,
        auth,
    })
}

/// Returns the text that a name of the case stands for.
fn named(name: &str, frame: &Frame<'_>) -> Result<String, Unset> {
    let span = crate::source::Span::outside("the sender's credentials");
    text(
        &Template::text(&format!("${{{name}}}"), &span, &mut Vec::new()),
        frame,
    )
}

fn journey(browse: &Browse, frame: &Frame<'_>) -> Result<Journey, Unset> {
    let start = match &browse.start {
        Start::At(address) => Err(*address),
        Start::Url(url) => Ok(url.render(frame)?),
    };
    let choose = browse
        .choose
        .as_ref()
        .map(|one| one.render(frame))
        .transpose()?
        .map(|value| {
            match value.as_u64().and_then(|index| usize::try_from(index).ok()) {
                Some(index) => Choice::Index(index),
                // What is no index is sought as text, and a text that is not offered is told.
                None => Choice::Text(
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                ),
            }
        });
    Ok(Journey {
        start,
        query: texts(&browse.query, frame)?,
        login: browse
            .login
            .as_ref()
            .map(|one| one.render(frame))
            .transpose()?,
        decision: match &browse.decision {
            Some(template) => text(template, frame)?,
            None => "allow".to_owned(),
        },
        choose,
    })
}

fn reaction(reply: &Reply, frame: &Frame<'_>) -> Result<Reaction, Unset> {
    let Reply::Answer(scripted) = reply else {
        return Ok(Reaction {
            pass: true,
            ..Reaction::default()
        });
    };
    let mut reaction = Reaction {
        delay: scripted.delay,
        after_processing: scripted.after_processing,
        ..Reaction::default()
    };
    match &scripted.deed {
        Deed::Reset => reaction.reset = true,
        Deed::TimeOut => reaction.time_out = true,
        Deed::Respond {
            status,
            headers,
            body,
        } => {
            reaction.status = *status;
            // Names are compared and recorded in lower case.
            reaction.headers = texts(headers, frame)?
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect();
            if let Some(body) = body {
                let value = body.render(frame)?;
                reaction
                    .headers
                    .push(("content-type".into(), "application/json".into()));
                reaction.body = Some(value.to_string().into_bytes());
            }
            // A delay alone holds the participant's own answer back.
            if status.is_none() {
                reaction.after_processing = true;
            }
        }
    }
    Ok(reaction)
}

fn place_of(pick: &Pick) -> String {
    match pick {
        Pick::Body(path) => format!("body {}", path.text()),
        Pick::Header(name) => format!("headers.{name}"),
        Pick::Query(name) => format!("query.{name}"),
        Pick::Status => "status".to_owned(),
        Pick::Id => "id".to_owned(),
    }
}

fn pick(pick: &Pick, message: &Message) -> Option<Value> {
    match pick {
        Pick::Body(path) => match path.query(message.json()?) {
            Found::One(hit) => hit.cloned(),
            Found::Many(hits) if hits.is_empty() => None,
            Found::Many(hits) => Some(hits.into_iter().map(|hit| hit.value.clone()).collect()),
        },
        Pick::Header(name) => message.header(name).map(Value::from),
        Pick::Query(name) => message.query(name).map(Value::from),
        Pick::Status => message.status.map(Value::from),
        Pick::Id => identity(message).map(Value::from),
    }
}

fn single(found: Found<'_>) -> Option<Value> {
    match found {
        Found::One(hit) => hit.cloned(),
        Found::Many(hits) => hits.into_iter().next().map(|hit| hit.value.clone()),
    }
}
