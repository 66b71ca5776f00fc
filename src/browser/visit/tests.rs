//! Visits of sites that live in memory.

use std::sync::Mutex;

use super::*;
use crate::browser::Authenticator;
use crate::journal::VisitOutcome::{self, Refused, Returned, Stuck};
use serde_json::json;

/// How far a customer has come.
mod decided;
/// Where the browser does not know how to go on.
mod impasse;
/// What single pages do to a visit.
mod single;
/// Logins of several steps, and pages behind a sink.
mod steps;

const BACK: &str = "http://service/ui/return";
const PASSWORD: &str = "⟦secret:password#a91f⟧";
const SEED: &str = "⟦secret:one-time-secret#51ed⟧";
const CODE: &str = "⟦secret:one-time-code#c0de⟧";
const LOGIN: &str = "<form method=post action=/login><input type=hidden name=s value=1>\
    <label>User name <input name=username required></label><label>Password <input type=password name=password required></label>\
    <button>Log in</button></form>";
const CONSENT: &str = "<form method=post action=/consent><button name=decision value=allow>Allow</button>\
    <button name=decision value=cancel>Cancel</button></form>";
const CHOICE: &str = "<form method=post action=/ui/choice><label><input type=radio name=account value=k1 checked> Everyday</label>\
    <label><input type=radio name=account value=k2> Savings</label><button>Link this account</button></form>";

/// How long a visit may take; no test waits for that.
const VISIT_SECONDS: u32 = 180;

/// Answers by method and address without query, and notes what was asked.
#[derive(Default)]
struct Site {
    pages: Vec<(&'static str, String, Result<Page, String>)>,
    asked: Mutex<Vec<PageRequest>>,
    paused: Mutex<Vec<u32>>,
}

impl Site {
    fn with(mut self, method: &'static str, url: &str, page: Page) -> Self {
        self.pages.push((method, url.to_owned(), Ok(page)));
        self
    }

    fn breaking(mut self, url: &str, cause: &str) -> Self {
        self.pages
            .push(("GET", url.to_owned(), Err(cause.to_owned())));
        self
    }

    /// A bank with login, consent and the way back; the Service's pages around it.
    fn bank() -> Self {
        Self::default()
            .with("GET", "http://service/ui/link", to("http://bank/auth?bank=b&redirect_uri=http%3A%2F%2Fservice%2Fui%2Freturn%3Fsession%3D1&state=s"))
            .with("GET", "http://bank/auth", html(LOGIN))
            .with("POST", "http://bank/login", html(CONSENT))
            .with("POST", "http://bank/consent", to(&format!("{BACK}?session=1&state=s")))
            .with("GET", BACK, html(CHOICE))
            .with("POST", "http://service/ui/choice", html("Done"))
    }

    /// Replaces an answer.
    fn but(mut self, method: &'static str, url: &str, page: Page) -> Self {
        self.pages
            .retain(|(known, address, _)| *known != method || address != url);
        self.with(method, url, page)
    }

    fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no test panics while it asks");
        asked
            .iter()
            .map(|request| format!("{} {}", request.method, request.url))
            .collect()
    }

    fn form(&self, url: &str) -> FormBody {
        let asked = self.asked.lock().expect("no test panics while it asks");
        let found = asked.iter().rfind(|request| request.url == url);
        found
            .and_then(|request| request.form.clone())
            .unwrap_or_else(|| panic!("no form was sent to {url}"))
    }

    fn sent(&self, url: &str) -> Vec<(String, String)> {
        self.form(url).pairs
    }
}

