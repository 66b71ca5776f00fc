//! How far a customer has come in a visit; the same for feedproof's own client and for a driven browser.

use std::collections::HashMap;
use std::fmt::Display;

use super::Visit;
use super::address::{lies_below, query_values, resolve, split_fragment, trunk};
use super::customer::Customer;
use super::decision::{Decision, ExitBy};
use super::end::VisitEnd;
use super::form::{Button, HtmlForm};
use super::page::PageReading;
use super::text::shorten;
use super::window::opened_by;
use crate::journal::Hindrance;

/// How often the same form is sent; when a page shows it once more after that, the customer gives up.
const SENDINGS_MAX: usize = 2;

/// How many openings of windows are noted.
const WINDOWS_MAX: usize = 5;

/// The part of a visit that a customer has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// On the way to the return address.
    Out,
    /// At the return address.
    Back,
    /// Behind the choice of the account with this title.
    Chosen(String),
}

/// The features by which two forms without text are the same: the address that receives them, their buttons, and what the page says.
type ShownSignature = (String, Vec<String>, String);

/// What makes two forms the same: the address that shows or receives them, the method, and the names of their fields.
type FormSignature = (String, bool, Vec<String>);

/// How far a customer has come in a visit.
pub(super) struct VisitProgress<'v> {
    pub(super) visit: &'v Visit,
    pub(super) customer: Customer,
    pub(super) phase: Phase,
    /// The address that is open or was asked for last; empty before the first.
    pub(super) at: String,
    /// The whole address at which the customer came back.
    pub(super) returned_to: Option<String>,
    /// The return addresses that count, without query.
    awaited: Vec<String>,
    /// How often each form was sent.
    sendings: HashMap<FormSignature, usize>,
    /// How often each form without text was sent.
    pressings: HashMap<ShownSignature, usize>,
    /// What opened new windows before the customer came back, each in words.
    pub(super) opened_windows: Vec<String>,
    /// Why the browser may be to blame for how the visit goes on, if it may.
    pub(super) doubt: Option<String>,
    /// Whether something was pressed behind the login, or in order to cancel.
    pressed_behind_login: bool,
}

impl<'v> VisitProgress<'v> {
    pub(super) fn new(visit: &'v Visit) -> Self {
        Self {
            visit,
            customer: Customer::of(visit.login.as_ref()),
            phase: Phase::Out,
            at: String::new(),
            returned_to: None,
            awaited: Vec::new(),
            sendings: HashMap::new(),
            pressings: HashMap::new(),
            opened_windows: Vec::new(),
            doubt: None,
            pressed_behind_login: false,
        }
    }

    /// Notes that leaving a page opens a new window.
    pub(super) fn note_window(&mut self, exit: &ExitBy<'_>, page: &PageReading) {
        if self.phase == Phase::Out
            && self.opened_windows.len() < WINDOWS_MAX
            && let Some(what) = opened_by(exit, page)
        {
            self.opened_windows.push(format!("{}: {what}", self.here()));
        }
    }

    /// Notes how a page is left.
    ///
    /// What is sent without text behind the login, or of a customer who has none, is taken for the decision. A login that
    /// asks for text is no decision, even if it is one: whether it was accepted shows only where it leads.
    pub(super) fn note_exit(&mut self, exit: &ExitBy<'_>) {
        let behind_login = self.customer.has_logged_in || self.visit.login.is_none();
        match exit {
            ExitBy::Cancel(..) => self.pressed_behind_login = true,
            // What was pressed before belonged to the login, such as a choice of how to go on.
            ExitBy::Press(form, _) if form.asks_text() => self.pressed_behind_login = false,
            ExitBy::Press(..) => self.pressed_behind_login |= behind_login,
            ExitBy::Follow(_) => {}
        }
    }

    /// Tells whether the customer has decided, given what hindered the visit.
    pub(super) fn has_decided(&self, hindrance: Option<Hindrance>) -> bool {
        self.phase != Phase::Out
            || (self.pressed_behind_login && hindrance != Some(Hindrance::Login))
    }

    /// Returns the customer's decision and the address at which the visit begins.
    ///
    /// # Errors
    /// The end of the visit, when the plan gives no decision or no address.
    pub(super) fn start(&self) -> Result<(Decision, String), VisitEnd> {
        let Some(decision) = Decision::parse(&self.visit.decision) else {
            return Err(VisitEnd::stuck(format!(
                "the customer's decision is `{}`, neither `allow` nor `cancel`",
                shorten(&self.visit.decision)
            )));
        };
        match resolve(None, &self.visit.url) {
            Ok(url) => Ok((decision, url)),
            Err(misrouted) => Err(VisitEnd::stuck(format!("the visit {misrouted}"))),
        }
    }

    /// Awaits the return addresses that a URL names, if none is known yet; returns whether none was.
    pub(super) fn await_return(&mut self, url: &str) -> bool {
        let unknown = self.awaited.is_empty();
        if unknown {
            let named = query_values(url, "redirect_uri");
            let named = named.iter().filter_map(|uri| resolve(None, uri).ok());
            self.awaited = named.map(|uri| trunk(&uri).to_owned()).collect();
        }
        unknown
    }

