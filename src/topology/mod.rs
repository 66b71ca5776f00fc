//! Topology: who is live, the emulated participants behind taps, and the stages on which cases run.
//!
//! This is the only module that knows both the runner and the emulated participants. Service and provider know each
//! other by their URLs only, and both URLs lead through taps.

mod ageing;
mod applicable;
mod bank_account;
mod case_stage;
mod deviation;
mod early_end;
mod emulated;
mod fault;
mod feed_time;
mod forecast;
mod in_process;
mod lease;
mod live_service;
mod network;
mod orphaned_accounts;
mod outbound;
mod provider_group;
mod provider_output;
mod provider_process;
mod rehearsal;
mod resolved;
mod return_page;
mod run_addresses;
mod run_environment;
mod shared_stage;
mod simulation;
mod tls_references;
mod variant;
mod wanted_data;

pub use applicable::{inapplicable, testable};
pub use deviation::{Deviation, Deviations};
pub use early_end::EarlyEnd;
pub use fault::{Fault, UnknownFault};
pub use forecast::{Forecast, ForecastPart, roughly};
pub use in_process::in_process_obstacle;
pub use network::NetworkSeed;
pub use orphaned_accounts::{OrphanedAccount, orphaned_accounts};
pub use provider_group::ProviderGroup;
pub use provider_process::ProviderStartError;
pub use resolved::{ResolvedEnvironment, UnusableReferences};
pub use run_addresses::{ForProvider, RunAddresses};
pub use run_environment::{RunEnvironment, RunEnvironmentError, RunEnvironmentSettings, TapAccess};
pub use simulation::{SimulationError, rehearse, simulate};
pub use tls_references::{SentCertificate, check_tls};
pub use variant::{UnknownVariant, Variant, find_variant};
pub use wanted_data::{WantedData, wanted_data};

/// Reads the environment of the rehearsal.
#[cfg(test)]
fn rehearsal_environment() -> crate::environment::Environment {
    let document = crate::shipped::rehearsal();
    let node = plan_language::source::load(&document.name, &document.bytes);
    let node = node.expect("the environment is YAML");
    let mut findings = Vec::new();
    crate::environment::read(&node, &mut findings).expect("it is valid")
}
