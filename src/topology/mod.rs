//! Modes: puts embedded parts behind taps and opens stages on them.
//!
//! This is the only place that knows both the runner and what is embedded. Service and provider know
//! each other by URLs only, and both URLs lead through taps.

mod embedded;
mod enclosed;
mod fault;
mod inapplicable;
mod launch;
mod lease;
mod left_behind;
mod live_service;
mod one_stage;
mod outbound;
mod rehearsal;
mod resolved;
mod returns;
mod rig;
mod simulation;
mod surroundings;

pub use enclosed::outside;
pub use fault::{Fault, UnknownFault};
pub use inapplicable::inapplicable;
pub use launch::LaunchError;
pub use left_behind::{LeftBehind, left_behind};
pub use resolved::{Resolved, Unset};
pub use rig::{Entrance, Faults, Rig, RigError, RigSettings};
pub use simulation::{SimulationError, rehearse, simulate};
pub use surroundings::{ForProvider, Surroundings};
