//! The identity provider: tokens for client credentials, discovery document and key set.
//!
//! What a token gives access to is left to `provider_gate`.

use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::fields::describe;
use super::moment::Moment;
use super::refusal::Refusal;
use super::reply;
use super::secret::secrets_match;
use super::token::{self, Signer};

/// POST /oauth/token: form or JSON, client credentials only (RFC 6749, section 4.4).
pub(super) fn issue(context: &Context, call: &Call) -> Response {
    match grant(context, call) {
        Ok(answer) => reply::json(StatusCode::OK, &answer),
        Err(refusal) => reply::json(
            refusal.status,
            // RFC 6749, section 5.2 names the first two members; the others are those of every other refusal.
            &json!({
                "error": refusal.code,
                "error_description": refusal.message,
                "code": refusal.code,
                "message": refusal.message,
            }),
        ),
    }
}

/// GET /.well-known/openid-configuration.
pub(super) fn discovery(context: &Context) -> Response {
    let base = base(context);
    reply::json(
        StatusCode::OK,
        &json!({
            "issuer": issuer(context),
            "token_endpoint": format!("{base}/oauth/token"),
            "jwks_uri": format!("{base}/.well-known/jwks.json"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }),
    )
}

/// GET /.well-known/jwks.json.
pub(super) fn key_set(context: &Context) -> Response {
    let state = context.state();
    let keys = state.temporary_keys.iter();
    let keys = keys.map(|(kid, key)| (kid.as_str(), *key));
    reply::json(StatusCode::OK, &token::key_set(keys))
}

/// The `iss` claim of every Sage ID token: the setting `issuer`, else its own address.
pub(super) fn issuer(context: &Context) -> String {
    let issuer = context.settings().rulings.issuer.clone();
    issuer.unwrap_or_else(|| base(context))
}

/// Where Sage ID is reached.
fn base(context: &Context) -> String {
    format!("{}/sageid", context.base_url())
}

/// Signs a Sage ID token that lives from `issued` for the setting `token_life`.
pub(super) fn token(
    context: &Context,
    audience: &str,
    issued: Moment,
    jti: Uuid,
    signer: Signer,
) -> String {
    token::sign(&claims(context, audience, issued, jti).into(), signer)
}

/// Returns the claims of a Sage ID token that lives from `issued` for the setting `token_life`.
pub(super) fn claims(
    context: &Context,
    audience: &str,
    issued: Moment,
    jti: Uuid,
) -> Map<String, Value> {
    let settings = context.settings();
    let claims = [
        ("iss", json!(issuer(context))),
        ("aud", json!(audience)),
        ("sub", json!(settings.client_id)),
        ("iat", json!(issued.seconds())),
        (
            "exp",
            json!(issued.plus(settings.rulings.token_life).seconds()),
        ),
        ("jti", json!(jti.to_string())),
    ];
    let claims = claims.into_iter();
    claims
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn grant(context: &Context, call: &Call) -> Result<Value, Refusal> {
    let request = TokenRequest::read(call)?;
    let settings = context.settings();
    if request.grant_type != "client_credentials" {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "grant_type must be `client_credentials`",
        ));
    }
    let known = secrets_match(&request.client_id, &settings.client_id)
        & secrets_match(&request.client_secret, &settings.client_secret);
    if !known {
        return Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "client_id or client_secret is wrong",
        ));
    }
    if request.audience != settings.audience {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "invalid_target",
            "audience is unknown; it must be the audience of the Provider API",
        ));
    }
    let jti = Uuid::new_v4();
    let now = Moment::now();
    let token = token(context, &settings.audience, now, jti, Signer::Own);
    let life = settings.rulings.token_life;
    context.state().tokens.insert(jti, now.plus(life));
    Ok(json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": life.as_secs(),
    }))
}

/// The members of a token request.
const FIELDS: [&str; 4] = ["grant_type", "client_id", "client_secret", "audience"];

struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    audience: String,
}

impl TokenRequest {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let pairs = match call.media_type().as_deref() {
            Some("application/x-www-form-urlencoded") => call.form().map_err(invalid)?,
            Some("application/json") => json_pairs(&call.parse_json().map_err(invalid)?)?,
            _ => {
                return Err(Refusal::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "invalid_request",
                    "the content-type must be application/x-www-form-urlencoded or application/json",
                ));
            }
        };
        let elsewhere = if call.headers.contains_key(header::AUTHORIZATION) {
            "; Sage's pages show the credentials in the body, not in an authorization header"
        } else {
            ""
        };
        let field = |name: &str| {
            let mut values = pairs.iter().filter(|(key, _)| key == name);
            match (values.next(), values.next()) {
                (Some((_, value)), None) if !value.is_empty() => Ok(value.clone()),
                (Some(_), Some(_)) => Err(invalid(Refusal::malformed(format!(
                    "{name} is repeated; send it once"
                )))),
                _ => Err(invalid(Refusal::malformed(format!(
                    "{name} is missing or empty{elsewhere}"
                )))),
            }
        };
        Ok(Self {
            grant_type: field("grant_type")?,
            client_id: field("client_id")?,
            client_secret: field("client_secret")?,
            audience: field("audience")?,
        })
    }
}

fn json_pairs(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let Value::Object(members) = body else {
        return Err(invalid(Refusal::malformed(format!(
            "the body must be a JSON object, but is {}",
            describe(body)
        ))));
    };
    let mut pairs = Vec::new();
    for (name, value) in members {
        match value {
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            _ if value.is_null() || !FIELDS.contains(&name.as_str()) => {}
            _ => {
                let message = format!("{name} must be a string, but is {}", describe(value));
                return Err(invalid(Refusal::malformed(message)));
            }
        }
    }
    Ok(pairs)
}

fn invalid(refusal: Refusal) -> Refusal {
    Refusal {
        code: "invalid_request",
        ..refusal
    }
}
