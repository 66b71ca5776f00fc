//! A customer's accounts in the report on an authorisation and in the list of available accounts.
//!
//! Both lists are made here so that an account always has the same identifiers: the service recognises an account
//! by `bankIdentifier` and `accountIdentifier`.

use serde::Serialize;

use super::fault::Fault;
use super::ledger::{Account, AccountPosition};
use super::settings::Settings;
use super::state::State;
use super::variant::Variant;

/// The `branchIdentifier` of an account without a branch.
const NO_BRANCH: &str = "n/a";

/// An account in the report on an authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportedAccount {
    bank_account_external_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    bank_identifier: String,
    branch_identifier: String,
    account_identifier: String,
}

/// An account in the list of available accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AvailableAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    account_type: Option<String>,
    account_name: String,
    external_id: String,
    bank_identifier: String,
    account_identifier: String,
    branch_identifier: String,
}

/// Lists all accounts of a customer for the report on an authorisation, linked ones included.
pub(super) fn report(
    state: &mut State,
    settings: &Settings,
    customer: usize,
) -> Vec<ReportedAccount> {
    let mut listed: Vec<ReportedAccount> = Vec::new();
    for place in places(state, customer) {
        let linked = state.links.is_linked(place);
        if linked && settings.shows(Fault::HidesLinkedAccounts) {
            continue;
        }
        let deleted = state.links.former(place).is_some();
        if deleted && !linked && settings.shows(Fault::HidesDeletedAccounts) {
            continue;
        }
        let account = state.ledger.account(place);
        let mut entry = ReportedAccount {
            bank_account_external_id: account.external_id.clone(),
            account_name: (!settings.shows(Fault::PatchWithoutAccountName)
                && (listed.is_empty() || !settings.shows(Fault::OnlyFirstAccountHasName)))
            .then(|| account.name.clone()),
            bank_identifier: bank_identifier(state, settings, place),
            branch_identifier: branch_identifier(state, settings, place),
            account_identifier: account.identifier.clone(),
        };
        if linked {
            relist(state, settings, place, &mut entry);
        }
        if let Some(first) = listed.first() {
            if settings.shows(Fault::ReportsFirstAccountOnly) {
                break;
            }
            if settings.shows(Fault::AccountsShareAnIdentifier) {
                entry.account_identifier = first.account_identifier.clone();
            }
        }
        listed.push(entry);
    }
    if settings.has(Variant::AccountsInAnotherOrder) {
        listed.reverse();
    }
    listed
}

/// Gives an account that is linked already other identifiers, with the provider's faults and variants.
fn relist(
    state: &mut State,
    settings: &Settings,
    place: AccountPosition,
    entry: &mut ReportedAccount,
) {
    let duplicates = settings.shows(Fault::DuplicateAccountOnRelisting);
    let begins_anew = settings.shows(Fault::NewExternalIdStartsSecondFeed);
    if !duplicates && !begins_anew && !settings.has(Variant::NewExternalIdOnRelisting) {
        return;
    }
    let fresh = uuid::Uuid::new_v4().simple().to_string();
    entry.bank_account_external_id = format!("{}-{fresh}", entry.bank_account_external_id);
    if duplicates {
        entry.account_identifier = format!("{}-{fresh}", entry.account_identifier);
    }
    let alias = entry.bank_account_external_id.clone();
    state.ledger.alias(alias, place);
    if begins_anew {
        for id in state.links.ids_of(place) {
            state.links.restart(&id, &state.ledger);
        }
    }
}

/// Lists all accounts of a customer, including linked ones and those opened since the authorisation.
pub(super) fn available(
    state: &State,
    settings: &Settings,
    customer: usize,
) -> Vec<AvailableAccount> {
    let mut listed: Vec<_> = places(state, customer)
        .filter(|&place| {
            let hidden = settings.shows(Fault::HidesAvailableAccounts)
                && !state.links.is_linked(place)
                || settings.shows(Fault::HidesConnectedAccounts) && state.links.is_linked(place)
                || settings.shows(Fault::NewAccountNotAvailable) && state.ledger.is_new(place);
            !hidden
        })
        .map(|place| available_account(state, settings, place))
        .collect();
    if settings.has(Variant::AccountsInAnotherOrder) {
        listed.reverse();
    }
    listed
}

impl AvailableAccount {
    /// Tells whether it is listed under this external id.
    pub(super) fn is_named(&self, external_id: &str) -> bool {
        self.external_id == external_id
    }
}

