//! From a request to its handler: reads the body, finds the route, checks the method.
//!
//! Who may call and what happens is left to the handlers.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::call::Call;
use super::received::ReceivedRequest;
use super::refusal::Refusal;
use super::route::Route;
use super::{
    Service, account, account_query, authorisation, bank, candidate, linking, reauthorisation,
    sage_id, screen, statement, sync, tenant, transaction,
};

/// Answers one request and remembers it; no content of a request makes it fail or panic.
pub(super) async fn answer(service: &Service, request: Request) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = serve(service, request)
        .await
        .unwrap_or_else(Refusal::into_response);
    service.remember(ReceivedRequest {
        method,
        path,
        status: response.status(),
    });
    response
}

async fn serve(service: &Service, request: Request) -> Result<Response, Refusal> {
    let call = Call::read(request).await?;
    let Some(route) = Route::find(&call.path) else {
        return Err(Refusal::not_found("this service has no such path"));
    };
    if !route.allows(&call.method) {
        let mut response = Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("allowed here: {}", route.allowed()),
        )
        .into_response();
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(route.allowed()));
        return Ok(response);
    }
    match &route {
        Route::Token => Ok(sage_id::issue(service, &call)),
        Route::Discovery => Ok(sage_id::discovery(service)),
        Route::KeySet => Ok(sage_id::key_set()),
        Route::Organisations => tenant::create(service, &call),
        Route::AccessToken => tenant::access_token(service, &call),
        Route::Bank(id) => bank::read(service, &call, id),
        Route::LinkAccount(company) => linking::start(service, &call, company).await,
        Route::Poll(token) => linking::poll(service, token),
        Route::Accounts(company) if call.method == Method::POST => {
            account::create(service, &call, company)
        }
        Route::Accounts(company) => account::list(service, &call, company),
        Route::Account(company, id) if call.method == Method::DELETE => {
            account::delete(service, &call, company, id)
        }
        Route::Account(company, id) => account::read(service, &call, company, id),
        Route::Transactions(company, id) => transaction::list(service, &call, company, id),
        Route::AvailableAccounts(company) => candidate::list(service, &call, company),
        Route::LinkAvailable(company) => candidate::link(service, &call, company),
        Route::Reauthorise(company, id) => {
            reauthorisation::start(service, &call, company, id).await
        }
        Route::Authorisation(id) => authorisation::report(service, &call, id),
        Route::Statements => statement::create(service, &call),
        Route::Statement(id) => statement::read(service, &call, id),
        Route::AccountQueries => account_query::answer(service, &call),
        Route::Banks => bank::synchronise(service, &call),
        Route::Sync => sync::report(service, &call),
        Route::UiAuthorisation(id) => Ok(screen::open(service, id)),
        Route::UiReturn => Ok(screen::come_back(service, &call)),
        Route::UiChoice => Ok(screen::choose(service, &call)),
    }
}
