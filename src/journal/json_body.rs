//! JSON bodies as the journal keeps them: small ones as they are, large ones compressed.
//!
//! A list of five thousand transactions takes ten megabytes once it is read, and a run has hundreds of them. Such a
//! document is kept as deflated text, in memory as well as in `journal.jsonl`, and opened for the moment in which
//! somebody looks into it. What a document says is left to its readers.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Write as _};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use http_message::json_footprint;
use plan_language::value::Value;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::journal::footprint::{ALLOCATION, value_footprint};

/// A document that takes more memory than this, in bytes, is compressed: some ten kilobytes of text.
const PACKED_FROM: usize = 128 << 10;

/// The longest text that a compressed document of a recorded journal may have, in bytes: twice what a participant may
/// send. It keeps a forged journal from filling the memory, as the next one does.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// What a compressed document of a recorded journal may take once it is read, in bytes.
const DOCUMENT_BYTES_MAX: usize = 512 << 20;

/// What documents that were opened lately may take together, in bytes.
const OPENED_BYTES_MAX: usize = 24 << 20;

/// How many documents that were opened lately are kept open.
const OPENED_MAX: usize = 8;

/// The name under which `journal.jsonl` writes a compressed document.
pub(super) const DEFLATED: &str = "deflated";

/// A JSON document, masked.
#[derive(Clone)]
pub struct JsonBody(Kept);

#[derive(Clone)]
enum Kept {
    Whole(Arc<Value>),
    Packed(Arc<Packed>),
}

/// A document as deflated text.
struct Packed(Box<[u8]>);

/// A document that can be looked into.
#[derive(Debug)]
pub enum OpenJson<'b> {
    /// It is kept as it is.
    Whole(&'b Value),
    /// It was opened, and stays so as long as this lives.
    Opened(Arc<Value>),
}

impl Deref for OpenJson<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Whole(value) => value,
            Self::Opened(value) => value,
        }
    }
}

impl From<Value> for JsonBody {
    fn from(value: Value) -> Self {
        let packed = (value_footprint(&value) > PACKED_FROM).then(|| Packed::of(&value));
        match packed.flatten() {
            Some(packed) => Self(Kept::Packed(Arc::new(packed))),
            None => Self(Kept::Whole(Arc::new(value))),
        }
    }
}

/// Members in another order make no other document, compressed or not.
impl PartialEq for JsonBody {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kept::Packed(one), Kept::Packed(other)) if one.0 == other.0 => true,
            _ => *self.open() == *other.open(),
        }
    }
}

impl JsonBody {
    /// Opens the document.
    pub fn open(&self) -> OpenJson<'_> {
        match &self.0 {
            Kept::Whole(value) => OpenJson::Whole(value),
            Kept::Packed(packed) => OpenJson::Opened(OPENED.open(packed)),
        }
    }

    /// Estimates how much memory it takes while it is kept, in bytes.
    pub fn footprint(&self) -> usize {
        match &self.0 {
            Kept::Whole(value) => value_footprint(value),
            Kept::Packed(packed) => 2 * ALLOCATION + packed.0.len(),
        }
    }
}

impl fmt::Debug for JsonBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.open().fmt(out)
    }
}

impl Packed {
    /// Compresses a document; `None` for one that could not be read back, for which the memory budget has to do.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn of(value: &Value) -> Option<Self> {
        let text = value.to_string();
        check(&text).ok()?;
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated
            .write_all(text.as_bytes())
            .expect("it is written to memory");
        let deflated = deflated.finish().expect("it is written to memory");
        Some(Self(deflated.into_boxed_slice()))
    }

    /// Tells whether it can be opened.
    fn check(&self) -> io::Result<()> {
        let text = inflate(&self.0)?;
        let text = str::from_utf8(&text).map_err(io::Error::other)?;
        check(text)?;
        serde_json::from_str::<Value>(text)?;
        Ok(())
    }

    /// Reads the document.
    fn read(&self) -> io::Result<Value> {
        Ok(serde_json::from_slice(&inflate(&self.0)?)?)
    }
}

/// Tells whether the text of a document is within the bounds of a compressed one.
fn check(text: &str) -> io::Result<()> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(too_long());
    }
    if json_footprint(text) > DOCUMENT_BYTES_MAX {
        let mib = DOCUMENT_BYTES_MAX >> 20;
        return Err(io::Error::other(format!(
            "it may take more than {mib} MiB of memory"
        )));
    }
    Ok(())
}

