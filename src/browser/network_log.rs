//! What a Chromium reports of its requests for pages: events of the DevTools `Network` domain, as the driver logs them.
//!
//! Pure: it reads one event after the other, and says which page was asked for, what answered, and what broke. Reading
//! the log from a driver, fetching bodies and recording belong to the runner.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// The most pages of one visit that are followed; a browser that reloads for ever is not recorded for ever.
const PAGES_MAX: usize = 500;

/// Name and value of each header, names in lower case.
pub type Headers = Vec<(String, String)>;

/// One thing that a browser reported of its requests for pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// The browser asked for a page: in its window, in a frame, or by a redirect.
    Asked {
        /// The place of the request in the visit, from 0.
        page: usize,
        /// Whether it is shown within another page or in another window, and not in the window of the visit.
        nested: bool,
        /// `GET` or `POST`.
        method: String,
        /// The whole URL, with the query and without the fragment.
        url: String,
        /// Its headers.
        headers: Headers,
        /// The form that it sent; empty if it sent none, `None` where the browser does not report it.
        body: Option<String>,
    },
    /// The response is complete.
    Answered {
        /// The place of the request.
        page: usize,
        /// The status.
        status: u16,
        /// Its headers.
        headers: Headers,
        /// The browser's name of the request whose body it still holds; `None` where it never read it whole, as of a
        /// redirect.
        body_of: Option<String>,
    },
    /// No complete response came.
    Broke {
        /// The place of the request.
        page: usize,
        /// The browser's own words: `net::ERR_CONNECTION_REFUSED`.
        why: String,
    },
}

/// Reads the events of a browser.
#[derive(Debug, Default)]
pub struct NetworkLog {
    pages: Vec<PageRequest>,
    chains: HashMap<String, Chain>,
    /// The browser's name of the window of the visit.
    window: Option<String>,
}

/// The requests that a browser makes under one name: the first one, and those of its redirects.
#[derive(Debug, Default)]
struct Chain {
    /// Their places among the pages, in order.
    pages: Vec<usize>,
    /// Headers as they went over the wire, for each request that has them, in order.
    asked: Vec<Headers>,
    /// The same of responses.
    answered: Vec<Headers>,
    /// Number of responses so far whose headers are told by an event of their own.
    told: usize,
}

/// A request for a page.
#[derive(Debug)]
struct PageRequest {
    nested: bool,
    method: String,
    url: String,
    headers: Headers,
    body: Option<String>,
    /// Its place in the headers of its chain.
    wire: usize,
    is_told: bool,
    response: Option<PageResponse>,
    is_over: bool,
    /// Whether the browser left before it had read the body.
    is_left: bool,
}

#[derive(Debug)]
struct PageResponse {
    status: u16,
    headers: Headers,
    /// Its place in the headers of its chain, if it has some there.
    wire: Option<usize>,
    is_redirect: bool,
}

impl NetworkLog {
    /// Takes one event, as `{method, params}`; one that concerns no page tells nothing.
    pub fn take(&mut self, view: &str, event: &Value) -> Vec<PageEvent> {
        let params = &event["params"];
        let Some(request) = params["requestId"].as_str() else {
            return Vec::new();
        };
        // Two windows of a browser may use the same name.
        let name = format!("{view} {request}");
        match event["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => self.asks(&name, params),
            "Network.requestWillBeSentExtraInfo" => {
                let chain = self.chains.entry(name.clone()).or_default();
                chain.asked.push(headers(&params["headers"]));
                self.tell(&name, false)
            }
            "Network.responseReceived" => self.answers(&name, params),
            "Network.responseReceivedExtraInfo" => {
                let chain = self.chains.entry(name.clone()).or_default();
                chain.answered.push(headers(&params["headers"]));
                self.tell(&name, false)
            }
            "Network.loadingFinished" => {
                self.last(&name, |page| page.is_over = true);
                self.forget_others(&name);
                self.tell(&name, false)
            }
            "Network.loadingFailed" => {
                self.forget_others(&name);
                self.fails(&name, params)
            }
            _ => Vec::new(),
        }
    }

    /// Forgets the headers of a request that is over and was none for a page.
    fn forget_others(&mut self, name: &str) {
        self.chains
            .retain(|known, chain| known != name || !chain.pages.is_empty());
    }

    /// Tells what is known of requests whose end was not reported.
    pub fn finish(&mut self) -> Vec<PageEvent> {
        let mut names: Vec<String> = self.chains.keys().cloned().collect();
        names.sort_by_key(|name| self.chains[name].pages.first().copied());
        names
            .iter()
            .flat_map(|name| self.tell(name, true))
            .collect()
    }

