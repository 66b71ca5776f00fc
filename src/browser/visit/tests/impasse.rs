//! Pages on which nothing is certain, pages that wait, and what a login says about them.

use super::*;
use crate::journal::Hindrance;

const GERMAN: &str = "<title>Einwilligung</title><form method=post action=/abmelden><button>Abmelden</button></form>\
    <form method=post action=/consent><label><input type=checkbox name=k value=1> Giro</label>\
    <button name=decision value=1>Ablehnen</button><button name=decision value=2>Zustimmen</button></form>";

fn german() -> Site {
    Site::bank().but("POST", "http://bank/login", html(GERMAN))
}

fn with_steps(steps: serde_json::Value) -> Visit {
    Visit {
        login: Some(json!({"username": "kim", "password": PASSWORD, "steps": steps})),
        ..linking()
    }
}

#[track_caller]
fn hindered(visited: &Visited, beginning: &str) {
    assert!(visited.why.starts_with(beginning), "{}", visited.why);
    assert_eq!(
        (visited.outcome, visited.hindrance),
        (Stuck, Some(Hindrance::Browser))
    );
}

#[tokio::test]
async fn a_page_in_an_unknown_language_is_described_and_not_guessed() {
    let site = german();
    let visited = visit(&site, &linking()).await;
    hindered(&visited, "this browser cannot go on here: ");
    assert_eq!(
        visited.why,
        "this browser cannot go on here: `http://bank/login` (\"Einwilligung\") offers 2 forms, with the button `Abmelden`; \
         with `Giro` and the buttons `Ablehnen` and `Zustimmen`, and no form is known to be the way on; say which in the \
         customer's `login`, such as `steps: [ { press: \"…\" } ]`, or let a Chromium make the visits: `browser: { \
         webdriver: \"http://127.0.0.1:9515\" }`"
    );
    let posts = site
        .asked()
        .iter()
        .filter(|request| request.starts_with("POST"))
        .count();
    assert_eq!(posts, 1, "only the login was sent");
}

#[tokio::test]
async fn the_login_says_step_by_step_what_to_press() {
    let site = german();
    let visit_made = with_steps(json!([{ "tick": "Giro", "press": "Zustimmen" }]));
    assert_eq!(visit(&site, &visit_made).await.outcome, Returned);
    assert_eq!(
        site.sent("http://bank/consent"),
        pairs(&[("k", "1"), ("decision", "2")])
    );

    let site = german();
    let cancelling = Visit {
        decision: "cancel".to_owned(),
        ..with_steps(json!([{ "press": "Zustimmen", "cancel": "Ablehnen" }]))
    };
    assert_eq!(visit(&site, &cancelling).await.outcome, Returned);
    assert_eq!(
        site.sent("http://bank/consent"),
        pairs(&[("decision", "1")])
    );
}

#[tokio::test]
async fn a_consent_that_comes_back_as_it_was_is_not_sent_for_ever() {
    let page = "<p class=error>Choose at least one account.</p><form method=post action=/consent>\
        <label><input type=checkbox name=accounts value=a1> Current</label><button>Allow</button></form>";
    let choosing = || {
        Site::bank()
            .but("POST", "http://bank/login", html(page))
            .but("POST", "http://bank/consent", html(page))
    };
    let site = choosing();
    let visited = visit(&site, &linking()).await;
    hindered(
        &visited,
        "this browser cannot go on here: `http://bank/consent` shows the same form again, with `Current` and the button \
         `Allow`: Choose at least one account.; say in the customer's `login` what else it needs",
    );
    assert_eq!(visited.exchanges.len(), 5);
    let site = choosing();
    visit(
        &site,
        &with_steps(json!([{ "tick": ["Current"], "press": "Allow" }])),
    )
    .await;
    let asked = site.asked.lock().expect("no test panics while it asks");
    let sent = asked
        .iter()
        .find(|request| request.url == "http://bank/consent")
        .and_then(|request| request.form.as_ref());
    assert_eq!(
        sent.map(|form| form.pairs.clone()),
        Some(pairs(&[("accounts", "a1")]))
    );
}

