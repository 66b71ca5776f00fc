//! How far a customer has come, and what ends a visit that is not the provider's.

use super::*;
use crate::journal::Hindrance;

/// Where a visit is in doubt because a script may do what the browser did.
const SCRIPT: &str = "<script src=/app.js></script>";

fn without_login() -> Visit {
    Visit {
        login: None,
        ..linking()
    }
}

fn deciding(decision: &str) -> Visit {
    Visit {
        decision: decision.to_owned(),
        ..linking()
    }
}

#[tokio::test]
async fn only_what_follows_an_accepted_login_is_a_decision() {
    let login = || html(LOGIN);
    let allow = linking;
    let cases = [
        ("allowed", Site::bank(), allow(), (Returned, None, true)),
        (
            "a wrong login",
            Site::bank().but("POST", "http://bank/login", login()),
            allow(),
            (Stuck, Some(Hindrance::Login), false),
        ),
        (
            "a login refused by status",
            Site::bank().but("POST", "http://bank/login", status(401, "No")),
            allow(),
            (Refused, None, false),
        ),
        (
            "a login refused by a page",
            Site::bank().but("POST", "http://bank/login", html("Wrong password")),
            allow(),
            (Refused, None, false),
        ),
        (
            "a fault of the consent page",
            Site::bank().but("POST", "http://bank/consent", status(500, "")),
            allow(),
            (Stuck, None, true),
        ),
        (
            "a login that is the consent",
            Site::bank().but("POST", "http://bank/login", to(BACK)),
            allow(),
            (Returned, None, true),
        ),
        (
            "no login at all",
            Site::bank()
                .but("GET", "http://bank/auth", html(CONSENT))
                .but("POST", "http://bank/consent", status(403, "")),
            without_login(),
            (Refused, None, true),
        ),
        (
            "cancelled",
            Site::bank().but("POST", "http://bank/consent", status(403, "")),
            deciding("cancel"),
            (Refused, None, true),
        ),
    ];
    for (name, site, made, wanted) in cases {
        let visited = visit(&site, &made).await;
        let seen = (visited.outcome, visited.hindrance, visited.decided);
        assert_eq!(seen, wanted, "{name}: {}", visited.why);
    }
}

#[tokio::test]
async fn a_response_from_in_front_of_the_bank_is_a_hindrance_wherever_it_comes() {
    let places = [
        ("GET", "http://bank/auth", false),
        ("POST", "http://bank/login", false),
        ("POST", "http://bank/consent", true),
    ];
    for (method, url, decided) in places {
        for (code, outcome) in [(407, Refused), (429, Refused), (502, Stuck), (504, Stuck)] {
            let site = Site::bank().but(method, url, status(code, "<h1>nginx</h1>"));
            let visited = visit(&site, &linking()).await;
            let seen = (visited.outcome, visited.hindrance, visited.decided);
            let wanted = (outcome, Some(Hindrance::Gateway), decided);
            assert_eq!(seen, wanted, "{code} of {url}: {}", visited.why);
        }
    }
    let no_certificate =
        "<center><h1>400 Bad Request</h1></center>No required SSL certificate was sent";
    let site = Site::bank().but("GET", "http://bank/auth", status(400, no_certificate));
    let visited = visit(&site, &linking()).await;
    assert_eq!(
        visited.hindrance,
        Some(Hindrance::Gateway),
        "{}",
        visited.why
    );
    assert!(
        visited.why.contains("`tls.client_certificate`"),
        "{}",
        visited.why
    );
}

#[tokio::test]
async fn a_password_is_not_written_into_an_address_where_a_script_would_send_it() {
    let by_script = LOGIN.replace("<form method=post action=/login>", "<form id=login>");
    let page = html(&format!("{SCRIPT}{by_script}"));
    let site = Site::bank().but("GET", "http://bank/auth", page);
    let visited = visit(&site, &linking()).await;
    assert_eq!(visited.hindrance, Some(Hindrance::Browser));
    assert_eq!(
        visited.why,
        "this browser cannot go on here: `http://bank/auth` shows a form, with `User name` and `Password` and the button \
         `Log in`, that a script sends, and this browser runs none; let a Chromium make the visits: `browser: { \
         webdriver: \"http://127.0.0.1:9515\" }`"
    );
    assert_eq!(site.asked().len(), 2, "{:?}", site.asked());
}

#[tokio::test]
async fn a_form_that_a_script_may_send_is_sent_in_doubt() {
    let by_script = CONSENT.replace("<form method=post action=/consent>", "<form>");
    let page = html(&format!("{SCRIPT}{by_script}"));
    let site = Site::bank().but("POST", "http://bank/login", page).with(
        "GET",
        "http://bank/login",
        status(404, "No such page"),
    );
    let visited = visit(&site, &linking()).await;
    assert_eq!(
        visited.hindrance,
        Some(Hindrance::Browser),
        "{}",
        visited.why
    );
    assert!(
        visited.why.contains("without the scripts of its page"),
        "{}",
        visited.why
    );
}

#[tokio::test]
async fn a_button_between_the_steps_of_a_login_is_no_decision() {
    let user = "<form method=post action=/user><label>User name <input name=username></label><button>Next</button></form>";
    let how = "<form method=post action=/how><button>Continue with password</button></form>";
    let password = "<form method=post action=/login><label>Password <input type=password name=password></label>\
        <button>Log in</button></form>";
    let stepwise = || {
        Site::bank()
            .but("GET", "http://bank/auth", html(user))
            .with("POST", "http://bank/user", html(how))
            .with("POST", "http://bank/how", html(password))
    };
    let visited = visit(&stepwise(), &linking()).await;
    assert_eq!(
        (visited.outcome, visited.decided),
        (Returned, true),
        "{}",
        visited.why
    );
    let refused = stepwise().but("POST", "http://bank/login", status(401, "Wrong password"));
    let visited = visit(&refused, &linking()).await;
    assert_eq!(
        (visited.outcome, visited.decided),
        (Refused, false),
        "{}",
        visited.why
    );
}

#[tokio::test]
async fn a_password_is_not_sent_where_the_form_has_a_script_instead_of_an_address() {
    for form in [
        "<form action=# id=login>",
        "<form action=\"\">",
        "<form action=/login onsubmit=\"go()\">",
    ] {
        let by_script = LOGIN.replace("<form method=post action=/login>", form);
        let page = html(&format!("{SCRIPT}{by_script}"));
        let site = Site::bank().but("GET", "http://bank/auth", page);
        let visited = visit(&site, &linking()).await;
        assert_eq!(
            visited.hindrance,
            Some(Hindrance::Browser),
            "{form}: {}",
            visited.why
        );
        assert_eq!(site.asked().len(), 2, "{form}: {:?}", site.asked());
    }
    // A form that is sent by `POST` is sent, whatever scripts there are.
    let posted = LOGIN.replace("<form ", "<form onsubmit=\"busy()\" ");
    let site = Site::bank().but(
        "GET",
        "http://bank/auth",
        html(&format!("{SCRIPT}{posted}")),
    );
    assert_eq!(visit(&site, &linking()).await.outcome, Returned);
}
