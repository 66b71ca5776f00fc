//! Visits in a browser of pages that live in memory.

use std::collections::HashMap;

use serde_json::json;

use super::*;
use crate::browser::{Action, Authenticator, Choice};
use crate::journal::{Hindrance, VisitOutcome};

const BACK: &str = "http://service/ui/return?session=1";
const START: &str =
    "http://bank/auth?redirect_uri=http%3A%2F%2Fservice%2Fui%2Freturn%3Fsession%3D1&state=s";
const LOGIN: &str = "<form feedproof-place=0><label>User <input feedproof-place=1 name=u></label>\
    <input feedproof-place=2 type=password name=p><button feedproof-place=3>Log in</button></form>";
const CONSENT: &str = "<form feedproof-place=0><input feedproof-place=1 type=checkbox name=t required>\
    <button feedproof-place=2>Allow</button><button feedproof-place=3>Cancel</button></form>";
const CHOICE: &str = "<form feedproof-place=0><label><input feedproof-place=1 type=radio name=a value=k1 checked> Everyday</label>\
    <label><input feedproof-place=2 type=radio name=a value=k2> Savings</label><button feedproof-place=3>Link</button></form>";

/// A browser that shows one page after another: a press leads to the next of them.
#[derive(Default)]
struct Fake {
    pages: Vec<ShownPage>,
    /// Pages in frames, by the frames' places.
    frames: HashMap<Vec<usize>, ShownPage>,
    at: usize,
    /// Looks that find the page changing before each page is there.
    slow: usize,
    looks: usize,
    actions: Vec<Action>,
    named: Vec<String>,
    lost: bool,
    /// Whether the first look after a press shows the page before, although the tap has seen the return.
    stale: bool,
}

impl Fake {
    fn of(pages: &[(&str, u16, &str)]) -> Self {
        let pages = pages.iter().map(|(url, status, html)| ShownPage {
            url: (*url).to_owned(),
            failed: None,
            status: Some(*status),
            html: (*html).to_owned(),
            windows: 1,
        });
        Self {
            pages: pages.collect(),
            ..Self::default()
        }
    }
}

impl Authenticator for Fake {
    async fn code(&self, _: &str) -> Result<String, String> {
        Ok("⟦secret:one-time-code#c0de⟧".to_owned())
    }

    fn length(&self, entry: &str) -> usize {
        // Handles stand for secrets of 8 letters here.
        if entry.starts_with('⟦') {
            8
        } else {
            entry.len()
        }
    }
}

impl Screen for Fake {
    async fn open(&mut self, _: &str) -> Result<(), String> {
        if self.pages.is_empty() {
            Err("net::ERR_CONNECTION_REFUSED".to_owned())
        } else {
            Ok(())
        }
    }

    async fn look(&mut self, frames: &[usize]) -> Result<Option<ShownPage>, String> {
        self.looks += 1;
        if self.lost {
            return Err("the session is gone".to_owned());
        }
        if !frames.is_empty() {
            return Ok(self.frames.get(frames).cloned());
        }
        let late = usize::from(self.stale && self.at > 0 && self.looks == 1);
        Ok((self.looks > self.slow).then(|| self.pages[self.at - late].clone()))
    }

    async fn act(&mut self, action: &Action) -> Result<(), String> {
        if matches!(action, Action::Press { .. } | Action::Submit { .. }) {
            self.at = (self.at + 1).min(self.pages.len() - 1);
            self.looks = 0;
        }
        self.actions.push(action.clone());
        Ok(())
    }

    async fn rest(&mut self) {}

    fn redirect_uris(&self) -> Vec<String> {
        self.named.clone()
    }

    fn returned(&self) -> Option<String> {
        (self.stale && self.at > 0).then(|| BACK.to_owned())
    }
}

fn start() -> Visit {
    Visit {
        url: START.to_owned(),
        login: Some(json!({"username": "kim", "password": "⟦secret:password#a91f⟧"})),
        ..Visit::default()
    }
}

fn run(fake: &mut Fake, visit: &Visit) -> Visited {
    futures_util::FutureExt::now_or_never(drive(fake, visit)).expect("a fake never waits")
}

#[track_caller]
fn ends(visited: &Visited, outcome: VisitOutcome, why: &str) {
    assert_eq!((visited.outcome, visited.why.as_str()), (outcome, why));
}

