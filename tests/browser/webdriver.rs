//! Visits in a real Chromium, driven over WebDriver; skipped, and said so, where there is no chromedriver.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use feedproof::browser::one_time_code;
use feedproof::clock::wall_seconds;
use feedproof::environment::{Browser, Environment};
use feedproof::journal::{Fact, Hindrance, Journal, VisitOutcome, Visited};
use feedproof::judge::Verdict;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::stand::{Stand, environment, library, rehearsal};

/// How long the driver may take to say where it listens.
const START: Duration = Duration::from_secs(20);

/// A chromedriver on a port of its own, which ends with the test.
struct Driver {
    _process: Child,
    endpoint: url::Url,
}

impl Driver {
    /// Starts a driver; `None`, with the reason printed, where there is none.
    async fn start() -> Option<Self> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) => {
                eprintln!(
                    "skipped: chromedriver cannot be started ({error}); Debian has it as `chromium-driver`"
                );
                return None;
            }
        };
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let port = async {
            while let Some(line) = lines.next_line().await.expect("it writes text") {
                if let Some((_, rest)) = line.split_once("successfully on port ") {
                    return rest.trim_end_matches('.').parse::<u16>().ok();
                }
            }
            None
        };
        let port = tokio::time::timeout(START, port).await;
        let port = port
            .expect("it says soon where it listens")
            .expect("it says where it listens");
        // What it writes further is taken in, or it would stop when the pipe is full.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self {
            _process: process,
            endpoint: format!("http://127.0.0.1:{port}/")
                .parse()
                .expect("it is a URL"),
        })
    }
}

/// The secret of the customer's one-time codes.
const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A login without any form: scripts draw it step by step, and a script sends it.
const LOGIN: &str = r#"<!doctype html><title>Bank</title><p id=say>Loading …</p><div id=app></div>
<input name=trap style="display:none"><script>
const app = document.getElementById('app'), say = document.getElementById('say'), known = {};
const step = (label, name, type, next) => {
  app.innerHTML = `<label>${label} <input id=${name} type=${type}></label><button type=button>Weiter</button>`;
  app.querySelector('button').onclick = () => { known[name] = document.getElementById(name).value; next(); };
};
setTimeout(() => { say.textContent = 'Hello'; step('User name', 'user', 'text', () =>
  step('Password', 'secret', 'password', () => step('One-time code', 'code', 'text', async () => {
    const answer = await fetch('/session', { method: 'POST', body: new URLSearchParams(known) });
    if (answer.ok) location.replace('/consent'); else { app.innerHTML = ''; say.textContent = 'Wrong'; }
  }))); }, 300);
</script>"#;

/// The consent is in a frame, and styled boxes are hidden behind their labels.
const CONSENT: &str =
    "<!doctype html><p>Please decide</p><iframe src=/decision width=600 height=300></iframe>";
const DECISION: &str = "<!doctype html><form method=post action=/decide target=_top>\
    <input type=checkbox id=terms name=terms required style='display:none'><label for=terms>I accept the terms</label>\
    <button name=decision value=allow>Allow</button> <button name=decision value=cancel formnovalidate>Cancel</button></form>";

/// What the bank of the test was told.
#[derive(Default)]
struct Bank {
    /// Where the customer is to be sent back, with state.
    back: Mutex<String>,
    decided: Mutex<Vec<String>>,
}

fn pairs(text: &str) -> std::collections::HashMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

