//! Which links, forms and buttons lead on in a new window, or in a new tab, instead of the one of the page.
//!
//! A name that begins with an underscore and is no keyword names no window that there is, so browsers open one. Any
//! other name may be that of a frame around the page, which is not seen from here: it decides nothing.

use super::decision::ExitBy;
use super::page::PageReading;
use super::text::shorten;

/// Names of windows that lead on where the page is, or in a frame around it.
const OWN: [&str; 3] = ["_self", "_parent", "_top"];

/// Describes what opens a new window when a page is left; `None` if nothing does.
pub(super) fn opened_by(exit: &ExitBy<'_>, page: &PageReading) -> Option<String> {
    let (what, written) = match exit {
        ExitBy::Follow(link) => (format!("the link `{}`", shorten(&link.text)), &link.window),
        ExitBy::Press(form, None) => ("the form".to_owned(), &form.window),
        ExitBy::Press(form, Some(button)) | ExitBy::Cancel(form, button) => (
            format!("`{}`", shorten(button.title())),
            match &button.window {
                Some(_) => &button.window,
                None => &form.window,
            },
        ),
    };
    let name = written.as_deref().or(page.window.as_deref())?.trim();
    let own = OWN.iter().any(|own| own.eq_ignore_ascii_case(name));
    (name.starts_with('_') && !own)
        .then(|| format!("{what} opens a new window (target `{}`)", shorten(name)))
}

#[cfg(test)]
mod tests {
    use super::super::form::{HtmlForm, forms};
    use super::*;

    fn form_of(html: &str) -> (PageReading, HtmlForm) {
        let page = PageReading::of(html);
        let form = forms(&page).remove(0);
        (page, form)
    }

    fn pressed(html: &str) -> Option<String> {
        let (page, form) = form_of(html);
        let button = form.buttons.first();
        opened_by(&ExitBy::Press(&form, button), &page)
    }

    #[test]
    fn a_target_counts_by_the_button_then_the_form_then_the_base() {
        let blank = "`Go` opens a new window (target `_blank`)";
        let form = "<form target='_BLANK '><button>Go</button></form>";
        let opened = pressed(form).expect("it opens one");
        assert_eq!(opened, blank.replace("_blank", "_BLANK"));
        let button = "<form><button formtarget=_blank>Go</button></form>";
        assert_eq!(pressed(button).as_deref(), Some(blank));
        let base = "<base target=_blank><form><button>Go</button></form>";
        assert_eq!(pressed(base).as_deref(), Some(blank));
        let own =
            "<base target=_blank><form target=_blank><button formtarget=_self>Go</button></form>";
        assert_eq!(pressed(own), None);
    }

    #[test]
    fn only_names_that_are_certain_to_open_a_window_count() {
        let target =
            |name: &str| pressed(&format!("<form target={name}><button>Go</button></form>"));
        assert!(target("_new").is_some());
        for own in ["_self", "_Top", "_parent", "login", "''"] {
            assert_eq!(target(own), None, "{own}");
        }
    }

    #[test]
    fn a_link_and_a_form_without_a_button_open_windows_too() {
        let page = PageReading::of("<a href=/on target=_blank>Go on</a>");
        let opened = opened_by(&ExitBy::Follow(&page.links[0]), &page);
        assert_eq!(
            opened.as_deref(),
            Some("the link `Go on` opens a new window (target `_blank`)")
        );
        let (page, form) = form_of("<form target=_blank><input name=a></form>");
        let opened = opened_by(&ExitBy::Press(&form, None), &page);
        assert_eq!(
            opened.as_deref(),
            Some("the form opens a new window (target `_blank`)")
        );
    }
}
