//! The live world: acts, and writes down every answer as a fact.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::exchange::{Client, Incoming, Outgoing, sign};
use crate::journal::{Closed, Event, Fact, Journal, Lane, Micros, Seq, Visited};
use crate::judge::Selector;
use crate::runner::browsing::Browsing;
use crate::runner::check::INTERRUPTED;
use crate::runner::person::Person;
use crate::runner::stage::Stage;
use crate::runner::turn::Turn;
use crate::runner::world::{Draft, DraftAuth, DraftBody, Exchange, Journey, Pending, World};
use crate::tap::{Reaction, Stub, Tap, now_seconds};
use plan_language::participant::{Address, Author, Mode, Participant};
use plan_language::plan::{Age, Credentials, Generator, StepKey, Wait, named_wait};
use plan_language::value::{Value, hex};

/// The longest time that a case may take to clear up after an interrupt.
const GRACE: Duration = Duration::from_secs(5);

/// What the live worlds of all cases share.
pub struct Shared {
    /// Where facts are written.
    pub journal: Arc<Journal>,
    /// The taps, with the border that masks and the client that sends.
    pub tap: Arc<Tap>,
    /// Named waits that the environment sets.
    pub waits: BTreeMap<String, Duration>,
    /// Whom bank actions may ask; nobody where there is no terminal.
    pub person: Option<Arc<dyn Person>>,
    /// Who plays the customer's browser.
    pub browsing: Browsing,
    /// Cancelled when the run is interrupted.
    pub interrupt: CancellationToken,
    /// Whether the events of a case are let go once it is judged; for runs that keep no record.
    pub forgets: bool,
}

impl Shared {
    /// Returns the bound of a wait.
    pub fn bound(&self, wait: &Wait) -> Duration {
        wait.bound(&self.waits)
    }

    /// Returns the bound of a named wait.
    pub fn named(&self, name: &str) -> Duration {
        named_wait(name, &self.waits)
    }
}

/// The live world of one case.
pub struct Live<'a> {
    pub(super) lane: Lane,
    pub(super) shared: &'a Shared,
    pub(super) stage: &'a Stage,
    pub(super) turn: Turn,
    pub(super) opened: (Seq, Value),
}

