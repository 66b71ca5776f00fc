//! An environment whose references are resolved; its secrets are in the vault.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, json};

use crate::environment::{
    BankAction, Environment, LoginField, LoginStep, LookError, Proxy, Reference, SecretLocation,
    Tls,
};
use crate::exchange::Users;
use crate::secret::Secret;
use crate::tls::{self, Content, TlsContents, TlsMaterial};
use crate::topology::tls_references::{findings, look_up};
use crate::vault::Vault;
use plan_language::participant::Callback;
use plan_language::source::Finding;
use plan_language::value::Value;
use reference_provider as provider;

/// An environment with its secrets. Its debug output shows none of them.
#[derive(Clone)]
pub struct ResolvedEnvironment {
    /// The environment.
    pub environment: Environment,
    /// The nonce of the run's certifier, which the messages of the run carry.
    pub(super) nonce: Option<String>,
    pub(super) api_key: Secret,
    pub(super) client_id: Secret,
    pub(super) client_secret: Secret,
    pub(super) application_key: Secret,
    pub(super) header_value: Secret,
    /// Passwords, in the order of customers.
    pub(super) passwords: Vec<Secret>,
    /// The values of further login fields, in the order of customers and of their fields.
    fields: Vec<Vec<Secret>>,
    /// The headers of bank actions, masked, by bank action, in the order of the environment.
    bank_action_headers: Map<String, Value>,
    /// Certificates and key.
    pub(super) tls: TlsMaterial,
    /// The URL of the proxy.
    pub(super) proxy: Option<Secret>,
    pub(super) vault: Arc<Vault>,
    /// The accounts of the reference provider's customers, in the environment's order, once they were asked for.
    accounts: OnceLock<Vec<Vec<provider::Account>>>,
}

/// Every reference of an environment that cannot be resolved, and every one of `tls` whose content cannot be used; never
/// none, in the order of their places.
#[derive(Debug)]
pub struct UnusableReferences(pub Vec<Finding>);

impl std::fmt::Display for UnusableReferences {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, finding) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{}: {}", finding.span, finding.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for UnusableReferences {}

impl std::fmt::Debug for ResolvedEnvironment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ResolvedEnvironment")
            .field("environment", &self.environment.name)
            .finish_non_exhaustive()
    }
}

/// Resolves references and gathers those that cannot be resolved.
struct Resolver<'l> {
    look: &'l dyn Fn(SecretLocation<'_>) -> Result<Secret, LookError>,
    unusable: Vec<Finding>,
}

impl Resolver<'_> {
    /// Returns the value of a reference; empty when it cannot be resolved, which ends the run before any request.
    fn resolve(&mut self, reference: &Reference) -> Secret {
        reference.resolve(self.look).unwrap_or_else(|unresolved| {
            self.unusable.push(unresolved.finding());
            Secret::default()
        })
    }

    /// Reads what the references of `tls` contain; nothing when a part of it cannot be used, which ends the run before
    /// any request.
    fn tls(&mut self, tls: &Tls, vault: &Vault) -> TlsMaterial {
        let look = self.look;
        let contents = look_up(tls, &mut |reference| {
            reference.resolve(look).inspect_err(|unresolved| {
                // A binary file is a fault of its field, which says how to convert it.
                if unresolved.binary.is_none() {
                    self.unusable.push(unresolved.finding());
                }
            })
        });
        register_tls(&contents, vault);
        tls::read(&contents).unwrap_or_else(|faults| {
            self.unusable.extend(findings(tls, &faults));
            TlsMaterial::default()
        })
    }
}