/// Returns an account as in the list of available accounts.
pub(super) fn available_account(
    state: &State,
    settings: &Settings,
    place: AccountPosition,
) -> AvailableAccount {
    let account = state.ledger.account(place);
    let mut bank_identifier = bank_identifier(state, settings, place);
    if settings.shows(Fault::AvailableAccountsWithOtherBankIdentifier) {
        bank_identifier.push_str("-available");
    }
    AvailableAccount {
        account_type: if settings.shows(Fault::AvailableAccountWithoutType)
            || place.account > 0 && settings.shows(Fault::OnlyFirstAvailableHasType)
        {
            None
        } else if settings.shows(Fault::UnknownAccountType) {
            Some("current".to_owned())
        } else if settings.shows(Fault::AccountTypeInCapitals) {
            Some(account.kind.to_ascii_uppercase())
        } else {
            Some(account.kind.clone())
        },
        account_name: account.name.clone(),
        external_id: if settings.shows(Fault::AvailableWithOtherExternalId)
            && !state.links.is_linked(place)
        {
            format!("available-{}", account.external_id)
        } else {
            account.external_id.clone()
        },
        bank_identifier,
        account_identifier: if settings.shows(Fault::MasksAvailableIdentifiers) {
            let shown = account.identifier.len().saturating_sub(4);
            format!("***{}", account.identifier.get(shown..).unwrap_or_default())
        } else {
            account.identifier.clone()
        },
        branch_identifier: branch_identifier(state, settings, place),
    }
}

fn places(state: &State, customer: usize) -> impl Iterator<Item = AccountPosition> + use<> {
    let count = state
        .ledger
        .customers()
        .get(customer)
        .map_or(0, |entry| entry.accounts.len());
    (0..count).map(move |account| AccountPosition { customer, account })
}

fn bank_identifier(state: &State, settings: &Settings, place: AccountPosition) -> String {
    let own = &state.ledger.customers()[place.customer].bank_identifier;
    if settings.shows(Fault::BankIdentifierPerAccount) {
        return format!("{own}-{}", place.account + 1);
    }
    if settings.shows(Fault::BankIdentifierShared) {
        return "all-customers".to_owned();
    }
    own.clone()
}

