//! Numbers by value, exactly: `1` equals `1.0`, amounts add up in decimal, and no number passes through a double.
//!
//! Numbers keep the text in which they were sent or written. The decimals of `bigdecimal` are made of it here alone.

use bigdecimal::{BigDecimal, Zero};
use serde_json::Number;
use std::cmp::Ordering;

/// The most characters of a number that is read as a decimal: far beyond any amount, and read at once.
const LENGTH_MAX: usize = 4_096;

/// The most decimal places, and the most zeros before the point, of a number that is added up. `1e1000000000` can be
/// compared in a moment, but a sum would write out its zeros.
const SCALE_MAX: u64 = 4_096;

/// Compares two JSON numbers by value; `None` if one is too long to be read.
pub(super) fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    Some(decimal(left)?.cmp(&decimal(right)?))
}

/// Tells whether two JSON numbers have the same value; one that is too long to be read equals itself alone.
pub(super) fn equal(left: &Number, right: &Number) -> bool {
    compare(left, right).map_or(left == right, Ordering::is_eq)
}

/// Tells whether a number is whole, also `2.0`.
pub(super) fn is_whole(number: &Number) -> bool {
    decimal(number).is_some_and(|decimal| decimal.normalized().fractional_digit_count() <= 0)
}

/// Spells a number so that equal numbers are spelt alike.
pub(super) fn canonical(number: &Number) -> String {
    match decimal(number) {
        None => number.to_string(),
        Some(zero) if zero.is_zero() => "0".to_owned(),
        Some(decimal) => decimal.normalized().to_string(),
    }
}

/// Returns the number with the opposite sign.
pub(super) fn opposite(number: &Number) -> Option<Number> {
    written(&-decimal(number)?)
}

/// Returns the distance of two numbers; `None` if it cannot be told exactly.
pub(super) fn distance(left: &Number, right: &Number) -> Option<BigDecimal> {
    Some((addend(left)? - addend(right)?).abs())
}

/// Adds numbers up exactly, so that `0.1` and `0.2` are `0.3`; `None` if one is too long or too large for that.
pub(super) fn sum<'n>(numbers: impl Iterator<Item = &'n Number>) -> Option<Number> {
    let mut total = BigDecimal::zero();
    for number in numbers {
        total += addend(number)?;
    }
    written(&total)
}

/// Reads a number that can be added to another in a moment.
fn addend(number: &Number) -> Option<BigDecimal> {
    decimal(number).filter(|decimal| decimal.fractional_digit_count().unsigned_abs() <= SCALE_MAX)
}

/// Reads a number as a decimal; `None` if it is too long, or its exponent does not fit into 64 bits.
fn decimal(number: &Number) -> Option<BigDecimal> {
    let text = number.as_str();
    (text.len() <= LENGTH_MAX).then(|| text.parse().ok())?
}

