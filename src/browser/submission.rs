//! How a form is written into a request: media types, character sets and line ends (HTML, form submission).
//!
//! A form is masked until it is written; the caller fills in the secrets of each text.

use std::borrow::Cow;

use url::form_urlencoded::byte_serialize;

use super::charset::encode;

/// How the fields of a form are written into a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enctype {
    /// `application/x-www-form-urlencoded`.
    #[default]
    UrlEncoded,
    /// `multipart/form-data`.
    Multipart,
    /// `text/plain`.
    Plain,
}

impl Enctype {
    /// Reads an attribute; what is unknown is urlencoded, as in every browser.
    pub(super) fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "multipart/form-data" => Self::Multipart,
            "text/plain" => Self::Plain,
            _ => Self::UrlEncoded,
        }
    }
}

/// A form that is sent in the body of a request, masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormBody {
    /// Names and values, in order.
    pub pairs: Vec<(String, String)>,
    /// The names of the fields for files; no file is chosen, so their values are empty.
    pub files: Vec<String>,
    /// How they are written.
    pub enctype: Enctype,
    /// The label of the character set in which they are written; empty for UTF-8.
    pub charset: String,
}

/// A body that is ready to be sent, with secrets in it.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenForm {
    /// Its media type, with parameters.
    pub media: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl FormBody {
    /// Writes the form; `fill` fills in secrets.
    pub fn write<'f>(&'f self, fill: impl Fn(&'f str) -> Cow<'f, str>) -> WrittenForm {
        let texts = |text: &'f str| line_ends(&fill(text));
        let pairs = self.pairs.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| (texts(name), texts(value)))
            .collect();
        let encode = |text: &str| encode(text, &self.charset);
        match self.enctype {
            Enctype::UrlEncoded => WrittenForm {
                media: "application/x-www-form-urlencoded".to_owned(),
                bytes: urlencoded(&pairs, &self.charset).into_bytes(),
            },
            Enctype::Multipart => {
                let parts: Vec<_> = pairs
                    .iter()
                    .zip(&self.pairs)
                    .map(|((name, value), (written, _))| FormPart {
                        name: encode(&quotable(name)),
                        is_file: value.is_empty() && self.files.contains(written),
                        value: encode(value),
                    })
                    .collect();
                multipart(&parts)
            }
            Enctype::Plain => WrittenForm {
                media: "text/plain".to_owned(),
                bytes: pairs
                    .iter()
                    .flat_map(|(name, value)| encode(&format!("{name}={value}\r\n")))
                    .collect(),
            },
        }
    }
}

/// Writes a text as in a query, in a character set.
pub(super) fn query_text(text: &str, charset: &str) -> String {
    byte_serialize(&encode(text, charset)).collect()
}

/// Writes pairs as in a query, in a character set.
pub(super) fn urlencoded(pairs: &[(String, String)], charset: &str) -> String {
    let write = |text: &str| query_text(text, charset);
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", write(name), write(value)))
        .collect();
    pairs.join("&")
}

/// Ends every line as forms do, by CRLF.
pub(super) fn line_ends(text: &str) -> String {
    if !text.contains(['\r', '\n']) {
        return text.to_owned();
    }
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

/// Escapes what would end a quoted name.
fn quotable(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}

/// What follows the name of a field for a file where none is chosen.
const NO_FILE: &[u8] = b"\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n";

/// A part of a form of several parts.
struct FormPart {
    /// The name, escaped.
    name: Vec<u8>,
    /// Whether it is a field for a file, of which none is chosen.
    is_file: bool,
    value: Vec<u8>,
}

/// Writes the parts of a form, separated by a line that occurs in none of them.
fn multipart(parts: &[FormPart]) -> WrittenForm {
    let occurs = |boundary: &str| {
        let boundary = boundary.as_bytes();
        let texts = parts.iter().flat_map(|part| [&part.name, &part.value]);
        texts
            .into_iter()
            .any(|text| text.windows(boundary.len()).any(|part| part == boundary))
    };
    let mut number = 0_u32;
    let mut boundary = boundary(number);
    while occurs(&boundary) {
        number += 1;
        boundary = self::boundary(number);
    }
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"").as_bytes(),
        );
        bytes.extend_from_slice(&part.name);
        let rest: &[u8] = if part.is_file { NO_FILE } else { b"\"\r\n\r\n" };
        bytes.extend_from_slice(rest);
        bytes.extend_from_slice(&part.value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    WrittenForm {
        media: format!("multipart/form-data; boundary={boundary}"),
        bytes,
    }
}

