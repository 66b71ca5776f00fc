//! Outgoing requests: to the Provider API with its credentials, to the token endpoint, and for the key set.
//!
//! Every request has a deadline and a bound on the response body. Requests to the Provider API wait for their turn under
//! the agreed rate. After a 401 from the API, the provider fetches one new token and repeats the request once;
//! `delivery` decides about all other repetitions.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use bytes::Bytes;
use futures_util::StreamExt as _;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tower::{BoxError, ServiceExt as _};

use super::Inner;
use super::bearer::{BearerRefusal, BearerRule, KeySet};
use super::fault::Fault;
use super::token::{self, Token, TokenPurpose};
use super::variant::Variant;

/// The largest response body, in bytes.
const BODY_MAX: usize = 1024 * 1024;
/// The header with the API key of the Provider API.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The time for which a provider keeps a key set that asks for it seldom.
const KEYS_KEPT: Duration = Duration::from_secs(5 * 60);
/// The longest pause that a `Retry-After` can ask for.
const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

/// A complete response of the service or of Sage ID.
#[derive(Clone, Debug)]
pub(super) struct ServiceResponse {
    /// The status.
    pub status: StatusCode,
    /// The pause of its `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Error)]
pub(super) enum CallError {
    /// No response came in time; the request may have arrived.
    #[error("no response came in time")]
    TimedOut,
    /// The connection failed; the request may have arrived.
    #[error("the connection failed: {0}")]
    Broken(String),
    /// The response body is too large.
    #[error("the response is larger than {BODY_MAX} bytes")]
    TooLarge,
    /// No access token was available; the request was not sent.
    #[error("no access token: {0}")]
    NoToken(String),
}

/// A request to the Provider API.
#[derive(Clone, Debug)]
pub(super) struct ApiRequest {
    /// The method.
    pub method: Method,
    /// The path below the base URL of the API, percent-encoded, without a leading slash.
    pub path: String,
    /// The body, with its content type.
    pub body: Option<(&'static str, Bytes)>,
    /// Whether a fault leaves the API key out.
    pub without_key: bool,
}

impl Inner {
    /// Sends a request to the Provider API with API key and token; after a 401 it repeats the request with a new token.
    ///
    /// # Errors
    /// [`CallError`] when there is no response; a response of any status is no error.
    pub(super) async fn call(&self, request: &ApiRequest) -> Result<ServiceResponse, CallError> {
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
    /// [`CallError`] when there is no response; a response of any status is no error.
    pub(super) async fn call_in_turn(
        &self,
        request: &ApiRequest,
    ) -> Result<ServiceResponse, CallError> {
        let token = self.token(purpose(request)).await?;
        let mut answer = self.send(request, &token).await?;
        if self.settings.shows(Fault::EndlessNewTokens) {
            while answer.status == StatusCode::UNAUTHORIZED {
                answer = self
                    .repeat_with_new_token(request, &self.token(purpose(request)).await?)
                    .await?;
            }
        }
        let shows = |fault| self.settings.shows(fault);
        let keeps = shows(Fault::KeepsExpiredToken)
            || request.method == Method::PATCH && shows(Fault::PatchKeepsExpiredToken)
            || request.method == Method::GET && shows(Fault::PollsKeepExpiredToken);
        if answer.status != StatusCode::UNAUTHORIZED || keeps {
            return Ok(answer);
        }
        if shows(Fault::DropsCallAfterRenewal) {
            self.discard(&token);
            self.token(purpose(request)).await?;
            return Ok(answer);
        }
        self.repeat_with_new_token(request, &token).await
    }

    /// Repeats a request whose token was refused.
    async fn repeat_with_new_token(
        &self,
        request: &ApiRequest,
        refused: &str,
    ) -> Result<ServiceResponse, CallError> {
        self.discard(refused);
        let token = self.token(purpose(request)).await?;
        self.turn().await;
        self.send(request, &token).await
    }

    /// Checks a bearer with Sage ID's keys; for an unknown key it fetches the key set once.
    ///
    /// # Errors
    /// [`CallError`] when the keys cannot be fetched; the inner result says whether the bearer is valid.
    pub(super) async fn check_bearer(
        &self,
        bearer: &str,
    ) -> Result<Result<(), BearerRefusal>, CallError> {
        let now = OffsetDateTime::now_utc();
        let rule = BearerRule {
            issuer: &self.settings.issuer,
            audience: &self.settings.notification_audience,
            now_s: now.unix_timestamp() as f64,
            faults: &self.settings.faults,
        };
        let known = self.state().keys.clone();
        let verdict = self.lenient(known.check(bearer, &rule));
        if verdict != Err(BearerRefusal::UnknownKey) {
            return Ok(verdict);
        }
        let _one = self.fetching_keys.lock().await;
        let keys = self.state().keys.clone();
        let verdict = self.lenient(keys.check(bearer, &rule));
        if verdict != Err(BearerRefusal::UnknownKey) || !self.may_fetch_keys() {
            return Ok(verdict);
        }
        let mut fetched = self.fetch_keys().await?;
        if self.settings.shows(Fault::KeepsWithdrawnKeys) {
            fetched = fetched.keep(&keys);
        }
        let fetched = std::sync::Arc::new(fetched);
        let now = self.clock.now();
        let mut state = self.state();
        state.keys = fetched.clone();
        state.keys_fetched = Some(now);
        drop(state);
        Ok(self.lenient(fetched.check(bearer, &rule)))
    }

    /// Tells whether the key set may be fetched for a key that it does not contain.
    fn may_fetch_keys(&self) -> bool {
        let Some(fetched) = self.state().keys_fetched else {
            return true;
        };
        if self.settings.has(Variant::KeysAtMostEveryFiveMinutes) {
            return self.clock.now() >= fetched + KEYS_KEPT;
        }
        !self.settings.shows(Fault::PinsSigningKeys)
    }

    /// Accepts a bearer in spite of what a fault does not check.
    fn lenient(&self, verdict: Result<(), BearerRefusal>) -> Result<(), BearerRefusal> {
        let ignored = match &verdict {
            Err(BearerRefusal::Malformed) => Fault::AcceptsUnreadableTokens,
            Err(BearerRefusal::Signature) => Fault::BearerSignatureNotChecked,
            Err(BearerRefusal::Time) => Fault::BearerExpiryNotChecked,
            Err(BearerRefusal::Audience) => Fault::BearerAudienceNotChecked,
            _ => return verdict,
        };
        if self.settings.shows(ignored) {
            Ok(())
        } else {
            verdict
        }
    }

    async fn send(&self, request: &ApiRequest, token: &str) -> Result<ServiceResponse, CallError> {
        let address = format!(
            "{}/{}",
            self.settings.provider_api.trim_end_matches('/'),
            self.settings.spelled_path(&request.path)
        );
        // Sage requires the content type on every request to the API, also on requests without a body.
        let (content_type, body) = request
            .body
            .clone()
            .unwrap_or(("application/json", Bytes::new()));
        let mut headers = vec![
            (
                API_KEY,
                if request.without_key {
                    ""
                } else {
                    self.settings.api_key.as_str()
                },
            ),
            (AUTHORIZATION, token),
            (ACCEPT, "application/json"),
            (CONTENT_TYPE, self.settings.spelled_media_type(content_type)),
        ];
        if request.method == Method::PATCH {
            let shows = |fault| self.settings.shows(fault);
            headers.retain(|(name, _)| {
                !(*name == API_KEY && shows(Fault::PatchWithoutApiKey)
                    || *name == AUTHORIZATION && shows(Fault::PatchWithoutBearer))
            });
        }
        let body = self.settings.spelled_body(body);
        self.exchange(outgoing(request.method.clone(), &address, &headers, body)?)
            .await
    }

    /// Returns the cached token or fetches one; concurrent callers share the fetch.
    async fn token(&self, purpose: TokenPurpose) -> Result<String, CallError> {
        let purpose = match purpose {
            TokenPurpose::Authorisations if self.settings.has(Variant::TwoTokens) => purpose,
            _ => TokenPurpose::Statements,
        };
        if let Some(token) = self.cached_token(purpose) {
            return Ok(token);
        }
        let _one = self.fetching_token.lock().await;
        if let Some(token) = self.cached_token(purpose) {
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
                "the token endpoint responded with {}",
                answer.status
            )));
        }
        let token = Token::parse(&answer.body, self.clock.now()).ok_or_else(|| {
            CallError::NoToken("the response of the token endpoint has no valid token".to_owned())
        })?;
        let authorization = token.authorization.clone();
        self.state().tokens.insert(purpose, token);
        Ok(authorization)
    }