impl Live<'_> {
    pub(super) fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    fn append(&self, fact: Fact) -> Arc<Event> {
        self.journal().append(Some(&self.lane), fact)
    }

    pub(super) fn client(&self) -> &Client {
        &self.shared.tap.client
    }

    pub(super) fn mode(&self) -> Mode {
        self.shared.tap.mode
    }

    /// Returns the URL of a message.
    pub(super) fn url(&self, by: Participant, to: Address, path: &str) -> Result<String, String> {
        if path.starts_with("http://") || path.starts_with("https://") {
            return Ok(path.to_owned());
        }
        let base = match (to.participant, to.callback) {
            (_, Some(callback)) => self
                .stage
                .callbacks
                .get(&callback)
                .ok_or_else(|| format!("the environment has no address for {to}"))?,
            (Participant::Sageid, _) => &self.stage.sageid,
            (Participant::Service, _) if by == Participant::Product => &self.stage.consumer,
            (Participant::Service, _) => &self.stage.service,
            _ => return Err(format!("{to} as a whole has no address; name a callback")),
        };
        Ok(format!("{base}{path}"))
    }

    /// Tells how a message goes: its URL, who gets it, and the path as records show it.
    fn route(&self, url: &str, to: Address) -> (Address, String, String) {
        let (bare, query) = url.split_once('?').unwrap_or((url, ""));
        match self.client().mounts().find_url(bare) {
            Some((mount, rest)) => (mount.address(rest), rest.to_owned(), query.to_owned()),
            None => {
                let path = url::Url::parse(bare).map_or(String::new(), |url| url.path().to_owned());
                (to, path, query.to_owned())
            }
        }
    }

    /// Sends a request that is ready to go, and writes both facts.
    pub(super) async fn exchange(
        &self,
        step: &StepKey,
        by: Participant,
        to: Address,
        request: Outgoing,
    ) -> (Exchange, Option<Incoming>) {
        let vault = &self.shared.tap.vault;
        let (to, path, query) = self.route(&request.url, to);
        let message = vault.mask_own_request(
            &request.method,
            &path,
            &query,
            &request.headers,
            &request.body,
            now_seconds(),
        );
        let exchange = self.journal().number();
        let asked = self.append(Fact::Request {
            exchange,
            step: Some(step.clone()),
            from: by,
            to,
            author: Author::Runner,
            message,
        });
        let sending = self.client().send(request);
        // What clears up goes on for a while after an interrupt.
        let clearing = step.as_str().starts_with("teardown");
        let result = if clearing {
            match tokio::time::timeout(GRACE, sending).await {
                Ok(result) => result.map_err(|error| error.to_string()),
                Err(_) if self.shared.interrupt.is_cancelled() => Err(INTERRUPTED.to_owned()),
                Err(_) => Err(format!("no answer within {} s", GRACE.as_secs())),
            }
        } else {
            tokio::select! {
                biased;
                () = self.shared.interrupt.cancelled() => Err(INTERRUPTED.to_owned()),
                result = sending => result.map_err(|error| error.to_string()),
            }
        };
        let (fact, answer) = match result {
            Ok(answer) => {
                let message =
                    vault.mask_answer(answer.status, &answer.headers, &answer.body, now_seconds());
                let author = self.mode().author(to.participant);
                (
                    Fact::Answer {
                        exchange,
                        author,
                        message,
                    },
                    Some(answer),
                )
            }
            Err(why) => {
                let why = vault.mask(&why).into_owned();
                (Fact::Broken { exchange, why }, None)
            }
        };
        let end = self.append(fact);
        (
            Exchange {
                request: asked,
                end,
            },
            answer,
        )
    }

    /// Fills secrets into a draft, signs it and puts it into bytes.
    fn ready(&self, draft: &Draft) -> Result<Outgoing, String> {
        let vault = &self.shared.tap.vault;
        let mut url = vault
            .fill_url(&self.url(draft.by, draft.to, &draft.path)?)
            .into_owned();
        if !draft.query.is_empty() {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &draft.query {
                pairs.append_pair(name, &vault.fill(value));
            }
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&pairs.finish());
        }
        let body = match &draft.body {
            DraftBody::Empty => Bytes::new(),
            DraftBody::Json(value) => Bytes::from(vault.fill_value(value).to_string()),
            DraftBody::Form(form) => {
                let mut pairs = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in form {
                    pairs.append_pair(name, &vault.fill(value));
                }
                Bytes::from(pairs.finish())
            }
        };
        let mut headers: Vec<_> = draft
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), vault.fill(value).into_owned()))
            .collect();
        if draft.by == Participant::Product {
            headers.push(("x-application".to_owned(), self.stage.application.clone()));
        }
        match &draft.auth {
            DraftAuth::Headers => {}
            DraftAuth::Signature(key) => {
                let key = vault
                    .fill(key.as_deref().unwrap_or(&self.stage.application_key))
                    .into_owned();
                let nonce = uuid::Uuid::new_v4().to_string();
                let parsed = url::Url::parse(&url).map_err(|error| format!("{url}: {error}"))?;
                let signature = sign(&draft.method, &parsed, &body, &nonce, &key);
                headers.push(("x-nonce".to_owned(), nonce));
                headers.push(("x-signature".to_owned(), signature));
            }
            DraftAuth::Notification { bearer, key } => {
                if *bearer != Credentials::Missing {
                    let token = self.stage.parts.mint(*bearer).ok_or(
                        "the identity provider is live, so its tokens cannot be made here",
                    )?;
                    headers.push(("authorization".to_owned(), format!("Bearer {token}")));
                }
                let (name, handle) = &self.stage.notification_header;
                match key {
                    Credentials::Missing => {}
                    Credentials::Wrong => {
                        headers.push((name.to_ascii_lowercase(), "not-the-agreed-value".to_owned()))
                    }
                    _ => headers.push((name.to_ascii_lowercase(), vault.fill(handle).into_owned())),
                }
            }
            DraftAuth::Spoilt => {
                for (name, value) in &mut headers {
                    if name == "authorization" {
                        spoil(value);
                    }
                }
            }
        }
        Ok(Outgoing {
            method: draft.method.clone(),
            url,
            headers,
            body,
        })
    }
}

