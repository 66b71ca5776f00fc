//! Who may call the Provider API: the x-api-key and a Sage ID bearer, in that order.
//!
//! Statuses are rulings (a wrong header value is 403 by the authorisations page, an expired token
//! 401 by the statements flow). Whoever has the key is throttled before the bearer is looked at.

use super::Service;
use super::call::{Call, SentBearer};
use super::moment::Moment;
use super::refusal::Refusal;
use super::secret::secrets_match;
use super::{sage_id, token};
use tokio::time::Instant;
use uuid::Uuid;

/// Checks key, rate and bearer.
///
/// # Errors
/// The ruled statuses: normally 403 for the key, 401 without a bearer, 403 for a foreign one, 401
/// for an expired one; 429 beyond the ruled rate.
pub(super) fn admit(service: &Service, call: &Call) -> Result<(), Refusal> {
    check_api_key(service, call)?;
    check_rate(service)?;
    check_bearer(service, call)
}

/// Checks the x-api-key alone.
///
/// # Errors
/// The ruled status if it is missing, repeated or wrong.
pub(super) fn check_api_key(service: &Service, call: &Call) -> Result<(), Refusal> {
    match call.header("x-api-key") {
        Some(key) if secrets_match(key, &service.settings().api_key) => Ok(()),
        _ => Err(Refusal::new(
            service.settings().rulings.wrong_api_key,
            "wrong_api_key",
            "x-api-key is missing or wrong",
        )),
    }
}

/// Checks that the ruled rate is kept, and counts the request; a refused one is not counted.
///
/// # Errors
/// 429 beyond the rate, with a Retry-After if the ruling says so.
pub(super) fn check_rate(service: &Service) -> Result<(), Refusal> {
    let mut state = service.state();
    let Some(throttle) = &mut state.throttle else {
        return Ok(());
    };
    throttle.admit(Instant::now()).map_err(|wait| {
        let told = service.settings().rulings.retry_after;
        Refusal::too_fast(told.then_some(wait))
    })
}

/// Checks the bearer alone: signed here, for this API, not expired.
///
/// A token of an earlier process under the same base URL is still good, as it would be at a real
/// identity provider; a token of this one also ages with the Service.
///
/// # Errors
/// The ruled statuses for a missing, a foreign and an expired bearer.
pub(super) fn check_bearer(service: &Service, call: &Call) -> Result<(), Refusal> {
    let rulings = &service.settings().rulings;
    let foreign = || {
        Refusal::new(
            rulings.foreign_bearer,
            "foreign_bearer",
            "the bearer is not a token of this sage id for the provider api",
        )
    };
    let text = match call.bearer() {
        SentBearer::Missing => {
            return Err(Refusal::new(
                rulings.missing_bearer,
                "missing_bearer",
                "the authorization header is missing",
            ));
        }
        SentBearer::Malformed => return Err(foreign()),
        SentBearer::Sent(text) => text,
    };
    let claims = token::read(text).ok_or_else(foreign)?;
    let claim = |name: &str| claims.get(name).and_then(|value| value.as_str());
    let settings = service.settings();
    if claim("iss") != Some(sage_id::issuer(service).as_str())
        || claim("aud") != Some(settings.audience.as_str())
        || claim("sub") != Some(settings.client_id.as_str())
    {
        return Err(foreign());
    }
    if alive(service, &claims) {
        Ok(())
    } else {
        Err(Refusal::new(
            rulings.expired_bearer,
            "expired_bearer",
            "the bearer has expired; ask sage id for a new one",
        ))
    }
}

/// Says whether a token of ours has not run out, ageing included; one without `exp` has.
pub(super) fn alive(
    service: &Service,
    claims: &serde_json::Map<String, serde_json::Value>,
) -> bool {
    let aged = claims
        .get("jti")
        .and_then(|jti| Uuid::try_parse(jti.as_str()?).ok())
        .and_then(|jti| service.state().tokens.get(&jti).copied());
    let expires = aged.or_else(|| {
        let seconds = claims.get("exp")?.as_i64()?;
        Some(Moment::from_seconds(seconds))
    });
    expires.is_some_and(|expires| Moment::now() < expires)
}