#[tokio::test]
async fn a_page_that_needs_scripts_proves_nothing() {
    let page = html("<title>Bank</title><div id=app></div><script src=/app.js></script>");
    let visited = visit(
        &Site::bank().but("GET", "http://bank/auth", page),
        &linking(),
    )
    .await;
    hindered(
        &visited,
        "this browser cannot go on here: `http://bank/auth` (\"Bank\") shows no form that leads on, and has scripts, which \
         this browser does not run: Bank; let a Chromium",
    );
}

#[tokio::test]
async fn what_the_only_button_leads_to_is_not_the_banks_fault() {
    let page = "<form method=post action=/x><button>Abmelden</button></form>";
    let site = Site::bank()
        .but("POST", "http://bank/login", html(page))
        .with("POST", "http://bank/x", html("Auf Wiedersehen"));
    let visited = visit(&site, &linking()).await;
    assert_eq!(
        (visited.outcome, visited.hindrance),
        (Refused, Some(Hindrance::Browser))
    );
    assert!(
        visited
            .why
            .contains("before, `Abmelden` was pressed on `http://bank/login`"),
        "{}",
        visited.why
    );
}

#[tokio::test]
async fn a_page_that_waits_for_an_approval_is_asked_again_when_it_says() {
    for waiting in [
        Page {
            refresh: Some("5".to_owned()),
            ..html("<p>Approve in your app")
        },
        html(
            "<meta http-equiv=refresh content='5;url=/login'><form action=/sms><button>Use another method</button></form>",
        ),
        html(
            "<meta http-equiv=refresh content='5;url=/login'><form action=/sms><button>Anders</button></form>",
        ),
    ] {
        let site = Site::bank()
            .but("POST", "http://bank/login", redirect(303, "/login"))
            .with("GET", "http://bank/login", waiting);
        let visited = visit(&site, &linking()).await;
        hindered(&visited, "`http://bank/login` goes on waiting");
        assert!(
            visited.why.ends_with("(the time for the visit is over)"),
            "{}",
            visited.why
        );
        let paused = site
            .paused
            .lock()
            .expect("no test panics while it waits")
            .clone();
        assert_eq!(paused, [5; 35], "as often as the time of the visit allows");
    }
}

#[tokio::test]
async fn a_page_of_which_the_body_could_not_be_read_proves_nothing() {
    let page = Page {
        unread: Some("its content coding `x` is unknown".to_owned()),
        ..html("")
    };
    let visited = visit(
        &Site::bank().but("GET", "http://bank/auth", page),
        &linking(),
    )
    .await;
    hindered(
        &visited,
        "`http://bank/auth` responds with a page that could not be read: its content coding",
    );
}

#[tokio::test]
async fn a_fragment_belongs_to_the_address_at_which_the_customer_comes_back() {
    for (location, at) in [
        (format!("{BACK}?state=s#_=_"), format!("{BACK}?state=s#_=_")),
        (format!("{BACK}?state=s#"), format!("{BACK}?state=s#")),
        (format!("{BACK}?state=s"), format!("{BACK}?state=s")),
    ] {
        let site = Site::bank().but("POST", "http://bank/consent", to(&location));
        assert_eq!(visit(&site, &linking()).await.returned_to, Some(at));
    }
    // A redirect keeps the fragment of the address before, as in every browser.
    let site = Site::bank()
        .but("POST", "http://bank/consent", to("/done#_=_"))
        .with("GET", "http://bank/done", to(&format!("{BACK}?state=s")));
    assert_eq!(
        visit(&site, &linking()).await.returned_to,
        Some(format!("{BACK}?state=s#_=_"))
    );
}

#[tokio::test]
async fn forms_are_written_as_they_say_in_the_character_set_of_their_page() {
    let page = Page {
        charset: "windows-1252".to_owned(),
        ..html(
            "<form method=post enctype=multipart/form-data action=/x><input type=hidden name=_charset_><button>OK</button></form>",
        )
    };
    let site = Site::bank().but("POST", "http://bank/login", page);
    visit(&site, &linking()).await;
    let asked = site.asked.lock().expect("no test panics while it asks");
    let form = asked
        .last()
        .and_then(|request| request.form.clone())
        .expect("a form was sent");
    assert_eq!(form.enctype, crate::browser::Enctype::Multipart);
    assert_eq!(form.charset, "windows-1252");
    assert_eq!(form.pairs, pairs(&[("_charset_", "windows-1252")]));
}
