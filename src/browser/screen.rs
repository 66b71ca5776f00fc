//! What a driven browser shows to a customer, and what the customer does there.

use super::Authenticator;

/// A browser that is driven on behalf of one visit: it loads pages, runs their scripts and follows redirects by itself.
///
/// Elements have places. In the HTML of [`ShownPage`] each element that can be used has its place in the attribute
/// `feedproof-place`, and a [`Action`] names it by that place until the next look. Hidden elements, scripts and styles
/// are left out of that HTML, and controls that belong to no form are put into one.
pub trait Screen: Authenticator {
    /// Opens an address, masked.
    ///
    /// # Errors
    /// The cause, in words, when the browser could not do it.
    fn open(&mut self, url: &str) -> impl Future<Output = Result<(), String>> + Send;

    /// Reads the page, or a frame of it: each place names a frame within the one before. `None` while the page changes.
    ///
    /// # Errors
    /// The cause, in words, when the browser cannot be reached any more.
    fn look(
        &mut self,
        frames: &[usize],
    ) -> impl Future<Output = Result<Option<ShownPage>, String>> + Send;

    /// Performs an action on an element of the last look.
    ///
    /// # Errors
    /// The cause, in words, when it could not be done.
    fn act(&mut self, action: &Action) -> impl Future<Output = Result<(), String>> + Send;

    /// Waits for a moment.
    fn rest(&mut self) -> impl Future<Output = ()> + Send;

    /// Returns the `redirect_uri` of all observed requests of the visit, in order.
    fn redirect_uris(&self) -> Vec<String>;

    /// Returns the return address that the browser was observed to request, if it was.
    fn returned(&self) -> Option<String>;
}

/// What a driven browser shows, masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownPage {
    /// Address of the page or frame.
    pub url: String,
    /// The address that did not load, masked, where the browser shows a page of its own instead and reports it.
    pub failed: Option<String>,
    /// Status of the response, if the browser reports it.
    pub status: Option<u16>,
    /// HTML as it is now, with places; only the first 512 KiB are read.
    pub html: String,
    /// Windows that are open.
    pub windows: usize,
}

/// An action of a customer on an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Replaces the content of a field.
    Type {
        /// Place of the field.
        place: usize,
        /// What is typed, masked.
        text: String,
    },
    /// Switches a radio on, or a checkbox over.
    Click {
        /// Place of the radio or checkbox.
        place: usize,
    },
    /// Chooses in a list.
    Choose {
        /// Place of the list.
        place: usize,
        /// Values of the options, masked; all others are left off.
        values: Vec<String>,
    },
    /// Presses a button or follows a link.
    Press {
        /// Place of the button or link.
        place: usize,
    },
    /// Sends a form that has no button.
    Submit {
        /// Place of the form.
        place: usize,
    },
}
