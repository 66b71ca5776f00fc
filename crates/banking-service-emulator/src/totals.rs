//! Control totals of a statement, compared with its transactions.
//!
//! Amounts are exact decimals, made here of the digits that were sent. A sent total may differ from the exact one by less
//! than a ten-thousandth, which no currency has: so much a sum of floating-point numbers may be off. Reading the members
//! is left to `posted`.

use axum::http::StatusCode;
use bigdecimal::{BigDecimal, Zero};
use serde_json::Number;

use super::fields::Fields;
use super::refusal::Refusal;

/// Largest amount or sum, either way, in the currency's unit; a number of 64 bits holds its cents no more.
pub(super) const AMOUNT_MAX: i64 = 1_000_000_000_000_000_000;

/// The most characters of an amount, and the most digits after its point.
const AMOUNT_CHARS_MAX: usize = 64;

/// Decimal places of the difference from which on totals do not match.
const TOLERANCE_PLACES: i64 = 4;

/// Sums of a statement's content.
#[derive(Debug, Default)]
pub(super) struct ControlTotals {
    count: u32,
    credit: BigDecimal,
    debit: BigDecimal,
}

impl ControlTotals {
    /// Counts one transaction.
    pub(super) fn add(&mut self, amount: BigDecimal) {
        self.count += 1;
        if amount > BigDecimal::zero() {
            self.credit += amount;
        } else {
            self.debit += amount;
        }
    }

    /// Compares with the control totals of the body; a missing total is not compared, because an old example sends none.
    ///
    /// # Errors
    /// `mismatch`, naming the first total that differs; 400 for a total that is no number.
    pub(super) fn check(&self, mismatch: StatusCode, expected: &Fields<'_>) -> Result<(), Refusal> {
        let tolerance = BigDecimal::new(1.into(), TOLERANCE_PLACES);
        for (name, actual, what) in [
            (
                "transactionDetailsCount",
                &BigDecimal::from(self.count),
                "the number of details is",
            ),
            (
                "accountDetailsCount",
                &BigDecimal::from(1),
                "the number of accounts is",
            ),
            ("transactionCreditSum", &self.credit, "the credits sum to"),
            ("transactionDebitSum", &self.debit, "the debits sum to"),
        ] {
            let Some(sent) = expected.optional_number(name)? else {
                continue;
            };
            if amount(sent).is_none_or(|sent| (sent - actual).abs() >= tolerance) {
                return Err(Refusal::new(
                    mismatch,
                    "totals_mismatch",
                    format!(
                        "{} is {}, but {what} {}",
                        expected.path_of(name),
                        shown(sent),
                        actual.to_plain_string()
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Writes a number as it was sent, unless it is too long.
fn shown(sent: &Number) -> &str {
    let text = sent.as_str();
    text.get(..AMOUNT_CHARS_MAX)
        .map_or(text, |_| "a long number")
}

/// Reads an amount with the digits that were sent; `None` if it is out of range or has too many digits.
pub(super) fn amount(sent: &Number) -> Option<BigDecimal> {
    let text = sent.as_str();
    let amount: BigDecimal = (text.len() <= AMOUNT_CHARS_MAX).then(|| text.parse().ok())??;
    let places = amount.fractional_digit_count().unsigned_abs();
    // Compared last: an exponent may stand for more zeros than a memory holds.
    let is_fitting = places <= AMOUNT_CHARS_MAX as u64 && amount.abs() <= AMOUNT_MAX;
    is_fitting.then_some(amount)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Option<BigDecimal> {
        amount(&text.parse().expect("a number"))
    }

    fn check(amounts: &[&str], expected: &Value) -> Result<(), String> {
        let mut totals = ControlTotals::default();
        for text in amounts {
            totals.add(read(text).expect("the amounts are in range"));
        }
        let fields = Fields::read("data.expected", expected).expect("an object");
        totals
            .check(StatusCode::BAD_REQUEST, &fields)
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn sums_of_floating_point_agree_and_debits_are_negative() {
        let sums = json!({ "transactionDetailsCount": 4, "accountDetailsCount": 1,
            "transactionCreditSum": 0.30000000000000004, "transactionDebitSum": -1.1 });
        assert_eq!(check(&["0.1", "0.2", "-1.0", "-0.1"], &sums), Ok(()));
        assert_eq!(
            check(
                &["-60.00", "-60.00"],
                &json!({ "transactionDebitSum": 120 })
            ),
            Err(
                "data.expected.transactionDebitSum is 120, but the debits sum to -120.00"
                    .to_owned()
            )
        );
        assert_eq!(check(&["-1.1"], &json!({})), Ok(()));
    }

    #[test]
    fn each_total_is_compared_by_itself() {
        for (name, actual) in [
            ("transactionDetailsCount", "the number of details is 2"),
            ("accountDetailsCount", "the number of accounts is 1"),
            ("transactionCreditSum", "the credits sum to 5.25"),
            ("transactionDebitSum", "the debits sum to -0.1"),
        ] {
            assert_eq!(
                check(&["5.25", "-0.1"], &json!({ name: 7 })),
                Err(format!("data.expected.{name} is 7, but {actual}"))
            );
        }
    }

    #[test]
    fn a_cent_counts_beyond_what_a_double_tells_apart() {
        let totals = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
        let sums = ["9007199254740993.01", "0.01"];
        let right = totals(r#"{ "transactionCreditSum": 9007199254740993.02 }"#);
        assert_eq!(check(&sums, &right), Ok(()));
        let wrong = totals(r#"{ "transactionCreditSum": 9007199254740993.03 }"#);
        assert!(check(&sums, &wrong).is_err());
    }

    #[test]
    fn three_decimals_count_and_five_do_not() {
        let credit = |sum: f64| json!({ "transactionCreditSum": sum });
        assert_eq!(check(&["45.125"], &credit(45.125)), Ok(()));
        assert!(check(&["45.125"], &credit(45.126)).is_err());
        assert_eq!(check(&["45.125"], &credit(45.12504)), Ok(()));
    }

    #[test]
    fn an_amount_out_of_range_is_none() {
        assert_eq!(read("12.5"), Some("12.50".parse().expect("a decimal")));
        assert!(read("1e18").is_some() && read("-1e18").is_some());
        for far in [
            "1e300",
            "-1e19",
            "1e1000000000",
            "1e-1000000000",
            &"1".repeat(65),
        ] {
            assert_eq!(read(far), None, "{far}");
        }
    }
}
