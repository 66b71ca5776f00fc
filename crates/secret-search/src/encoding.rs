//! The encodings in which a text may contain a secret: one list, for masking and for the scan of written files.
//!
//! A text is searched as it is spelt and as it is read (see `reading`), so URLs, JSON and HTML need no spelling of
//! their own here. Base64 and hexadecimal do, because nothing in a text says where they begin.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::reading::{outermost_escape, read_fully};

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
    /// In small or in capital letters alone.
    Case,
    /// Base64, standard or URL-safe, in lines or not, alone or inside of a longer text such as `id:secret`; of the
    /// secret in UTF-8, UTF-16 or windows-1252.
    Base64,
    /// Hexadecimal digits, with separators or not.
    Hex,
    /// In another character set than UTF-8, as forms of older pages send it, or misread from one.
    Charset,
}

impl Encoding {
    /// All encodings.
    pub const ALL: [Self; 10] = [
        Self::Raw,
        Self::Percent,
        Self::Backslash,
        Self::Entity,
        Self::Doubled,
        Self::Spaced,
        Self::Case,
        Self::Base64,
        Self::Hex,
        Self::Charset,
    ];

    /// Tells how a text is spelt that was not found as it stands: by the escapes in it.
    pub fn of_spelling(spelling: &[u8]) -> Self {
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
            Self::Case => "in letters of another case",
            Self::Base64 => "in base64",
            Self::Hex => "in hexadecimal",
            Self::Charset => "in another character set",
        })
    }
}

/// In which letters a secret may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterCase {
    /// As they are.
    AsIs,
    /// In small or in capital letters alone, too, unless the secret is of letters alone.
    Any,
}

/// Something to look for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    /// Bytes.
    pub bytes: Vec<u8>,
    /// What it means to find them in a text as it stands.
    pub form: Encoding,
}

/// Lists what to look for to find a secret; each needle once.
///
/// Digits need no needle: a stretch of them is searched as the bytes that it stands for.
pub fn needles(secret: &str, case: LetterCase) -> Vec<Needle> {
    let mut needles = Vec::new();
    let mut add = |bytes: Vec<u8>, form| {
        for read in read_fully(&bytes) {
            needles.push(Needle { bytes: read, form });
        }
        needles.push(Needle { bytes, form });
    };
    add(secret.as_bytes().to_vec(), Encoding::Raw);
    // In another case, letters alone are a word that means something else: `Savings` of a customer, a type `savings`.
    if case == LetterCase::Any && !secret.chars().all(char::is_alphabetic) {
        for cased in [secret.to_lowercase(), secret.to_uppercase()] {
            add(cased.into_bytes(), Encoding::Case);
        }
    }
    if secret.contains('"') {
        let doubled = secret.replace('"', "\"\"");
        add(doubled.into_bytes(), Encoding::Doubled);
    }
    let wide = utf16(secret);
    let mut written = vec![secret.as_bytes().to_vec()];
    written.extend(wide.iter().cloned());
    if !secret.is_ascii() {
        written.push(encoding_rs::WINDOWS_1252.encode(secret).0.into_owned());
    }
    for bytes in &written {
        for offset in 0..3 {
            for letters in base64_inside(bytes, offset) {
                let unbroken = letters.iter().copied().filter(|letter| *letter != b'+');
                add(unbroken.collect(), Encoding::Base64);
                add(letters, Encoding::Base64);
            }
        }
    }
    for bytes in wide.into_iter().chain(other_charsets(secret)) {
        needles.push(Needle {
            bytes,
            form: Encoding::Charset,
        });
    }
    // Of two forms of one spelling the first is the one to tell.
    needles.sort();
    needles.dedup_by(|needle, kept| needle.bytes == kept.bytes);
    needles
}

/// Returns a secret in UTF-16 of both byte orders, but for the zeros around it, which are another character's half.
fn utf16(secret: &str) -> Vec<Vec<u8>> {
    let units = || secret.encode_utf16();
    let mut written: Vec<Vec<u8>> = [
        units().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        units().flat_map(u16::to_be_bytes).collect(),
    ]
    .iter()
    .map(|bytes| without_outer_zeros(bytes).to_vec())
    .collect();
    written.dedup();
    written
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

fn without_outer_zeros(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] | [rest @ .., 0] = bytes {
        bytes = rest;
    }
    bytes
}

/// Encodes bytes that begin `offset` bytes behind a group of three, and keeps the letters that depend on them alone;
/// in the standard alphabet, and in that of URLs if it differs.
fn base64_inside(bytes: &[u8], offset: usize) -> Vec<Vec<u8>> {
    let padded = [&[0; 3][..offset], bytes].concat();
    let begin = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    let inside = |text: String| text.as_bytes()[begin..end.max(begin)].to_vec();
    let mut alphabets = vec![
        inside(STANDARD_NO_PAD.encode(&padded)),
        inside(URL_SAFE_NO_PAD.encode(&padded)),
    ];
    alphabets.dedup();
    alphabets
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    #[test]
    fn a_needle_is_there_once() {
        let found = needles("simple-and-long", LetterCase::Any);
        let mut bytes: Vec<_> = found.iter().map(|needle| &needle.bytes).collect();
        bytes.dedup();
        assert_eq!(bytes.len(), found.len());
        // Raw, in capitals, in UTF-16, and base64 of two at three offsets.
        assert_eq!(found.len(), 9, "{found:?}");
    }

    #[test]
    fn a_secret_is_known_in_the_character_sets_of_forms_and_as_it_is_misread() {
        let found = needles("Prüfwort-€9", LetterCase::Any);
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
        let found = needles("se\"cret", LetterCase::Any);
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
            let [needle, ..] = &base64_inside(secret.as_bytes(), offset)[..] else {
                panic!("the standard alphabet is one");
            };
            let needle = str::from_utf8(needle).expect("ASCII");
            prop_assert!(whole.contains(needle), "{whole} {needle}");
            prop_assert!(needle.len() >= 6);
        }
    }
}
