//! Visits of the customer's browser in the live world, with the browser that the environment names.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::browser::{Cookies, STEP_SECONDS, Visit, drive, one_time_code, visit};
use crate::clock;
use crate::journal::{Fact, Hindrance, VisitOutcome, Visited};
use crate::runner::live::case::Live;
use crate::runner::live::navigation::ObservedNavigation;
use crate::runner::live::page_fetcher::PageFetcher;
use crate::runner::live::request::add_query;
use crate::runner::live::webdriver::WebDriverSession;
use crate::runner::visits::BrowserDriver;
use crate::runner::world::VisitRequest;
use plan_language::participant::Participant;
use plan_language::plan::{StepKey, VISIT};
use plan_language::value::duration;

impl Live<'_> {
    /// Makes a visit, within the bound of all visits.
    pub(super) async fn visit(&self, at: &StepKey, request: VisitRequest) -> Visited {
        let same_browser = request.same_browser;
        let visit = match self.plan_visit(request) {
            Ok(visit) => visit,
            Err(why) => return not_made(why, String::new()),
        };
        let bound = self.shared.named(VISIT);
        let navigation = ObservedNavigation {
            journal: self.journal(),
            lane: &self.lane,
            since: self.journal().last(),
        };
        if same_browser && !matches!(self.shared.visits.driver, BrowserDriver::Http) {
            let why = "the browser of an earlier visit is not kept; only `browser: http` keeps one";
            return not_made(why.to_owned(), visit.url);
        }
        let mut visited = match &self.shared.visits.driver {
            BrowserDriver::Http => {
                return match self.cookies_for_visit(same_browser) {
                    Ok(cookies) => self.visit_by_http(at, &visit, cookies, bound).await,
                    Err(why) => not_made(why, visit.url),
                };
            }
            BrowserDriver::WebDriver(endpoint) => {
                self.visit_by_webdriver(at, endpoint, &visit, navigation, bound)
                    .await
            }
            BrowserDriver::Person(person) => {
                self.visit_by_person(person.as_deref(), &visit, navigation, bound)
                    .await
            }
        };
        self.end_unreported(at, navigation);
        // Where the provider is live, taps see only where a browser sets out, and not what it is shown.
        if !self.mode().is_live(Participant::Provider) {
            let requests = navigation.requests();
            let tapped = requests.iter().map(|request| request.exchange);
            visited.exchanges.extend(tapped);
            visited.exchanges.sort_unstable();
        }
        visited
    }

    /// Ends the exchanges of a visit whose responses no browser has reported: nothing is known of them.
    fn end_unreported(&self, at: &StepKey, navigation: ObservedNavigation<'_>) {
        if !matches!(self.shared.visits.driver, BrowserDriver::WebDriver(_))
            || !self.mode().is_live(Participant::Provider)
        {
            return;
        }
        let (events, _) = self.journal().view_now(&self.lane, navigation.since);
        let asked = events.iter().filter_map(|event| match &event.fact {
            Fact::Request {
                exchange,
                step,
                from: Participant::Browser,
                to,
                ..
            } if to.participant == Participant::Provider
                && step.as_ref().is_none_or(|step| step == at) =>
            {
                Some(*exchange)
            }
            _ => None,
        });
        let is_open = |exchange: &u64| {
            !events.iter().any(|event| match &event.fact {
                Fact::Answer { exchange: own, .. } | Fact::Broken { exchange: own, .. } => {
                    own == exchange
                }
                _ => false,
            })
        };
        for exchange in asked.filter(is_open) {
            let why = "not observed: the visit ended before the browser had reported a response";
            self.append(Fact::Broken {
                exchange,
                why: why.to_owned(),
            });
        }
    }

    /// Resolves the address at which a visit begins.
    fn plan_visit(&self, request: VisitRequest) -> Result<Visit, String> {
        let url = match request.start {
            Ok(url) => url,
            Err(address) => self.url(Participant::Browser, address, "")?,
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&request.query);
        Ok(Visit {
            url: add_query(url, &query.finish()),
            login: request.login,
            decision: request.decision,
            choose: request.choose,
            ours: vec![self.stage.returns.clone()],
        })
    }

    /// Returns the cookies with which a visit begins: those of the previous visit, or none.
    ///
    /// # Errors
    /// The reason why there are none to go on with.
    fn cookies_for_visit(&self, same_browser: bool) -> Result<Arc<Cookies>, String> {
        let mut kept = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        if !same_browser {
            *kept = Some(Arc::default());
        }
        kept.clone().ok_or_else(|| {
            "`same_browser` goes on in the browser of the case's previous visit, and this is its first one"
                .to_owned()
        })
    }

    /// Makes a visit with feedproof's own client.
    async fn visit_by_http(
        &self,
        at: &StepKey,
        planned: &Visit,
        cookies: Arc<Cookies>,
        bound: Duration,
    ) -> Visited {
        let fetcher = PageFetcher::new(self, at, cookies, Instant::now() + bound);
        let mut visited = visit(&fetcher, planned).await;
        if self.shared.interrupt.is_cancelled() {
            visited.why = self.shared.cut_short();
            visited.hindrance = Some(Hindrance::Browser);
        } else if visited.outcome == VisitOutcome::Stuck && Instant::now() >= fetcher.deadline {
            visited.why = timed_out(bound);
            visited.hindrance = Some(Hindrance::Browser);
        }
        visited
    }

    /// Makes a visit with a Chromium.
    async fn visit_by_webdriver(
        &self,
        at: &StepKey,
        endpoint: &str,
        visit: &Visit,
        navigation: ObservedNavigation<'_>,
        bound: Duration,
    ) -> Visited {
        let not_made = |why: String| not_made(why, visit.url.clone());
        let _permit = self.shared.visits.permit().await;
        if self.shared.interrupt.is_cancelled() {
            return not_made(self.shared.cut_short());
        }
        let started = tokio::select! {
            biased;
            () = self.shared.teardown_over() => return not_made(self.shared.cut_short()),
            started = WebDriverSession::start(self, at, navigation, endpoint) => started,
        };
        let mut session = match started {
            Ok(session) => session,
            Err(why) => return not_made(self.mask(&why)),
        };
        let mut visited = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => not_made(self.shared.cut_short()),
            visited = tokio::time::timeout(bound, drive(&mut session, visit)) => {
                visited.unwrap_or_else(|_| not_made(timed_out(bound)))
            }
        };
        tokio::select! {
            biased;
            () = self.shared.teardown_over() => {}
            exchanges = session.close() => visited.exchanges = exchanges,
        }
        visited
    }

    /// Returns the handle of a one-time code for the handle of its secret; waits for one that was not used yet.
    ///
    /// # Errors
    /// The reason why there is none.
    pub(super) async fn code(&self, secret: &str) -> Result<String, String> {
        let vault = &self.shared.tap.vault;
        let now = u64::try_from(clock::wall_seconds()).unwrap_or_default();
        let (step, wait) = self.shared.visits.take_step(secret, now);
        tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => return Err(self.shared.cut_short()),
            // At most one step, unless cases ask for codes of one secret faster than steps pass.
            () = tokio::time::sleep(wait.min(self.shared.named(VISIT))) => {}
        }
        let code = one_time_code(&vault.fill(secret), step * STEP_SECONDS);
        let code = code.map_err(|why| why.to_string())?;
        Ok(vault.keep("one-time-code", &code).mark())
    }
}

/// The reason of a visit that took too long.
pub(super) fn timed_out(bound: Duration) -> String {
    let bound = duration::format(bound);
    format!("the visit did not end within {bound} (the wait `{VISIT}`)")
}

/// A visit that was not made, or of whose end nothing is known.
fn not_made(why: String, url: String) -> Visited {
    Visited {
        outcome: VisitOutcome::Stuck,
        why,
        url,
        returned_to: None,
        exchanges: Vec::new(),
        hindrance: Some(Hindrance::Browser),
        opened_windows: None,
        decided: false,
        said: false,
    }
}
