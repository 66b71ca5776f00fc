//! Whether a case applies in an environment: what it needs, and what the environment lacks or cannot observe.
//!
//! Everything here is pure, so that it is known before a run. The stages choose which of the customers that fit a case
//! it gets.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use crate::environment::{Agreed, Browser, Environment};
use crate::journal::NotOpened;
use crate::record::{CitingCase, ObstacleKind, Testable};
use crate::runner::NotOpen;
use crate::topology::ageing::{live_clock, time_to_age};
use crate::topology::lease::VisitOrder;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Case, Declared, Library, Requirement};

/// Features that the reference provider has or lacks as each case of a rehearsal asks; the environment need not
/// declare them there.
const OPTIONAL: [&str; 1] = [MULTI_ACCOUNT];

/// The feature of listing further accounts of a customer.
pub(super) const MULTI_ACCOUNT: &str = "multi-account";

/// Returns why a case does not apply in an environment; `None` if it applies.
pub fn inapplicable(case: &Case, environment: &Environment) -> Option<NotOpen> {
    if let Some(not_open) = declared_otherwise(case, environment) {
        return Some(not_open);
    }
    if let Some(why) = lacking(case, environment) {
        return Some(skipped(why));
    }
    match candidates(case, environment, agreed(case, environment)) {
        Err(not_open) => Some(not_open),
        Ok(fitting) => {
            let no_other = case.needs.other_customer && environment.customers.len() < 2;
            (fitting.is_empty() || no_other).then(|| no_customer(case))
        }
    }
}

/// Tells whether nothing but its customer can keep a case from running in an environment.
pub(super) fn applies_apart_from_data(case: &Case, environment: &Environment) -> bool {
    declared_otherwise(case, environment).is_none() && lacking(case, environment).is_none()
}

/// Tells for every requirement whether a run of all cases could test it in an environment, in the catalogue's order.
///
/// It is known before a run; the record of a run adds what the cases did.
pub fn testable(library: &Library, environment: &Environment) -> Vec<Testable> {
    let obstacles: BTreeMap<&str, Option<String>> = library
        .cases()
        .map(|case| {
            let why = inapplicable(case, environment).map(|not_open| not_open.why);
            (&*case.id, why)
        })
        .collect();
    let test = |requirement: &Arc<Requirement>| {
        let citing: Vec<_> = library
            .cases()
            .filter(|case| case.requirement.contains(&requirement.id))
            .collect();
        let cases = citing.iter().map(|case| CitingCase {
            case: case.id.clone(),
            obstacle: obstacles[&*case.id]
                .clone()
                .map(|why| (ObstacleKind::Inapplicable, why)),
        });
        Testable::of(requirement, !citing.is_empty(), cases, environment.mode)
    };
    library.requirements.iter().map(test).collect()
}

fn skipped(why: impl Into<String>) -> NotOpen {
    NotOpen {
        standing: NotOpened::Skipped,
        why: why.into(),
    }
}

/// Returns the first feature that is declared otherwise than the case asks for it.
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

/// Returns the first need of a case that the environment cannot meet.
fn lacking(case: &Case, environment: &Environment) -> Option<String> {
    missing_bank_action(case, environment)
        .or_else(|| live_clock(case, environment))
        .or_else(|| own_service_setting(case, environment))
        .or_else(|| browser_not_kept(case, environment))
        .or_else(|| unobservable(case, environment))
}

fn missing_bank_action(case: &Case, environment: &Environment) -> Option<String> {
    let mut needed = case.needs.bank_actions.iter();
    let missing = needed.find(|name| !environment.bank_actions.contains_key(*name))?;
    Some(format!("the environment has no bank action {missing}"))
}

/// Returns the setting of the service that a case needs for itself where all cases share one service.
///
/// The limits that the provider agreed on replace those of the case; the other settings cannot be set for one case.
fn own_service_setting(case: &Case, environment: &Environment) -> Option<String> {
    if environment.mode == Mode::Rehearsal {
        return None;
    }
    let agreed = environment.agreed.requests_per_second;
    if let Some(limit) = case.service.requests_per_second
        && agreed > limit
    {
        // A provider may send all requests that are agreed on for a second in the first moment of it.
        return Some(format!(
            "the agreed rate is {agreed} requests per second, and the case sends only enough to test a rate of {limit} \
             (see `agreed` in the environment)"
        ));
    }
    if case.service.retry_after.is_none() && case.service.processing.is_none() {
        return None;
    }
    Some(
        if environment.live_service.is_some() {
            "the case changes settings of the service, and the service is live"
        } else {
            "the case changes settings of the service, and all cases share one service here"
        }
        .to_owned(),
    )
}