/// Changes the last part of a token, so that its signature does not fit.
fn spoil(bearer: &mut String) {
    let spoilt = match bearer.pop() {
        Some('A') => 'Q',
        _ => 'A',
    };
    // The last letter of a signature may hold bits that do not count, the one before does not.
    match bearer.pop() {
        Some(last) => {
            bearer.push(if last == 'x' { 'y' } else { 'x' });
            bearer.push(spoilt);
        }
        None => bearer.push(spoilt),
    }
}

impl World for Live<'_> {
    fn opened(&self) -> Option<(Seq, Value)> {
        Some(self.opened.clone())
    }

    fn begin(&self, at: &StepKey) -> Option<Seq> {
        Some(self.append(Fact::Begun { step: at.clone() }).seq)
    }

    fn generate(&self, at: &StepKey, kind: Generator) -> Option<Value> {
        let value = Value::from(match kind {
            Generator::Uuid => uuid::Uuid::new_v4().to_string(),
            Generator::Word => uuid::Uuid::new_v4().simple().to_string()[..12].to_owned(),
            Generator::Now => timestamp(now_seconds()),
            Generator::Today => timestamp(now_seconds())[..10].to_owned(),
        });
        self.append(Fact::Generated {
            step: at.clone(),
            value: value.clone(),
        });
        Some(value)
    }

    async fn send(&self, at: &StepKey, draft: Draft) -> Option<Exchange> {
        match self.ready(&draft) {
            Ok(request) => Some(self.exchange(at, draft.by, draft.to, request).await.0),
            Err(why) => {
                let exchange = self.journal().number();
                let message = crate::journal::Message {
                    method: Some(draft.method.clone()),
                    path: draft.path.clone(),
                    ..Default::default()
                };
                let request = self.append(Fact::Request {
                    exchange,
                    step: Some(at.clone()),
                    from: draft.by,
                    to: draft.to,
                    author: Author::Runner,
                    message,
                });
                let end = self.append(Fact::Broken { exchange, why });
                Some(Exchange { request, end })
            }
        }
    }

    async fn wait(&self, at: &StepKey, pending: Pending<'_>) -> Option<Closed> {
        let begun = self
            .journal()
            .event(pending.since)
            .map_or(0, |event| event.at);
        let bound = self.shared.bound(pending.bound);
        let deadline = self.journal().instant(begun) + bound;
        let bound_us = bound.as_micros() as Micros;
        self.append(Fact::Waiting {
            step: at.clone(),
            wait: match pending.bound {
                Wait::Named(name, _) => name.clone(),
                Wait::Literal(time, _) => plan_language::value::duration::format(*time),
            },
            bound_us,
            until_us: begun.saturating_add(bound_us),
        });
        let now = Instant::now();
        let again = pending.pause.map(|pause| now + pause.most);
        let earliest = pending.pause.map_or(now, |pause| now + pause.least);
        let mut changed = self.journal().watch(&self.lane);
        self.turn.release();
        let closed = loop {
            changed.borrow_and_update();
            let (events, last) = self.journal().view_now(&self.lane, pending.after);
            let met = (pending.met)(&events).is_some();
            if met && Instant::now() >= earliest {
                break Closed::Met(last);
            }
            if Instant::now() >= deadline {
                break Closed::Deadline(last);
            }
            tokio::select! {
                biased;
                () = self.shared.interrupt.cancelled() => break Closed::Interrupted(self.journal().last()),
                result = changed.changed() => {
                    // The journal outlives every wait.
                    if result.is_err() {
                        break Closed::Interrupted(self.journal().last());
                    }
                }
                () = tokio::time::sleep_until(earliest.min(deadline)), if met => {}
                () = tokio::time::sleep_until(again.map_or(deadline, |one| one.min(deadline))) => {
                    if again.is_some_and(|one| one < deadline) {
                        break Closed::Met(self.journal().last());
                    }
                }
            }
        };
        self.append(Fact::Closed {
            step: at.clone(),
            closed,
        });
        self.turn.take().await;
        Some(closed)
    }

    async fn browse(&self, at: &StepKey, journey: Journey) -> Option<(Seq, Visited)> {
        let visited = self.visit(at, journey).await;
        let seq = self
            .append(Fact::Visited {
                step: at.clone(),
                visit: visited.clone(),
            })
            .seq;
        Some((seq, visited))
    }

    fn stub(&self, at: &StepKey, selector: Selector, replies: Vec<Reaction>) -> Option<Seq> {
        let rule = format!("{} {}", replies.len(), selector.title());
        self.shared.tap.stub_registry.stub(Stub {
            lane: self.lane.clone(),
            selector,
            replies: replies.into(),
        });
        Some(
            self.append(Fact::Stubbed {
                step: at.clone(),
                rule,
            })
            .seq,
        )
    }

    async fn pull(
        &self,
        at: &StepKey,
        bank_action: &str,
        with: Value,
    ) -> Option<Result<(), String>> {
        let with = with.as_object().cloned().unwrap_or_default();
        let result = self.pull_lever(bank_action, &with).await;
        self.append(Fact::Pulled {
            step: at.clone(),
            what: format!("bank action {bank_action}"),
            failed: result.clone().err(),
        });
        Some(result)
    }

    fn age(&self, at: &StepKey, age: &Age) -> Option<Result<(), String>> {
        let result = self.stage.parts.age(age.at, age.by);
        self.append(Fact::Pulled {
            step: at.clone(),
            what: format!(
                "what exists at the {} became {} older",
                age.at,
                plan_language::value::duration::format(age.by)
            ),
            failed: result.clone().err(),
        });
        Some(result)
    }

    async fn probe(&self, at: &StepKey, address: Address) -> Option<bool> {
        let url = self.url(Participant::Provider, address, "");
        // A probe is a request that the tap itself answers: it shows that the tap listens.
        let heard = match url {
            Err(_) => false,
            Ok(url) => self.shared.tap.probe(&url).await,
        };
        self.append(Fact::Pulled {
            step: at.clone(),
            what: format!("probe of the tap before {address}"),
            failed: (!heard).then(|| "the tap did not answer".to_owned()),
        });
        Some(heard)
    }

    fn seen(&self, after: Seq, upto: Seq) -> Vec<Arc<Event>> {
        self.journal().view(&self.lane, after, upto)
    }

    fn unattributed(&self, upto: Seq) -> Vec<Arc<Event>> {
        self.journal().unclaimed_at(upto)
    }

    fn elsewhere(&self, after: Seq, upto: Seq) -> Vec<(Lane, Arc<Event>)> {
        self.journal().elsewhere(&self.lane, after, upto)
    }

    fn end(&self) -> Option<Arc<Event>> {
        self.shared.tap.stub_registry.disarm(&self.lane);
        Some(self.append(Fact::Ended))
    }

    fn event(&self, seq: Seq) -> Option<Arc<Event>> {
        self.journal().event(seq)
    }
}

/// Writes a moment in seconds since 1970 as RFC 3339 in UTC.
pub fn timestamp(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|moment| {
            moment
                .format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// Makes a word that nobody can guess, of 16 bytes in hex.
pub fn unguessable() -> String {
    let mut bytes = [0; 16];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => hex(&bytes),
        // The system's source of randomness failed; a UUID has one of its own.
        Err(_) => URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes()),
    }
}
