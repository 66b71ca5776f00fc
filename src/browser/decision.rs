//! How the customer leaves a page of forms: which form counts, and which button or link allows or cancels.
//!
//! Only what is certain is pressed: what the customer's `login` names, else what `sense` knows, else the only way on.

use super::customer::{Customer, LoginStep};
use super::form::{Button, HtmlForm};
use super::page::Link;
use super::sense::{Aside, Sense, form_aside, leads, link_cancels, sense};

/// What the customer decides about the consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Gives the consent.
    Allow,
    /// Cancels at the first opportunity.
    Cancel,
    /// Logs in, and cancels at the first opportunity after that.
    CancelAfterLogin,
}

impl Decision {
    /// Reads a plan's word; an empty one allows.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "allow" => Some(Self::Allow),
            "cancel" => Some(Self::Cancel),
            "cancel-after-login" => Some(Self::CancelAfterLogin),
            _ => None,
        }
    }

    /// Returns what is decided on a page with these forms: a customer who cancels after the login goes on until a login was
    /// sent, and sends whatever asks for text on the way.
    fn on(self, forms: &[&HtmlForm], customer: &Customer) -> Self {
        let mut on_the_way = forms.iter().filter(|form| form_aside(form).is_none());
        match self {
            Self::CancelAfterLogin
                if !customer.has_logged_in || on_the_way.any(|form| form.asks_text()) =>
            {
                Self::Allow
            }
            Self::CancelAfterLogin => Self::Cancel,
            Self::Allow | Self::Cancel => self,
        }
    }
}

/// How a page is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageExit<'p> {
    /// What is done.
    pub(super) by: ExitBy<'p>,
    /// Which step of the login says so.
    pub(super) step: Option<usize>,
    /// Whether it is known to do what was decided, rather than to be the only way on.
    pub(super) certain: bool,
}

/// What is done to leave a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExitBy<'p> {
    /// A form is sent, by a button if it has any.
    Press(&'p HtmlForm, Option<&'p Button>),
    /// A form is sent by a button that cancels.
    Cancel(&'p HtmlForm, &'p Button),
    /// A link is followed instead.
    Follow(&'p Link),
}

/// Why it is not known how a page is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undecided {
    /// No button is known to allow.
    #[error("no button is known to allow")]
    NothingAllows,
    /// Several buttons may allow.
    #[error("more than one button may allow")]
    SeveralAllow,
    /// Several forms may be the way on.
    #[error("no form is known to be the way on")]
    SeveralForms,
    /// All forms lead another way.
    #[error("each leads another way")]
    OtherWays,
    /// No button or link is known to cancel.
    #[error("nothing is known to cancel")]
    NothingCancels,
    /// A step of the login fits more than one thing.
    #[error("more than one is what `steps[{0}]` of the login names: `form` tells which")]
    Ambiguous(usize),
}

/// Decides how a page is left; `None` for a page without a form that matters.
///
/// A login that cannot be cancelled is sent: the next page may offer to cancel.
///
/// # Errors
/// [`Undecided`] when nothing is certain to do what was decided.
pub(super) fn exit<'p>(
    forms: &'p [HtmlForm],
    links: &'p [Link],
    decision: Decision,
    customer: &Customer,
) -> Result<Option<PageExit<'p>>, Undecided> {
    let seen: Vec<_> = forms.iter().filter(|form| !form.hidden).collect();
    let decision = decision.on(&seen, customer);
    for (index, step) in customer.open_steps() {
        if let Some(by) = take_step(index, step, &seen, links, decision)? {
            return Ok(Some(PageExit {
                by,
                step: Some(index),
                certain: true,
            }));
        }
    }
    let asides: Vec<_> = seen.iter().filter_map(|form| form_aside(form)).collect();
    let forms: Vec<_> = seen
        .iter()
        .copied()
        .filter(|form| form_aside(form).is_none())
        .collect();
    if forms.is_empty() {
        let banner = seen
            .iter()
            .find(|form| form_aside(form) == Some(Aside::Banner));
        return match banner {
            Some(form) if asides.len() == 1 && decision == Decision::Allow => {
                let by = ExitBy::Press(form, form.buttons.first());
                Ok(Some(PageExit {
                    by,
                    step: None,
                    certain: false,
                }))
            }
            _ if asides.contains(&Aside::OtherWay) => Err(Undecided::OtherWays),
            _ => Ok(None),
        };
    }
    let exit = match decision {
        Decision::Allow => leave(&forms, customer)?,
        Decision::Cancel | Decision::CancelAfterLogin => cancel(&forms, links, customer)?,
    };
    Ok(Some(exit))
}