impl ResolvedEnvironment {
    /// Resolves all references and registers every secret with the vault.
    ///
    /// # Errors
    /// [`UnusableReferences`] with every reference that cannot be resolved, and every fault of the files of `tls`.
    pub fn of(
        environment: Environment,
        vault: Arc<Vault>,
        look: &dyn Fn(SecretLocation<'_>) -> Result<Secret, LookError>,
    ) -> Result<Self, UnusableReferences> {
        if let Some(mib) = environment.memory_mib {
            vault.memory().resize(mib);
        }
        let mut resolver = Resolver {
            look,
            unusable: Vec::new(),
        };
        let credentials = &environment.credentials;
        let tls = resolver.tls(&environment.tls, &vault);
        let resolved = Self {
            header_value: resolver.resolve(&environment.notification_header.1),
            api_key: resolver.resolve(&credentials.api_key),
            client_id: resolver.resolve(&credentials.client_id),
            client_secret: resolver.resolve(&credentials.client_secret),
            application_key: resolver.resolve(&credentials.application_key),
            passwords: Vec::new(),
            fields: Vec::new(),
            bank_action_headers: Map::new(),
            accounts: OnceLock::new(),
            tls,
            proxy: environment.proxy.as_ref().map(|proxy| match proxy {
                Proxy::Plain(url) => Secret::new(url.as_str()),
                Proxy::Secret(reference) => resolver.resolve(reference),
            }),
            environment,
            nonce: None,
            vault,
        };
        resolved.register();
        resolved.customers_and_bank_actions(resolver)
    }

    /// Registers the secrets of provider and product with the vault.
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
        for user in &self.environment.users {
            vault.register("url-password", &user.password);
        }
        if let Some(password) = self.proxy.as_ref().and_then(password_of) {
            vault.register("proxy-password", &password);
        }
        if let Some(identity) = &self.tls.identity {
            vault.register("client-key", &identity.key);
        }
    }

    /// Resolves and registers the login fields of customers and the headers of bank actions.
    fn customers_and_bank_actions(
        mut self,
        mut resolver: Resolver<'_>,
    ) -> Result<Self, UnusableReferences> {
        for customer in &self.environment.customers {
            let password = resolver.resolve(&customer.password);
            self.vault.register("password", &password);
            self.passwords.push(password);
            let mut typed = Vec::new();
            for (_, field) in &customer.fields {
                let (kind, reference) = secret_kind(field);
                let value = resolver.resolve(reference);
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
                let value = resolver.resolve(reference);
                // A literal, such as `literal:application/json`, may be a common word, and is no secret.
                let sent = if reference.is_literal() {
                    value.expose().to_owned()
                } else {
                    self.vault.register("bank-action-header", &value).mark()
                };
                values.insert(header.clone(), sent.into());
            }
            self.bank_action_headers.insert(name.clone(), values.into());
        }
        let mut unusable = resolver.unusable;
        if unusable.is_empty() {
            return Ok(self);
        }
        unusable.sort_by(|left, right| left.span.cmp(&right.span));
        Err(UnusableReferences(unusable))
    }

    /// Returns who asks for a user name and password.
    pub(super) fn users(&self) -> Users {
        let mut users = Users::default();
        for user in &self.environment.users {
            users.add(&user.origin, &user.username, &user.password);
        }
        // Cases send these a bearer, or on purpose none.
        for callback in [Callback::Notification, Callback::AvailableAccounts] {
            if let Some(url) = self.environment.callbacks.get(&callback) {
                users.except(url);
            }
        }
        users
    }

    /// Returns the accounts of the reference provider's customers; all providers of a run share their transactions.
    pub(super) fn accounts(&self) -> &[Vec<provider::Account>] {
        self.accounts.get_or_init(|| {
            let customers = self.environment.customers.iter();
            let accounts = customers
                .map(|customer| customer.data.iter().map(provider::Account::from).collect());
            accounts.collect()
        })
    }

    /// Returns the handle of a secret as masked text contains it.
    pub(super) fn handle(&self, kind: &str, secret: &Secret) -> String {
        self.vault.keep(kind, secret.expose()).mark()
    }

    /// Returns the values of a customer, masked; with the bank's data if `ledger`.
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
                let handle = self.handle(secret_kind(field).0, value);
                let typed = match field {
                    LoginField::Text(_) => handle.into(),
                    LoginField::Totp(_) => json!({ "totp": handle }),
                };
                fields.insert(name.clone(), typed);
            }
            values["fields"] = fields.into();
        }
        if !customer.steps.is_empty() {
            values["steps"] = customer.steps.iter().map(LoginStep::value).collect();
        }
        values
    }

    /// Returns the headers of a bank action that is an HTTP call, masked, in order.
    pub(super) fn bank_action_headers(&self, bank_action: &str) -> Vec<(String, String)> {
        let headers = self
            .bank_action_headers
            .get(bank_action)
            .and_then(Value::as_object);
        headers
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect()
    }
}

