//! Visits of the customer's browser in the live world, by whoever plays it.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::browser::{Cookies, Visit, drive, visit};
use crate::journal::{Hindrance, VisitOutcome, Visited};
use crate::runner::browsing::Means;
use crate::runner::check::INTERRUPTED;
use crate::runner::live::Live;
use crate::runner::trail::Trail;
use crate::runner::webdriver::Driven;
use crate::runner::window::Window;
use crate::runner::world::Journey;
use plan_language::participant::Participant;
use plan_language::plan::{StepKey, VISIT};
use plan_language::value::duration;

impl Live<'_> {
    /// Makes a visit, within the bound of all visits.
    pub(super) async fn visit(&self, at: &StepKey, journey: Journey) -> Visited {
        let visit = match self.set_out(journey) {
            Ok(visit) => visit,
            Err(why) => return unmade(why, String::new()),
        };
        let bound = self.shared.named(VISIT);
        let trail = Trail {
            journal: self.journal(),
            lane: &self.lane,
            since: self.journal().last(),
        };
        let mut visited = match &self.shared.browsing.means {
            Means::Http => return self.fetched(at, &visit, bound).await,
            Means::WebDriver(endpoint) => self.driven(endpoint, &visit, &trail, bound).await,
            Means::Person(person) => self.asked(person.as_deref(), &visit, &trail, bound).await,
        };
        // What a live provider answers to another's browser is not seen, so there is no last answer of its to judge.
        if !self.mode().is_live(Participant::Provider) {
            visited.exchanges = trail.passed().iter().map(|one| one.exchange).collect();
        }
        visited
    }

    /// Makes a visit in a driven browser.
    async fn driven(
        &self,
        endpoint: &str,
        visit: &Visit,
        trail: &Trail<'_>,
        bound: Duration,
    ) -> Visited {
        let _place = self.shared.browsing.place().await;
        if self.shared.interrupt.is_cancelled() {
            return unmade(INTERRUPTED.to_owned(), visit.url.clone());
        }
        let trail = Trail { ..*trail };
        let mut driven = match Driven::start(self, trail, endpoint).await {
            Ok(driven) => driven,
            Err(why) => {
                let why = self.shared.tap.vault.mask(&why).into_owned();
                return unmade(why, visit.url.clone());
            }
        };
        let visited = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => unmade(INTERRUPTED.to_owned(), visit.url.clone()),
            driven = tokio::time::timeout(bound, drive(&mut driven, visit)) => {
                driven.unwrap_or_else(|_| unmade(overdue(bound), visit.url.clone()))
            }
        };
        driven.close().await;
        visited
    }

    /// Says what the customer sets out to do.
    fn set_out(&self, journey: Journey) -> Result<Visit, String> {
        let mut url = match journey.start {
            Ok(url) => url,
            Err(address) => self.url(Participant::Browser, address, "")?,
        };
        if !journey.query.is_empty() {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &journey.query {
                pairs.append_pair(name, value);
            }
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&pairs.finish());
        }
        Ok(Visit {
            url,
            login: journey.login,
            decision: journey.decision,
            choose: journey.choose,
            ours: vec![self.stage.returns.clone()],
        })
    }

    /// Makes a visit by the client of our own.
    async fn fetched(&self, at: &StepKey, walk: &Visit, bound: Duration) -> Visited {
        let window = Window {
            world: self,
            step: at,
            cookies: Cookies::default(),
            deadline: Instant::now() + bound,
            back: Mutex::default(),
        };
        let mut visited = visit(&window, walk).await;
        if self.shared.interrupt.is_cancelled() {
            visited.why = INTERRUPTED.to_owned();
        } else if visited.outcome == VisitOutcome::Stuck && Instant::now() >= window.deadline {
            visited.why = overdue(bound);
            visited.hindrance = Some(Hindrance::Browser);
        }
        visited
    }
}

/// The reason of a visit that took too long.
pub(super) fn overdue(bound: Duration) -> String {
    let bound = duration::format(bound);
    format!("the visit was not at its end after {bound} (the wait `{VISIT}`)")
}

/// A visit of which nothing is known.
fn unmade(why: String, url: String) -> Visited {
    Visited {
        outcome: VisitOutcome::Stuck,
        why,
        url,
        returned_to: None,
        exchanges: Vec::new(),
        hindrance: Some(Hindrance::Browser),
    }
}
