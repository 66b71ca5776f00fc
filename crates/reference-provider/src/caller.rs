//! Outgoing requests: the Provider API with its credentials, the token endpoint, and the key set.
//!
//! Every request has a deadline and a bound on the answer that is read; those to the Provider API wait for their turn
//! under the agreed rate. A 401 from the API costs one new token and
//! one repetition; all other repeating is left to `delivery`.

use std::time::Duration;

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tower::{BoxError, ServiceExt as _};

use super::Inner;
use super::bearer::{KeySet, Refusal, Rule};
use super::fault::Fault;
use super::token::{self, Token};

/// The most of an answer that is read, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;
/// The header of the key that opens the Provider API.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The longest pause that a `Retry-After` can ask for.
const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

/// An answer, read completely.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The status.
    pub status: StatusCode,
    /// How long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum CallError {
    /// Nothing came in time; the request may have arrived.
    #[error("no answer came in time")]
    TimedOut,
    /// The connection failed; the request may have arrived.
    #[error("the connection failed: {0}")]
    Broken(String),
    /// The answer is larger than what is read.
    #[error("the answer is larger than {ANSWER_MAX} bytes")]
    TooLarge,
    /// No access token could be had; the request was not sent.
    #[error("no access token: {0}")]
    NoToken(String),
}

/// A request on the Provider API.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// The method.
    pub method: Method,
    /// The path below the API's address, without a leading slash, encoded.
    pub path: String,
    /// The body, with its content type.
    pub body: Option<(&'static str, Bytes)>,
}

