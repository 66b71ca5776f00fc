//! GET auth and authrefresh: the customer logs in and consents, the connector reports it and redirects the browser.
//!
//! Everything happens in one window, and without scripts unless `--scripted` asks for them, so that it works in a frame. Forms contain an unguessable ticket;
//! the connector keeps the data of the visit.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use reqwest::Method;
use serde_json::{Value, json};

use crate::authorisation::{Failed, Purpose, Visit};
use crate::bank::Customer;
use crate::fault::Fault;
use crate::listing::NO_BRANCH;
use crate::reply::{self, Pairs, escape};
use crate::{Connector, feed};

/// The most attempts to send a report.
const REPORTS_MAX: u32 = 3;

/// GET auth: the page on which a customer consents for the first time.
pub async fn open_auth(
    State(connector): State<Arc<Connector>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Pairs::read(query.as_deref().unwrap_or_default());
    let ours = query
        .get("bank")
        .is_some_and(|id| connector.knows_bank(&id.to_ascii_lowercase()));
    if !ours {
        return sorry(
            &connector,
            StatusCode::BAD_REQUEST,
            "This link is not for this bank.",
        );
    }
    open(&connector, &query, Purpose::Link)
}

/// GET authrefresh: the page on which a customer renews a consent.
pub async fn open_refresh(
    State(connector): State<Arc<Connector>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Pairs::read(query.as_deref().unwrap_or_default());
    let external_id = query.get("externalId").unwrap_or_default().to_owned();
    if connector.bank().owner(&external_id).is_none() {
        return sorry(
            &connector,
            StatusCode::BAD_REQUEST,
            "This link names no account of this bank.",
        );
    }
    open(&connector, &query, Purpose::Renew { external_id })
}

fn open(connector: &Connector, query: &Pairs, purpose: Purpose) -> Response {
    let wanted = ["authorisation_id", "redirect_uri", "state"].map(|name| query.get(name));
    let [Some(id), Some(redirect_uri), Some(state)] = wanted else {
        return sorry(
            connector,
            StatusCode::BAD_REQUEST,
            "This link is incomplete.",
        );
    };
    // The host is the service's affair; but nothing other than a web address may become of it.
    if !redirect_uri.starts_with("https://") && !redirect_uri.starts_with("http://") {
        return sorry(
            connector,
            StatusCode::BAD_REQUEST,
            "This link leads nowhere.",
        );
    }
    let now = Instant::now();
    let mut authorisations = connector.authorisations();
    if !connector.shows(Fault::OpensForAnybody)
        && let Err(refusal) = authorisations.check(id, now)
        && !(connector.shows(Fault::UsesIdsTwice) && refusal == crate::authorisation::Refusal::Used)
    {
        drop(authorisations);
        return sorry(connector, StatusCode::FORBIDDEN, refusal.text());
    }
    let ticket = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    let visit = Visit::new(
        id.to_owned(),
        redirect_uri.to_owned(),
        state.to_owned(),
        purpose,
        now,
    );
    authorisations.begin(ticket.clone(), visit);
    drop(authorisations);
    login_page(connector, &ticket, "")
}

/// POST login: the customer's name and password.
pub async fn log_in(State(connector): State<Arc<Connector>>, body: String) -> Response {
    let form = Pairs::read(&body);
    let ticket = form.get("ticket").unwrap_or_default();
    let Some(visit) = connector.authorisations().visit(ticket).cloned() else {
        return over(&connector);
    };
    if form.get("decision") == Some("cancel") {
        return cancel(&connector, ticket);
    }
    let username = form.get("username").unwrap_or_default();
    let password = form.get("password").unwrap_or_default();
    let customer = connector.bank().log_in(username, password).cloned();
    // A consent is renewed by the customer whose account it is, not by just any customer.
    let customer = customer.filter(|customer| match &visit.purpose {
        Purpose::Link => true,
        Purpose::Renew { external_id } => customer
            .accounts
            .iter()
            .any(|account| account.external_id == *external_id),
    });
    match customer {
        Some(customer) => {
            connector.authorisations().log_in(ticket, customer.username);
            consent_page(&connector, ticket, &customer)
        }
        None => {
            let failed = connector.authorisations().fail(ticket);
            match failed {
                Some(Failed::Again) => {
                    login_page(&connector, ticket, "<p>Name or password is wrong.</p>\n")
                }
                Some(Failed::Over(visit)) => back(&connector, &visit),
                None => over(&connector),
            }
        }
    }
}

/// POST consent: the customer's decision.
pub async fn decide(State(connector): State<Arc<Connector>>, body: String) -> Response {
    let form = Pairs::read(&body);
    let ticket = form.get("ticket").unwrap_or_default();
    if form.get("decision") != Some("allow") {
        return cancel(&connector, ticket);
    }
    // The authorisation is used up before anything is reported, so that a second click finds nothing.
    let visit = connector.authorisations().end(ticket);
    let Some((visit, username)) = visit.and_then(|visit| {
        let username = visit.customer.clone()?;
        Some((visit, username))
    }) else {
        return over(&connector);
    };
    if connector.shows(Fault::RedirectsEarly) {
        let (late, way) = (connector.clone(), visit.clone());
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            report(&late, &way, &username).await;
        });
        return back(&connector, &visit);
    }
    if report(&connector, &visit, &username).await {
        back(&connector, &visit)
    } else if connector.shows(Fault::HidesRefusal) {
        sorry(&connector, StatusCode::OK, "Your accounts are linked.")
    } else {
        // A customer who went back would read that all is well.
        sorry(
            &connector,
            StatusCode::BAD_GATEWAY,
            "Your consent could not be passed on. Nothing was linked.",
        )
    }
}