/// A provider of which only the pages are there; everything is relative to its own address.
fn pages(bank: Arc<Bank>) -> Router {
    let (opened, decided) = (bank.clone(), bank);
    let open = async move |RawQuery(query): RawQuery| {
        let query = pairs(&query.unwrap_or_default());
        *opened.back.lock().expect("no handler panics") =
            format!("{}?state={}", query["redirect_uri"], query["state"]);
        // The query is gone after this, as with most logins.
        (
            [("set-cookie", "session=s; Path=/; HttpOnly")],
            Redirect::to("/login"),
        )
    };
    let log_in = async |body: String| -> Response {
        let known = pairs(&body);
        let now = u64::try_from(wall_seconds()).expect("it is after 1970");
        let codes = [now - 30, now]
            .map(|seconds| one_time_code(SEED, seconds).expect("the secret is valid"));
        let right = known["user"] == "kim"
            && known["secret"] == "open sesame"
            && codes.contains(&known["code"]);
        if right {
            axum::http::StatusCode::NO_CONTENT.into_response()
        } else {
            axum::http::StatusCode::UNAUTHORIZED.into_response()
        }
    };
    let decide = async move |headers: HeaderMap, body: String| -> Response {
        decided
            .decided
            .lock()
            .expect("no handler panics")
            .push(body);
        match headers.get("cookie") {
            Some(_) => {
                Redirect::to(&decided.back.lock().expect("no handler panics")).into_response()
            }
            None => (axum::http::StatusCode::FORBIDDEN, Html("<p>No session")).into_response(),
        }
    };
    Router::new()
        .route("/auth", get(open))
        .route("/login", get(async || Html(LOGIN)))
        .route("/session", post(log_in))
        .route("/consent", get(async || Html(CONSENT)))
        .route("/decision", get(async || Html(DECISION)))
        .route("/decide", post(decide))
        .route("/refused", get(async || (axum::http::StatusCode::GONE, Html("<p role=alert>Too late"))))
        .route("/window", get(async || Html("<form><button onclick=\"open('/consent')\" type=button>Continue</button></form>")))
}

/// Serves the pages; they end with the test.
async fn serve() -> (String, Arc<Bank>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let bank = Arc::new(Bank::default());
    let served = axum::serve(listener, pages(bank.clone()));
    tokio::spawn(async move { served.await });
    (format!("http://{address}"), bank)
}

fn connector(base: &str, page: &str, browser: Browser) -> Environment {
    let mut read = environment(&format!(
        "subject: {{ name: Pages only }}\n\
         provider:\n  callbacks: {{ notification: '{base}/notification', auth: '{base}/{page}', reAuth: '{base}/{page}', availableAccounts: '{base}/x' }}\n  \
         bank: {{ id: 10aaeee6-0000-4000-8000-000000000001, externalRef: test }}\n  \
         notification_header: {{ name: X-Test-Key, value: 'literal:throw-away-header' }}\n\
         credentials: {{ api_key: 'literal:test-api-key', client_id: 'literal:test-client', client_secret: 'literal:test-client-secret', audience: provider-api, notification_audience: connector-api, application: app, application_key: 'literal:test-application-key' }}\n\
         customers:\n  kim: {{ login: {{ username: kim, password: 'literal:open sesame' }}, accounts: 1, cleared: 1 }}\n",
    ));
    read.browser = browser;
    read
}

/// A plan of one visit to the provider's page, and a check of the provider's last answer.
fn plan(decision: &str) -> String {
    format!(
        r#"
plan: driven
title: A visit
cases:
  - id: driven/visit
    title: A visit in a browser
    expected: It ends as it should.
    requirement: ONB-11
    steps:
      - browse: provider.auth
        query: {{ bank: "${{bank.id}}", authorisation_id: 6f1c8a2e-0000-4000-8000-000000000001, redirect_uri: "${{ui.return}}", state: "${{state}}" }}
        login: {{ username: "${{customer.username}}", password: "${{customer.password}}", fields: {{ One-time code: {{ totp: {SEED} }} }} }}
        decision: {decision}
        label: back
        expect: {{ outcome: returned }}
      - judge: back
        response: {{ headers: {{ Location: $url }} }}
"#
    )
}

/// The visits of a journal, in order.
fn visits(journal: &Journal) -> Vec<Visited> {
    let visited = |fact: &Fact| match fact {
        Fact::Visited { visit, .. } => Some(visit.clone()),
        _ => None,
    };
    journal
        .events()
        .iter()
        .filter_map(|event| visited(&event.fact))
        .collect()
}

/// Asks the driver which sessions are open.
async fn sessions(driver: &Driver) -> serde_json::Value {
    let url = driver.endpoint.join("sessions").expect("it is a path");
    let http = feedproof::exchange::Client::http(START).expect("a client builds");
    let answer = http.get(url).send().await.expect("the driver answers");
    let text = answer.text().await.expect("it is text");
    let answer: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    answer["value"].clone()
}

