//! The cookies of one visit: kept by host, for as long as the visit lasts.
//!
//! A subset of RFC 6265: `Domain`, `Path`, `Expires` and flags have no effect; `Max-Age=0` removes a cookie. Values are
//! secrets; the caller masks what it records. `cookie_store` would do the rest and adds 3 packages, but lifetimes and
//! paths change which requests a provider sees, so a visit changes with it: that belongs to a change of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use url::Url;

/// The most cookies that are kept for one host.
const COOKIES_MAX: usize = 100;

/// Cookies by host and name.
#[derive(Debug, Default)]
pub struct Cookies(Mutex<BTreeMap<String, BTreeMap<String, String>>>);

impl Cookies {
    /// Keeps the cookies of the `Set-Cookie` headers of a response.
    pub fn take<'h>(&self, url: &str, headers: impl Iterator<Item = &'h str>) {
        let Some(host) = host(url) else {
            return;
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let jar = kept.entry(host).or_default();
        for header in headers {
            let mut parts = header.split(';');
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let name = name.trim().to_owned();
            let gone = parts.any(|part| {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                key.trim().eq_ignore_ascii_case("max-age")
                    && value
                        .trim()
                        .parse::<i64>()
                        .is_ok_and(|seconds| seconds <= 0)
            });
            if gone {
                jar.remove(&name);
            } else if jar.len() < COOKIES_MAX || jar.contains_key(&name) {
                jar.insert(name, value.trim().to_owned());
            }
        }
    }

    /// Returns the `Cookie` header for a request, if there is anything to send.
    pub fn header(&self, url: &str) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let jar = kept.get(&host(url)?)?;
        let pairs: Vec<_> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// Returns the host of a URL; as in real browsers, ports share their cookies.
fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
