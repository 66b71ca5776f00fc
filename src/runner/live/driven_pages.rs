//! The pages that a driven browser asked for behind no tap, recorded from what the browser itself reports.
//!
//! The driver keeps a log of the browser's requests; it is read at each look at a page, so that its facts stand in the
//! journal a moment after they happened. What passes a tap is recorded there, and left out here.

use std::collections::{HashMap, HashSet};

use axum::http::Method;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::Client;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::browser::{NetworkLog, PageEvent};
use crate::clock;
use crate::journal::{Body, Fact, UnreadBy};
use crate::runner::live::case::Live;
use crate::runner::live::navigation::{ObservedNavigation, ObservedRequest};
use crate::runner::live::page_fetcher::PAGE_BYTES_MAX;
use crate::runner::live::page_owners::{PageOwners, origin};
use plan_language::participant::{Address, Author, Participant};
use plan_language::plan::StepKey;
use plan_language::value::hex;

/// The capability with which a driver logs the requests of its browser.
pub(super) fn logging() -> Value {
    json!({ "performance": "ALL" })
}

/// Tells whether the driver keeps the log.
///
/// # Errors
/// The driver's, where it keeps none or is gone.
pub(super) async fn keeps_log(client: &Client) -> Result<(), CmdError> {
    client.issue_cmd(ReadLog).await.map(|_| ())
}

/// Records the pages of one visit.
pub(super) struct DrivenPages<'a, 'w> {
    world: &'a Live<'w>,
    step: &'a StepKey,
    owners: PageOwners<'a, 'w>,
    log: NetworkLog,
    /// Each recorded page whose response is awaited, by its place in the log.
    open: HashMap<usize, OpenPage>,
    /// The requests of the browser that taps saw.
    navigation: ObservedNavigation<'a>,
    /// The provider's own addresses to which a tap sent the browser on, each with what it stands for.
    sent_on: HashMap<String, Address>,
    /// The address that the browser asked for last, masked.
    last_url: Option<String>,
    /// The origins of the provider's pages in the window of the visit.
    origins: HashSet<Option<url::Origin>>,
    /// The exchanges that were recorded.
    pub exchanges: Vec<u64>,
}

/// A page whose request is in the journal.
struct OpenPage {
    exchange: u64,
    to: Address,
    /// The headers of the request.
    asked: Vec<(String, String)>,
}

impl<'a, 'w> DrivenPages<'a, 'w> {
    pub fn new(world: &'a Live<'w>, step: &'a StepKey, navigation: ObservedNavigation<'a>) -> Self {
        Self {
            world,
            step,
            owners: PageOwners::new(world),
            log: NetworkLog::default(),
            open: HashMap::new(),
            navigation,
            sent_on: HashMap::new(),
            last_url: None,
            origins: HashSet::new(),
            exchanges: Vec::new(),
        }
    }

    /// Returns the address that the browser asked for last, masked.
    pub fn last_url(&self) -> Option<String> {
        self.last_url.clone()
    }

    /// Records what the browser has reported since the last time.
    ///
    /// # Errors
    /// The driver's, where it keeps no such log or is gone.
    pub async fn read(&mut self, client: &Client) -> Result<(), CmdError> {
        let entries = client.issue_cmd(ReadLog).await?;
        for entry in entries.as_array().into_iter().flatten() {
            let text = entry["message"].as_str().unwrap_or_default();
            let Ok(entry) = serde_json::from_str::<Value>(text) else {
                continue;
            };
            let view = entry["webview"].as_str().unwrap_or_default();
            for event in self.log.take(view, &entry["message"]) {
                self.record(client, event).await;
            }
        }
        Ok(())
    }

    /// Records what the browser reported last, and that of the rest nothing is known.
    pub async fn finish(&mut self, client: &Client) -> Result<(), CmdError> {
        self.read(client).await?;
        for event in self.log.finish() {
            self.record(client, event).await;
        }
        Ok(())
    }

    async fn record(&mut self, client: &Client, event: PageEvent) {
        match event {
            PageEvent::Asked {
                page,
                nested,
                method,
                url,
                headers,
                body,
            } => {
                // A frame of another host, such as an advertisement, is no page of the provider.
                if !nested || self.origins.contains(&origin(&url)) {
                    self.asked(page, &method, &url, headers, body.as_deref());
                }
            }
            PageEvent::Answered {
                page,
                status,
                headers,
                body_of,
            } => {
                let Some(open) = self.open.remove(&page) else {
                    return;
                };
                let body = match body_of {
                    Some(request) => body(client, request).await,
                    None if status == 204 || is_empty(&headers) => Ok(Vec::new()),
                    None => Err(
                        "the browser does not read the body of a page that it leaves".to_owned(),
                    ),
                };
                self.answered(&open, status, headers, body);
            }
            PageEvent::Broke { page, why } => {
                if let Some(open) = self.open.remove(&page) {
                    let why = format!(
                        "the browser got no complete response: {}",
                        self.world.mask(&why)
                    );
                    self.world.append(Fact::Broken {
                        exchange: open.exchange,
                        why,
                    });
                }
            }
        }
    }