/// Registers the secrets of `tls` as their references contain them.
fn register_tls(contents: &TlsContents, vault: &Vault) {
    if let Content::Text(key) = &contents.client_key {
        vault.register("client-key", key);
        // A connector may log a block of the file alone, in its lines or in one.
        for block in tls::private_blocks(key.expose()) {
            vault.register(
                "client-key",
                &Secret::new(block.lines().collect::<String>()),
            );
            vault.register("client-key", &Secret::new(block));
        }
    }
    if let Content::Text(passphrase) = &contents.client_key_passphrase {
        vault.register("client-key-passphrase", passphrase);
    }
}

/// Returns the password in a URL.
fn password_of(url: &Secret) -> Option<Secret> {
    let url = url::Url::parse(url.expose()).ok()?;
    let bytes = percent_encoding::percent_decode_str(url.password()?);
    Some(Secret::new(bytes.decode_utf8_lossy()))
}

/// Returns the vault's kind of a login field's secret, and its reference.
fn secret_kind(field: &LoginField) -> (&'static str, &Reference) {
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
    fn passwords_in_addresses_are_masked_apart_from_their_addresses() {
        let text = ENVIRONMENT.replace(
            "auth: http://localhost:8080/a",
            "auth: http://ann:Staging%21pass-77@localhost:8080/a",
        );
        let look = |looked: SecretLocation<'_>| {
            Ok(Secret::new(match looked {
                SecretLocation::Variable("PROXY") => "http://bob:Pr0xy%21pass-77@127.0.0.1:1",
                _ => "something-else",
            }))
        };
        let opened = open("e.yaml", text.as_bytes(), &[], &look);
        assert_eq!(opened.findings, []);
        let environment = opened.environment.expect("it is valid");
        let auth = &environment.callbacks[&Callback::Auth];
        assert_eq!(auth, "http://localhost:8080/a");
        let vault = Arc::new(Vault::new());
        let resolved = ResolvedEnvironment::of(environment, vault.clone(), &look).expect("set");
        let users = resolved.users();
        let header = |url: &str| {
            let url = url::Url::parse(url).expect("a URL");
            users.header(&url).map(|user| user.expose().to_owned())
        };
        let sent = header("http://localhost:8080/login").expect("the user of the origin");
        assert_eq!(header("http://localhost:8080/n"), None);
        for text in [
            "ann:Staging!pass-77 is refused",
            "http://ann:Staging%21pass-77@localhost:8080/a",
            sent.as_str(),
            "tunnel to 127.0.0.1: bob, Pr0xy!pass-77",
            "Proxy-Authorization: Basic Ym9iOlByMHh5IXBhc3MtNzc=",
        ] {
            let masked = vault.mask(text);
            assert!(masked.contains("secret:"), "{masked}");
            assert!(
                !masked.contains("pass-77") && !masked.contains("YXNzLT"),
                "{masked}"
            );
        }
    }

    #[test]
    fn debug_shows_no_secret_of_an_environment() {
        let look = |looked: SecretLocation<'_>| {
            Ok(Secret::new(match looked {
                SecretLocation::Variable(name) => format!("exposed-{name}"),
                SecretLocation::File(path) => format!("exposed-{}", path.display()),
            }))
        };
        let opened = open("e.yaml", ENVIRONMENT.as_bytes(), &[], &look);
        assert_eq!(opened.findings, []);
        let environment = opened.environment.expect("it is valid");
        let vault = Arc::new(Vault::new());
        let resolved =
            ResolvedEnvironment::of(environment, vault, &look).expect("every reference is set");
        assert_eq!(resolved.api_key.expose(), "exposed-API_KEY");
        let parts = (
            &resolved.environment,
            &resolved.api_key,
            &resolved.passwords,
            &resolved.fields,
            &resolved.tls,
            &resolved.proxy,
        );
        let shown = format!("{resolved:?} {:?} {parts:?} {parts:#?}", resolved.vault);
        assert!(!shown.contains("exposed-"), "{shown}");
    }
}
