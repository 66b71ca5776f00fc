//! Control totals of a statement, compared with its transactions.
//!
//! Amounts are counted in ten-thousandths, so that sums of floating-point numbers agree. Reading the amounts is left to
//! `posted`.

use axum::http::StatusCode;

use super::fields::Fields;
use super::refusal::Refusal;

/// Largest amount or sum, either way, in the currency's unit; its ten-thousandths are still exact.
const AMOUNT_MAX: f64 = 5e11;

/// Sums of a statement's content, in ten-thousandths.
#[derive(Debug, Default)]
pub(super) struct ControlTotals {
    count: usize,
    credit: i128,
    debit: i128,
}

impl ControlTotals {
    /// Counts one transaction of `amount` ten-thousandths.
    pub(super) fn add(&mut self, amount: i128) {
        self.count += 1;
        if amount > 0 {
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
        // A batch is bounded, so its count fits.
        let count = i128::try_from(self.count).unwrap_or(i128::MAX) * 10_000;
        for (name, actual) in [
            ("transactionDetailsCount", count),
            ("accountDetailsCount", 10_000),
            ("transactionCreditSum", self.credit),
            ("transactionDebitSum", self.debit),
        ] {
            let Some(sent) = expected.optional_number(name)? else {
                continue;
            };
            if units(sent) != Some(actual) {
                return Err(Refusal::new(
                    mismatch,
                    "totals_mismatch",
                    format!(
                        "{} is {sent}, but must be {}, as in the content of the statement",
                        expected.path_of(name),
                        amount_of(actual)
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Writes ten-thousandths as an amount, without trailing zeros: `-1.1`.
fn amount_of(units: i128) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{}.{:04}", units.abs() / 10_000, units.abs() % 10_000);
    format!(
        "{sign}{}",
        digits.trim_end_matches('0').trim_end_matches('.')
    )
}

/// Returns an amount in ten-thousandths; `None` if it is out of range.
pub(super) fn units(amount: f64) -> Option<i128> {
    // The cast is exact: the rounded value is integral and far below the type's bound.
    (amount.abs() <= AMOUNT_MAX).then(|| (amount * 10_000.0).round() as i128)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(amounts: &[f64], expected: &Value) -> Result<(), String> {
        let mut totals = ControlTotals::default();
        for amount in amounts {
            totals.add(units(*amount).expect("the amounts are in range"));
        }
        let fields = Fields::read("data.expected", expected).expect("an object");
        totals
            .check(StatusCode::BAD_REQUEST, &fields)
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn sums_agree_in_spite_of_floating_point_and_debits_are_negative() {
        let sums = json!({ "transactionDetailsCount": 4, "accountDetailsCount": 1,
            "transactionCreditSum": 0.3, "transactionDebitSum": -1.1 });
        assert_eq!(check(&[0.1, 0.2, -1.0, -0.1], &sums), Ok(()));
        let positive = json!({ "transactionDebitSum": 1.1 });
        assert!(check(&[-1.1], &positive).is_err());
        assert_eq!(check(&[-1.1], &json!({})), Ok(()));
    }

    #[test]
    fn each_total_is_compared_by_itself() {
        for (name, actual) in [
            ("transactionDetailsCount", "2"),
            ("accountDetailsCount", "1"),
            ("transactionCreditSum", "5.25"),
            ("transactionDebitSum", "-0.1"),
        ] {
            assert_eq!(
                check(&[5.25, -0.1], &json!({ name: 7 })),
                Err(format!(
                    "data.expected.{name} is 7, but must be {actual}, as in the content of the statement"
                ))
            );
        }
    }

    #[test]
    fn an_amount_out_of_range_has_no_units() {
        assert_eq!(units(12.5), Some(125_000));
        assert_eq!(units(-0.01), Some(-100));
        assert_eq!(units(1e300), None);
        assert_eq!(units(f64::NAN), None);
    }
}
