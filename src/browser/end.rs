//! The ends of visits, and the one-time codes that a form asks for; the same for every browser.

use super::Authenticator;
use super::customer::Customer;
use super::fill::Unfilled;
use super::form::HtmlForm;
use crate::gateway::remedy;
use crate::journal::{Hindrance, VisitOutcome};

/// How a visit ends.
#[derive(Debug)]
pub(super) struct VisitEnd {
    /// The outcome.
    pub(super) outcome: VisitOutcome,
    /// Why, in one sentence.
    pub(super) why: String,
    /// What hindered the visit on the side of the customer or the browser.
    pub(super) hindrance: Option<Hindrance>,
}

impl VisitEnd {
    /// The customer is back.
    pub(super) fn returned(why: String) -> Self {
        Self::of(VisitOutcome::Returned, why, None)
    }

    /// A page refuses.
    pub(super) fn refused(why: String) -> Self {
        Self::of(VisitOutcome::Refused, why, None)
    }

    /// The visit does not continue.
    pub(super) fn stuck(why: String) -> Self {
        Self::of(VisitOutcome::Stuck, why, None)
    }

    /// A login was sent and is asked for again: the login may be wrong.
    pub(super) fn not_accepted(why: String) -> Self {
        Self::of(VisitOutcome::Stuck, why, Some(Hindrance::Login))
    }

    /// Puts the end down to the browser where what it did before was not certain.
    pub(super) fn in_doubt(mut self, doubt: Option<&str>) -> Self {
        if let (VisitOutcome::Refused, Some(doubt)) = (self.outcome, doubt) {
            self.why = format!("{}; {doubt}", self.why);
            self.hindrance = Some(Hindrance::Browser);
        }
        self
    }

    /// A form cannot be filled in; `here` names its page.
    pub(super) fn unfilled(here: &str, why: &Unfilled) -> Self {
        let why = format!("{here} {why}");
        Self::of(VisitOutcome::Stuck, why, Some(Hindrance::Login))
    }

    /// The visit cannot be made.
    pub(super) fn hindered(why: String) -> Self {
        Self::of(VisitOutcome::Stuck, why, Some(Hindrance::Browser))
    }

    /// A response ends the visit that is no success: a 4xx refuses, any other is no way on. `why` describes it.
    pub(super) fn answered(status: u16, body: &str, why: String) -> Self {
        let outcome = match status {
            400..=499 => VisitOutcome::Refused,
            _ => VisitOutcome::Stuck,
        };
        match remedy(status, body) {
            None => Self::of(outcome, why, None),
            Some(remedy) => {
                let why = format!("{why}; it may not be the connector's own response: {remedy}");
                Self::of(outcome, why, Some(Hindrance::Gateway))
            }
        }
    }

    fn of(outcome: VisitOutcome, why: String, hindrance: Option<Hindrance>) -> Self {
        Self {
            outcome,
            why,
            hindrance,
        }
    }
}

/// Gets the one-time codes that a form asks for, and measures what is entered.
///
/// # Errors
/// The end of the visit, when one cannot be had.
pub(super) async fn prepare(
    authenticator: &impl Authenticator,
    customer: &mut Customer,
    form: &HtmlForm,
) -> Result<(), VisitEnd> {
    for secret in customer.secrets(form) {
        let code = authenticator.code(&secret).await;
        let code = code.map_err(|why| VisitEnd::hindered(format!("no one-time code: {why}")))?;
        customer.take_code(secret, code);
    }
    customer.measure(|entry| authenticator.length(entry));
    Ok(())
}
