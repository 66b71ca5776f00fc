//! Access to the Provider API: the x-api-key, the rate, and a Sage ID bearer, in that order.
//!
//! Statuses are rulings (a wrong header value is 403 by the authorisations page, an expired token
//! 401 by the statements flow). A caller with the key is throttled before its bearer is checked.

use super::call::{Call, SentBearer};
use super::context::Context;
use super::moment::Moment;
use super::refusal::Refusal;
use super::secret::secrets_match;
use super::{sage_id, token};
use tokio::time::Instant;
use uuid::Uuid;

/// Checks key, rate and bearer.
///
/// # Errors
/// The statuses of the settings: by default 403 for the key, 401 without a bearer, 403 for a foreign one, 401 for an
/// expired one; 429 beyond the rate.
pub(super) fn admit(context: &Context, call: &Call) -> Result<(), Refusal> {
    check_api_key(context, call)?;
    check_rate(context)?;
    check_bearer(context, call)
}

/// Checks the x-api-key alone.
///
/// # Errors
/// The setting `wrong_api_key` if it is missing, repeated or wrong.
pub(super) fn check_api_key(context: &Context, call: &Call) -> Result<(), Refusal> {
    match call.header("x-api-key") {
        Some(key) if secrets_match(key, &context.settings().api_key) => Ok(()),
        _ => Err(Refusal::new(
            context.settings().rulings.wrong_api_key,
            "wrong_api_key",
            "x-api-key is missing or wrong",
        )),
    }
}

/// Checks the rate and counts the request; a refused request is not counted.
///
/// # Errors
/// 429 beyond the rate, with a Retry-After if the setting says so.
pub(super) fn check_rate(context: &Context) -> Result<(), Refusal> {
    let mut state = context.state();
    let Some(throttle) = &mut state.throttle else {
        return Ok(());
    };
    throttle.admit(Instant::now()).map_err(|wait| {
        let shows_wait = context.settings().rulings.retry_after;
        Refusal::too_fast(shows_wait.then_some(wait))
    })
}

/// Checks the bearer alone: signed here, for this API, not expired.
///
/// A token of an earlier process under the same base URL is still valid, as it would be at a real identity provider; a
/// token of this process also ages with the Service.
///
/// # Errors
/// The statuses of the settings for a missing, a foreign and an expired bearer.
pub(super) fn check_bearer(context: &Context, call: &Call) -> Result<(), Refusal> {
    let rulings = &context.settings().rulings;
    let foreign = || {
        Refusal::new(
            rulings.foreign_bearer,
            "foreign_bearer",
            "the bearer is not a token that this Sage ID issued for the Provider API",
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
    let settings = context.settings();
    if claim("iss") != Some(sage_id::issuer(context).as_str())
        || claim("aud") != Some(settings.audience.as_str())
        || claim("sub") != Some(settings.client_id.as_str())
    {
        return Err(foreign());
    }
    if alive(context, &claims) {
        Ok(())
    } else {
        Err(Refusal::new(
            rulings.expired_bearer,
            "expired_bearer",
            "the bearer has expired; get a new one from Sage ID",
        ))
    }
}

/// Says whether a token of this Service has not expired, ageing included; a token without `exp` has expired.
pub(super) fn alive(
    context: &Context,
    claims: &serde_json::Map<String, serde_json::Value>,
) -> bool {
    let aged = claims
        .get("jti")
        .and_then(|jti| Uuid::try_parse(jti.as_str()?).ok())
        .and_then(|jti| context.state().tokens.get(&jti).copied());
    let expires = aged.or_else(|| {
        let seconds = claims.get("exp")?.as_i64()?;
        Some(Moment::from_seconds(seconds))
    });
    expires.is_some_and(|expires| Moment::now() < expires)
}
