//! What keeps a rehearsal from being enclosed in this process: whoever in its environment is outside.

use crate::environment::{Browser, Environment, Lever};
use plan_language::participant::Mode;

/// Says why a rehearsal cannot be enclosed: what in its environment is outside this process.
pub fn outside(environment: &Environment) -> Option<String> {
    if environment.mode != Mode::Rehearsal {
        return Some("somebody is live".to_owned());
    }
    if !matches!(environment.browser, Browser::Http) {
        return Some("the customer's browser is one of its own".to_owned());
    }
    environment
        .levers
        .iter()
        .find_map(|(name, lever)| match lever {
            Lever::Http(lever) if lever.url.starts_with('/') => None,
            Lever::Http(_) => Some(format!("the lever `{name}` is a call to somebody else")),
            Lever::Command(_) => Some(format!("the lever `{name}` is a program")),
            Lever::Person(_) => Some(format!("the lever `{name}` is a person")),
        })
}
