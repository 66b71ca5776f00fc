//! The body of a message: its codings undone, its characters decoded, and read as what it claims to be.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::charset;
use crate::coding::{asked_for, codings, decode, is_gzip};
use crate::footprint;
use crate::json;
use crate::media::MediaType;
use crate::unread::Unread;

/// Number of repeated keys that notes name.
const REPEATED_MAX: usize = 5;

/// A body of more bytes is read alone.
const READ_ALONE: usize = 1 << 20;

/// Held while a large body is read, lest many of them take the memory for it at once.
static READING: Mutex<()> = Mutex::new(());

/// How much of a body is read, and how much memory that may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The largest body once its codings are undone, in bytes.
    pub decoded: usize,
    /// The most memory that a JSON document or a form may take, as estimated before it is read, in bytes.
    pub document: usize,
    /// How much of the beginning is read of a longer text, and of a document that takes more memory, in bytes.
    pub beginning: usize,
}

/// A body as it was sent, with the headers that say how to read it.
#[derive(Clone, Copy, Debug)]
pub struct SentBody<'m> {
    /// The `content-type`; empty without one.
    pub content_type: &'m str,
    /// The values of `content-encoding`, joined by commas; empty without one.
    pub content_encoding: &'m str,
    /// The `accept-encoding` of the request that a response answers; `None` for a request, and where it had none.
    pub accept_encoding: Option<&'m str>,
    /// The bytes.
    pub bytes: &'m [u8],
}

/// What a body says, and what is odd about how it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct BodyReading {
    /// What it says.
    pub content: Content,
    /// Phrases for a reader: `a byte order mark was skipped`.
    pub notes: Vec<String>,
}

/// What a body says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// There is no body.
    None,
    /// A JSON document.
    Json {
        /// Its value; of equal keys the last one counts.
        value: Value,
        /// Its value where the first of equal keys counts; `None` where no key is repeated.
        first: Option<Value>,
    },
    /// A form, as decoded pairs in order.
    Form(Vec<(String, String)>),
    /// Another text.
    Text(String),
    /// The beginning of a text that is longer, or of a document that takes more memory, than its reader wants.
    Beginning {
        /// What the beginning says: JSON, a form or text; a value on its edge is left out, or stands as `…`.
        of: Box<Content>,
        /// Size of the whole, its codings undone, in bytes.
        bytes: usize,
    },
    /// Bytes that claim to be no text, and are none.
    Binary,
    /// A body that is there, but cannot be read as what it claims to be.
    Unread(Unread),
}

impl SentBody<'_> {
    /// Reads the body as its recipient means it, within bounds.
    ///
    /// ```
    /// use http_message::{Bounds, Content, SentBody};
    ///
    /// let sent = SentBody {
    ///     content_type: "application/problem+json; charset=\"utf-8\"",
    ///     content_encoding: "",
    ///     accept_encoding: None,
    ///     bytes: b"\xef\xbb\xbf{\"ok\":true}",
    /// };
    /// let reading = sent.read(Bounds { decoded: 1 << 20, document: 1 << 20, beginning: 1 << 10 });
    /// assert!(matches!(reading.content, Content::Json { .. }));
    /// assert_eq!(reading.notes, ["a byte order mark was skipped"]);
    /// ```
    pub fn read(&self, bounds: Bounds) -> BodyReading {
        let alone = self.bytes.len() > READ_ALONE || !self.content_encoding.is_empty();
        // The lock guards no data, so that a reader that panicked left nothing broken behind.
        let _alone = alone.then(|| READING.lock().unwrap_or_else(PoisonError::into_inner));
        let mut notes = Vec::new();
        let content = match self.content(bounds, &mut notes) {
            Ok(content) => content,
            Err(unread) => Content::Unread(unread),
        };
        BodyReading { content, notes }
    }

    /// Returns the bytes once the content codings are undone; `most` bounds them.
    ///
    /// # Errors
    /// [`Unread`] for a coding that is unknown or is not what the bytes are.
    pub fn bytes(&self, most: usize) -> Result<Vec<u8>, Unread> {
        self.decoded(most, &mut Vec::new()).map(Cow::into_owned)
    }

    fn content(&self, bounds: Bounds, notes: &mut Vec<String>) -> Result<Content, Unread> {
        if self.bytes.is_empty() {
            return Ok(Content::None);
        }
        let bytes = self.decoded(bounds.decoded, notes)?;
        if bytes.is_empty() {
            return Ok(Content::None);
        }
        let media = MediaType::read(self.content_type);
        if media.is_form() {
            return bounded_form(&media, &bytes, bounds, notes);
        }
        if media.is_text() && is_gzip(&bytes) {
            return Err(Unread::malformed(format!(
                "gzip, which no content-encoding declares, instead of {}",
                media.essence
            )));
        }
        let text = match charset::decode(&media, &bytes) {
            Ok(decoded) => {
                notes.extend(decoded.notes);
                decoded.text
            }
            Err(_) if !media.is_text() && media.charset.is_none() => return Ok(Content::Binary),
            Err(unread) => return Err(unread),
        };
        if media.is_json() {
            return bounded_json(&text, bounds, notes);
        }
        // Servers that forget the media type of their JSON are common, and clients read it all the same.
        if text.trim_start().starts_with(['{', '['])
            && let Ok(content) = bounded_json(&text, bounds, notes)
        {
            return Ok(content);
        }
        Ok(bounded_text(text, bounds))
    }

    /// Undoes the content codings.
    fn decoded(&self, most: usize, notes: &mut Vec<String>) -> Result<Cow<'_, [u8]>, Unread> {
        let codings = codings(self.content_encoding);
        for coding in &codings {
            match self.accept_encoding {
                Some(accept) if asked_for(accept, coding) => {}
                Some(_) => notes.push(format!("{coding}, although not asked for")),
                None => notes.push(format!("sent as {coding}")),
            }
        }
        decode(&codings, self.bytes, most)
    }
}

