//! The customer's browser: who plays it.

use url::Url;

/// Who follows the provider's pages for the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Browser {
    /// An HTTP client of our own, which knows pages and forms and runs no scripts.
    #[default]
    Http,
    /// A real browser behind a WebDriver endpoint.
    Webdriver(Url),
    /// A person, who is given the link.
    Manual,
}
