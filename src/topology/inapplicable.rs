//! Why a case does not apply in an environment: what it needs, and what is not there or cannot be seen.
//!
//! It is pure, so that it can be told before anything is run. Which of the customers that fit a case gets is left to
//! whoever opens stages.

use serde_json::Map;

use crate::environment::{Agreed, Environment};
use crate::journal::NotOpened;
use crate::runner::NotOpen;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Case, Declared};

/// Features that the reference provider can be without, so that a rehearsal needs no word on them: there it has them
/// or not as each case asks.
const OPTIONAL: [&str; 1] = [MULTI_ACCOUNT];

/// The feature of listing further accounts of a customer.
pub(super) const MULTI_ACCOUNT: &str = "multi-account";

/// Says why a case does not apply in an environment, or nothing.
pub fn inapplicable(case: &Case, environment: &Environment) -> Option<NotOpen> {
    if let Some(why) = declared_otherwise(case, environment) {
        return Some(why);
    }
    if let Some(why) = lacking(case, environment) {
        return Some(skipped(why));
    }
    let agreed = agreed(case, environment);
    match candidates(case, environment, agreed) {
        Err(why) => Some(why),
        Ok(fitting) => {
            let exclusive = case.needs.other_customer && environment.customers.len() < 2;
            (fitting.is_empty() || exclusive).then(|| no_customer(case))
        }
    }
}

fn skipped(why: impl Into<String>) -> NotOpen {
    NotOpen {
        standing: NotOpened::Skipped,
        why: why.into(),
    }
}

/// Says which feature is not as the case asks for it.
fn declared_otherwise(case: &Case, environment: &Environment) -> Option<NotOpen> {
    let rehearsal = environment.mode == Mode::Rehearsal;
    case.features.iter().find_map(|(feature, wanted)| {
        let declared = environment.features.get(feature);
        let (standing, word) = match declared {
            Some(declared) if declared == wanted => return None,
            None if rehearsal && OPTIONAL.contains(&feature.as_str()) => return None,
            Some(Declared::Supported) => (NotOpened::Declared, "supported"),
            Some(Declared::Absent) => (NotOpened::Declared, "absent"),
            None => (NotOpened::Skipped, "undeclared"),
        };
        Some(NotOpen {
            standing,
            why: format!("the feature {feature} is {word} in this environment"),
        })
    })
}

/// Says what a case needs and the environment does not have, or does not let be seen.
fn lacking(case: &Case, environment: &Environment) -> Option<String> {
    for bank_action in &case.needs.bank_actions {
        if !environment.bank_actions.contains_key(bank_action) {
            return Some(format!("the environment has no bank action {bank_action}"));
        }
    }
    for who in &case.needs.ages {
        if environment.mode.is_live(*who) {
            return Some(format!("the {who} is live, and its time cannot be moved"));
        }
    }
    let rehearsal = environment.mode == Mode::Rehearsal;
    let usual = environment.agreed.requests_per_second;
    if let Some(told) = case.service.requests_per_second
        && !rehearsal
        && usual > told
    {
        // As many requests as are agreed on for a second may lawfully come in its first moment.
        return Some(format!(
            "the agreed rate is {usual} requests a second, and a few requests can only tell of {told} \
             (see `agreed` in the environment)"
        ));
    }
    // Limits are agreed on with whoever is live, and the case goes by those; the rest cannot be set for one case.
    if !rehearsal && (case.service.retry_after.is_some() || case.service.processing.is_some()) {
        let why = match &environment.live_service {
            None => "it sets the service in a way of its own, and all cases share one here",
            Some(_) => "it sets the service in a way of its own, and the service is live",
        };
        return Some(why.to_owned());
    }
    let service = environment.live_service.as_ref()?;
    if case.needs.bearers {
        return Some("the identity provider is live, and its tokens cannot be made".to_owned());
    }
    if environment.callbacks.is_empty() {
        return None;
    }
    let unseen = |who: &Participant| matches!(who, Participant::Service | Participant::Sageid);
    let mut looks = case.needs.watches.iter().chain(&case.needs.stubs);
    if !service.tapped && looks.any(unseen) {
        return Some(
            "the provider calls the live service past feedproof, so that its calls are not seen \
             (see `tapped` in the environment)"
                .to_owned(),
        );
    }
    let registers = case
        .needs
        .bank_actions
        .iter()
        .any(|one| one == "register-bank");
    registers.then(|| {
        "a bank that the provider registers with the live service is called past the sink"
            .to_owned()
    })
}

/// The limits that hold in a case: in a rehearsal the emulated provider agrees to whatever the case sets.
pub(super) fn agreed(case: &Case, environment: &Environment) -> Agreed {
    let usual = environment.agreed;
    if environment.mode != Mode::Rehearsal {
        return usual;
    }
    Agreed {
        batch_limit: case.service.batch_limit.unwrap_or(usual.batch_limit),
        requests_per_second: case
            .service
            .requests_per_second
            .unwrap_or(usual.requests_per_second),
    }
}

/// Lists the customers that a case can be run with, by index.
pub(super) fn candidates(
    case: &Case,
    environment: &Environment,
    agreed: Agreed,
) -> Result<Vec<usize>, NotOpen> {
    let customers = &environment.customers;
    let Some(matcher) = &case.customer else {
        return Ok((0..customers.len()).collect());
    };
    let demand = matcher.resolve(&Map::new()).map_err(|unset| NotOpen {
        standing: NotOpened::Inconclusive,
        why: unset.to_string(),
    })?;
    Ok((0..customers.len())
        .filter(|index| demand.matches(Some(&customers[*index].traits(agreed.batch_limit))))
        .collect())
}

/// The reason of a case for which there is no customer.
pub(super) fn no_customer(case: &Case) -> NotOpen {
    skipped(match (&case.customer, case.needs.other_customer) {
        (_, true) => "the environment has no two customers of the kind that the case needs",
        (Some(_), false) => "the environment has no customer of the kind that the case needs",
        (None, false) => "the environment has no customer",
    })
}

#[cfg(test)]
mod tests;
