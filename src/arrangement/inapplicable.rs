//! Why a case does not apply in an environment: what it needs, and what is not there or cannot be seen.
//!
//! It is pure, so that it can be told before anything is run; whether a customer fits is left to whoever opens stages.

use crate::environment::Environment;
use crate::journal::{Arrangement, Participant};
use crate::plan::{Case, Declared};

/// Says why a case does not apply in an environment, whatever its customer, or nothing.
pub fn inapplicable(case: &Case, environment: &Environment) -> Option<String> {
    for (feature, wanted) in &case.features {
        let declared = environment.features.get(feature);
        if declared != Some(wanted) {
            let word = match declared {
                Some(Declared::Supported) => "supported",
                Some(Declared::Absent) => "absent",
                None => "undeclared",
            };
            return Some(format!(
                "the feature {feature} is {word} in this environment"
            ));
        }
    }
    for lever in &case.needs.levers {
        if !environment.levers.contains_key(lever) {
            return Some(format!("the environment has no lever {lever}"));
        }
    }
    for who in &case.needs.advances {
        if environment.arrangement.is_live(*who) {
            return Some(format!("the {who} is live, and its time cannot be moved"));
        }
    }
    let agreed = environment.agreed.requests_per_second;
    if let Some(told) = case.service.requests_per_second
        && environment.arrangement != Arrangement::Rehearsal
        && agreed > told
    {
        // As many requests as are agreed on for a second may lawfully come in its first moment.
        return Some(format!(
            "the agreed rate is {agreed} requests a second, and a few requests can only tell of {told} \
             (see `agreed` in the environment)"
        ));
    }
    let service = environment.live_service.as_ref()?;
    if case.needs.bearers {
        return Some("the identity provider is live, and its tokens cannot be made".to_owned());
    }
    if environment.callbacks.is_empty() {
        return None;
    }
    let unseen = |who: &Participant| matches!(who, Participant::Service | Participant::Sageid);
    let mut looks = case.needs.watches.iter().chain(&case.needs.arms);
    if !service.tapped && looks.any(unseen) {
        return Some(
            "the provider calls the live service past feedproof, so that its calls are not seen \
             (see `tapped` in the environment)"
                .to_owned(),
        );
    }
    let registers = case.needs.levers.iter().any(|one| one == "register-bank");
    registers.then(|| {
        "a bank that the provider registers with the live service is called past the sink"
            .to_owned()
    })
}
