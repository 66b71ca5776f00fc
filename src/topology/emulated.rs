//! The emulated service and the reference provider, made as an environment and a case want them.
//!
//! Where they stand, and for whom, is left to the stages.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;

use crate::environment::{Agreed, BankAccount, Chosen, Environment};
use crate::topology::fault::Fault;
use crate::topology::inapplicable::MULTI_ACCOUNT;
use crate::topology::resolved::Resolved;
use banking_service_emulator::{
    self as service, CancelledTransactions, Doubtful, Duplicates, LinkedNotification, ListShape,
    Offered, Outbound, Relinking, RenewalWithAccounts, RenewedUnfed, Service, UniqueIds,
};
use plan_language::participant::{Callback, Mode};
use plan_language::plan::{Credentials, Declared, ServiceSetting};
use reference_provider::{self as provider, Provider};

/// How long the provider honours an announced authorisation (requirement ONB-08).
const AUTHORISATION_LIFE: Duration = Duration::from_secs(20 * 60);

/// How long the reference provider waits for an answer of a service that is really there.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it waits for one that is emulated, and answers within milliseconds unless a case holds it back.
const PATIENCE_REHEARSED: Duration = Duration::from_secs(3);

/// Makes an emulated service that calls the provider at the given callbacks.
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

/// Sets the service as a case wants it; what the case leaves open is as the environment wants it.
pub(super) fn rulings(
    setting: &ServiceSetting,
    agreed: Agreed,
    chosen: &BTreeMap<&'static str, Chosen>,
) -> service::Rulings {
    let mut usual = service::Rulings::default();
    for (name, value) in chosen {
        choose(&mut usual, name, value);
    }
    service::Rulings {
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: setting.requests_per_second.or(usual.requests_per_second),
        retry_after: setting.retry_after.unwrap_or(usual.retry_after),
        processing: setting.processing.unwrap_or(usual.processing),
        ..usual
    }
}