impl Inner {
    /// Sends a request to the Provider API with api key and token; a 401 is answered by one try with a new token.
    ///
    /// # Errors
    /// When no answer came; an answer of any status is none.
    pub(super) async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        self.turn().await;
        self.call_in_turn(request).await
    }

    /// Waits until the agreed rate allows a further request to the Provider API.
    pub(super) async fn turn(&self) {
        if !self.settings.shows(Fault::ExceedsRate) {
            self.rate.turn().await;
        }
    }

    /// Like [`Inner::call`], for a caller that has waited for its turn already.
    ///
    /// # Errors
    /// When no answer came; an answer of any status is none.
    pub(super) async fn call_in_turn(&self, request: &Request) -> Result<Answer, CallError> {
        let token = self.token().await?;
        let mut answer = self.send(request, &token).await?;
        if self.settings.shows(Fault::EndlessNewTokens) {
            while answer.status == StatusCode::UNAUTHORIZED {
                answer = self
                    .repeat_with_new_token(request, &self.token().await?)
                    .await?;
            }
        }
        if answer.status != StatusCode::UNAUTHORIZED
            || self.settings.shows(Fault::KeepsExpiredToken)
        {
            return Ok(answer);
        }
        self.repeat_with_new_token(request, &token).await
    }

    /// Repeats a request whose token was refused.
    async fn repeat_with_new_token(
        &self,
        request: &Request,
        refused: &str,
    ) -> Result<Answer, CallError> {
        self.discard(refused);
        let token = self.token().await?;
        self.turn().await;
        self.send(request, &token).await
    }

    /// Checks a bearer against Sage ID's keys; an unknown key costs one fetch of the key set.
    ///
    /// # Errors
    /// When the keys could not be fetched; what is wrong with the bearer is told by the result within.
    pub(super) async fn check_bearer(
        &self,
        bearer: &str,
    ) -> Result<Result<(), Refusal>, CallError> {
        let now = OffsetDateTime::now_utc();
        let rule = Rule {
            issuer: &self.settings.issuer,
            audience: &self.settings.notification_audience,
            now_s: now.unix_timestamp() as f64,
        };
        let known = self.state().keys.clone();
        let verdict = known.check(bearer, &rule);
        if verdict != Err(Refusal::UnknownKey) {
            return Ok(verdict);
        }
        let _one = self.fetching_keys.lock().await;
        let keys = self.state().keys.clone();
        let verdict = keys.check(bearer, &rule);
        if verdict != Err(Refusal::UnknownKey) {
            return Ok(verdict);
        }
        let fetched = std::sync::Arc::new(self.fetch_keys().await?);
        self.state().keys = fetched.clone();
        Ok(fetched.check(bearer, &rule))
    }

    async fn send(&self, request: &Request, token: &str) -> Result<Answer, CallError> {
        let address = format!(
            "{}/{}",
            self.settings.provider_api.trim_end_matches('/'),
            request.path
        );
        // Sage wants the content type on every call of the API, also on those without a body.
        let (content_type, body) = request
            .body
            .clone()
            .unwrap_or(("application/json", Bytes::new()));
        let headers = [
            (API_KEY, self.settings.api_key.as_str()),
            (AUTHORIZATION, token),
            (ACCEPT, "application/json"),
            (CONTENT_TYPE, content_type),
        ];
        self.exchange(outgoing(request.method.clone(), &address, &headers, body)?)
            .await
    }

    /// Returns the cached token or fetches one; concurrent callers share the fetch.
    async fn token(&self) -> Result<String, CallError> {
        if let Some(token) = self.cached_token() {
            return Ok(token);
        }
        let _one = self.fetching_token.lock().await;
        if let Some(token) = self.cached_token() {
            return Ok(token);
        }
        let no_token = |error: CallError| CallError::NoToken(error.to_string());
        let headers = [
            (CONTENT_TYPE, "application/x-www-form-urlencoded"),
            (ACCEPT, "application/json"),
        ];
        let body = token::request(&self.settings).into();
        let request =
            outgoing(Method::POST, &self.settings.token_url, &headers, body).map_err(no_token)?;
        let answer = self.exchange(request).await.map_err(no_token)?;
        if !answer.status.is_success() {
            return Err(CallError::NoToken(format!(
                "the token endpoint answered {}",
                answer.status
            )));
        }
        let token = Token::parse(&answer.body, self.clock.now()).ok_or_else(|| {
            CallError::NoToken("the token endpoint's answer holds none".to_owned())
        })?;
        let authorization = token.authorization.clone();
        self.state().token = Some(token);
        Ok(authorization)
    }

    fn cached_token(&self) -> Option<String> {
        if self.settings.shows(Fault::TokenFetchedEachTime) {
            return None;
        }
        let now = self.clock.now();
        let state = self.state();
        state
            .token
            .as_ref()
            .filter(|token| now < token.replace_at || self.settings.shows(Fault::KeepsExpiredToken))
            .map(|token| token.authorization.clone())
    }

    /// Forgets a refused token, unless another caller has replaced it by now.
    fn discard(&self, refused: &str) {
        let mut state = self.state();
        if state
            .token
            .as_ref()
            .is_some_and(|token| token.authorization == refused)
        {
            state.token = None;
        }
    }

    async fn fetch_keys(&self) -> Result<KeySet, CallError> {
        let headers = [(ACCEPT, "application/json")];
        let url = &self.settings.key_set_url;
        let answer = self
            .exchange(outgoing(Method::GET, url, &headers, Bytes::new())?)
            .await?;
        if !answer.status.is_success() {
            return Err(CallError::Broken(format!(
                "the key set was answered with {}",
                answer.status
            )));
        }
        KeySet::parse(&answer.body)
            .map_err(|error| CallError::Broken(format!("the key set cannot be read: {error}")))
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Answer, CallError> {
        tokio::time::timeout(self.pace.deadline, self.exchange_at_leisure(request))
            .await
            .unwrap_or(Err(CallError::TimedOut))
    }

    async fn exchange_at_leisure(&self, request: reqwest::Request) -> Result<Answer, CallError> {
        let mut response = self.settings.outbound.clone().oneshot(request).await?;
        let status = response.status();
        let retry_after = read_retry_after(response.headers(), OffsetDateTime::now_utc());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(BoxError::from)? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(CallError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }
}

/// Makes a request of its parts; a body that is empty is none.
fn outgoing(
    method: Method,
    url: &str,
    headers: &[(HeaderName, &str)],
    body: Bytes,
) -> Result<reqwest::Request, CallError> {
    let unsendable = |error: &dyn std::fmt::Display| CallError::Broken(error.to_string());
    let url = url::Url::parse(url).map_err(|error| unsendable(&error))?;
    let mut request = reqwest::Request::new(method, url);
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(|error| unsendable(&error))?;
        request.headers_mut().append(name, value);
    }
    if !body.is_empty() {
        *request.body_mut() = Some(body.into());
    }
    Ok(request)
}

impl From<BoxError> for CallError {
    fn from(error: BoxError) -> Self {
        // Only an HTTP client tells of time limits and addresses.
        let error = match error.downcast::<reqwest::Error>() {
            Ok(error) if error.is_timeout() => return CallError::TimedOut,
            Ok(error) => error.without_url().into(),
            Err(error) => error,
        };
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        CallError::Broken(text)
    }
}

/// Reads `Retry-After` in seconds or as a date; at most [`PAUSE_MAX`].
fn read_retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = OffsetDateTime::parse(text, &Rfc2822).ok()?;
            Duration::try_from(until - now).unwrap_or(Duration::ZERO)
        }
    };
    Some(pause.min(PAUSE_MAX))
}

#[cfg(test)]
mod tests;
