//! What ends a run early, above all its time limit: where it comes from, what is said about it, and what its end means before the first case.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cli::arguments::RunArguments;
use crate::cli::error::CliError;
use crate::cli::progress::Progress;
use crate::environment::{Environment, RUN_TIME};
use crate::journal::Journal;
use crate::number::count;
use crate::topology::{EarlyEnd, Forecast, RunEnvironment, roughly};
use plan_language::plan::{Case, Wait, each_wait};
use plan_language::value::duration;

/// Returns the longest time of a run: that of the command line, else that of the environment, else the usual one.
pub(super) fn longest_time(arguments: &RunArguments, environment: &Environment) -> Duration {
    let set = arguments.timeout.or(environment.timeout);
    set.unwrap_or(RUN_TIME)
}

/// Begins to limit the time of a run; must be called within a tokio runtime.
pub(super) fn limit_time(
    run_environment: &RunEnvironment,
    limit: Duration,
    progress: &Arc<Progress>,
) -> EarlyEnd {
    let why = format!(
        "the run's time ({}, --timeout) was over",
        duration::format(limit)
    );
    run_environment.limit_time(limit, why, say_end(progress))
}

/// Begins to limit the number of failed cases, if the caller does; must be called within a tokio runtime.
///
/// The run ends when the token is cancelled.
pub(super) fn limit_failures(
    run_environment: &RunEnvironment,
    most: Option<NonZeroUsize>,
    progress: &Arc<Progress>,
) -> Option<(EarlyEnd, CancellationToken)> {
    let most = most?.get();
    let reached = CancellationToken::new();
    let why = format!("{} failed (--max-failures)", count(most, "case"));
    let end = run_environment.limit_failures(reached.clone(), why, say_end(progress));
    Some((end, reached))
}

/// Watches the provider that feedproof started, and ends the run when it ends; must be called within a tokio runtime.
pub(super) fn watch_provider(
    run_environment: &RunEnvironment,
    progress: &Arc<Progress>,
) -> Option<EarlyEnd> {
    run_environment.watch_provider(say_end(progress))
}

/// Says why a run ends early.
fn say_end(progress: &Arc<Progress>) -> impl FnOnce(&str) + Send + 'static {
    let progress = progress.clone();
    move |why| {
        progress.say(&format!(
            "{why}: waits end, teardown runs, reports are written"
        ));
    }
}

/// Says which wait of the cases may outlast the run, if one may; the longest one.
pub(super) fn too_short(
    cases: &[Arc<Case>],
    environment: &Environment,
    limit: Duration,
) -> Option<String> {
    let mut longest = (Duration::ZERO, String::new());
    for case in cases {
        for steps in [&case.given, &case.steps, &case.teardown] {
            each_wait(steps, &mut |wait| {
                let bound = wait.bound(&environment.waits);
                if bound > longest.0 {
                    longest = (bound, named(wait, &case.id));
                }
            });
        }
    }
    let (bound, wait) = longest;
    (bound >= limit).then(|| {
        format!(
            "note: {wait} may take {}, and the run ends after {}; what takes longer is inconclusive, and `--timeout` gives the run more time",
            duration::format(bound),
            duration::format(limit)
        )
    })
}

/// Says how long a run is expected to take if that is a minute or longer, and whether its time is long enough.
pub(super) fn expected(forecast: Option<&Forecast>, limit: Duration) -> Option<String> {
    let forecast = forecast?;
    let total = forecast.total();
    if total < Duration::from_secs(60) {
        return None;
    }
    let note = format!(
        "note: about {} expected, with {}",
        roughly(total),
        count(forecast.all_visits(), "visit")
    );
    if total < limit {
        return Some(note);
    }
    Some(format!(
        "{note}; the run ends after {}, what it has not tested then is inconclusive, and `--timeout` gives it more time",
        duration::format(limit)
    ))
}

/// Names a wait of a case.
fn named(wait: &Wait, case: &str) -> String {
    match wait {
        Wait::Named(name, _) => format!("the wait `{name}`"),
        Wait::Literal(..) => format!("a wait of {case}"),
    }
}

/// Returns the error of a run whose time was over before a case began; `None` if it was not.
pub(super) fn over_before_cases(journal: &Journal) -> Option<CliError> {
    let why = journal.cut_short()?;
    Some(
        CliError::inconclusive(format!("{why} before the first case; no case was run"))
            .with_hint("give the run more time with `--timeout`"),
    )
}
