//! The addresses and credentials of a run, which preflight checks use before any case runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::environment::{Browser, Environment, LiveService};
use crate::exchange::{ProxyRoute, Users};
use crate::secret::Secret;
use crate::tap::{PROBE, Tap};
use crate::topology::emulated::issuer;
use crate::topology::resolved::ResolvedEnvironment;
use crate::topology::tls_references::SentCertificate;
use crate::vault::Vault;
use plan_language::participant::{Callback, Mode};
use plan_language::value::Value;

/// The longest time that the provider may take to respond to a notification of the preflight checks.
const PATIENCE: Duration = Duration::from_secs(10);

/// The addresses and credentials of a run. Its debug output shows no secret.
#[derive(Clone)]
pub struct RunAddresses {
    /// Who is live.
    pub mode: Mode,
    /// The address at which the taps listen, `http://host:port`.
    pub origin: String,
    /// The address at which others reach the taps; the origin, unless a tunnel or proxy is in front.
    pub public: String,
    /// The path below either address at which a tap responds itself, with [`RunAddresses::word`].
    pub probe: &'static str,
    /// The random word of this run.
    pub word: String,
    /// The live provider's own URLs; empty when it is emulated.
    pub callbacks: BTreeMap<Callback, String>,
    /// The base URLs of a live service, with their keys in `service.live`; empty when it is emulated.
    pub live_service: Vec<(&'static str, String)>,
    /// The token endpoint; unset where each case has its own identity provider.
    pub token_url: Option<String>,
    /// The URL of the keys of bearers, for hints.
    pub key_set: String,
    /// The addresses with which a live provider must be configured.
    pub for_provider: ForProvider,
    /// The provider's client id.
    pub client_id: Secret,
    /// The provider's client secret.
    pub client_secret: Secret,
    /// Audience of the Provider API.
    pub audience: String,
    /// Audience of bearers on notifications.
    pub notification_audience: String,
    /// Name and value of the header on notifications.
    pub notification_header: (String, Secret),
    /// A bearer for notifications; unset where the identity provider is live or belongs to a case.
    pub bearer: Option<String>,
    /// The id of the bank.
    pub bank: String,
    /// The longest time that the run may take.
    pub longest: Duration,
    /// Where the driver of the customer's browser listens, if one is driven.
    pub driver: Option<Url>,
    /// The proxy on the way to live participants.
    pub proxy: Option<ProxyRoute>,
    /// The client certificate that it presents, if any.
    pub client_certificate: Option<SentCertificate>,
    /// The HTTP client of the run.
    pub http: reqwest::Client,
    /// The user names and passwords of live participants.
    pub users: Users,
    /// Masks the messages of preflight checks.
    pub vault: Arc<Vault>,
}

/// The addresses with which a live provider must be configured: those of feedproof's taps, or of the live service itself
/// where it is not tapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForProvider {
    /// Token endpoint.
    pub token_url: String,
    /// The Provider API.
    pub provider_api: String,
    /// The URL of the keys of bearers on notifications.
    pub key_set: String,
    /// The `iss` of those bearers.
    pub issuer: String,
}

impl ForProvider {
    /// Derives them from an environment.
    fn of(environment: &Environment, public: &str) -> Self {
        let below = |sageid: &str, provider_api, issuer| Self {
            token_url: format!("{sageid}/oauth/token"),
            provider_api,
            key_set: format!("{sageid}/.well-known/jwks.json"),
            issuer,
        };
        let ours = format!("{public}/sageid");
        let through_us = format!("{public}/v1");
        let issuer = issuer(environment, &ours);
        match &environment.live_service {
            Some(live) if !live.tapped => below(&live.sageid, live.provider_api.clone(), issuer),
            _ => below(&ours, through_us, issuer),
        }
    }

