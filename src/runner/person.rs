//! People who do by hand what nobody else can. Whoever owns a terminal asks them; the runner prints nothing itself.

use std::time::Duration;

use crate::runner::stage::Pending;

/// Somebody who can be asked to do something.
pub trait Person: Send + Sync {
    /// Asks for something to be done, and waits until the person says that it was.
    ///
    /// Several cases may ask at the same time; they are heard one after another. `within` bounds the wait for the
    /// answer, not the wait for one's turn.
    ///
    /// # Errors
    /// Why it was not done, in words that follow the bank action's name.
    fn ask<'a>(&'a self, what: &'a str, within: Duration) -> Pending<'a, Result<(), String>>;

    /// Tells something about a visit that the person is to make for a customer.
    fn tell(&self, errand: &Errand, news: &News);
}

/// What a person is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The case for which it is.
    pub case: String,
    /// The link to open.
    pub link: String,
    /// As whom to log in, if the plan says.
    pub username: Option<String>,
    /// Whether to give the consent, or else to cancel.
    pub allow: bool,
    /// Which account to choose, if one is to be chosen.
    pub choose: Option<String>,
}

/// What a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The errand begins, and there is so much time.
    Begun(Duration),
    /// So much time is left; told once a second.
    Left(Duration),
    /// It is over: how, in words.
    Over(String),
}
