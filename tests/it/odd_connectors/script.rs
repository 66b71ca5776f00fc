//! A connector that responds what a document says. Knows nothing of verdicts.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

/// What is responded to a request that fits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedResponse {
    /// A path, or a method and a path; `*` fits every request.
    at: String,
    /// The path with its query, as it must be written.
    #[serde(default)]
    target: Option<String>,
    /// Texts that header fields contain, by their names.
    #[serde(default)]
    headers_contain: BTreeMap<String, String>,
    /// Texts that no such header field contains.
    #[serde(default)]
    headers_lack: BTreeMap<String, String>,
    /// The values of fields of a form, all of them in their order; none where the field is not sent.
    #[serde(default)]
    fields: BTreeMap<String, Vec<String>>,
    /// A text that the body contains.
    #[serde(default)]
    body_contains: Option<String>,
    /// How often it fits; always, unless it says so.
    #[serde(default)]
    times: Option<usize>,

    #[serde(default = "ok")]
    status: u16,
    /// Lines of the head. `{back}` is where the customer came from, with the state; `{host}` is the connector itself.
    #[serde(default)]
    headers: Vec<String>,
    /// The body: HTML unless the head has another media type. `{login}` is a plain form for a name and a password.
    #[serde(default)]
    body: String,
    /// Whether the head has no media type.
    #[serde(default)]
    untyped: bool,
    /// Whether a byte order mark comes first.
    #[serde(default)]
    marked: bool,
    /// Whether the body and the head are written in ISO-8859-1.
    #[serde(default)]
    latin: bool,
    /// Whether the body is compressed.
    #[serde(default)]
    gzip: bool,
}

fn ok() -> u16 {
    200
}

const LOGIN: &str = "<form method=post action=/login><input name=username><input type=password name=pw><button>Log in</button></form>";

/// A connector with its script.
pub struct Script {
    responses: Vec<ScriptedResponse>,
    given: Vec<AtomicUsize>,
    host: String,
    /// Where the customer came from, with the state.
    back: Mutex<String>,
}

impl Script {
    pub fn new(responses: Vec<ScriptedResponse>, host: String) -> Arc<Self> {
        let given = responses.iter().map(|_| AtomicUsize::new(0)).collect();
        Arc::new(Self {
            responses,
            given,
            host,
            back: Mutex::default(),
        })
    }

    pub fn into_router(self: Arc<Self>) -> Router {
        Router::new().fallback(respond).with_state(self)
    }

    /// Notes where a customer comes from.
    fn note_arrival(&self, request: &Read) {
        let asked = |name: &str| request.query.iter().find(|(known, _)| known == name);
        if let (Some((_, back)), Some((_, state))) = (asked("redirect_uri"), asked("state")) {
            *self.back.lock().expect("it is not poisoned") = format!("{back}?state={state}");
        }
    }

    fn fitting(&self, request: &Read) -> Option<&ScriptedResponse> {
        let mut both = self.responses.iter().zip(&self.given);
        both.find(|(response, given)| {
            let fits = response.fits(request);
            fits && given.fetch_add(1, Ordering::Relaxed) < response.times.unwrap_or(usize::MAX)
        })
        .map(|(response, _)| response)
    }

    fn write(&self, response: &ScriptedResponse) -> Response {
        let back = self.back.lock().expect("it is not poisoned").clone();
        let filled = |text: &str| {
            text.replace("{back}", &back)
                .replace("{host}", &self.host)
                .replace("{login}", LOGIN)
        };
        let mut written = Response::new(Body::from(response.bytes(&filled(&response.body))));
        *written.status_mut() = StatusCode::from_u16(response.status).expect("a status");
        let head = written.headers_mut();
        for line in &response.headers {
            let (name, value) = line.split_once(": ").expect("a line of a head");
            let value = response.encoded(&filled(value));
            head.append(
                name.parse::<HeaderName>().expect("a name"),
                HeaderValue::from_bytes(&value).expect("a value"),
            );
        }
        if !response.untyped && !head.contains_key("content-type") {
            head.insert(
                "content-type",
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
        }
        if response.gzip {
            head.insert("content-encoding", HeaderValue::from_static("gzip"));
        }
        written
    }
}

/// A request as it was read.
struct Read {
    method: Method,
    target: String,
    path: String,
    query: Vec<(String, String)>,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Read {
    fn fields(&self, name: &str) -> Vec<String> {
        let fields = url::form_urlencoded::parse(&self.body);
        let named = fields.filter(|(known, _)| known == name);
        named.map(|(_, value)| value.into_owned()).collect()
    }

    fn contains(&self, name: &str, text: &str) -> bool {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .any(|value| value.contains(text))
    }
}

impl ScriptedResponse {
    fn fits(&self, request: &Read) -> bool {
        let (method, path) = match self.at.split_once(' ') {
            Some((method, path)) => (Some(method), path),
            None => (None, self.at.as_str()),
        };
        let body = String::from_utf8_lossy(&request.body);
        (path == "*" || path == request.path)
            && method.is_none_or(|method| method == request.method)
            && self
                .target
                .as_ref()
                .is_none_or(|target| *target == request.target)
            && self
                .headers_contain
                .iter()
                .all(|(name, text)| request.contains(name, text))
            && !self
                .headers_lack
                .iter()
                .any(|(name, text)| request.contains(name, text))
            && self
                .fields
                .iter()
                .all(|(name, values)| request.fields(name) == *values)
            && self
                .body_contains
                .as_ref()
                .is_none_or(|text| body.contains(text))
    }

    /// Writes a text in its character set.
    fn encoded(&self, text: &str) -> Vec<u8> {
        if self.latin {
            let letters = text
                .chars()
                .map(|letter| u8::try_from(letter).expect("a letter of ISO-8859-1"));
            return letters.collect();
        }
        text.as_bytes().to_vec()
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        let mut bytes = if self.marked {
            vec![0xEF, 0xBB, 0xBF]
        } else {
            Vec::new()
        };
        bytes.extend(self.encoded(text));
        if !self.gzip {
            return bytes;
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&bytes).expect("it is compressed");
        encoder.finish().expect("it is compressed")
    }
}

async fn respond(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let query = head.uri.query().unwrap_or_default();
    let request = Read {
        method: head.method,
        target: head
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: head.headers,
        body: axum::body::to_bytes(body, 1 << 20)
            .await
            .expect("it is read")
            .to_vec(),
    };
    if request.path == "/notification" {
        return StatusCode::NO_CONTENT.into_response();
    }
    script.note_arrival(&request);
    match script.fitting(&request) {
        Some(response) => script.write(response),
        None => (
            StatusCode::BAD_REQUEST,
            format!("unexpected: {} {}", request.method, request.target),
        )
            .into_response(),
    }
}
