//! The user names and passwords of participants behind a gateway, and the requests that bring them.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

/// The credentials by origin; requests bring them by the scheme Basic (RFC 7617), unless they have an `authorization`.
#[derive(Clone, Debug, Default)]
pub struct Users {
    by_origin: HashMap<String, Secret>,
    /// Addresses to which a request brings what its sender chose, or nothing.
    apart: Vec<String>,
}

impl Users {
    /// Adds the user of an origin.
    pub fn add(&mut self, origin: &str, username: &str, password: &Secret) {
        let pair = format!("{username}:{}", password.expose());
        let header = Secret::new(format!("Basic {}", STANDARD.encode(pair)));
        self.by_origin.insert(origin.to_owned(), header);
    }

    /// Excepts an address, query aside: a request without a bearer must arrive there as it is.
    pub fn except(&mut self, url: &str) {
        self.apart.push(address(url).to_owned());
    }

    /// Returns the value of `authorization` for a request to a URL; none where the URL has a user of its own.
    pub fn header(&self, url: &url::Url) -> Option<&Secret> {
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let header = self.by_origin.get(&url.origin().ascii_serialization())?;
        let apart = self
            .apart
            .iter()
            .any(|apart| apart == address(url.as_str()));
        (!apart).then_some(header)
    }
}

/// Returns a URL without its query.
fn address(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_belongs_to_an_origin_and_not_to_excepted_addresses() {
        let mut users = Users::default();
        users.add("https://bank.test", "ann", &Secret::new("hünter2:x"));
        users.except("https://bank.test/notification");
        let header = |url: &str| {
            let url = url::Url::parse(url).expect("a URL");
            users.header(&url).map(|header| header.expose().to_owned())
        };
        // The base64 of the UTF-8 of `ann:hünter2:x`.
        let basic = Some("Basic YW5uOmjDvG50ZXIyOng=".to_owned());
        assert_eq!(header("https://bank.test/login?a=b"), basic);
        assert_eq!(header("https://bank.test:443/"), basic);
        for other in [
            "http://bank.test/",
            "https://bank.test:8443/",
            "https://www.bank.test/",
            "https://bank.test/notification?a=b",
            "https://bob:pw@bank.test/",
        ] {
            assert_eq!(header(other), None, "{other}");
        }
        assert!(!format!("{users:?}").contains("YW5u"));
    }
}