fn too_long() -> io::Error {
    let mib = TEXT_BYTES_MAX >> 20;
    io::Error::other(format!("it has more than {mib} MiB"))
}

/// Undoes the compression of a document.
fn inflate(deflated: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut bounded = DeflateDecoder::new(deflated).take(TEXT_BYTES_MAX as u64 + 1);
    bounded.read_to_end(&mut text)?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(too_long());
    }
    Ok(text)
}

/// Undoes the compression of what is there of a document, as far as it goes.
pub(super) fn inflate_beginning(deflated: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut bounded = DeflateDecoder::new(deflated).take(TEXT_BYTES_MAX as u64);
    // What was read before an error stays.
    let _ = bounded.read_to_end(&mut text);
    text
}

/// Documents that were opened lately: the checks of a case look into the same messages one after another.
static OPENED: OpenedLately = OpenedLately(Mutex::new(VecDeque::new()));

/// Open documents, the last one first.
struct OpenedLately(Mutex<VecDeque<Opened>>);

struct Opened {
    packed: Arc<Packed>,
    value: Arc<Value>,
    footprint: usize,
}

impl OpenedLately {
    /// Opens a document, unless it is open.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn open(&self, packed: &Arc<Packed>) -> Arc<Value> {
        if let Some(value) = self.find(packed) {
            return value;
        }
        let value = packed.read();
        let value = Arc::new(value.expect("it was compressed here, or checked when it was read"));
        let mut kept = self.lock();
        kept.push_front(Opened {
            packed: packed.clone(),
            value: value.clone(),
            footprint: value_footprint(&value),
        });
        let mut bytes = 0;
        let fit = kept.iter().take(OPENED_MAX).take_while(|opened| {
            bytes += opened.footprint;
            bytes <= OPENED_BYTES_MAX
        });
        // The last one is in use, however large it is.
        let fit = fit.count().max(1);
        kept.truncate(fit);
        value
    }

    /// Returns a document that is open, which makes it the last one.
    fn find(&self, packed: &Arc<Packed>) -> Option<Arc<Value>> {
        let mut kept = self.lock();
        let place = kept
            .iter()
            .position(|opened| Arc::ptr_eq(&opened.packed, packed))?;
        let opened = kept.remove(place)?;
        let value = opened.value.clone();
        kept.push_front(opened);
        Some(value)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Opened>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Either as it is, `json: …`, or `deflated: "…"`: the raw DEFLATE of its text (RFC 1951), in base64.
impl Serialize for JsonBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match &self.0 {
            Kept::Whole(value) => map.serialize_entry("json", value)?,
            Kept::Packed(packed) => map.serialize_entry(DEFLATED, &STANDARD.encode(&packed.0))?,
        }
        map.end()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Written {
    Json(Value),
    Deflated(String),
}

impl<'de> Deserialize<'de> for JsonBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = |error: &dyn fmt::Display| {
            de::Error::custom(format!("a compressed body cannot be read: {error}"))
        };
        match Written::deserialize(deserializer)? {
            Written::Json(value) => Ok(Self(Kept::Whole(Arc::new(value)))),
            Written::Deflated(text) => {
                let deflated = STANDARD.decode(text).map_err(|error| wrong(&error))?;
                let packed = Packed(deflated.into_boxed_slice());
                packed.check().map_err(|error| wrong(&error))?;
                Ok(Self(Kept::Packed(Arc::new(packed))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Body;
    use proptest::prelude::*;
    use serde_json::json;

    fn large() -> Value {
        let items = (0..4000).map(|n| json!({ "n": n, "amount": 1.50, "text": "Café" }));
        json!({ "data": items.collect::<Vec<_>>() })
    }

    fn written(body: &Body) -> String {
        serde_json::to_string(body).expect("written")
    }

    #[test]
    fn a_small_document_is_written_as_it_is_and_a_large_one_compressed() {
        let small = Body::Json(json!({ "deflated": null }).into());
        assert_eq!(
            written(&small),
            r#"{"kind":"json","json":{"deflated":null}}"#
        );
        let null = Body::Json(Value::Null.into());
        assert_eq!(written(&null), r#"{"kind":"json","json":null}"#);
        let body = Body::Json(large().into());
        let text = written(&body);
        assert!(text.starts_with(r#"{"kind":"json","deflated":""#));
        assert!(text.len() * 5 < large().to_string().len(), "{}", text.len());
        for body in [small, null, body] {
            let read: Body = serde_json::from_str(&written(&body)).expect("read");
            assert!(read == body);
        }
    }

    #[test]
    fn a_large_document_takes_the_memory_of_its_compressed_text() {
        let body = JsonBody::from(large());
        assert!(body.footprint() * 50 < value_footprint(&large()));
        assert_eq!(*body.open(), large());
    }

    #[test]
    fn what_is_asked_for_again_stays_open_and_what_is_not_is_closed() {
        let lately = OpenedLately(Mutex::default());
        let all: Vec<_> = (0..OPENED_MAX + 2)
            .map(|n| Arc::new(Packed::of(&json!([n])).expect("it is small")))
            .collect();
        let first = lately.open(&all[0]);
        for packed in &all {
            lately.open(packed);
            assert!(Arc::ptr_eq(&lately.open(&all[0]), &first));
        }
        assert_eq!(lately.lock().len(), OPENED_MAX);
        assert!(lately.find(&all[1]).is_none());
        assert_eq!(*lately.open(&all[1]), json!([1]));
        // Several that are large, too.
        let item = "x".repeat(OPENED_BYTES_MAX / 2);
        let large: Vec<_> = (0..3)
            .map(|n| Arc::new(Packed::of(&json!([item, n])).expect("within bounds")))
            .collect();
        for packed in &large {
            lately.open(packed);
        }
        let open: Vec<_> = large
            .iter()
            .map(|packed| lately.find(packed).is_some())
            .collect();
        assert_eq!(open, [false, false, true]);
    }

    #[test]
    fn members_in_another_order_made_a_large_document_another_one() {
        let (one, other) = ("x".repeat(PACKED_FROM), json!({ "b": [1], "c": 2 }));
        let first = JsonBody::from(json!({ "one": one, "other": other }));
        let again = JsonBody::from(json!({ "other": other, "one": one }));
        assert!(first == again);
        assert!(first != JsonBody::from(json!({ "one": one, "other": 0 })));
        let whole = JsonBody(Kept::Whole(Arc::new(json!({ "other": other, "one": one }))));
        assert!(first == whole);
    }

    #[test]
    fn a_document_that_could_not_be_read_back_is_kept_as_it_is() {
        let long = Value::String("x".repeat(TEXT_BYTES_MAX));
        assert!(Packed::of(&long).is_none());
        let text = "x".repeat(TEXT_BYTES_MAX - 2);
        let body = JsonBody::from(Value::String(text));
        assert!(matches!(body.0, Kept::Packed(_)));
        assert_eq!(body.open().as_str().map(str::len), Some(TEXT_BYTES_MAX - 2));
    }

    #[test]
    fn a_forged_body_does_not_fill_the_memory() {
        let forged = |text: &[u8]| {
            let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflated.write_all(text).expect("to memory");
            let deflated = STANDARD.encode(deflated.finish().expect("to memory"));
            let line = format!(r#"{{"kind":"json","deflated":"{deflated}"}}"#);
            serde_json::from_str::<Body>(&line)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(forged(b"[1]"), Ok(()));
        let long = [b" ".repeat(TEXT_BYTES_MAX + 1), b"1".to_vec()].concat();
        insta::assert_snapshot!(forged(&long).expect_err("too long"), @"a compressed body cannot be read: it has more than 64 MiB");
        let many = format!("[{}1]", "1,".repeat(4 << 20));
        insta::assert_snapshot!(forged(many.as_bytes()).expect_err("too many"), @"a compressed body cannot be read: it may take more than 512 MiB of memory");
        insta::assert_snapshot!(forged(b"[1").expect_err("no JSON"), @"a compressed body cannot be read: EOF while parsing a list at line 1 column 2");
        for wrong in ["?", "AAAA"] {
            let line = format!(r#"{{"kind":"json","deflated":"{wrong}"}}"#);
            assert!(serde_json::from_str::<Body>(&line).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_compressed_is_the_same_when_it_is_opened(
            numbers in proptest::collection::vec("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?", 0..20),
            text in ".{0,40}",
        ) {
            let list: Vec<Value> = numbers
                .iter()
                .map(|number| serde_json::from_str(number).expect("a number"))
                .collect();
            let document = json!({ text.clone(): list, "text": text });
            let packed = Packed::of(&document).expect("it is small");
            let opened = packed.read().expect("it was compressed here");
            prop_assert_eq!(&opened, &document);
            prop_assert_eq!(opened.to_string(), document.to_string());
        }
    }
}