fn boundary(number: u32) -> String {
    format!("----FeedproofForm{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(enctype: Enctype, charset: &str, pairs: &[(&str, &str)]) -> (String, String) {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let form = FormBody {
            pairs: pairs.collect(),
            files: vec!["file".to_owned()],
            enctype,
            charset: charset.to_owned(),
        };
        let written = form.write(Cow::Borrowed);
        (
            written.media,
            String::from_utf8_lossy(&written.bytes).into_owned(),
        )
    }

    #[test]
    fn lines_end_by_carriage_return_and_line_feed_in_every_form() {
        let pairs = [("a", "1\n2\r3\r\n4")];
        assert_eq!(
            write(Enctype::UrlEncoded, "", &pairs).1,
            "a=1%0D%0A2%0D%0A3%0D%0A4"
        );
        assert_eq!(
            write(Enctype::Plain, "", &pairs).1,
            "a=1\r\n2\r\n3\r\n4\r\n"
        );
        assert!(
            write(Enctype::Multipart, "", &pairs)
                .1
                .contains("\r\n\r\n1\r\n2\r\n3\r\n4\r\n--")
        );
    }

    #[test]
    fn a_form_of_several_parts_has_a_boundary_that_occurs_in_none() {
        let (media, body) = write(
            Enctype::Multipart,
            "",
            &[("a\"\nb", "x"), ("c", "----FeedproofForm0")],
        );
        assert_eq!(media, "multipart/form-data; boundary=----FeedproofForm1");
        assert_eq!(
            body,
            "------FeedproofForm1\r\nContent-Disposition: form-data; name=\"a%22%0D%0Ab\"\r\n\r\nx\r\n\
             ------FeedproofForm1\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n----FeedproofForm0\r\n\
             ------FeedproofForm1--\r\n"
        );
    }

    #[test]
    fn a_field_for_a_file_is_sent_empty_as_its_form_writes_files() {
        let pairs = [("a", "1"), ("file", "")];
        assert_eq!(
            write(Enctype::Multipart, "", &pairs).1,
            "------FeedproofForm0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
             ------FeedproofForm0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n\r\n------FeedproofForm0--\r\n"
        );
        assert_eq!(write(Enctype::UrlEncoded, "", &pairs).1, "a=1&file=");
        assert_eq!(write(Enctype::Plain, "", &pairs).1, "a=1\r\nfile=\r\n");
    }

    #[test]
    fn the_character_set_of_the_page_is_that_of_its_forms() {
        let pairs = [("w", "Prüfwort €")];
        assert_eq!(
            write(Enctype::UrlEncoded, "utf-8", &pairs).1,
            "w=Pr%C3%BCfwort+%E2%82%AC"
        );
        assert_eq!(
            write(Enctype::UrlEncoded, "iso-8859-1", &pairs).1,
            "w=Pr%FCfwort+%80"
        );
        let greek = [("w", "λ")];
        assert_eq!(
            write(Enctype::UrlEncoded, "iso-8859-1", &greek).1,
            "w=%26%23955%3B"
        );
        assert_eq!(write(Enctype::UrlEncoded, "utf-16le", &greek).1, "w=%CE%BB");
    }

    #[test]
    fn unknown_types_are_urlencoded() {
        assert_eq!(Enctype::parse(" Multipart/Form-Data "), Enctype::Multipart);
        assert_eq!(Enctype::parse("TEXT/PLAIN"), Enctype::Plain);
        assert_eq!(Enctype::parse("application/json"), Enctype::UrlEncoded);
    }
}
