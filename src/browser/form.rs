//! The forms of a page: their fields with labels, their buttons, and where they are sent.
//!
//! Reads only; what a customer enters is decided in `fill`, what is pressed in `decision`.

mod reader;

use super::Enctype;
use super::text::bare;

pub(super) use reader::forms;

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HtmlForm {
    /// The place of its element in a driven browser.
    pub(super) place: Option<usize>,
    /// Its `id`, for controls outside of it.
    pub(super) id: String,
    /// What else names it: its `name`, its label, and the headings and legends in it.
    pub(super) titles: Vec<String>,
    /// Where it is sent, as written; empty for the page's own address.
    pub(super) action: String,
    /// The name of the window in which it leads on, as written.
    pub(super) window: Option<String>,
    /// Whether it is sent by `POST`.
    pub(super) post: bool,
    /// How its fields are written into a body.
    pub(super) enctype: Enctype,
    /// The character sets that it names, as written; perhaps empty.
    pub(super) charsets: String,
    /// Whether a customer does not see it.
    pub(super) hidden: bool,
    /// Whether it does not say where it is sent, or has a script for that: unless it is sent by `POST`, a script may send it
    /// in another way.
    pub(super) by_script: bool,
    /// Its fields, in order.
    pub(super) fields: Vec<FormField>,
    /// Its buttons, in order.
    pub(super) buttons: Vec<Button>,
    /// Whether its role is `search`.
    role_search: bool,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FormField {
    /// The place of its element in a driven browser.
    pub(super) place: Option<usize>,
    /// Name; never empty.
    pub(super) name: String,
    /// Its `id`, perhaps empty.
    pub(super) id: String,
    /// Its label, plain; may be empty.
    pub(super) label: String,
    /// The word of `autocomplete`, perhaps empty.
    pub(super) autocomplete: String,
    /// Whether it is required.
    pub(super) required: bool,
    /// Whether a customer can change it.
    pub(super) open: bool,
    /// Value from the start: of a text, or of what a radio or checkbox stands for.
    pub(super) value: String,
    /// Values of its `data-` attributes.
    pub(super) marks: Vec<String>,
    /// How many UTF-16 units a customer can enter, if that is bounded.
    pub(super) max: Option<usize>,
    /// The name under which the direction of its text is sent, too.
    pub(super) direction: Option<String>,
    /// What sort of field it is.
    pub(super) kind: FieldKind,
}

/// A sort of field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// Not shown.
    #[default]
    Hidden,
    /// A line that may tell who someone is: text, an email address, a number.
    Line,
    /// Anything else that is entered: a date, several lines.
    Other,
    /// A file.
    File,
    /// A password.
    Password,
    /// One of several with the same name, and whether it is chosen.
    Radio(bool),
    /// Something to tick, and whether it is ticked.
    Checkbox(bool),
    /// A list to choose from.
    Select {
        /// Whether several can be chosen.
        multiple: bool,
        /// What is offered, in order.
        options: Vec<SelectOption>,
    },
}

/// An option of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SelectOption {
    /// What is sent; without it the text is.
    pub(super) value: Option<String>,
    /// What is shown, plain.
    pub(super) text: String,
    /// Values of its `data-` attributes.
    pub(super) marks: Vec<String>,
    /// Whether it is chosen from the start.
    pub(super) selected: bool,
    /// Whether it is shown but cannot be chosen; nothing is sent for it.
    pub(super) disabled: bool,
}

/// A button that sends its form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Button {
    /// The place of its element in a driven browser.
    pub(super) place: Option<usize>,
    /// Name, perhaps empty: then nothing is sent for it.
    pub(super) name: String,
    /// Value.
    pub(super) value: String,
    /// What it says, plain.
    pub(super) text: String,
    /// What it says to those who cannot see it; its text where there is no other.
    pub(super) hint: String,
    /// Where it sends the form instead, as written.
    pub(super) action: Option<String>,
    /// The name of the window in which it leads on instead, as written.
    pub(super) window: Option<String>,
    /// Whether it sends the form by `POST` instead, or by `GET`.
    pub(super) post: Option<bool>,
    /// How it has the fields written instead.
    pub(super) enctype: Option<Enctype>,
    /// How many fields of the form stand before it.
    pub(super) fields_before: usize,
    /// Whether it is an image, for which the place of the press is sent.
    pub(super) image: bool,
}

impl SelectOption {
    /// Returns what is sent.
    pub(super) fn sent(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.text)
    }
}

impl SelectOption {
    /// Tells whether it has this name for a customer: its text or its value.
    pub(super) fn is_called(&self, name: &str) -> bool {
        !self.disabled && (self.value.as_deref() == Some(name) || bare(&self.text) == bare(name))
    }
}

impl Button {
    /// Tells whether it has this name for a customer: its text, its value or its `name`.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let shown = [&self.text, &self.hint, &self.value];
        shown
            .into_iter()
            .any(|text| !text.is_empty() && bare(text) == bare(name))
            || self.name == name
    }

    /// Tells whether a press of either sends the same.
    pub(super) fn sends_as(&self, other: &Self) -> bool {
        (&self.name, &self.value, &self.action, self.post)
            == (&other.name, &other.value, &other.action, other.post)
            && bare(&self.text) == bare(&other.text)
    }

    /// Returns the pairs that are sent for it.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        if self.image {
            // A press of the enter key is at the corner of the image.
            let prefix = match self.name.as_str() {
                "" => String::new(),
                name => format!("{name}."),
            };
            return ["x", "y"]
                .map(|axis| (format!("{prefix}{axis}"), "0".to_owned()))
                .into();
        }
        match self.name.as_str() {
            "" => Vec::new(),
            name => vec![(name.to_owned(), self.value.clone())],
        }
    }

    /// Returns what to call it in a sentence.
    pub(super) fn title(&self) -> &str {
        [&self.text, &self.value, &self.name]
            .into_iter()
            .find(|text| !text.is_empty())
            .map_or("a button without text", String::as_str)
    }
}

impl FormField {
    /// Tells whether it has this name for a customer: its label or its `name`.
    pub(super) fn is_called(&self, name: &str) -> bool {
        (!self.label.is_empty() && bare(&self.label) == bare(name)) || self.name == name
    }
}

impl HtmlForm {
    /// Tells whether it has this name for a customer: its `id`, its `name`, its label or a heading in it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.id == name || self.titles.iter().any(|title| bare(title) == bare(name))
    }

    /// Tells whether it asks for a password.
    pub(super) fn asks_password(&self) -> bool {
        self.fields
            .iter()
            .any(|field| field.kind == FieldKind::Password)
    }

    /// Tells whether it asks for something that is typed in.
    pub(super) fn asks_text(&self) -> bool {
        self.fields.iter().any(|field| {
            field.open
                && matches!(
                    field.kind,
                    FieldKind::Line | FieldKind::Other | FieldKind::File | FieldKind::Password
                )
        })
    }

    /// Tells whether it offers a choice of one among several.
    pub(super) fn offers_choice(&self) -> bool {
        self.fields.iter().any(|field| {
            field.open && matches!(field.kind, FieldKind::Radio(_) | FieldKind::Select { .. })
        })
    }

    /// Tells whether it is the search box of a site.
    pub(super) fn searches(&self) -> bool {
        let sought = |field: &FormField| matches!(field.name.as_str(), "q" | "query" | "search");
        !self.post && (self.role_search || self.fields.iter().any(sought))
    }
}

#[cfg(test)]
mod tests;
