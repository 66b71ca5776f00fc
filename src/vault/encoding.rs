//! The encodings in which a text may contain a secret: one list, for masking and for the scan of written files.
//!
//! A text is searched as it is spelt and as it is read (see `reading`), so URLs, JSON and HTML need no spelling of
//! their own here. Base64 and hexadecimal do, because nothing in a text says where they begin.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::vault::reading::{outermost_escape, read_fully};
use plan_language::value::hex;

/// How a secret was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// As it is.
    Raw,
    /// Percent-encoded or as a form field (`%2B`, `+` for a space), in whatever case and to whatever extent.
    Percent,
    /// With backslashes, as in JSON, JavaScript and Rust (`\"`, `\u00e9`, `\/`, `\u{e9}`).
    Backslash,
    /// With entities, as in HTML and XML (`&quot;`, `&#34;`, `&#x22;`).
    Entity,
    /// With its quotes doubled, as in a cell of CSV.
    Doubled,
    /// With other white space.
    Spaced,
    /// Base64, standard or URL-safe, alone or inside of a longer text such as `id:secret`.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// In another character set than UTF-8, as forms of older pages send it, or misread from one.
    Charset,
}

impl Encoding {
    /// All encodings.
    pub const ALL: [Self; 9] = [
        Self::Raw,
        Self::Percent,
        Self::Backslash,
        Self::Entity,
        Self::Doubled,
        Self::Spaced,
        Self::Base64,
        Self::Hex,
        Self::Charset,
    ];

    /// Tells how a text is spelt that was not found as it stands: by the escapes in it.
    pub(super) fn of_spelling(spelling: &[u8]) -> Self {
        match outermost_escape(spelling) {
            Some(b'&') => Self::Entity,
            Some(b'\\') => Self::Backslash,
            Some(_) => Self::Percent,
            None => Self::Spaced,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Raw => "as it is",
            Self::Percent => "percent-encoded",
            Self::Backslash => "escaped as in JSON",
            Self::Entity => "escaped as in HTML",
            Self::Doubled => "escaped as in CSV",
            Self::Spaced => "with other white space",
            Self::Base64 => "in base64",
            Self::Hex => "in hexadecimal",
            Self::Charset => "in another character set",
        })
    }
}

/// Something to look for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needle {
    /// Bytes.
    pub bytes: Vec<u8>,
    /// What it means to find them in a text as it stands.
    pub form: Encoding,
}

/// Lists what to look for to find a secret; each needle once.
pub(super) fn needles(secret: &str) -> Vec<Needle> {
    let mut needles = Vec::new();
    let mut add = |bytes: Vec<u8>, form| {
        for read in read_fully(&bytes) {
            needles.push(Needle { bytes: read, form });
        }
        needles.push(Needle { bytes, form });
    };
    add(secret.as_bytes().to_vec(), Encoding::Raw);
    if secret.contains('"') {
        let doubled = secret.replace('"', "\"\"");
        add(doubled.into_bytes(), Encoding::Doubled);
    }
    for offset in 0..3 {
        add(base64_inside(secret, offset, true), Encoding::Base64);
        add(base64_inside(secret, offset, false), Encoding::Base64);
    }
    let digits = hex(secret.as_bytes());
    add(digits.to_ascii_uppercase().into_bytes(), Encoding::Hex);
    add(digits.into_bytes(), Encoding::Hex);
    for written in other_charsets(secret) {
        needles.push(Needle {
            bytes: written,
            form: Encoding::Charset,
        });
    }
    needles.sort();
    needles.dedup_by(|needle, kept| needle.bytes == kept.bytes);
    needles
}

/// The character sets in which pages of banks come, beside UTF-8.
static CHARSETS: [&encoding_rs::Encoding; 22] = [
    encoding_rs::WINDOWS_1252,
    encoding_rs::ISO_8859_2,
    encoding_rs::ISO_8859_3,
    encoding_rs::ISO_8859_4,
    encoding_rs::ISO_8859_5,
    encoding_rs::ISO_8859_7,
    encoding_rs::ISO_8859_10,
    encoding_rs::ISO_8859_13,
    encoding_rs::ISO_8859_15,
    encoding_rs::ISO_8859_16,
    encoding_rs::KOI8_U,
    encoding_rs::MACINTOSH,
    encoding_rs::WINDOWS_1250,
    encoding_rs::WINDOWS_1251,
    encoding_rs::WINDOWS_1253,
    encoding_rs::WINDOWS_1254,
    encoding_rs::WINDOWS_1257,
    encoding_rs::SHIFT_JIS,
    encoding_rs::EUC_JP,
    encoding_rs::EUC_KR,
    encoding_rs::BIG5,
    encoding_rs::GB18030,
];

