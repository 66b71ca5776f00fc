//! The customer's authorisation: `GET /auth` or `/authrefresh`, login, consent, the report to the service, the redirect.
//!
//! Only an announced, unexpired, unused authorisation gets a page with a form, and only at the bank in the announcement;
//! any other gets a page with status 403. After a wrong password the response is the login page again (status 200). The
//! service acknowledges the report before the browser is redirected; when it refuses the report, the customer gets a page
//! with status 502.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::header::{CACHE_CONTROL, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::json;
use tokio::sync::oneshot;
use url::form_urlencoded;

use super::Inner;
use super::authorisation::{AuthorisationRefusal, Purpose, Session, UsedAuthorisation};
use super::caller::ApiRequest;
use super::fault::Fault;
use super::ledger::Customer;
use super::page;
use super::posting;
use super::redirect::Destination;
use super::report::{self, conclude};
use super::sender::same;
use super::settings::Settings;
use super::state::State;
use super::variant::Variant;

/// The time between a redirect and the report of a provider that redirects too early, or its wait for an acknowledgement.
const HEAD_START: Duration = Duration::from_millis(100);

/// The fields of a query or a form; of a repeated name, the first value is used.
pub(super) struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Reads urlencoded text; bytes that are not UTF-8 become replacement characters.
    pub(super) fn read(text: &[u8]) -> Self {
        FormFields(form_urlencoded::parse(text).into_owned().collect())
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
pub(super) async fn open(shared: Shared<Arc<Inner>>, uri: Uri, headers: HeaderMap) -> Response {
    let settings = &shared.settings;
    if settings.has(Variant::LoginBehindRedirects) {
        let query = uri.query().unwrap_or_default();
        return Redirect::temporary(&format!("{}/auth/start?{query}", settings.base_url))
            .into_response();
    }
    start(shared, uri, headers).await
}

/// Handles `GET /auth/start`, to which one variant redirects.
pub(super) async fn start(
    Shared(inner): Shared<Arc<Inner>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let fields = FormFields::read(uri.query().unwrap_or_default().as_bytes());
    match begin(&inner, &fields, fields.get("bank"), Purpose::Link) {
        Ok(session) => {
            remembered(&inner, &headers, &session).unwrap_or_else(|| login_page(&inner, &session))
        }
        Err(other) => *other,
    }
}

/// Returns the page that a customer receives who is still logged in, by a fault.
fn remembered(inner: &Inner, headers: &HeaderMap, session: &str) -> Option<Response> {
    if !inner.settings.shows(Fault::LoginSurvivesVisit) {
        return None;
    }
    let cookie = headers.get(COOKIE)?.to_str().ok()?;
    let username = cookie.strip_prefix(LOGIN_COOKIE)?.strip_prefix('=')?;
    let mut state = inner.state();
    let mut customers = state.ledger.customers().iter();
    let customer = customers.position(|customer| customer.username == username)?;
    let token = state.authorisations.log_in(session, customer)?;
    Some(consent_page(&inner.settings, &state, &token, customer))
}

/// The cookie by which a fault knows a customer again.
const LOGIN_COOKIE: &str = "logged-in";

/// Handles `GET /authrefresh`: the owner of the account with this external id renews the consent.
pub(super) async fn reopen(Shared(inner): Shared<Arc<Inner>>, uri: Uri) -> Response {
    let fields = FormFields::read(uri.query().unwrap_or_default().as_bytes());
    let place = inner.state().ledger.find(fields.text("externalId"));
    match place {
        Some(place) => {
            let purpose = Purpose::Renew {
                customer: place.customer,
            };
            // The account determines the bank.
            let begun = begin(&inner, &fields, None, purpose);
            begun.map_or_else(|other| *other, |session| login_page(&inner, &session))
        }
        None => page::notice(
            StatusCode::FORBIDDEN,
            "Not possible",
            "This account is unknown.",
            None,
        ),
    }
}

/// Opens a session at an announced authorisation.
///
/// # Errors
/// The page without a login, where there is none.
fn begin(
    inner: &Inner,
    fields: &FormFields,
    bank: Option<&str>,
    purpose: Purpose,
) -> Result<String, Box<Response>> {
    let renews = purpose.renews();
    let session = {
        let now = inner.clock.now();
        let mut state = inner.state();
        let key = match state.authorisations.admit(
            fields.text("authorisation_id"),
            bank,
            &purpose,
            now,
            &inner.settings,
        ) {
            Ok(key) => key,
            Err(refusal) => return Err(Box::new(refused(refusal, None))),
        };
        let state_given = if inner.settings.shows(Fault::StateIsAuthorisationId) {
            fields.text("authorisation_id")
        } else {
            fields.text("state")
        };
        let first_return = state
            .first_return
            .clone()
            .filter(|_| renews && inner.settings.shows(Fault::RenewalReturnsToFirstAddress));
        let redirect_uri = first_return
            .as_deref()
            .unwrap_or(fields.text("redirect_uri"));
        let Some(destination) = Destination::new(redirect_uri, state_given) else {
            let text = "The request has no valid redirect_uri and state.";
            let notice = page::notice(StatusCode::BAD_REQUEST, "Not possible", text, None);
            return Err(Box::new(notice));
        };
        if !renews && state.first_return.is_none() {
            state.first_return = Some(fields.text("redirect_uri").to_owned());
        }
        let destination = if renews {
            destination.renewing()
        } else {
            destination
        };
        state.authorisations.open(key, purpose, destination)
    };
    let not_html = inner.settings.shows(Fault::AuthPageNotHtml)
        || renews && inner.settings.shows(Fault::ReauthorisationPageNotHtml);
    if not_html {
        let body = json!({ "session": session, "fields": ["username", "password"] }).to_string();
        let headers = [("content-type", "application/json")];
        return Err(Box::new((StatusCode::OK, headers, body).into_response()));
    }
    Ok(session)
}

/// Returns the first page of a login.
fn login_page(inner: &Inner, session: &str) -> Response {
    if inner.settings.has(Variant::LoginInTwoSteps) {
        return page::user_name(&inner.settings.base_url, session);
    }
    page::login(&inner.settings.base_url, session, None)
}

/// Handles `POST /auth/login`.
pub(super) async fn log_in(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let fields = FormFields::read(&body);
    let token = fields.text("session");
    let mut state = inner.state();
    let purpose = match state
        .authorisations
        .session(token, inner.clock.now(), &inner.settings)
    {
        Ok(session) => session.purpose.clone(),
        Err(refusal) => {
            let back = state
                .authorisations
                .destination(token)
                .map(|destination| destination.url(&inner.settings));
            return refused(refusal, back.as_deref());
        }
    };
    if inner.settings.has(Variant::LoginInTwoSteps)
        && let (Some(user_name), None) = (fields.get("username"), fields.get("password"))
    {
        return page::password(&inner.settings.base_url, token, user_name);
    }
    let customer = state.ledger.customers().iter().position(|customer| {
        customer.username == fields.text("username")
            && (inner.settings.shows(Fault::AcceptsAnyPassword)
                || same(
                    customer.password.as_bytes(),
                    fields.text("password").as_bytes(),
                )
                || inner.settings.shows(Fault::AcceptsOtherCustomersPassword)
                    && is_password(state.ledger.customers(), fields.text("password")))
    });
    let is_blocked = inner.settings.shows(Fault::WrongPasswordIsFinal)
        && state.mistyped.contains(fields.text("username"));
    let allowed = customer
        .filter(|_| !is_blocked)
        .filter(|&customer| match purpose {
            Purpose::Link => true,
            Purpose::Renew { customer: owner } => {
                customer == owner || inner.settings.shows(Fault::AnyoneRenews)
            }
        });
    let Some(customer) = allowed else {
        return after_wrong_password(&inner, &mut state, &fields);
    };
    match state.authorisations.log_in(token, customer) {
        Some(token) if inner.settings.has(Variant::LoginBehindRedirects) => {
            let address = format!("{}/auth/consent?session={token}", inner.settings.base_url);
            Redirect::to(&address).into_response()
        }
        Some(token) => {
            let page = consent_page(&inner.settings, &state, &token, customer);
            logged_in(&inner.settings, page, fields.text("username"))
        }
        None => refused(AuthorisationRefusal::NoSession, None),
    }
}

/// Returns the page behind a login, with a cookie if a fault knows the customer again by it.
fn logged_in(settings: &Settings, mut page: Response, username: &str) -> Response {
    let cookie = HeaderValue::from_str(&format!("{LOGIN_COOKIE}={username}"));
    if settings.shows(Fault::LoginSurvivesVisit)
        && let Ok(cookie) = cookie
    {
        page.headers_mut().insert(SET_COOKIE, cookie);
    }
    page
}

/// Returns the page after a wrong password: the login again, or the way back once the authorisation has ended.
fn after_wrong_password(inner: &Inner, state: &mut State, fields: &FormFields) -> Response {
    let token = fields.text("session");
    let loses_state = inner.settings.shows(Fault::WrongPasswordLosesState);
    let ends_at_once = loses_state || inner.settings.has(Variant::WrongPasswordLeadsBack);
    if inner.settings.shows(Fault::WrongPasswordIsFinal) {
        state.mistyped.insert(fields.text("username").to_owned());
    }
    if state.authorisations.fail_login(token) && !ends_at_once {
        let message = "User name or password is wrong.";
        return page::login(&inner.settings.base_url, token, Some(message));
    }
    // Too many wrong passwords end the authorisation; the browser is redirected without a report.
    let now = inner.clock.now();
    match state.authorisations.take(token, now, &inner.settings) {
        Ok(taken) if loses_state => redirect_to(taken.session.destination.without_state()),
        Ok(taken) => redirect(inner, &taken.session.destination),
        Err(refusal) => refused(refusal, None),
    }
}

/// Tells whether any customer has this password.
fn is_password(customers: &[Customer], text: &str) -> bool {
    let mut passwords = customers.iter().map(|customer| customer.password.as_str());
    passwords.any(|password| same(password.as_bytes(), text.as_bytes()))
}

/// Handles `GET /auth/consent`, to which one variant redirects after the login.
pub(super) async fn consent(Shared(inner): Shared<Arc<Inner>>, uri: Uri) -> Response {
    let fields = FormFields::read(uri.query().unwrap_or_default().as_bytes());
    let token = fields.text("session");
    let state = inner.state();
    let now = inner.clock.now();
    match state.authorisations.session(token, now, &inner.settings) {
        Ok(session) => match session.customer {
            Some(customer) => consent_page(&inner.settings, &state, token, customer),
            None => page::login(
                &inner.settings.base_url,
                token,
                Some("Please log in first."),
            ),
        },
        Err(refusal) => refused(refusal, None),
    }
}

fn consent_page(settings: &Settings, state: &State, token: &str, customer: usize) -> Response {
    let accounts = state.ledger.customers()[customer].accounts.iter();
    let names: Vec<_> = accounts.map(|account| account.name.clone()).collect();
    if settings.has(Variant::AccountsToTick) {
        return page::consent_with_boxes(&settings.base_url, token, &names);
    }
    page::consent(&settings.base_url, token, &names)
}

/// Handles `POST /auth/consent`.
pub(super) async fn decide(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let fields = FormFields::read(&body);
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
        match state.authorisations.session(token, now, &inner.settings) {
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
            .authorisations
            .take(token, now, &inner.settings)
            .map_err(|refusal| {
                let back = state
                    .authorisations
                    .destination(token)
                    .map(|destination| destination.url(&inner.settings));
                refused(refusal, back.as_deref())
            })
    };
    if !allow {
        inner.state().has_cancelled = true;
    }
    match decided {
        Err(refusal) => refusal,
        Ok(taken) if allow => report(&inner, taken).await,
        Ok(taken) => cancelled(&inner, taken).await,
    }
}

/// Sends the browser of a customer back who cancelled.
async fn cancelled(inner: &Arc<Inner>, taken: UsedAuthorisation) -> Response {
    let renews = taken.session.purpose.renews();
    let shows = |fault| inner.settings.shows(fault);
    if shows(Fault::ReportsCancelledConsent) || renews && shows(Fault::RenewsCancelledConsent) {
        return report(inner, taken).await;
    }
    if shows(Fault::CancelStrandsCustomer) || renews && shows(Fault::StrandsCancelledRenewal) {
        return page::notice(
            StatusCode::OK,
            "Cancelled",
            "You have cancelled. You may close this page.",
            None,
        );
    }
    if shows(Fault::ReusesCancelledAuthorisation) {
        inner.state().authorisations.reopen(&taken.authorisation);
    }
    if taken.session.customer.is_some() && shows(Fault::LateCancelLosesState) {
        return redirect_to(taken.session.destination.without_state());
    }
    redirect(inner, &taken.session.destination.cancelled())
}

/// Reports the consent to the service and, once it is acknowledged, redirects the browser.
async fn report(inner: &Arc<Inner>, taken: UsedAuthorisation) -> Response {
    let destination = taken.session.destination.clone();
    let shows = |fault| inner.settings.shows(fault);
    let renewed = match taken.session.purpose {
        Purpose::Link => None,
        Purpose::Renew { customer } => Some(customer),
    };
    let has_cancelled = inner.state().has_cancelled;
    if shows(Fault::CancelIsFinal) && has_cancelled && renewed.is_none() {
        return redirect(inner, &destination);
    }
    if shows(Fault::NoPatch) || renewed.is_some() && shows(Fault::NoPatchOnReauthorisation) {
        if let Some(customer) = renewed {
            posting::resume(inner, customer);
        }
        return redirect(inner, &destination);
    }
    if taken.session.customer.is_some_and(|customer| {
        shows(Fault::NoPatchForKnownCustomer)
            && renewed.is_none()
            && !inner.state().links.of_customer(customer).is_empty()
    }) {
        return redirect(inner, &destination);
    }
    let request = report::request(inner, &taken);
    if shows(Fault::RedirectsBeforePatch) {
        return redirect_first(inner, request, taken.session);
    }
    // In a task of its own the report continues when the browser closes the connection.
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
    let acknowledged = if shows(Fault::RedirectsBeforeAcknowledgement) {
        // The report waits for its turn; the task drops the sender at its end at the latest.
        let _ = begun.await;
        match tokio::time::timeout(HEAD_START, task).await {
            Ok(ended) => matches!(ended, Ok(Some(true))),
            Err(_) => true,
        }
    } else {
        matches!(task.await, Ok(Some(true)))
    };
    if acknowledged {
        return redirect(inner, &destination);
    }
    page_after_refusal(&inner.settings, &destination, renewed.is_some())
}

/// Returns the page for a customer whose report the service refused.
fn page_after_refusal(settings: &Settings, destination: &Destination, renews: bool) -> Response {
    let shows = |fault| settings.shows(fault);
    let back = destination.url(settings);
    if shows(Fault::ReportsSuccessAfterRejectedPatch) {
        let text = "Your accounts were linked.";
        return page::notice(StatusCode::OK, "Thank you", text, Some(&back));
    }
    if shows(Fault::TellsSuccessInMarkup) && !renews {
        return page::success_in_markup(&back);
    }
    if shows(Fault::TellsSuccessInImage) && !renews {
        return page::success_in_image(&back);
    }
    if shows(Fault::TellsSuccessAndMovesOn) && !renews {
        let next = format!("{}/auth/end", settings.base_url);
        return page::success_that_moves_on(&next, &back);
    }
    let (title, text) = if renews {
        (
            "Renewing failed",
            "Your consent could not be renewed. Please start again in your accounting product.",
        )
    } else if settings.has(Variant::FailureAsDenial) {
        (
            "Nothing was linked",
            "None of your accounts have been linked. © Success Holdings Ltd",
        )
    } else {
        (
            "Linking failed",
            "Your accounts could not be linked. Please start again in your accounting product.",
        )
    };
    page::notice(StatusCode::BAD_GATEWAY, title, text, Some(&back))
}

/// Handles `POST /auth/end`, the page behind the one that [`Fault::TellsSuccessAndMovesOn`] shows.
pub(super) async fn end(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let fields = FormFields::read(&body);
    let back = HeaderValue::from_str(fields.text("back"));
    match (inner.settings.shows(Fault::TellsSuccessAndMovesOn), back) {
        (true, Ok(back)) => (StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn redirect(inner: &Inner, destination: &Destination) -> Response {
    redirect_to(&destination.url(&inner.settings))
}

fn redirect_to(url: &str) -> Response {
    match HeaderValue::from_bytes(url.as_bytes()) {
        Ok(location) => (
            StatusCode::FOUND,
            [(LOCATION, location), (CACHE_CONTROL, NO_STORE)],
        )
            .into_response(),
        Err(_) => page::notice(
            StatusCode::BAD_REQUEST,
            "Not possible",
            "The redirect_uri is not a valid header value.",
            None,
        ),
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Redirects the browser and reports only after that response was sent.
fn redirect_first(inner: &Arc<Inner>, request: ApiRequest, session: Session) -> Response {
    let answer = redirect(inner, &session.destination);
    let (sent, handed_over) = oneshot::channel::<()>();
    let task = {
        let inner = Arc::clone(inner);
        async move {
            let work = async {
                // The body owns the sender and drops it once it is written or the connection is closed.
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

fn refused(refusal: AuthorisationRefusal, back: Option<&str>) -> Response {
    let text = format!("Your request cannot be processed: {refusal}.");
    page::notice(StatusCode::FORBIDDEN, "Not possible", &text, back)
}

#[cfg(test)]
mod tests;