/// Reads JSON, or its beginning where the whole would take too much memory.
fn bounded_json(text: &str, bounds: Bounds, notes: &mut Vec<String>) -> Result<Content, Unread> {
    if footprint::of_json(text) <= bounds.document {
        return json::parse(text).map(|document| document_content(document, notes));
    }
    json::validate(text)?;
    let value = json::read_beginning(beginning_of(text, bounds.beginning));
    Ok(Content::Beginning {
        of: Box::new(Content::Json { value, first: None }),
        bytes: text.len(),
    })
}

/// Reads a form, or its beginning where the whole would take too much memory.
fn bounded_form(
    media: &MediaType,
    bytes: &[u8],
    bounds: Bounds,
    notes: &mut Vec<String>,
) -> Result<Content, Unread> {
    if footprint::of_form(bytes) <= bounds.document {
        return form(media, bytes, notes);
    }
    let beginning = &bytes[..bytes.len().min(bounds.beginning)];
    // The pair on the edge may be half of one.
    let whole = beginning.iter().rposition(|byte| *byte == b'&');
    Ok(Content::Beginning {
        of: Box::new(form(media, &beginning[..whole.unwrap_or(0)], notes)?),
        bytes: bytes.len(),
    })
}

fn bounded_text(text: Cow<'_, str>, bounds: Bounds) -> Content {
    if text.len() <= bounds.beginning {
        return Content::Text(text.into_owned());
    }
    let beginning = beginning_of(&text, bounds.beginning).to_owned();
    Content::Beginning {
        of: Box::new(Content::Text(beginning)),
        bytes: text.len(),
    }
}

