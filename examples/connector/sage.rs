//! Requests to Sage ID and the Provider API: one token for many requests, the agreed rate, and back-off.
//!
//! The callers interpret the status of a response.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::fault::Fault;
use crate::settings::Settings;

/// The longest time for one exchange.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// The largest response, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// The most repetitions of a request after a 429.
const THROTTLED_MAX: u32 = 8;

/// The time before its expiry from which a token is no longer used.
const TOKEN_MARGIN: Duration = Duration::from_secs(60);

/// The service, as this connector calls it.
pub struct Sage {
    http: reqwest::Client,
    token: Mutex<Option<Token>>,
    /// The time of the next request; a 429 delays all requests.
    next: Mutex<Instant>,
    pause: Duration,
    interval: Duration,
    api_key: String,
    sage_id: String,
    provider_api: String,
    grant: Value,
    faults: Vec<Fault>,
}

struct Token {
    /// The value of the `Authorization` header.
    header: String,
    until: Instant,
}

/// A response of the Provider API.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Its body; null if it is not JSON.
    pub body: Value,
}

/// Why there is no response; the request may have been processed.
#[derive(Debug)]
pub struct NoAnswer(pub String);

impl Sage {
    /// Makes a client; it connects later.
    ///
    /// # Errors
    /// A sentence when no HTTP client can be built.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        // An error says that there is a provider of cryptography already, which is all that we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(ANSWER_MAX)
            .build()
            .map_err(|cause| format!("no HTTP client could be built: {cause}"))?;
        Ok(Self {
            http,
            token: Mutex::default(),
            next: Mutex::new(Instant::now()),
            pause: settings.retry_pause,
            interval: settings.interval,
            api_key: settings.api_key.clone(),
            sage_id: settings.sage_id.clone(),
            provider_api: settings.provider_api.clone(),
            grant: json!({
                "grant_type": "client_credentials",
                "client_id": settings.client_id,
                "client_secret": settings.client_secret,
                "audience": settings.audience,
            }),
            faults: settings.faults.clone(),
        })
    }

    /// Calls the Provider API. Waits for the agreed rate, backs off on 429, renews the token once on 401.
    ///
    /// # Errors
    /// [`NoAnswer`] when no response came.
    pub async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, NoAnswer> {
        let mut renewed = false;
        let mut throttled = 0;
        loop {
            let token = self.token().await?;
            self.take_turn().await;
            let mut request = self
                .http
                .request(method.clone(), format!("{}{path}", self.provider_api))
                .header("x-api-key", &self.api_key)
                .header("authorization", &token)
                .header("content-type", "application/json");
            if let Some(body) = body {
                request = request.body(body.to_string());
            }
            let answer = request.send().await.map_err(no_answer)?;
            let status = answer.status().as_u16();
            let wait = answer
                .headers()
                .get("retry-after")
                .and_then(|value| pause_until(value.to_str().ok()?.trim()));
            let body = read(answer).await?;
            match status {
                401 if !renewed && !self.shows(Fault::KeepsToken) => {
                    renewed = true;
                    self.forget(&token).await;
                }
                429 if throttled < THROTTLED_MAX => {
                    if !self.shows(Fault::NoBackOff) {
                        let usual = self.pause * 2_u32.pow(throttled.min(5));
                        self.hold(wait.map_or(usual, |asked| asked.max(self.pause)))
                            .await;
                    }
                    throttled += 1;
                }
                _ => return Ok(Answer { status, body }),
            }
        }
    }

    /// Fetches the keys with which Sage ID signs, by its discovery document.
    ///
    /// # Errors
    /// A sentence when they cannot be fetched.
    pub async fn key_set(&self) -> Result<Value, String> {
        let discovery = self
            .get(&format!(
                "{}/.well-known/openid-configuration",
                self.sage_id
            ))
            .await?;
        match discovery["jwks_uri"].as_str() {
            Some(address) => self.get(address).await,
            None => Err("the discovery document of Sage ID names no jwks_uri".to_owned()),
        }
    }

    async fn get(&self, address: &str) -> Result<Value, String> {
        let answer = self.http.get(address).send().await;
        let answer = answer.map_err(|cause| format!("{address}: {}", no_answer(cause).0))?;
        match answer.status().as_u16() {
            200 => read(answer).await.map_err(|cause| cause.0),
            status => Err(format!("{address} answered {status}")),
        }
    }

    /// Returns the token; fetches a new one if there is none, or if it expires soon.
    async fn token(&self) -> Result<String, NoAnswer> {
        // Held while one is fetched, so that several calls at once fetch one token and not several.
        let mut kept = self.token.lock().await;
        if let Some(token) = &*kept
            && token.until > Instant::now()
            && !self.shows(Fault::TokenEachTime)
        {
            return Ok(token.header.clone());
        }
        let pairs = self.grant.as_object().into_iter().flatten();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.map(|(name, value)| (name, value.as_str().unwrap_or_default())))
            .finish();
        let answer = self
            .http
            .post(format!("{}/oauth/token", self.sage_id))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .map_err(no_answer)?;
        let status = answer.status().as_u16();
        let body = read(answer).await?;
        let (Some(kind), Some(text), 200) = (
            body["token_type"].as_str(),
            body["access_token"].as_str(),
            status,
        ) else {
            return Err(NoAnswer(format!("Sage ID gave no token but {status}")));
        };
        let life = Duration::from_secs(body["expires_in"].as_u64().unwrap_or(300));
        let header = format!("{kind} {text}");
        *kept = Some(Token {
            header: header.clone(),
            until: Instant::now() + life.saturating_sub(TOKEN_MARGIN),
        });
        Ok(header)
    }

    /// Drops a refused token, unless it was replaced in the meantime.
    async fn forget(&self, header: &str) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|token| token.header == header) {
            *kept = None;
        }
    }

    /// Waits until the next request may be sent.
    async fn take_turn(&self) {
        let at = {
            let mut next = self.next.lock().await;
            let at = (*next).max(Instant::now());
            *next = at + self.interval;
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// Delays all requests.
    async fn hold(&self, time: Duration) {
        let mut next = self.next.lock().await;
        *next = (*next).max(Instant::now() + time);
    }

    fn shows(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}

/// Reads how long a Retry-After asks to wait: seconds, or a date (RFC 9110, section 10.2.3).
fn pause_until(retry_after: &str) -> Option<Duration> {
    if let Ok(seconds) = retry_after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(retry_after).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn no_answer(cause: reqwest::Error) -> NoAnswer {
    NoAnswer(cause.without_url().to_string())
}

async fn read(mut answer: reqwest::Response) -> Result<Value, NoAnswer> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(NoAnswer("the answer is too long".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}
