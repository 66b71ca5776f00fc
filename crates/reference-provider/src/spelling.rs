//! How messages are spelled: ids in capitals, percent-encoded paths, compressed bodies, byte order marks.
//!
//! Each is a habit of honest providers; a fault that hides behind one uses it, too.

use std::io::Write as _;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use uuid::Uuid;

use super::fault::Fault;
use super::habit::Habit;
use super::settings::Settings;

/// UTF-8's byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

impl Settings {
    fn spells(&self, habit: Habit) -> bool {
        let hides = match habit {
            Habit::CapitalIds | Habit::EncodedPaths => Fault::KeepsPostingUnderAnotherSpelling,
            Habit::CompressedAnswers => Fault::ListsForeignAccountsCompressed,
            Habit::ByteOrderMarks => return self.habits.contains(&habit),
        };
        self.habits.contains(&habit) || self.shows(hides)
    }

    /// Spells a path of the Provider API.
    pub(super) fn spelled_path(&self, path: &str) -> String {
        let segments = path.split('/').map(|segment| {
            if self.spells(Habit::CapitalIds) && Uuid::try_parse(segment).is_ok() {
                segment.to_ascii_uppercase()
            } else {
                segment.to_owned()
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        if !self.spells(Habit::EncodedPaths) {
            return path;
        }
        match path.strip_prefix('s') {
            Some(rest) => format!("%73{rest}/"),
            None => format!("{path}/"),
        }
    }

    /// Spells the body of a request to the Provider API.
    pub(super) fn spelled_body(&self, body: Bytes) -> Bytes {
        if body.is_empty() {
            return body;
        }
        let mut spelled = body.to_vec();
        if self.spells(Habit::CapitalIds)
            && let Ok(mut document) = serde_json::from_slice::<Value>(&body)
        {
            raise_ids(&mut document);
            spelled = document.to_string().into_bytes();
        }
        if self.spells(Habit::ByteOrderMarks) {
            spelled.splice(..0, MARK.iter().copied());
        }
        spelled.into()
    }

    /// Spells a response.
    pub(super) async fn spelled_response(
        self: &Settings,
        response: Response<Body>,
    ) -> Response<Body> {
        let compresses = self.spells(Habit::CompressedAnswers);
        let is_json = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|media| media == "application/json");
        let marks = is_json && self.spells(Habit::ByteOrderMarks);
        if !(compresses || marks) {
            return response;
        }
        let (mut head, body) = response.into_parts();
        // The provider's own responses are in memory already.
        let mut bytes = to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default()
            .to_vec();
        if bytes.is_empty() {
            return Response::from_parts(head, Body::empty());
        }
        if marks {
            bytes.splice(..0, MARK.iter().copied());
        }
        if compresses && let Ok(compressed) = gzip(&bytes) {
            bytes = compressed;
            let coding = HeaderValue::from_static("gzip");
            head.headers.insert(CONTENT_ENCODING, coding);
        }
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, Body::from(bytes))
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Writes every UUID of a document in capitals.
fn raise_ids(value: &mut Value) {
    match value {
        Value::String(text) if Uuid::try_parse(text).is_ok() => text.make_ascii_uppercase(),
        Value::Array(items) => items.iter_mut().for_each(raise_ids),
        Value::Object(fields) => fields.values_mut().for_each(raise_ids),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testbed;
    use super::*;

    #[test]
    fn each_habit_spells_what_it_names_and_nothing_else() {
        let id = "5e551011-0000-4000-8000-00000000000a";
        let path = format!("authorisations/{id}");
        let body = Bytes::from(json!({"id": id, "name": "a"}).to_string());
        let mut settings = testbed::settings("http://127.0.0.1:9");
        assert_eq!(settings.spelled_path(&path), path);
        assert_eq!(settings.spelled_body(body.clone()), body);
        settings.habits = Habit::ALL.to_vec();
        let capitals = id.to_ascii_uppercase();
        assert_eq!(
            settings.spelled_path(&path),
            format!("authorisations/{capitals}/")
        );
        assert_eq!(settings.spelled_path("statements"), "%73tatements/");
        let spelled = settings.spelled_body(body);
        let spelled = spelled.strip_prefix(MARK).expect("the mark is first");
        assert_eq!(
            serde_json::from_slice::<Value>(spelled).expect("JSON"),
            json!({"id": capitals, "name": "a"})
        );
    }
}
