//! What the stages of all modes have in common: the values that a case owns, its bank actions, and its addresses.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, json};

use crate::environment::{self, Agreed};
use crate::exchange::{Mount, MountOwner, Upstream};
use crate::journal::{Lane, NO_NONCE};
use crate::runner::{BankAction, Parts, Stage};
use crate::topology::resolved::ResolvedEnvironment;
use axum::Router;
use plan_language::participant::Callback;
use plan_language::plan::Case;
use plan_language::value::Value;

/// The paths of the reference provider's callbacks.
pub(super) const CALLBACK_PATHS: [(Callback, &str); 4] = [
    (Callback::Notification, "/notification"),
    (Callback::Auth, "/auth"),
    (Callback::ReAuth, "/authrefresh"),
    (Callback::AvailableAccounts, "/availableaccounts"),
];

/// The addresses of one case's stage.
pub(super) struct StageAddresses {
    /// Base URL of the Consumer API.
    pub consumer: String,
    /// Base URL of the service, above the Provider API and Sage ID.
    pub service: String,
    /// The provider's callbacks, at the sink.
    pub callbacks: BTreeMap<Callback, String>,
    /// The return address of the case.
    pub returns: String,
}

/// Makes the stage of a case for its customers, by index: its own customer, then another one if the case needs it.
pub(super) fn case_stage(
    resolved: &ResolvedEnvironment,
    case: &Case,
    customers: &[usize],
    agreed: Agreed,
    addresses: StageAddresses,
    parts: Arc<dyn Parts>,
) -> Stage {
    let environment = &resolved.environment;
    let values = values(
        resolved,
        customers,
        agreed,
        &addresses.returns,
        case.needs.ledger,
    );
    let names = customers.iter();
    let names = names.map(|index| environment.customers[*index].name.clone());
    Stage {
        values,
        customers: names.collect(),
        consumer: addresses.consumer,
        sageid: format!("{}/sageid", addresses.service),
        service: addresses.service,
        callbacks: addresses.callbacks,
        returns: addresses.returns,
        application: environment.credentials.application.clone(),
        application_key: resolved.handle("signing-key", &resolved.application_key),
        notification_header: (
            environment.notification_header.0.clone(),
            resolved.handle("notification-header", &resolved.header_value),
        ),
        parts,
    }
}

/// Returns the values that every case owns, with the bank's data if `ledger`.
fn values(
    resolved: &ResolvedEnvironment,
    customers: &[usize],
    agreed: Agreed,
    returns: &str,
    ledger: bool,
) -> Map<String, Value> {
    let environment = &resolved.environment;
    let mut bank = json!({
        "id": environment.bank.id,
        "externalRef": environment.bank.external_ref,
        "name": environment.bank.name,
    });
    if let Some(zone) = &environment.bank.zone {
        bank["zone"] = Value::from(zone.as_str());
    }
    if !environment.bank.page_words.is_empty() {
        let words = environment.bank.page_words.iter();
        bank["page_words"] = words
            .map(|(language, phrases)| {
                let phrases = json!({ "success": phrases.success, "failure": phrases.failure });
                (language.clone(), phrases)
            })
            .collect::<Map<_, _>>()
            .into();
    }
    let limits = json!({
        "batch_limit": agreed.batch_limit,
        "requests_per_second": agreed.requests_per_second,
    });
    let credentials = json!({
        "client_id": resolved.client_id.expose(),
        "client_secret": resolved.handle("client-secret", &resolved.client_secret),
        "api_key": resolved.handle("api-key", &resolved.api_key),
        "audience": environment.credentials.audience,
    });
    let state = uuid::Uuid::new_v4().to_string();
    let state = match &resolved.nonce {
        Some(nonce) => format!("{nonce}-{state}"),
        None => state,
    };
    let customers = ["customer", "other_customer"]
        .into_iter()
        .zip(customers)
        .map(|(name, index)| (name, resolved.customer(*index, agreed.batch_limit, ledger)));
    [
        ("bank", bank),
        ("agreed", limits),
        ("ui", json!({ "return": returns })),
        ("state", state.into()),
        (
            "nonce",
            resolved.nonce.as_deref().unwrap_or(NO_NONCE).into(),
        ),
        ("credentials", credentials),
    ]
    .into_iter()
    .chain(customers)
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Returns how the environment triggers a bank action; a path alone is below `base`, the provider's base URL.
///
/// # Errors
/// The environment has no such bank action.
pub(super) fn bank_action(
    resolved: &ResolvedEnvironment,
    name: &str,
    base: &str,
) -> Result<BankAction, String> {
    let bank_action = resolved
        .environment
        .bank_actions
        .get(name)
        .ok_or_else(|| format!("the environment has no bank action {name}"))?;
    Ok(match bank_action {
        environment::BankAction::Http(call) => BankAction::Http {
            method: call.method.clone(),
            url: if call.url.starts_with('/') {
                format!("{base}{}", call.url)
            } else {
                call.url.clone()
            },
            headers: resolved.bank_action_headers(name),
            body: call.body.clone(),
        },
        environment::BankAction::Command(command) => BankAction::Command {
            words: command.words.clone(),
            folder: command.folder.clone(),
        },
        environment::BankAction::Person(text) => BankAction::Person(text.clone()),
    })
}

/// Makes the mount of the emulated service with Sage ID; without a lane it belongs to all cases.
pub(super) fn service_mount(base: String, router: Router, lane: Option<Lane>) -> Arc<Mount> {
    Arc::new(Mount {
        base,
        upstream: Upstream::Emulated(router),
        owner: MountOwner::Service,
        lane,
    })
}

/// Makes the mount of the reference provider with its callbacks by path; without a lane it belongs to all cases.
pub(super) fn provider_mount(base: String, router: Router, lane: Option<Lane>) -> Arc<Mount> {
    let callbacks = CALLBACK_PATHS.map(|(callback, path)| (path.to_owned(), callback));
    Arc::new(Mount {
        base,
        upstream: Upstream::Emulated(router),
        owner: MountOwner::Provider(callbacks.to_vec()),
        lane,
    })
}
