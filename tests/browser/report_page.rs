//! `report.html` as a browser shows it: chromium without a window, driven over WebDriver.
//!
//! Left out, with a word on stderr, where chromedriver is not installed (Debian: chromium-driver).

use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use feedproof::journal::{Body, Event, Fact, Journal, WaitEnd};
use feedproof::judge::Verdict;
use feedproof::record::Record;
use feedproof::report::html;
use futures_util::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::stand::{Stand, library, rehearsal};

const HOSTILE: &str = r#"</script><img src=x onerror="window.ran=1"><!-- & 'it'"#;

/// A case that holds, with hostile texts throughout; one whose message never comes; one that does not apply.
const PLAN: &str = r#"
plan: probe
title: HOSTILE
cases:
  - id: probe/first
    title: HOSTILE
    expected: HOSTILE
    requirement: ONB-01
    steps:
      - send: GET /banks/${bank.id}
        as: product
        query: { text: HOSTILE }
        requirement: ONB-01
        expect: { status: 200 }
  - id: probe/missed
    title: A message that never comes
    expected: It comes.
    requirement: OFF-04
    given:
      - use: onboarded-account
        bind: { account: account }
    steps:
      - receive: POST
        at: provider.notification
        within: 20ms
        where: { body: { type: nothing-of-the-kind } }
  - id: probe/skipped
    title: A feature that nobody declares
    expected: Skipped.
    requirement: OFF-04
    features: { teleportation: supported }
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
"#;

/// Runs the plan; the journal is kept nowhere.
async fn record() -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let quoted = format!("'{}'", HOSTILE.replace('\'', "''"));
    let plan = PLAN.replace("HOSTILE", &quoted);
    let record = Stand::up(library(&plan), rehearsal(), Vec::new(), folder.path())
        .await
        .run()
        .await;
    let verdicts: Vec<_> = record.cases.iter().map(|case| case.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Passed, Verdict::Failed, Verdict::Skipped],
        "{:#?}",
        record.cases
    );
    record
}

/// A browser under way.
struct Driver {
    process: Child,
    client: Client,
}

/// The browser's log since it was last read.
#[derive(Debug)]
struct Log;

impl WebDriverCompatibleCommand for Log {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (hyper::Method, Option<String>) {
        (
            hyper::Method::POST,
            Some(json!({"type": "browser"}).to_string()),
        )
    }
}

impl Driver {
    /// Starts a browser; `None` where there is no driver for it.
    async fn up() -> Option<Self> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) => {
                // Written past the test harness, which keeps what tests print to itself.
                let _ = writeln!(
                    std::io::stderr(),
                    "left out: chromedriver: {error}; report.html was not opened in a browser"
                );
                return None;
            }
        };
        let out = BufReader::new(process.stdout.take().expect("it is piped"));
        let port = out
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("successfully on port ")?;
                rest.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver says where it listens");
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000"],
        });
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().unwrap_or_default())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        match client {
            Ok(client) => Some(Self { process, client }),
            Err(error) => {
                let _ = process.kill();
                panic!("chromium does not start: {error}");
            }
        }
    }

    async fn open(&self, file: &Path, anchor: &str) {
        // Of the same file a further anchor would not load the page anew.
        self.client.goto("about:blank").await.expect("it opens");
        let url = format!("file://{}{anchor}", file.display());
        self.client.goto(&url).await.expect("the page opens");
    }

    async fn js(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Proves that the page complained of nothing, and asked for nothing.
    async fn quiet(&self) {
        let log = self.client.issue_cmd(Log).await.expect("the log reads");
        assert_eq!(log, json!([]), "the console is silent");
        let asked = self
            .js("return performance.getEntriesByType('resource').map(one => one.name)")
            .await;
        assert_eq!(asked, json!([]), "no request");
        assert_eq!(self.js("return window.ran === undefined").await, true);
    }

    async fn click(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.click().await.expect("it can be clicked");
    }
}

/// Does something with a browser, which is ended whatever comes of it.
async fn with_browser(act: impl AsyncFnOnce(&Driver)) {
    let Some(driver) = Driver::up().await else {
        return;
    };
    let done = AssertUnwindSafe(act(&driver)).catch_unwind().await;
    let Driver {
        mut process,
        client,
    } = driver;
    let closed = client.close().await;
    let _ = process.kill();
    let _ = process.wait();
    if let Err(panic) = done {
        resume_unwind(panic);
    }
    closed.expect("the browser closes");
}

