//! How the customer leaves a page of forms: which form counts, and which button or link allows or cancels.
//!
//! The first known word of its text decides what a button or link does, else that of its value, else that of its name.

use super::form::{Button, HtmlForm};
use super::page::Link;
use super::text::{list, words};

/// Words of buttons that allow.
const ALLOWING: [&str; 15] = [
    "allow",
    "accept",
    "agree",
    "approve",
    "authorise",
    "authorize",
    "confirm",
    "connect",
    "continue",
    "grant",
    "link",
    "ok",
    "share",
    "submit",
    "yes",
];

/// Words of buttons and links that cancel.
const CANCELLING: [&str; 6] = ["abort", "cancel", "decline", "deny", "refuse", "reject"];

/// Words that cancel on a button, and are too common elsewhere.
const CANCELLING_ON_BUTTONS: [&str; 6] = ["back", "disagree", "dont", "never", "no", "not"];

/// What the customer decides about the consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Gives the consent.
    Allow,
    /// Cancels at the first opportunity.
    Cancel,
}

impl Decision {
    /// Reads a plan's word; an empty one allows.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "allow" => Some(Self::Allow),
            "cancel" => Some(Self::Cancel),
            _ => None,
        }
    }
}

/// How a page is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormExit<'p> {
    /// The form is sent, by a button if it has any.
    Press(Option<&'p Button>),
    /// The form is sent by a button that cancels.
    Cancel(&'p Button),
    /// A link is followed instead of the form.
    Follow(&'p Link),
}

/// Why a form cannot be left as decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undecided {
    /// No button is known to allow.
    #[error("offers {0}, of which no button is known to allow")]
    NothingAllows(String),
    /// No button or link is known to cancel.
    #[error("offers no way to cancel, only {0}")]
    NothingCancels(String),
}

/// Returns the form that the customer uses; a search form is none.
///
/// To allow: the form that asks for a password, else the first whose button allows, else the first that can do more
/// than cancel, else the first. To cancel: first of all a form whose button cancels.
pub(super) fn choose_form(forms: &[HtmlForm], decision: Decision) -> Option<&HtmlForm> {
    let forms = || forms.iter().filter(|form| !form.searches());
    let says = |form: &&HtmlForm, wanted| {
        form.buttons
            .iter()
            .any(|button| sense(button) == Some(wanted))
    };
    let only_cancels = |form: &&HtmlForm| {
        !form.buttons.is_empty()
            && form
                .buttons
                .iter()
                .all(|button| sense(button) == Some(Decision::Cancel))
    };
    let cancels = || forms().find(|form| says(form, Decision::Cancel));
    (decision == Decision::Cancel)
        .then(cancels)
        .flatten()
        .or_else(|| forms().find(|form| form.asks_password()))
        .or_else(|| forms().find(|form| says(form, Decision::Allow)))
        .or_else(|| forms().find(|form| !only_cancels(form)))
        .or_else(|| forms().next())
}

/// Decides how a form is left.
///
/// A login that cannot be cancelled is sent: the next page may offer to cancel.
///
/// # Errors
/// [`Undecided`] when no button or link is known to do what was decided.
pub(super) fn decide<'p>(
    form: &'p HtmlForm,
    links: &'p [Link],
    decision: Decision,
) -> Result<FormExit<'p>, Undecided> {
    match decision {
        Decision::Allow => allow(form).map(FormExit::Press),
        Decision::Cancel => {
            if let Some(button) = find(form, Decision::Cancel) {
                return Ok(FormExit::Cancel(button));
            }
            if let Some(link) = links.iter().find(|link| cancels(link)) {
                return Ok(FormExit::Follow(link));
            }
            let sends_itself = form.buttons.is_empty() && !form.offers_choice();
            if form.asks_text() || sends_itself {
                return allow(form).map(FormExit::Press);
            }
            Err(Undecided::NothingCancels(titles(form)))
        }
    }
}

/// Returns the button that allows; `None` for a form without buttons.
///
/// # Errors
/// [`Undecided::NothingAllows`] when several buttons are there and none is known to allow.
pub(super) fn allow(form: &HtmlForm) -> Result<Option<&Button>, Undecided> {
    if form.buttons.is_empty() {
        return Ok(None);
    }
    if let Some(button) = find(form, Decision::Allow) {
        return Ok(Some(button));
    }
    let mut silent = form.buttons.iter().filter(|button| sense(button).is_none());
    match (silent.next(), silent.next()) {
        (Some(only), None) => Ok(Some(only)),
        // The first button of a login is the one that the enter key presses.
        (Some(first), Some(_)) if form.asks_text() => Ok(Some(first)),
        _ => Err(Undecided::NothingAllows(titles(form))),
    }
}

fn find(form: &HtmlForm, wanted: Decision) -> Option<&Button> {
    form.buttons
        .iter()
        .find(|button| sense(button) == Some(wanted))
}

/// Returns what a button does, if one of its words is known.
fn sense(button: &Button) -> Option<Decision> {
    [&button.text, &button.value, &button.name]
        .into_iter()
        .find_map(|text| {
            words(text).iter().find_map(|word| {
                let word = word.as_str();
                if CANCELLING.contains(&word) || CANCELLING_ON_BUTTONS.contains(&word) {
                    Some(Decision::Cancel)
                } else {
                    ALLOWING.contains(&word).then_some(Decision::Allow)
                }
            })
        })
}

/// Tells whether a link cancels: by a plain word, or by beginning with `back` or `go back`.
fn cancels(link: &Link) -> bool {
    let leads = !link.href.is_empty()
        && !link.href.starts_with('#')
        && !link.href.to_ascii_lowercase().starts_with("javascript:");
    let words = words(&link.text);
    let back = match words.first().map(String::as_str) {
        Some("back") => true,
        Some("go") => words.get(1).is_some_and(|word| word == "back"),
        _ => false,
    };
    leads && (back || words.iter().any(|word| CANCELLING.contains(&word.as_str())))
}

