//! Checks Sage ID bearers on incoming requests: an RS256 token, its key, issuer, audience and times.
//!
//! It is pure: the caller passes keys and time. `caller` fetches the key set.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pem::{EncodeConfig, LineEnding, Pem};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::fault::Fault;

/// The largest accepted difference between the clocks of Sage ID and this provider, in seconds.
const LEEWAY_S: f64 = 60.0;
/// The longest accepted token, in bytes.
const TOKEN_MAX: usize = 16 * 1024;

/// Why a bearer is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum BearerRefusal {
    /// It is not a signed token.
    #[error("the bearer is not a signed token")]
    Malformed,
    /// It is not signed with RS256.
    #[error("the bearer is not signed with RS256")]
    Algorithm,
    /// The key set does not contain its key.
    #[error("the bearer names a key that Sage ID does not publish")]
    UnknownKey,
    /// Its signature is not valid.
    #[error("the bearer's signature is not valid")]
    Signature,
    /// It has another issuer.
    #[error("the bearer has another issuer")]
    Issuer,
    /// It has another audience.
    #[error("the bearer has another audience")]
    Audience,
    /// It is expired, not yet valid, or has no expiry.
    #[error("the bearer is not valid at this time")]
    Time,
}

/// The required content of a bearer.
#[derive(Clone, Copy, Debug)]
pub(super) struct BearerRule<'a> {
    /// The issuer, compared exactly.
    pub issuer: &'a str,
    /// The audience, which must be one of the token's.
    pub audience: &'a str,
    /// The present time in seconds since 1970.
    pub now_s: f64,
    /// The provider's faults, of which some accept more.
    pub faults: &'a [Fault],
}

/// The public keys of an issuer, by key id.
#[derive(Clone, Debug, Default)]
pub(super) struct KeySet {
    keys: HashMap<Option<String>, Vec<PublicKey>>,
    /// The id of the first key of the document.
    first: Option<Option<String>>,
}

#[derive(Clone, Debug)]
struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

