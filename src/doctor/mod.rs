//! Preflight checks: what must hold before a run can test anything.
//!
//! They check DNS names, ports, certificates, clocks, the provider's endpoints, a live service, the agreed credentials, a
//! driven browser, and that feedproof's public URL leads to feedproof. A result is about the setup, never about a requirement: the checks append
//! nothing to the journal and do not pass the sink. The command line prints the results and chooses the exit code.

mod browser;
mod client_certificate;
mod endpoint;
mod handshake;
mod live_service;
mod own_address;

use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use url::Url;

use crate::topology::RunAddresses;
use plan_language::participant::Callback;

/// The longest time for one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which checks to perform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckScope {
    /// The checks that change nothing: names, ports, certificates, clocks. `run` performs them first.
    Passive,
    /// All checks; the provider receives one notification, of an authorisation that no customer will use.
    All,
}

/// The result of a preflight check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckState {
    /// The check passed.
    Ok,
    /// The check was not possible, or does not apply.
    Unknown,
    /// A run may be affected.
    Warning,
    /// A run could test nothing.
    Error,
}

impl CheckState {
    /// Returns the word of the state in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A preflight check with its result; its texts are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreflightCheck {
    /// The object of the check, in a few words.
    pub what: String,
    /// Its result.
    pub state: CheckState,
    /// What the check observed.
    pub seen: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl PreflightCheck {
    /// Makes a check without a hint.
    pub fn new(what: impl Into<String>, state: CheckState, seen: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            state,
            seen: seen.into(),
            hint: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Performs the checks; their results come in a fixed order.
///
/// Each request is given up after ten seconds. `now` returns the current time, for clocks.
pub async fn examine(
    run_addresses: &RunAddresses,
    scope: CheckScope,
    now: fn() -> SystemTime,
) -> Vec<PreflightCheck> {
    let endpoints: Vec<(Callback, Url)> = run_addresses
        .callbacks
        .iter()
        .filter_map(|(callback, url)| Some((*callback, Url::parse(url).ok()?)))
        .collect();
    let (mut checks, service, proxy, provider) = tokio::join!(
        check_own_addresses(run_addresses, scope),
        live_service::live_service(run_addresses),
        endpoint::proxy(run_addresses, &endpoints, |name| {
            std::env::var_os(name).is_some_and(|value| !value.is_empty())
        }),
        check_endpoints(run_addresses, &endpoints, now)
    );
    checks.extend(service);
    if let Some(sent) = &run_addresses.client_certificate {
        checks.extend(client_certificate::client_certificate(sent, now()));
    }
    checks.extend(proxy);
    checks.extend(provider.checks);
    if scope == CheckScope::All && !endpoints.is_empty() {
        checks.push(if provider.responded {
            endpoint::credentials(run_addresses).await
        } else {
            PreflightCheck::new(
                "notification credentials",
                CheckState::Unknown,
                "the connector did not respond",
            )
        });
    }
    if scope == CheckScope::All
        && let Some(driver) = &run_addresses.driver
    {
        checks.push(browser::browser(driver).await);
    }
    for check in &mut checks {
        check.seen = run_addresses.vault.mask(&check.seen).into_owned();
    }
    checks
}

/// Checks that the public URL leads to feedproof, and the token endpoint behind it.
async fn check_own_addresses(
    run_addresses: &RunAddresses,
    scope: CheckScope,
) -> Vec<PreflightCheck> {
    let mut checks = vec![own_address::public_url(run_addresses).await];
    if scope == CheckScope::All {
        checks.push(own_address::token_endpoint(run_addresses).await);
    }
    checks
}

/// The checks of the provider's endpoints.
struct EndpointChecks {
    checks: Vec<PreflightCheck>,
    /// Whether any endpoint responded.
    responded: bool,
}

/// Checks the host names of the provider's endpoints, then the endpoints, then their clocks, each host once.
async fn check_endpoints(
    run_addresses: &RunAddresses,
    endpoints: &[(Callback, Url)],
    now: fn() -> SystemTime,
) -> EndpointChecks {
    let hosts = distinct(endpoints, host_and_port);
    let lookups = hosts
        .iter()
        .map(|(_, url)| endpoint::resolves(run_addresses, url));
    let names = join_all(lookups).await;
    let unresolved: Vec<String> = hosts
        .iter()
        .zip(&names)
        .filter(|(_, name)| name.state == CheckState::Error)
        .map(|((_, url), _)| host_and_port(url))
        .collect();
    let responses = join_all(endpoints.iter().map(async |(callback, url)| {
        if unresolved.contains(&host_and_port(url)) {
            (endpoint::unresolved(*callback), Vec::new())
        } else {
            endpoint::responds(run_addresses, *callback, url, now).await
        }
    }))
    .await;
    let mut checks = names;
    // Of endpoints at the same place, one says it for all.
    let mut of_places: Vec<PreflightCheck> = Vec::new();
    let mut responded = false;
    for (check, further) in responses {
        responded |= matches!(check.state, CheckState::Ok | CheckState::Warning);
        checks.push(check);
        for check in further {
            if !of_places.iter().any(|known| known.what == check.what) {
                of_places.push(check);
            }
        }
    }
    checks.extend(of_places);
    EndpointChecks { checks, responded }
}

/// Returns the worst state of the checks.
pub fn worst(checks: &[PreflightCheck]) -> CheckState {
    checks
        .iter()
        .map(|check| check.state)
        .max()
        .unwrap_or(CheckState::Unknown)
}

/// Returns host and port of an endpoint.
fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Returns the first endpoint of each host and port.
fn distinct(endpoints: &[(Callback, Url)], key: impl Fn(&Url) -> String) -> Vec<&(Callback, Url)> {
    let mut known = std::collections::HashSet::new();
    endpoints
        .iter()
        .filter(|(_, url)| known.insert(key(url)))
        .collect()
}

#[cfg(test)]
mod tests;
