//! Refreshes of pages: by `<meta http-equiv="refresh">`, and by the header `Refresh`, which reads the same.

/// A page that sends the browser on, or asks for itself again, after a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refresh {
    /// After how many seconds.
    pub(super) seconds: u32,
    /// Where to, as written; empty for the page's own address.
    pub(super) target: String,
}

impl Refresh {
    /// Reads a refresh as browsers do (HTML, shared declarative refresh steps); `None` for one that they ignore.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, rest) = text.split_at(digits);
        if number.is_empty() && !rest.starts_with('.') {
            return None;
        }
        // A number that is too large for its type is longer than any visit.
        let seconds = match number {
            "" => 0,
            number => number.parse().unwrap_or(u32::MAX),
        };
        let rest = rest
            .trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
        if !rest.is_empty()
            && !rest.starts_with([';', ','])
            && !rest.starts_with(char::is_whitespace)
        {
            return None;
        }
        let rest = rest.trim_start();
        let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_start();
        Some(Self {
            seconds,
            target: target(rest).trim().to_owned(),
        })
    }
}

/// Returns the address in `url = '…'`, or what is given without that name.
fn target(text: &str) -> &str {
    let named = text
        .get(..3)
        .is_some_and(|word| word.eq_ignore_ascii_case("url"));
    let value = if named {
        text[3..]
            .trim_start()
            .strip_prefix('=')
            .map(str::trim_start)
    } else {
        None
    };
    let value = value.unwrap_or(text);
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = &value[1..];
            inner.split_once(quote).map_or(inner, |(inner, _)| inner)
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(u32, &str)>) {
        let found = Refresh::parse(text);
        let found = found
            .as_ref()
            .map(|refresh| (refresh.seconds, refresh.target.as_str()));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn refreshes_are_read_as_pages_write_them() {
        check("0;url=/next", Some((0, "/next")));
        check(" 5 ; URL = \"/next\" ignored", Some((5, "/next")));
        check("1, url='/a b'", Some((1, "/a b")));
        check("1 url=/next", Some((1, "/next")));
        check("0; /next", Some((0, "/next")));
        check("0;url /next", Some((0, "url /next")));
        check("0;URL='/open", Some((0, "/open")));
        check("1.5;url=/half", Some((1, "/half")));
        check(".5", Some((0, "")));
    }

    #[test]
    fn a_refresh_without_address_asks_for_the_page_again() {
        check("1", Some((1, "")));
        check("10; ", Some((10, "")));
        check("3;url=", Some((3, "")));
    }

    #[test]
    fn what_browsers_ignore_is_no_refresh() {
        check("", None);
        check("url=/next", None);
        check("-1;url=/next", None);
        check("5x;url=/next", None);
        check("99999999999", Some((u32::MAX, "")));
    }
}