#[derive(Deserialize)]
struct KeySetDocument {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct KeyDocument {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: String,
    e: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl KeySet {
    /// Reads a JSON Web Key Set; keys of other kinds and purposes are left out.
    ///
    /// # Errors
    /// The document is not a key set.
    pub(super) fn parse(document: &[u8]) -> serde_json::Result<Self> {
        let document: KeySetDocument = serde_json::from_slice(document)?;
        let mut keys: HashMap<_, Vec<_>> = HashMap::new();
        let mut first = None;
        for entry in document.keys {
            let Ok(entry) = serde_json::from_value::<KeyDocument>(entry) else {
                continue;
            };
            let signs = entry.purpose.is_none_or(|purpose| purpose == "sig");
            let fits = entry.kty == "RSA" && entry.alg.is_none_or(|alg| alg == "RS256");
            let (Ok(modulus), Ok(exponent)) = (
                URL_SAFE_NO_PAD.decode(entry.n),
                URL_SAFE_NO_PAD.decode(entry.e),
            ) else {
                continue;
            };
            if signs && fits {
                first.get_or_insert_with(|| entry.kid.clone());
                keys.entry(entry.kid)
                    .or_default()
                    .push(PublicKey { modulus, exponent });
            }
        }
        Ok(KeySet { keys, first })
    }

    /// Adds the keys of an earlier key set.
    pub(super) fn keep(mut self, earlier: &KeySet) -> Self {
        for (kid, keys) in &earlier.keys {
            self.keys.entry(kid.clone()).or_insert_with(|| keys.clone());
        }
        self
    }

    /// Checks a compact token.
    ///
    /// # Errors
    /// The first error. After [`BearerRefusal::UnknownKey`], a new key set may contain the key.
    pub(super) fn check(&self, token: &str, rule: &BearerRule<'_>) -> Result<(), BearerRefusal> {
        if token.len() > TOKEN_MAX {
            return Err(BearerRefusal::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(BearerRefusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(BearerRefusal::Malformed)?;
        let header: Header = decode(header)?;
        let claims: Value = decode(claims)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| BearerRefusal::Malformed)?;
        if accepts_algorithm(&header, self, signed, &signature, rule) {
            return check_claims(&claims, rule);
        }
        if header.alg != "RS256" || header.crit.is_some() {
            return Err(BearerRefusal::Algorithm);
        }
        let candidates: Vec<&PublicKey> = match header.kid {
            None => self.keys.values().flatten().collect(),
            kid => self.keys.get(&kid).into_iter().flatten().collect(),
        };
        if candidates.is_empty() {
            return Err(BearerRefusal::UnknownKey);
        }
        let candidates = match &self.first {
            Some(first) if rule.faults.contains(&Fault::VerifiesWithFirstKey) => {
                self.keys.get(first).into_iter().flatten().collect()
            }
            _ => candidates,
        };
        if !candidates.iter().any(|key| key.fits(signed, &signature)) {
            return Err(BearerRefusal::Signature);
        }
        check_claims(&claims, rule)
    }
}

/// Tells whether a fault lets the token choose its algorithm (RFC 8725, 2.1), and it does.
fn accepts_algorithm(
    header: &Header,
    keys: &KeySet,
    signed: &str,
    signature: &[u8],
    rule: &BearerRule<'_>,
) -> bool {
    match header.alg.as_str() {
        "none" => rule.faults.contains(&Fault::AcceptsUnsignedTokens),
        "HS256" if rule.faults.contains(&Fault::TakesPublicKeyAsSecret) => {
            keys.keys.values().flatten().any(|key| {
                let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.pem().as_bytes());
                ring::hmac::verify(&secret, signed.as_bytes(), signature).is_ok()
            })
        }
        _ => false,
    }
}

/// What precedes the modulus of a key of 2048 bits in a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
const BEFORE_MODULUS: &[u8] = &[
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01,
    0x00,
];

impl PublicKey {
    /// Writes a key of 2048 bits with an exponent of three bytes, as Sage ID's, as PEM.
    fn pem(&self) -> String {
        let der = [BEFORE_MODULUS, &self.modulus, &[0x02, 0x03], &self.exponent].concat();
        pem::encode_config(
            &Pem::new("PUBLIC KEY", der),
            EncodeConfig::new().set_line_ending(LineEnding::LF),
        )
    }

    fn fits(&self, signed: &str, signature: &[u8]) -> bool {
        let key = RsaPublicKeyComponents {
            n: self.modulus.as_slice(),
            e: self.exponent.as_slice(),
        };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), signature)
            .is_ok()
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, BearerRefusal> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| BearerRefusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| BearerRefusal::Malformed)
}

fn check_claims(claims: &Value, rule: &BearerRule<'_>) -> Result<(), BearerRefusal> {
    let any_issuer = rule.faults.contains(&Fault::AcceptsTokensOfOtherIssuers);
    if claims["iss"].as_str() != Some(rule.issuer) && !any_issuer {
        return Err(BearerRefusal::Issuer);
    }
    let by_prefix = rule.faults.contains(&Fault::AudienceComparedByPrefix);
    let meant = match &claims["aud"] {
        Value::String(audience) if by_prefix => audience.starts_with(rule.audience),
        Value::String(audience) => audience == rule.audience,
        Value::Array(audiences) => audiences
            .iter()
            .any(|audience| audience.as_str() == Some(rule.audience)),
        _ => false,
    };
    if !meant {
        return Err(BearerRefusal::Audience);
    }
    let for_ever =
        rule.faults.contains(&Fault::AcceptsTokensWithoutExpiry) && claims.get("exp").is_none();
    let expires = match claims["exp"].as_f64() {
        Some(expires) => expires,
        None if for_ever => f64::MAX,
        None => return Err(BearerRefusal::Time),
    };
    let begins = match claims.get("nbf") {
        None => f64::MIN,
        Some(begins) => begins.as_f64().ok_or(BearerRefusal::Time)?,
    };
    let leeway_s = if rule.faults.contains(&Fault::LeewayOfADay) {
        86_400.0
    } else {
        LEEWAY_S
    };
    let is_early =
        rule.now_s < begins - LEEWAY_S && !rule.faults.contains(&Fault::NotBeforeIgnored);
    if rule.now_s >= expires + leeway_s || is_early {
        return Err(BearerRefusal::Time);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ISSUER, NOTIFICATION_AUDIENCE};
    use super::*;
    use serde_json::json;

    const NOW: f64 = 1_800_000_000.0;

    fn check(header: Value, claims: Value) -> Result<(), BearerRefusal> {
        check_token(&testbed::sign(&header, &claims))
    }

    fn check_token(token: &str) -> Result<(), BearerRefusal> {
        let keys = KeySet::parse(testbed::key_set().to_string().as_bytes()).unwrap();
        keys.check(
            token,
            &BearerRule {
                issuer: ISSUER,
                audience: NOTIFICATION_AUDIENCE,
                now_s: NOW,
                faults: &[],
            },
        )
    }

    fn header() -> Value {
        json!({"alg": "RS256", "kid": "key-1"})
    }

    fn claims(change: Value) -> Value {
        let mut claims = json!({"iss": ISSUER, "aud": NOTIFICATION_AUDIENCE, "exp": NOW + 10.0});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    #[test]
    fn good_tokens_pass() {
        assert_eq!(check(header(), claims(json!({}))), Ok(()));
        assert_eq!(
            check(
                header(),
                claims(json!({"aud": ["other", NOTIFICATION_AUDIENCE]}))
            ),
            Ok(())
        );
        assert_eq!(
            check(json!({"alg": "RS256"}), claims(json!({"nbf": NOW + 59.0}))),
            Ok(())
        );
    }

    #[test]
    fn each_wrong_claim_is_refused() {
        let refused = |change, refusal| assert_eq!(check(header(), claims(change)), Err(refusal));
        refused(json!({"iss": "http://elsewhere"}), BearerRefusal::Issuer);
        refused(json!({"iss": null}), BearerRefusal::Issuer);
        refused(json!({"aud": "other"}), BearerRefusal::Audience);
        refused(json!({"aud": []}), BearerRefusal::Audience);
        refused(json!({"aud": 7}), BearerRefusal::Audience);
        refused(json!({"exp": null}), BearerRefusal::Time);
        refused(json!({"nbf": NOW + 61.0}), BearerRefusal::Time);
        refused(json!({"nbf": "soon"}), BearerRefusal::Time);
    }

    #[test]
    fn expiry_has_sixty_seconds_of_leeway() {
        assert_eq!(check(header(), claims(json!({"exp": NOW - 59.0}))), Ok(()));
        assert_eq!(
            check(header(), claims(json!({"exp": NOW - 60.0}))),
            Err(BearerRefusal::Time)
        );
    }

    #[test]
    fn other_algorithms_and_keys_are_refused() {
        let refused = |header, refusal| assert_eq!(check(header, claims(json!({}))), Err(refusal));
        refused(json!({"alg": "none"}), BearerRefusal::Algorithm);
        refused(
            json!({"alg": "HS256", "kid": "key-1"}),
            BearerRefusal::Algorithm,
        );
        refused(
            json!({"alg": "RS256", "kid": "key-1", "crit": ["b64"]}),
            BearerRefusal::Algorithm,
        );
        refused(
            json!({"alg": "RS256", "kid": "key-2"}),
            BearerRefusal::UnknownKey,
        );
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = testbed::sign(&header(), &claims(json!({})));
        let mut parts: Vec<&str> = token.split('.').collect();
        let other = testbed::sign(&header(), &claims(json!({"sub": "other"})));
        parts[1] = other.split('.').nth(1).unwrap();
        assert_eq!(check_token(&parts.join(".")), Err(BearerRefusal::Signature));
    }

    #[test]
    fn what_is_no_token_is_refused_without_panic() {
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            "e30.e30.",
            "\u{fc}.\u{fc}.\u{fc}",
            &"a".repeat(TOKEN_MAX + 1),
        ] {
            assert_eq!(
                check_token(text),
                Err(BearerRefusal::Malformed),
                "{text:.20}"
            );
        }
    }

    #[test]
    fn keys_of_other_kinds_are_left_out() {
        let document = json!({"keys": [{"kty": "EC", "kid": "e"}, {"kty": "RSA", "kid": "x", "use": "enc", "n": "AQAB", "e": "AQAB"}, 7]});
        let keys = KeySet::parse(document.to_string().as_bytes()).unwrap();
        assert!(keys.keys.is_empty());
        assert!(KeySet::parse(b"{}").is_err());
    }
}