    /// Returns them as variables for a program's environment.
    pub(super) fn variables(&self, base: &str) -> [(&'static str, String); 5] {
        [
            ("FEEDPROOF_BASE", base.to_owned()),
            ("FEEDPROOF_TOKEN_URL", self.token_url.clone()),
            ("FEEDPROOF_PROVIDER_API", self.provider_api.clone()),
            ("FEEDPROOF_KEY_SET", self.key_set.clone()),
            ("FEEDPROOF_ISSUER", self.issuer.clone()),
        ]
    }
}

impl std::fmt::Debug for RunAddresses {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RunAddresses")
            .field("mode", &self.mode)
            .field("origin", &self.origin)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Returns the base URLs of a live service, with their keys.
fn base_urls(live: &LiveService) -> Vec<(&'static str, String)> {
    vec![
        ("consumer", live.consumer.clone()),
        ("provider_api", live.provider_api.clone()),
        ("sageid", live.sageid.clone()),
    ]
}

impl RunAddresses {
    /// Gathers them, without a bearer.
    pub(super) fn of(
        resolved: &ResolvedEnvironment,
        tap: &Tap,
        origin: &str,
        public: &str,
        http: &reqwest::Client,
        longest: Duration,
    ) -> Self {
        let environment = &resolved.environment;
        let mode = environment.mode;
        let sageid = match &environment.live_service {
            Some(live) => live.sageid.clone(),
            None => format!("{public}/sageid"),
        };
        Self {
            mode,
            origin: origin.to_owned(),
            public: public.to_owned(),
            probe: PROBE,
            word: tap.word.clone(),
            callbacks: environment.callbacks.clone(),
            live_service: environment
                .live_service
                .as_ref()
                .map_or(Vec::new(), base_urls),
            token_url: (mode != Mode::Rehearsal).then(|| format!("{sageid}/oauth/token")),
            key_set: format!("{sageid}/.well-known/jwks.json"),
            for_provider: ForProvider::of(environment, public),
            client_id: resolved.client_id.clone(),
            client_secret: resolved.client_secret.clone(),
            audience: environment.credentials.audience.clone(),
            notification_audience: environment.credentials.notification_audience.clone(),
            notification_header: (
                environment.notification_header.0.clone(),
                resolved.header_value.clone(),
            ),
            bearer: None,
            bank: environment.bank.id.clone(),
            longest,
            driver: match &environment.browser {
                Browser::Webdriver(driver) => Some(driver.clone()),
                Browser::Http | Browser::Manual => None,
            },
            proxy: resolved.proxy.as_ref().and_then(ProxyRoute::of),
            client_certificate: SentCertificate::of(&environment.tls, &resolved.tls),
            http: http.clone(),
            users: resolved.users(),
            vault: resolved.vault.clone(),
        }
    }

    /// Makes a bare request for a URL, with the user of its participant's address.
    pub fn get(&self, url: &str) -> reqwest::RequestBuilder {
        self.with_user(self.http.get(url), url)
    }

    /// Adds to a request without credentials the user of its participant's address.
    pub fn with_user(
        &self,
        request: reqwest::RequestBuilder,
        url: &str,
    ) -> reqwest::RequestBuilder {
        let url = url::Url::parse(url).ok();
        match url.and_then(|url| self.users.header(&url)) {
            Some(user) => request.header("authorization", user.expose()),
            None => request,
        }
    }

    /// Sends a notification directly to the live provider, not through the sink, with the agreed credentials.
    ///
    /// Returns the status of the response; `None` where feedproof cannot make a notification.
    ///
    /// # Errors
    /// The cause, when no response came within ten seconds.
    pub async fn notify(&self, notification: &Value) -> Option<Result<u16, reqwest::Error>> {
        let url = self.callbacks.get(&Callback::Notification)?;
        let bearer = self.bearer.as_ref()?;
        let (name, value) = &self.notification_header;
        let sent = self
            .http
            .post(url)
            .timeout(PATIENCE)
            .header(name, value.expose())
            .header("authorization", format!("Bearer {bearer}"))
            .header("content-type", "application/json")
            .body(notification.to_string())
            .send()
            .await;
        Some(sent.map(|answer| answer.status().as_u16()))
    }
}
