//! The character set of a page, as browsers find it out, and that of the forms on it.
//!
//! The journal reads a page strictly, in `http-message`; a browser shows what it can.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How much of a page is searched for a declaration, in bytes (HTML, prescan of a byte stream).
const PRESCAN_BYTES: usize = 1024;

/// A page as text, and the character set in which it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// The text; what is no character of the set is replaced.
    pub text: String,
    /// The name of the character set.
    pub charset: &'static str,
}

/// Reads a page by its byte order mark, else the character set of its media type, else that of a `<meta>`.
///
/// A page that declares none is UTF-8 if it can be, else windows-1252, which is what browsers take.
pub fn page_text(content_type: &str, bytes: &[u8]) -> PageText {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let declared =
        || declared(content_type).and_then(|label| Encoding::for_label(label.as_bytes()));
    let assumed = || match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) => WINDOWS_1252,
    };
    let encoding = marked
        .or_else(declared)
        .or_else(|| prescan(bytes))
        .unwrap_or_else(assumed);
    // A byte order mark decides in `decode`, too.
    let (text, encoding, _) = encoding.decode(bytes);
    PageText {
        text: text.into_owned(),
        charset: encoding.name(),
    }
}

/// Returns the name of the character set in which a form is sent: the first that it accepts and that is known, else that
/// of its page.
pub(super) fn charset_of(accepted: &str, page: &str) -> String {
    let named = accepted
        .split([' ', ',', '\t', '\n', '\r'])
        .find_map(|label| Encoding::for_label(label.as_bytes()));
    let encoding = named.map_or_else(|| encoding_of(page), Encoding::output_encoding);
    encoding.name().to_owned()
}

/// Encodes a text of a form; a character that the set does not have becomes a reference to it, as in every browser.
pub(super) fn encode(text: &str, charset: &str) -> Vec<u8> {
    encoding_of(charset).encode(text).0.into_owned()
}

/// Returns the character set of a label in which forms are written; UTF-8 where it is unknown.
fn encoding_of(label: &str) -> &'static Encoding {
    let known = Encoding::for_label(label.as_bytes());
    known.map_or(UTF_8, Encoding::output_encoding)
}

/// Returns the value of the parameter `charset`.
fn declared(content_type: &str) -> Option<&str> {
    let lower = content_type.to_ascii_lowercase();
    let at = lower.find("charset")?;
    value(&content_type[at + "charset".len()..])
}

/// Returns the character set that a `<meta>` at the beginning of a page names.
fn prescan(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN_BYTES)]).into_owned();
    let mut rest = head.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let tag = rest.split('>').next().unwrap_or_default();
        let named = tag
            .get(..4)
            .is_some_and(|name| name.eq_ignore_ascii_case("meta"));
        if let Some(label) = named.then(|| declared(tag)).flatten() {
            let encoding = Encoding::for_label(label.as_bytes())?;
            // Who can read the declaration reads no UTF-16.
            return Some(encoding.output_encoding());
        }
    }
    None
}

/// Returns what is behind a `=`, with or without quotes.
fn value(text: &str) -> Option<&str> {
    let value = text.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value,
    };
    let end = value.find(['"', '\'', ';', ' ', '/', '\t', '\n', '\r']);
    Some(&value[..end.unwrap_or(value.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, bytes: &[u8], expected: (&str, &str)) {
        let page = page_text(content_type, bytes);
        assert_eq!((page.text.as_str(), page.charset), expected);
    }

    #[test]
    fn the_surest_declaration_counts() {
        check(
            "text/html; charset=utf-8",
            "\u{feff}ü".as_bytes(),
            ("ü", "UTF-8"),
        );
        check(
            "text/html; charset=latin1",
            "\u{feff}ü".as_bytes(),
            ("ü", "UTF-8"),
        );
        check(
            "text/html;Charset=\"ISO-8859-1\"",
            b"\xfc",
            ("ü", "windows-1252"),
        );
        check(
            "text/html; charset=utf-8",
            b"<meta charset=latin1>\xc3\xbc",
            ("<meta charset=latin1>ü", "UTF-8"),
        );
        let meta = b"<!-- <meta charset=utf-8> --><META http-equiv=Content-Type content='text/html; charset=iso-8859-2'>\xb1";
        assert_eq!(page_text("text/html", meta).charset, "ISO-8859-2");
        assert_eq!(
            page_text("", b"<meta charset=\"utf-16\">\xc3\xbc").charset,
            "UTF-8"
        );
    }

    #[test]
    fn an_undeclared_page_is_utf_8_if_it_can_be() {
        check("text/html", "ü".as_bytes(), ("ü", "UTF-8"));
        check("text/html", b"\xfc", ("ü", "windows-1252"));
        check(
            "text/html; charset=x-nowhere",
            b"\xfc",
            ("ü", "windows-1252"),
        );
    }

    #[test]
    fn a_form_is_sent_in_what_it_accepts_or_as_its_page_came() {
        assert_eq!(charset_of("", "latin1"), "windows-1252");
        assert_eq!(charset_of("x-nowhere, UTF-8", "latin1"), "UTF-8");
        assert_eq!(charset_of("x-nowhere", ""), "UTF-8");
    }
}
