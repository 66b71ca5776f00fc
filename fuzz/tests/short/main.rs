//! The short part of fuzzing: every target on its corpus, on its regressions, and on seeded mutations of both.
//!
//! The same seed gives the same inputs on every machine, and their number is fixed, so that a green run says the same
//! everywhere. `FEEDPROOF_FUZZ_SEED` and `FEEDPROOF_FUZZ_TRIES` choose others.

mod mutation;
mod runner;
mod seeds;

use runner::{Broken, hold};

#[test]
fn plan() -> Result<(), Broken> {
    hold("plan", feedproof_fuzz::plan, 300)
}

#[test]
fn environment() -> Result<(), Broken> {
    hold("environment", feedproof_fuzz::environment, 1000)
}

#[test]
fn template() -> Result<(), Broken> {
    hold("template", feedproof_fuzz::template, 1000)
}

#[test]
fn json_path() -> Result<(), Broken> {
    hold("json_path", feedproof_fuzz::json_path, 5000)
}

#[test]
fn page() -> Result<(), Broken> {
    hold("page", feedproof_fuzz::page, 2000)
}

#[test]
fn visit() -> Result<(), Broken> {
    hold("visit", feedproof_fuzz::visit, 3000)
}

#[test]
fn body() -> Result<(), Broken> {
    hold("body", feedproof_fuzz::body, 5000)
}

#[test]
fn tap() -> Result<(), Broken> {
    hold("tap", feedproof_fuzz::tap, 800)
}

#[test]
fn journal() -> Result<(), Broken> {
    hold("journal", feedproof_fuzz::journal, 3000)
}

#[test]
fn replay() -> Result<(), Broken> {
    hold("replay", feedproof_fuzz::replay, 1000)
}

#[test]
fn record() -> Result<(), Broken> {
    hold("record", feedproof_fuzz::record, 1000)
}
