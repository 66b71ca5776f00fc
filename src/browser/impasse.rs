//! Says where a browser cannot go on: the page with its forms and buttons, and what the environment can do about it.

use super::decision::{Decision, Undecided};
use super::form::{Button, HtmlForm};
use super::page::PageReading;
use super::sense::{Sense, sense};
use super::text::{list, shorten};

/// How every such statement begins.
const BEGINNING: &str = "this browser cannot go on here";

/// How many forms of a page, and buttons of a form, are named.
const NAMED_MAX: usize = 5;

/// What browser it is that cannot go on, which decides what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Helped {
    /// feedproof's own client: a real browser may get further.
    ByWebDriver,
    /// A real browser already.
    ByLoginOnly,
}

impl Helped {
    /// Says that a real browser may get further; nothing where it is one.
    fn hint(self, or: &str) -> String {
        match self {
            Self::ByWebDriver => format!(
                "{or}let a Chromium make the visits: `browser: {{ webdriver: \"http://127.0.0.1:9515\" }}`"
            ),
            Self::ByLoginOnly => String::new(),
        }
    }
}

/// Says that it is not known how a page is left.
pub(super) fn undecided(
    here: &str,
    (reading, forms): (&PageReading, &[HtmlForm]),
    decision: Decision,
    why: &Undecided,
    helped: Helped,
) -> String {
    let example = match decision {
        Decision::Allow => format!("`steps: [ {{ press: \"{}\" }} ]`", likely(forms)),
        Decision::Cancel | Decision::CancelAfterLogin => {
            format!("`steps: [ {{ cancel: \"{}\" }} ]`", likely(forms))
        }
    };
    format!(
        "{BEGINNING}: {here}{} offers {}, and {why}; say which in the customer's `login`, such as {example}{}",
        titled(reading),
        offers(forms),
        helped.hint(", or ")
    )
}

/// Says that a form came back as it was after it had been sent.
pub(super) fn again(here: &str, reading: &PageReading, form: &HtmlForm, helped: Helped) -> String {
    format!(
        "{BEGINNING}: {here}{} shows the same form again, with {}{}; say in the customer's `login` what else it needs, \
         such as `steps: [ {{ tick: \"…\", press: \"{}\" }} ]`{}",
        titled(reading),
        controls(form),
        reading.quote(),
        likely(std::slice::from_ref(form)),
        helped.hint(", or ")
    )
}

/// Says that a page shows no way on but has scripts that were not run.
pub(super) fn scripted(here: &str, reading: &PageReading) -> String {
    format!(
        "{BEGINNING}: {here}{} shows no form that leads on, and has scripts, which this browser does not run{}; {}",
        titled(reading),
        reading.quote(),
        Helped::ByWebDriver.hint("")
    )
}

/// Says that a form asks for a password and does not say how it is sent, so that a script of its page sends it.
pub(super) fn sent_by_script(here: &str, reading: &PageReading, form: &HtmlForm) -> String {
    format!(
        "{BEGINNING}: {here}{} shows a form, with {}, that a script sends, and this browser runs none; {}",
        titled(reading),
        controls(form),
        Helped::ByWebDriver.hint("")
    )
}

/// Says that a form was sent without the scripts of its page, which may have been wrong.
pub(super) fn without_scripts(here: &str) -> String {
    format!(
        "before, a form on {here} was sent without the scripts of its page, which this browser does not run: if they \
         are needed, {}",
        Helped::ByWebDriver.hint("")
    )
}

/// Says that pages follow each other without an end.
pub(super) fn endless(here: &str, pages: usize) -> String {
    format!(
        "{BEGINNING}: {here} is page {pages} of the visit and leads to another; {}",
        Helped::ByWebDriver.hint("")
    )
}

/// Returns a page's title, for behind its address.
fn titled(reading: &PageReading) -> String {
    match reading.title.as_str() {
        "" => String::new(),
        title => format!(" (\"{title}\")"),
    }
}

/// Lists forms with their buttons.
fn offers(forms: &[HtmlForm]) -> String {
    let seen: Vec<_> = forms.iter().filter(|form| !form.hidden).collect();
    let more = match seen.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let named: Vec<_> = seen
        .iter()
        .take(NAMED_MAX)
        .map(|form| controls(form))
        .collect();
    match named.as_slice() {
        [only] => format!("a form with {only}"),
        several => format!(
            "{} forms, with {}{more}",
            seen.len(),
            several.join("; with ")
        ),
    }
}

/// Names what a customer can use of a form.
fn controls(form: &HtmlForm) -> String {
    let open = form.fields.iter().filter(|field| field.open);
    let fields: Vec<_> = open
        .take(NAMED_MAX)
        .map(|field| match field.label.as_str() {
            "" => field.name.as_str(),
            label => label,
        })
        .collect();
    let buttons: Vec<_> = form
        .buttons
        .iter()
        .take(NAMED_MAX)
        .map(Button::title)
        .collect();
    let pressed = match buttons.as_slice() {
        [] => "no button".to_owned(),
        [only] => format!("the button {}", list([*only])),
        several => format!("the buttons {}", list(several.iter().copied())),
    };
    match fields.as_slice() {
        [] => pressed,
        fields => format!("{} and {pressed}", list(fields.iter().copied())),
    }
}

/// Returns the name of the button that may be the one to name: the only one of which nothing is known.
fn likely(forms: &[HtmlForm]) -> String {
    let seen = forms.iter().filter(|form| !form.hidden);
    let mut unknown = seen
        .flat_map(|form| &form.buttons)
        .filter(|button| !matches!(sense(button), Some(Sense::Cancel { .. } | Sense::Aside(_))));
    match (unknown.next(), unknown.next()) {
        (Some(only), None) => shorten(only.title()).replace('"', "'"),
        _ => "…".to_owned(),
    }
}