/// Writes the page of a record.
fn page(record: &Record) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new()
        .suffix(".html")
        .tempfile()
        .expect("a file for the test");
    std::fs::write(file.path(), html(record)).expect("written");
    file
}

const SHOWN: &str = "return Array.from(document.querySelectorAll('tbody.case')).filter(one => !one.hidden).map(one => one.id)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reviewer_reads_filters_and_opens() {
    let record = record().await;
    let file = page(&record);
    with_browser(async |driver: &Driver| {
        driver.open(file.path(), "").await;
        assert_eq!(
            driver
                .js("return document.querySelector('h1').textContent")
                .await,
            "REHEARSAL FAILED"
        );
        // Texts of others are what they were, and nothing else.
        assert_eq!(
            driver
                .js("return document.querySelector('#case-1 td').firstChild.textContent")
                .await,
            HOSTILE
        );
        assert_eq!(driver.js("return document.images.length").await, 0);

        assert_eq!(
            driver.js(SHOWN).await,
            json!(["case-1", "case-2", "case-3"])
        );
        let words = driver
            .client
            .find(Locator::Id("words"))
            .await
            .expect("a filter");
        words
            .send_keys("NEVER comes")
            .await
            .expect("it takes words");
        assert_eq!(driver.js(SHOWN).await, json!(["case-2"]));
        assert_eq!(
            driver
                .js("return document.getElementById('shown').textContent")
                .await,
            "1 of 3 cases"
        );
        driver.click("#filter [value=failed]").await;
        assert_eq!(driver.js(SHOWN).await, json!([]));
        driver.click("#filter [value=failed]").await;
        words.clear().await.expect("it empties");
        words.send_keys(" ").await.expect("it takes words");
        assert_eq!(driver.js(SHOWN).await.as_array().map(Vec::len), Some(3));

        // The head leads to what went wrong.
        driver.click(".wrong li a").await;
        assert_eq!(driver.js("return location.hash").await, "#case-2");
        assert_eq!(
            driver
                .js("return document.querySelector('#case-2 details').open")
                .await,
            true
        );
        driver.quiet().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_diagram_has_the_arrows_of_the_journal_and_each_opens_its_exchange() {
    let record = record().await;
    let file = page(&record);
    with_browser(async |driver: &Driver| {
        for (index, case) in record.cases.iter().enumerate() {
            let anchor = format!("#case-{}", index + 1);
            // Opened directly, as a link in a ticket would.
            driver.open(file.path(), &anchor).await;
            let own = |event: &&Arc<Event>| event.lane.as_ref() == Some(&case.case);
            let messages = record.events.iter().filter(own).filter(|event| {
                matches!(
                    event.fact,
                    Fact::Request { .. } | Fact::Answer { .. } | Fact::Broken { .. }
                )
            });
            let arrows = format!("return document.querySelectorAll('{anchor} svg .arrow').length");
            assert_eq!(
                driver.js(&arrows).await,
                json!(messages.count()),
                "{}",
                case.case
            );
            let top =
                format!("return document.querySelector('{anchor}').getBoundingClientRect().top");
            let top = driver.js(&top).await.as_f64().expect("a number");
            assert!((-1.0..1000.0).contains(&top), "{anchor} is in view: {top}");
            driver.quiet().await;
        }
        driver.open(file.path(), "#case-2").await;
        assert_eq!(
            driver
                .js("return document.querySelectorAll('#case-2 svg .due').length")
                .await,
            1
        );

        // By its id, too; what names nothing does no harm.
        driver.open(file.path(), "#probe/missed").await;
        assert_eq!(
            driver
                .js("return document.querySelector('#case-2 details').open")
                .await,
            true
        );
        for nothing in ["#", "#nowhere", "#%", "#probe/"] {
            driver.open(file.path(), nothing).await;
            let open = "return document.querySelectorAll('tbody details[open]').length";
            assert_eq!(driver.js(open).await, 0, "{nothing}");
            driver.quiet().await;
        }

        driver.open(file.path(), "#case-1").await;
        let arrow = "#case-1 svg .arrow:last-of-type";
        let exchange =
            "return document.querySelector('#case-1 .exchange:not([hidden])')?.textContent ?? ''";
        assert_eq!(driver.js(exchange).await, "");
        driver.click(arrow).await;
        let shown = driver.js(exchange).await;
        let shown = shown.as_str().expect("text");
        assert!(shown.contains(HOSTILE), "the query: {shown}");
        assert!(shown.contains("200 after"), "the answer: {shown}");
        assert_eq!(
            driver.js("return document.activeElement.className").await,
            "exchange"
        );

        // The same with the keyboard alone.
        driver.open(file.path(), "#case-1").await;
        driver
            .js(&format!("document.querySelector('{arrow}').focus()"))
            .await;
        let active = driver.client.active_element().await.expect("an element");
        active.send_keys("\u{e007}").await.expect("it takes keys");
        assert!(
            driver
                .js(exchange)
                .await
                .as_str()
                .is_some_and(|text| text.contains("200 after"))
        );
        driver.quiet().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_sticks_out_of_a_narrow_screen() {
    let record = record().await;
    let file = page(&record);
    with_browser(async |driver: &Driver| {
        for width in [1280_u32, 700, 400] {
            driver.client.set_window_size(width, 900).await.expect("it resizes");
            driver.open(file.path(), "#case-2").await;
            let out = driver
                .js("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(out, 0, "at {width}");
            let inner = driver.js("return innerWidth").await;
            assert!(inner.as_u64().is_some_and(|inner| inner <= u64::from(width)), "{inner}");
        }
        driver.quiet().await;
    })
    .await;
}

/// Makes a record of many cases of one of few: each a copy of its own with messages of its own.
fn many(record: &Record, most: usize) -> Record {
    let base = record.events.len() as u64 - 1;
    let mut events = vec![record.events[0].clone()];
    let mut cases = Vec::new();
    for copy in 0.. {
        if cases.len() >= most {
            break;
        }
        let moved = |seq: u64| seq + base * copy;
        for case in &record.cases {
            let mut case = case.clone();
            case.case = format!("{}-{copy}", case.case).into();
            for check in &mut case.checks {
                check.messages.iter_mut().for_each(|seq| *seq = moved(*seq));
            }
            cases.push(case);
        }
        for event in &record.events[1..] {
            let mut event = (**event).clone();
            event.seq = moved(event.seq);
            event.lane = event.lane.map(|lane| format!("{lane}-{copy}").into());
            match &mut event.fact {
                Fact::Request {
                    exchange, message, ..
                }
                | Fact::Answer {
                    exchange, message, ..
                } => {
                    *exchange += base * copy;
                    // Otherwise every text would be the same, and stand there once.
                    message
                        .headers
                        .push(("x-copy".to_owned(), copy.to_string()));
                    if let Body::Json(json) = &mut message.body {
                        let mut document = json.open().clone();
                        if let Value::Object(map) = &mut document {
                            map.insert("copy".to_owned(), json!(copy));
                        }
                        *json = document.into();
                    }
                }
                Fact::Broken { exchange, .. } => *exchange += base * copy,
                Fact::Closed {
                    closed: WaitEnd::Met(seq) | WaitEnd::Deadline(seq),
                    ..
                } => {
                    *seq = moved(*seq);
                }
                _ => {}
            }
            events.push(Arc::new(event));
        }
    }
    cases.truncate(most);
    Record::of(
        &library(&PLAN.replace("HOSTILE", "many")),
        &Journal::recorded(events),
        record.header.clone(),
        cases,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cases_open_at_once() {
    let record = many(&record().await, 1_000);
    assert_eq!(record.counts.all(), 1_000);
    let file = page(&record);
    let bytes = std::fs::metadata(file.path()).expect("it is there").len();
    assert!(bytes < 40 << 20, "{bytes} bytes");
    with_browser(async |driver: &Driver| {
        driver.open(file.path(), "").await;
        let loaded = driver
            .js("return performance.getEntriesByType('navigation')[0].loadEventEnd")
            .await;
        let loaded = loaded.as_f64().expect("a number of milliseconds");
        let found = driver
            .js("const began = performance.now(); const words = document.getElementById('words'); words.value = 'first-7'; words.dispatchEvent(new Event('input', {bubbles: true})); document.body.offsetHeight; return performance.now() - began")
            .await;
        println!(
            "{} cases, {} exchanges, {bytes} bytes: loaded in {loaded:.0} ms, filtered in {found} ms",
            record.counts.all(),
            record.events.iter().filter(|event| matches!(event.fact, Fact::Request { .. })).count()
        );
        // On a quiet machine it is below a second; the bound must hold on a busy one.
        assert!(loaded < 15_000.0, "{loaded} ms");
        assert!(driver.js(SHOWN).await.as_array().is_some_and(|shown| shown.len() > 1));
        driver.quiet().await;
    })
    .await;
}
