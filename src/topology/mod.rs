//! Topology: who is live, the emulated participants behind taps, and the stages on which cases run.
//!
//! This is the only module that knows both the runner and the emulated participants. Service and provider know each
//! other by their URLs only, and both URLs lead through taps.

mod applicable;
mod case_stage;
mod emulated;
mod fault;
mod in_process;
mod lease;
mod live_service;
mod orphaned_accounts;
mod outbound;
mod provider_process;
mod rehearsal;
mod resolved;
mod return_page;
mod run_addresses;
mod run_environment;
mod shared_stage;
mod simulation;

pub use applicable::{inapplicable, testable};
pub use fault::{Fault, UnknownFault};
pub use in_process::in_process_obstacle;
pub use orphaned_accounts::{OrphanedAccount, orphaned_accounts};
pub use provider_process::ProviderStartError;
pub use resolved::{ResolvedEnvironment, UnsetReferences};
pub use run_addresses::{ForProvider, RunAddresses};
pub use run_environment::{
    Faults, RunEnvironment, RunEnvironmentError, RunEnvironmentSettings, TapAccess,
};
pub use simulation::{SimulationError, rehearse, simulate};