    /// Awaits the first of these return addresses that can be read, if none is known yet.
    pub(super) fn await_first(&mut self, uris: &[String]) {
        if self.awaited.is_empty() {
            let first = uris.iter().find_map(|uri| resolve(None, uri).ok());
            self.awaited.extend(first.map(|uri| trunk(&uri).to_owned()));
        }
    }

    /// Tells whether a URL is one of the return addresses that count.
    pub(super) fn is_awaited(&self, url: &str) -> bool {
        let (url, _) = split_fragment(url);
        self.awaited.iter().any(|awaited| awaited == trunk(url))
    }

    /// Tells whether a URL lies below a return address of feedproof's own.
    pub(super) fn is_ours(&self, url: &str) -> bool {
        let (url, _) = split_fragment(url);
        self.visit.ours.iter().any(|ours| lies_below(url, ours))
    }

    /// Names the open address in a sentence.
    pub(super) fn here(&self) -> String {
        let which = match self.phase {
            Phase::Out => "",
            Phase::Back => "the return page ",
            Phase::Chosen(_) => "the choice of an account at ",
        };
        format!("{which}`{}`", trunk(&self.at))
    }

    /// Ends the visit at the open address.
    pub(super) fn stuck(&self, why: impl Display) -> VisitEnd {
        VisitEnd::stuck(format!("{} {why}", self.here()))
    }

    /// Counts that a form is sent; `quote` is what its page says.
    ///
    /// # Errors
    /// The end of the visit, when the form was sent too often.
    pub(super) fn count_sending(
        &mut self,
        url: &str,
        posts: bool,
        form: &HtmlForm,
        quote: &str,
    ) -> Result<(), VisitEnd> {
        let names = form.fields.iter().map(|field| field.name.clone());
        let signature = (trunk(url).to_owned(), posts, names.collect());
        let sendings = self.sendings.entry(signature).or_default();
        if *sendings == SENDINGS_MAX {
            return Err(VisitEnd::not_accepted(format!(
                "{} shows the same form again{quote}; is the customer's `login` right?",
                self.here()
            )));
        }
        *sendings += 1;
        self.customer.has_logged_in |= form.asks_text();
        Ok(())
    }

    /// Counts that a form without text is sent, and returns how often it was sent before.
    pub(super) fn count_pressing(&mut self, reading: &PageReading, form: &HtmlForm) -> usize {
        let titles = form
            .buttons
            .iter()
            .map(|button| Button::title(button).to_owned());
        let signature = (
            trunk(&form.action).to_owned(),
            titles.collect(),
            reading.says.clone(),
        );
        let pressings = self.pressings.entry(signature).or_default();
        *pressings += 1;
        *pressings - 1
    }

    /// Notes that a step of the login was done.
    pub(super) fn finish(&mut self, step: Option<usize>) {
        if let Some(step) = step {
            self.customer.finish_step(step);
        }
    }

    /// Notes that a form was sent as it stands although scripts of its page may send it in another way.
    pub(super) fn doubt_without_scripts(&mut self, hint: impl FnOnce(&str) -> String) {
        if self.doubt.is_none() {
            self.doubt = Some(hint(&self.here()));
        }
    }

    /// Notes that something was done which may not be the way on.
    pub(super) fn doubt(&mut self, what: impl Display) {
        let here = self.here();
        self.doubt.get_or_insert_with(|| {
            format!(
                "before, {what} on {here}, as nothing else led on: if that was wrong, say in the customer's `login` \
                 what to press, such as `steps: [ {{ press: \"…\" }} ]`"
            )
        });
    }
}

/// Says that an account was chosen.
pub(super) fn chose(title: &str) -> String {
    format!("came back and chose `{}`", shorten(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_return_address_counts() {
        let visit = Visit {
            ours: vec!["http://own/back".to_owned()],
            ..Visit::default()
        };
        let mut progress = VisitProgress::new(&visit);
        assert!(progress.await_return("http://p/auth?redirect_uri=http%3A%2F%2Fr%2Fa%3Fx%3D1"));
        assert!(!progress.await_return("http://p/auth?redirect_uri=http%3A%2F%2Fr%2Fother"));
        progress.await_first(&["http://r/third".to_owned()]);
        assert!(progress.is_awaited("http://r/a?state=1"));
        assert!(!progress.is_awaited("http://r/other"));
        assert!(!progress.is_awaited("http://r/third"));
        assert!(progress.is_ours("http://own/back/x"));
        assert!(!progress.is_ours("http://own/backdoor"));
    }

    #[test]
    fn a_form_is_sent_twice_and_not_a_third_time() {
        let visit = Visit::default();
        let mut progress = VisitProgress::new(&visit);
        progress.at = "http://p/login?a=1".to_owned();
        let form = HtmlForm::default();
        for _ in 0..SENDINGS_MAX {
            assert!(
                progress
                    .count_sending("http://p/login", true, &form, "")
                    .is_ok()
            );
        }
        assert!(
            progress
                .count_sending("http://p/login", false, &form, "")
                .is_ok()
        );
        let end = progress.count_sending("http://p/login?b=2", true, &form, ": wrong");
        let why = end.expect_err("it was sent twice").why;
        assert_eq!(
            why,
            "`http://p/login` shows the same form again: wrong; is the customer's `login` right?"
        );
    }
}
