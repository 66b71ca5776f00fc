//! An environment whose references were looked up; its secrets are in the vault.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::environment::{
    BankAction, Environment, LoginField, Looked, Proxy, Reference, Unresolved,
};
use crate::secret::Secret;
use crate::vault::Vault;
use plan_language::value::Value;

/// An environment with its secrets. Shows none of them.
#[derive(Clone)]
pub struct Resolved {
    /// The environment.
    pub environment: Environment,
    pub(super) api_key: Secret,
    pub(super) client_id: Secret,
    pub(super) client_secret: Secret,
    pub(super) application_key: Secret,
    pub(super) header_value: Secret,
    /// Passwords, in the order of customers.
    pub(super) passwords: Vec<Secret>,
    /// What customers type into further fields, in the order of customers and of their fields.
    fields: Vec<Vec<Secret>>,
    /// The values of headers of bank actions, by bank action, in the order of its headers.
    lever_headers: Map<String, Value>,
    /// Certificates and key in PEM: authorities, own certificate, own key.
    pub(super) pem: [Option<Secret>; 3],
    /// The URL of the proxy.
    pub(super) proxy: Option<Secret>,
    pub(super) vault: Arc<Vault>,
}

/// The references of an environment that are not set, all of them.
#[derive(Debug)]
pub struct Unset(pub Vec<Unresolved>);

impl std::fmt::Display for Unset {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, one) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{one}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Unset {}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Resolved")
            .field("environment", &self.environment.name)
            .finish_non_exhaustive()
    }
}

/// Looks references up and gathers those that are not set.
struct Search<'l> {
    look: &'l dyn Fn(Looked<'_>) -> Result<Secret, String>,
    unset: Vec<Unresolved>,
}

impl Search<'_> {
    /// Finds a value; empty when it is not set, which ends the run before anything is sent.
    fn find(&mut self, reference: &Reference) -> Secret {
        reference.resolve(self.look).unwrap_or_else(|unresolved| {
            self.unset.push(unresolved);
            Secret::default()
        })
    }
}