/// Makes one choice of an environment; nothing happens for a name or kind that its settings do not have.
fn choose(rulings: &mut service::Rulings, name: &str, value: &Chosen) {
    match value {
        Chosen::Status(status) => {
            let Ok(status) = StatusCode::from_u16(*status) else {
                return;
            };
            match name {
                "duplicates" => rulings.duplicates = Duplicates::Refused(status),
                "statement_created" => rulings.statement_created = status,
                "wrong_api_key" => rulings.wrong_api_key = status,
                "missing_bearer" => rulings.missing_bearer = status,
                "foreign_bearer" => rulings.foreign_bearer = status,
                "expired_bearer" => rulings.expired_bearer = status,
                "wrong_patch_type" => rulings.wrong_patch_type = status,
                "used_authorisation" => rulings.used_authorisation = status,
                "statement_in_flight" => rulings.statement_in_flight = status,
                "oversize_batch" => rulings.oversize_batch = status,
                "totals_mismatch" => rulings.totals_mismatch = status,
                "statement_for_unknown" => rulings.statement_for_unknown = status,
                "statement_for_cancelled" => rulings.statement_for_cancelled = status,
                "bank_in_use" => rulings.bank_in_use = status,
                _ => {}
            }
        }
        Chosen::Time(time) => match name {
            "processing" => rulings.processing = *time,
            "product_token_life" => rulings.product_token_life = *time,
            "authorisation_life" => rulings.authorisation_life = *time,
            "token_life" => rulings.token_life = *time,
            "poll_period" => rulings.poll_period = *time,
            "default_start" => rulings.default_start = *time,
            "redelivery_pause" => rulings.redelivery_pause = *time,
            "answer_wait" => rulings.answer_wait = *time,
            _ => {}
        },
        Chosen::Flag(flag) => match name {
            "strict_status" => rulings.strict_status = *flag,
            "empty_statement_activates" => rulings.empty_statement_activates = *flag,
            "retry_after" => rulings.retry_after = *flag,
            _ => {}
        },
        Chosen::Count(count) => match name {
            "requests_per_second" => rulings.requests_per_second = Some(*count),
            "burst" => rulings.burst = Some(*count),
            "redeliveries" => rulings.redeliveries = *count,
            "transaction_page" => rulings.transaction_page = *count as usize,
            _ => {}
        },
        Chosen::Word(word) => match (name, *word) {
            ("duplicates", "failed-later") => rulings.duplicates = Duplicates::FailedLater,
            ("list_shape", "array") => rulings.list_shape = ListShape::Array,
            ("list_shape", "object") => rulings.list_shape = ListShape::Object,
            ("relinking", "existing") => rulings.relinking = Relinking::Existing,
            ("relinking", "conflict") => rulings.relinking = Relinking::Conflict,
            ("renewal_with_accounts", word) => {
                rulings.renewal_with_accounts = match word {
                    "renews" => RenewalWithAccounts::Renews,
                    "refused" => RenewalWithAccounts::Refused,
                    _ => RenewalWithAccounts::Fails,
                };
            }
            ("linked_notification", "full") => {
                rulings.linked_notification = LinkedNotification::Full;
            }
            ("linked_notification", "brief") => {
                rulings.linked_notification = LinkedNotification::Brief;
            }
            ("cancelled_transactions", "gone") => {
                rulings.cancelled_transactions = CancelledTransactions::Gone;
            }
            ("cancelled_transactions", "empty") => {
                rulings.cancelled_transactions = CancelledTransactions::Empty;
            }
            ("renewed_unfed", "active") => rulings.renewed_unfed = RenewedUnfed::Active,
            ("renewed_unfed", "pending") => rulings.renewed_unfed = RenewedUnfed::Pending,
            ("pending_candidates", "serve") => rulings.pending_candidates = Offered::Served,
            ("pending_candidates", "refuse") => rulings.pending_candidates = Offered::Refused,
            ("unique_ids", "account") => rulings.unique_ids = UniqueIds::Account,
            ("unique_ids", "provider") => rulings.unique_ids = UniqueIds::Provider,
            (name, "accept") => doubt(rulings, name, Doubtful::Accepted),
            (name, "refuse") => doubt(rulings, name, Doubtful::Refused),
            _ => {}
        },
        Chosen::Text(text) => {
            if name == "issuer" {
                rulings.issuer = Some(text.clone());
            }
        }
        Chosen::Texts(texts) => {
            let words = &mut rulings.statement_words;
            for (name, word) in [
                ("processing", &mut words.processing),
                ("complete", &mut words.complete),
                ("failed", &mut words.failed),
            ] {
                if let Some(text) = texts.get(name) {
                    word.clone_from(text);
                }
            }
        }
    }
}

fn doubt(rulings: &mut service::Rulings, name: &str, doubtful: Doubtful) {
    match name {
        "unordered_dates" => rulings.unordered_dates = doubtful,
        "future_dates" => rulings.future_dates = doubtful,
        "uncleared_transactions" => rulings.uncleared_transactions = doubtful,
        _ => {}
    }
}

/// Turns a credential of a plan into a bearer of the emulated identity provider.
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
///
/// What the environment does not say of listing further accounts is as `multi_account` has it.
pub(super) fn embedded_provider(
    resolved: &Resolved,
    outbound: &Outbound,
    base: &str,
    service_base: &str,
    agreed: Agreed,
    multi_account: Option<Declared>,
    faults: &[Fault],
) -> Provider {
    let environment = &resolved.environment;
    let multi_account = environment
        .features
        .get(MULTI_ACCOUNT)
        .copied()
        .or(multi_account);
    let customers = environment
        .customers
        .iter()
        .zip(&resolved.passwords)
        .map(|(customer, password)| provider::Customer {
            username: customer.username.clone(),
            password: password.expose().to_owned(),
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
        customers,
        authorisation_life: AUTHORISATION_LIFE,
        patience: match environment.mode {
            Mode::Rehearsal => PATIENCE_REHEARSED,
            _ => PATIENCE,
        },
        // A provider knows the limits that were agreed on with it.
        batch_limit: agreed.batch_limit as usize,
        requests_per_second: agreed.requests_per_second,
        multi_account: multi_account != Some(Declared::Absent),
        faults: faults
            .iter()
            .filter_map(|one| match one {
                Fault::Provider(fault) => Some(*fault),
                Fault::Service(_) => None,
            })
            .collect(),
    })
}