    fn asked(
        &mut self,
        page: usize,
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: Option<&str>,
    ) {
        self.last_url = Some(self.world.mask(url));
        let (bare, query) = url.split_once('?').unwrap_or((url, ""));
        let client = self.world.client();
        if let Some((mount, rest)) = client.mounts().find_url(bare) {
            if let Some(own) = client.behind(bare) {
                self.sent_on.insert(own, mount.address(rest));
            }
            return;
        }
        let sent_on = self.sent_on.get(bare).copied();
        if let Some(to) = sent_on
            && let Some(tapped) = self.tapped(to)
        {
            self.owners.note(to, &tapped.message);
            let (exchange, asked) = (tapped.exchange, tapped.message.headers);
            return self.begin(
                page,
                url,
                OpenPage {
                    exchange,
                    to,
                    asked,
                },
            );
        }
        // Where the provider redirects to is not its page; who answers there does not matter.
        if self.owners.is_return(url) {
            return;
        }
        let to = sent_on.unwrap_or_else(|| self.owners.of(url));
        let path = Url::parse(bare).map_or(String::new(), |url| url.path().to_owned());
        let vault = &self.world.shared.tap.vault;
        let now = clock::wall_seconds();
        let bytes = body.unwrap_or_default().as_bytes();
        let mut message = vault.mask_own_request(method, &path, query, &headers, bytes, now);
        if body.is_none() {
            message.body = unread("the browser does not report the form that it sent".to_owned());
        }
        self.owners.note(to, &message);
        let exchange = self.world.journal().number();
        self.world.append(Fact::Request {
            exchange,
            step: Some(self.step.clone()),
            from: Participant::Browser,
            to,
            author: Author::Runner,
            message,
        });
        let asked = headers;
        self.begin(
            page,
            url,
            OpenPage {
                exchange,
                to,
                asked,
            },
        );
    }

    /// Awaits the response to a request for a page of the provider.
    fn begin(&mut self, page: usize, url: &str, open: OpenPage) {
        self.origins.insert(origin(url));
        self.exchanges.push(open.exchange);
        self.open.insert(page, open);
    }

    /// Returns the first request for an address that a tap recorded, and whose response it left to the browser.
    fn tapped(&self, to: Address) -> Option<ObservedRequest> {
        let mut requests = self.navigation.requests().into_iter();
        requests.find(|request| {
            request.opens_provider()
                && request.callback == to.callback
                && !request.ended
                && !self.exchanges.contains(&request.exchange)
        })
    }

    fn answered(
        &self,
        page: &OpenPage,
        status: u16,
        headers: Vec<(String, String)>,
        body: Result<Vec<u8>, String>,
    ) {
        let vault = &self.world.shared.tap.vault;
        let now = clock::wall_seconds();
        let bytes = body.as_deref().unwrap_or_default();
        // The browser hands out a body without its coding.
        let read: Vec<_> = headers
            .iter()
            .filter(|(name, _)| name != "content-encoding")
            .cloned()
            .collect();
        let mut message = vault.mask_answer(status, &read, bytes, &page.asked, now);
        let codings = headers
            .iter()
            .filter(|(name, _)| name == "content-encoding");
        let codings = codings.map(|(name, value)| (name.clone(), self.world.mask(value)));
        message.headers.extend(codings);
        if let Err(why) = body {
            message.body = unread(why);
        }
        self.world.append(Fact::Answer {
            exchange: page.exchange,
            author: self.world.mode().author(page.to.participant),
            message,
        });
    }
}

/// A body of which the browser reported nothing; `why` is a phrase.
fn unread(why: String) -> Body {
    Body::Unread {
        bytes: 0,
        sha256: hex(digest(&SHA256, &[]).as_ref()),
        why,
        by: UnreadBy::Feedproof,
    }
}

/// Tells whether a response says that it has no body.
fn is_empty(headers: &[(String, String)]) -> bool {
    headers
        .iter()
        .any(|(name, value)| name == "content-length" && value == "0")
}

/// Returns the body of a response that the browser still holds.
///
/// # Errors
/// Why it is not to be had.
async fn body(client: &Client, request: String) -> Result<Vec<u8>, String> {
    let command = DevTools {
        method: "Network.getResponseBody",
        params: json!({ "requestId": request }),
    };
    let gone = "the browser no longer held the body when it was asked for it";
    let seen = client
        .issue_cmd(command)
        .await
        .map_err(|_| gone.to_owned())?;
    let text = seen["body"].as_str().unwrap_or_default();
    if text.len() > PAGE_BYTES_MAX {
        return Err(format!("it is larger than {} MiB", PAGE_BYTES_MAX >> 20));
    }
    if seen["base64Encoded"] == true {
        return BASE64_STANDARD
            .decode(text)
            .map_err(|error| error.to_string());
    }
    // The browser has decoded the text, whatever charset the page names: the mark of UTF-8 comes before all of them.
    let mark = if text.is_empty() { "" } else { "\u{feff}" };
    Ok(format!("{mark}{text}").into_bytes())
}

/// Reads the log of the browser's requests, and empties it.
#[derive(Debug)]
struct ReadLog;

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (
            Method::POST,
            Some(json!({ "type": "performance" }).to_string()),
        )
    }
}

/// Hands a command on to the browser's DevTools.
#[derive(Debug)]
struct DevTools {
    method: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.method, "params": self.params });
        (Method::POST, Some(body.to_string()))
    }
}
