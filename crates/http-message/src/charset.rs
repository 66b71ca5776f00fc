//! Bytes as text: by byte order mark, by the declared character set, else as UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::media::MediaType;
use crate::unread::{Unread, UnreadCause};

/// How far into a page its own declaration of a character set is looked for, in bytes, as browsers do.
const PRESCAN: usize = 1024;

/// A text, and what is odd about how it was sent.
pub(crate) struct Decoded<'b> {
    /// The text, without a byte order mark.
    pub text: Cow<'b, str>,
    /// Phrases for a reader.
    pub notes: Vec<String>,
}

/// Reads bytes as text.
///
/// # Errors
/// Why they are no text: an unknown character set, or bytes that are not of it.
pub(crate) fn decode<'b>(media: &MediaType, bytes: &'b [u8]) -> Result<Decoded<'b>, Unread> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let note = if encoding == UTF_8 {
            "a byte order mark was skipped".to_owned()
        } else {
            format!(
                "a byte order mark was skipped; it declares {}",
                encoding.name()
            )
        };
        return strict(encoding, &bytes[length..], "its byte order mark declares").map(|text| {
            Decoded {
                text,
                notes: vec![note],
            }
        });
    }
    if let Some(label) = &media.charset {
        let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            Unread::new(
                UnreadCause::Unsupported,
                format!("its charset `{label}` is unknown"),
            )
        })?;
        return plain(strict(encoding, bytes, "is declared"));
    }
    if media.is_html() {
        return page(bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => plain(Ok(Cow::Borrowed(text))),
        Err(error) => Err(Unread::malformed(format!(
            "not UTF-8 from byte {} on, and no other charset is declared",
            error.valid_up_to() + 1
        ))),
    }
}

fn plain(text: Result<Cow<'_, str>, Unread>) -> Result<Decoded<'_>, Unread> {
    text.map(|text| Decoded {
        text,
        notes: Vec::new(),
    })
}

fn strict<'b>(
    encoding: &'static Encoding,
    bytes: &'b [u8],
    which: &str,
) -> Result<Cow<'b, str>, Unread> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| Unread::malformed(format!("not {}, which {which}", encoding.name())))
}

/// Reads a page as browsers do: by its own declaration, else as UTF-8 if it is that, else as windows-1252.
fn page(bytes: &[u8]) -> Result<Decoded<'_>, Unread> {
    if let Some(encoding) = declared_within(&bytes[..bytes.len().min(PRESCAN)]) {
        // Browsers replace what they cannot read in a page rather than refuse it.
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        let note = format!(
            "some bytes are not {}, which the page declares",
            encoding.name()
        );
        return Ok(Decoded {
            text,
            notes: broken.then_some(note).into_iter().collect(),
        });
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return plain(Ok(Cow::Borrowed(text)));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok(Decoded {
        text,
        notes: vec![
            "not UTF-8, and no charset is declared; read as windows-1252, as browsers do"
                .to_owned(),
        ],
    })
}

/// Finds the character set that a page declares in a `meta` element.
fn declared_within(start: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let within = |tag: &str| {
        let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
        let value = tag[tag.find("charset")? + "charset".len()..].trim_start();
        let value = value.strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = value.find(['"', '\'', ';', ' ', '/']);
        Encoding::for_label(&value.as_bytes()[..end.unwrap_or(value.len())])
    };
    text.split("<meta")
        .skip(1)
        .find_map(within)
        .map(|encoding| {
            // A page that says so in bytes that ASCII shares cannot be in UTF-16 (HTML, 13.2.3.2).
            if encoding.is_ascii_compatible() {
                encoding
            } else {
                UTF_8
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(media: &str, bytes: &[u8]) -> Result<(String, Vec<String>), Unread> {
        decode(&MediaType::read(media), bytes)
            .map(|decoded| (decoded.text.into_owned(), decoded.notes))
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_mentioned() {
        let (text, notes) = read("application/json", b"\xef\xbb\xbf{}").expect("it is UTF-8");
        assert_eq!((text.as_str(), notes.len()), ("{}", 1));
        assert_eq!(notes, ["a byte order mark was skipped"]);
        let (text, notes) = read("text/plain", b"\xff\xfeh\0i\0").expect("it is UTF-16");
        assert_eq!(text, "hi");
        assert_eq!(
            notes,
            ["a byte order mark was skipped; it declares UTF-16LE"]
        );
    }

    #[test]
    fn the_declared_character_set_counts() {
        let (text, _) = read("application/json; charset=ISO-8859-1", b"\"m\xfcller\"").expect("");
        assert_eq!(text, "\"müller\"");
        let unread = read("application/json; charset=utf-8", b"\"m\xfcller\"").expect_err("");
        assert_eq!(unread.why, "not UTF-8, which is declared");
        let unread = read("application/json", b"\"m\xfcller\"").expect_err("");
        assert_eq!(
            unread.why,
            "not UTF-8 from byte 3 on, and no other charset is declared"
        );
        assert_eq!(unread.cause, UnreadCause::Malformed);
        let unread = read("text/plain; charset=x-nowhere", b"a").expect_err("");
        assert_eq!(unread.cause, UnreadCause::Unsupported);
    }

    #[test]
    fn a_page_is_read_as_browsers_read_it() {
        let declared = b"<html><META http-equiv=x content=\"text/html; charset=iso-8859-15\">\xa4";
        let (text, notes) = read("text/html", declared).expect("pages are always read");
        assert!(text.ends_with('€') && notes.is_empty(), "{text}");
        let (text, notes) = read("text/html", b"<p>gr\xfcn").expect("pages are always read");
        assert!(text.ends_with("grün") && notes.len() == 1);
        let (text, notes) = read("text/html", "<meta charset=utf-16>ü".as_bytes()).expect("");
        assert!(text.ends_with('ü') && notes.is_empty());
    }
}