/// Returns the `iss` of the tokens of Sage ID; `own` is its address where it is emulated.
pub(super) fn issuer(environment: &Environment, own: &str) -> String {
    let chosen = match environment.rulings.get("issuer") {
        Some(Chosen::Text(issuer)) => issuer,
        _ => own,
    };
    match &environment.live_service {
        Some(live) => live.issuer.clone(),
        None => chosen.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{SETTINGS, Takes};

    /// The lines of the rulings, one field each or a part of one.
    fn lines(rulings: &service::Rulings) -> Vec<String> {
        format!("{rulings:#?}").lines().map(str::to_owned).collect()
    }

    /// Every kind of choice that a setting takes; with each, one value at least is not the usual one.
    fn samples(takes: Takes) -> Vec<Chosen> {
        match takes {
            Takes::Flag => [true, false].map(Chosen::Flag).to_vec(),
            Takes::Count(least, most) => [least, most].map(Chosen::Count).to_vec(),
            Takes::Time(most) => [Duration::from_millis(1), most].map(Chosen::Time).to_vec(),
            Takes::Status(least, most) => [least, most].map(Chosen::Status).to_vec(),
            Takes::RefusalOr(word) => vec![Chosen::Status(400), Chosen::Word(word)],
            Takes::Word(words) => words.iter().copied().map(Chosen::Word).collect(),
            Takes::Text => vec![Chosen::Text("another".to_owned())],
            Takes::Texts(names) => names
                .iter()
                .map(|name| Chosen::Texts([(*name, "another".to_owned())].into()))
                .collect(),
        }
    }

    #[test]
    fn every_choice_of_an_environment_changes_its_own_setting_and_no_other() {
        let usual = service::Rulings::default();
        for setting in SETTINGS {
            let mut changes = std::collections::BTreeSet::new();
            let samples = samples(setting.takes);
            for value in &samples {
                let mut rulings = usual.clone();
                choose(&mut rulings, setting.name, value);
                changes.insert(format!("{rulings:?}"));
                if rulings == usual {
                    continue;
                }
                let (before, after) = (lines(&usual), lines(&rulings));
                let field = format!("    {}: ", setting.name);
                let own = |line: &&String| line.starts_with(&field);
                assert_eq!(after.iter().filter(own).count(), 1, "{}", setting.name);
                // What stands before and after the field is as it was.
                let start =
                    |lines: &[String]| lines.iter().position(|line| line.starts_with(&field));
                assert_eq!(
                    before[..start(&before).unwrap_or(0)],
                    after[..start(&after).unwrap_or(0)]
                );
                let rest = |lines: &[String]| -> Vec<String> {
                    let fields = lines.iter().skip(start(lines).unwrap_or(0) + 1);
                    let top =
                        |line: &&String| line.starts_with("    ") && !line.starts_with("     ");
                    fields
                        .skip_while(|line| {
                            !top(line) || line.trim_start().starts_with(['}', ')', ']'])
                        })
                        .cloned()
                        .collect()
                };
                assert_eq!(rest(&before), rest(&after), "{}", setting.name);
            }
            // Each choice is another one: two that come to the same would mean that one is not heard.
            assert_eq!(changes.len(), samples.len(), "{}", setting.name);
        }
    }

    #[test]
    fn a_case_is_heard_before_the_environment_and_the_environment_before_what_is_usual() {
        let chosen = BTreeMap::from([
            ("requests_per_second", Chosen::Count(10)),
            ("retry_after", Chosen::Flag(true)),
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
