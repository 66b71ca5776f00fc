//! Numbers in reports: verdict counts, durations, lists of ids.

use std::sync::Arc;

use crate::journal::Micros;
use crate::number::count;
use crate::record::{Record, VerdictCounts};

/// Number of ids that a sentence lists before it only counts them.
const IDS_MAX: usize = 12;

/// Writes a count of further things: `1 more case`, `2 more cases`.
pub(super) fn more(number: usize, noun: &str) -> String {
    count(number, &format!("more {noun}"))
}

/// Writes the number of cases with each verdict: `2 cases: 1 passed, 1 failed, 0 inconclusive, 0 skipped`.
pub(super) fn verdicts(counts: VerdictCounts) -> String {
    format!(
        "{}: {} passed, {} failed, {} inconclusive, {} skipped",
        count(counts.all(), "case"),
        counts.passed,
        counts.failed,
        counts.inconclusive,
        counts.skipped
    )
}

/// Writes the counts line of a run: the verdicts of its cases, and how long it took.
pub(super) fn counts_line(record: &Record) -> String {
    format!(
        "{} in {}",
        verdicts(record.counts),
        duration(record.took_us)
    )
}

/// Lists ids, and only counts those beyond the first dozen.
pub(super) fn ids(list: &[Arc<str>]) -> String {
    let (named, rest) = list.split_at(list.len().min(IDS_MAX));
    match rest.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Writes a duration with the precision that a reader needs: `<1 ms`, `12 ms`, `1.23 s`, `2 min 05 s`.
pub fn duration(micros: Micros) -> String {
    match micros {
        0..1_000 => "<1 ms".to_owned(),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        // Rounded down, so that 59.999 s does not read 60.00 s.
        1_000_000..60_000_000 => {
            format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100)
        }
        _ => format!(
            "{} min {:02} s",
            micros / 60_000_000,
            micros / 1_000_000 % 60
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_change_their_unit_at_the_border() {
        for (micros, expected) in [
            (0, "<1 ms"),
            (999, "<1 ms"),
            (1_000, "1 ms"),
            (999_999, "999 ms"),
            (1_000_000, "1.00 s"),
            (59_999_999, "59.99 s"),
            (60_000_000, "1 min 00 s"),
            (3_725_000_000, "62 min 05 s"),
        ] {
            assert_eq!(duration(micros), expected);
        }
    }

    #[test]
    fn a_long_list_of_ids_is_counted() {
        let list: Vec<Arc<str>> = (1..=13).map(|n| format!("X-{n:02}").into()).collect();
        assert_eq!(ids(&list[..2]), "X-01, X-02");
        assert!(ids(&list[..12]).ends_with("X-12"));
        assert!(ids(&list).ends_with("X-12 and 1 more"));
    }

    #[test]
    fn verdicts_are_counted_in_one_line() {
        let counts = VerdictCounts {
            passed: 1,
            failed: 0,
            inconclusive: 2,
            skipped: 3,
        };
        assert_eq!(
            verdicts(counts),
            "6 cases: 1 passed, 0 failed, 2 inconclusive, 3 skipped"
        );
    }
}
