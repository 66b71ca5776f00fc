//! The values that the live world generates: moments, and words from randomness.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::clock;
use plan_language::plan::Generator;
use plan_language::value::hex;

/// Generates a value.
pub(super) fn generate(generator: Generator) -> String {
    match generator {
        Generator::Uuid => uuid::Uuid::new_v4().to_string(),
        Generator::Word => uuid::Uuid::new_v4().simple().to_string()[..12].to_owned(),
        Generator::Now => clock::rfc_3339(clock::wall_seconds()),
        Generator::Today => clock::rfc_3339(clock::wall_seconds())[..10].to_owned(),
    }
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
