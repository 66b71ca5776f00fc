//! Reads the words on a button or form, as far as their meaning is certain.
//!
//! Words are English; for pages in other languages, the customer's `login` names what to press.

use super::form::{Button, FieldKind, FormField, HtmlForm};
use super::page::Link;
use super::text::words;

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

/// Phrases of buttons that send a login, or one page of it.
const PROCEEDING: [&str; 9] = [
    "log in", "login", "log on", "logon", "sign in", "signin", "next", "proceed", "verify",
];

/// Words of buttons and links that cancel.
const CANCELLING: [&str; 6] = ["abort", "cancel", "decline", "deny", "refuse", "reject"];

/// Words that cancel on a button, and are too common elsewhere.
const CANCELLING_ON_BUTTONS: [&str; 6] = ["back", "disagree", "dont", "never", "no", "not"];

/// Phrases of what belongs to a site rather than to a page of it.
const SITE: [&str; 19] = [
    "feedback",
    "lang",
    "language",
    "locale",
    "log off",
    "log out",
    "logoff",
    "logout",
    "newsletter",
    "register",
    "registration",
    "search",
    "sign off",
    "sign out",
    "sign up",
    "signout",
    "signup",
    "subscribe",
    "unsubscribe",
];

/// Phrases of what leads another way than the one that the customer is on.
const OTHER_WAY: [&str; 18] = [
    "another",
    "as guest",
    "different",
    "forgot",
    "forgotten",
    "instead",
    "new code",
    "other method",
    "other option",
    "other options",
    "other way",
    "resend",
    "send again",
    "trouble",
    "with apple",
    "with facebook",
    "with google",
    "with microsoft",
];

/// Phrases of banners about cookies.
const BANNER: [&str; 2] = ["cookie", "cookies"];

/// Whole texts of buttons of such banners.
const BANNER_WHOLE: [&str; 4] = [
    "accept all",
    "reject all",
    "allow all",
    "manage preferences",
];

/// Names of fields that choose a language.
const LANGUAGE_FIELDS: [&str; 4] = ["lang", "language", "locale", "ui_locales"];

/// What is certain about a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// It allows.
    Allow,
    /// It goes on with a login.
    Proceed,
    /// It cancels; whether that is its plain word.
    Cancel {
        /// Whether a word says so that has no other meaning.
        plainly: bool,
    },
    /// It is beside the matter.
    Aside(Aside),
}

/// What is beside the matter of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aside {
    /// Part of every page of a site: log-out, language, search, newsletter.
    Site,
    /// A banner about cookies.
    Banner,
    /// Another way to log in, or a new code.
    OtherWay,
}

/// Returns what a button does, if one of its words is known: one of its text, else of its value, else of its name.
pub(super) fn sense(button: &Button) -> Option<Sense> {
    let text = words(&button.text);
    if BANNER_WHOLE.contains(&text.join(" ").as_str()) {
        return Some(Sense::Aside(Aside::Banner));
    }
    let by_text = sense_of(&text);
    by_text.or_else(|| {
        let names = [&button.value, &button.name];
        names.into_iter().find_map(|name| sense_of(&words(name)))
    })
}

/// The first known word decides; what is beside the matter stays so whatever else the text says, unless it cancels.
fn sense_of(words: &[String]) -> Option<Sense> {
    let decided = words.iter().find_map(|word| {
        let word = word.as_str();
        if CANCELLING.contains(&word) {
            Some(Sense::Cancel { plainly: true })
        } else if CANCELLING_ON_BUTTONS.contains(&word) {
            Some(Sense::Cancel { plainly: false })
        } else {
            ALLOWING.contains(&word).then_some(Sense::Allow)
        }
    });
    match decided {
        Some(Sense::Cancel { .. }) => decided,
        _ => aside(words)
            .map(Sense::Aside)
            .or(decided)
            .or_else(|| says(words, &PROCEEDING).then_some(Sense::Proceed)),
    }
}

/// Tells whether words contain one of some phrases.
fn says(words: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        let phrase: Vec<_> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|some| some == phrase)
    })
}

fn aside(words: &[String]) -> Option<Aside> {
    [
        (&BANNER[..], Aside::Banner),
        (&SITE[..], Aside::Site),
        (&OTHER_WAY[..], Aside::OtherWay),
    ]
    .into_iter()
    .find_map(|(phrases, aside)| says(words, phrases).then_some(aside))
}

/// Tells what a form is for, if that is beside the matter of its page.
pub(super) fn form_aside(form: &HtmlForm) -> Option<Aside> {
    if form.searches() || chooses_language(form) {
        return Some(Aside::Site);
    }
    let path = form.action.split(['?', '#']).next().unwrap_or_default();
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let named = [last, &form.id]
        .into_iter()
        .find_map(|name| aside(&words(name)));
    let senses: Vec<_> = form.buttons.iter().map(sense).collect();
    let all_aside = senses.iter().find_map(|sense| match sense {
        Some(Sense::Aside(aside)) => Some(*aside),
        _ => None,
    });
    let only_aside = senses
        .iter()
        .all(|sense| matches!(sense, Some(Sense::Aside(_))));
    // A form with a password is a login, whatever its address is called.
    let login = form.asks_password();
    all_aside
        .filter(|_| only_aside)
        .or_else(|| named.filter(|_| !login && !senses.contains(&Some(Sense::Allow))))
}

/// Tells whether a form does nothing but choose a language.
fn chooses_language(form: &HtmlForm) -> bool {
    let open = || form.fields.iter().filter(|field| field.open);
    let language = |field: &FormField| {
        LANGUAGE_FIELDS.contains(&field.name.to_ascii_lowercase().as_str())
            && field.kind != FieldKind::Password
    };
    open().next().is_some() && open().all(language)
}

/// Tells whether a link cancels: by a plain word, or by beginning with `back` or `go back`.
pub(super) fn link_cancels(link: &Link) -> bool {
    let words = words(&link.text);
    let back = match words.first().map(String::as_str) {
        Some("back") => true,
        Some("go") => words.get(1).is_some_and(|word| word == "back"),
        _ => false,
    };
    leads(link) && (back || words.iter().any(|word| CANCELLING.contains(&word.as_str())))
}

/// Tells whether a link leads to another page.
pub(super) fn leads(link: &Link) -> bool {
    !link.href.is_empty()
        && !link.href.starts_with('#')
        && !link.href.to_ascii_lowercase().starts_with("javascript:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Sense>) {
        let button = Button {
            text: text.to_owned(),
            ..Button::default()
        };
        assert_eq!(sense(&button), expected, "{text}");
    }

    #[test]
    fn the_first_known_word_decides_between_yes_and_no() {
        let plainly = |plainly| Some(Sense::Cancel { plainly });
        check("Allow", Some(Sense::Allow));
        check("Yes, continue", Some(Sense::Allow));
        check("Do not allow", plainly(false));
        check("Cancel and log out", plainly(true));
        check("Log in", Some(Sense::Proceed));
        check("Give access", None);
        check("Zustimmen", None);
    }

    #[test]
    fn what_is_beside_the_matter_stays_so_whatever_else_it_says() {
        for (text, aside) in [
            ("Log out", Aside::Site),
            ("Sign out", Aside::Site),
            ("Subscribe", Aside::Site),
            ("Submit search", Aside::Site),
            ("Continue with Google", Aside::OtherWay),
            ("Use another method", Aside::OtherWay),
            ("Log in with a different code", Aside::OtherWay),
            ("Accept all", Aside::Banner),
            ("Accept cookies", Aside::Banner),
        ] {
            check(text, Some(Sense::Aside(aside)));
        }
    }
}