/// Returns the first bytes of a text, up to a whole character.
fn beginning_of(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn document_content(document: json::Document, notes: &mut Vec<String>) -> Content {
    let count = document.repeated.len();
    for (key, times) in document.repeated.iter().take(REPEATED_MAX) {
        notes.push(format!("the key `{key}` occurs {times} times"));
    }
    if count > REPEATED_MAX {
        let more = count - REPEATED_MAX;
        let keys = if more == 1 {
            "key occurs"
        } else {
            "keys occur"
        };
        let least = if count == json::REPEATED_MAX {
            "at least "
        } else {
            ""
        };
        notes.push(format!("{least}{more} more {keys} more than once"));
    }
    Content::Json {
        value: document.last,
        first: document.first,
    }
}

/// Reads a form, whose escaped bytes are of the declared character set, else UTF-8.
fn form(media: &MediaType, bytes: &[u8], notes: &mut Vec<String>) -> Result<Content, Unread> {
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            notes.push("a byte order mark was skipped".to_owned());
            rest
        }
        None => bytes,
    };
    let decode = |part: &[u8]| -> Result<String, Unread> {
        let spaced: Vec<u8> = part
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        let plain: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
        charset::decode(media, &plain).map(|decoded| decoded.text.into_owned())
    };
    bytes
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let mut part = || decode(parts.next().unwrap_or_default());
            Ok((part()?, part()?))
        })
        .collect::<Result<_, _>>()
        .map(Content::Form)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        decoded: 10_000_000,
        document: 20_000,
        beginning: 100,
    };

    fn read(content_type: &str, bytes: &[u8]) -> BodyReading {
        let sent = SentBody {
            content_type,
            content_encoding: "",
            accept_encoding: None,
            bytes,
        };
        sent.read(BOUNDS)
    }

    fn json(value: Value) -> Content {
        Content::Json { value, first: None }
    }

    #[test]
    fn json_is_read_by_its_media_type_or_by_its_look() {
        for media in [
            "application/json",
            "text/json",
            "a/b+json",
            "text/plain",
            "",
        ] {
            assert_eq!(read(media, b" {\"a\":1}").content, json(json!({"a": 1})));
        }
        assert_eq!(read("text/json", b"1").content, json(json!(1)));
        assert_eq!(
            read("text/plain", b"[not json").content,
            Content::Text("[not json".to_owned())
        );
    }

    #[test]
    fn a_body_that_is_not_what_it_claims_to_be_is_unread_and_not_absent() {
        let why = |media: &str, bytes: &[u8]| match read(media, bytes).content {
            Content::Unread(unread) => unread.why,
            other => panic!("{media}: {other:?}"),
        };
        assert_eq!(
            why("application/json", b"<p>"),
            "not JSON: expected value at line 1 column 1"
        );
        assert_eq!(
            why("application/json", b"\x1f\x8b\x08\0"),
            "gzip, which no content-encoding declares, instead of application/json"
        );
        assert_eq!(
            why("text/plain", b"gr\xfcn"),
            "not UTF-8 from byte 3 on, and no other charset is declared"
        );
        assert_eq!(
            why("application/x-www-form-urlencoded", b"a=%fc"),
            "not UTF-8 from byte 1 on, and no other charset is declared"
        );
        assert_eq!(read("image/png", b"\x89PNG").content, Content::Binary);
        assert_eq!(read("", b"\xff\x80").content, Content::Binary);
        assert_eq!(read("application/json", b"").content, Content::None);
    }

    #[test]
    fn a_repeated_key_is_noted_and_both_of_its_readings_are_kept() {
        let reading = read("application/json", br#"{"amount":99999,"amount":10}"#);
        assert_eq!(
            reading.content,
            Content::Json {
                value: json!({"amount": 10}),
                first: Some(json!({"amount": 99999})),
            }
        );
        assert_eq!(reading.notes, ["the key `amount` occurs 2 times"]);
    }

    #[test]
    fn a_form_is_decoded_from_its_character_set() {
        let pairs = |media: &str, bytes: &[u8]| match read(media, bytes).content {
            Content::Form(pairs) => pairs,
            other => panic!("{other:?}"),
        };
        let media = "application/x-www-form-urlencoded";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs(media, b"a=b+c&&d&e=%C3%BC=1"),
            [pair("a", "b c"), pair("d", ""), pair("e", "ü=1")]
        );
        let media = format!("{media}; charset=ISO-8859-1");
        assert_eq!(pairs(&media, b"a=%FC"), [pair("a", "ü")]);
    }

    #[test]
    fn of_a_document_that_takes_too_much_memory_only_the_beginning_is_read() {
        let beginning = |media: &str, body: &str| match read(media, body.as_bytes()).content {
            Content::Beginning { of, bytes } => {
                assert_eq!(bytes, body.len());
                *of
            }
            other => panic!("{other:?}"),
        };
        let numbers = format!("{{\"token\":\"abc\",\"many\":[{}1]}}", "1,".repeat(1_000));
        for media in ["application/json", "text/plain"] {
            let Content::Json { value, first: None } = beginning(media, &numbers) else {
                panic!("it is JSON");
            };
            assert_eq!(value["token"], "abc");
            assert!(value["many"].as_array().is_some_and(|many| many.len() < 50));
        }
        let edge = format!(
            "{{\"a\":[{}1],\"b\":1}}",
            "{\"k\":\"abcdefghijk\"},".repeat(100)
        );
        let Content::Json { value, .. } = beginning("application/json", &edge) else {
            panic!("it is JSON");
        };
        let last = value["a"].as_array().and_then(|list| list.last().cloned());
        assert_eq!(last, Some(json!({"k": "…"})));
        let form = "a=1&".repeat(200);
        let of = beginning("application/x-www-form-urlencoded", &form);
        assert!(matches!(of, Content::Form(pairs) if pairs.len() == 24 + 1));
        let text = "ü".repeat(200);
        assert_eq!(
            beginning("text/plain", &text),
            Content::Text("ü".repeat(50))
        );
        let broken = format!("{}]", "[1,".repeat(100).repeat(30));
        let unread = read("application/json", broken.as_bytes()).content;
        assert!(matches!(unread, Content::Unread(_)), "{unread:?}");
    }

    #[test]
    fn a_coding_that_was_not_asked_for_is_noted() {
        // `{}` as one stored block of the bare deflate stream.
        let bytes = b"\x01\x02\0\xfd\xff{}";
        let notes = |accept_encoding| {
            let sent = SentBody {
                content_type: "application/json",
                content_encoding: "deflate",
                accept_encoding,
                bytes,
            };
            let reading = sent.read(Bounds {
                decoded: 2,
                ..BOUNDS
            });
            assert_eq!(reading.content, json(json!({})));
            reading.notes
        };
        assert_eq!(notes(Some("identity")), ["deflate, although not asked for"]);
        assert_eq!(notes(None), ["sent as deflate"]);
        assert!(notes(Some("gzip, deflate")).is_empty());
    }
}
