//! Organisations, their companies and the product's tokens: C1 and C2.
//!
//! The content of a signature is left to `signature`, access with a token to `consumer_gate`.

use std::fmt;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::refusal::Refusal;
use super::state::{CompanyKey, ORGANISATIONS_MAX, Organisation, State};
use super::{consumer_gate, reply};

/// C1, POST organisations: makes an organisation with one company.
///
/// # Errors
/// 401 for a wrong application or signature, 400 or 415 for the body.
pub(super) fn create(context: &Context, call: &Call) -> Result<Response, Refusal> {
    consumer_gate::check_application(context, call)?;
    let settings = context.settings();
    consumer_gate::check_signature(
        context,
        call,
        &settings.application_key,
        &settings.application,
    )?;
    check_organisation(call)?;
    let (company, signing_key) = open_organisation(&mut context.state())?;
    Ok(reply::json(
        StatusCode::CREATED,
        &json!({
            "organisationId": company.organisation.to_string(),
            "companies": [company.company.to_string()],
            "token": signing_key,
        }),
    ))
}

/// Stores a new organisation with one company, and returns both with the organisation's signing key.
///
/// # Errors
/// 503 if the Service stores no more organisations.
fn open_organisation(state: &mut State) -> Result<(CompanyKey, String), Refusal> {
    if state.organisations.len() >= ORGANISATIONS_MAX {
        return Err(Refusal::full("organisations"));
    }
    let company = CompanyKey {
        organisation: Uuid::new_v4(),
        company: Uuid::new_v4(),
    };
    let signing_key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    state.companies.insert(company, Vec::new());
    let organisation = Organisation {
        signing_key: signing_key.clone(),
    };
    state
        .organisations
        .insert(company.organisation, organisation);
    Ok((company, signing_key))
}

/// A company of a product, with the token that the Consumer API accepts for it.
///
/// [`Service::create_company`](super::Service::create_company) makes one.
///
/// ```
/// use axum::http::Request;
/// use banking_service_emulator::{Service, Settings};
///
/// let service = Service::new(Settings {
///     base_url: "http://127.0.0.1:8080".to_owned(),
///     ..Settings::default()
/// });
/// let company = service.create_company();
/// let list_accounts = Request::get(company.url("bankaccounts"))
///     .header("authorization", format!("Bearer {}", company.token));
/// assert_eq!(list_accounts.uri_ref().and_then(|uri| uri.port_u16()), Some(8080));
/// ```
#[derive(Clone)]
pub struct ProductCompany {
    /// Id of the organisation.
    pub organisation: Uuid,
    /// Id of the company.
    pub company: Uuid,
    /// Token for `Authorization: Bearer …`; it lives for the setting `product_token_life`.
    pub token: String,
    base_url: String,
}

impl ProductCompany {
    /// Returns the absolute URL of `rest` below the company, such as `bankaccounts`.
    pub fn url(&self, rest: &str) -> String {
        format!(
            "{}/api/v1/organisations/{}/companies/{}/{rest}",
            self.base_url, self.organisation, self.company
        )
    }
}

impl fmt::Debug for ProductCompany {
    /// Leaves the token out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProductCompany")
            .field("organisation", &self.organisation)
            .field("company", &self.company)
            .finish_non_exhaustive()
    }
}

/// Makes an organisation with one company and a token, for a test that does not sign.
///
/// # Panics
/// If the Service stores no more organisations.
#[expect(
    clippy::expect_used,
    reason = "documented as a panic: a test has no use for an error"
)]
pub(super) fn create_company(context: &Context) -> ProductCompany {
    let opened = open_organisation(&mut context.state());
    let (company, _) = opened.expect("a test makes fewer organisations than a Service stores");
    ProductCompany {
        organisation: company.organisation,
        company: company.company,
        token: consumer_gate::issue(context, company),
        base_url: context.base_url().to_owned(),
    }
}

/// C2, GET (or POST) accesstoken: issues the product's token for one company.
///
/// # Errors
/// 401 for an unknown application, organisation or company and for a wrong signature.
pub(super) fn access_token(context: &Context, call: &Call) -> Result<Response, Refusal> {
    consumer_gate::check_application(context, call)?;
    let id = |name: &str| {
        call.header(name)
            .and_then(|text| Uuid::try_parse(text).ok())
            .ok_or_else(|| Refusal::unauthorized(format!("{name} is missing or not a UUID")))
    };
    let owner = CompanyKey {
        organisation: id("x-organisation-id")?,
        company: id("x-company-id")?,
    };
    let signing_key = {
        let state = context.state();
        state
            .organisations
            .get(&owner.organisation)
            .filter(|_| state.companies.contains_key(&owner))
            .map(|organisation| organisation.signing_key.clone())
            .ok_or_else(|| Refusal::unauthorized("organisation or company is unknown"))?
    };
    consumer_gate::check_signature(context, call, &signing_key, &owner.organisation.to_string())?;
    let token = consumer_gate::issue(context, owner);
    Ok(reply::json(StatusCode::OK, &json!({ "jwt": token })))
}

fn check_organisation(call: &Call) -> Result<(), Refusal> {
    let body = call.json()?;
    let root = Fields::read("", &body)?;
    root.optional_text("crmId")?;
    let company = root.object("company")?;
    company.text("name")?;
    for name in [
        "postalCode",
        "standardIndustrialCode",
        "vatNumber",
        "languageCode",
    ] {
        company.optional_text(name)?;
    }
    if let Some(user) = root.optional_object("user")? {
        user.optional_text("emailAddress")?;
        user.optional_text("identity")?;
    }
    Ok(())
}
