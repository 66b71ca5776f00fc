//! Visits that a person makes as the customer: the person gets a link and a task, and taps observe the return.
//!
//! A person may also say that a visit does not lead back. What taps observed outranks these words, and the journal says
//! which ends were only said.
//!
//! Nothing is printed here: the [`Person`] of the command line shows the task and its state.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::browser::{Choice, Visit, offers_account};
use crate::journal::{Hindrance, VisitOutcome, Visited};
use crate::runner::live::case::Live;
use crate::runner::live::navigation::{ObservedNavigation, ObservedRequest};
use crate::runner::live::visit::timed_out;
use crate::runner::person::{ManualTask, ManualUpdate, Person, PersonSays};
use plan_language::participant::Participant;
use plan_language::value::handle;

/// How many characters of a person's words the journal keeps.
const WORDS_CHARS_MAX: usize = 200;

impl Live<'_> {
    /// Asks a person to make a visit, and observes its end.
    pub(super) async fn visit_by_person(
        &self,
        person: Option<&dyn Person>,
        visit: &Visit,
        navigation: ObservedNavigation<'_>,
        bound: Duration,
    ) -> Visited {
        let Some(person) = person else {
            return hindered(
                visit,
                "a person plays the customer (`browser: manual`), and there is no terminal to ask at",
            );
        };
        let task = match self.manual_task(visit) {
            Ok(task) => task,
            Err(why) => return hindered(visit, &why),
        };
        // One task at a time, so that the person knows which to do.
        self.permit.release();
        let permit = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => None,
            permit = self.shared.visits.permit() => Some(permit),
        };
        let visited = match permit {
            None => hindered(visit, &self.shared.cut_short()),
            Some(_permit) => {
                person.tell(&task, &ManualUpdate::Begun(bound));
                let visited = self
                    .observe_visit(person, &task, visit, navigation, bound)
                    .await;
                person.tell(&task, &ManualUpdate::Over(visited.why.clone()));
                visited
            }
        };
        self.permit.take().await;
        visited
    }

    /// Observes a visit until it ends, the person ends it, its time is over, or the run is interrupted.
    async fn observe_visit(
        &self,
        person: &dyn Person,
        task: &ManualTask,
        visit: &Visit,
        navigation: ObservedNavigation<'_>,
        bound: Duration,
    ) -> Visited {
        let deadline = Instant::now() + bound;
        let mut changed = self.journal().watch(&self.lane);
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // The first tick comes at once; the person knows the bound already.
        seconds.tick().await;
        let mut says = person.ends(task);
        loop {
            changed.borrow_and_update();
            if let Some(visited) = ended(visit, navigation) {
                return visited;
            }
            if Instant::now() >= deadline {
                return hindered(visit, &timed_out(bound));
            }
            tokio::select! {
                biased;
                () = self.shared.interrupt.cancelled() => return hindered(visit, &self.shared.cut_short()),
                // The journal outlives every visit; if it did not, the deadline would still end this one.
                _ = changed.changed() => {}
                says = &mut says => {
                    let observed = ended(visit, navigation);
                    return observed.unwrap_or_else(|| self.ended_by_words(visit, navigation, &says));
                }
                _ = seconds.tick() => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    person.tell(task, &ManualUpdate::Left(left));
                }
            }
        }
    }

    /// Returns the end of a visit of which a person said that it does not lead back.
    ///
    /// Whether a page refused is not observed. The visit counts as made only where a tap saw a browser ask for a page of
    /// the provider: otherwise the person may not have opened the link at all.
    fn ended_by_words(
        &self,
        visit: &Visit,
        navigation: ObservedNavigation<'_>,
        says: &PersonSays,
    ) -> Visited {
        let refused = match says {
            PersonSays::CannotGoOn(words) => {
                let why = self.said("the visit could not go on", words);
                return hindered(visit, &why);
            }
            PersonSays::Refused(words) => self.said("the page refused", words),
        };
        let requests = navigation.requests();
        if !requests
            .iter()
            .any(|request| request.to == Participant::Provider)
        {
            let why = format!("{refused}; no tap saw a browser ask for a page of the provider");
            return hindered(visit, &why);
        }
        Visited {
            said: true,
            ..observed(VisitOutcome::Refused, &refused, &visit.url)
        }
    }

    fn said(&self, what: &str, words: &str) -> String {
        match self.words(words).as_str() {
            "" => format!("a person said: {what}"),
            words => format!("a person said: {what} ({words})"),
        }
    }

    /// Returns the words of a person on one line, masked and cut.
    pub(super) fn words(&self, words: &str) -> String {
        // Masked before it is cut, so that no part of a secret is left over.
        let masked = self.mask(words.trim()).replace(char::is_control, " ");
        let mut rest = masked.chars();
        let kept: String = rest.by_ref().take(WORDS_CHARS_MAX).collect();
        match rest.next() {
            None => kept,
            Some(_) => format!("{kept}…"),
        }
    }

    /// Returns the name of the customer who has a user name; without one, of the case's own customer.
    fn customer_of(&self, username: Option<&str>) -> String {
        let (own, other) = (self.stage.customers.first(), self.stage.customers.get(1));
        let other = other.filter(|_| {
            let known = self.stage.values.get("other_customer");
            let known = known.and_then(|customer| customer["username"].as_str());
            known.is_some() && known == username
        });
        other.or(own).cloned().unwrap_or_default()
    }

    fn manual_task(&self, visit: &Visit) -> Result<ManualTask, String> {
        if handle::find(&visit.url).next().is_some() {
            return Err(
                "the link contains a secret, which feedproof shows to no person: the visit cannot be made by hand"
                    .to_owned(),
            );
        }
        let login = visit.login.as_ref();
        let username = login.and_then(|login| login["username"].as_str());
        Ok(ManualTask {
            case: self.lane.to_string(),
            customer: self.customer_of(username),
            link: visit.url.clone(),
            username: username.map(str::to_owned),
            decision: visit.decision.clone(),
            choose: visit.choose.as_ref().map(|choice| match choice {
                Choice::Index(index) => format!("the account at place {} of the list", index + 1),
                Choice::Text(text) => format!("the account {text}"),
            }),
        })
    }
}

