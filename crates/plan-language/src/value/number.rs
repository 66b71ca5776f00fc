//! Numbers by value: `1` equals `1.0`, and amounts add up in decimal.
//!
//! The decimal sum is exact, or it is not made at all. `rust_decimal` was tried in its place: its `checked_add` rounds a
//! sum of more than 28 digits and reports success (`1e22` and `0.0000001` give `1e22`), so an amount could get lost.

use serde_json::Number;
use std::cmp::Ordering;

/// The most decimal places that are added exactly; amounts have two or three.
const SCALE_MAX: i32 = 18;

/// Compares two JSON numbers by value.
pub(super) fn compare(left: &Number, right: &Number) -> Ordering {
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        // At least one is a fraction or beyond 64 bits, where the nearest double decides.
        _ => approximate(left).total_cmp(&approximate(right)),
    }
}

/// Returns the value as an integer, also of `2.0`; `None` for fractions and for values beyond 64 bits.
pub(super) fn integer(number: &Number) -> Option<i128> {
    if let Some(unsigned) = number.as_u64() {
        return Some(i128::from(unsigned));
    }
    if let Some(signed) = number.as_i64() {
        return Some(i128::from(signed));
    }
    let double = approximate(number);
    let whole = double.fract() == 0.0 && double.abs() <= 18_446_744_073_709_551_616.0;
    // In this range the conversion is exact.
    whole.then_some(double as i128)
}

/// Returns the nearest double.
fn approximate(number: &Number) -> f64 {
    // Without arbitrary precision every number has one.
    number.as_f64().unwrap_or(0.0)
}

/// Adds numbers as decimals, so that `0.1` and `0.2` are `0.3`; falls back to doubles where decimals do not suffice.
pub(super) fn sum<'n>(numbers: impl Iterator<Item = &'n Number> + Clone) -> Number {
    exact_sum(numbers.clone()).unwrap_or_else(|| {
        let total: f64 = numbers.map(approximate).sum();
        // A sum beyond all doubles equals nothing anybody can write down; the largest double stands for it.
        Number::from_f64(total)
            .unwrap_or_else(|| Number::from_f64(f64::MAX).unwrap_or_else(|| Number::from(u64::MAX)))
    })
}

fn exact_sum<'n>(numbers: impl Iterator<Item = &'n Number>) -> Option<Number> {
    let mut total: i128 = 0;
    for number in numbers {
        total = total.checked_add(scaled(&number.to_string())?)?;
    }
    let unit = 10_i128.pow(SCALE_MAX.unsigned_abs());
    let (whole, fraction) = (total / unit, (total % unit).unsigned_abs());
    if fraction == 0 {
        let text = whole.to_string();
        return text.parse().ok();
    }
    let sign = if total < 0 { "-" } else { "" };
    let digits = format!("{fraction:018}");
    format!(
        "{sign}{}.{}",
        whole.unsigned_abs(),
        digits.trim_end_matches('0')
    )
    .parse()
    .ok()
}

/// Reads the JSON form of a number as a multiple of 10^-18; `None` if that is not exact.
fn scaled(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    if digits == 0 {
        return Some(0);
    }
    let places = i32::try_from(fraction.len()).ok()?;
    let shift = exponent.checked_sub(places)?.checked_add(SCALE_MAX)?;
    let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        digits.checked_mul(factor)
    } else {
        (digits % factor == 0).then(|| digits / factor)
    }
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
            expected,
            "{left} {right}"
        );
        assert_eq!(
            compare(&number(right), &number(left)),
            expected.reverse(),
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

    fn total(numbers: &[&str]) -> String {
        let numbers: Vec<Number> = numbers.iter().map(|text| number(text)).collect();
        sum(numbers.iter()).to_string()
    }

    #[test]
    fn adds_decimals_exactly() {
        assert_eq!(total(&[]), "0");
        assert_eq!(total(&["0.1", "0.2"]), "0.3");
        assert_eq!(total(&["-12.34", "2.34", "0"]), "-10");
        assert_eq!(total(&["-0.01", "0.005"]), "-0.005");
        assert_eq!(total(&["1e-7", "1"]), "1.0000001");
        assert_eq!(total(&["9223372036854775807", "-9223372036854775807"]), "0");
    }

    #[test]
    fn falls_back_to_doubles() {
        assert_eq!(total(&["1e300", "1"]), number("1e300").to_string());
        assert_eq!(total(&["1e-30", "0"]), number("1e-30").to_string());
        assert_eq!(
            compare(&number(&total(&["1e308", "1e308"])), &number("1e308")),
            Ordering::Greater
        );
    }

    proptest! {
        #[test]
        fn cents_add_up(cents in proptest::collection::vec(-1_000_000_000_i64..1_000_000_000, 0..20)) {
            let numbers: Vec<Number> = cents
                .iter()
                .map(|cents| {
                    let sign = if *cents < 0 { "-" } else { "" };
                    number(&[sign, &format!("{}.{:02}", cents.abs() / 100, cents.abs() % 100)].concat())
                })
                .collect();
            let expected: i64 = cents.iter().sum();
            let expected = Number::from_f64(expected as f64 / 100.0).unwrap();
            prop_assert_eq!(compare(&sum(numbers.iter()), &expected), Ordering::Equal);
        }
    }
}
