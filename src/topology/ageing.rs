//! Cases that make things older: whether a clock can be moved, or a case waits instead.
//!
//! How a case waits is left to `runner`.

use std::time::Duration;

use crate::environment::Environment;
use plan_language::participant::Participant;
use plan_language::plan::{AUTHORISATION_EXPIRY, Case};
use plan_language::value::duration;

/// Says that a live participant's clock cannot be moved.
pub(super) fn unmovable(live: Participant) -> String {
    format!("{} is live, and its clock cannot be moved", live.as_noun())
}

/// Says which wait makes what exists at a live provider older by a time.
fn instead(live: Participant, by: Duration) -> String {
    if live != Participant::Provider {
        return String::new();
    }
    let by = duration::format(by);
    format!(" (`waits: {{ {AUTHORISATION_EXPIRY}: {by} }}` would wait instead)")
}

/// Tells whether an environment has cases wait until what exists at a live provider is older by a time.
///
/// A shorter wait would accuse a provider that lets it expire later, as it may.
pub(super) fn waits_to_age(environment: &Environment, by: Duration) -> bool {
    let wait = environment.waits.get(AUTHORISATION_EXPIRY);
    environment.mode.is_live(Participant::Provider) && wait.is_some_and(|wait| *wait >= by)
}

/// Returns how long a case waits for what exists at a live provider to grow older; zero if it does not.
pub(super) fn time_to_age(case: &Case, environment: &Environment) -> Duration {
    let mut ages = case.needs.ages.iter();
    let waits =
        ages.any(|(who, by)| *who == Participant::Provider && waits_to_age(environment, *by));
    let wait = environment
        .waits
        .get(AUTHORISATION_EXPIRY)
        .filter(|_| waits);
    wait.copied().unwrap_or_default()
}

/// Returns why the clocks that the case moves cannot be moved.
pub(super) fn live_clock(case: &Case, environment: &Environment) -> Option<String> {
    let is_live = |who: Participant| environment.mode.is_live(who);
    let mut live = case.needs.ages.iter().filter(|(who, _)| is_live(*who));
    if let Some((who, by)) =
        live.find(|(who, by)| *who != Participant::Provider || !waits_to_age(environment, *by))
    {
        return Some(unmovable(*who) + &instead(*who, *by));
    }
    // The service and its tokens are shared: those that a live provider holds would expire for all cases.
    let mut moved = case.needs.ages.iter().filter(|(who, _)| !is_live(*who));
    let expires = moved.next().is_some() && is_live(Participant::Provider);
    expires.then(|| {
        "the provider is live, and the tokens that it holds would expire with the clock of the service"
            .to_owned()
    })
}
