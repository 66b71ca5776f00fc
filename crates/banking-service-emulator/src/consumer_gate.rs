//! Access to the Consumer API: the application, its signature, and the product's token.
//!
//! Statuses of refused products are rulings; no source shows one. Making organisations and their keys is left to
//! `tenant`.

use serde_json::json;
use uuid::Uuid;

use super::call::{Call, SentBearer};
use super::context::Context;
use super::moment::Moment;
use super::provider_gate;
use super::refusal::Refusal;
use super::route::CompanyPath;
use super::secret::secrets_match;
use super::signature::SignedRequest;
use super::state::CompanyKey;
use super::token::{self, Signer};

/// Issuer of a product's token, as in the published sample.
const ISSUER: &str = "wpb-auth";

/// Maximum number of characters of a nonce. Source: token structure page.
const NONCE_CHARS_MAX: usize = 200;

/// Checks x-application.
///
/// # Errors
/// 401 if it is missing or names another application.
pub(super) fn check_application(context: &Context, call: &Call) -> Result<(), Refusal> {
    match call.header("x-application") {
        Some(application) if secrets_match(application, &context.settings().application) => Ok(()),
        Some(_) => Err(Refusal::unauthorized(
            "x-application names no registered application",
        )),
        None => Err(Refusal::unauthorized("x-application is missing")),
    }
}

/// Checks x-nonce and x-signature over the URL the caller used; a valid signature uses up its nonce.
///
/// The base URL and the Host header each give a candidate for that URL: a caller may reach the Service through a proxy,
/// or as localhost. Either is accepted.
/// The raw body is tried first, then its compact JSON form: sources differ in which is signed.
/// `signer` separates the nonces of different keys.
///
/// # Errors
/// 401 if a header is missing, the signature is wrong or the nonce was used before.
pub(super) fn check_signature(
    context: &Context,
    call: &Call,
    signing_key: &str,
    signer: &str,
) -> Result<(), Refusal> {
    let nonce = call
        .header("x-nonce")
        .filter(|nonce| !nonce.is_empty() && nonce.chars().count() <= NONCE_CHARS_MAX)
        .ok_or_else(|| {
            Refusal::unauthorized(format!(
                "x-nonce must have 1 to {NONCE_CHARS_MAX} characters"
            ))
        })?;
    let signature = call
        .header("x-signature")
        .ok_or_else(|| Refusal::unauthorized("x-signature is missing"))?;
    let urls = signed_urls(context, call);
    let holds = |body: &[u8]| {
        urls.iter().any(|url| {
            SignedRequest {
                method: call.method.as_str(),
                url,
                query: &call.query,
                body,
                nonce,
            }
            .holds(signing_key, signature)
        })
    };
    let compact = || call.parse_json().map(|body| body.to_string());
    if !holds(&call.body) && !compact().is_ok_and(|body| holds(body.as_bytes())) {
        return Err(Refusal::unauthorized(format!(
            "x-signature does not hold for {} {}",
            call.method,
            urls.join(" or ")
        )));
    }
    let mut state = context.state();
    let seen = (signer.to_owned(), nonce.to_owned());
    if state.nonces.get(&seen).is_some() {
        return Err(Refusal::unauthorized("x-nonce was used before"));
    }
    state.nonces.insert(seen, ());
    Ok(())
}

/// The URLs that a caller may have signed: below the base URL first, then with the host that it named.
fn signed_urls(context: &Context, call: &Call) -> Vec<String> {
    let base = context.base_url();
    let mut urls = vec![format!("{base}{}", call.path)];
    let Some(host) = call.header("host") else {
        return urls;
    };
    // A reverse proxy may terminate TLS, and may strip or keep a path.
    let prefix = base
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|start| &rest[start..]))
        .unwrap_or_default();
    for scheme in ["http", "https"] {
        for prefix in [prefix, ""] {
            let url = format!("{scheme}://{host}{prefix}{}", call.path);
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
    }
    urls
}

/// Issues the product's token for one company.
pub(super) fn issue(context: &Context, owner: CompanyKey) -> String {
    let jti = Uuid::new_v4();
    let now = Moment::now();
    let expires = now.plus(context.settings().rulings.product_token_life);
    let claims = json!({
        "iss": ISSUER,
        "organisationId": owner.organisation.to_string(),
        "companyId": owner.company.to_string(),
        "sourceProduct": context.settings().application,
        "iat": now.seconds(),
        "exp": expires.seconds(),
        "jti": jti.to_string(),
    });
    let token = token::sign(&claims, Signer::Own);
    context.state().tokens.insert(jti, expires);
    token
}

/// Checks the product's token against the company its path names, and x-application where it is sent.
///
/// # Errors
/// 401 for a token that is missing, foreign or expired, 403 for one of another company.
pub(super) fn admit(
    context: &Context,
    call: &Call,
    company: &CompanyPath,
) -> Result<CompanyKey, Refusal> {
    if call.headers.contains_key("x-application") {
        check_application(context, call)?;
    }
    let SentBearer::Sent(text) = call.bearer() else {
        return Err(Refusal::unauthorized(
            "the authorization header must be a bearer from accesstoken",
        ));
    };
    let foreign = || Refusal::unauthorized("the bearer was not issued by accesstoken");
    let claims = token::read(text).ok_or_else(foreign)?;
    let id = |name: &str| Uuid::try_parse(claims.get(name)?.as_str()?).ok();
    let (Some(ISSUER), Some(organisation), Some(company_id)) = (
        claims.get("iss").and_then(|issuer| issuer.as_str()),
        id("organisationId"),
        id("companyId"),
    ) else {
        return Err(foreign());
    };
    let owner = CompanyKey {
        organisation,
        company: company_id,
    };
    if !context.state().companies.contains_key(&owner) {
        return Err(foreign());
    }
    if !provider_gate::alive(context, &claims) {
        return Err(Refusal::unauthorized(
            "the bearer has expired; get a new one from accesstoken",
        ));
    }
    let named = Uuid::try_parse(&company.organisation)
        .ok()
        .zip(Uuid::try_parse(&company.company).ok());
    if named != Some((owner.organisation, owner.company)) {
        return Err(Refusal::forbidden(
            "the bearer is for another company than the path",
        ));
    }
    Ok(owner)
}
