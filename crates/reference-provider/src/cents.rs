//! Amounts in integer cents and their spelling as JSON numbers with exactly two decimals.
//!
//! serde_json writes JSON with a formatter of this module: a *signed* integer in a document is an amount in cents, an
//! *unsigned* one is a count. No amount is ever converted to a binary fraction.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;

/// An amount of money in hundredths of the account's currency; negative for debits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Cents(pub i64);

impl Cents {
    /// Adds up amounts; a sum outside the range of `i64` stays at its border.
    pub(super) fn sum(amounts: impl IntoIterator<Item = i64>) -> Cents {
        Cents(amounts.into_iter().fold(0, i64::saturating_add))
    }

    /// Spells the amount with a point and two digits, such as `-0.05`.
    pub(super) fn spell(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

/// Writes a document as compact JSON with its [`Cents`] as decimal numbers.
///
/// # Errors
/// The error of serde_json: a map key that is no string, or a `Serialize` that fails.
pub(super) fn to_json(document: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1024);
    document.serialize(&mut serde_json::Serializer::with_formatter(
        &mut bytes, Decimal,
    ))?;
    Ok(bytes)
}

/// The formatter behind [`to_json`].
struct Decimal;

impl Formatter for Decimal {
    fn write_i64<W>(&mut self, writer: &mut W, value: i64) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        writer.write_all(Cents(value).spell().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_exactly_two_decimals() {
        let check = |cents, expected: &str| assert_eq!(Cents(cents).spell(), expected);
        check(0, "0.00");
        check(5, "0.05");
        check(-5, "-0.05");
        check(99, "0.99");
        check(100, "1.00");
        check(-123_456, "-1234.56");
        check(i64::MAX, "92233720368547758.07");
        check(i64::MIN, "-92233720368547758.08");
    }

    #[test]
    fn counts_stay_whole_while_amounts_become_decimals() {
        #[derive(Serialize)]
        struct Document {
            count: u64,
            amount: Cents,
        }
        let json = to_json(&Document {
            count: 7,
            amount: Cents(1250),
        })
        .unwrap();
        assert_eq!(json, br#"{"count":7,"amount":12.50}"#);
    }

    #[test]
    fn a_sum_stops_at_the_border() {
        assert_eq!(Cents::sum([i64::MAX, 1]), Cents(i64::MAX));
        assert_eq!(Cents::sum([1, -3]), Cents(-2));
        assert_eq!(Cents::sum([]), Cents(0));
    }
}
