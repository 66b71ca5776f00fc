//! Durations as findings show them.

use crate::journal::Micros;

/// Formats a duration in microseconds, milliseconds or seconds, rounded down: `999 µs`, `9999 ms`, `10.9 s`.
pub fn millis(micros: Micros) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ if micros % 1_000_000 < 100_000 => format!("{} s", micros / 1_000_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_rounded_down_at_every_bound() {
        for (micros, shown) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1 ms"),
            (9_999_999, "9999 ms"),
            (10_000_000, "10 s"),
            (10_099_999, "10 s"),
            (10_100_000, "10.1 s"),
            (10_999_999, "10.9 s"),
            (11_000_000, "11 s"),
        ] {
            assert_eq!(millis(micros), shown, "{micros}");
        }
    }
}
