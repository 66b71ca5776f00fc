//! The provider's HTML pages: login, consent, and a notice.
//!
//! `auth` chooses the page. Every text from outside is escaped. The pages open no window, load nothing, set no cookie and
//! allow any frame, because products on any host show them in a frame.

use axum::body::{Body, to_bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::fault::Fault;
use super::settings::Settings;

/// Returns the headers of every page.
pub(super) fn headers() -> [(HeaderName, &'static str); 4] {
    [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors *",
        ),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
    ]
}

/// Forbids frames around a page.
pub(super) async fn forbid_framing(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Some(policy) = headers.get_mut(CONTENT_SECURITY_POLICY) {
        *policy = HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        );
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

/// Allows frames around a page on its own origin only, by the older header.
pub(super) async fn allow_framing_by_same_origin(mut response: Response) -> Response {
    let policy = HeaderValue::from_static("SAMEORIGIN");
    response.headers_mut().insert(X_FRAME_OPTIONS, policy);
    response
}

/// Rewrites a page as a fault of the provider says; `path` is that of the request.
pub(super) async fn spoiled(settings: &Settings, path: &str, response: Response) -> Response {
    let shows = |fault| settings.shows(fault);
    let consent = path == "/auth/login" && response.status() == StatusCode::OK;
    if consent && shows(Fault::ForbidsFramingOfConsent)
        || path == "/authrefresh" && shows(Fault::ForbidsFramingOfRenewal)
    {
        return forbid_framing(response).await;
    }
    if !(consent && shows(Fault::ConsentOpensWindow)) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let html = String::from_utf8_lossy(&bytes).replace(
        "<button type=\"submit\" name=\"decision\"",
        "<button formtarget=\"_blank\" type=\"submit\" name=\"decision\"",
    );
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(html))
}

/// Allows frames around a page on a host of the provider only.
pub(super) async fn allow_framing_by_own_host(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Some(policy) = headers.get_mut(CONTENT_SECURITY_POLICY) {
        *policy = HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'self' https://portal.reference-bank.example",
        );
    }
    response
}

/// Forbids frames around a page in a second header of the same name, which counts as the first does.
pub(super) async fn forbid_framing_in_second_header(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_static("frame-ancestors 'none'");
        headers.append(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Makes the forms of a page lead on in a new window.
pub(super) async fn lead_on_in_new_window(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // Our own bodies are whole and small.
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Response::from_parts(parts, bytes.into());
    };
    let targeted = text.replace("<form ", "<form target=\"_blank\" ");
    Response::from_parts(parts, targeted.into())
}

/// Returns the login page with an optional message about the last attempt.
pub(super) fn login(base_url: &str, session: &str, message: Option<&str>) -> Response {
    let message = message.map_or_else(String::new, |text| {
        format!("<p role=\"alert\">{}</p>\n", escape(text))
    });
    let cancel = cancel(base_url, session);
    let base_url = escape(base_url);
    let session = escape(session);
    page(
        StatusCode::OK,
        "Log in to your bank",
        &format!(
            "{message}<form method=\"post\" action=\"{base_url}/auth/login\">\n\
             <input type=\"hidden\" name=\"session\" value=\"{session}\">\n\
             <label>User name <input type=\"text\" name=\"username\" autocomplete=\"username\" required></label>\n\
             <label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\n\
             <button type=\"submit\">Log in</button>\n\
             </form>\n{cancel}"
        ),
    )
}

/// Returns the first of two login pages, which asks for the user name.
pub(super) fn user_name(base_url: &str, session: &str) -> Response {
    page(
        StatusCode::OK,
        "Log in to your bank",
        &format!(
            "<form method=\"post\" action=\"{}/auth/login\">\n\
             <input type=\"hidden\" name=\"session\" value=\"{}\">\n\
             <label>User name <input type=\"text\" name=\"username\" autocomplete=\"username\" required></label>\n\
             <button type=\"submit\">Next</button>\n\
             </form>\n{}",
            escape(base_url),
            escape(session),
            cancel(base_url, session)
        ),
    )
}

/// Returns the second of two login pages, which asks for the password.
pub(super) fn password(base_url: &str, session: &str, user_name: &str) -> Response {
    page(
        StatusCode::OK,
        "Your password",
        &format!(
            "<form method=\"post\" action=\"{}/auth/login\">\n\
             <input type=\"hidden\" name=\"session\" value=\"{}\">\n\
             <input type=\"hidden\" name=\"username\" value=\"{}\">\n\
             <label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\n\
             <button type=\"submit\">Log in</button>\n\
             </form>\n{}",
            escape(base_url),
            escape(session),
            escape(user_name),
            cancel(base_url, session)
        ),
    )
}

/// Returns the form with which a customer cancels before the consent.
fn cancel(base_url: &str, session: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{}/auth/consent\">\n\
         <input type=\"hidden\" name=\"session\" value=\"{}\">\n\
         <button type=\"submit\" name=\"decision\" value=\"cancel\">Cancel</button>\n\
         </form>\n",
        escape(base_url),
        escape(session)
    )
}

