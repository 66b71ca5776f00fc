//! Checks the Sage ID tokens of incoming requests: signed with RS256 and a published key, the right audience, not expired.
//!
//! It fetches the keys for the first token, and again for a token with an unknown key.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::sage::Sage;
use crate::settings::Settings;

/// The largest accepted difference of clocks.
const LEEWAY_SECONDS: i64 = 60;

/// The pause before keys are fetched again, so that invented key ids cannot cause many requests to Sage ID.
const FETCH_AGAIN: Duration = Duration::from_secs(5);

/// Checks bearers.
pub struct Bearers {
    issuer: String,
    audience: String,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    /// Modulus and exponent, by key id.
    known: HashMap<String, RsaPublicKeyComponents<Vec<u8>>>,
    fetched: Option<Instant>,
}

/// Why a bearer is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The token is not valid.
    Invalid(&'static str),
    /// The keys could not be fetched, which is no fault of the caller.
    NoKeys(String),
}

impl Bearers {
    /// Makes a checker; it fetches keys later.
    pub fn new(settings: &Settings) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            audience: settings.notification_audience.clone(),
            keys: Mutex::default(),
        }
    }

    /// Checks the value of an `Authorization` header.
    ///
    /// # Errors
    /// [`Refused`] with the reason.
    pub async fn check(&self, sage: &Sage, header: Option<&str>) -> Result<(), Refused> {
        let invalid = Refused::Invalid;
        let header = header.ok_or(invalid("no bearer"))?;
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(invalid("not a bearer")),
        };
        let (signed, signature) = token.rsplit_once('.').ok_or(invalid("not a token"))?;
        let (head, claims) = signed.split_once('.').ok_or(invalid("not a token"))?;
        let head = part(head).ok_or(invalid("not a token"))?;
        if head["alg"] != "RS256" {
            return Err(invalid("not signed with RS256"));
        }
        let key_id = head["kid"].as_str().ok_or(invalid("names no key"))?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| invalid("its signature is no base64url"))?;
        self.verify(sage, key_id, signed.as_bytes(), &signature)
            .await?;
        let claims = part(claims).ok_or(invalid("not a token"))?;
        if claims["iss"] != self.issuer.as_str() {
            return Err(invalid("issued by somebody else"));
        }
        let meant_for_us = match &claims["aud"] {
            Value::String(one) => *one == self.audience,
            Value::Array(several) => several
                .iter()
                .any(|audience| audience == self.audience.as_str()),
            _ => false,
        };
        if !meant_for_us {
            return Err(invalid("meant for another audience"));
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs().cast_signed());
        if claims["exp"]
            .as_i64()
            .is_none_or(|end| end + LEEWAY_SECONDS < now)
        {
            return Err(invalid("expired"));
        }
        if claims["nbf"]
            .as_i64()
            .is_some_and(|begin| begin - LEEWAY_SECONDS > now)
        {
            return Err(invalid("not valid yet"));
        }
        Ok(())
    }

    async fn verify(
        &self,
        sage: &Sage,
        key_id: &str,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), Refused> {
        let mut keys = self.keys.lock().await;
        let recent = keys.fetched.is_some_and(|at| at.elapsed() < FETCH_AGAIN);
        if !keys.known.contains_key(key_id) && !recent {
            let set = sage.key_set().await.map_err(Refused::NoKeys)?;
            keys.fetched = Some(Instant::now());
            keys.known = read_keys(&set);
        }
        let key = keys
            .known
            .get(key_id)
            .ok_or(Refused::Invalid("signed with a key that is not published"))?;
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            .map_err(|_| Refused::Invalid("its signature is wrong"))
    }
}

fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn read_keys(set: &Value) -> HashMap<String, RsaPublicKeyComponents<Vec<u8>>> {
    let keys = set["keys"].as_array().into_iter().flatten();
    keys.filter(|key| key["kty"] == "RSA")
        .filter_map(|key| {
            let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
            let components = RsaPublicKeyComponents {
                n: number("n")?,
                e: number("e")?,
            };
            Some((key["kid"].as_str()?.to_owned(), components))
        })
        .collect()
}
