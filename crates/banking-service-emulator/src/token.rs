//! JSON Web Tokens: signs and reads RS256, and publishes the key set that verifies them.
//!
//! The meaning of claims, lifetimes and access are left to the callers. The key is a public test key, parsed once a
//! process.
//!
//! Hand-written on `ring`, which TLS needs anyway: `jsonwebtoken` 12 has backends on `aws-lc-rs` and on RustCrypto alone,
//! and either would be a second cryptographic library for one algorithm.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pem::{EncodeConfig, LineEnding, Pem};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value, json};

/// The `kid` of the key that signs every token.
const KEY_ID: &str = "feedproof-sage-id-1";

/// Maximum number of characters of a token that is read.
const TOKEN_CHARS_MAX: usize = 8 * 1024;

static SIGNING: OnceLock<RsaKeyPair> = OnceLock::new();
static FOREIGN: OnceLock<RsaKeyPair> = OnceLock::new();
static NEW: OnceLock<RsaKeyPair> = OnceLock::new();
static NEXT: OnceLock<RsaKeyPair> = OnceLock::new();

/// Which key signs a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signer {
    /// The published key.
    Own,
    /// A key that is not published, under the published `kid`: a bad signature and no other mistake.
    Foreign,
    /// None: the algorithm is `none`.
    None,
    /// The published key as a shared secret, HS256: what a verifier accepts that lets the token choose the algorithm.
    PublicKey,
}

/// A key beside the usual one, published for a time only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TemporaryKey {
    /// The one that comes first.
    New,
    /// The one that replaces it.
    Next,
}

impl TemporaryKey {
    fn pair(self) -> &'static RsaKeyPair {
        match self {
            Self::New => NEW.get_or_init(|| {
                parse(include_bytes!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/keys/sage-id-new.pk8"
                )))
            }),
            Self::Next => NEXT.get_or_init(|| {
                parse(include_bytes!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/keys/sage-id-next.pk8"
                )))
            }),
        }
    }
}

/// Signs `claims` with a temporary key, which is published as `kid`.
pub(super) fn sign_temporarily(claims: &Value, key: TemporaryKey, kid: &str) -> String {
    let content = content("RS256", kid, claims);
    let signature = signature(key.pair(), &content);
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Returns header and claims of a token as they are signed.
fn content(algorithm: &str, kid: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": kid });
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

/// Signs `claims`; about 0.7 ms of work.
pub(super) fn sign(claims: &Value, signer: Signer) -> String {
    let algorithm = match signer {
        Signer::Own | Signer::Foreign => "RS256",
        Signer::None => "none",
        Signer::PublicKey => "HS256",
    };
    let content = content(algorithm, KEY_ID, claims);
    let signature = match signer {
        Signer::Own => signature(signing(), &content),
        Signer::Foreign => signature(foreign(), &content),
        Signer::None => Vec::new(),
        Signer::PublicKey => {
            let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public_key_pem().as_bytes());
            ring::hmac::sign(&secret, content.as_bytes())
                .as_ref()
                .to_vec()
        }
    };
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn signature(key: &RsaKeyPair, content: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        content.as_bytes(),
        &mut signature,
    )
    .expect("a 2048-bit key signs into a buffer of its modulus' length");
    signature
}

/// What precedes a public key of 2048 bits in PKCS#1 to make it a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
const PUBLIC_KEY_INFO: &[u8] = &[
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
];

/// Returns the published key as libraries print it: PEM, lines of 64 characters.
fn public_key_pem() -> String {
    let der = [PUBLIC_KEY_INFO, signing().public_key().as_ref()].concat();
    pem::encode_config(
        &Pem::new("PUBLIC KEY", der),
        EncodeConfig::new().set_line_ending(LineEnding::LF),
    )
}

/// Returns the claims of a token that the published key signed; expiry is not checked.
pub(super) fn read(token: &str) -> Option<Map<String, Value>> {
    if token.len() > TOKEN_CHARS_MAX {
        return None;
    }
    let (content, signature) = token.rsplit_once('.')?;
    let (header, claims) = content.split_once('.')?;
    if decode(header)?.get("alg")? != "RS256" {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    ring::signature::UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        signing().public_key().as_ref(),
    )
    .verify(content.as_bytes(), &signature)
    .ok()?;
    decode(claims)
}

/// The public halves as a JSON Web Key Set (RFC 7517): the usual RSA key, then the temporary ones.
pub(super) fn key_set<'k>(temporary: impl IntoIterator<Item = (&'k str, TemporaryKey)>) -> Value {
    let temporary = temporary.into_iter();
    let keys = [public_key(KEY_ID, signing())]
        .into_iter()
        .chain(temporary.map(|(kid, key)| public_key(kid, key.pair())));
    json!({ "keys": keys.collect::<Vec<_>>() })
}

