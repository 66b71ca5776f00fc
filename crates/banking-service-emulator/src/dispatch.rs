//! From a request to its handler: reads the body, finds the route, checks the method.
//!
//! Access and effect of a request are left to the handlers.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::call::Call;
use super::context::Context;
use super::received::ReceivedRequest;
use super::refusal::Refusal;
use super::route::Route;
use super::{
    account, account_query, authorisation, bank, candidate, linking, reauthorisation, sage_id,
    screen, statement, sync, tenant, transaction,
};

/// Answers one request and remembers it; no content of a request makes it fail or panic.
pub(super) async fn answer(context: &Context, request: Request) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = serve(context, request)
        .await
        .unwrap_or_else(Refusal::into_response);
    context.received().push(ReceivedRequest {
        method,
        path,
        status: response.status(),
    });
    response
}

async fn serve(context: &Context, request: Request) -> Result<Response, Refusal> {
    let call = Call::read(request, context.settings().rulings.duplicate_keys).await?;
    let Some(route) = Route::find(&call.path) else {
        return Err(Refusal::not_found("this service has no such path"));
    };
    if !route.allows(&call.method) {
        let mut response = Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("this path allows {}", route.allowed()),
        )
        .into_response();
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(route.allowed()));
        return Ok(response);
    }
    match &route {
        Route::Token => Ok(sage_id::issue(context, &call)),
        Route::Discovery => Ok(sage_id::discovery(context)),
        Route::KeySet => Ok(sage_id::key_set(context)),
        Route::Organisations => tenant::create(context, &call),
        Route::AccessToken => tenant::access_token(context, &call),
        Route::Bank(id) => bank::read(context, &call, id),
        Route::LinkAccount(company) => linking::start(context, &call, company).await,
        Route::Poll(token) => linking::poll(context, token),
        Route::Accounts(company) if call.method == Method::POST => {
            account::create(context, &call, company)
        }
        Route::Accounts(company) => account::list(context, &call, company),
        Route::Account(company, id) if call.method == Method::DELETE => {
            account::delete(context, &call, company, id)
        }
        Route::Account(company, id) => account::read(context, &call, company, id),
        Route::Transactions(company, id) => transaction::list(context, &call, company, id),
        Route::AvailableAccounts(company) => candidate::list(context, &call, company),
        Route::LinkAvailable(company) => candidate::link(context, &call, company),
        Route::Reauthorise(company, id) => {
            reauthorisation::start(context, &call, company, id).await
        }
        Route::Authorisation(id) => authorisation::report(context, &call, id),
        Route::Statements => statement::create(context, &call),
        Route::Statement(id) => statement::read(context, &call, id),
        Route::AccountQueries => account_query::answer(context, &call),
        Route::Banks => bank::synchronise(context, &call),
        Route::Sync => sync::report(context, &call),
        Route::UiAuthorisation(id) => Ok(screen::open(context, id)),
        Route::UiReturn => Ok(screen::come_back(context, &call)),
        Route::UiChoice => Ok(screen::choose(context, &call)),
    }
}
