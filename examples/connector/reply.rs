//! Reads queries and forms, and makes responses: text, JSON, pages.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use crate::settings::Settings;

/// The fields of a query or a form, by name; of a repeated name, the first value is used.
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `a=1&b=2`.
    pub fn read(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// Returns a value unless it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }
}

/// Makes a response with a status and a line of text.
pub fn text(status: StatusCode, line: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{line}\n")));
    *response.status_mut() = status;
    typed(response, "text/plain; charset=utf-8")
}

/// Makes a response with a status and no body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Makes a response with status 200 and JSON.
pub fn json(value: &Value) -> Response {
    typed(
        Response::new(Body::from(value.to_string())),
        "application/json",
    )
}

/// Makes a response with a page; `content` is HTML with escaped texts.
pub fn page(settings: &Settings, status: StatusCode, title: &str, content: &str) -> Response {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{content}\n</body>\n</html>\n"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let scripts = if settings.scripted {
        "script-src 'unsafe-inline'; "
    } else {
        ""
    };
    let policy = format!(
        "default-src 'none'; {scripts}style-src 'unsafe-inline'; frame-ancestors {}",
        settings.frame_ancestors
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    typed(response, "text/html; charset=utf-8")
}

/// Redirects the browser, by GET.
pub fn redirect(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(address) => {
            let mut response = empty(StatusCode::SEE_OTHER);
            response.headers_mut().insert(header::LOCATION, address);
            response
        }
        // A line break in the address, for example.
        Err(_) => text(StatusCode::BAD_REQUEST, "the address to go back to is none"),
    }
}

/// Escapes a text for HTML, attributes included.
pub fn escape(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

/// Returns a header as text.
pub fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn typed(mut response: Response, media: &'static str) -> Response {
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