/// Runs the one case of a plan and returns its visit, its verdict, and the reasons of its checks.
async fn run(plan: &str, environment: Environment) -> (Visited, Verdict, String) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let stand = Stand::up(library(plan), environment, Vec::new(), folder.path()).await;
    let journal = stand.journal.clone();
    let record = stand.run().await;
    let outcome = &record.cases[0];
    let text =
        std::fs::read_to_string(folder.path().join("journal.jsonl")).expect("the journal is there");
    assert!(
        !text.contains("open sesame") && !text.contains("open+sesame"),
        "{text}"
    );
    (
        visits(&journal).remove(0),
        outcome.verdict,
        format!("{outcome:?}"),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scripted_login_in_steps_and_a_consent_in_a_frame_are_gone_through() {
    let Some(driver) = Driver::start().await else {
        return;
    };
    for (decision, button) in [
        ("allow", "terms=on&decision=allow"),
        ("cancel", "decision=cancel"),
    ] {
        let (base, bank) = serve().await;
        let environment = connector(&base, "auth", Browser::Webdriver(driver.endpoint.clone()));
        let (visited, verdict, told) = run(&plan(decision), environment).await;
        assert_eq!(visited.outcome, VisitOutcome::Returned, "{visited:?}");
        assert_eq!(*bank.decided.lock().expect("no handler panics"), [button]);
        // The browser itself tells what the provider responded: the redirect to the login, login, consent, its frame, and
        // the redirect back.
        assert_eq!(
            (visited.exchanges.len(), verdict),
            (5, Verdict::Passed),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_refuses_is_seen_and_the_session_is_closed() {
    let Some(driver) = Driver::start().await else {
        return;
    };
    let (base, _) = serve().await;
    let environment = connector(
        &base,
        "refused",
        Browser::Webdriver(driver.endpoint.clone()),
    );
    let (visited, verdict, _) = run(&plan("allow"), environment).await;
    let why = format!("`{base}/refused` responds with 410: Too late");
    assert_eq!((visited.outcome, visited.why), (VisitOutcome::Refused, why));
    assert_eq!((visited.hindrance, verdict), (None, Verdict::Inconclusive));
    assert_eq!(sessions(&driver).await, serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_answers_is_a_hindrance_and_no_judgement() {
    // The driver is not there: nothing is known of the provider.
    let nobody = Browser::Webdriver("http://127.0.0.1:1/".parse().expect("it is a URL"));
    let (visited, verdict, told) = run(
        &plan("allow"),
        connector("http://127.0.0.1:1", "auth", nobody),
    )
    .await;
    assert_eq!(
        (visited.hindrance, verdict),
        (Some(Hindrance::Browser), Verdict::Inconclusive),
        "{told}"
    );
    assert!(
        visited.why.starts_with("no browser started: "),
        "{}",
        visited.why
    );
    assert!(
        visited
            .why
            .ends_with("; is a chromedriver running at http://127.0.0.1:1/?"),
        "{}",
        visited.why
    );

    let Some(driver) = Driver::start().await else {
        return;
    };
    let browser = Browser::Webdriver(driver.endpoint.clone());
    let (visited, verdict, told) = run(
        &plan("allow"),
        connector("http://127.0.0.1:1", "auth", browser),
    )
    .await;
    assert_eq!(
        (visited.hindrance, verdict),
        (Some(Hindrance::Browser), Verdict::Inconclusive),
        "{told}"
    );
    assert_eq!(
        visited.why,
        "the browser shows an error page of its own: `http://127.0.0.1:1/auth` did not load"
    );
}

/// In a rehearsal every page passes a tap, so that a driven browser is judged by as much as our own client.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_in_a_real_browser_judges_what_passes_the_taps() {
    let Some(driver) = Driver::start().await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder for the test");
    let plan = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/plans/onboarding.yaml"
    ));
    let mut environment = rehearsal();
    environment.browser = Browser::Webdriver(driver.endpoint.clone());
    let stand = Stand::up(
        library(&plan.expect("the plan is there")),
        environment,
        Vec::new(),
        folder.path(),
    )
    .await;
    for id in [
        "onboarding/auth-page-is-html",
        "onboarding/patch-before-redirect",
        "onboarding/redirect-keeps-the-address/with-query",
        "onboarding/cancelling-leads-back",
        "onboarding/poll-tells-success",
    ] {
        let case = stand
            .library
            .cases()
            .find(|case| *case.id == *id)
            .unwrap_or_else(|| panic!("{id} is there"));
        let outcome = stand
            .run_environment
            .runner
            .start(case.clone())
            .await
            .expect("it has an outcome");
        assert_eq!(outcome.verdict, Verdict::Passed, "{outcome:#?}");
    }
    assert_eq!(sessions(&driver).await, serde_json::json!([]));
    stand
        .run_environment
        .down()
        .await
        .expect("the journal is kept");
}
