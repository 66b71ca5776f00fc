//! Bodies of messages: codings, character sets, JSON, forms and text.

use http_message::{Bounds, Content, SentBody};
use serde_json::Value;

use crate::parts::parts;

/// Bounds that small inputs reach.
const BOUNDS: Bounds = Bounds {
    decoded: 32 << 10,
    document: 64 << 10,
    beginning: 512,
};

/// The most bytes of UTF-8 that a byte of another character set becomes.
const GROWTH_MAX: usize = 3;

/// Reads a body; the parts of an input are its media type, its content coding and its bytes.
///
/// No reading is larger than its bounds; the same bytes are always read alike; a JSON document that is read is read
/// again when it is printed.
pub fn body(data: &[u8]) {
    let [media, coding, bytes] = parts(data);
    let media = String::from_utf8_lossy(media);
    let coding = String::from_utf8_lossy(coding);
    let sent = SentBody {
        content_type: &media,
        content_encoding: &coding,
        accept_encoding: None,
        bytes,
    };
    if let Ok(decoded) = sent.bytes(BOUNDS.decoded) {
        let plain = coding.is_empty() && decoded == bytes;
        assert!(plain || decoded.len() <= BOUNDS.decoded.max(bytes.len()));
    }
    let reading = sent.read(BOUNDS);
    assert_eq!(sent.read(BOUNDS), reading);
    check_content(&reading.content, bytes.len());
}

fn check_content(content: &Content, sent: usize) {
    let most = GROWTH_MAX * BOUNDS.decoded.max(sent);
    match content {
        Content::Text(text) => assert!(text.len() <= BOUNDS.beginning, "{}", text.len()),
        Content::Form(pairs) => {
            let length: usize = pairs
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            assert!(length <= most, "{length}");
        }
        Content::Json { value, first } => {
            check_printed(value);
            first.iter().for_each(check_printed);
        }
        Content::Beginning { of, bytes } => {
            assert!(*bytes <= most, "{bytes}");
            assert!(!matches!(**of, Content::Beginning { .. }));
            check_content(of, sent);
        }
        Content::None | Content::Binary | Content::Unread(_) => {}
    }
}

/// Checks that a document is read as itself once it is printed.
fn check_printed(value: &Value) {
    let printed = serde_json::to_vec(value).expect("a value is printed");
    let sent = SentBody {
        content_type: "application/json",
        content_encoding: "",
        accept_encoding: None,
        bytes: &printed,
    };
    let generous = Bounds {
        decoded: usize::MAX,
        document: usize::MAX,
        beginning: 0,
    };
    match sent.read(generous).content {
        Content::Json {
            value: again,
            first: None,
        } => assert_eq!(again, *value),
        other => panic!("{value} is read as {other:?}"),
    }
}
