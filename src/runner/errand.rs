//! A person who plays the customer: is given a link and told what to do, and is watched at our own addresses only.
//!
//! Nothing is printed here: what is to be told goes to the [`Person`], whom the command line provides.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::browser::{Choice, Visit, offers_account};
use crate::journal::{Hindrance, VisitOutcome, Visited};
use crate::runner::check::INTERRUPTED;
use crate::runner::live::Live;
use crate::runner::person::{Errand, News, Person};
use crate::runner::trail::{Passed, Trail};
use plan_language::participant::Participant;
use plan_language::value::handle;

impl Live<'_> {
    /// Asks a person to make a visit, and watches for its end.
    pub(super) async fn asked(
        &self,
        person: Option<&dyn Person>,
        visit: &Visit,
        trail: &Trail<'_>,
        bound: Duration,
    ) -> Visited {
        let hindered = |why: &str| watched(VisitOutcome::Stuck, why, &visit.url, true);
        let Some(person) = person else {
            return hindered(
                "a person is to play the customer (`browser: manual`), and there is no terminal to ask at",
            );
        };
        let errand = match self.errand(visit) {
            Ok(errand) => errand,
            Err(why) => return hindered(&why),
        };
        // One errand at a time, or the person would not know which to do first.
        self.turn.release();
        let place = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => None,
            place = self.shared.browsing.place() => Some(place),
        };
        let visited = match place {
            None => hindered(INTERRUPTED),
            Some(_place) => self.watch_over(person, &errand, visit, trail, bound).await,
        };
        self.turn.take().await;
        visited
    }

    async fn watch_over(
        &self,
        person: &dyn Person,
        errand: &Errand,
        visit: &Visit,
        trail: &Trail<'_>,
        bound: Duration,
    ) -> Visited {
        person.tell(errand, &News::Begun(bound));
        let deadline = Instant::now() + bound;
        let mut changed = self.journal().watch(&self.lane);
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // The first tick comes at once, and the time is told already.
        seconds.tick().await;
        let visited = loop {
            changed.borrow_and_update();
            if let Some(visited) = ended(visit, trail) {
                break visited;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let why = super::visit::overdue(bound);
                break watched(VisitOutcome::Stuck, &why, &visit.url, true);
            }
            tokio::select! {
                biased;
                () = self.shared.interrupt.cancelled() => {
                    break watched(VisitOutcome::Stuck, INTERRUPTED, &visit.url, true);
                }
                // The journal outlives every visit; if it did not, the time would still pass.
                _ = changed.changed() => {}
                _ = seconds.tick() => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    person.tell(errand, &News::Left(left));
                }
            }
        };
        person.tell(errand, &News::Over(visited.why.clone()));
        visited
    }

    fn errand(&self, visit: &Visit) -> Result<Errand, String> {
        if handle::find(&visit.url).next().is_some() {
            return Err(
                "the link holds a secret, which is shown to nobody: a person cannot open it"
                    .to_owned(),
            );
        }
        let username = visit
            .login
            .as_ref()
            .and_then(|login| login["username"].as_str());
        Ok(Errand {
            case: self.lane.to_string(),
            link: visit.url.clone(),
            username: username.map(str::to_owned),
            allow: visit.decision != "cancel",
            choose: visit.choose.as_ref().map(|choice| match choice {
                Choice::Index(index) => format!("the account at place {} of the list", index + 1),
                Choice::Text(text) => format!("the account {text}"),
            }),
        })
    }
}

/// Tells from the trail whether a visit is at its end, and how.
fn ended(visit: &Visit, trail: &Trail<'_>) -> Option<Visited> {
    let passed = trail.passed();
    let mut addresses = trail.named();
    addresses.extend(visit.named());
    addresses.truncate(1);
    addresses.extend(visit.ours.iter().cloned());
    let trunk = |address: &str| address.split('?').next().unwrap_or_default().to_owned();
    let back = passed.iter().enumerate().find_map(|(at, one)| {
        let address = addresses
            .iter()
            .find(|one_of| one.comes_back_to(&trunk(one_of)))?;
        Some((at, one, trunk(address)))
    });
    let Some((at, one, address)) = back else {
        // The person looks at a refusal of the provider, if its pages are seen at all.
        let last = passed
            .iter()
            .rev()
            .find(|one| one.to == Participant::Provider && one.is_page())?;
        let status = last.status.filter(|status| (400..=499).contains(status))?;
        let why = format!("`{}` answers {status}", last.message.path);
        return Some(watched(
            VisitOutcome::Refused,
            &why,
            &last.message.path,
            false,
        ));
    };
    let end = |one: &Passed, back: String| {
        let status = one.status?;
        let answers = format!("the return page `{address}` answers {status}");
        Some(match status {
            400..=499 => watched(VisitOutcome::Refused, &answers, &address, false),
            500.. => watched(VisitOutcome::Stuck, &answers, &address, false),
            _ => watched(VisitOutcome::Returned, &back, &address, false),
        })
    };
    let whole = one.returned_to(&address);
    let end = |one: &Passed, back: String| {
        end(one, back).map(|visited| Visited {
            returned_to: Some(whole.clone()),
            ..visited
        })
    };
    let back = format!("came back to `{address}`");
    if one.to == Participant::Product || visit.choose.is_none() {
        return end(one, back);
    }
    let fails = one.status.is_some_and(|status| status >= 400);
    if fails
        || one
            .text
            .as_deref()
            .is_some_and(|page| !offers_account(page))
    {
        return end(one, format!("{back}, where no account is offered"));
    }
    let chosen = passed[at..].iter().find(|one| {
        one.to == Participant::Service && one.message.method.as_deref() == Some("POST")
    });
    chosen.and_then(|chosen| end(chosen, format!("{back} and chose an account")))
}

/// How a visit ended that was watched from outside.
fn watched(outcome: VisitOutcome, why: &str, url: &str, hindered: bool) -> Visited {
    Visited {
        outcome,
        why: why.to_owned(),
        url: url.split('?').next().unwrap_or_default().to_owned(),
        returned_to: None,
        exchanges: Vec::new(),
        hindrance: hindered.then_some(Hindrance::Browser),
    }
}