fn press(place: usize) -> Action {
    Action::Press { place }
}

#[test]
fn a_customer_logs_in_allows_and_comes_back() {
    let mut fake = Fake::of(&[
        ("http://bank/login", 200, LOGIN),
        ("http://bank/consent", 200, CONSENT),
        (BACK, 200, "Done"),
    ]);
    fake.slow = 3;
    let visited = run(&mut fake, &start());
    ends(
        &visited,
        VisitOutcome::Returned,
        "came back to `http://service/ui/return`",
    );
    assert!(visited.exchanges.is_empty() && visited.hindrance.is_none());
    assert_eq!(visited.returned_to.as_deref(), Some(BACK));
    let typed = |place, text: &str| Action::Type {
        place,
        text: text.to_owned(),
    };
    assert_eq!(
        fake.actions,
        [
            typed(1, "kim"),
            typed(2, "⟦secret:password#a91f⟧"),
            press(3),
            Action::Click { place: 1 },
            press(2)
        ]
    );
}

#[test]
fn a_customer_who_cancels_fills_in_nothing() {
    let mut fake = Fake::of(&[("http://bank/consent", 200, CONSENT), (BACK, 200, "")]);
    let visit = Visit {
        decision: "cancel".to_owned(),
        ..start()
    };
    assert_eq!(run(&mut fake, &visit).outcome, VisitOutcome::Returned);
    assert_eq!(fake.actions, [press(3)]);
}

#[test]
fn an_account_is_chosen_where_the_customer_comes_back() {
    let pages = [
        ("http://bank/consent", 200, CONSENT),
        (BACK, 200, CHOICE),
        ("http://service/ui/done", 200, "Linked"),
    ];
    let visit = Visit {
        choose: Some(Choice::Text("Savings".to_owned())),
        ..start()
    };
    let mut fake = Fake::of(&pages);
    ends(
        &run(&mut fake, &visit),
        VisitOutcome::Returned,
        "came back and chose `Savings`",
    );
    assert_eq!(fake.actions[2..], [Action::Click { place: 2 }, press(3)]);
    let mut none = Fake::of(&[pages[0], (BACK, 200, "Failed")]);
    ends(
        &run(&mut none, &visit),
        VisitOutcome::Returned,
        "came back to `http://service/ui/return`, where no account is offered: Failed",
    );
    let mut refused = Fake::of(&[
        pages[0],
        pages[1],
        ("http://service/ui/choice", 409, "Twice"),
    ]);
    ends(
        &run(&mut refused, &visit),
        VisitOutcome::Refused,
        "the choice of an account at `http://service/ui/choice` responds with 409: Twice",
    );
}

#[test]
fn the_return_address_may_be_known_by_the_taps_alone() {
    let mut fake = Fake::of(&[
        ("http://bank/consent", 200, CONSENT),
        (BACK, 400, "No state"),
    ]);
    fake.named = vec![BACK.to_owned()];
    let visit = Visit {
        url: "http://service/ui/link".to_owned(),
        ..start()
    };
    ends(
        &run(&mut fake, &visit),
        VisitOutcome::Refused,
        "the return page `http://service/ui/return` responds with 400: No state",
    );
}

#[test]
fn a_form_in_a_frame_is_found() {
    let page = "<iframe feedproof-place=4></iframe>";
    let mut fake = Fake::of(&[("http://bank/", 200, page), (BACK, 200, "")]);
    let frame = ShownPage {
        url: "http://bank/frame".to_owned(),
        html: CONSENT.to_owned(),
        ..ShownPage::default()
    };
    fake.frames.insert(vec![4], frame);
    assert_eq!(run(&mut fake, &start()).outcome, VisitOutcome::Returned);
}

