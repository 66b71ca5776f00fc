//! Who takes part in a run: participants, their addresses, the callbacks that a provider registers, and the
//! modes that say who of them is live.
//!
//! The one home of these words. The language, environments, journal, judge and reports all build on it; what a
//! participant does, and where it listens, is left to the modules that start and emulate them.

mod address;
mod mode;

pub use address::{Address, Callback, Participant};
pub use mode::{Author, Mode, Subject};
