//! Responses that come from in front of a connector: of a proxy, a reverse proxy or a gateway that the environment put there.
//!
//! Their statuses and words say that a message did not reach the connector, or that its answer did not come back. They
//! are no answers of the connector, so that nobody is judged by them; what they mean for a check is decided in `runner`.
//! A connector that answers so itself cannot be told from its gateway: its checks are inconclusive, never passed.

/// Phrases of widespread servers with which they refuse a request by 400 that never reached what is behind them, and
/// what to change. RFC 9110 has no status for these.
const REFUSALS: &[(&str, &str)] = &[
    (
        "No required SSL certificate was sent",
        "it requires a client certificate; name one in `tls.client_certificate` and `tls.client_key`",
    ),
    (
        "The SSL certificate error",
        "it does not accept the client certificate of `tls.client_certificate`",
    ),
    (
        "The plain HTTP request was sent to HTTPS port",
        "it speaks TLS; write `https://` in the address",
    ),
    (
        "Client sent an HTTP request to an HTTPS server",
        "it speaks TLS; write `https://` in the address",
    ),
    (
        "speaking plain HTTP to an SSL-enabled server port",
        "it speaks TLS; write `https://` in the address",
    ),
];

/// How many bytes of a body are looked at for such a phrase.
pub(crate) const BODY_BYTES_MAX: usize = 8 * 1024;

/// Says of a response that comes from in front of the connector that it does, and what to change; a sentence without the
/// final full stop. `body` is the text of the response, perhaps empty.
pub(crate) fn answered_in_front(status: u16, body: &str) -> Option<String> {
    let remedy = remedy(status, body)?;
    Some(format!(
        "the response {status} may not be the connector's own: {remedy}"
    ))
}

/// Returns the cause of a response from in front of the connector and what to change, as a sentence without the final
/// full stop; nothing for any other response.
pub(crate) fn remedy(status: u16, body: &str) -> Option<&'static str> {
    Some(match status {
        400 => return refusal(body),
        407 => {
            "a proxy asks for credentials; write them into `proxy` of the environment, or let the connector be reached without it"
        }
        429 => {
            "something in front of the connector limits the rate; let the requests of feedproof pass there, or lower `jobs`"
        }
        495 => "it does not accept the client certificate of `tls.client_certificate`",
        496 => {
            "it requires a client certificate; name one in `tls.client_certificate` and `tls.client_key`"
        }
        502..=504 => {
            "a gateway had no answer of the connector; check that the connector runs, and where the gateway looks for it"
        }
        _ => return None,
    })
}

fn refusal(body: &str) -> Option<&'static str> {
    let bound = body.len().min(BODY_BYTES_MAX);
    let end = (0..=bound).rev().find(|at| body.is_char_boundary(*at));
    let start = &body[..end.unwrap_or_default()];
    let known = REFUSALS.iter().find(|(phrase, _)| start.contains(phrase));
    known.map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_from_in_front_are_told_as_such() {
        for status in [407, 429, 495, 496, 502, 503, 504] {
            let told = answered_in_front(status, "").expect("it is one");
            assert!(told.contains(&status.to_string()), "{told}");
        }
        for status in [200, 204, 302, 400, 401, 403, 404, 409, 410, 500, 501, 505] {
            assert_eq!(
                answered_in_front(status, "Too Many Requests"),
                None,
                "{status}"
            );
        }
    }

    #[test]
    fn a_400_is_told_by_its_words() {
        let page =
            "<html><head><title>400 No required SSL certificate was sent</title></head></html>";
        let told = answered_in_front(400, page).expect("nginx says so");
        assert!(told.contains("tls.client_certificate"), "{told}");
        assert_eq!(answered_in_front(200, page), None);
        assert_eq!(
            answered_in_front(400, "the certificate of the account is missing"),
            None
        );
    }

    #[test]
    fn a_long_body_is_looked_at_where_it_begins() {
        for letter in ["e", "é", "€"] {
            let late = letter.repeat(BODY_BYTES_MAX) + "No required SSL certificate was sent";
            assert_eq!(answered_in_front(400, &late), None);
        }
    }
}
