//! Makes requests ready to send: addresses, secrets filled in, signatures.

use bytes::Bytes;

use crate::exchange::{Outgoing, sign};
use crate::runner::live::case::Live;
use crate::runner::world::{Draft, DraftAuth, DraftBody};
use plan_language::participant::{Address, Participant};
use plan_language::plan::Credentials;

impl Live<'_> {
    /// Returns the URL of a message: `path` below the base of its receiver, or `path` itself if it is absolute.
    ///
    /// # Errors
    /// The reason, when the environment has no such address.
    pub(super) fn url(&self, by: Participant, to: Address, path: &str) -> Result<String, String> {
        if path.starts_with("http://") || path.starts_with("https://") {
            return Ok(path.to_owned());
        }
        let base = match (to.participant, to.callback) {
            (_, Some(callback)) => self
                .stage
                .callbacks
                .get(&callback)
                .ok_or_else(|| format!("the environment has no address for {to}"))?,
            (Participant::Sageid, _) => &self.stage.sageid,
            (Participant::Service, _) if by == Participant::Product => &self.stage.consumer,
            (Participant::Service, _) => &self.stage.service,
            _ => return Err(format!("{to} as a whole has no address; name a callback")),
        };
        Ok(format!("{base}{path}"))
    }

    /// Makes a request of a draft: fills secrets in, signs it, and encodes its body.
    ///
    /// # Errors
    /// The reason why there can be no such request.
    pub(super) fn request(&self, draft: &Draft) -> Result<Outgoing, String> {
        let vault = &self.shared.tap.vault;
        let url = self.url(draft.by, draft.to, &draft.path)?;
        let url = vault.fill_url(&url).into_owned();
        let url = add_query(url, &self.form(&draft.query));
        let body = match &draft.body {
            DraftBody::Empty => Bytes::new(),
            DraftBody::Json(value) => Bytes::from(vault.fill_value(value).to_string()),
            DraftBody::Form(form) => Bytes::from(self.form(form)),
        };
        let filled = |(name, value): &(String, String)| (name.clone(), vault.fill(value).into());
        let mut request = Outgoing {
            method: draft.method.clone(),
            url,
            headers: draft.headers.iter().map(filled).collect(),
            body,
        };
        if draft.by == Participant::Product {
            let application = self.stage.application.clone();
            add_header(&mut request, "x-application", application);
        }
        match &draft.auth {
            DraftAuth::Headers => {}
            DraftAuth::Signature(key) => self.sign(&mut request, key.as_deref())?,
            DraftAuth::Notification { bearer, key } => {
                self.authorise_notification(&mut request, *bearer, *key)?;
            }
            DraftAuth::BadSignature => break_signature(&mut request),
        }
        Ok(request)
    }

    /// Encodes a form, with secrets filled in.
    pub(super) fn form(&self, fields: &[(String, String)]) -> String {
        let vault = &self.shared.tap.vault;
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            pairs.append_pair(name, &vault.fill(value));
        }
        pairs.finish()
    }

    /// Signs a product's request with a masked key, or with that of the application.
    fn sign(&self, request: &mut Outgoing, key: Option<&str>) -> Result<(), String> {
        let key = key.unwrap_or(&self.stage.application_key);
        let key = self.shared.tap.vault.fill(key).into_owned();
        let nonce = uuid::Uuid::new_v4().to_string();
        let url = &request.url;
        let parsed = url::Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        let signature = sign(&request.method, &parsed, &request.body, &nonce, &key);
        add_header(request, "x-nonce", nonce);
        add_header(request, "x-signature", signature);
        Ok(())
    }

    /// Adds the bearer and the agreed header of a notification, each as the plan wants it.
    fn authorise_notification(
        &self,
        request: &mut Outgoing,
        bearer: Credentials,
        key: Credentials,
    ) -> Result<(), String> {
        if bearer != Credentials::Missing {
            let token = self.stage.parts.mint(bearer);
            let token = token
                .ok_or("the identity provider is live, so feedproof cannot issue its tokens")?;
            add_header(request, "authorization", format!("Bearer {token}"));
        }
        if key == Credentials::Missing {
            return Ok(());
        }
        let (name, handle) = &self.stage.notification_header;
        let mut value = self.shared.tap.vault.fill(handle).into_owned();
        if key == Credentials::Wrong {
            // It begins like the right one: a comparison of beginnings takes it for that.
            value.push_str("-not");
        }
        add_header(request, &name.to_ascii_lowercase(), value);
        Ok(())
    }
}

fn add_header(request: &mut Outgoing, name: &str, value: String) {
    request.headers.push((name.to_owned(), value));
}

/// Adds an encoded query to a URL that may have one already.
pub(super) fn add_query(mut url: String, query: &str) -> String {
    if !query.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(query);
    }
    url
}

/// Changes the signature of the bearer token.
fn break_signature(request: &mut Outgoing) {
    for (name, value) in &mut request.headers {
        if name == "authorization" {
            change_end(value);
        }
    }
}

/// Changes the last two characters of a token.
fn change_end(token: &mut String) {
    let last = if token.pop() == Some('A') { 'Q' } else { 'A' };
    // The last character of a signature may hold bits that do not count; all of the one before it do.
    if let Some(before) = token.pop() {
        token.push(if before == 'x' { 'y' } else { 'x' });
    }
    token.push(last);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_changes_in_both_of_its_last_characters() {
        for (token, expected) in [
            ("Bearer abc.defQ", "Bearer abc.dexA"),
            ("abxA", "abyQ"),
            ("a", "A"),
        ] {
            let mut changed = token.to_owned();
            change_end(&mut changed);
            assert_eq!(changed, expected, "{token}");
        }
    }

    #[test]
    fn a_query_is_added_behind_another() {
        let add = |url: &str, query| add_query(url.to_owned(), query);
        assert_eq!(add("http://h/a", ""), "http://h/a");
        assert_eq!(add("http://h/a", "b=1"), "http://h/a?b=1");
        assert_eq!(add("http://h/a?b=1", "c=2"), "http://h/a?b=1&c=2");
    }
}
