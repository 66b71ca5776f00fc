//! An environment whose references were looked up; its secrets are in the vault.

use std::sync::Arc;

use crate::environment::{Environment, Looked, Unresolved};
use crate::value::Value;
use crate::vault::Vault;

/// An environment with its secrets. Shows none of them.
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
    pub(super) vault: Arc<Vault>,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Resolved")
            .field("environment", &self.environment.name)
            .finish_non_exhaustive()
    }
}

impl Resolved {
    /// Looks all references up and hands every secret to the vault.
    ///
    /// # Errors
    /// [`Unresolved`] for the first reference that is not set.
    pub fn of(
        environment: Environment,
        vault: Arc<Vault>,
        look: &dyn Fn(Looked<'_>) -> Result<String, String>,
    ) -> Result<Self, Unresolved> {
        let credentials = &environment.credentials;
        let resolved = Self {
            api_key: credentials.api_key.resolve(look)?,
            client_id: credentials.client_id.resolve(look)?,
            client_secret: credentials.client_secret.resolve(look)?,
            application_key: credentials.application_key.resolve(look)?,
            header_value: environment.notification_header.1.resolve(look)?,
            passwords: environment
                .customers
                .iter()
                .map(|one| one.password.resolve(look))
                .collect::<Result<_, _>>()?,
            environment,
            vault,
        };
        let vault = &resolved.vault;
        vault.guard("api-key", &resolved.api_key);
        vault.guard("client-secret", &resolved.client_secret);
        vault.guard("signing-key", &resolved.application_key);
        vault.guard("notification-header", &resolved.header_value);
        vault.guard_header(
            &resolved.environment.notification_header.0,
            "notification-header",
        );
        for password in &resolved.passwords {
            vault.guard("password", password);
        }
        Ok(resolved)
    }

    /// Returns the handle of a secret, as it stands in masked text.
    pub(super) fn handle(&self, kind: &str, secret: &str) -> String {
        self.vault.keep(kind, secret).mark()
    }

    /// Returns the values of a customer, masked.
    pub(super) fn customer(&self, index: usize, batch_limit: u32) -> Value {
        let mut values = self.environment.customers[index].traits(batch_limit);
        values["password"] = self.handle("password", &self.passwords[index]).into();
        values
    }
}
