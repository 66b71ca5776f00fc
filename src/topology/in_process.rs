//! What keeps a rehearsal from being in_process in this process: whoever in its environment is outside.

use crate::environment::{BankAction, Browser, Environment};
use plan_language::participant::Mode;

/// Says why a rehearsal cannot be in_process: what in its environment is outside this process.
pub fn outside(environment: &Environment) -> Option<String> {
    if environment.mode != Mode::Rehearsal {
        return Some("somebody is live".to_owned());
    }
    if !matches!(environment.browser, Browser::Http) {
        return Some("the customer's browser is one of its own".to_owned());
    }
    environment
        .bank_actions
        .iter()
        .find_map(|(name, bank_action)| match bank_action {
            BankAction::Http(bank_action) if bank_action.url.starts_with('/') => None,
            BankAction::Http(_) => Some(format!(
                "the bank action `{name}` is a call to somebody else"
            )),
            BankAction::Command(_) => Some(format!("the bank action `{name}` is a program")),
            BankAction::Person(_) => Some(format!("the bank action `{name}` is a person")),
        })
}
