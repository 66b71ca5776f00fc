//! Organisations, their companies and the product's tokens: C1 and C2.
//!
//! What a signature covers is left to `signature`, what a token opens to `consumer_gate`.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use super::call::Call;
use super::fields::Fields;
use super::refusal::Refusal;
use super::state::{ORGANISATIONS_MAX, Organisation, Place};
use super::{Service, consumer_gate, reply};

/// C1, POST organisations: makes an organisation with one company.
///
/// # Errors
/// 401 for a wrong application or signature, 400 or 415 for the body.
pub(super) fn create(service: &Service, call: &Call) -> Result<Response, Refusal> {
    consumer_gate::check_application(service, call)?;
    let settings = service.settings();
    consumer_gate::check_signature(
        service,
        call,
        &settings.application_key,
        &settings.application,
    )?;
    check_organisation(call)?;
    let place = Place {
        organisation: Uuid::new_v4(),
        company: Uuid::new_v4(),
    };
    let signing_key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    {
        let mut state = service.state();
        if state.organisations.len() >= ORGANISATIONS_MAX {
            return Err(Refusal::full("organisations"));
        }
        state.companies.insert(place, Vec::new());
        state.organisations.insert(
            place.organisation,
            Organisation {
                signing_key: signing_key.clone(),
            },
        );
    }
    Ok(reply::json(
        StatusCode::CREATED,
        &json!({
            "organisationId": place.organisation.to_string(),
            "companies": [place.company.to_string()],
            "token": signing_key,
        }),
    ))
}

/// C2, GET (or POST) accesstoken: issues the product's token for one company.
///
/// # Errors
/// 401 for an unknown application, organisation or company and for a wrong signature.
pub(super) fn access_token(service: &Service, call: &Call) -> Result<Response, Refusal> {
    consumer_gate::check_application(service, call)?;
    let id = |name: &str| {
        call.header(name)
            .and_then(|text| Uuid::try_parse(text).ok())
            .ok_or_else(|| Refusal::unauthorized(format!("{name} is missing or not a UUID")))
    };
    let place = Place {
        organisation: id("x-organisation-id")?,
        company: id("x-company-id")?,
    };
    let signing_key = {
        let state = service.state();
        state
            .organisations
            .get(&place.organisation)
            .filter(|_| state.companies.contains_key(&place))
            .map(|organisation| organisation.signing_key.clone())
            .ok_or_else(|| Refusal::unauthorized("organisation or company is unknown"))?
    };
    consumer_gate::check_signature(service, call, &signing_key, &place.organisation.to_string())?;
    let token = consumer_gate::issue(service, place);
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