    fn cached_token(&self, purpose: TokenPurpose) -> Option<String> {
        if self.settings.shows(Fault::TokenFetchedEachTime) {
            return None;
        }
        let now = self.clock.now();
        let state = self.state();
        state
            .tokens
            .get(&purpose)
            .filter(|token| now < token.replace_at || self.settings.shows(Fault::KeepsExpiredToken))
            .map(|token| token.authorization.clone())
    }

    /// Forgets a refused token, unless another caller has replaced it by now.
    fn discard(&self, refused: &str) {
        let mut state = self.state();
        state
            .tokens
            .retain(|_, token| token.authorization != refused);
    }

    /// Fetches a token before anything is to be sent.
    pub(super) async fn fetch_token_early(&self) {
        if let Err(error) = self.token(TokenPurpose::Statements).await {
            tracing::warn!(%error, "no token");
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
                "the request for the key set got {}",
                answer.status
            )));
        }
        KeySet::parse(&answer.body)
            .map_err(|error| CallError::Broken(format!("the key set cannot be read: {error}")))
    }

    /// Sends a request and reads the response, within the deadline.
    async fn exchange(&self, request: Request<Body>) -> Result<ServiceResponse, CallError> {
        tokio::time::timeout(self.pace.deadline, self.exchange_unbounded(request))
            .await
            .unwrap_or(Err(CallError::TimedOut))
    }

    async fn exchange_unbounded(
        &self,
        request: Request<Body>,
    ) -> Result<ServiceResponse, CallError> {
        let response = self.settings.outbound.clone().oneshot(request).await?;
        let status = response.status();
        let mut retry_after = read_retry_after(response.headers(), OffsetDateTime::now_utc());
        let asked = response.headers().get(RETRY_AFTER);
        let is_date = asked.is_some_and(|asked| asked.as_bytes().contains(&b':'));
        if is_date && self.settings.shows(Fault::RetryAfterDateIgnored) {
            retry_after = None;
        }
        if self.settings.shows(Fault::RetryAfterInMilliseconds) {
            retry_after = retry_after.map(|pause| pause / 1000);
        }
        let mut body = Vec::new();
        let mut chunks = response.into_body().into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(BoxError::from)?;
            if body.len() + chunk.len() > BODY_MAX {
                return Err(CallError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(ServiceResponse {
            status,
            retry_after,
            body,
        })
    }
}

/// Returns the purpose of the token with which a request is sent.
fn purpose(request: &ApiRequest) -> TokenPurpose {
    if request.path.starts_with("authorisations") {
        TokenPurpose::Authorisations
    } else {
        TokenPurpose::Statements
    }
}

/// Makes a request from its parts.
fn outgoing(
    method: Method,
    url: &str,
    headers: &[(HeaderName, &str)],
    body: Bytes,
) -> Result<Request<Body>, CallError> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request
        .body(Body::from(body))
        .map_err(|error| CallError::Broken(error.to_string()))
}

impl From<BoxError> for CallError {
    fn from(error: BoxError) -> Self {
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
