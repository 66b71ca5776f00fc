//! Whether a rehearsal can run in-process: it cannot when a participant of its environment is outside this process.

use crate::environment::{BankAction, Browser, Environment};
use plan_language::participant::Mode;

/// Returns which part of the environment is outside this process; `None` if a rehearsal can run in-process.
pub fn in_process_obstacle(environment: &Environment) -> Option<String> {
    if environment.mode != Mode::Rehearsal {
        return Some("a participant is live".to_owned());
    }
    if !matches!(environment.browser, Browser::Http) {
        return Some("the customer's browser is a program of its own".to_owned());
    }
    environment
        .bank_actions
        .iter()
        .find_map(|(name, bank_action)| match bank_action {
            BankAction::Http(call) if call.url.starts_with('/') => None,
            BankAction::Http(call) => Some(format!("the bank action `{name}` calls {}", call.url)),
            BankAction::Command(_) => Some(format!("the bank action `{name}` runs a program")),
            BankAction::Person(_) => Some(format!("the bank action `{name}` needs a person")),
        })
}