/// Returns the consent page of a bank that shows boxes for accounts, below forms for language and logging out.
pub(super) fn consent_with_boxes(base_url: &str, session: &str, accounts: &[String]) -> Response {
    let base_url = escape(base_url);
    let boxes: String = (accounts.iter().enumerate())
        .map(|(number, name)| {
            format!(
                "<label><input type=\"checkbox\" name=\"account\" value=\"{number}\" checked> {}</label>\n",
                escape(name)
            )
        })
        .collect();
    page(
        StatusCode::OK,
        "Share your accounts",
        &format!(
            "<form method=\"post\" action=\"{base_url}/auth/logout\"><button>Log out</button></form>\n\
             <form action=\"{base_url}/auth/language\"><select name=\"language\"><option>English<option>Cymraeg</select>\
             <button>Change language</button></form>\n\
             <form method=\"post\" action=\"{base_url}/auth/consent\">\n\
             <input type=\"hidden\" name=\"session\" value=\"{}\">\n{boxes}\
             <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
             <button type=\"submit\" name=\"decision\" value=\"cancel\">Cancel</button>\n\
             </form>\n",
            escape(session)
        ),
    )
}

/// Returns a page that leads the browser on at once.
pub(super) fn refresh(address: &str) -> Response {
    let address = escape(address);
    page(
        StatusCode::OK,
        "One moment",
        &format!(
            "<meta http-equiv=\"refresh\" content=\"0;url={address}\">\n\
             <p><a href=\"{address}\">Back to your accounting product</a></p>\n"
        ),
    )
}

/// Returns the consent page that lists accounts by their names.
pub(super) fn consent(base_url: &str, session: &str, accounts: &[String]) -> Response {
    let items: String = accounts
        .iter()
        .map(|name| format!("<li>{}</li>\n", escape(name)))
        .collect();
    page(
        StatusCode::OK,
        "Share your accounts",
        &format!(
            "<p>Balances and transactions of these accounts will be shared with your accounting product:</p>\n\
             <ul>\n{items}</ul>\n\
             <form method=\"post\" action=\"{}/auth/consent\">\n\
             <input type=\"hidden\" name=\"session\" value=\"{}\">\n\
             <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
             <button type=\"submit\" name=\"decision\" value=\"cancel\">Cancel</button>\n\
             </form>\n",
            escape(base_url),
            escape(session)
        ),
    )
}

/// Returns a page with a message and without a form, with a link to the product where its address is known.
pub(super) fn notice(status: StatusCode, title: &str, text: &str, back: Option<&str>) -> Response {
    let link = back.map_or_else(String::new, |url| {
        format!(
            "<p><a href=\"{}\">Back to your accounting product</a></p>\n",
            escape(url)
        )
    });
    page(status, title, &format!("<p>{}</p>\n{link}", escape(text)))
}

/// Returns a page that tells success in words that markup and entities interrupt.
pub(super) fn success_in_markup(back: &str) -> Response {
    page(
        StatusCode::OK,
        "Thank you",
        &format!(
            "<p>Your accounts&nbsp;were <strong>&#108;in</strong>ked.</p>\n\
             <p><a href=\"{}\">Back to your accounting product</a></p>\n",
            escape(back)
        ),
    )
}

/// Returns a page on which only the text of an image tells success, in the middle of a sentence.
pub(super) fn success_in_image(back: &str) -> Response {
    page(
        StatusCode::OK,
        "Thank you",
        &format!(
            "<p>Your accounts were <img src=\"data:,\" alt=\"linked\">.</p>\n\
             <p><a href=\"{}\">Back to your accounting product</a></p>\n",
            escape(back)
        ),
    )
}

/// Returns a page that tells success and has a form to another page, which sends the browser back.
pub(super) fn success_that_moves_on(next: &str, back: &str) -> Response {
    page(
        StatusCode::OK,
        "Thank you",
        &format!(
            "<p>Your accounts were linked.</p>\n\
             <form method=\"post\" action=\"{}\">\n\
             <input type=\"hidden\" name=\"back\" value=\"{}\">\n\
             <button type=\"submit\">Continue</button>\n\
             </form>\n",
            escape(next),
            escape(back)
        ),
    )
}

fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body{{font-family:sans-serif;max-width:30em;margin:2em auto}}label{{display:block;margin:.5em 0}}</style></head>\n\
         <body>\n<h1>{title}</h1>\n{content}</body>\n</html>\n"
    );
    (status, headers(), html).into_response()
}

/// Makes text safe between tags and inside a quoted attribute.
fn escape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn markup_from_outside_becomes_text() {
        assert_eq!(
            escape("<a href='x'>\"&"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;"
        );
        assert_eq!(
            escape("Everyday \u{2022}\u{2022}4321"),
            "Everyday \u{2022}\u{2022}4321"
        );
    }

    #[tokio::test]
    async fn no_page_lets_foreign_markup_through() {
        let evil = "\"><script>alert(1)</script>";
        for response in [
            login(evil, evil, Some(evil)),
            consent(evil, evil, &[evil.to_owned()]),
            notice(StatusCode::FORBIDDEN, evil, evil, Some(evil)),
        ] {
            assert!(!text(response).await.contains("<script"));
        }
    }

    #[tokio::test]
    async fn pages_may_be_framed_and_a_notice_holds_no_form() {
        let response = notice(StatusCode::FORBIDDEN, "No", "no", None);
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(
            response.headers()[CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .contains("frame-ancestors *")
        );
        assert!(response.headers().get(X_FRAME_OPTIONS).is_none());
        assert!(!text(response).await.contains("<form"));
    }

    #[tokio::test]
    async fn a_fault_forbids_to_frame_pages_and_touches_nothing_else() {
        let response = forbid_framing(login("http://h", "s", None)).await;
        let policy = response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(response.headers()[X_FRAME_OPTIONS], "DENY");
        let other = forbid_framing(StatusCode::NO_CONTENT.into_response()).await;
        assert!(other.headers().is_empty());
    }
}