fn titles(form: &HtmlForm) -> String {
    list(form.buttons.iter().map(Button::title))
}

#[cfg(test)]
mod tests {
    use super::super::form::forms;
    use super::super::page::PageReading;
    use super::*;

    const LOGIN: &str = "<input name=user><input type=password name=p>";

    /// Returns what is pressed or followed on a page, and whether that cancels.
    fn leave(html: &str, decision: Decision) -> Result<String, String> {
        let reading = PageReading::of(html);
        let forms = forms(&reading);
        let form = choose_form(&forms, decision).ok_or("no form")?;
        let exit = decide(form, &reading.links, decision).map_err(|why| why.to_string())?;
        Ok(match exit {
            FormExit::Press(None) => "send".to_owned(),
            FormExit::Press(Some(button)) => format!("press {}", button.title()),
            FormExit::Cancel(button) => format!("cancel by {}", button.title()),
            FormExit::Follow(link) => format!("follow {}", link.href),
        })
    }

    #[track_caller]
    fn check(html: &str, allow: &str, cancel: &str) {
        let told = |result: Result<String, String>| result.unwrap_or_else(|why| why);
        assert_eq!(told(leave(html, Decision::Allow)), allow, "allow: {html}");
        assert_eq!(
            told(leave(html, Decision::Cancel)),
            cancel,
            "cancel: {html}"
        );
    }

    #[test]
    fn decisions_have_two_words_and_a_default() {
        assert_eq!(Decision::parse("allow"), Some(Decision::Allow));
        assert_eq!(Decision::parse(""), Some(Decision::Allow));
        assert_eq!(Decision::parse("cancel"), Some(Decision::Cancel));
        assert_eq!(Decision::parse("Cancel"), None);
    }

    #[test]
    fn buttons_say_what_they_do_by_text_value_or_name() {
        for (no, yes) in [
            ("<button>Cancel</button>", "<button>Allow</button>"),
            ("<button>Do not allow</button>", "<button>I agree</button>"),
            (
                "<button>Don't share</button>",
                "<button>Share, and go back</button>",
            ),
            (
                "<button name=d value=deny>Nein</button>",
                "<button name=d value=acceptAll>Ja</button>",
            ),
            (
                "<input type=submit name=cancel value=Abbrechen>",
                "<input type=submit value=Continue>",
            ),
            (
                "<button name=submit value=cancel>x</button>",
                "<button name=submit>y</button>",
            ),
        ] {
            let reading = PageReading::of(&format!("<form>{no}{yes}</form>"));
            let form = forms(&reading).remove(0);
            let allowed = decide(&form, &[], Decision::Allow);
            assert_eq!(
                allowed,
                Ok(FormExit::Press(Some(&form.buttons[1]))),
                "{yes}"
            );
            let cancelled = decide(&form, &[], Decision::Cancel);
            assert_eq!(cancelled, Ok(FormExit::Cancel(&form.buttons[0])), "{no}");
        }
    }

    #[test]
    fn an_only_button_is_pressed_to_go_on() {
        check(
            "<form><button>Weiter</button></form>",
            "press Weiter",
            "offers no way to cancel, only `Weiter`",
        );
        check("<form><input type=hidden name=a></form>", "send", "send");
        check(
            "<form><button>Cancel</button></form>",
            "offers `Cancel`, of which no button is known to allow",
            "cancel by Cancel",
        );
    }

    #[test]
    fn of_several_silent_buttons_only_a_logins_first_is_pressed() {
        let buttons = "<button>A</button><button>B</button>";
        check(
            &format!("<form>{buttons}</form>"),
            "offers `A` and `B`, of which no button is known to allow",
            "offers no way to cancel, only `A` and `B`",
        );
        check(
            &format!("<form>{LOGIN}{buttons}</form>"),
            "press A",
            "press A",
        );
    }

    #[test]
    fn a_login_is_cancelled_by_button_or_link_or_on_the_next_page() {
        check(
            &format!("<form>{LOGIN}<button>Log in</button><button>Cancel</button></form>"),
            "press Log in",
            "cancel by Cancel",
        );
        check(
            &format!(
                "<a href=/help>No account?</a><a href=#>Cancel</a><a href='javascript:x'>Cancel</a>\
                      <a href=/c>Cancel and return</a><form>{LOGIN}<button>Log in</button></form>"
            ),
            "press Log in",
            "follow /c",
        );
        check(
            &format!(
                "<a href=/shop>Go back to shop</a><form>{LOGIN}<button>Log in</button></form>"
            ),
            "press Log in",
            "follow /shop",
        );
        check(
            &format!(
                "<a href=/up>All about backups</a><form>{LOGIN}<button>Log in</button></form>"
            ),
            "press Log in",
            "press Log in",
        );
    }

    #[test]
    fn the_form_that_counts_depends_on_the_decision() {
        let search = "<form><input name=q><button>Submit</button></form>";
        let cancel = "<form><button>Cancel</button></form>";
        check(
            &format!("{search}{cancel}<form>{LOGIN}<button>Log in</button></form>"),
            "press Log in",
            "cancel by Cancel",
        );
        check(
            &format!("{search}{cancel}<form><button>Yes</button></form>"),
            "press Yes",
            "cancel by Cancel",
        );
        check(
            &format!("{cancel}<form><button>Weiter</button></form>"),
            "press Weiter",
            "cancel by Cancel",
        );
        check(search, "no form", "no form");
    }
}
