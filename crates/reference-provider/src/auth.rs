//! The customer's way: `GET /auth` or `/authrefresh`, login, consent, the report to the Service, and the way back.
//!
//! Only announced, fresh, unused authorisations get a page with a form, and only at the bank that was announced; all
//! others get a page with status 403. A wrong password gets the login page again (status 200). The report is
//! acknowledged before the browser is sent back; when it is refused, the customer is told so on a page with status 502.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::json;
use tokio::sync::oneshot;
use url::form_urlencoded;

use super::Inner;
use super::authorisation::{Purpose, Refusal, Session, Taken};
use super::caller::Request;
use super::fault::Fault;
use super::page;
use super::posting;
use super::redirect::Destination;
use super::report::{self, conclude};
use super::sender::same;

/// How long a provider that redirects too early lets the browser get ahead, or waits for an acknowledgement.
const HEAD_START: Duration = Duration::from_millis(100);

/// The named values of a query or a form; of a repeated name the first counts.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads urlencoded text; what is not UTF-8 becomes replacement characters.
    pub(super) fn read(text: &[u8]) -> Self {
        Fields(form_urlencoded::parse(text).into_owned().collect())
    }

    /// Returns the value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// Handles `GET /auth`.
pub(super) async fn open(Shared(inner): Shared<Arc<Inner>>, uri: Uri) -> Response {
    let fields = Fields::read(uri.query().unwrap_or_default().as_bytes());
    begin(&inner, &fields, fields.get("bank"), Purpose::Link)
}

/// Handles `GET /authrefresh`: the owner of the account with this external id renews the consent.
pub(super) async fn reopen(Shared(inner): Shared<Arc<Inner>>, uri: Uri) -> Response {
    let fields = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let place = inner.state().ledger.find(fields.text("externalId"));
    match place {
        Some(place) => begin(
            &inner,
            &fields,
            // The account says which bank it is.
            None,
            Purpose::Renew {
                customer: place.customer,
            },
        ),
        None => page::notice(
            StatusCode::FORBIDDEN,
            "Not possible",
            "This account is not known here.",
            None,
        ),
    }
}

fn begin(inner: &Inner, fields: &Fields, bank: Option<&str>, purpose: Purpose) -> Response {
    let renews = purpose.renews();
    let session = {
        let now = inner.clock.now();
        let mut state = inner.state();
        let key = match state.register.admit(
            fields.text("authorisation_id"),
            bank,
            &purpose,
            now,
            &inner.settings,
        ) {
            Ok(key) => key,
            Err(refusal) => return refused(refusal, None),
        };
        let Some(destination) = Destination::new(fields.text("redirect_uri"), fields.text("state"))
        else {
            let text = "The request does not say where to go afterwards.";
            return page::notice(StatusCode::BAD_REQUEST, "Not possible", text, None);
        };
        let destination = match renews {
            true => destination.renewing(),
            false => destination,
        };
        state.register.open(key, purpose, destination)
    };
    let not_html = inner.settings.shows(Fault::AuthPageNotHtml)
        || renews && inner.settings.shows(Fault::ReauthorisationPageNotHtml);
    if not_html {
        let body = json!({ "session": session, "fields": ["username", "password"] }).to_string();
        return (StatusCode::OK, [("content-type", "application/json")], body).into_response();
    }
    page::login(&inner.settings.base_url, &session, None)
}

/// Handles `POST /auth/login`.
pub(super) async fn log_in(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let token = fields.text("session");
    let mut state = inner.state();
    let purpose = match state
        .register
        .session(token, inner.clock.now(), &inner.settings)
    {
        Ok(session) => session.purpose.clone(),
        Err(refusal) => {
            let back = state
                .register
                .destination(token)
                .map(|way| way.url(&inner.settings));
            return refused(refusal, back.as_deref());
        }
    };
    let customer = state.ledger.customers().iter().position(|customer| {
        customer.username == fields.text("username")
            && same(
                customer.password.as_bytes(),
                fields.text("password").as_bytes(),
            )
    });
    let allowed = customer.filter(|&customer| match purpose {
        Purpose::Link => true,
        Purpose::Renew { customer: owner } => customer == owner,
    });
    let Some(customer) = allowed else {
        if state.register.fail_login(token) {
            let message = "User name or password is wrong.";
            return page::login(&inner.settings.base_url, token, Some(message));
        }
        // Too many wrong passwords: the authorisation is used up and the customer goes back without a report.
        return match state
            .register
            .take(token, inner.clock.now(), &inner.settings)
        {
            Ok(taken) => redirect(&inner, &taken.session.destination),
            Err(refusal) => refused(refusal, None),
        };
    };
    let names: Vec<_> = state.ledger.customers()[customer]
        .accounts
        .iter()
        .map(|account| account.name.clone())
        .collect();
    match state.register.log_in(token, customer) {
        Some(token) => page::consent(&inner.settings.base_url, &token, &names),
        None => refused(Refusal::NoSession, None),
    }
}

