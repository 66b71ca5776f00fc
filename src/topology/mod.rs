//! Modes: puts emulated parts behind taps and opens stages on them.
//!
//! This is the only place that knows both the runner and what is emulated. Service and provider know
//! each other by URLs only, and both URLs lead through taps.

mod emulated;
mod fault;
mod in_process;
mod inapplicable;
mod launch;
mod lease;
mod live_service;
mod orphaned_accounts;
mod outbound;
mod preflight;
mod rehearsal;
mod resolved;
mod return_page;
mod run_environment;
mod shared_stage;
mod simulation;

pub use fault::{Fault, UnknownFault};
pub use in_process::outside;
pub use inapplicable::inapplicable;
pub use launch::LaunchError;
pub use orphaned_accounts::{OrphanedAccounts, orphaned_accounts};
pub use preflight::{ForProvider, Preflight};
pub use resolved::{Resolved, Unset};
pub use run_environment::{
    Entrance, Faults, RunEnvironment, RunEnvironmentError, RunEnvironmentSettings,
};
pub use simulation::{SimulationError, rehearse, simulate};
