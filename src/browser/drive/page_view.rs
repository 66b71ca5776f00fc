//! A page of a driven browser, read once, and its fingerprint.

use crate::browser::ShownPage;
use crate::browser::address::trunk;
use crate::browser::form::{HtmlForm, forms};
use crate::browser::page::{PageReading, Piece};

/// What makes two looks at a page the same: its address, its texts, and the controls that it shows. What was typed or
/// ticked makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageFingerprint {
    url: String,
    texts: String,
    controls: Vec<String>,
}

/// A page or frame that was read.
pub(super) struct PageView {
    /// The page.
    pub(super) reading: PageReading,
    /// Its forms.
    pub(super) forms: Vec<HtmlForm>,
}

impl PageView {
    /// Reads a page.
    pub(super) fn of(shown: &ShownPage) -> Self {
        let reading = PageReading::of(&shown.html);
        let forms = forms(&reading);
        Self { reading, forms }
    }

    /// Returns the fingerprint of the page.
    pub(super) fn fingerprint(&self, url: &str) -> PageFingerprint {
        let mut texts = String::new();
        let mut controls = Vec::new();
        for piece in &self.reading.pieces {
            match piece {
                Piece::Text(text) => texts.push_str(text),
                Piece::Open(tag) if tag.place().is_some() => {
                    controls.push(format!("{} {}", tag.name, tag.text("name")));
                }
                Piece::Open(_) | Piece::Close(_) => {}
            }
        }
        PageFingerprint {
            url: trunk(url).to_owned(),
            texts,
            controls,
        }
    }
}
