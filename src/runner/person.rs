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
    /// Why it was not done, in words that follow "the lever NAME".
    fn ask<'a>(&'a self, what: &'a str, within: Duration) -> Pending<'a, Result<(), String>>;
}
