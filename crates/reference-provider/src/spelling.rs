//! How messages are written: ids in capitals, percent-encoded paths, compressed bodies, dates with offsets, and so on.
//!
//! Each is a variant of honest providers; a fault that hides behind one uses it, too.

use std::io::Write as _;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Number, Value, json};
use uuid::Uuid;

use super::fault::Fault;
use super::page;
use super::settings::Settings;
use super::variant::Variant;

/// UTF-8's byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// The media type of JSON.
const JSON: &str = "application/json";
/// How midnight of UTC is written with an offset of one hour.
const OFFSET: &str = "+01:00";

impl Settings {
    fn spells(&self, variant: Variant) -> bool {
        let hides = match variant {
            Variant::IdsInCapitals | Variant::EncodedPaths => {
                Fault::KeepsPostingUnderAnotherSpelling
            }
            Variant::CompressedResponses => Fault::ListsForeignAccountsCompressed,
            _ => return self.has(variant),
        };
        self.has(variant) || self.shows(hides)
    }

    /// Returns the media type of JSON as it is sent.
    pub(super) fn spelled_media_type(&self, media_type: &'static str) -> &'static str {
        if media_type == JSON && self.has(Variant::JsonWithCharset) {
            "application/json; charset=utf-8"
        } else {
            media_type
        }
    }

    /// Spells a path of the Provider API.
    pub(super) fn spelled_path(&self, path: &str) -> String {
        let segments = path.split('/').map(|segment| {
            if self.spells(Variant::IdsInCapitals) && Uuid::try_parse(segment).is_ok() {
                segment.to_ascii_uppercase()
            } else {
                segment.to_owned()
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        if !self.spells(Variant::EncodedPaths) {
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
        if self.respells_json()
            && let Ok(document) = serde_json::from_slice::<Value>(&body)
        {
            spelled = self.respelled(document).to_string().into_bytes();
        }
        if self.spells(Variant::ByteOrderMarks) {
            spelled.splice(..0, MARK.iter().copied());
        }
        spelled.into()
    }

    /// Tells whether a variant writes JSON in another way.
    fn respells_json(&self) -> bool {
        let variants = [
            Variant::IdsInCapitals,
            Variant::MembersInAlphabeticalOrder,
            Variant::ExtraMembers,
            Variant::DatesWithOffset,
            Variant::DatesWithoutMilliseconds,
            Variant::AmountsWithoutTrailingZeros,
        ];
        variants.into_iter().any(|variant| self.spells(variant))
    }

    /// Writes a document of JSON as the variants do.
    fn respelled(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.respelled_text(text)),
            Value::Number(number) => Value::Number(self.respelled_number(number)),
            Value::Array(items) => {
                let items = items.into_iter().map(|item| {
                    let mut item = self.respelled(item);
                    if let (true, Value::Object(members)) =
                        (self.has(Variant::ExtraMembers), &mut item)
                    {
                        members.insert(
                            "vendorData".to_owned(),
                            json!({ "source": "core", "tags": [] }),
                        );
                    }
                    item
                });
                Value::Array(items.collect())
            }
            Value::Object(members) => {
                let mut members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| (name, self.respelled(value)))
                    .collect();
                if self.has(Variant::MembersInAlphabeticalOrder) {
                    members.sort_by(|(one, _), (other, _)| one.cmp(other));
                }
                Value::Object(members.into_iter().collect())
            }
            other => other,
        }
    }

    fn respelled_text(&self, text: String) -> String {
        if self.spells(Variant::IdsInCapitals) && Uuid::try_parse(&text).is_ok() {
            return text.to_ascii_uppercase();
        }
        if !is_moment(&text) {
            return text;
        }
        let mut moment = text;
        if self.has(Variant::DatesWithOffset)
            && let Some(date) = moment.strip_suffix("T00:00:00.000Z")
        {
            moment = format!("{date}T01:00:00.000{OFFSET}");
        }
        if self.has(Variant::DatesWithoutMilliseconds)
            && let Some((seconds, fraction)) = moment.split_once('.')
        {
            let offset = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
            moment = format!("{seconds}{offset}");
        }
        moment
    }

    fn respelled_number(&self, number: Number) -> Number {
        let text = number.to_string();
        if !self.has(Variant::AmountsWithoutTrailingZeros) || !text.contains('.') {
            return number;
        }
        let short = text.trim_end_matches('0').trim_end_matches('.');
        short.parse().unwrap_or(number)
    }

    /// Writes a response to a request for `path` as the variants do.
    pub(super) async fn spelled_response(
        self: &Settings,
        path: &str,
        mut response: Response<Body>,
    ) -> Response<Body> {
        if path == "/notification" {
            response = self.spelled_acknowledgement(response);
        }
        if path.starts_with("/auth") && response.status() == StatusCode::FOUND {
            response = self.spelled_return(response);
        }
        let media_type = response.headers().get(CONTENT_TYPE);
        let is_json = media_type.is_some_and(|media_type| media_type == JSON);
        if is_json && self.has(Variant::JsonWithCharset) {
            let media_type = HeaderValue::from_static(self.spelled_media_type(JSON));
            response.headers_mut().insert(CONTENT_TYPE, media_type);
        } else if self.has(Variant::JsonWithCharset) && media_type.is_some() {
            let media_type = HeaderValue::from_static("Text/HTML;Charset=UTF-8");
            response.headers_mut().insert(CONTENT_TYPE, media_type);
        }
        let compresses = self.spells(Variant::CompressedResponses);
        let respells = is_json && (self.respells_json() || self.spells(Variant::ByteOrderMarks));
        if !(compresses || respells) {
            return response;
        }
        let (mut head, body) = response.into_parts();
        // The provider's own responses are in memory already.
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        if bytes.is_empty() {
            return Response::from_parts(head, Body::empty());
        }
        let mut bytes = if is_json {
            self.spelled_body(bytes)
        } else {
            bytes
        }
        .to_vec();
        if compresses && let Ok(compressed) = gzip(&bytes) {
            bytes = compressed;
            let coding = HeaderValue::from_static("gzip");
            head.headers.insert(CONTENT_ENCODING, coding);
        }
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, Body::from(bytes))
    }

    /// Writes the response to a notification.
    fn spelled_acknowledgement(&self, mut response: Response<Body>) -> Response<Body> {
        match response.status() {
            StatusCode::NO_CONTENT if self.has(Variant::AcceptedNotifications) => {
                *response.status_mut() = StatusCode::ACCEPTED;
            }
            StatusCode::NO_CONTENT if self.has(Variant::NotificationsWithBody) => {
                *response.status_mut() = StatusCode::OK;
                *response.body_mut() = Body::from(r#"{"received":true}"#);
                let media_type = HeaderValue::from_static(JSON);
                response.headers_mut().insert(CONTENT_TYPE, media_type);
            }
            StatusCode::UNAUTHORIZED if self.has(Variant::ForbiddenNotifications) => {
                *response.status_mut() = StatusCode::FORBIDDEN;
            }
            _ => {}
        }
        response
    }

    /// Writes the response that leads the browser to another address.
    fn spelled_return(&self, mut response: Response<Body>) -> Response<Body> {
        if self.has(Variant::ReturnByPage)
            && let Some(location) = response.headers().get(LOCATION)
            && let Ok(address) = location.to_str()
        {
            return page::refresh(address);
        }
        if self.has(Variant::ReturnBySeeOther) {
            *response.status_mut() = StatusCode::SEE_OTHER;
        }
        response
    }
}

/// Tells whether a text is a date-time in the provider's own format: `2026-01-05T12:30:00.250Z`.
fn is_moment(text: &str) -> bool {
    text.len() == 24
        && text.ends_with('Z')
        && text.as_bytes().get(10) == Some(&b'T')
        && text.as_bytes().get(19) == Some(&b'.')
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testbed;
    use super::*;

    #[test]
    fn each_variant_spells_what_it_names_and_nothing_else() {
        let id = "5e551011-0000-4000-8000-00000000000a";
        let path = format!("authorisations/{id}");
        let body = Bytes::from(json!({"id": id, "name": "a"}).to_string());
        let mut settings = testbed::settings("http://127.0.0.1:9");
        assert_eq!(settings.spelled_path(&path), path);
        assert_eq!(settings.spelled_body(body.clone()), body);
        settings.variants = vec![
            Variant::IdsInCapitals,
            Variant::EncodedPaths,
            Variant::ByteOrderMarks,
        ];
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
    #[test]
    fn dates_and_amounts_mean_the_same_in_every_variant() {
        let body = Bytes::from(
            r#"{"b":[12.50,-0.10,7],"a":"2026-01-05T00:00:00.000Z","c":"2026-01-05","d":[{"e":1}]}"#,
        );
        let spelled = |variants: &[Variant]| {
            let mut settings = testbed::settings("http://127.0.0.1:9");
            settings.variants = variants.to_vec();
            String::from_utf8(settings.spelled_body(body.clone()).to_vec()).expect("text")
        };
        assert_eq!(
            spelled(&[Variant::DatesWithOffset]),
            r#"{"b":[12.50,-0.10,7],"a":"2026-01-05T01:00:00.000+01:00","c":"2026-01-05","d":[{"e":1}]}"#
        );
        assert_eq!(
            spelled(&[
                Variant::DatesWithoutMilliseconds,
                Variant::MembersInAlphabeticalOrder
            ]),
            r#"{"a":"2026-01-05T00:00:00Z","b":[12.50,-0.10,7],"c":"2026-01-05","d":[{"e":1}]}"#
        );
        assert_eq!(
            spelled(&[Variant::AmountsWithoutTrailingZeros, Variant::ExtraMembers]),
            r#"{"b":[12.5,-0.1,7],"a":"2026-01-05T00:00:00.000Z","c":"2026-01-05","d":[{"e":1,"vendorData":{"source":"core","tags":[]}}]}"#
        );
    }
}
