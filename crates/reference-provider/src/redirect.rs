//! The address to which the provider redirects the browser at the end: `redirect_uri` with `state` added.
//!
//! The provider uses the address byte for byte as given, with any host.

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Url, form_urlencoded};

use super::fault::Fault;
use super::settings::Settings;

/// Everything but the unreserved characters of RFC 3986.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest accepted address, in bytes.
const LENGTH_MAX: usize = 8 * 1024;

/// The destination of one customer's browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    redirect_uri: String,
    state: String,
    renewing: bool,
    /// Whether the customer cancelled.
    cancelled: bool,
}

impl Destination {
    /// Makes a destination of an absolute HTTP or HTTPS URL and a state that is not empty; `None` for anything else.
    pub(super) fn new(redirect_uri: &str, state: &str) -> Option<Self> {
        let fits = redirect_uri.len() <= LENGTH_MAX && (1..=LENGTH_MAX).contains(&state.len());
        let url = Url::parse(redirect_uri).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let sendable = !redirect_uri.starts_with(char::is_whitespace)
            && HeaderValue::try_from(redirect_uri).is_ok();
        (fits && web && sendable).then(|| Destination {
            redirect_uri: redirect_uri.to_owned(),
            state: state.to_owned(),
            renewing: false,
            cancelled: false,
        })
    }

    /// Makes it the destination of a renewal of consent.
    pub(super) fn renewing(self) -> Self {
        Destination {
            renewing: true,
            ..self
        }
    }

    /// Returns the address as it was given, without state, which only a fault does.
    pub(super) fn without_state(&self) -> &str {
        &self.redirect_uri
    }

    /// Makes it the destination of a customer who cancelled.
    pub(super) fn cancelled(self) -> Self {
        Destination {
            cancelled: true,
            ..self
        }
    }

    /// Returns the address with state; keeps an existing query, and a fragment at the end.
    pub(super) fn url(&self, settings: &Settings) -> String {
        let stateless = settings.shows(Fault::RedirectWithoutState)
            || self.renewing && settings.shows(Fault::ReauthorisationRedirectsWithoutState);
        if stateless {
            return self.redirect_uri.clone();
        }
        let redirect_uri = self.base(settings);
        let (mut address, fragment) = match redirect_uri.find('#') {
            Some(at) => redirect_uri.split_at(at),
            None => (redirect_uri.as_str(), ""),
        };
        let drops_query = settings.shows(Fault::RedirectDropsQuery)
            || self.renewing && settings.shows(Fault::RenewalDropsQuery);
        if drops_query {
            address = address.split_once('?').map_or(address, |(path, _)| path);
        }
        let joint = match address.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let fragment = if settings.shows(Fault::RedirectAddsFragment) && !self.renewing {
            "#_=_"
        } else {
            fragment
        };
        let state = if settings.shows(Fault::StateInCapitals) {
            self.state.to_ascii_uppercase()
        } else {
            self.state.clone()
        };
        let state = utf8_percent_encode(&state, RESERVED);
        if settings.shows(Fault::StateInFragment) {
            return format!("{address}#state={state}");
        }
        let addition = if settings.shows(Fault::RedirectAddsStatus) {
            "&status=success"
        } else if self.cancelled && settings.shows(Fault::CancelAddsError) {
            "&error=access_denied"
        } else {
            ""
        };
        format!("{address}{joint}state={state}{addition}{fragment}")
    }

    /// Returns the address without state, with the provider's faults.
    fn base(&self, settings: &Settings) -> String {
        let given = self.redirect_uri.as_str();
        let shows = |fault| settings.shows(fault);
        if shows(Fault::RewritesReturnHost) {
            return on_known_host(given, &settings.provider_api);
        }
        if let Some(rest) = given.strip_prefix("https://")
            && shows(Fault::DowngradesReturnScheme)
        {
            return format!("http://{rest}");
        }
        if shows(Fault::RedirectLowersPath) {
            return given.to_ascii_lowercase();
        }
        let (path, query) = given.split_once('?').unwrap_or((given, ""));
        if shows(Fault::RedirectDecodesQuery) && !query.is_empty() {
            return format!("{path}?{}", percent_decode_str(query).decode_utf8_lossy());
        }
        if shows(Fault::RedirectWritesQueryAnew) && !query.is_empty() {
            let pairs = form_urlencoded::parse(query.as_bytes());
            let mut anew = form_urlencoded::Serializer::new(String::new());
            return format!("{path}?{}", anew.extend_pairs(pairs).finish());
        }
        if shows(Fault::RedirectAddsSlash) && !path.ends_with('/') {
            return given.replacen(path, &format!("{path}/"), 1);
        }
        given.to_owned()
    }
}

/// Replaces the host of an address by that of a known address.
fn on_known_host(address: &str, known: &str) -> String {
    let (Ok(mut url), Ok(known)) = (Url::parse(address), Url::parse(known)) else {
        return address.to_owned();
    };
    let place = |url: &Url| {
        (
            url.host_str().map(str::to_owned),
            url.port_or_known_default(),
        )
    };
    if place(&url) == place(&known) {
        return address.to_owned();
    }
    let moved = url.set_host(known.host_str()).is_ok() && url.set_port(known.port()).is_ok();
    if moved {
        url.to_string()
    } else {
        address.to_owned()
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
    fn a_fault_sends_the_browser_to_a_host_it_knows() {
        let rewrites = [Fault::RewritesReturnHost];
        check(
            "http://h:7/r?a=1",
            &rewrites,
            "http://127.0.0.1:9/r?a=1&state=s-1",
        );
        check(
            "http://127.0.0.1:9/r",
            &rewrites,
            "http://127.0.0.1:9/r?state=s-1",
        );
        check(
            "http://127.0.0.1/r",
            &rewrites,
            "http://127.0.0.1:9/r?state=s-1",
        );
    }

    #[test]
    fn a_fault_loses_state_after_renewing_only() {
        let mut settings = testbed::settings("http://127.0.0.1:9");
        settings.faults = vec![Fault::ReauthorisationRedirectsWithoutState];
        let destination = Destination::new("http://h/r", "s-1").unwrap();
        assert_eq!(destination.url(&settings), "http://h/r?state=s-1");
        assert_eq!(destination.renewing().url(&settings), "http://h/r");
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