    fn asks(&mut self, name: &str, params: &Value) -> Vec<PageEvent> {
        let mut events = Vec::new();
        let redirect = &params["redirectResponse"];
        if is_own_redirect(redirect) {
            self.last(name, |page| page.is_told = true);
        } else if redirect.is_object() {
            let is_told = params["redirectHasExtraInfo"].as_bool().unwrap_or_default();
            self.respond(name, redirect, is_told, true);
            events = self.tell(name, false);
        }
        let request = &params["request"];
        let url = request["url"].as_str().unwrap_or_default();
        let is_page = params["type"] == "Document"
            && (url.starts_with("http://") || url.starts_with("https://"));
        if !is_page || self.pages.len() >= PAGES_MAX {
            return events;
        }
        let frame = params["frameId"].as_str().unwrap_or_default();
        let window = self.window.get_or_insert_with(|| frame.to_owned());
        let nested = window != frame;
        let chain = self.chains.entry(name.to_owned()).or_default();
        // The browser's own redirects, to https for example, went over no wire.
        let wire = chain.told;
        chain.pages.push(self.pages.len());
        self.pages.push(PageRequest {
            nested,
            method: request["method"].as_str().unwrap_or("GET").to_owned(),
            url: url.to_owned(),
            headers: headers(&request["headers"]),
            body: sent_body(request),
            wire,
            is_told: false,
            response: None,
            is_over: false,
            is_left: false,
        });
        events.extend(self.tell(name, false));
        events
    }

    fn answers(&mut self, name: &str, params: &Value) -> Vec<PageEvent> {
        let is_told = params["hasExtraInfo"].as_bool().unwrap_or_default();
        self.respond(name, &params["response"], is_told, false);
        self.tell(name, false)
    }

    fn respond(&mut self, name: &str, response: &Value, is_told: bool, is_redirect: bool) {
        let Some(chain) = self.chains.get_mut(name) else {
            return;
        };
        let wire = is_told.then_some(chain.told);
        chain.told += usize::from(is_told);
        let status = response["status"]
            .as_u64()
            .and_then(|status| status.try_into().ok());
        let response = PageResponse {
            status: status.unwrap_or_default(),
            headers: headers(&response["headers"]),
            wire,
            is_redirect,
        };
        self.last(name, |page| {
            page.is_over |= is_redirect;
            page.response.get_or_insert(response);
        });
    }

    fn fails(&mut self, name: &str, params: &Value) -> Vec<PageEvent> {
        let why = params["errorText"]
            .as_str()
            .unwrap_or("no reason was reported");
        // A browser does not read the body of a 204, or of a page that it leaves at once.
        if why == "net::ERR_ABORTED" {
            self.last(name, |page| page.is_left = page.response.is_some());
            self.last(name, |page| page.is_over |= page.is_left);
        }
        let why = why.to_owned();
        let mut events = self.tell(name, true);
        let chain = self.chains.get(name);
        if let Some(page) = chain.and_then(|chain| chain.pages.last().copied())
            && !self.pages[page].is_over
        {
            self.pages[page].is_over = true;
            self.pages[page].response = None;
            events.push(PageEvent::Broke { page, why });
        }
        events
    }

    /// Changes the last request of a chain, if it is one for a page.
    fn last(&mut self, name: &str, change: impl FnOnce(&mut PageRequest)) {
        let chain = self.chains.get(name);
        if let Some(page) = chain.and_then(|chain| chain.pages.last().copied()) {
            change(&mut self.pages[page]);
        }
    }

    /// Tells what has become known of the requests of a chain; `at_last` also what further events might have completed.
    fn tell(&mut self, name: &str, at_last: bool) -> Vec<PageEvent> {
        let Some(chain) = self.chains.get(name) else {
            return Vec::new();
        };
        let body_of = name.split_once(' ').map(|(_, request)| request.to_owned());
        let mut events = Vec::new();
        for index in &chain.pages {
            let page = &mut self.pages[*index];
            let on_wire = chain.asked.get(page.wire);
            if !page.is_told && (on_wire.is_some() || page.response.is_some() || at_last) {
                page.is_told = true;
                events.push(PageEvent::Asked {
                    page: *index,
                    nested: page.nested,
                    method: page.method.clone(),
                    url: page.url.clone(),
                    headers: on_wire.unwrap_or(&page.headers).clone(),
                    body: page.body.clone(),
                });
            }
            let Some(response) = &page.response else {
                continue;
            };
            let on_wire = response.wire.map(|wire| chain.answered.get(wire));
            let is_whole = page.is_over && on_wire.is_none_or(|headers| headers.is_some());
            if page.is_told && (is_whole || (at_last && page.is_over)) {
                let headers = on_wire.flatten().unwrap_or(&response.headers).clone();
                events.push(PageEvent::Answered {
                    page: *index,
                    status: response.status,
                    headers,
                    body_of: body_of
                        .clone()
                        .filter(|_| !response.is_redirect && !page.is_left),
                });
                page.response = None;
            }
        }
        events
    }
}

