//! The emulated service and the reference provider, with the settings of an environment and a case.
//!
//! The stages choose their addresses and the cases that use them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::environment::{Agreed, Environment};
use crate::topology::applicable::MULTI_ACCOUNT;
use crate::topology::deviation::Deviation;
use crate::topology::fault::Fault;
use crate::topology::resolved::ResolvedEnvironment;
use banking_service_emulator::{self as service, Outbound, Service, SettingValue};
use plan_language::participant::{Callback, Mode};
use plan_language::plan::{Credentials, Declared, ServiceSetting};
use reference_provider::{self as provider, Provider};

/// How long the provider honours an announced authorisation (requirement ONB-08).
const AUTHORISATION_LIFE: Duration = Duration::from_secs(20 * 60);

/// The longest time that the reference provider waits for a response of a live service, or beside a live provider.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest time that it waits in a rehearsal: the emulated service responds within milliseconds, unless a case
/// delays it or the machine is busy.
const PATIENCE_REHEARSED: Duration = Duration::from_secs(6);

/// Makes an emulated service that calls the provider at the given callbacks.
pub(super) fn make_service(
    resolved: &ResolvedEnvironment,
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
        api_key: resolved.api_key.expose().to_owned(),
        client_id: resolved.client_id.expose().to_owned(),
        client_secret: resolved.client_secret.expose().to_owned(),
        audience: environment.credentials.audience.clone(),
        notification_audience: environment.credentials.notification_audience.clone(),
        application: environment.credentials.application.clone(),
        application_key: resolved.application_key.expose().to_owned(),
        notification_header: (
            environment.notification_header.0.clone(),
            resolved.header_value.expose().to_owned(),
        ),
        state_prefix: resolved.nonce.clone(),
        bank: Some(service::Bank {
            // Reading the environment checks that it is a UUID.
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
        // The service also calls a bank that a live provider registers through the sink.
        replaced_callbacks: environment
            .callbacks
            .iter()
            .map(|(callback, live)| (live.clone(), url(*callback)))
            .collect(),
        rulings,
        faults: faults
            .iter()
            .filter_map(|fault| match fault {
                Fault::Service(fault) => Some(*fault),
                Fault::Provider(_) => None,
            })
            .collect(),
    })
}

/// Returns the service's rulings: the settings of the case, else those of the environment, else the defaults.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
pub(super) fn rulings(
    setting: &ServiceSetting,
    agreed: Agreed,
    chosen: &BTreeMap<&'static str, SettingValue>,
) -> service::Rulings {
    let mut rulings = service::Rulings::default();
    for entry in service::Rulings::SETTINGS {
        if let Some(value) = chosen.get(entry.name) {
            // Reading an environment refuses every other value; a run with a setting unapplied would mislead.
            entry
                .apply(&mut rulings, value)
                .expect("an environment contains only values that their settings accept");
        }
    }
    service::Rulings {
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: setting.requests_per_second.or(rulings.requests_per_second),
        retry_after: setting.retry_after.unwrap_or(rulings.retry_after),
        processing: setting.processing.unwrap_or(rulings.processing),
        ..rulings
    }
}

/// Turns a credential of a plan into a bearer of the emulated identity provider, whose keys the case changes by `rotation`.
pub(super) fn mint(
    service: &Service,
    rotation: &service::KeyRotation,
    bearer: Credentials,
) -> Option<String> {
    let bearer = match bearer {
        Credentials::NewKey => return Some(rotation.bearer(service::RotatedBearer::New)),
        Credentials::NextKey => return Some(rotation.bearer(service::RotatedBearer::Next)),
        Credentials::WithdrawnKey => {
            return Some(rotation.bearer(service::RotatedBearer::Withdrawn));
        }
        Credentials::Good => service::NotificationBearer::Valid,
        Credentials::Expired => service::NotificationBearer::Expired,
        Credentials::WrongAudience => service::NotificationBearer::WrongAudience,
        Credentials::BadSignature | Credentials::Wrong => service::NotificationBearer::BadSignature,
        Credentials::Unsigned => service::NotificationBearer::Unsigned,
        Credentials::SignedWithPublicKey => service::NotificationBearer::SignedWithPublicKey,
        Credentials::WithoutExpiry => service::NotificationBearer::WithoutExpiry,
        Credentials::WrongIssuer => service::NotificationBearer::WrongIssuer,
        Credentials::NotYetValid => service::NotificationBearer::NotYetValid,
        Credentials::Unreadable => service::NotificationBearer::Unreadable,
        Credentials::Missing => return None,
    };
    Some(service.mint(bearer))
}

