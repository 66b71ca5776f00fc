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

    /// Waits until the person says that a visit does not lead back; called once for each visit, when it has begun.
    ///
    /// It does not return where the person says nothing, so that the caller bounds the wait.
    fn ends<'a>(&'a self, task: &'a ManualTask) -> PendingFuture<'a, PersonSays> {
        let _ = task;
        Box::pin(std::future::pending())
    }
}

/// What a person says of a visit that does not lead back, with further words; they are as the person wrote them, not
/// masked, and may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonSays {
    /// A page of the provider refused the customer, the login or the consent.
    Refused(String),
    /// The visit cannot go on: a page is broken, or asks for something that the person does not have.
    CannotGoOn(String),
}

/// A visit that a person makes as a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualTask {
    /// The case that needs it.
    pub case: String,
    /// The name of the customer in the environment.
    pub customer: String,
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