/// Tells whether the browser made a redirect up itself, as to a host that it only visits over https.
fn is_own_redirect(redirect: &Value) -> bool {
    headers(&redirect["headers"])
        .iter()
        .any(|(name, _)| name == "non-authoritative-reason")
}

/// Returns the body that a request sent; `None` where there is one that is not reported, as of a form with files.
fn sent_body(request: &Value) -> Option<String> {
    match request["postData"].as_str() {
        Some(body) => Some(body.to_owned()),
        None if request["hasPostData"] == true => None,
        None => Some(String::new()),
    }
}

/// Reads headers; a name that was sent more than once has its values on a line each.
fn headers(value: &Value) -> Headers {
    let none = Map::new();
    let map = value.as_object().unwrap_or(&none);
    let lines = map.iter().flat_map(|(name, value)| {
        let value = value.as_str().unwrap_or_default();
        value
            .split('\n')
            .map(|line| (name.to_ascii_lowercase(), line.trim().to_owned()))
    });
    // Pseudo headers of HTTP/2 are the request line.
    lines.filter(|(name, _)| !name.starts_with(':')).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(url: &str) -> Value {
        json!({ "method": "Network.requestWillBeSent", "params": {
            "requestId": "R", "type": "Document",
            "request": { "url": url, "method": "GET", "headers": { "Accept": "text/html" } } } })
    }

    fn redirected(url: &str, status: u16) -> Value {
        let mut event = asked(url);
        event["params"]["redirectResponse"] =
            json!({ "status": status, "headers": { "location": url } });
        event["params"]["redirectHasExtraInfo"] = json!(true);
        event
    }

    fn told(method: &str, headers: &Value) -> Value {
        json!({ "method": format!("Network.{method}ExtraInfo"), "params": { "requestId": "R", "headers": headers } })
    }

    fn responded(status: u16, is_told: bool) -> Value {
        json!({ "method": "Network.responseReceived", "params": { "requestId": "R", "hasExtraInfo": is_told,
            "response": { "status": status, "headers": { "Content-Type": "text/html" } } } })
    }

    fn ended(method: &str) -> Value {
        json!({ "method": format!("Network.{method}"),
            "params": { "requestId": "R", "errorText": "net::ERR_CONNECTION_RESET" } })
    }

    /// Feeds events, and writes what came of them a line each.
    fn lines(events: &[Value]) -> Vec<String> {
        let mut log = NetworkLog::default();
        let mut seen: Vec<PageEvent> = events
            .iter()
            .flat_map(|event| log.take("W", event))
            .collect();
        seen.extend(log.finish());
        seen.iter()
            .map(|event| match event {
                PageEvent::Asked {
                    page,
                    method,
                    url,
                    headers,
                    ..
                } => {
                    format!("{page} {method} {url} {headers:?}")
                }
                PageEvent::Answered {
                    page,
                    status,
                    headers,
                    body_of,
                } => {
                    format!("{page} {status} {headers:?} {body_of:?}")
                }
                PageEvent::Broke { page, why } => format!("{page} {why}"),
            })
            .collect()
    }

    #[test]
    fn a_redirect_and_its_page_are_two_pages_with_the_headers_of_the_wire() {
        let events = [
            asked("http://p/auth"),
            told(
                "requestWillBeSent",
                &json!({ "Sec-Fetch-Dest": "document" }),
            ),
            told("responseReceived", &json!({ "Set-Cookie": "a=1\nb=2" })),
            redirected("http://p/login", 302),
            told("requestWillBeSent", &json!({ "Cookie": "a=1" })),
            responded(200, true),
            told("responseReceived", &json!({ "X-Frame-Options": "DENY" })),
            ended("loadingFinished"),
        ];
        let expected = [
            r#"0 GET http://p/auth [("sec-fetch-dest", "document")]"#,
            r#"0 302 [("set-cookie", "a=1"), ("set-cookie", "b=2")] None"#,
            r#"1 GET http://p/login [("cookie", "a=1")]"#,
            r#"1 200 [("x-frame-options", "DENY")] Some("R")"#,
        ];
        assert_eq!(lines(&events), expected);
        // The headers of the wire may come late.
        let mut late = events.to_vec();
        late.swap(2, 3);
        let mut told = lines(&late);
        told.sort();
        let mut sorted = expected;
        sorted.sort_unstable();
        assert_eq!(told, sorted);
    }

    #[test]
    fn a_page_without_headers_of_the_wire_is_told_with_those_of_the_browser() {
        let events = [
            asked("http://p/"),
            responded(200, false),
            ended("loadingFinished"),
        ];
        assert_eq!(
            lines(&events),
            [
                r#"0 GET http://p/ [("accept", "text/html")]"#,
                r#"0 200 [("content-type", "text/html")] Some("R")"#
            ]
        );
    }

    #[test]
    fn a_response_that_breaks_off_is_none() {
        for events in [
            vec![asked("http://p/"), ended("loadingFailed")],
            vec![
                asked("http://p/"),
                responded(200, false),
                ended("loadingFailed"),
            ],
        ] {
            let told = lines(&events);
            assert_eq!(told.len(), 2, "{told:?}");
            assert_eq!(told[1], "0 net::ERR_CONNECTION_RESET");
        }
    }

    #[test]
    fn a_page_that_the_browser_left_has_a_response_without_a_body() {
        let mut left = ended("loadingFailed");
        left["params"]["errorText"] = json!("net::ERR_ABORTED");
        let told = lines(&[asked("http://p/"), responded(204, false), left]);
        assert_eq!(told[1], r#"0 204 [("content-type", "text/html")] None"#);
    }

    #[test]
    fn a_response_that_is_not_over_says_nothing() {
        let told = lines(&[asked("http://p/"), responded(200, false)]);
        assert_eq!(told, [r#"0 GET http://p/ [("accept", "text/html")]"#]);
    }

    #[test]
    fn a_redirect_that_the_browser_made_up_is_no_response() {
        let mut own = redirected("https://p/auth", 307);
        own["params"]["redirectHasExtraInfo"] = json!(false);
        own["params"]["redirectResponse"]["headers"] =
            json!({ "Non-Authoritative-Reason": "HSTS" });
        let events = [
            asked("http://p/auth"),
            own,
            told("requestWillBeSent", &json!({ "Cookie": "a=1" })),
            responded(200, true),
            told("responseReceived", &json!({ "X-Own": "1" })),
            ended("loadingFinished"),
        ];
        let expected = [
            r#"1 GET https://p/auth [("cookie", "a=1")]"#,
            r#"1 200 [("x-own", "1")] Some("R")"#,
        ];
        assert_eq!(lines(&events), expected);
    }

    #[test]
    fn a_form_that_is_not_reported_is_not_taken_for_an_empty_one() {
        let body = |request: &Value| sent_body(request);
        assert_eq!(body(&json!({})), Some(String::new()));
        assert_eq!(
            body(&json!({ "postData": "a=1", "hasPostData": true })),
            Some("a=1".to_owned())
        );
        assert_eq!(body(&json!({ "hasPostData": true })), None);
    }

    #[test]
    fn a_frame_is_told_from_the_window_of_the_visit() {
        let mut log = NetworkLog::default();
        let mut nested = |request: &str, frame: &str| {
            let mut event = asked("http://p/");
            event["params"]["requestId"] = json!(request);
            event["params"]["frameId"] = json!(frame);
            log.take("W", &event);
            let told = log.finish();
            match told.first() {
                Some(PageEvent::Asked { nested, .. }) => *nested,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            [nested("1", "main"), nested("2", "ad"), nested("3", "main")],
            [false, true, false]
        );
    }

    #[test]
    fn pictures_scripts_and_other_schemes_are_no_pages() {
        let mut picture = asked("http://p/logo.png");
        picture["params"]["type"] = json!("Image");
        let blank = asked("data:text/html,");
        assert_eq!(
            lines(&[picture, responded(200, false), ended("loadingFinished")]),
            [""; 0]
        );
        assert_eq!(
            lines(&[blank, responded(200, false), ended("loadingFinished")]),
            [""; 0]
        );
        assert_eq!(lines(&[json!({ "params": 3 }), json!(null)]), [""; 0]);
    }
}