/// Returns what a step of the login does on a page, if the page has all that it names.
fn take_step<'p>(
    index: usize,
    step: &LoginStep,
    forms: &[&'p HtmlForm],
    links: &'p [Link],
    decision: Decision,
) -> Result<Option<ExitBy<'p>>, Undecided> {
    let link = |name: &str| {
        let mut named = links
            .iter()
            .filter(|link| leads(link) && link.is_called(name));
        named.next()
    };
    let fits = |form: &&&'p HtmlForm| step.fits(form);
    let one = |found: Vec<&'p HtmlForm>| match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        _ => Err(Undecided::Ambiguous(index)),
    };
    if decision == Decision::Cancel
        && let Some(name) = &step.cancel
    {
        let cancelled =
            |form: &&'p HtmlForm| form.buttons.iter().any(|button| button.is_called(name));
        let form = one(forms
            .iter()
            .filter(fits)
            .copied()
            .filter(cancelled)
            .collect())?;
        return Ok(match form {
            Some(form) => Some(ExitBy::Cancel(form, called(form, name, index)?)),
            None => link(name).map(ExitBy::Follow),
        });
    }
    if step.is_empty() {
        return Ok(None);
    }
    let pressed = |form: &&'p HtmlForm| {
        let name = step.press.as_ref();
        name.is_none_or(|name| form.buttons.iter().any(|button| button.is_called(name)))
    };
    let form = one(forms.iter().filter(fits).copied().filter(pressed).collect())?;
    // To cancel, a login is sent, and a consent is not.
    let form = form.filter(|form| decision == Decision::Allow || form.asks_text());
    Ok(match (form, &step.press) {
        (Some(form), Some(name)) => Some(ExitBy::Press(form, Some(called(form, name, index)?))),
        (Some(form), None) => Some(ExitBy::Press(form, allow(form)?)),
        (None, Some(name)) if step.only_presses() && decision == Decision::Allow => {
            link(name).map(ExitBy::Follow)
        }
        (None, _) => None,
    })
}

/// Returns the button that a step names.
fn called<'p>(form: &'p HtmlForm, name: &str, step: usize) -> Result<&'p Button, Undecided> {
    let found: Vec<_> = form
        .buttons
        .iter()
        .filter(|button| button.is_called(name))
        .collect();
    only(&found).ok_or(Undecided::Ambiguous(step))
}

/// Returns the only one of some buttons; such as send the same count as one.
fn only<'p>(buttons: &[&'p Button]) -> Option<&'p Button> {
    let (first, rest) = buttons.split_first()?;
    rest.iter()
        .all(|button| button.sends_as(first))
        .then_some(first)
}

/// How sure it is that a form is the way on; the surest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FormStanding {
    /// Nothing is known of it.
    Unknown,
    /// It goes on with a login.
    Proceeds,
    /// It allows.
    Allows,
    /// It asks for the password.
    LogsIn,
}

fn standing(form: &HtmlForm, customer: &Customer) -> FormStanding {
    let has = |wanted| {
        form.buttons
            .iter()
            .any(|button| sense(button) == Some(wanted))
    };
    if form.asks_password() {
        FormStanding::LogsIn
    } else if has(Sense::Allow) {
        FormStanding::Allows
    } else if has(Sense::Proceed) || customer.is_asked(form) {
        FormStanding::Proceeds
    } else {
        FormStanding::Unknown
    }
}

