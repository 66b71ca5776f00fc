//! Visits of the customer's browser in the live world, by whoever plays it.

use std::time::Duration;

use tokio::time::Instant;

use crate::browser::{Cookies, Visit, visit};
use crate::journal::{Hindrance, Participant, VisitOutcome, Visited};
use crate::plan::{StepKey, VISIT};
use crate::runner::check::INTERRUPTED;
use crate::runner::live::Live;
use crate::runner::window::Window;
use crate::runner::world::Journey;
use crate::value::duration;

impl Live<'_> {
    /// Makes a visit, within the bound of all visits.
    pub(super) async fn visit(&self, at: &StepKey, journey: Journey) -> Visited {
        let visit = match self.set_out(journey) {
            Ok(visit) => visit,
            Err(why) => return unmade(why, String::new()),
        };
        let bound = self.shared.named(VISIT);
        self.fetched(at, &visit, bound).await
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
fn overdue(bound: Duration) -> String {
    let bound = duration::format(bound);
    format!("the visit was not at its end after {bound} (the wait `{VISIT}`)")
}

/// A visit of which nothing is known.
fn unmade(why: String, url: String) -> Visited {
    Visited {
        outcome: VisitOutcome::Stuck,
        why,
        url,
        exchanges: Vec::new(),
        hindrance: Some(Hindrance::Browser),
    }
}