fn branch_identifier(state: &State, settings: &Settings, place: AccountPosition) -> String {
    let accounts = &state.ledger.customers()[place.customer].accounts;
    let has_branch = |account: &Account| {
        let branch = account.branch.as_deref();
        branch.is_some_and(|branch| !branch.trim().is_empty())
    };
    let first_without = accounts.iter().position(|account| !has_branch(account));
    let is_further = first_without.is_some_and(|first| first < place.account);
    let is_empty = settings.shows(Fault::EmptyBranchIdentifier)
        || is_further && settings.shows(Fault::OnlyFirstIsWithoutBranch);
    let unused = if is_empty { "" } else { NO_BRANCH };
    let account = state.ledger.account(place);
    let branch = account
        .branch
        .as_deref()
        .filter(|branch| !branch.trim().is_empty());
    branch.unwrap_or(unused).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testbed;
    use super::*;
    use serde_json::{Value, json};

    /// Reports the first customer's accounts while `ext-1` is linked.
    fn reported(fault: Option<Fault>) -> Vec<Value> {
        let mut settings = testbed::settings("http://127.0.0.1:9");
        settings.faults.extend(fault);
        let mut state = State::new(settings.customers.clone(), false);
        let place = state.ledger.find("ext-1").unwrap();
        state.links.link("a-1", "ext-1", "bank", place, 0);
        report(&mut state, &settings, 0)
            .iter()
            .map(|entry| serde_json::to_value(entry).unwrap())
            .collect()
    }

    #[test]
    fn every_account_is_listed_with_five_fields() {
        let listed = reported(None);
        assert_eq!(
            listed,
            [
                json!({"bankAccountExternalId": "ext-1", "accountName": "Everyday <b>4321</b>",
                    "bankIdentifier": "cust-77", "branchIdentifier": "branch-5", "accountIdentifier": "acct-1"}),
                json!({"bankAccountExternalId": "ext-2", "accountName": "Savings",
                    "bankIdentifier": "cust-77", "branchIdentifier": "n/a", "accountIdentifier": "acct-2"}),
            ]
        );
    }

    #[test]
    fn each_fault_changes_one_thing() {
        assert_eq!(reported(Some(Fault::HidesLinkedAccounts)).len(), 1);
        assert!(
            reported(Some(Fault::PatchWithoutAccountName))
                .iter()
                .all(|entry| entry.get("accountName").is_none())
        );
        assert_eq!(
            reported(Some(Fault::EmptyBranchIdentifier))[1]["branchIdentifier"],
            ""
        );
        let own = reported(Some(Fault::BankIdentifierPerAccount));
        assert_ne!(own[0]["bankIdentifier"], own[1]["bankIdentifier"]);
        assert_eq!(
            reported(Some(Fault::BankIdentifierShared))[0]["bankIdentifier"],
            "all-customers"
        );
        let again = reported(Some(Fault::DuplicateAccountOnRelisting));
        assert_ne!(again[0]["accountIdentifier"], "acct-1");
        assert_ne!(again[0]["bankAccountExternalId"], "ext-1");
        assert_eq!(again[1]["accountIdentifier"], "acct-2");
        let anew = reported(Some(Fault::NewExternalIdStartsSecondFeed));
        assert_eq!(anew[0]["accountIdentifier"], "acct-1");
        assert_ne!(anew[0]["bankAccountExternalId"], "ext-1");
        assert_eq!(anew[1]["bankAccountExternalId"], "ext-2");
        let only = reported(Some(Fault::ReportsFirstAccountOnly));
        assert_eq!(
            (only.len(), &only[0]["accountIdentifier"]),
            (1, &json!("acct-1"))
        );
        let shared = reported(Some(Fault::AccountsShareAnIdentifier));
        assert_eq!(shared[1]["accountIdentifier"], "acct-1");
        assert_eq!(shared[1]["bankAccountExternalId"], "ext-2");
    }

    #[test]
    fn deleted_accounts_are_hidden_by_a_fault_alone() {
        let count = |fault: Option<Fault>| {
            let mut settings = testbed::settings("http://127.0.0.1:9");
            settings.faults.extend(fault);
            let mut state = State::new(settings.customers.clone(), false);
            let place = state.ledger.find("ext-1").unwrap();
            state.links.link("a-1", "ext-1", "bank", place, 0);
            let linked = report(&mut state, &settings, 0).len();
            state.links.unlink("a-1");
            (linked, report(&mut state, &settings, 0).len())
        };
        assert_eq!(count(None), (2, 2));
        assert_eq!(count(Some(Fault::HidesDeletedAccounts)), (2, 1));
    }

    #[test]
    fn available_accounts_carry_the_identifiers_of_the_report() {
        let settings = testbed::settings("http://127.0.0.1:9");
        let mut state = State::new(settings.customers.clone(), false);
        let listed = serde_json::to_value(available(&state, &settings, 0)).unwrap();
        let reported = serde_json::to_value(report(&mut state, &settings, 0)).unwrap();
        for field in [
            "bankIdentifier",
            "accountIdentifier",
            "branchIdentifier",
            "accountName",
        ] {
            assert_eq!(listed[1][field], reported[1][field]);
        }
        assert_eq!(listed[0]["externalId"], "ext-1");
        assert_eq!(listed[0]["accountType"], "business");
        assert_eq!(listed.as_array().unwrap().len(), 2);
    }

    /// Lists the first customer's available accounts while `ext-1` is linked and one account was added.
    fn offered(fault: Option<Fault>) -> Value {
        let mut settings = testbed::settings("http://127.0.0.1:9");
        settings.faults.extend(fault);
        let mut state = State::new(settings.customers.clone(), false);
        let place = state.ledger.find("ext-1").unwrap();
        state.links.link("a-1", "ext-1", "bank", place, 0);
        state.ledger.open(0);
        serde_json::to_value(available(&state, &settings, 0)).unwrap()
    }

    #[test]
    fn each_fault_of_available_accounts_changes_one_thing() {
        let count = |fault| offered(fault).as_array().unwrap().len();
        assert_eq!(count(None), 3);
        assert_eq!(count(Some(Fault::HidesAvailableAccounts)), 1);
        assert_eq!(count(Some(Fault::NewAccountNotAvailable)), 2);
        let untyped = offered(Some(Fault::AvailableAccountWithoutType));
        assert_eq!(untyped[0].get("accountType"), None);
        assert_eq!(untyped[0].as_object().unwrap().len(), 5);
        let other = offered(Some(Fault::AvailableAccountsWithOtherBankIdentifier));
        assert_ne!(other[0]["bankIdentifier"], "cust-77");
        assert_eq!(other[0]["accountIdentifier"], "acct-1");
    }
}
