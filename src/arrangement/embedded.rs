//! The embedded service and the reference provider, made as an environment and a case want them.
//!
//! Where they stand, and for whom, is left to the stages.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::arrangement::fault::Fault;
use crate::arrangement::resolved::Resolved;
use crate::environment::{Agreed, BankAccount};
use crate::journal::Callback;
use crate::plan::{Credentials, ServiceSetting};
use crate::provider::{self, Provider};
use crate::service::{self, Outbound, Service};

/// How long the provider honours an announced authorisation (requirement ONB-08).
const AUTHORISATION_LIFE: Duration = Duration::from_secs(20 * 60);

/// Makes an embedded service that calls the provider at the given callbacks.
pub(super) fn embedded_service(
    resolved: &Resolved,
    base_url: &str,
    outbound: &Outbound,
    callbacks: &BTreeMap<Callback, String>,
    rulings: service::Rulings,
    faults: &[Fault],
) -> Service {
    let environment = &resolved.environment;
    let url = |callback| callbacks.get(&callback).cloned().unwrap_or_default();
    Service::new(service::Settings {
        base_url: base_url.to_owned(),
        outbound: outbound.clone(),
        api_key: resolved.api_key.clone(),
        client_id: resolved.client_id.clone(),
        client_secret: resolved.client_secret.clone(),
        audience: environment.credentials.audience.clone(),
        notification_audience: environment.credentials.notification_audience.clone(),
        application: environment.credentials.application.clone(),
        application_key: resolved.application_key.clone(),
        notification_header: (
            environment.notification_header.0.clone(),
            resolved.header_value.clone(),
        ),
        bank: Some(service::Bank {
            // The environment was refused if it were no UUID.
            id: uuid::Uuid::parse_str(&environment.bank.id).unwrap_or_default(),
            external_ref: environment.bank.external_ref.clone(),
            name: environment.bank.name.clone(),
            country_code: "GB".to_owned(),
            callbacks: service::Callbacks {
                notification: url(Callback::Notification),
                auth: url(Callback::Auth),
                re_auth: url(Callback::ReAuth),
                available_accounts: url(Callback::AvailableAccounts),
            },
        }),
        // A bank that a live provider registers is called through the sink, too.
        detours: environment
            .callbacks
            .iter()
            .map(|(callback, live)| (live.clone(), url(*callback)))
            .collect(),
        rulings,
        faults: faults
            .iter()
            .filter_map(|one| match one {
                Fault::Service(fault) => Some(*fault),
                Fault::Provider(_) => None,
            })
            .collect(),
    })
}

/// Sets the service as a case wants it.
pub(super) fn rulings(setting: &ServiceSetting, agreed: Agreed) -> service::Rulings {
    let usual = service::Rulings::default();
    service::Rulings {
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: setting.requests_per_second.or(usual.requests_per_second),
        retry_after: setting.retry_after.unwrap_or(usual.retry_after),
        processing: setting.processing.unwrap_or(usual.processing),
        ..usual
    }
}

/// Turns a credential of a plan into a bearer of the embedded identity provider.
pub(super) fn mint(service: &Service, bearer: Credentials) -> Option<String> {
    let bearer = match bearer {
        Credentials::Good => service::Bearer::Good,
        Credentials::Expired => service::Bearer::Expired,
        Credentials::WrongAudience => service::Bearer::WrongAudience,
        Credentials::BadSignature | Credentials::Wrong => service::Bearer::BadSignature,
        Credentials::Missing => return None,
    };
    Some(service.mint(bearer))
}

/// Makes the reference provider, which reaches the service at `service_base`.
pub(super) fn embedded_provider(
    resolved: &Resolved,
    outbound: &Outbound,
    base: &str,
    service_base: &str,
    agreed: Agreed,
    faults: &[Fault],
) -> Provider {
    let environment = &resolved.environment;
    let customers = environment
        .customers
        .iter()
        .zip(&resolved.passwords)
        .map(|(customer, password)| provider::Customer {
            username: customer.username.clone(),
            password: password.clone(),
            bank_identifier: customer
                .bank_identifier
                .clone()
                .unwrap_or_else(|| customer.name.clone()),
            accounts: customer.data.iter().map(account).collect(),
        })
        .collect();
    Provider::new(provider::Settings {
        base_url: base.to_owned(),
        outbound: outbound.clone(),
        provider_api: format!("{service_base}/v1"),
        token_url: format!("{service_base}/sageid/oauth/token"),
        key_set_url: format!("{service_base}/sageid/.well-known/jwks.json"),
        issuer: match &environment.live_service {
            Some(live) => live.issuer.clone(),
            None => format!("{service_base}/sageid"),
        },
        audience: environment.credentials.audience.clone(),
        notification_audience: environment.credentials.notification_audience.clone(),
        client_id: resolved.client_id.clone(),
        client_secret: resolved.client_secret.clone(),
        api_key: resolved.api_key.clone(),
        notification_header: (
            environment.notification_header.0.clone(),
            resolved.header_value.clone(),
        ),
        bank: environment.bank.id.clone(),
        customers,
        authorisation_life: AUTHORISATION_LIFE,
        // A provider knows the limits that were agreed on with it.
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: agreed.requests_per_second,
        faults: faults
            .iter()
            .filter_map(|one| match one {
                Fault::Provider(fault) => Some(*fault),
                Fault::Service(_) => None,
            })
            .collect(),
    })
}

fn account(account: &BankAccount) -> provider::Account {
    provider::Account {
        external_id: account.external_id.clone(),
        name: account.name.clone(),
        branch: account.branch.clone(),
        identifier: account.identifier.clone(),
        kind: account.kind.clone(),
        opening_balance: account.opening_balance,
        transactions: account
            .transactions
            .iter()
            .map(|one| provider::Transaction {
                id: one.id.clone(),
                date: one.date.clone(),
                amount: one.amount,
                description: one.description.clone(),
                pending: one.pending,
            })
            .collect(),
    }
}
