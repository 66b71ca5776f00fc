//! The rehearsal: a stage of its own for every case, with a fresh service and a fresh provider.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Map, json};

use crate::arrangement::fault::Fault;
use crate::arrangement::inapplicable::inapplicable;
use crate::arrangement::resolved::Resolved;
use crate::arrangement::returns::return_mount;
use crate::environment::{self, Agreed, BankAccount, Environment};
use crate::exchange::{Face, Mount, Upstream};
use crate::journal::{Callback, NotOpened, Participant};
use crate::plan::{Case, Credentials, ServiceSetting};
use crate::provider::{self, Provider};
use crate::runner::{Lever, NotOpen, Parts, PendingFuture, Stage, Stages};
use crate::service::{self, Service};
use crate::tap::Tap;
use crate::value::Value;

/// How long the provider honours an announced authorisation (requirement ONB-08).
const AUTHORISATION_LIFE: Duration = Duration::from_secs(20 * 60);

/// Opens stages for a rehearsal.
pub(super) struct Rehearsal {
    pub resolved: Arc<Resolved>,
    pub tap: Arc<Tap>,
    pub origin: String,
    pub http: reqwest::Client,
    /// Faults that every stage shows.
    pub faults: Vec<Fault>,
    /// Faults that the stage of one case shows beside, by the case's id.
    pub faults_of: HashMap<Arc<str>, Fault>,
    pub stages: AtomicU64,
}

/// The paths of the reference provider's callbacks.
pub(super) const CALLBACK_PATHS: [(Callback, &str); 4] = [
    (Callback::Notification, "/notification"),
    (Callback::Auth, "/auth"),
    (Callback::ReAuth, "/authrefresh"),
    (Callback::AvailableAccounts, "/availableaccounts"),
];

/// The limits that hold in a case with an embedded provider: it agrees to whatever the case sets.
fn agreed(setting: &ServiceSetting, environment: &Environment) -> Agreed {
    let usual = environment.agreed;
    Agreed {
        batch_limit: setting.batch_limit.unwrap_or(usual.batch_limit),
        requests_per_second: setting
            .requests_per_second
            .unwrap_or(usual.requests_per_second),
    }
}

/// Lists the customers that a case can be run with, by index.
pub(super) fn candidates(
    case: &Case,
    resolved: &Resolved,
    agreed: Agreed,
) -> Result<Vec<usize>, NotOpen> {
    let customers = &resolved.environment.customers;
    let Some(matcher) = &case.customer else {
        return Ok((0..customers.len()).collect());
    };
    let demand = matcher.resolve(&Map::new()).map_err(|unset| NotOpen {
        standing: NotOpened::Errored,
        why: unset.to_string(),
    })?;
    Ok((0..customers.len())
        .filter(|index| demand.matches(Some(&customers[*index].traits(agreed.batch_limit))))
        .collect())
}

/// The reason of a case for which there is no customer.
pub(super) fn no_customer(case: &Case) -> NotOpen {
    let why = match (&case.customer, case.needs.stranger) {
        (_, true) => "the environment has no two customers of the kind that the case needs",
        (Some(_), false) => "the environment has no customer of the kind that the case needs",
        (None, false) => "the environment has no customer",
    };
    NotOpen {
        standing: NotOpened::Skipped,
        why: why.to_owned(),
    }
}