fn public_key(kid: &str, pair: &RsaKeyPair) -> Value {
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
    json!({
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(public.n),
        "e": URL_SAFE_NO_PAD.encode(public.e),
    })
}

fn foreign() -> &'static RsaKeyPair {
    FOREIGN.get_or_init(|| {
        parse(include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/keys/foreign.pk8"
        )))
    })
}

fn signing() -> &'static RsaKeyPair {
    SIGNING.get_or_init(|| {
        parse(include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/keys/sage-id.pk8"
        )))
    })
}

#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn parse(der: &[u8]) -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(der).expect("the key fixtures are RSA-2048 keys in PKCS#8 DER")
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_a_changed_one_is_not() {
        let token = sign(&json!({ "sub": "x", "exp": 1 }), Signer::Own);
        let claims = read(&token).expect("the own key signed it");
        assert_eq!(claims["sub"], "x");
        let (content, signature) = token.rsplit_once('.').expect("three parts");
        let (header, _) = content.split_once('.').expect("three parts");
        let other = URL_SAFE_NO_PAD.encode(r#"{"sub":"y"}"#);
        assert_eq!(read(&format!("{header}.{other}.{signature}")), None);
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        assert_eq!(read(&format!("{none}.{other}.")), None);
        for junk in ["", ".", "..", "a.b.c", "a.b", "é.é.é"] {
            assert_eq!(read(junk), None, "{junk}");
        }
    }

    #[test]
    fn the_foreign_key_differs_in_nothing_but_the_signature() {
        let claims = json!({ "sub": "x" });
        let own = sign(&claims, Signer::Own);
        let foreign = sign(&claims, Signer::Foreign);
        assert_eq!(
            own.rsplit_once('.').map(|parts| parts.0),
            foreign.rsplit_once('.').map(|parts| parts.0)
        );
        assert_eq!(read(&foreign), None);
    }

    #[test]
    fn tokens_of_other_algorithms_are_made_and_not_read() {
        for (signer, algorithm) in [(Signer::None, "none"), (Signer::PublicKey, "HS256")] {
            let token = sign(&json!({ "sub": "x" }), signer);
            let header = token.split('.').next().expect("three parts");
            assert_eq!(decode(header).expect("JSON")["alg"], algorithm);
            assert_eq!(read(&token), None);
        }
        assert!(sign(&json!({}), Signer::None).ends_with('.'));
    }

    #[test]
    fn the_key_set_verifies_a_token() {
        let set = key_set([]);
        let part = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(set["keys"][0][name].as_str().expect("a string"))
                .expect("base64url")
        };
        let token = sign(&json!({}), Signer::Own);
        let (content, signature) = token.rsplit_once('.').expect("three parts");
        let key = ring::signature::RsaPublicKeyComponents {
            n: part("n"),
            e: part("e"),
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        assert!(
            key.verify(&RSA_PKCS1_2048_8192_SHA256, content.as_bytes(), &signature)
                .is_ok()
        );
    }
}