#[test]
fn pages_that_lead_nowhere_end_the_visit() {
    for (pages, outcome, why) in [
        (
            vec![("http://bank/", 403, "<p role=alert>No")],
            VisitOutcome::Refused,
            "`http://bank/` responds with 403: No",
        ),
        (
            vec![("http://bank/", 500, "Oh")],
            VisitOutcome::Stuck,
            "`http://bank/` responds with 500: Oh",
        ),
        (
            vec![("http://bank/", 200, "Sorry")],
            VisitOutcome::Refused,
            "`http://bank/` shows a page without a form: Sorry",
        ),
        (
            vec![("http://bank/", 200, CONSENT)],
            VisitOutcome::Stuck,
            "`http://bank/` stays as it was after `Allow` was pressed: Allow Cancel",
        ),
        (
            vec![("myapp://back", 200, "")],
            VisitOutcome::Stuck,
            "the browser shows a `myapp:` address, which is no web page",
        ),
    ] {
        let visited = run(&mut Fake::of(&pages), &start());
        ends(&visited, outcome, why);
        assert_eq!(visited.hindrance, None);
    }
}

#[test]
fn a_login_that_comes_back_and_pages_without_end_are_given_up() {
    let again = format!("{LOGIN}<p role=alert>Wrong");
    let mut wrong = Fake::of(&[
        ("http://bank/", 200, LOGIN),
        ("http://bank/", 200, again.as_str()),
        ("http://bank/", 200, LOGIN),
    ]);
    ends(
        &run(&mut wrong, &start()),
        VisitOutcome::Stuck,
        "`http://bank/` shows the same form again: User Log in; is the customer's `login` right?",
    );
    let urls: Vec<_> = (0..60)
        .map(|number| format!("http://bank/{number}"))
        .collect();
    let pages: Vec<_> = urls
        .iter()
        .map(|url| (url.as_str(), 200, CONSENT))
        .collect();
    let mut endless = Fake::of(&pages);
    let visited = run(&mut endless, &start());
    assert!(
        visited.why.starts_with("goes in a circle: 20 forms"),
        "{visited:?}"
    );
}

#[test]
fn a_browser_that_cannot_be_driven_is_no_judgement() {
    let mut refused = Fake::default();
    let mut lost = Fake::of(&[("http://bank/", 200, LOGIN)]);
    lost.lost = true;
    let mut error = Fake::of(&[("chrome-error://chromewebdata/", 0, "")]);
    let mut restless = Fake::of(&[("http://bank/", 200, LOGIN)]);
    restless.slow = usize::MAX;
    for fake in [&mut refused, &mut lost, &mut error, &mut restless] {
        let visited = run(fake, &start());
        assert_eq!(visited.hindrance, Some(Hindrance::Browser), "{visited:?}");
    }
}

#[test]
fn a_return_address_where_nobody_answers_was_reached_and_another_one_not() {
    let visit = |failed: &str| {
        let mut fake = Fake::of(&[
            ("http://bank/login", 200, LOGIN),
            ("http://bank/consent", 200, CONSENT),
            ("chrome-error://chromewebdata/", 0, ""),
        ]);
        fake.pages[2].failed = Some(failed.to_owned());
        run(&mut fake, &start())
    };
    let back = format!("{BACK}&state=s");
    let visited = visit(&back);
    ends(
        &visited,
        VisitOutcome::Returned,
        "came back to `http://service/ui/return`, which did not load",
    );
    assert_eq!(visited.returned_to, Some(back));
    let visited = visit("http://bank/nowhere");
    assert_eq!(
        visited.why,
        "the browser shows an error page of its own: `http://bank/nowhere` did not load"
    );
    assert_eq!(visited.hindrance, Some(Hindrance::Browser));
}

#[test]
fn a_window_that_nobody_looked_into_is_told_of() {
    let mut fake = Fake::of(&[("http://bank/", 200, "Look at the other window")]);
    fake.pages[0].windows = 2;
    let visited = run(&mut fake, &start());
    let end = "; a further window was opened and not looked into";
    assert!(visited.why.ends_with(end), "{}", visited.why);
}

#[test]
fn a_return_that_the_tap_saw_before_the_browser_showed_it_has_its_whole_address() {
    let back = format!("{BACK}&state=s");
    let mut screen = Fake::of(&[(START, 200, CONSENT), (&back, 200, "<p>Thank you.</p>")]);
    screen.stale = true;
    let visit = Visit {
        ours: vec!["http://service/ui/return".to_owned()],
        ..start()
    };
    let visited = run(&mut screen, &visit);
    assert_eq!(visited.outcome, VisitOutcome::Returned, "{}", visited.why);
    assert_eq!(visited.returned_to.as_deref(), Some(back.as_str()));
}
