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