/// Returns how a visit ended, once the observed navigation shows that.
fn ended(visit: &Visit, navigation: ObservedNavigation<'_>) -> Option<Visited> {
    let requests = navigation.requests();
    let Some(back) = find_return(visit, navigation, &requests) else {
        return refused(&requests);
    };
    if back.request.to == Participant::Product || visit.choose.is_none() {
        return back.end(back.request, "");
    }
    let fails = back.request.status.is_some_and(|status| status >= 400);
    let page = back.request.text.as_deref();
    if fails || page.is_some_and(|page| !offers_account(page)) {
        return back.end(back.request, ", where no account is offered");
    }
    let chosen = back.following.iter().find(|request| {
        request.to == Participant::Service && request.message.method.as_deref() == Some("POST")
    });
    back.end(chosen?, " and chose an account")
}

/// The request with which the browser came back.
struct ObservedReturn<'r> {
    request: &'r ObservedRequest,
    /// The return address, without query.
    address: String,
    /// That request and those after it.
    following: &'r [ObservedRequest],
}

/// Returns the first request for one of the return addresses of a visit.
fn find_return<'r>(
    visit: &Visit,
    navigation: ObservedNavigation<'_>,
    requests: &'r [ObservedRequest],
) -> Option<ObservedReturn<'r>> {
    let without_query = |address: &String| address.split('?').next().unwrap_or_default().to_owned();
    let named = navigation.redirect_uris().into_iter();
    let named = named.chain(visit.redirect_uris());
    // The first address that is named counts, and those of feedproof itself.
    let addresses = named.take(1).chain(visit.ours.iter().cloned());
    let addresses: Vec<_> = addresses.map(|address| without_query(&address)).collect();
    requests.iter().enumerate().find_map(|(at, request)| {
        let mut addresses = addresses.iter();
        let address = addresses.find(|address| request.comes_back_to(address))?;
        Some(ObservedReturn {
            request,
            address: address.clone(),
            following: &requests[at..],
        })
    })
}

impl ObservedReturn<'_> {
    /// Returns how the visit ended with a request, once it has a response.
    fn end(&self, last: &ObservedRequest, addition: &str) -> Option<Visited> {
        let status = last.status?;
        let address = &self.address;
        let responds = format!("the return page `{address}` responds with {status}");
        let (outcome, why) = match status {
            400..=499 => (VisitOutcome::Refused, responds),
            500.. => (VisitOutcome::Stuck, responds),
            _ => {
                let why = format!("came back to `{address}`{addition}");
                (VisitOutcome::Returned, why)
            }
        };
        Some(Visited {
            returned_to: Some(self.request.returned_to(address)),
            ..observed(outcome, &why, address)
        })
    }
}

/// Returns the end of a visit whose last page of the provider is a 4xx, if that page is observed at all.
fn refused(requests: &[ObservedRequest]) -> Option<Visited> {
    let mut pages = requests.iter().rev();
    let last = pages.find(|request| request.to == Participant::Provider && request.is_page())?;
    let status = last.status.filter(|status| (400..=499).contains(status))?;
    let path = &last.message.path;
    let why = format!("`{path}` responds with {status}");
    Some(observed(VisitOutcome::Refused, &why, path))
}

/// A visit whose end was observed from outside.
fn observed(outcome: VisitOutcome, why: &str, url: &str) -> Visited {
    Visited {
        outcome,
        why: why.to_owned(),
        url: url.split('?').next().unwrap_or_default().to_owned(),
        returned_to: None,
        exchanges: Vec::new(),
        hindrance: None,
        opened_windows: None,
        // What the person pressed is not observed; a customer who came back has decided.
        decided: outcome == VisitOutcome::Returned,
        said: false,
    }
}

/// A visit that could not be made to its end.
fn hindered(visit: &Visit, why: &str) -> Visited {
    Visited {
        hindrance: Some(Hindrance::Browser),
        ..observed(VisitOutcome::Stuck, why, &visit.url)
    }
}
