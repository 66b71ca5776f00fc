//! What is around a run: the addresses and credentials that a doctor looks at before anything is judged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::environment::Environment;
use crate::secret::Secret;
use crate::tap::{PROBE, Tap};
use crate::topology::emulated::issuer;
use crate::topology::resolved::Resolved;
use crate::vault::Vault;
use plan_language::participant::{Callback, Mode};
use plan_language::value::Value;

/// How long the provider may take to accept a notification.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is around a run. Shows no secret.
#[derive(Clone)]
pub struct Preflight {
    /// Who is live.
    pub mode: Mode,
    /// Where the taps listen, `http://host:port`.
    pub origin: String,
    /// How others reach them; the origin, if nothing stands in front.
    pub public: String,
    /// The path below either that a tap answers itself, with [`Surroundings::word`].
    pub probe: &'static str,
    /// The word of this run.
    pub word: String,
    /// The live provider's own URLs; empty when it is emulated.
    pub callbacks: BTreeMap<Callback, String>,
    /// Where tokens are asked for; none where each case has an identity provider of its own.
    pub token_url: Option<String>,
    /// Where the keys of bearers are published, for hints.
    pub key_set: String,
    /// The addresses with which a live provider is to be configured.
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
    /// A bearer for a notification; none where the identity provider is live, or of a case's own.
    pub bearer: Option<String>,
    /// The id of the bank.
    pub bank: String,
    /// How long the run may take at the most.
    pub longest: Duration,
    /// Whether a proxy is in the way to whoever is live.
    pub proxied: bool,
    /// The HTTP client of the run.
    pub http: reqwest::Client,
    /// Masks what is told.
    pub vault: Arc<Vault>,
}

/// The addresses with which a live provider is to be configured: of a live service its own, unless they lead through us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForProvider {
    /// Token endpoint.
    pub token_url: String,
    /// The Provider API.
    pub provider_api: String,
    /// Where the keys of bearers on notifications are published.
    pub key_set: String,
    /// The `iss` of those bearers.
    pub issuer: String,
}

impl ForProvider {
    /// Draws them up.
    fn of(environment: &Environment, public: &str) -> Self {
        let own = |sageid: &str, provider_api, issuer| Self {
            token_url: format!("{sageid}/oauth/token"),
            provider_api,
            key_set: format!("{sageid}/.well-known/jwks.json"),
            issuer,
        };
        let ours = format!("{public}/sageid");
        let through_us = format!("{public}/v1");
        let issuer = issuer(environment, &ours);
        match &environment.live_service {
            Some(live) if !live.tapped => own(&live.sageid, live.provider_api.clone(), issuer),
            _ => own(&ours, through_us, issuer),
        }
    }

    /// Writes them as variables of a program's environment.
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

impl std::fmt::Debug for Preflight {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Surroundings")
            .field("mode", &self.mode)
            .field("origin", &self.origin)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl Preflight {
    /// Draws them up, without a bearer.
    pub(super) fn of(
        resolved: &Resolved,
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
            proxied: false,
            http: http.clone(),
            vault: resolved.vault.clone(),
        }
    }

    /// Sends a notification straight to the live provider, with the credentials that were agreed on and past the sink.
    ///
    /// Returns the status of the answer; `None` where no notification can be made here.
    ///
    /// # Errors
    /// The cause, when no answer came within ten seconds.
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