/// Returns a secret as other character sets write it, each once, and as a reader shows it who takes one for another.
///
/// What a set does not have is written as a reference, as in forms.
fn other_charsets(secret: &str) -> Vec<Vec<u8>> {
    if secret.is_ascii() {
        return Vec::new();
    }
    let mut spellings = Vec::new();
    for charset in CHARSETS {
        let written = charset.encode(secret).0.into_owned();
        spellings.push(String::from_utf8_lossy(&written).into_owned().into_bytes());
        spellings.push(written);
    }
    let misread = encoding_rs::WINDOWS_1252.decode_without_bom_handling(secret.as_bytes());
    spellings.push(misread.0.into_owned().into_bytes());
    spellings.sort();
    spellings.dedup();
    spellings.retain(|written| written != secret.as_bytes());
    spellings
}

/// Encodes a secret that begins `offset` bytes behind a group of three, and keeps the letters that depend on it alone.
fn base64_inside(secret: &str, offset: usize, standard: bool) -> Vec<u8> {
    let padded = [&[0; 3][..offset], secret.as_bytes()].concat();
    let text = if standard {
        STANDARD_NO_PAD.encode(&padded)
    } else {
        URL_SAFE_NO_PAD.encode(&padded)
    };
    let begin = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    text.as_bytes()[begin..end.max(begin)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    #[test]
    fn a_needle_is_there_once() {
        let found = needles("simple-and-long");
        let mut bytes: Vec<_> = found.iter().map(|needle| &needle.bytes).collect();
        bytes.dedup();
        assert_eq!(bytes.len(), found.len());
        // Raw, base64 at three offsets, hexadecimal in two cases.
        assert_eq!(found.len(), 6, "{found:?}");
    }

    #[test]
    fn a_secret_is_known_in_the_character_sets_of_forms_and_as_it_is_misread() {
        let found = needles("Prüfwort-€9");
        let has = |bytes: &[u8]| found.iter().any(|needle| needle.bytes == bytes);
        assert!(has(b"Pr\xfcfwort-\x809"), "windows-1252");
        assert!(has(b"Pr\xfcfwort-\xa49"), "ISO-8859-15");
        assert!(has(b"Pr\xfcfwort-&#8364;9"), "what a set lacks");
        assert!(has("PrÃ¼fwort-â‚¬9".as_bytes()), "UTF-8 as windows-1252");
        assert!(
            has("Pr\u{fffd}fwort-\u{fffd}9".as_bytes()),
            "the other way round"
        );
        assert!(other_charsets("Pruefwort-9").is_empty());
    }

    #[test]
    fn a_cell_of_csv_hides_no_secret() {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record(["a", "it is se\"cret, here"])
            .expect("written");
        let cell = String::from_utf8(writer.into_inner().expect("flushed")).expect("UTF-8");
        let found = needles("se\"cret");
        let doubled = found.iter().find(|needle| needle.form == Encoding::Doubled);
        let bytes = doubled.expect("it is looked for").bytes.clone();
        assert!(
            cell.contains(&String::from_utf8(bytes).expect("UTF-8")),
            "{cell}"
        );
    }

    proptest! {
        #[test]
        fn base64_of_a_longer_text_holds_a_needle(before in ".{0,9}", secret in ".{6,20}", after in ".{0,9}") {
            let whole = STANDARD.encode(format!("{before}{secret}{after}"));
            let offset = before.len() % 3;
            let needle = String::from_utf8(base64_inside(&secret, offset, true)).expect("ASCII");
            prop_assert!(whole.contains(&needle), "{whole} {needle}");
            prop_assert!(needle.len() >= 6);
        }
    }
}