/// Makes an embedded service that calls the provider at the given callbacks.
pub(super) fn embedded_service(
    resolved: &Resolved,
    base_url: &str,
    http: &reqwest::Client,
    callbacks: &BTreeMap<Callback, String>,
    rulings: service::Rulings,
    faults: &[Fault],
) -> Service {
    let environment = &resolved.environment;
    let url = |callback| callbacks.get(&callback).cloned().unwrap_or_default();
    Service::new(service::Settings {
        base_url: base_url.to_owned(),
        client: http.clone(),
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
fn rulings(setting: &ServiceSetting, agreed: Agreed) -> service::Rulings {
    let usual = service::Rulings::default();
    service::Rulings {
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: setting.requests_per_second.or(usual.requests_per_second),
        retry_after: setting.retry_after.unwrap_or(usual.retry_after),
        processing: setting.processing.unwrap_or(usual.processing),
        ..usual
    }
}

/// Returns the values that every case owns.
pub(super) fn values(
    resolved: &Resolved,
    customers: &[usize],
    agreed: Agreed,
    returns: &str,
) -> Map<String, Value> {
    let environment = &resolved.environment;
    let mut values = Map::new();
    values.insert(
        "bank".to_owned(),
        json!({
            "id": environment.bank.id,
            "externalRef": environment.bank.external_ref,
            "name": environment.bank.name,
        }),
    );
    for (name, index) in ["customer", "stranger"].into_iter().zip(customers) {
        values.insert(
            name.to_owned(),
            resolved.customer(*index, agreed.batch_limit),
        );
    }
    values.insert(
        "agreed".to_owned(),
        json!({
            "batch_limit": agreed.batch_limit,
            "requests_per_second": agreed.requests_per_second,
        }),
    );
    values.insert("ui".to_owned(), json!({ "return": returns }));
    values.insert("state".to_owned(), uuid::Uuid::new_v4().to_string().into());
    values.insert(
        "credentials".to_owned(),
        json!({
            "client_id": resolved.client_id,
            "client_secret": resolved.handle("client-secret", &resolved.client_secret),
            "api_key": resolved.handle("api-key", &resolved.api_key),
            "audience": environment.credentials.audience,
        }),
    );
    values
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
    http: &reqwest::Client,
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
        client: http.clone(),
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

impl Rehearsal {
    fn open_now(&self, case: &Arc<Case>) -> Result<Stage, NotOpen> {
        let skipped = |why| NotOpen {
            standing: NotOpened::Skipped,
            why,
        };
        if let Some(why) = inapplicable(case, &self.resolved.environment) {
            return Err(skipped(why));
        }
        let agreed = agreed(&case.service, &self.resolved.environment);
        let first = *candidates(case, &self.resolved, agreed)?
            .first()
            .ok_or_else(|| no_customer(case))?;
        let mut customers = vec![first];
        let all = self.resolved.environment.customers.len();
        match (0..all).find(|one| *one != first) {
            Some(other) => customers.push(other),
            None if case.needs.stranger => return Err(no_customer(case)),
            None => {}
        }
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let (service_at, provider_at) =
            (format!("s{number}-service"), format!("s{number}-provider"));
        let service_base = format!("{}/{service_at}", self.origin);
        let provider_base = format!("{}/{provider_at}", self.origin);
        let callbacks: BTreeMap<Callback, String> = CALLBACK_PATHS
            .into_iter()
            .map(|(callback, path)| (callback, format!("{provider_base}{path}")))
            .collect();
        let faults: Vec<Fault> = self
            .faults
            .iter()
            .chain(self.faults_of.get(&case.id))
            .copied()
            .collect();
        let service = embedded_service(
            &self.resolved,
            &service_base,
            &self.http,
            &callbacks,
            rulings(&case.service, agreed),
            &faults,
        );
        let provider = embedded_provider(
            &self.resolved,
            &self.http,
            &provider_base,
            &service_base,
            agreed,
            &faults,
        );
        let mounts = self.tap.client.mounts();
        mounts.add(
            &self.origin,
            &service_at,
            Arc::new(Mount {
                base: service_base.clone(),
                upstream: Upstream::Embedded(service.router()),
                face: Face::Service,
                lane: Some(case.id.clone()),
            }),
        );
        mounts.add(
            &self.origin,
            &provider_at,
            Arc::new(Mount {
                base: provider_base.clone(),
                upstream: Upstream::Embedded(provider.router()),
                face: Face::Provider(
                    CALLBACK_PATHS
                        .map(|(callback, path)| (path.to_owned(), callback))
                        .to_vec(),
                ),
                lane: Some(case.id.clone()),
            }),
        );
        let return_at = format!("s{number}-return");
        let returns = format!("{}/{return_at}", self.origin);
        let mount = return_mount(returns.clone(), case.id.clone());
        mounts.add(&self.origin, &return_at, mount);
        Ok(Stage {
            values: values(&self.resolved, &customers, agreed, &returns),
            consumer: format!("{service_base}/api/v1"),
            sageid: format!("{service_base}/sageid"),
            service: service_base,
            callbacks,
            returns,
            application: self.resolved.environment.credentials.application.clone(),
            application_key: self
                .resolved
                .handle("signing-key", &self.resolved.application_key),
            notification_header: (
                self.resolved.environment.notification_header.0.clone(),
                self.resolved
                    .handle("notification-header", &self.resolved.header_value),
            ),
            parts: Arc::new(Pair {
                service,
                provider,
                provider_base,
                resolved: self.resolved.clone(),
                tap: self.tap.clone(),
                origin: self.origin.clone(),
                places: [service_at, provider_at, return_at],
            }),
        })
    }
}

impl Stages for Rehearsal {
    fn shared(&self) -> bool {
        false
    }

    fn open<'a>(&'a self, case: &'a Arc<Case>) -> PendingFuture<'a, Result<Stage, NotOpen>> {
        Box::pin(std::future::ready(self.open_now(case)))
    }
}

/// The embedded pair of one stage.
struct Pair {
    service: Service,
    provider: Provider,
    provider_base: String,
    resolved: Arc<Resolved>,
    tap: Arc<Tap>,
    origin: String,
    places: [String; 3],
}

impl Parts for Pair {
    fn mint(&self, bearer: Credentials) -> Option<String> {
        mint(&self.service, bearer)
    }

    fn advance(&self, who: Participant, by: Duration) -> Result<(), String> {
        match who {
            Participant::Service | Participant::Sageid => self.service.advance(by),
            Participant::Provider => self.provider.advance(by),
            other => return Err(format!("the {other} has no time of its own")),
        }
        Ok(())
    }

    fn lever(&self, name: &str) -> Result<Lever, String> {
        lever(&self.resolved, name, &self.provider_base)
    }

    fn close(&self) -> PendingFuture<'_, ()> {
        Box::pin(async move {
            self.provider.close().await;
            self.service.close().await;
            for place in &self.places {
                self.tap.client.mounts().remove(&self.origin, place);
            }
        })
    }
}

/// Finds how the environment pulls a lever; a path is below the provider's base.
pub(super) fn lever(resolved: &Resolved, name: &str, base: &str) -> Result<Lever, String> {
    let lever = resolved
        .environment
        .levers
        .get(name)
        .ok_or_else(|| format!("the environment has no lever {name}"))?;
    Ok(match lever {
        environment::Lever::Http(lever) => Lever::Http {
            method: lever.method.clone(),
            url: match lever.url.starts_with('/') {
                true => format!("{base}{}", lever.url),
                false => lever.url.clone(),
            },
            headers: resolved.lever_headers(name),
            body: lever.body.clone(),
        },
        environment::Lever::Command(lever) => Lever::Command {
            words: lever.words.clone(),
            folder: lever.folder.clone(),
        },
        environment::Lever::Person(text) => Lever::Person(text.clone()),
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
