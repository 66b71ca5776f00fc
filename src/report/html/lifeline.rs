//! The lifelines of a sequence diagram: one for each participant, in one order everywhere.

use plan_language::participant::Participant;

/// Returns the name of a participant's lifeline.
pub(super) fn name(one: Participant) -> &'static str {
    match one {
        Participant::Product => "Product",
        Participant::Browser => "Browser",
        Participant::Service => "Banking Service",
        Participant::Sageid => "Sage ID",
        Participant::Provider => "Provider",
    }
}

/// Returns the number of a participant's lifeline.
pub(super) fn lifeline(one: Participant) -> usize {
    Participant::ALL
        .iter()
        .position(|known| *known == one)
        .unwrap_or_default()
}