impl Authenticator for Site {
    async fn code(&self, secret: &str) -> Result<String, String> {
        match secret {
            SEED => Ok(CODE.to_owned()),
            _ => Err("the secret is no base32".to_owned()),
        }
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

impl Fetch for Site {
    async fn fetch(&self, request: PageRequest) -> Result<Page, String> {
        let found = self
            .pages
            .iter()
            .find(|(method, url, _)| *method == request.method && *url == trunk(&request.url));
        let mut asked = self.asked.lock().expect("no test panics while it asks");
        asked.push(request);
        let mut page = match found {
            Some((_, _, page)) => page.clone()?,
            None => status(404, "No such page"),
        };
        page.exchange = asked.len() as u64 + 10;
        Ok(page)
    }

    async fn pause(&self, seconds: u32) -> Result<(), String> {
        let mut paused = self.paused.lock().expect("no test panics while it waits");
        if paused.iter().sum::<u32>() + seconds >= VISIT_SECONDS {
            return Err("the time for the visit is over".to_owned());
        }
        paused.push(seconds);
        Ok(())
    }
}

fn status(status: u16, body: &str) -> Page {
    Page {
        status,
        media: "text/html".to_owned(),
        body: body.to_owned(),
        ..Page::default()
    }
}

fn html(body: &str) -> Page {
    status(200, body)
}

fn redirect(code: u16, location: &str) -> Page {
    Page {
        location: Some(location.to_owned()),
        ..status(code, "")
    }
}

fn to(location: &str) -> Page {
    redirect(302, location)
}

fn start(url: &str) -> Visit {
    Visit {
        url: url.to_owned(),
        login: Some(json!({"username": "kim", "password": PASSWORD})),
        ..Visit::default()
    }
}

fn linking() -> Visit {
    start("http://service/ui/link")
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[track_caller]
fn ends(visited: &Visited, outcome: VisitOutcome, why: &str) {
    assert_eq!((visited.outcome, visited.why.as_str()), (outcome, why));
}

#[tokio::test]
async fn a_customer_logs_in_allows_and_comes_back() {
    let site = Site::bank();
    let visited = visit(&site, &linking()).await;
    ends(
        &visited,
        Returned,
        "came back to `http://service/ui/return`",
    );
    assert_eq!(visited.url, BACK);
    let back = format!("{BACK}?session=1&state=s");
    assert_eq!(visited.returned_to, Some(back));
    assert_eq!(visited.exchanges, [11, 12, 13, 14, 15]);
    assert_eq!(
        site.sent("http://bank/login"),
        pairs(&[("s", "1"), ("username", "kim"), ("password", PASSWORD)])
    );
    assert_eq!(
        site.sent("http://bank/consent"),
        pairs(&[("decision", "allow")])
    );
}

#[tokio::test]
async fn an_address_of_ours_ends_the_visit_unfetched() {
    let site = Site::bank().but(
        "POST",
        "http://bank/consent",
        to("http://ours:1/back?state=s"),
    );
    let visited = visit(
        &site,
        &Visit {
            ours: vec!["http://ours:1/back".to_owned()],
            ..linking()
        },
    )
    .await;
    ends(&visited, Returned, "came back to `http://ours:1/back`");
    assert_eq!(visited.url, "http://ours:1/back");
    assert_eq!(visited.exchanges.len(), 4);
    assert!(site.asked().iter().all(|request| !request.contains("ours")));
}

#[tokio::test]
async fn another_address_is_not_the_return_address() {
    for elsewhere in [
        "http://service/ui/returned",
        "https://service/ui/return",
        "http://service:81/ui/return",
        "http://other/ui/return",
    ] {
        let site = Site::bank().but("POST", "http://bank/consent", to(elsewhere));
        let visited = visit(&site, &linking()).await;
        ends(
            &visited,
            Refused,
            &format!("`{elsewhere}` responds with 404: No such page"),
        );
    }
}

#[tokio::test]
async fn the_return_address_may_refuse_or_fail() {
    for (page, outcome, why) in [
        (
            status(204, ""),
            Returned,
            "came back to `http://service/ui/return`",
        ),
        (
            to("http://product/"),
            Returned,
            "came back to `http://service/ui/return`",
        ),
        (
            status(400, "No state"),
            Refused,
            "the return page `http://service/ui/return` responds with 400: No state",
        ),
        (
            status(500, ""),
            Stuck,
            "the return page `http://service/ui/return` responds with 500",
        ),
    ] {
        let visited = visit(&Site::bank().but("GET", BACK, page), &linking()).await;
        ends(&visited, outcome, why);
    }
}

#[tokio::test]
async fn an_account_is_chosen_on_the_services_own_page() {
    for (choice, expected, title) in [
        (Choice::Index(1), "k2", "Savings"),
        (Choice::Text("Everyday".to_owned()), "k1", "Everyday"),
    ] {
        let site = Site::bank();
        let choosing = Visit {
            choose: Some(choice),
            ..linking()
        };
        ends(
            &visit(&site, &choosing).await,
            Returned,
            &format!("came back and chose `{title}`"),
        );
        assert_eq!(
            site.sent("http://service/ui/choice"),
            pairs(&[("account", expected)])
        );
    }
}

#[tokio::test]
async fn a_choice_may_not_be_offered_or_be_refused() {
    let choosing = || Visit {
        choose: Some(Choice::Index(2)),
        ..linking()
    };
    ends(
        &visit(&Site::bank(), &choosing()).await,
        Stuck,
        "the return page `http://service/ui/return` offers `Everyday` and `Savings`, and no account at place 2 (places count from 0)",
    );
    let failed = Site::bank().but("GET", BACK, html("Linking failed"));
    ends(
        &visit(&failed, &choosing()).await,
        Returned,
        "came back to `http://service/ui/return`, where no account is offered: Linking failed",
    );
    for (page, outcome) in [
        (status(409, "Twice"), Refused),
        (status(500, "Twice"), Stuck),
        (to("/x"), Returned),
    ] {
        let site = Site::bank().but("POST", "http://service/ui/choice", page);
        let visited = visit(
            &site,
            &Visit {
                choose: Some(Choice::Index(0)),
                ..linking()
            },
        )
        .await;
        assert_eq!(visited.outcome, outcome, "{visited:?}");
    }
}

#[tokio::test]
async fn the_choice_may_stand_behind_the_return_address() {
    let site = Site::bank().but("GET", BACK, to("/ui/accounts")).with(
        "GET",
        "http://service/ui/accounts",
        html(CHOICE),
    );
    let choosing = Visit {
        choose: Some(Choice::Index(0)),
        ..linking()
    };
    ends(
        &visit(&site, &choosing).await,
        Returned,
        "came back and chose `Everyday`",
    );
}

#[tokio::test]
async fn a_login_within_the_login_is_no_return() {
    let site = Site::bank()
        .but(
            "GET",
            "http://bank/auth",
            to("http://idp/authorize?redirect_uri=http%3A%2F%2Fbank%2Fcallback"),
        )
        .with("GET", "http://idp/authorize", html(LOGIN))
        .with(
            "POST",
            "http://idp/login",
            redirect(303, "http://bank/callback?code=1"),
        )
        .with("GET", "http://bank/callback", html(CONSENT));
    let visited = visit(&site, &linking()).await;
    ends(
        &visited,
        Returned,
        "came back to `http://service/ui/return`",
    );
    assert_eq!(visited.exchanges.len(), 7);
}

#[tokio::test]
async fn a_customer_cancels_at_the_first_opportunity() {
    let cancelling = || Visit {
        decision: "cancel".to_owned(),
        ..linking()
    };
    let late = Site::bank();
    assert_eq!(visit(&late, &cancelling()).await.outcome, Returned);
    assert_eq!(
        late.sent("http://bank/consent"),
        pairs(&[("decision", "cancel")])
    );

    let page = format!("{LOGIN}<a href='http://service/ui/return?error=denied'>Cancel</a>");
    let early = Site::bank().but("GET", "http://bank/auth", html(&page));
    let visited = visit(&early, &cancelling()).await;
    assert_eq!((visited.outcome, visited.exchanges.len()), (Returned, 3));

    let never = Site::bank().but(
        "POST",
        "http://bank/login",
        html("<form><button>Allow</button></form>"),
    );
    ends(
        &visit(&never, &cancelling()).await,
        Stuck,
        "this browser cannot go on here: `http://bank/login` offers a form with the button `Allow`, and nothing is known to \
         cancel; say which in the customer's `login`, such as `steps: [ { cancel: \"Allow\" } ]`, or let a Chromium make \
         the visits: `browser: { webdriver: \"http://127.0.0.1:9515\" }`",
    );
}

#[tokio::test]
async fn a_return_without_the_state_is_remarked_on() {
    for (query, remark) in [
        ("session=1&state=s", ""),
        ("session=1", " without the state that was given"),
        ("state=other", " without the state that was given"),
    ] {
        let site = Site::bank().but(
            "POST",
            "http://bank/consent",
            to(&format!("{BACK}?{query}")),
        );
        let why = format!("came back to `{BACK}`{remark}");
        ends(&visit(&site, &linking()).await, Returned, &why);
    }
}

#[tokio::test]
async fn a_script_may_lead_back() {
    let page = format!("<script>top.location = '{BACK}?state=s'</script>");
    let site = Site::bank().but("POST", "http://bank/consent", html(&page));
    let visited = visit(&site, &linking()).await;
    assert_eq!(visited.outcome, Returned);
    assert_eq!(visited.returned_to, Some(format!("{BACK}?state=s")));
}

#[tokio::test]
async fn who_never_comes_back_returns_to_no_address() {
    let site = Site::bank().but("POST", "http://bank/consent", html("Linking failed"));
    let visited = visit(&site, &linking()).await;
    assert_eq!((visited.outcome, visited.returned_to), (Refused, None));
}

#[test]
fn a_visit_can_be_moved_between_threads() {
    fn check<T: Send>(_: T) {}
    let site = Site::default();
    let begun = start("http://h/");
    check(visit(&site, &begun));
}