fn cancel(connector: &Connector, ticket: &str) -> Response {
    match connector.authorisations().end(ticket) {
        Some(_) if connector.shows(Fault::StrandsOnCancel) => {
            sorry(connector, StatusCode::OK, "You cancelled.")
        }
        Some(visit) => back(connector, &visit),
        None => over(connector),
    }
}

/// Reports a consent; returns whether the service acknowledged it.
async fn report(connector: &Arc<Connector>, visit: &Visit, username: &str) -> bool {
    connector.bank().set_consent(username, true);
    let Some(body) = connector
        .bank()
        .customer(username)
        .map(|customer| result(connector, &visit.purpose, customer))
    else {
        return false;
    };
    let path = format!("/authorisations/{}", visit.authorisation);
    let mut unclear = false;
    for attempt in 0..REPORTS_MAX {
        match connector.sage.call(Method::PATCH, &path, Some(&body)).await {
            Ok(answer) if answer.status == 204 || answer.status == 200 => {
                if visit.purpose != Purpose::Link {
                    feed::wake(connector, username);
                }
                return true;
            }
            // What is used up now was used by our earlier report.
            Ok(answer) if answer.status == 409 && unclear => return true,
            Ok(answer) if answer.status < 500 => {
                eprintln!(
                    "the report of {} was answered {}",
                    visit.authorisation, answer.status
                );
                return false;
            }
            Ok(answer) => eprintln!("the report was answered {}", answer.status),
            Err(cause) => eprintln!("the report was not response: {}", cause.0),
        }
        unclear = true;
        tokio::time::sleep(connector.settings.retry_pause * 2_u32.pow(attempt)).await;
    }
    false
}

/// The result of an authorisation: all accounts of the customer, or none when a consent is renewed.
fn result(connector: &Connector, purpose: &Purpose, customer: &Customer) -> Value {
    if *purpose != Purpose::Link && !connector.shows(Fault::ListsOnRenewal) {
        return json!({ "data": { "status": "success" } });
    }
    let most = if connector.shows(Fault::ReportsOneAccount) {
        1
    } else {
        usize::MAX
    };
    let no_branch = if connector.shows(Fault::BlankBranch) {
        ""
    } else {
        NO_BRANCH
    };
    let accounts: Vec<_> = customer
        .accounts
        .iter()
        .take(most)
        .map(|account| {
            json!({
                "bankAccountExternalId": account.external_id,
                "accountName": account.name,
                "bankIdentifier": customer.identifier,
                "branchIdentifier": account.branch.as_deref().unwrap_or(no_branch),
                "accountIdentifier": account.number,
            })
        })
        .collect();
    json!({ "data": { "status": "success", "bankAccounts": accounts } })
}

fn back(connector: &Connector, visit: &Visit) -> Response {
    if connector.shows(Fault::ForgetsState) {
        reply::redirect(&visit.redirect_uri)
    } else {
        reply::redirect(&visit.way_back())
    }
}

fn login_page(connector: &Connector, ticket: &str, said: &str) -> Response {
    let content = format!(
        "{said}<form method=\"post\" action=\"/login\">\n\
         <input type=\"hidden\" name=\"ticket\" value=\"{}\">\n\
         <p><label>User name <input name=\"username\" autocomplete=\"username\"></label></p>\n\
         <p><label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label></p>\n\
         <p><button name=\"decision\" value=\"login\">Log in</button>\n\
         <button name=\"decision\" value=\"cancel\" formnovalidate>Cancel</button></p>\n</form>",
        escape(ticket)
    );
    show(connector, "Northbank: log in", &content)
}

fn consent_page(connector: &Connector, ticket: &str, customer: &Customer) -> Response {
    let accounts: String = customer
        .accounts
        .iter()
        .map(|account| format!("<li>{}</li>\n", escape(&account.name)))
        .collect();
    let content = format!(
        "<p>Sage asks for the balances and bookings of these accounts:</p>\n<ul>\n{accounts}</ul>\n\
         <form method=\"post\" action=\"/consent\">\n\
         <input type=\"hidden\" name=\"ticket\" value=\"{}\">\n\
         <p><button name=\"decision\" value=\"allow\">Allow</button>\n\
         <button name=\"decision\" value=\"cancel\">Cancel</button></p>\n</form>",
        escape(ticket)
    );
    show(connector, "Northbank: your consent", &content)
}

fn show(connector: &Connector, title: &str, content: &str) -> Response {
    let content = if connector.settings.scripted {
        Cow::Owned(scripted(content))
    } else {
        Cow::Borrowed(content)
    };
    let mut response = reply::page(&connector.settings, StatusCode::OK, title, &content);
    if connector.shows(Fault::ForbidsFrames) {
        let policy = axum::http::HeaderValue::from_static("frame-ancestors 'none'");
        response
            .headers_mut()
            .insert("content-security-policy", policy);
    }
    response
}

/// Writes content that only a script shows, as the logins of many banks do.
fn scripted(content: &str) -> String {
    // In a string of a script, `<` may begin the end of the script.
    let text = Value::from(content).to_string().replace('<', "\\u003c");
    format!(
        "<noscript>Please allow scripts.</noscript>\n<div id=\"app\"></div>\n\
         <script>setTimeout(() => {{ document.getElementById('app').innerHTML = {text}; }}, 50);</script>"
    )
}

fn over(connector: &Connector) -> Response {
    sorry(
        connector,
        StatusCode::GONE,
        "This visit is over. Please start again.",
    )
}

fn sorry(connector: &Connector, status: StatusCode, text: &str) -> Response {
    reply::page(
        &connector.settings,
        status,
        "Northbank",
        &format!("<p>{}</p>", escape(text)),
    )
}