/// Says why a case cannot make two visits in one browser: every visit of a driven one begins anew.
fn browser_not_kept(case: &Case, environment: &Environment) -> Option<String> {
    let is_kept = !case.needs.same_browser || environment.browser == Browser::Http;
    (!is_kept).then(|| {
        "two visits in one browser need `browser: http`; another one begins each visit anew"
            .to_owned()
    })
}

/// Returns what a case needs of a live service that feedproof can neither make nor observe.
fn unobservable(case: &Case, environment: &Environment) -> Option<String> {
    let service = environment.live_service.as_ref()?;
    if case.needs.bearers {
        let why = "the identity provider is live, and feedproof cannot make its tokens";
        return Some(why.to_owned());
    }
    if case.needs.service_pages {
        let why = "the service is live, and only the customer sees what its page shows \
                   (see there, and fill the row of the official plan in by hand)";
        return Some(why.to_owned());
    }
    if environment.callbacks.is_empty() {
        return None;
    }
    let behind = |who: &Participant| matches!(who, Participant::Service | Participant::Sageid);
    let mut observed = case.needs.watches.iter().chain(&case.needs.stubs);
    if !service.tapped && observed.any(behind) {
        let why = "the provider calls the live service directly, and feedproof does not see the calls \
                   (see `tapped` in the environment)";
        return Some(why.to_owned());
    }
    let mut actions = case.needs.bank_actions.iter();
    actions.any(|name| name == "register-bank").then(|| {
        "the live service calls a bank that the provider registers directly, not through the sink"
            .to_owned()
    })
}

/// Returns the limits that hold in a case: in a rehearsal the reference provider agrees to those that the case sets.
pub(super) fn agreed(case: &Case, environment: &Environment) -> Agreed {
    let usual = environment.agreed;
    if environment.mode != Mode::Rehearsal {
        return usual;
    }
    let setting = &case.service;
    Agreed {
        batch_limit: setting.batch_limit.unwrap_or(usual.batch_limit),
        requests_per_second: setting
            .requests_per_second
            .unwrap_or(usual.requests_per_second),
    }
}

/// Lists the customers that fit a case, by index.
///
/// # Errors
/// The case is inconclusive when its demand on the customer cannot be resolved.
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

/// Returns the place of a case in the order in which cases begin; the same for all unless visits are grouped.
pub(super) fn visit_place(case: &Case, environment: &Environment) -> usize {
    // Others go on while they wait.
    if !time_to_age(case, environment).is_zero() {
        return 0;
    }
    let order = VisitOrder::of(&environment.browser);
    let fitting = candidates(case, environment, environment.agreed).unwrap_or_default();
    1 + order.place(&fitting, case.needs.other_visits)
}

/// Returns the reason of a case that no customer fits.
pub(super) fn no_customer(case: &Case) -> NotOpen {
    let kind = kind_of_customer(case);
    skipped(match (case.needs.other_customer, kind) {
        (false, None) => "the environment has no customer".to_owned(),
        (true, None) => "the environment has no second customer".to_owned(),
        (false, Some(kind)) => format!("the environment has no {kind}"),
        (true, Some(kind)) => format!("the environment has no {kind} and a second customer"),
    })
}

/// Says which customers fit a case: ``customer with `accounts` at least 2``; `None` if all do.
pub(super) fn kind_of_customer(case: &Case) -> Option<String> {
    let demand = case.customer.as_ref()?.resolve(&Map::new()).ok()?;
    let described = demand.describe();
    let traits = described.strip_prefix("an object with ");
    Some(match traits {
        Some(traits) => format!("customer with {traits}"),
        None => format!("customer that is {described}"),
    })
}

#[cfg(test)]
mod tests;
