//! The rehearsal: a stage of its own for every case, with a fresh service and a fresh provider.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Map, json};

use crate::environment::{self, Agreed};
use crate::exchange::{Face, Mount, Upstream};
use crate::runner::{BankAction, NotOpen, Parts, PendingFuture, Stage, Stages};
use crate::tap::Tap;
use crate::topology::emulated::{embedded_provider, embedded_service, mint, rulings};
use crate::topology::fault::Fault;
use crate::topology::inapplicable::{MULTI_ACCOUNT, agreed, candidates, inapplicable, no_customer};
use crate::topology::resolved::Resolved;
use crate::topology::return_page::return_mount;
use banking_service_emulator::{Outbound, Service};
use plan_language::participant::{Callback, Participant};
use plan_language::plan::{Case, Credentials};
use plan_language::value::Value;
use reference_provider::Provider;

/// Opens stages for a rehearsal.
pub(super) struct Rehearsal {
    pub resolved: Arc<Resolved>,
    pub tap: Arc<Tap>,
    pub origin: String,
    /// How the emulated parts reach each other.
    pub outbound: Outbound,
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

/// Returns the values that every case owns; with what the bank's data holds where the case compares with it.
pub(super) fn values(
    resolved: &Resolved,
    customers: &[usize],
    agreed: Agreed,
    returns: &str,
    ledger: bool,
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
    for (name, index) in ["customer", "other_customer"].into_iter().zip(customers) {
        values.insert(
            name.to_owned(),
            resolved.customer(*index, agreed.batch_limit, ledger),
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
            "client_id": resolved.client_id.expose(),
            "client_secret": resolved.handle("client-secret", &resolved.client_secret),
            "api_key": resolved.handle("api-key", &resolved.api_key),
            "audience": environment.credentials.audience,
        }),
    );
    values
}

impl Rehearsal {
    fn open_now(&self, case: &Arc<Case>) -> Result<Stage, NotOpen> {
        let environment = &self.resolved.environment;
        if let Some(why) = inapplicable(case, environment) {
            return Err(why);
        }
        let agreed = agreed(case, environment);
        let first = *candidates(case, environment, agreed)?
            .first()
            .ok_or_else(|| no_customer(case))?;
        let mut customers = vec![first];
        let all = self.resolved.environment.customers.len();
        match (0..all).find(|one| *one != first) {
            Some(other) => customers.push(other),
            None if case.needs.other_customer => return Err(no_customer(case)),
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
            &self.outbound,
            &callbacks,
            rulings(&case.service, agreed, &self.resolved.environment.rulings),
            &faults,
        );
        let provider = embedded_provider(
            &self.resolved,
            &self.outbound,
            &provider_base,
            &service_base,
            agreed,
            case.features.get(MULTI_ACCOUNT).copied(),
            &faults,
        );
        let mounts = self.tap.client.mounts();
        mounts.add(
            &self.origin,
            &service_at,
            Arc::new(Mount {
                base: service_base.clone(),
                upstream: Upstream::Emulated(service.router()),
                face: Face::Service,
                lane: Some(case.id.clone()),
            }),
        );
        mounts.add(
            &self.origin,
            &provider_at,
            Arc::new(Mount {
                base: provider_base.clone(),
                upstream: Upstream::Emulated(provider.router()),
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
            values: values(
                &self.resolved,
                &customers,
                agreed,
                &returns,
                case.needs.ledger,
            ),
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

/// The emulated pair of one stage.
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

    fn age(&self, who: Participant, by: Duration) -> Result<(), String> {
        match who {
            Participant::Service | Participant::Sageid => self.service.age(by),
            Participant::Provider => self.provider.age(by),
            other => return Err(format!("the {other} has no time of its own")),
        }
        Ok(())
    }

    fn bank_action(&self, name: &str) -> Result<BankAction, String> {
        bank_action(&self.resolved, name, &self.provider_base)
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

/// Finds how the environment pulls a bank action; a path is below the provider's base.
pub(super) fn bank_action(
    resolved: &Resolved,
    name: &str,
    base: &str,
) -> Result<BankAction, String> {
    let bank_action = resolved
        .environment
        .bank_actions
        .get(name)
        .ok_or_else(|| format!("the environment has no bank action {name}"))?;
    Ok(match bank_action {
        environment::BankAction::Http(bank_action) => BankAction::Http {
            method: bank_action.method.clone(),
            url: match bank_action.url.starts_with('/') {
                true => format!("{base}{}", bank_action.url),
                false => bank_action.url.clone(),
            },
            headers: resolved.lever_headers(name),
            body: bank_action.body.clone(),
        },
        environment::BankAction::Command(bank_action) => BankAction::Command {
            words: bank_action.words.clone(),
            folder: bank_action.folder.clone(),
        },
        environment::BankAction::Person(text) => BankAction::Person(text.clone()),
    })
}
