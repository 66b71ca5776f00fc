//! The time limit of a run: where it comes from, what is said about it, and what its end means before the first case.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::arguments::RunArguments;
use crate::cli::error::CliError;
use crate::cli::progress::Progress;
use crate::environment::{Environment, RUN_TIME};
use crate::journal::Journal;
use crate::topology::{RunEnvironment, TimeLimit};
use plan_language::plan::{Case, each_wait};
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
) -> TimeLimit {
    let why = format!(
        "the run's time ({}, --timeout) was over",
        duration::format(limit)
    );
    let (said, progress) = (why.clone(), progress.clone());
    run_environment.limit_time(limit, why, move || {
        progress.say(&format!(
            "{said}: waits end, teardown runs, reports are written"
        ));
    })
}

/// Says that the run is not long enough for a wait of its plans, if it is not.
pub(super) fn too_short(
    cases: &[Arc<Case>],
    environment: &Environment,
    limit: Duration,
) -> Option<String> {
    let mut longest = Duration::ZERO;
    for case in cases {
        for steps in [&case.given, &case.steps, &case.teardown] {
            each_wait(steps, &mut |wait| {
                longest = longest.max(wait.bound(&environment.waits));
            });
        }
    }
    (longest >= limit).then(|| {
        format!(
            "note: a wait of these plans may take {}, and the run ends after {}; `--timeout` gives it more time",
            duration::format(longest),
            duration::format(limit)
        )
    })
}

/// Returns the error of a run whose time was over before a case began; `None` if it was not.
pub(super) fn over_before_cases(journal: &Journal) -> Option<CliError> {
    let why = journal.time_over()?;
    Some(
        CliError::inconclusive(format!("{why} before the first case; no case was run"))
            .with_hint("give the run more time with `--timeout`"),
    )
}