/// Makes the reference provider, which calls the service at `service_base`.
///
/// `multi_account` decides whether it lists further accounts where the environment does not declare the feature.
pub(super) fn make_provider(
    resolved: &ResolvedEnvironment,
    outbound: &Outbound,
    base: &str,
    service_base: &str,
    agreed: Agreed,
    multi_account: Option<Declared>,
    deviation: &Deviation,
) -> Provider {
    let environment = &resolved.environment;
    let multi_account = environment
        .features
        .get(MULTI_ACCOUNT)
        .copied()
        .or(multi_account);
    Provider::new(provider::Settings {
        base_url: base.to_owned(),
        outbound: outbound.clone(),
        provider_api: format!("{service_base}/v1"),
        token_url: format!("{service_base}/sageid/oauth/token"),
        key_set_url: format!("{service_base}/sageid/.well-known/jwks.json"),
        issuer: issuer(environment, &format!("{service_base}/sageid")),
        audience: environment.credentials.audience.clone(),
        notification_audience: environment.credentials.notification_audience.clone(),
        client_id: resolved.client_id.expose().to_owned(),
        client_secret: resolved.client_secret.expose().to_owned(),
        api_key: resolved.api_key.expose().to_owned(),
        notification_header: (
            environment.notification_header.0.clone(),
            resolved.header_value.expose().to_owned(),
        ),
        bank: environment.bank.id.clone(),
        customers: customers(resolved),
        authorisation_life: AUTHORISATION_LIFE,
        patience: match environment.mode {
            Mode::Rehearsal => PATIENCE_REHEARSED,
            _ => PATIENCE,
        },
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: agreed.requests_per_second,
        multi_account: multi_account != Some(Declared::Absent),
        faults: deviation
            .faults
            .iter()
            .filter_map(|fault| match fault {
                Fault::Provider(fault) => Some(*fault),
                Fault::Service(_) => None,
            })
            .collect(),
        variants: deviation.variants.clone(),
    })
}

/// Returns the `iss` of Sage ID's tokens; `own` is the address of the emulated Sage ID.
pub(super) fn issuer(environment: &Environment, own: &str) -> String {
    let chosen = match environment.rulings.get("issuer") {
        Some(SettingValue::String(issuer)) => issuer,
        _ => own,
    };
    match &environment.live_service {
        Some(live) => live.issuer.clone(),
        None => chosen.to_owned(),
    }
}

/// Returns the customers of the reference provider, with their passwords and the bank's data.
fn customers(resolved: &ResolvedEnvironment) -> Vec<provider::Customer> {
    resolved
        .environment
        .customers
        .iter()
        .zip(&resolved.passwords)
        .zip(resolved.accounts())
        .map(|((customer, password), accounts)| provider::Customer {
            username: customer.username.clone(),
            password: password.expose().to_owned(),
            bank_identifier: customer
                .bank_identifier
                .clone()
                .unwrap_or_else(|| customer.name.clone()),
            accounts: accounts.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_overrides_the_environment_and_the_environment_the_default() {
        let chosen = BTreeMap::from([
            ("requests_per_second", SettingValue::Number(10)),
            ("retry_after", SettingValue::Bool(true)),
        ]);
        let agreed = Agreed::default();
        let case = ServiceSetting {
            requests_per_second: Some(1),
            ..ServiceSetting::default()
        };
        let set = rulings(&case, agreed, &chosen);
        assert_eq!(set.requests_per_second, Some(1));
        assert!(set.retry_after);
        let set = rulings(&ServiceSetting::default(), agreed, &chosen);
        assert_eq!(set.requests_per_second, Some(10));
        assert_eq!(set.processing, service::Rulings::default().processing);
    }
}
