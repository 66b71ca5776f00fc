//! Banks: the public record of one (C3) and their registration by the provider (bank sync).
//!
//! Approval by people, which production asks for, is left out: a registered bank works at once.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::call::Call;
use super::context::Context;
use super::fields::Fields;
use super::refusal::Refusal;
use super::settings::{Bank, Callbacks};
use super::state::{AccountStatus, BANKS_MAX, RegisteredBank, State};
use super::{Fault, consumer_gate, provider_gate, reply};

/// Two-letter and three-letter codes of countries where bank feeds are offered (ISO 3166-1).
const COUNTRIES: &[(&str, &str)] = &[
    ("AT", "AUT"),
    ("AU", "AUS"),
    ("BE", "BEL"),
    ("CA", "CAN"),
    ("CH", "CHE"),
    ("DE", "DEU"),
    ("DK", "DNK"),
    ("ES", "ESP"),
    ("FI", "FIN"),
    ("FR", "FRA"),
    ("GB", "GBR"),
    ("IE", "IRL"),
    ("IT", "ITA"),
    ("LU", "LUX"),
    ("MY", "MYS"),
    ("NL", "NLD"),
    ("NO", "NOR"),
    ("NZ", "NZL"),
    ("PL", "POL"),
    ("PT", "PRT"),
    ("SE", "SWE"),
    ("SG", "SGP"),
    ("US", "USA"),
    ("ZA", "ZAF"),
];

/// C3, GET banks/{id}: the public record of a bank.
///
/// # Errors
/// 401 for a wrong application, 404 for an unknown bank.
pub(super) fn read(context: &Context, call: &Call, id: &str) -> Result<Response, Refusal> {
    consumer_gate::check_application(context, call)?;
    let unknown = || Refusal::not_found("no bank has this id");
    if context.shows(Fault::BankNotFound) {
        return Err(unknown());
    }
    let id = Uuid::try_parse(id).map_err(|_| unknown())?;
    let state = context.state();
    let bank = state.banks.get(&id).ok_or_else(unknown)?;
    Ok(reply::json(StatusCode::OK, &record(bank)))
}

