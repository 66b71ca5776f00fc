//! Makes responses: JSON, an empty body, a redirect or a page.
//!
//! Their content is left to the handlers, which escape text in pages with [`escape`].

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

/// Answers `status` with a JSON body that no cache keeps.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    with(
        status,
        &[
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        Body::from(body.to_string()),
    )
}

/// Adds what the emulator had to guess in reading the request, for the reader of a report; no connector needs it.
pub(super) fn with_note(mut response: Response, note: Option<&str>) -> Response {
    if let Some(note) = note.and_then(|note| HeaderValue::from_str(note).ok()) {
        response.headers_mut().insert("x-emulator-note", note);
    }
    response
}

/// Answers `status` without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    with(status, &[], Body::empty())
}

/// Answers with an HTML page whose `content` is markup already.
pub(super) fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let title = escape(title);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><h1>{title}</h1>\n{content}\n</body></html>\n"
    );
    with(
        status,
        &[
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; form-action 'self'",
            ),
        ],
        Body::from(text),
    )
}

/// Answers 302 to `location`; 502 if a header cannot contain it, because then the bank's address is wrong.
pub(super) fn redirect(location: &str, body: Option<&Value>) -> Response {
    let Ok(target) = HeaderValue::from_str(location) else {
        return page(
            StatusCode::BAD_GATEWAY,
            "The bank's address cannot be opened",
            "",
        );
    };
    let mut response = match body {
        Some(body) => json(StatusCode::FOUND, body),
        None => with(
            StatusCode::FOUND,
            &[
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
            ],
            Body::empty(),
        ),
    };
    response.headers_mut().insert(header::LOCATION, target);
    response
}

/// Makes text safe inside an element and inside a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn with(
    status: StatusCode,
    headers: &[(header::HeaderName, &'static str)],
    body: Body,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_text_is_harmless_in_elements_and_attributes() {
        assert_eq!(
            escape(r#"<a href="x" id='y'>&"#),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;"
        );
        assert_eq!(escape("Girokonto ***42 ü"), "Girokonto ***42 ü");
    }

    #[test]
    fn a_location_no_header_can_hold_is_not_sent() {
        assert_eq!(redirect("http://a/b", None).status(), StatusCode::FOUND);
        assert_eq!(
            redirect("http://a/\n", None).status(),
            StatusCode::BAD_GATEWAY
        );
    }
}
