//! The values that the live world generates: moments, and words from randomness.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::tap::now_seconds;
use plan_language::plan::Generator;
use plan_language::value::hex;

/// Generates a value.
pub(super) fn generate(generator: Generator) -> String {
    match generator {
        Generator::Uuid => uuid::Uuid::new_v4().to_string(),
        Generator::Word => uuid::Uuid::new_v4().simple().to_string()[..12].to_owned(),
        Generator::Now => timestamp(now_seconds()),
        Generator::Today => timestamp(now_seconds())[..10].to_owned(),
    }
}

/// Formats a moment in seconds since 1970 as RFC 3339 in UTC.
pub fn timestamp(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|moment| {
            moment
                .format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// Returns a word that cannot be guessed: 16 random bytes in hex.
pub fn unguessable() -> String {
    let mut bytes = [0; 16];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => hex(&bytes),
        // The system's source of randomness failed; a UUID has one of its own.
        Err(_) => URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes()),
    }
}
