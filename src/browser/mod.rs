//! The customer's browser: follows redirects, fills in the provider's pages, comes back.
//!
//! [`visit`] goes from page to page until the customer is back, is refused, or cannot continue; [`drive`] does the same
//! with a driven browser. All texts are masked: a password may be a handle, which is passed on and never read.
//!
//! This module never opens a socket, reads a clock or writes to the journal. Pages come through [`Fetch`], whose
//! implementer records every exchange, fills in secrets, keeps the cookies of a visit and decodes bodies; one-time codes
//! come through [`Authenticator`].
//! Scripts are not run; the one exception is a statement that sets the location to a literal in any case. Where the
//! browser does not know how to go on, it says so, and the visit says nothing about the provider.

mod address;
mod charset;
mod choice;
mod cookies;
mod customer;
mod decision;
mod drive;
mod end;
mod fill;
mod form;
mod impasse;
mod network_log;
mod page;
mod progress;
mod refresh;
mod screen;
mod script;
mod sense;
mod submission;
mod text;
mod totp;
mod visit;
mod window;

pub use charset::{PageText, page_text};
pub use cookies::Cookies;
pub use drive::drive;
pub use network_log::{NetworkLog, PageEvent};
pub use screen::{Action, Screen, ShownPage};
pub use submission::{Enctype, FormBody, WrittenForm};
pub use totp::{NoCode, STEP_SECONDS, one_time_code};
pub use visit::visit;

/// Issues the one-time codes that a customer reads off a phone.
pub trait Authenticator: Sync {
    /// Returns the handle of the code that is valid now, for the handle of its secret.
    ///
    /// # Errors
    /// The cause, in words, when there is no code.
    fn code(&self, secret: &str) -> impl Future<Output = Result<String, String>> + Send;

    /// Returns how long an entry of the login is once secrets take the place of handles, in UTF-16 units.
    fn length(&self, entry: &str) -> usize;
}

/// Fetches pages on behalf of one visit.
pub trait Fetch: Authenticator {
    /// Sends a request and returns the page of its response; redirects are not followed.
    ///
    /// # Errors
    /// The cause, in words, when no response arrived.
    fn fetch(&self, request: PageRequest) -> impl Future<Output = Result<Page, String>> + Send;

    /// Waits for so many seconds, as a page asks for before the browser goes on.
    ///
    /// # Errors
    /// The cause, in words, when the visit is over before.
    fn pause(&self, seconds: u32) -> impl Future<Output = Result<(), String>> + Send;
}

/// A request of the browser, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Absolute http or https URL without fragment. A form that is sent by `GET` is encoded in its query, in which
    /// handles stand as they are.
    pub url: String,
    /// The label of the character set of the form in its query; empty for UTF-8.
    pub charset: String,
    /// A form that is sent by `POST`, neither written nor filled in; `None` for `GET`.
    pub form: Option<FormBody>,
}

impl PageRequest {
    fn get(url: String) -> Self {
        Self {
            method: "GET",
            url,
            charset: String::new(),
            form: None,
        }
    }

    /// Writes a secret as the query of a form has it.
    pub fn query_text(&self, secret: &str) -> String {
        submission::query_text(secret, &self.charset)
    }

    fn post(url: String, form: FormBody) -> Self {
        Self {
            method: "POST",
            url,
            charset: String::new(),
            form: Some(form),
        }
    }
}

/// A response to the browser, masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Number of the exchange in the journal.
    pub exchange: u64,
    /// The page's own address, where a tap is between it and the requested address: the links of the page are relative
    /// to this.
    pub own: Option<String>,
    /// Status.
    pub status: u16,
    /// The `Location` header, as it was sent.
    pub location: Option<String>,
    /// The `Refresh` header, as it was sent.
    pub refresh: Option<String>,
    /// Media type, without parameters; empty for none.
    pub media: String,
    /// The name of the character set in which the page came; empty for UTF-8.
    pub charset: String,
    /// Why the body could not be read, if it could not.
    pub unread: Option<String>,
    /// The body as text; only the first 512 KiB are read.
    pub body: String,
}

/// A visit that a customer makes.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// Where the visit begins: an absolute URL.
    pub url: String,
    /// The login: an object with `username`, `password`, `fields` and `steps`.
    ///
    /// `fields` is an object from the name or label of a further field to its entry or, for a one-time code, to
    /// `{ totp: … }` with the handle of its secret. `steps` is an array of objects that say what to do on a page:
    /// `form`, `tick`, `choose`, `press` and `cancel`.
    pub login: Option<serde_json::Value>,
    /// `allow` or `cancel`; empty for `allow`.
    pub decision: String,
    /// The account to choose on the page to which the customer comes back.
    pub choose: Option<Choice>,
    /// Return addresses that the runner owns, as prefixes of URLs: reaching one ends the visit, and it is not fetched.
    /// A prefix ends where a part of a URL ends: `http://h/back` does not cover `http://h/backdoor`.
    pub ours: Vec<String>,
}

impl Visit {
    /// Returns each `redirect_uri` in the address of the visit, masked.
    pub fn redirect_uris(&self) -> Vec<String> {
        address::query_values(&self.url, "redirect_uri")
    }
}

/// Tells whether a page offers accounts to choose among.
pub fn offers_account(html: &str) -> bool {
    let forms = form::forms(&page::PageReading::of(html));
    forms.iter().any(form::HtmlForm::offers_choice)
}

/// Which of the offered accounts a customer chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// By its place in the list; places count from 0.
    Index(usize),
    /// By its identifier (the value or a `data-` attribute), its visible text or, where only one matches, a part of that.
    Text(String),
}
