//! The names in a message: identifiers that the service assigned, and the provider's own ids of accounts.
//!
//! A bank is no identifier here: a live connector has one bank for all cases. To which case a name belongs is left to
//! `correlate`.

use http_message::{canonical_id, segments};

use crate::journal::fact::Message;
use plan_language::value::Value;

/// The kind of resource that an identifier names, most specific first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    /// A statement.
    Statement,
    /// A bank account, by the service's id.
    Account,
    /// An authorisation session.
    Authorisation,
    /// A company.
    Company,
    /// An organisation.
    Organisation,
}

/// An identifier that the service assigned to a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    /// The kind of resource.
    pub kind: IdentifierKind,
    /// The identifier; a UUID in lower case with hyphens.
    pub name: String,
}

/// Lists the identifiers in a message, most specific first, each once.
pub fn identifiers(message: &Message) -> Vec<Identifier> {
    let mut found = IdentifierList(Vec::new());
    found.path(&message.path);
    for (name, value) in &message.query {
        found.query(name, value);
    }
    for (_, location) in message
        .headers
        .iter()
        .filter(|(name, _)| name == "location")
    {
        found.url(location);
    }
    if let Some(json) = message.json() {
        found.document(&json);
    }
    let mut list = found.0;
    list.sort();
    list.dedup();
    list
}

/// Returns the most specific identifier of a message.
pub fn identity(message: &Message) -> Option<String> {
    // Path, query and `resource` say what the message is about; the order of kinds decides among the rest.
    let mut about = IdentifierList(Vec::new());
    about.path(&message.path);
    for (name, value) in &message.query {
        about.query(name, value);
    }
    if let Some(json) = message.json() {
        about.resource(&json);
    }
    about.0.sort();
    about
        .0
        .into_iter()
        .next()
        .or_else(|| identifiers(message).into_iter().next())
        .map(|identifier| identifier.name)
}

/// Lists the provider's own ids of accounts in a message.
pub(super) fn handles(message: &Message) -> Vec<String> {
    let mut found: Vec<_> = message
        .query
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("externalid"))
        .map(|(_, value)| value.clone())
        .collect();
    if let Some(json) = message.json() {
        let listed = json["data"]["bankAccounts"].as_array();
        found.extend(
            listed
                .into_iter()
                .flatten()
                .map(|account| &account["bankAccountExternalId"])
                .chain([
                    &json["account"]["bankAccountExternalId"],
                    &json["additionalData"]["externalId"],
                    &json["data"]["externalId"],
                ])
                .filter_map(Value::as_str)
                .map(ToOwned::to_owned),
        );
    }
    found.retain(|handle| !handle.is_empty() && handle.len() <= NAME_BYTES_MAX);
    found
}

/// The least length of an identifier: words such as `NA` or `me` may take its place.
const NAME_BYTES_MIN: usize = 8;
/// The greatest length of an identifier or handle.
const NAME_BYTES_MAX: usize = 200;

struct IdentifierList(Vec<Identifier>);

impl IdentifierList {
    fn add(&mut self, kind: IdentifierKind, name: &str) {
        if (NAME_BYTES_MIN..=NAME_BYTES_MAX).contains(&name.len()) {
            self.0.push(Identifier {
                kind,
                name: canonical_id(name).into_owned(),
            });
        }
    }

    fn path(&mut self, path: &str) {
        let mut segments = segments(path).into_iter().flatten().peekable();
        while let Some(segment) = segments.next() {
            let kind = match segment.to_ascii_lowercase().as_str() {
                "statements" => IdentifierKind::Statement,
                "bankaccounts" => IdentifierKind::Account,
                "authorisations" => IdentifierKind::Authorisation,
                "companies" => IdentifierKind::Company,
                "organisations" => IdentifierKind::Organisation,
                _ => continue,
            };
            if let Some(name) = segments.peek() {
                self.add(kind, name);
            }
        }
    }

    fn query(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "authorisation_id" | "authorisationid" | "session" => {
                self.add(IdentifierKind::Authorisation, value);
            }
            "bankaccount" | "bankaccountid" | "bankaccountids" => {
                self.add(IdentifierKind::Account, value)
            }
            _ => {}
        }
    }

    fn url(&mut self, text: &str) {
        if let Ok(url) = url::Url::parse(text) {
            self.path(url.path());
            for (name, value) in url.query_pairs() {
                self.query(&name, &value);
            }
        }
    }

    fn resource(&mut self, document: &Value) {
        let resource = &document["resource"];
        let kind = match resource["type"].as_str() {
            Some("authorisation") => IdentifierKind::Authorisation,
            Some("bankAccount") => IdentifierKind::Account,
            _ => return,
        };
        if let Some(name) = resource["id"].as_str() {
            self.add(kind, name);
        }
    }

    fn document(&mut self, document: &Value) {
        self.resource(document);
        self.fields(document);
        self.fields(&document["data"]);
        for name in document["companies"].as_array().into_iter().flatten() {
            if let Some(name) = name.as_str() {
                self.add(IdentifierKind::Company, name);
            }
        }
        for list in [
            &document["companies"],
            &document["data"]["accountDetails"],
            document,
        ] {
            for item in list.as_array().into_iter().flatten() {
                self.fields(item);
            }
        }
    }

    fn fields(&mut self, object: &Value) {
        let Some(object) = object.as_object() else {
            return;
        };
        for (name, value) in object {
            let Some(value) = value.as_str() else {
                continue;
            };
            match name.as_str() {
                "bankAccountId" | "principalId" => self.add(IdentifierKind::Account, value),
                "organisationId" => self.add(IdentifierKind::Organisation, value),
                "companyId" => self.add(IdentifierKind::Company, value),
                "authorisationId" => self.add(IdentifierKind::Authorisation, value),
                "statementId" | "_id" => self.add(IdentifierKind::Statement, value),
                "redirect" | "pollRoute" => self.url(value),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ACCOUNT: &str = "b0a1c2d3-0000-4000-8000-000000000001";

    #[test]
    fn the_identity_of_a_notification_is_its_resource() {
        let message = Message {
            method: Some("POST".into()),
            path: "/notification".into(),
            body: crate::journal::Body::Json(json!({"type": "resourceDeleted", "resource": {"id": ACCOUNT, "type": "bankAccount"}}).into()),
            ..Message::default()
        };
        assert_eq!(identity(&message).as_deref(), Some(ACCOUNT));
    }

    #[test]
    fn an_identifier_in_capitals_or_percent_encoded_is_the_same() {
        let of = |path: String, query: &str| {
            let message = Message {
                path,
                query: vec![("bankAccountId".to_owned(), query.to_owned())],
                ..Message::default()
            };
            identity(&message)
        };
        let capitals = ACCOUNT.to_ascii_uppercase();
        let encoded = ACCOUNT.replace('-', "%2d");
        for (path, query) in [
            (format!("/v1/bankAccounts/{capitals}"), ""),
            (format!("/v1/%62ankAccounts/{encoded}/"), ""),
            (String::new(), capitals.as_str()),
        ] {
            assert_eq!(of(path.clone(), query).as_deref(), Some(ACCOUNT), "{path}");
        }
    }
}