/// POST banks: creates, updates and removes banks, all of them or none.
///
/// `data` may be an object or an array of objects; sources show both.
///
/// # Errors
/// 400 or 415 for the body, 404 for an unknown principalId, 409 for an externalRef that another bank has or that is not
/// that of the bank to remove, the setting `bank_in_use` for removing a bank with accounts.
pub(super) fn synchronise(context: &Context, call: &Call) -> Result<Response, Refusal> {
    provider_gate::admit(context, call)?;
    let body = call.json()?;
    let root = Fields::read("", &body)?;
    let parts = match root.value("data") {
        Some(Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(index, item)| Fields::read(format!("data[{index}]"), item))
            .collect::<Result<Vec<_>, _>>()?,
        _ => vec![root.object("data")?],
    };
    let mut changes = Vec::new();
    for part in &parts {
        part.check_names(&["toCreate", "toUpdate", "toRemove"])?;
        changes.extend(BankChange::read_all(part)?);
    }
    let mut state = context.state();
    let rulings = &context.settings().rulings;
    // A copy takes the changes, so that a refusal in the middle leaves nothing behind.
    let mut banks = state.banks.clone();
    let (mut created, mut updated, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    let replaced_callbacks = &context.settings().replaced_callbacks;
    for mut change in changes {
        change.replace_callbacks(replaced_callbacks);
        if let BankChange::Remove(removal) = &change
            && feeds_accounts(&state, removal.id)
        {
            return Err(Refusal::new(
                rulings.bank_in_use,
                "bank_in_use",
                format!(
                    "bank {} has accounts that are not cancelled; delete them first, so that the service can notify the bank",
                    removal.id
                ),
            ));
        }
        let list = match &change {
            BankChange::Create(_) => &mut created,
            BankChange::Update(_) => &mut updated,
            BankChange::Remove(_) => &mut removed,
        };
        list.push(change.apply(&mut banks)?);
    }
    let State { banks: current, .. } = &mut *state;
    *current = banks;
    Ok(reply::json(
        StatusCode::OK,
        &json!({ "data": { "created": created, "updated": updated, "removed": removed } }),
    ))
}

type Banks = std::collections::HashMap<Uuid, RegisteredBank>;

enum BankChange {
    Create(RegisteredBank),
    Update(BankUpdate),
    Remove(BankRemoval),
}

/// A bank to remove, and the reference that it is expected to have.
struct BankRemoval {
    id: Uuid,
    external_ref: Option<String>,
}

/// New values of a bank; a missing value stays as it is.
struct BankUpdate {
    id: Uuid,
    name: Option<String>,
    external_ref: Option<String>,
    notification: Option<String>,
    auth: Option<String>,
    re_auth: Option<String>,
    available_accounts: Option<String>,
}

impl BankChange {
    fn read_all(part: &Fields<'_>) -> Result<Vec<Self>, Refusal> {
        let mut changes = Vec::new();
        for (name, read) in [
            (
                "toCreate",
                Self::read_creation as fn(&Fields<'_>) -> Result<Self, Refusal>,
            ),
            ("toUpdate", Self::read_update),
            ("toRemove", Self::read_removal),
        ] {
            for (index, item) in part
                .optional_list(name)?
                .unwrap_or_default()
                .iter()
                .enumerate()
            {
                let path = format!("{}[{index}]", part.path_of(name));
                changes.push(read(&Fields::read(path, item)?)?);
            }
        }
        Ok(changes)
    }

    fn read_creation(item: &Fields<'_>) -> Result<Self, Refusal> {
        let country = item.text("countryCode")?;
        if !matches!(country.len(), 2 | 3) || !country.chars().all(|c| c.is_ascii_alphabetic()) {
            return Err(item.wrong("countryCode", "a code of two or three letters"));
        }
        let urls = item.object("callbackURLs")?;
        let required = |name: &str| url(&urls, name)?.ok_or_else(|| urls.missing(name, HTTP_URL));
        let supports_iframe = match item.value("supportiframe") {
            None => false,
            Some(Value::Bool(supports)) => *supports,
            Some(_) => return Err(item.wrong("supportiframe", "true or false")),
        };
        Ok(Self::Create(RegisteredBank {
            bank: Bank {
                id: Uuid::new_v4(),
                external_ref: item.text("externalRef")?.to_owned(),
                name: item.text("name")?.to_owned(),
                country_code: country.to_ascii_uppercase(),
                callbacks: Callbacks {
                    notification: required("notification")?,
                    auth: required("auth")?,
                    re_auth: required("reAuth")?,
                    // The endpoint is optional by one source: without it the bank has no candidates.
                    available_accounts: url(&urls, "availableAccounts")?.unwrap_or_default(),
                },
            },
            url: item.text("url")?.to_owned(),
            supports_iframe,
        }))
    }

    fn read_update(item: &Fields<'_>) -> Result<Self, Refusal> {
        let urls = item.optional_object("callbackURLs")?;
        let callback = |name: &str| urls.as_ref().map_or(Ok(None), |urls| url(urls, name));
        let text = |name: &str| match item.value(name) {
            None => Ok(None),
            Some(_) => item.text(name).map(|text| Some(text.to_owned())),
        };
        Ok(Self::Update(BankUpdate {
            id: principal(item)?,
            name: text("name")?,
            external_ref: text("externalRef")?,
            notification: callback("notification")?,
            auth: callback("auth")?,
            re_auth: callback("reAuth")?,
            available_accounts: callback("availableAccounts")?,
        }))
    }

    fn read_removal(item: &Fields<'_>) -> Result<Self, Refusal> {
        let external_ref = item.optional_text("externalRef")?.map(str::to_owned);
        Ok(Self::Remove(BankRemoval {
            id: principal(item)?,
            external_ref,
        }))
    }

    /// Replaces callback addresses, as the settings say.
    fn replace_callbacks(&mut self, replaced_callbacks: &[(String, String)]) {
        let urls: Vec<&mut String> = match self {
            Self::Create(RegisteredBank { bank, .. }) => {
                let callbacks = &mut bank.callbacks;
                vec![
                    &mut callbacks.notification,
                    &mut callbacks.auth,
                    &mut callbacks.re_auth,
                    &mut callbacks.available_accounts,
                ]
            }
            Self::Update(update) => [
                &mut update.notification,
                &mut update.auth,
                &mut update.re_auth,
                &mut update.available_accounts,
            ]
            .into_iter()
            .flatten()
            .collect(),
            Self::Remove(_) => Vec::new(),
        };
        for url in urls {
            if let Some((_, replacement)) = replaced_callbacks
                .iter()
                .find(|(address, _)| address == url)
            {
                url.clone_from(replacement);
            }
        }
    }

    /// Applies the change and returns the bank's entry in the response.
    fn apply(self, banks: &mut Banks) -> Result<Value, Refusal> {
        match self {
            Self::Create(bank) => {
                if banks.len() >= BANKS_MAX {
                    return Err(Refusal::full("banks"));
                }
                check_reference(banks, &bank.bank.external_ref, None)?;
                let told = identity(&bank.bank);
                banks.insert(bank.bank.id, bank);
                Ok(told)
            }
            Self::Update(update) => {
                if let Some(reference) = &update.external_ref {
                    check_reference(banks, reference, Some(update.id))?;
                }
                let Some(RegisteredBank { bank, .. }) = banks.get_mut(&update.id) else {
                    return Err(unknown(update.id));
                };
                let callbacks = &mut bank.callbacks;
                for (field, value) in [
                    (&mut bank.name, update.name),
                    (&mut bank.external_ref, update.external_ref),
                    (&mut callbacks.notification, update.notification),
                    (&mut callbacks.auth, update.auth),
                    (&mut callbacks.re_auth, update.re_auth),
                    (&mut callbacks.available_accounts, update.available_accounts),
                ] {
                    if let Some(value) = value {
                        *field = value;
                    }
                }
                Ok(identity(bank))
            }
            Self::Remove(BankRemoval { id, external_ref }) => {
                let Some(RegisteredBank { bank, .. }) = banks.get(&id) else {
                    return Err(unknown(id));
                };
                // Two names that disagree: either may be wrong, and removing would be a guess.
                if external_ref.is_some_and(|told| told != bank.external_ref) {
                    return Err(Refusal::conflict(format!(
                        "the bank with principalId {id} has another externalRef"
                    )));
                }
                let told = identity(bank);
                banks.remove(&id);
                Ok(told)
            }
        }
    }
}

/// Says whether a bank has accounts that are not cancelled.
fn feeds_accounts(state: &State, bank: Uuid) -> bool {
    state
        .accounts
        .values()
        .any(|account| account.bank == bank && account.status != AccountStatus::Cancelled)
}

fn unknown(id: Uuid) -> Refusal {
    Refusal::not_found(format!("no bank has the principalId {id}"))
}

fn check_reference(banks: &Banks, reference: &str, except: Option<Uuid>) -> Result<(), Refusal> {
    let taken = banks
        .values()
        .any(|other| other.bank.external_ref == reference && Some(other.bank.id) != except);
    if taken {
        return Err(Refusal::conflict(format!(
            "another bank has the externalRef {reference}"
        )));
    }
    Ok(())
}

/// What a callback URL must be.
const HTTP_URL: &str = "an absolute http or https URL";

/// Reads an absolute http or https URL; missing is `None`.
fn url(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Refusal> {
    let Some(text) = fields.optional_text(name)? else {
        return Ok(None);
    };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(text.to_owned())),
        _ => Err(fields.wrong(name, HTTP_URL)),
    }
}

/// Reads the id of a bank, which the sources spell in two ways.
fn principal(item: &Fields<'_>) -> Result<Uuid, Refusal> {
    let other = item.optional_uuid("principalID")?;
    match (item.optional_uuid("principalId")?, other) {
        (Some(id), Some(other)) if id != other => Err(item.refuse(
            "principalID",
            "differs from principalId; both are the bank's id",
        )),
        (None, None) => item.uuid("principalId"),
        (id, other) => Ok(id.or(other).unwrap_or_default()),
    }
}

/// Returns a bank's entry in the response; its id in both spellings, because the sources show both.
fn identity(bank: &Bank) -> Value {
    let id = bank.id.to_string();
    json!({ "principalId": id, "principalID": id, "externalRef": bank.external_ref, "name": bank.name })
}

fn record(registered: &RegisteredBank) -> Value {
    let bank = &registered.bank;
    let country = COUNTRIES.iter().find(|(two, three)| {
        bank.country_code.eq_ignore_ascii_case(two) || bank.country_code.eq_ignore_ascii_case(three)
    });
    let spelled = |letters: usize| {
        Some(bank.country_code.to_ascii_uppercase()).filter(|code| code.len() == letters)
    };
    json!({
        "bankId": bank.id.to_string(),
        "name": bank.name,
        "primaryCountry": country.map(|(_, three)| (*three).to_owned()).or_else(|| spelled(3)),
        "primaryCountry2CharIso": country.map(|(two, _)| (*two).to_owned()).or_else(|| spelled(2)),
        "authorisationMechanism": "indirect",
        "authorisationData": {},
        "accountTypes": ["DEBIT", "CREDIT"],
        "status": "supported",
        "offBoardingMechanism": { "type": "automatic", "instructions": "" },
        "supportiframe": registered.supports_iframe,
        "popularBank": false,
        "bankURL": registered.url,
        "flags": { "oauth": false },
        "dataProvider": "indirect",
        "capabilities": { "manualRefresh": false },
        "logo": "",
        "logoSvg": "",
        "icon": "",
    })
}