/// Writes a decimal as a JSON number, without trailing zeros.
fn written(decimal: &BigDecimal) -> Option<Number> {
    if decimal.fractional_digit_count().unsigned_abs() > SCALE_MAX {
        return decimal.normalized().to_scientific_notation().parse().ok();
    }
    decimal.normalized().to_plain_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    fn check(left: &str, expected: Ordering, right: &str) {
        assert_eq!(
            compare(&number(left), &number(right)),
            Some(expected),
            "{left} {right}"
        );
        assert_eq!(
            compare(&number(right), &number(left)),
            Some(expected.reverse()),
            "{right} {left}"
        );
    }

    #[test]
    fn compares_by_value() {
        check("1", Ordering::Equal, "1.0");
        check("100", Ordering::Equal, "1e2");
        check("0", Ordering::Equal, "-0.0");
        check("-1", Ordering::Less, "0.5");
        check("1.5", Ordering::Greater, "1");
        check("9007199254740993", Ordering::Greater, "9007199254740992.0");
        check(
            "18446744073709551615",
            Ordering::Less,
            "18446744073709551616.0",
        );
        check("1e300", Ordering::Greater, "18446744073709551615");
        check("-1e300", Ordering::Less, "-9223372036854775808");
    }

    #[test]
    fn a_cent_counts_beyond_what_a_double_tells_apart() {
        check("9007199254740993", Ordering::Greater, "9007199254740992");
        check(
            "18446744073709551617",
            Ordering::Greater,
            "18446744073709551616",
        );
        check(
            "9007199254740993.02",
            Ordering::Greater,
            "9007199254740993.01",
        );
        check("90071992547409.93", Ordering::Greater, "90071992547409.92");
        check("0.30000000000000004", Ordering::Greater, "0.30");
        check("45.989999999999995", Ordering::Less, "45.99");
        check("-45.125", Ordering::Equal, "-45.1250");
    }

    #[test]
    fn absurd_exponents_are_compared_at_once_and_never_added() {
        check("1e1000000000", Ordering::Greater, "1e999999999");
        check("1e-1000000000", Ordering::Less, "1");
        check("10e999999999", Ordering::Equal, "1e1000000000");
        assert_eq!(sum([number("1e1000000000"), number("1")].iter()), None);
        assert_eq!(
            canonical(&number("10e999999999")),
            canonical(&number("1e1000000000"))
        );
        let long = number(&"9".repeat(LENGTH_MAX + 1));
        assert_eq!(compare(&long, &long), None);
        assert!(equal(&long, &long) && !equal(&long, &number("9")));
        assert!(!equal(&number("1e99999999999999999999"), &number("1")));
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        for whole in ["0", "-3", "2.0", "1e2", "1.5e1", "18446744073709551616"] {
            assert!(is_whole(&number(whole)), "{whole}");
        }
        for fraction in ["0.5", "1e-1", "9007199254740993.01"] {
            assert!(!is_whole(&number(fraction)), "{fraction}");
        }
    }

    #[test]
    fn the_opposite_and_the_distance_are_exact() {
        assert_eq!(opposite(&number("12.50")), Some(number("-12.5")));
        assert_eq!(opposite(&number("0")), Some(number("0")));
        assert_eq!(
            distance(&number("0.30000000000000004"), &number("0.3"))
                .map(|far| far.to_plain_string()),
            Some("0.00000000000000004".to_owned())
        );
    }

    fn total(numbers: &[&str]) -> String {
        let numbers: Vec<Number> = numbers.iter().map(|text| number(text)).collect();
        sum(numbers.iter()).unwrap().to_string()
    }

    #[test]
    fn adds_decimals_exactly() {
        assert_eq!(total(&[]), "0");
        assert_eq!(total(&["0.1", "0.2"]), "0.3");
        assert_eq!(total(&["-12.34", "2.34", "0"]), "-10");
        assert_eq!(total(&["-0.01", "0.005"]), "-0.005");
        assert_eq!(total(&["1e-7", "1"]), "1.0000001");
        assert_eq!(total(&["9223372036854775807", "-9223372036854775807"]), "0");
        assert_eq!(
            total(&["1e22", "0.0000001"]),
            "10000000000000000000000.0000001"
        );
    }

    proptest! {
        #[test]
        fn cents_add_up(cents in proptest::collection::vec(-1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000, 0..20)) {
            let spelt = |cents: i128| {
                let sign = if cents < 0 { "-" } else { "" };
                number(&[sign, &format!("{}.{:02}", cents.abs() / 100, cents.abs() % 100)].concat())
            };
            let numbers: Vec<Number> = cents.iter().map(|cents| spelt(i128::from(*cents))).collect();
            let expected = spelt(cents.iter().map(|cents| i128::from(*cents)).sum());
            let total = sum(numbers.iter()).unwrap();
            prop_assert!(equal(&total, &expected), "{} {}", total, expected);
        }

        #[test]
        fn equal_numbers_are_spelt_alike(left in (-20_i32..20, 0_i32..4), right in (-20_i32..20, 0_i32..4)) {
            let read = |(digits, exponent): (i32, i32)| number(&format!("{digits}e{exponent}"));
            let (left, right) = (read(left), read(right));
            prop_assert_eq!(equal(&left, &right), canonical(&left) == canonical(&right));
        }
    }
}
