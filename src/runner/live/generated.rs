//! The values that the live world generates: moments, and words from randomness.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Number, Value, json};

use crate::clock;
use plan_language::plan::Generator;
use plan_language::value::hex;

/// The smallest and the largest generated amount in minor units: four digits before the point, so that no account is
/// overdrawn by chance, and none that a test bank is likely to have booked.
const AMOUNT: (u128, u128) = (100_001, 999_999);

/// Generates a value; `seed` decides an amount, or chance where there is none.
pub(super) fn generate(generator: Generator, seed: Option<&str>) -> Value {
    match generator {
        Generator::Uuid => uuid::Uuid::new_v4().to_string().into(),
        Generator::Word => uuid::Uuid::new_v4().simple().to_string()[..12].into(),
        Generator::Now => clock::rfc_3339(clock::wall_seconds()).into(),
        Generator::Today => clock::rfc_3339(clock::wall_seconds())[..10].into(),
        Generator::Amount => amount(match seed {
            Some(seed) => number_of(seed),
            None => uuid::Uuid::new_v4().as_u128(),
        }),
    }
}

/// Returns a number that only a text decides.
fn number_of(text: &str) -> u128 {
    let digest = digest(&SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter().take(16);
    bytes.fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// Makes an amount of a random number.
fn amount(random: u128) -> Value {
    let (least, most) = AMOUNT;
    let minor = least + random % (most - least + 1);
    // A cent other than zero: the amount is spelt with two decimals by everybody.
    let minor = if minor.is_multiple_of(10) {
        minor + 1
    } else {
        minor
    };
    let spelled = format!("{}.{:02}", minor / 100, minor % 100);
    json!({
        "credit": number(&spelled),
        "debit": number(&format!("-{spelled}")),
        "credit_minor": number(&minor.to_string()),
        "debit_minor": number(&format!("-{minor}")),
    })
}

/// Reads a decimal number; digits with a sign and a point always parse.
fn number(text: &str) -> Value {
    text.parse::<Number>().map_or(Value::Null, Value::Number)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_the_same_in_all_its_spellings() {
        let check = |random: u128, expected: &str| {
            assert_eq!(amount(random).to_string(), expected, "{random}");
        };
        check(
            0,
            r#"{"credit":1000.01,"debit":-1000.01,"credit_minor":100001,"debit_minor":-100001}"#,
        );
        check(
            899_998,
            r#"{"credit":9999.99,"debit":-9999.99,"credit_minor":999999,"debit_minor":-999999}"#,
        );
        check(
            9,
            r#"{"credit":1000.11,"debit":-1000.11,"credit_minor":100011,"debit_minor":-100011}"#,
        );
    }

    #[test]
    fn a_seed_decides_an_amount() {
        let of = |seed| generate(Generator::Amount, seed);
        assert_eq!(of(Some("a case")), of(Some("a case")));
        assert_ne!(of(Some("a case")), of(Some("another case")));
    }
}
