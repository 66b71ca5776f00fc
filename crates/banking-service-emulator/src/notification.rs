//! Notifications to the provider, N1 to N5: each is delivered once, unless a setting repeats refused ones.
//!
//! When a notification is due is left to the handlers; which response a provider must give is left to the plans:
//! here any response, and none, ends the delivery once the repetitions are over.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;
use tower::BoxError;
use url::Url;
use uuid::Uuid;

use super::context::Context;
use super::settings::LinkedNotification;
use super::state::Account;
use super::{Fault, outbound};

/// Maximum number of bytes of an answer that are read, so that the connection can be used again.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A notification with its address.
#[derive(Debug)]
pub(super) struct Notification {
    url: String,
    payload: Value,
}

impl Notification {
    /// N1 and N2: an authorisation was created, to link or to renew; the provider cannot tell them apart.
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
    /// The payload of N4, an account made from a candidate, is in no source; by default it is N3's.
    pub(super) fn account_created(
        context: &Context,
        url: String,
        account: &Account,
        resource_url: &str,
    ) -> Self {
        let mut additional = json!({ "externalId": account.listed.external_id });
        let linked = context.settings().rulings.linked_notification;
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
    pub(super) fn account_deleted(context: &Context, url: String, account: &Account) -> Self {
        let mut additional = Map::new();
        if !context.shows(Fault::OffboardingWithoutExternalId) {
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

    /// Sends the notification and waits for the response, the time limit, or the closing of the Service.
    ///
    /// A notification that the provider did not accept is repeated in the background, as often as the settings say.
    pub(super) async fn deliver(self, context: &Context) {
        if self.attempt(context).await || context.settings().rulings.redeliveries == 0 {
            return;
        }
        let worker = context.clone();
        context.spawn(async move { self.repeat(&worker).await });
    }

    /// Delivers the notification in the background, after the account's previous one.
    pub(super) fn deliver_later(self, context: &Context, account: &mut Account) {
        let (done, delivered) = oneshot::channel::<()>();
        let before = account.notified.replace(delivered);
        let sender = context.clone();
        context.spawn(async move {
            if let Some(before) = before {
                // An error means that the earlier task is gone: its delivery ended as well.
                before.await.ok();
            }
            // Repetitions come first: a provider must not hear of an account's deletion before its creation.
            if !self.attempt(&sender).await {
                self.repeat(&sender).await;
            }
            drop(done);
        });
    }

    /// Repeats the notification after each pause, until it is accepted, the repetitions are used up, or the Service closes.
    async fn repeat(&self, context: &Context) {
        let rulings = &context.settings().rulings;
        for _ in 0..rulings.redeliveries {
            tokio::select! {
                biased;
                () = context.closing() => return,
                () = tokio::time::sleep(rulings.redelivery_pause) => {}
            }
            if self.attempt(context).await {
                return;
            }
        }
    }

    /// Sends the notification once; returns whether delivery is over: it was accepted, or the Service closes.
    async fn attempt(&self, context: &Context) -> bool {
        let url = &self.url;
        let outcome = tokio::select! {
            biased;
            () = context.closing() => return true,
            outcome = self.send(context) => outcome,
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

    async fn send(&self, context: &Context) -> Result<StatusCode, BoxError> {
        let (name, value) = &context.settings().notification_header;
        let request = Request::post(Url::parse(&self.url)?.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(name, value)
            .body(Body::from(self.payload.to_string()))?;
        let response = outbound::send(context, request, ANSWER_BYTES_MAX).await?;
        Ok(response.status)
    }
}
