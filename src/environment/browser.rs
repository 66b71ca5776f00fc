//! The customer's browser: the built-in one, a real browser, or a person's.

use url::Url;

/// The browser that opens the provider's pages for the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Browser {
    /// The built-in HTTP client, which reads pages and forms and runs no scripts.
    #[default]
    Http,
    /// A real browser behind a WebDriver endpoint.
    Webdriver(Url),
    /// A person's browser; feedproof shows the link.
    Manual,
}