/// Handles `POST /auth/consent`.
pub(super) async fn decide(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let fields = Fields::read(&body);
    let token = fields.text("session");
    let allow = match fields.text("decision") {
        "allow" => true,
        "cancel" => false,
        _ => {
            let text = "The decision is neither allow nor cancel.";
            return page::notice(StatusCode::BAD_REQUEST, "Not possible", text, None);
        }
    };
    let decided = {
        let now = inner.clock.now();
        let mut state = inner.state();
        match state.register.session(token, now, &inner.settings) {
            Ok(session) if allow && session.customer.is_none() => {
                return page::login(
                    &inner.settings.base_url,
                    token,
                    Some("Please log in first."),
                );
            }
            _ => {}
        }
        state
            .register
            .take(token, now, &inner.settings)
            .map_err(|refusal| {
                let back = state
                    .register
                    .destination(token)
                    .map(|way| way.url(&inner.settings));
                refused(refusal, back.as_deref())
            })
    };
    match decided {
        Err(refusal) => refusal,
        Ok(taken) if allow => report(&inner, taken).await,
        Ok(_) if inner.settings.shows(Fault::CancelStrandsCustomer) => page::notice(
            StatusCode::OK,
            "Cancelled",
            "You have cancelled. You may close this page.",
            None,
        ),
        Ok(taken) => redirect(&inner, &taken.session.destination),
    }
}

/// Reports the consent to the Service and then, when it is acknowledged, sends the browser back.
async fn report(inner: &Arc<Inner>, taken: Taken) -> Response {
    let destination = taken.session.destination.clone();
    let shows = |fault| inner.settings.shows(fault);
    let renewed = match taken.session.purpose {
        Purpose::Link => None,
        Purpose::Renew { customer } => Some(customer),
    };
    if shows(Fault::NoPatch) || renewed.is_some() && shows(Fault::NoPatchOnReauthorisation) {
        if let Some(customer) = renewed {
            posting::resume(inner, customer);
        }
        return redirect(inner, &destination);
    }
    let request = report::request(inner, &taken);
    if shows(Fault::RedirectsBeforePatch) {
        return redirect_first(inner, request, taken.session);
    }
    // In a task of its own the report survives a browser that goes away.
    let (begins, begun) = oneshot::channel();
    let task = {
        let inner = Arc::clone(inner);
        inner.tracker.clone().spawn(async move {
            inner
                .closing
                .run_until_cancelled(conclude(&inner, &request, &taken.session, begins))
                .await
        })
    };
    let acknowledged = match shows(Fault::RedirectsBeforeAcknowledgement) {
        true => {
            // Its turn is waited for; the sender goes at the latest with the task.
            let _ = begun.await;
            match tokio::time::timeout(HEAD_START, task).await {
                Ok(ended) => matches!(ended, Ok(Some(true))),
                Err(_) => true,
            }
        }
        false => matches!(task.await, Ok(Some(true))),
    };
    if acknowledged {
        return redirect(inner, &destination);
    }
    if shows(Fault::ReportsSuccessAfterRejectedPatch) {
        let back = destination.url(&inner.settings);
        let text = "Your accounts were linked.";
        return page::notice(StatusCode::OK, "Thank you", text, Some(&back));
    }
    let (title, text) = match renewed {
        None => (
            "Linking failed",
            "Your accounts could not be linked. Please start again in your accounting product.",
        ),
        Some(_) => (
            "Renewing failed",
            "Your consent could not be renewed. Please start again in your accounting product.",
        ),
    };
    let back = destination.url(&inner.settings);
    page::notice(StatusCode::BAD_GATEWAY, title, text, Some(&back))
}

fn redirect(inner: &Inner, destination: &Destination) -> Response {
    let url = destination.url(&inner.settings);
    match HeaderValue::from_bytes(url.as_bytes()) {
        Ok(location) => (
            StatusCode::FOUND,
            [(LOCATION, location), (CACHE_CONTROL, NO_STORE)],
        )
            .into_response(),
        Err(_) => page::notice(
            StatusCode::BAD_REQUEST,
            "Not possible",
            "The way back is no address.",
            None,
        ),
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Sends the browser back and reports only after that answer was handed over.
fn redirect_first(inner: &Arc<Inner>, request: Request, session: Session) -> Response {
    let answer = redirect(inner, &session.destination);
    let (sent, handed_over) = oneshot::channel::<()>();
    let task = {
        let inner = Arc::clone(inner);
        async move {
            let work = async {
                // The sender lives in the body; it goes when the body is written or the browser is gone.
                let _ = handed_over.await;
                tokio::time::sleep(HEAD_START).await;
                conclude(&inner, &request, &session, oneshot::channel().0).await
            };
            inner.closing.run_until_cancelled(work).await
        }
    };
    inner.tracker.spawn(task);
    let body = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(
        b"moved\n",
    ))]);
    let body = Body::from_stream(body.inspect(move |_| {
        let _keep = &sent;
    }));
    let (parts, _) = answer.into_parts();
    Response::from_parts(parts, body)
}

fn refused(refusal: Refusal, back: Option<&str>) -> Response {
    let text = format!("Your request cannot be processed: {refusal}.");
    page::notice(StatusCode::FORBIDDEN, "Not possible", &text, back)
}

#[cfg(test)]
mod tests;
