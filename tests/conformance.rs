//! The shipped plans against the emulated pair, a trial a case: `cargo test status-cancelled`,
//! `cargo test -- --list`, `cargo nextest run`.

fn main() -> std::process::ExitCode {
    feedproof::cli::conformance()
}
