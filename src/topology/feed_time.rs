//! How long statements take at the agreed rate: for the forecast, and for the waits that go on while the provider posts.

use std::time::Duration;

use crate::environment::Environment;
use plan_language::participant::Mode;

/// Requests that a statement takes at least: it is posted, and its state is read.
const REQUESTS_PER_STATEMENT: u32 = 2;

/// Longest time that the statements of one case are expected to take; thirty years.
const FEED_SECONDS_MAX: u64 = 1_000_000_000;

/// The longest time by which a wait is extended for what is due.
const FEED_TIME_MAX: Duration = Duration::from_secs(60 * 60);

/// Returns how long the statements take of the largest account, or of one for each of the `jobs` that share a provider,
/// at the agreed rate.
pub(super) fn feed_time(environment: &Environment, jobs: usize) -> Duration {
    let limit = environment.agreed.batch_limit;
    let customers = environment.customers.iter();
    let statements = customers.map(|customer| customer.statements_of_an_account(limit));
    let accounts = match environment.mode {
        // Each case has a provider of its own.
        Mode::Rehearsal => 1,
        _ => jobs as u64,
    };
    let statements = statements.max().unwrap_or_default();
    time_of(statements.saturating_mul(accounts), environment).min(FEED_TIME_MAX)
}

/// Returns how long statements take at the agreed rate.
pub(super) fn time_of(statements: u64, environment: &Environment) -> Duration {
    let rate = environment.agreed.requests_per_second.max(1);
    let requests = statements.saturating_mul(REQUESTS_PER_STATEMENT.into());
    // However many transactions an environment declares, times can be added up.
    Duration::from_secs(requests.div_ceil(rate.into()).min(FEED_SECONDS_MAX))
}
