//! The participants of a run, their addresses, the callbacks that a provider registers, and the modes that say
//! which participants are live.
//!
//! The one home of these words. The language, environments, journal, judge and reports build on it; what a
//! participant does, and where it listens, is left to the modules that start and emulate it.

mod address;
mod mode;

pub use address::{Address, Callback, Participant};
pub use mode::{Author, Mode, Subject};
