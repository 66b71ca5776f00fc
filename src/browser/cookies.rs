//! The cookies of a customer's browser, by RFC 6265: kept for one visit, and for the next one if that is in the same browser.
//!
//! There is no list of public suffixes: a visit meets the hosts of one bank and one service. Values are secrets; the
//! caller masks what it records.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use cookie_store::{Cookie, CookieStore, RawCookie};
use url::Url;

/// Maximum number of cookies that are kept for one host, whatever their names, paths and domains.
const COOKIES_MAX: usize = 100;

/// Maximum number of cookies that are kept on one visit, for all its hosts.
const ALL_COOKIES_MAX: usize = 500;

/// Maximum size of the name and the value of a cookie, in bytes; that of most browsers.
const COOKIE_BYTES_MAX: usize = 4096;

/// Maximum size of the path of a cookie, in bytes; that of most browsers for an attribute.
const ATTRIBUTE_BYTES_MAX: usize = 1024;

/// The cookies of one visit.
#[derive(Default)]
pub struct Cookies(Mutex<CookieStore>);

impl fmt::Debug for Cookies {
    /// Shows no cookie: their values are secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Cookies(…)")
    }
}

impl Cookies {
    /// Keeps the cookies of the `Set-Cookie` headers of a response, and removes those that have expired.
    ///
    /// A header that is no cookie, that is too large, or a cookie for another host, is ignored, as browsers do. Where as
    /// many are kept as may be, only those that replace another are.
    pub fn take<'h>(&self, url: &str, headers: impl Iterator<Item = &'h str>) {
        let Ok(url) = Url::parse(url) else {
            return;
        };
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for header in headers {
            let Ok(raw) = RawCookie::parse(header) else {
                continue;
            };
            let Ok(cookie) = Cookie::try_from_raw_cookie(&raw, &url) else {
                continue;
            };
            let cookie = cookie.into_owned();
            let domain = String::from(&cookie.domain);
            let path = String::from(&cookie.path);
            let name = cookie.name().to_owned();
            let replaces = store.contains_any(&domain, &path, &name);
            let fits = name.len() + cookie.value().len() <= COOKIE_BYTES_MAX
                && path.len() <= ATTRIBUTE_BYTES_MAX;
            let full = is_full(&store, &url);
            let expired = cookie.is_expired();
            // Only a cookie that its sender may take back is removed.
            let ours = cookie.domain.matches(&url);
            if ours && expired {
                store.remove(&domain, &path, &name);
            } else if fits && (replaces || !full) {
                // An error says that the cookie belongs elsewhere.
                let _ = store.insert(cookie, &url);
            }
        }
    }

    /// Returns the `Cookie` header of a request, if there is any cookie to send.
    ///
    /// Cookies with longer paths come first (RFC 6265, section 5.4), those with paths of one length by their names.
    pub fn header(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cookies = store.matches(&url);
        cookies.sort_by(|left, right| {
            let lengths = right.path.len().cmp(&left.path.len());
            lengths.then_with(|| left.name().cmp(right.name()))
        });
        let pairs = cookies.iter().map(|cookie| {
            let (name, value) = cookie.name_value();
            format!("{name}={value}")
        });
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// Tells whether no further cookie is kept for a host.
fn is_full(store: &CookieStore, url: &Url) -> bool {
    let of_host = store.iter_any().filter(|kept| kept.domain.matches(url));
    of_host.count() >= COOKIES_MAX || store.iter_any().count() >= ALL_COOKIES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_domains_and_flags_count() {
        let cookies = Cookies::default();
        let set = [
            "login=1; Path=/login",
            "all=2; Path=/",
            "safe=3; Path=/; Secure",
            "wide=4; Path=/; Domain=bank.example",
            "foreign=5; Path=/; Domain=other.example",
            "old=6; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ];
        cookies.take("https://id.bank.example/login/start", set.into_iter());
        let header = |url| cookies.header(url);
        assert_eq!(
            header("https://id.bank.example/login/next").as_deref(),
            Some("login=1; all=2; safe=3; wide=4")
        );
        assert_eq!(
            header("http://id.bank.example/consent").as_deref(),
            Some("all=2; wide=4")
        );
        assert_eq!(
            header("https://www.bank.example/").as_deref(),
            Some("wide=4")
        );
        assert_eq!(header("https://other.example/"), None);
    }

    #[test]
    fn debug_shows_no_cookie() {
        let cookies = Cookies::default();
        cookies.take("https://bank.example/", ["session=s3cret"].into_iter());
        assert_eq!(format!("{cookies:?}"), "Cookies(…)");
    }

    #[test]
    fn a_secure_cookie_comes_back_to_a_provider_on_this_machine() {
        let cookies = Cookies::default();
        cookies.take(
            "http://127.0.0.1:8080/",
            ["s=1; Path=/; Secure"].into_iter(),
        );
        let header = cookies.header("http://127.0.0.1:8080/next");
        assert_eq!(header.as_deref(), Some("s=1"));
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_until_it_is_taken_back() {
        let cookies = Cookies::default();
        let set = [
            "session=abc; Path=/; HttpOnly",
            "theme=dark",
            "no cookie at all",
        ];
        cookies.take("http://bank:1/login", set.into_iter());
        assert_eq!(
            cookies.header("http://bank:1/consent").as_deref(),
            Some("session=abc; theme=dark")
        );
        assert_eq!(cookies.header("http://elsewhere/"), None);
        cookies.take("http://bank:1/logout", ["session=; Max-Age=0"].into_iter());
        assert_eq!(
            cookies.header("http://bank:1/").as_deref(),
            Some("theme=dark")
        );
    }

    #[test]
    fn the_number_of_cookies_is_bounded() {
        let cookies = Cookies::default();
        let many: Vec<_> = (0..1000).map(|number| format!("c{number}=1")).collect();
        cookies.take("http://bank/", many.iter().map(String::as_str));
        let header = cookies.header("http://bank/").expect("some are kept");
        assert_eq!(header.split("; ").count(), COOKIES_MAX);
        // One that is kept may still change, and be taken back.
        cookies.take("http://bank/", ["c0=2"].into_iter());
        let header = cookies.header("http://bank/").expect("some are kept");
        assert!(header.contains("c0=2"), "{header}");
        cookies.take("http://bank/", ["c0=; Max-Age=0", "late=1"].into_iter());
        let header = cookies.header("http://bank/").expect("some are kept");
        assert!(header.contains("late=1") && !header.contains("c0="));
    }

    fn kept(cookies: &Cookies) -> usize {
        cookies
            .0
            .lock()
            .expect("no test panics in it")
            .iter_any()
            .count()
    }

    #[test]
    fn one_name_at_many_paths_and_domains_is_many_cookies() {
        let cookies = Cookies::default();
        let many: Vec<_> = (0..1000)
            .map(|number| format!("a=1; Path=/{number}"))
            .collect();
        cookies.take("http://bank.example/", many.iter().map(String::as_str));
        assert_eq!(kept(&cookies), COOKIES_MAX);
        // Cookies that were taken back take no place.
        for number in 0..COOKIES_MAX {
            let gone = format!("a=; Path=/{number}; Max-Age=0");
            cookies.take("http://bank.example/", [gone.as_str()].into_iter());
        }
        assert_eq!(kept(&cookies), 0);
        for host in 0..1000 {
            let url = format!("http://h{host}.bank.example/");
            cookies.take(&url, ["a=1", "b=2"].into_iter());
        }
        assert_eq!(kept(&cookies), ALL_COOKIES_MAX);
    }

    #[test]
    fn a_cookie_larger_than_browsers_keep_is_not_kept() {
        let cookies = Cookies::default();
        let largest = format!("a={}", "x".repeat(COOKIE_BYTES_MAX - 1));
        let larger = format!("b={}", "x".repeat(COOKIE_BYTES_MAX));
        let deep = format!("c=1; Path=/{}", "x".repeat(ATTRIBUTE_BYTES_MAX));
        let set = [largest.as_str(), &larger, &deep];
        cookies.take("http://bank/", set.into_iter());
        assert_eq!(cookies.header("http://bank/"), Some(largest));
        assert_eq!(kept(&cookies), 1);
    }
}
