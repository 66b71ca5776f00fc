//! What the Service tells the provider: N1 to N5, each delivered once unless ruled otherwise.
//!
//! When something is told is left to the handlers; which answer a provider must give is left to
//! the plans: here any answer, and none, is the end of it once the ruled repetitions are over.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;
use tower::BoxError;
use url::Url;
use uuid::Uuid;

use super::moment::Moment;
use super::settings::LinkedNotification;
use super::state::Account;
use super::token::Signer;
use super::{Bearer, Fault, Service, outbound, sage_id};

/// Most bytes of an answer that are read, so that the connection can be used again.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A notification on its way.
#[derive(Debug)]
pub(super) struct Notification {
    url: String,
    payload: Value,
}

impl Notification {
    /// N1 and N2: an authorisation was created, to link or to renew; they cannot be told apart.
    ///
    /// Source: endpoint page of the notification.
    pub(super) fn authorisation_created(url: String, session: Uuid, bank: Uuid) -> Self {
        Self {
            url,
            payload: json!({
                "type": "resourceCreated",
                "resource": { "id": session.to_string(), "type": "authorisation", "url": "NA" },
                "additionalData": { "bankId": bank.to_string() },
            }),
        }
    }

    /// N3 and N4: a bank account was created; `resource_url` is where the product reads it.
    ///
    /// The payload of N4, an account made from a candidate, is not known: it is ruled to be N3's.
    pub(super) fn account_created(
        service: &Service,
        url: String,
        account: &Account,
        resource_url: &str,
    ) -> Self {
        let mut additional = json!({ "externalId": account.listed.external_id });
        let linked = service.settings().rulings.linked_notification;
        if !account.from_candidate || linked == LinkedNotification::Full {
            additional["requestedStartDate"] = json!(account.start);
            additional["bankId"] = json!(account.bank.to_string());
        }
        Self {
            url,
            payload: json!({
                "type": "resourceCreated",
                "resource": { "id": account.id.to_string(), "type": "bankAccount", "url": resource_url },
                "additionalData": additional,
            }),
        }
    }

    /// N5: a bank account was deleted. Source: seed, offboarding.
    pub(super) fn account_deleted(service: &Service, url: String, account: &Account) -> Self {
        let mut additional = Map::new();
        if !service.shows(Fault::OffboardingWithoutExternalId) {
            additional.insert("externalId".to_owned(), json!(account.listed.external_id));
        }
        additional.insert("bankId".to_owned(), json!(account.bank.to_string()));
        Self {
            url,
            payload: json!({
                "type": "resourceDeleted",
                "resource": { "id": account.id.to_string(), "type": "bankAccount", "url": "NA" },
                "additionalData": additional,
            }),
        }
    }

    /// Sends it and waits for the answer, for its time limit, or for the Service to close.
    ///
    /// What was not accepted is repeated in the background as often as is ruled: nobody waits for that.
    pub(super) async fn deliver(self, service: &Service) {
        if self.attempt(service).await || service.settings().rulings.redeliveries == 0 {
            return;
        }
        let worker = service.clone();
        service.spawn(async move { self.repeat(&worker).await });
    }

    /// Delivers it in the background, after the account's previous notification is out.
    pub(super) fn deliver_later(self, service: &Service, account: &mut Account) {
        let (done, told) = oneshot::channel::<()>();
        let before = account.told.replace(told);
        let sender = service.clone();
        service.spawn(async move {
            if let Some(before) = before {
                // An error says that the earlier task is gone, which is the end of it as well.
                before.await.ok();
            }
            // Repetitions are waited for: whoever was not told of an account must not first hear of its end.
            if !self.attempt(&sender).await {
                self.repeat(&sender).await;
            }
            drop(done);
        });
    }

    /// Sends it anew after each ruled pause, until it is accepted, was repeated often enough, or the Service closes.
    async fn repeat(&self, service: &Service) {
        let rulings = &service.settings().rulings;
        for _ in 0..rulings.redeliveries {
            tokio::select! {
                biased;
                () = service.closing() => return,
                () = tokio::time::sleep(rulings.redelivery_pause) => {}
            }
            if self.attempt(service).await {
                return;
            }
        }
    }

    /// Sends it once; says whether it was accepted, or the Service closes and nothing is left to do.
    async fn attempt(&self, service: &Service) -> bool {
        let url = &self.url;
        let outcome = tokio::select! {
            biased;
            () = service.closing() => return true,
            outcome = self.send(service) => outcome,
        };
        match outcome {
            Ok(status) if status.is_success() => {
                tracing::debug!(%url, status = status.as_u16(), "notification accepted");
                return true;
            }
            Ok(status) => tracing::debug!(%url, status = status.as_u16(), "notification refused"),
            Err(error) => tracing::debug!(%url, %error, "notification not delivered"),
        }
        false
    }

    async fn send(&self, service: &Service) -> Result<StatusCode, BoxError> {
        let (name, value) = &service.settings().notification_header;
        let mut request = Request::new(Method::POST, Url::parse(&self.url)?);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_str(value)?,
        );
        *request.body_mut() = Some(self.payload.to_string().into());
        let (status, _) = outbound::send(service, request, ANSWER_BYTES_MAX).await?;
        Ok(status)
    }
}

/// The bearer of this Service's notifications: one until it nears its end, for signing is slow.
pub(super) fn bearer(service: &Service) -> String {
    let life = service.settings().rulings.token_life;
    let margin = Duration::from_secs(300).min(life / 2);
    let fresh_until = Moment::now().plus(margin);
    if let Some((bearer, expires)) = &service.state().notification_bearer
        && *expires > fresh_until
    {
        return bearer.clone();
    }
    let bearer = mint(service, Bearer::Good);
    let expires = Moment::now().plus(life);
    service.state().notification_bearer = Some((bearer.clone(), expires));
    bearer
}

/// Mints a notification bearer that is wrong in exactly the one way asked for.
pub(super) fn mint(service: &Service, kind: Bearer) -> String {
    let settings = service.settings();
    let life = settings.rulings.token_life;
    let now = Moment::now();
    let issued = match kind {
        // Ran out an hour ago, beyond any leeway a provider may grant for clocks.
        Bearer::Expired => now.minus(life).minus(Duration::from_secs(3_600)),
        Bearer::Good | Bearer::WrongAudience | Bearer::BadSignature => now,
    };
    let audience = match kind {
        Bearer::WrongAudience => format!("{}-of-another-service", settings.notification_audience),
        Bearer::Good | Bearer::Expired | Bearer::BadSignature => {
            settings.notification_audience.clone()
        }
    };
    let signer = match kind {
        Bearer::BadSignature => Signer::Foreign,
        Bearer::Good | Bearer::Expired | Bearer::WrongAudience => Signer::Own,
    };
    sage_id::token(service, &audience, issued, Uuid::new_v4(), signer)
}