/// Chooses the form that leads on: the surest, if it is the only one of its standing.
fn leave<'p>(forms: &[&'p HtmlForm], customer: &Customer) -> Result<PageExit<'p>, Undecided> {
    let cancels = |form: &&&HtmlForm| {
        let mut buttons = form.buttons.iter();
        !form.buttons.is_empty()
            && buttons.all(|button| matches!(sense(button), Some(Sense::Cancel { .. })))
    };
    let forms: Vec<_> = forms
        .iter()
        .filter(|form| !cancels(form))
        .copied()
        .collect();
    let surest = forms.iter().map(|form| standing(form, customer)).max();
    let Some(surest) = surest else {
        return Err(Undecided::NothingAllows);
    };
    let mut found = forms
        .iter()
        .filter(|form| standing(form, customer) == surest);
    let form = match (found.next(), found.next()) {
        (Some(form), None) => *form,
        // Beside a registration, a login is what logs in.
        _ if surest == FormStanding::LogsIn => {
            let logs_in = |form: &&&HtmlForm| {
                form.asks_password()
                    && form
                        .buttons
                        .iter()
                        .any(|button| sense(button) == Some(Sense::Proceed))
            };
            let mut logins = forms.iter().filter(logs_in);
            match (logins.next(), logins.next()) {
                (Some(form), None) => *form,
                _ => return Err(Undecided::SeveralForms),
            }
        }
        _ => return Err(Undecided::SeveralForms),
    };
    let button = allow(form)?;
    Ok(PageExit {
        by: ExitBy::Press(form, button),
        step: None,
        certain: surest != FormStanding::Unknown || button.is_none(),
    })
}

/// Cancels by a button, by a link, or by going on with a login to where that is possible.
fn cancel<'p>(
    forms: &[&'p HtmlForm],
    links: &'p [Link],
    customer: &Customer,
) -> Result<PageExit<'p>, Undecided> {
    let certainly = |by| PageExit {
        by,
        step: None,
        certain: true,
    };
    let mut cancelling = Vec::new();
    for form in forms {
        for button in &form.buttons {
            if let Some(Sense::Cancel { plainly }) = sense(button) {
                cancelling.push((*form, button, plainly));
            }
        }
    }
    let plain = cancelling.iter().find(|(.., plainly)| *plainly);
    if let Some((form, button, _)) = plain.or(cancelling.first()) {
        return Ok(certainly(ExitBy::Cancel(form, button)));
    }
    if let Some(link) = links.iter().find(|link| link_cancels(link)) {
        return Ok(certainly(ExitBy::Follow(link)));
    }
    let leads_on =
        |form: &HtmlForm| form.asks_text() || (form.buttons.is_empty() && !form.offers_choice());
    match leave(forms, customer) {
        Ok(exit) if matches!(exit.by, ExitBy::Press(form, _) if leads_on(form)) => Ok(exit),
        _ => Err(Undecided::NothingCancels),
    }
}

/// Returns the button that allows; `None` for a form without buttons.
///
/// # Errors
/// [`Undecided`] when several buttons are there and none, or more than one, is known to allow.
pub(super) fn allow(form: &HtmlForm) -> Result<Option<&Button>, Undecided> {
    if form.buttons.is_empty() {
        return Ok(None);
    }
    let that = |wanted: &[Option<Sense>]| -> Vec<&Button> {
        let buttons = form.buttons.iter();
        buttons
            .filter(|button| wanted.contains(&sense(button)))
            .collect()
    };
    let proceeding = that(&[Some(Sense::Proceed)]);
    // Of the buttons of a login, one that says so logs in.
    let preferred = if form.asks_text() {
        only(&proceeding)
    } else {
        None
    };
    let leading = that(&[Some(Sense::Allow), Some(Sense::Proceed)]);
    let silent = that(&[None]);
    let found = match (preferred, leading.is_empty()) {
        (Some(button), _) => Ok(button),
        (None, false) => only(&leading).ok_or(Undecided::SeveralAllow),
        (None, true) => only(&silent).ok_or(Undecided::NothingAllows),
    };
    found.map(Some)
}

#[cfg(test)]
mod tests;
