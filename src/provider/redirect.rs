//! Where the browser is sent when the provider is done with it: `redirect_uri` with `state` added.
//!
//! The address is used byte for byte as given; the list of hosts is open, so none is pinned.

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::fault::Fault;
use super::settings::Settings;

/// Everything but the unreserved characters of RFC 3986.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest address that is taken, in bytes.
const LENGTH_MAX: usize = 8 * 1024;

/// The way back for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    redirect_uri: String,
    state: String,
}

impl Destination {
    /// Checks that a browser can be sent there: an absolute http or https address and a state that is not empty.
    pub(super) fn new(redirect_uri: &str, state: &str) -> Option<Self> {
        let fits = redirect_uri.len() <= LENGTH_MAX && (1..=LENGTH_MAX).contains(&state.len());
        let url = Url::parse(redirect_uri).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let sendable = !redirect_uri.starts_with(char::is_whitespace)
            && HeaderValue::try_from(redirect_uri).is_ok();
        (fits && web && sendable).then(|| Destination {
            redirect_uri: redirect_uri.to_owned(),
            state: state.to_owned(),
        })
    }

    /// Returns the address with state: an existing query is kept and a fragment stays behind it.
    pub(super) fn url(&self, settings: &Settings) -> String {
        if settings.shows(Fault::RedirectWithoutState) {
            return self.redirect_uri.clone();
        }
        let (mut address, fragment) = match self.redirect_uri.find('#') {
            Some(at) => self.redirect_uri.split_at(at),
            None => (self.redirect_uri.as_str(), ""),
        };
        if settings.shows(Fault::RedirectDropsQuery) {
            address = address.split_once('?').map_or(address, |(path, _)| path);
        }
        let joint = match address.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!(
            "{address}{joint}state={}{fragment}",
            utf8_percent_encode(&self.state, RESERVED)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed;
    use super::*;

    fn check(redirect_uri: &str, faults: &[Fault], expected: &str) {
        let mut settings = testbed::settings("http://127.0.0.1:9");
        settings.faults = faults.to_vec();
        let destination = Destination::new(redirect_uri, "s-1").expect("a usable address");
        assert_eq!(destination.url(&settings), expected);
    }

    #[test]
    fn state_is_added_and_the_rest_kept_as_given() {
        check("http://h/r", &[], "http://h/r?state=s-1");
        check("http://h", &[], "http://h?state=s-1");
        check(
            "http://H:80/a/../b?x=%7e",
            &[],
            "http://H:80/a/../b?x=%7e&state=s-1",
        );
        check("http://h/r?", &[], "http://h/r?state=s-1");
        check("http://h/r?a=1&", &[], "http://h/r?a=1&state=s-1");
        check("http://h/r?a=1#f?x", &[], "http://h/r?a=1&state=s-1#f?x");
        check("http://h/r#f", &[], "http://h/r?state=s-1#f");
    }

    #[test]
    fn state_cannot_break_out_of_its_place() {
        let destination = Destination::new("http://h/r", "a&b=#c\r\n\u{fc}").unwrap();
        let url = destination.url(&testbed::settings("http://127.0.0.1:9"));
        assert_eq!(url, "http://h/r?state=a%26b%3D%23c%0D%0A%C3%BC");
    }

    #[test]
    fn faults_lose_exactly_one_part() {
        check(
            "http://h/r?a=1#f",
            &[Fault::RedirectWithoutState],
            "http://h/r?a=1#f",
        );
        check(
            "http://h/r?a=1#f",
            &[Fault::RedirectDropsQuery],
            "http://h/r?state=s-1#f",
        );
        check(
            "http://h/r",
            &[Fault::RedirectDropsQuery],
            "http://h/r?state=s-1",
        );
    }

    #[test]
    fn addresses_no_browser_may_be_sent_to_are_refused() {
        for unfit in [
            "",
            "/r",
            "javascript:alert(1)",
            "ftp://h/r",
            "http://",
            " http://h/r",
            "http://h/\r\nSet-Cookie: a",
        ] {
            assert_eq!(Destination::new(unfit, "s"), None, "{unfit:?}");
        }
        assert_eq!(Destination::new("http://h/r", ""), None);
        let long = format!("http://h/{}", "r".repeat(LENGTH_MAX - 9));
        assert!(Destination::new(&long, "s").is_some());
        assert_eq!(Destination::new(&format!("{long}r"), "s"), None);
    }
}