impl Resolved {
    /// Looks all references up and hands every secret to the vault.
    ///
    /// # Errors
    /// [`Unset`] with every reference that is not set.
    pub fn of(
        environment: Environment,
        vault: Arc<Vault>,
        look: &dyn Fn(Looked<'_>) -> Result<Secret, String>,
    ) -> Result<Self, Unset> {
        let mut search = Search {
            look,
            unset: Vec::new(),
        };
        let credentials = &environment.credentials;
        let tls = &environment.tls;
        let pem = [&tls.ca, &tls.client_certificate, &tls.client_key]
            .map(|one| one.as_ref().map(|one| search.find(one)));
        let resolved = Self {
            header_value: search.find(&environment.notification_header.1),
            api_key: search.find(&credentials.api_key),
            client_id: search.find(&credentials.client_id),
            client_secret: search.find(&credentials.client_secret),
            application_key: search.find(&credentials.application_key),
            passwords: Vec::new(),
            fields: Vec::new(),
            lever_headers: Map::new(),
            pem,
            proxy: environment.proxy.as_ref().map(|proxy| match proxy {
                Proxy::Plain(url) => Secret::new(url.as_str()),
                Proxy::Secret(reference) => search.find(reference),
            }),
            environment,
            vault,
        };
        resolved.register();
        resolved.customers_and_levers(search)
    }

    /// Hands the secrets of the parties to the vault.
    fn register(&self) {
        let vault = &self.vault;
        vault.register("api-key", &self.api_key);
        vault.register("client-secret", &self.client_secret);
        vault.register("signing-key", &self.application_key);
        vault.register("notification-header", &self.header_value);
        vault.register_header(
            &self.environment.notification_header.0,
            "notification-header",
        );
        vault.register_customer_paths(self.environment.masks.clone());
        if let (Some(Proxy::Secret(_)), Some(url)) = (&self.environment.proxy, &self.proxy) {
            vault.register("proxy", url);
        }
        if let [_, _, Some(key)] = &self.pem {
            vault.register("client-key", key);
        }
    }

    /// Looks up and registers what customers type and what bank actions send.
    fn customers_and_levers(mut self, mut search: Search<'_>) -> Result<Self, Unset> {
        for customer in &self.environment.customers {
            let password = search.find(&customer.password);
            self.vault.register("password", &password);
            self.passwords.push(password);
            let mut typed = Vec::new();
            for (_, field) in &customer.fields {
                let (kind, reference) = kind(field);
                let value = search.find(reference);
                self.vault.register(kind, &value);
                typed.push(value);
            }
            self.fields.push(typed);
        }
        for (name, bank_action) in &self.environment.bank_actions {
            let BankAction::Http(bank_action) = bank_action else {
                continue;
            };
            let mut values = Map::new();
            for (header, reference) in &bank_action.headers {
                let value = search.find(reference);
                // What stands in the environment itself (`literal:application/json`) may be an everyday word.
                let sent = if reference.is_literal() {
                    value.expose().to_owned()
                } else {
                    self.vault.register("bank-action-header", &value).mark()
                };
                values.insert(header.clone(), sent.into());
            }
            self.lever_headers.insert(name.clone(), values.into());
        }
        match search.unset.is_empty() {
            true => Ok(self),
            false => {
                let mut unset = search.unset;
                unset.sort_by(|one, other| one.span.cmp(&other.span));
                Err(Unset(unset))
            }
        }
    }

    /// Returns the handle of a secret, as it stands in masked text.
    pub(super) fn handle(&self, kind: &str, secret: &Secret) -> String {
        self.vault.keep(kind, secret.expose()).mark()
    }

    /// Returns the values of a customer, masked; with what the bank's data holds if `ledger` asks for it.
    pub(super) fn customer(&self, index: usize, batch_limit: u32, ledger: bool) -> Value {
        let customer = &self.environment.customers[index];
        let mut values = customer.traits(batch_limit);
        if ledger && let Some(books) = customer.books() {
            values["ledger"] = books;
        }
        values["password"] = self.handle("password", &self.passwords[index]).into();
        if !customer.fields.is_empty() {
            let mut fields = Map::new();
            for ((name, field), value) in customer.fields.iter().zip(&self.fields[index]) {
                let handle = self.handle(kind(field).0, value);
                let typed = match field {
                    LoginField::Text(_) => handle.into(),
                    LoginField::Totp(_) => json!({ "totp": handle }),
                };
                fields.insert(name.clone(), typed);
            }
            values["fields"] = fields.into();
        }
        values
    }

    /// Returns the headers of a bank action that is an HTTP call, masked, in order.
    pub(super) fn lever_headers(&self, bank_action: &str) -> Vec<(String, String)> {
        let headers = self
            .lever_headers
            .get(bank_action)
            .and_then(Value::as_object);
        headers
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect()
    }
}

/// Returns the kind of secret that a field holds, and where it is to be found.
fn kind(field: &LoginField) -> (&'static str, &Reference) {
    match field {
        LoginField::Text(reference) => ("login-field", reference),
        LoginField::Totp(reference) => ("totp-secret", reference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::open;

    const ENVIRONMENT: &str = r#"
subject: { name: Acme, version: 1.4.2 }
service: { emulated: { listen: 127.0.0.1:9000 } }
provider:
  callbacks: { notification: http://localhost:8080/n, auth: http://localhost:8080/a, reAuth: http://localhost:8080/r, availableAccounts: http://localhost:8080/v }
  bank: { id: 10aaeee6-0000-4000-8000-000000000001, externalRef: acme }
  notification_header: { name: X-Acme-Key, value: env:HEADER }
credentials: { api_key: env:API_KEY, client_id: env:CLIENT_ID, client_secret: "literal:exposed-client-secret", audience: one, notification_audience: two, application: app, application_key: file:key.txt }
proxy: env:PROXY
customers:
  alice: { login: { username: alice, password: env:PASSWORD, fields: { pin: env:PIN } }, accounts: 1, without_branch: 0, cleared: 1 }
"#;

    #[test]
    fn debug_shows_no_secret_of_an_environment() {
        let look = |looked: Looked<'_>| {
            Ok(Secret::new(match looked {
                Looked::Variable(name) => format!("exposed-{name}"),
                Looked::File(path) => format!("exposed-{}", path.display()),
            }))
        };
        let opening = open("e.yaml", ENVIRONMENT.as_bytes(), &[], &look);
        assert_eq!(opening.findings, []);
        let environment = opening.environment.expect("it is valid");
        let vault = Arc::new(Vault::new());
        let resolved = Resolved::of(environment, vault, &look).expect("every reference is set");
        assert_eq!(resolved.api_key.expose(), "exposed-API_KEY");
        let parts = (
            &resolved.environment,
            &resolved.api_key,
            &resolved.passwords,
            &resolved.fields,
            &resolved.pem,
            &resolved.proxy,
        );
        let shown = format!("{resolved:?} {:?} {parts:?} {parts:#?}", resolved.vault);
        assert!(!shown.contains("exposed-"), "{shown}");
    }
}
