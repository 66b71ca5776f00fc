//! Which messages a step watches for or replies to.

use super::Expect;
use crate::participant::Address;
use crate::value::PathTemplate;

/// The messages that a step means.
#[derive(Debug)]
pub struct Query {
    /// Method, upper case.
    pub method: String,
    /// Path below the participant's base; any if absent.
    pub path: Option<PathTemplate>,
    /// The address at which they arrive.
    pub at: Address,
    /// What selects them among those that arrive there.
    pub select: Expect,
}
