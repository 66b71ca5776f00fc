//! A person who does by hand what no program can. The command line asks at its terminal; the runner prints nothing.

use std::time::Duration;

use crate::runner::stage::PendingFuture;

/// A person at a terminal.
pub trait Person: Send + Sync {
    /// Asks the person to do something, and waits until the person confirms it.
    ///
    /// Several cases may ask at the same time; the terminal shows one question after another. `within` bounds the wait
    /// for the answer, not the wait for earlier questions.
    ///
    /// # Errors
    /// The reason why it was not done, in words that follow the name of the bank action.
    fn ask<'a>(&'a self, what: &'a str, within: Duration) -> PendingFuture<'a, Result<(), String>>;

    /// Shows the state of a visit that the person makes as a customer.
    fn tell(&self, task: &ManualTask, update: &ManualUpdate);
}

/// A visit that a person makes as a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualTask {
    /// The case that needs it.
    pub case: String,
    /// The link to open.
    pub link: String,
    /// The user name for the login, if the plan names one.
    pub username: Option<String>,
    /// What the customer decides, in the word of the plan: `allow`, `cancel` or `cancel-after-login`.
    pub decision: String,
    /// Which account to choose, if the plan chooses one.
    pub choose: Option<String>,
}

/// The state of a visit, as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManualUpdate {
    /// The visit begins; this is its bound.
    Begun(Duration),
    /// The time left, once a second.
    Left(Duration),
    /// The visit ended; how, in words.
    Over(String),
}
