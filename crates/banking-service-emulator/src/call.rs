//! One incoming request, read whole within a bound, with the readings every handler needs.
//!
//! Meaning of headers, query and body is left to the handlers.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http_message::{BodyReading, Bounds, Content, MediaType, SentBody, Unread, UnreadCause};
use serde_json::Value;
use url::form_urlencoded;

use super::refusal::Refusal;
use super::settings::DuplicateKeys;

/// Maximum number of bytes of a request's body: 32 MiB.
///
/// A statement of 1,000 transactions, whose strings all have the maximum number of characters, each of three bytes, has
/// a little less.
pub(super) const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The most memory that the document of a request may take: twice its bytes, 64 MiB.
///
/// That of the largest statement takes little more than its bytes.
pub(super) const DOCUMENT_BYTES_MAX: usize = 2 * BODY_BYTES_MAX;

/// A request after its body has arrived; it holds credentials, hence no `Debug`.
pub(super) struct Call {
    /// Method as sent.
    pub(super) method: Method,
    /// Path below the router, still percent-encoded, with its leading slash.
    pub(super) path: String,
    /// Decoded pairs of the query, in the order sent.
    pub(super) query: Vec<(String, String)>,
    /// Headers as sent.
    pub(super) headers: HeaderMap,
    /// Body, at most [`BODY_BYTES_MAX`].
    pub(super) body: Bytes,
    /// What becomes of JSON in which a key occurs more than once.
    duplicate_keys: DuplicateKeys,
}

impl Call {
    /// Reads the whole request.
    ///
    /// # Errors
    /// 413 for a body over the bound, 400 for one that breaks off.
    pub(super) async fn read(
        request: Request,
        duplicate_keys: DuplicateKeys,
    ) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let mut bytes = BytesMut::new();
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| {
                Refusal::malformed("the connection ended before the body was complete")
            })?;
            if bytes.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(Refusal::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    format!("the body has more than {BODY_BYTES_MAX} bytes"),
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            headers: head.headers,
            body: bytes.freeze(),
            duplicate_keys,
        })
    }

    /// The first value of a query parameter; the case of its name does not matter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value of a header that occurs once and is printable.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        value.to_str().ok()
    }

    /// The credential of an `Authorization: SentBearer` header; the scheme's case does not matter (RFC 9110, section 11.1).
    pub(super) fn bearer(&self) -> SentBearer<'_> {
        if !self.headers.contains_key(header::AUTHORIZATION) {
            return SentBearer::Missing;
        }
        match self
            .header("authorization")
            .and_then(|value| value.split_once(' '))
        {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                SentBearer::Sent(token.trim())
            }
            _ => SentBearer::Malformed,
        }
    }

    /// The media type of the body, without parameters, lower-case.
    pub(super) fn media_type(&self) -> Option<String> {
        self.header("content-type")
            .map(|value| MediaType::read(value).essence)
    }

    /// Says whether the body is declared as JSON.
    pub(super) fn declares_json(&self) -> bool {
        self.media_type().as_deref() == Some("application/json")
    }

    /// Parses the body as JSON, without regard to its declared type.
    ///
    /// # Errors
    /// 400 with the position of the first mistake, or with a key that occurs more than once; 413 and 415 as
    /// [`content`](Self::content).
    pub(super) fn parse_json(&self) -> Result<Value, Refusal> {
        let declared = self.declares_json().then(|| self.header("content-type"));
        let content_type = declared.flatten().unwrap_or("application/json");
        let reading = self.content(content_type)?;
        match reading.content {
            Content::Json {
                value,
                first: Some(_),
            } if self.duplicate_keys == DuplicateKeys::Last => Ok(value),
            Content::Json { first: Some(_), .. } => Err(Refusal::malformed(format!(
                "{}; recipients differ in which of them counts, so each key must occur once",
                reading.notes.join(", ")
            ))),
            Content::Json { value, .. } => Ok(value),
            _ => Err(Refusal::malformed("the body is empty; it must be JSON")),
        }
    }

    /// Reads the body as a form.
    ///
    /// # Errors
    /// Those of [`content`](Self::content).
    pub(super) fn form(&self) -> Result<Vec<(String, String)>, Refusal> {
        let content_type = self.header("content-type").unwrap_or_default();
        match self.content(content_type)?.content {
            Content::Form(form) => Ok(form),
            _ => Ok(Vec::new()),
        }
    }

    /// Reads the body, its content codings undone and its characters decoded.
    ///
    /// # Errors
    /// 400 where it is not what it claims to be, 415 for an unknown coding or character set, 413 where it is too large.
    fn content(&self, content_type: &str) -> Result<BodyReading, Refusal> {
        let codings: Vec<_> = self
            .headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        let sent = SentBody {
            content_type,
            content_encoding: &codings.join(","),
            accept_encoding: None,
            bytes: &self.body,
        };
        let reading = sent.read(Bounds {
            decoded: BODY_BYTES_MAX,
            document: DOCUMENT_BYTES_MAX,
            beginning: 0,
        });
        if let Content::Beginning { of, bytes } = &reading.content
            && !matches!(**of, Content::Text(_))
        {
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!(
                    "the body's {bytes} bytes hold so many values that they take more than \
                     {DOCUMENT_BYTES_MAX} bytes of memory"
                ),
            ));
        }
        let Content::Unread(Unread { why, cause }) = &reading.content else {
            return Ok(reading);
        };
        Err(match cause {
            UnreadCause::Malformed | UnreadCause::BeyondLimit => {
                Refusal::malformed(format!("the body is {why}"))
            }
            UnreadCause::Unsupported => Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                format!(
                    "the body cannot be read: {why}; gzip, deflate and br are known, and UTF-8"
                ),
            ),
            UnreadCause::TooLarge => Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("the body cannot be read: {why}"),
            ),
        })
    }

    /// Parses a body that must be declared as JSON.
    ///
    /// # Errors
    /// 415 for another media type, 400 for malformed JSON.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        if !self.declares_json() {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "the header content-type must be application/json",
            ));
        }
        self.parse_json()
    }
}

/// The content of an Authorization header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SentBearer<'a> {
    /// No such header.
    Missing,
    /// Another scheme, several values or unprintable bytes.
    Malformed,
    /// The credential, unchecked.
    Sent(&'a str),
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn read(body: Vec<u8>) -> Result<Call, Refusal> {
        let request = Request::builder()
            .uri("/a%20b?BankId=1&bankid=2&c=%2B+")
            .header("authorization", "bearer  abc")
            .header("content-type", "Application/JSON; charset=utf-8")
            .body(Body::from(body))
            .expect("a literal request is valid");
        Call::read(request, DuplicateKeys::Refused).await
    }

    #[tokio::test]
    async fn a_body_of_the_bound_is_read_and_one_byte_more_is_refused() {
        let call = read(vec![b'1'; BODY_BYTES_MAX]).await;
        assert_eq!(call.map(|call| call.body.len()), Ok(BODY_BYTES_MAX));
        let refusal = read(vec![b'1'; BODY_BYTES_MAX + 1]).await.err();
        assert_eq!(
            refusal.map(|refusal| refusal.status),
            Some(StatusCode::PAYLOAD_TOO_LARGE)
        );
    }

    #[tokio::test]
    async fn names_are_read_whatever_their_case() {
        let call = read(b"{}".to_vec()).await.expect("the body is small");
        assert_eq!(call.parameter("bankid"), Some("1"));
        assert_eq!(call.parameter("c"), Some("+ "));
        assert_eq!(call.bearer(), SentBearer::Sent("abc"));
        assert!(call.declares_json());
        assert_eq!(call.path, "/a%20b");
    }
}
