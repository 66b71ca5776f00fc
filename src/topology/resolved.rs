//! An environment whose references were looked up; its secrets are in the vault.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::environment::{
    BankAction, Environment, LoginField, Looked, Proxy, Reference, Unresolved,
};
use crate::vault::Vault;
use plan_language::value::Value;

/// An environment with its secrets. Shows none of them.
#[derive(Clone)]
pub struct Resolved {
    /// The environment.
    pub environment: Environment,
    pub(super) api_key: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) application_key: String,
    pub(super) header_value: String,
    /// Passwords, in the order of customers.
    pub(super) passwords: Vec<String>,
    /// What customers type into further fields, in the order of customers and of their fields.
    fields: Vec<Vec<String>>,
    /// The values of headers of bank actions, by bank action, in the order of its headers.
    lever_headers: Map<String, Value>,
    /// Certificates and key in PEM: authorities, own certificate, own key.
    pub(super) pem: [Option<String>; 3],
    /// The URL of the proxy.
    pub(super) proxy: Option<String>,
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
    look: &'l dyn Fn(Looked<'_>) -> Result<String, String>,
    unset: Vec<Unresolved>,
}

impl Search<'_> {
    /// Finds a value; empty when it is not set, which ends the run before anything is sent.
    fn find(&mut self, reference: &Reference) -> String {
        reference.resolve(self.look).unwrap_or_else(|unresolved| {
            self.unset.push(unresolved);
            String::new()
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
        look: &dyn Fn(Looked<'_>) -> Result<String, String>,
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
                Proxy::Plain(url) => url.clone(),
                Proxy::Secret(reference) => search.find(reference),
            }),
            environment,
            vault,
        };
        resolved.guard();
        resolved.customers_and_levers(search)
    }

    /// Hands the secrets of the parties to the vault.
    fn guard(&self) {
        let vault = &self.vault;
        vault.guard("api-key", &self.api_key);
        vault.guard("client-secret", &self.client_secret);
        vault.guard("signing-key", &self.application_key);
        vault.guard("notification-header", &self.header_value);
        vault.guard_header(
            &self.environment.notification_header.0,
            "notification-header",
        );
        vault.guard_customers(self.environment.masks.clone());
        if let (Some(Proxy::Secret(_)), Some(url)) = (&self.environment.proxy, &self.proxy) {
            vault.guard("proxy", url);
        }
        if let [_, _, Some(key)] = &self.pem {
            vault.guard("client-key", key);
        }
    }

    /// Finds and guards what customers type and what bank actions send.
    fn customers_and_levers(mut self, mut search: Search<'_>) -> Result<Self, Unset> {
        for customer in &self.environment.customers {
            let password = search.find(&customer.password);
            self.vault.guard("password", &password);
            self.passwords.push(password);
            let mut typed = Vec::new();
            for (_, field) in &customer.fields {
                let (kind, reference) = kind(field);
                let value = search.find(reference);
                self.vault.guard(kind, &value);
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
                let sent = match reference.is_literal() {
                    true => value,
                    false => self.vault.guard("bank action-header", &value).mark(),
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
    pub(super) fn handle(&self, kind: &str, secret: &str) -> String {
        self.vault.keep(kind, secret).mark()
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
