//! The catalogue of named deviations the Service can be asked to show, one at a time.
//!
//! Each is written from the sentence of a requirement. Where a fault takes effect is left to the
//! module that owns the behaviour; which check catches it is left to the plans.

/// One deliberate deviation from the documented behaviour of the Banking Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `status-not-cancelled`
    StatusNotCancelled,
    /// `silent-offboarding`
    SilentOffboarding,
    /// `offboarding-without-external-id`
    OffboardingWithoutExternalId,
    /// `delete-answers-200`
    DeleteAnswers200,
    /// `cancelled-account-unreadable`
    CancelledAccountUnreadable,
    /// `bank-not-found`
    BankNotFound,
    /// `poll-reports-failure`
    PollReportsFailure,
    /// `account-created-active`
    AccountCreatedActive,
    /// `never-activates`
    NeverActivates,
    /// `wrong-authorisation-accepted`
    WrongAuthorisationAccepted,
    /// `api-key-not-checked`
    ApiKeyNotChecked,
    /// `relinking-creates-second-account`
    RelinkingCreatesSecondAccount,
    /// `first-candidate-request-fails`
    FirstCandidateRequestFails,
    /// `candidates-hidden`
    CandidatesHidden,
    /// `linking-candidate-answers-200`
    LinkingCandidateAnswers200,
    /// `linked-candidate-not-connected`
    LinkedCandidateNotConnected,
    /// `reauthorisation-without-redirect`
    ReauthorisationWithoutRedirect,
    /// `reauthorised-account-stays-required`
    ReauthorisedAccountStaysRequired,
    /// `transactions-without-list`
    TransactionsWithoutList,
    /// `loses-transactions`
    LosesTransactions,
    /// `doubles-transactions`
    DoublesTransactions,
}

impl Fault {
    /// Every fault, in the order of the catalogue.
    pub const ALL: &[Self] = &[
        Self::StatusNotCancelled,
        Self::SilentOffboarding,
        Self::OffboardingWithoutExternalId,
        Self::DeleteAnswers200,
        Self::CancelledAccountUnreadable,
        Self::BankNotFound,
        Self::PollReportsFailure,
        Self::AccountCreatedActive,
        Self::NeverActivates,
        Self::WrongAuthorisationAccepted,
        Self::ApiKeyNotChecked,
        Self::RelinkingCreatesSecondAccount,
        Self::FirstCandidateRequestFails,
        Self::CandidatesHidden,
        Self::LinkingCandidateAnswers200,
        Self::LinkedCandidateNotConnected,
        Self::ReauthorisationWithoutRedirect,
        Self::ReauthorisedAccountStaysRequired,
        Self::TransactionsWithoutList,
        Self::LosesTransactions,
        Self::DoublesTransactions,
    ];

    /// The stable name: lower-case words joined by hyphens, unique in the catalogue.
    pub const fn id(self) -> &'static str {
        match self {
            Self::StatusNotCancelled => "status-not-cancelled",
            Self::SilentOffboarding => "silent-offboarding",
            Self::OffboardingWithoutExternalId => "offboarding-without-external-id",
            Self::DeleteAnswers200 => "delete-answers-200",
            Self::CancelledAccountUnreadable => "cancelled-account-unreadable",
            Self::BankNotFound => "bank-not-found",
            Self::PollReportsFailure => "poll-reports-failure",
            Self::AccountCreatedActive => "account-created-active",
            Self::NeverActivates => "never-activates",
            Self::WrongAuthorisationAccepted => "wrong-authorisation-accepted",
            Self::ApiKeyNotChecked => "api-key-not-checked",
            Self::RelinkingCreatesSecondAccount => "relinking-creates-second-account",
            Self::FirstCandidateRequestFails => "first-candidate-request-fails",
            Self::CandidatesHidden => "candidates-hidden",
            Self::LinkingCandidateAnswers200 => "linking-candidate-answers-200",
            Self::LinkedCandidateNotConnected => "linked-candidate-not-connected",
            Self::ReauthorisationWithoutRedirect => "reauthorisation-without-redirect",
            Self::ReauthorisedAccountStaysRequired => "reauthorised-account-stays-required",
            Self::TransactionsWithoutList => "transactions-without-list",
            Self::LosesTransactions => "loses-transactions",
            Self::DoublesTransactions => "doubles-transactions",
        }
    }

    /// The deviation in one plain sentence with a full stop.
    pub const fn text(self) -> &'static str {
        match self {
            Self::StatusNotCancelled => {
                "Deleting an account answers 204 and notifies the provider, but the account keeps its status."
            }
            Self::SilentOffboarding => {
                "Deleting an account cancels it without notifying the provider."
            }
            Self::OffboardingWithoutExternalId => {
                "The notification of a deleted account lacks additionalData.externalId."
            }
            Self::DeleteAnswers200 => {
                "Deleting an account answers 200 with a body in place of 204 without one."
            }
            Self::CancelledAccountUnreadable => {
                "Reading one cancelled account answers 404, though the list still shows it."
            }
            Self::BankNotFound => "Reading a registered bank by its id answers 404.",
            Self::PollReportsFailure => {
                "The poll route ends with success false and no account although the customer linked one."
            }
            Self::AccountCreatedActive => {
                "A bank account is created with status active in place of pending."
            }
            Self::NeverActivates => {
                "Statements are processed to completion, but the account stays pending."
            }
            Self::WrongAuthorisationAccepted => {
                "A PATCH with an authorisation id that was never issued answers 204."
            }
            Self::ApiKeyNotChecked => {
                "A PATCH of an authorisation is processed whatever its x-api-key holds."
            }
            Self::RelinkingCreatesSecondAccount => {
                "Linking an account that is linked already creates a second account."
            }
            Self::FirstCandidateRequestFails => {
                "The first request for the available accounts of a bank account answers 404 in place of 200."
            }
            Self::CandidatesHidden => {
                "The available accounts leave out every account that is not linked yet."
            }
            Self::LinkingCandidateAnswers200 => {
                "Linking an available account answers 200 in place of 201."
            }
            Self::LinkedCandidateNotConnected => {
                "An available account that was linked is still listed with connected false."
            }
            Self::ReauthorisationWithoutRedirect => {
                "Starting a re-authorisation answers 302 without a redirect, neither in the body nor as Location."
            }
            Self::ReauthorisedAccountStaysRequired => {
                "A reported re-authorisation answers 204, but the accounts stay authRequired."
            }
            Self::TransactionsWithoutList => {
                "Reading transactions answers 200 without bankTransactionList."
            }
            Self::LosesTransactions => {
                "The last transaction of every statement is missing when the product reads them."
            }
            Self::DoublesTransactions => {
                "The last transaction of every statement is there twice, under two ids, when the product reads them."
            }
        }
    }

    /// Finds a fault by its [`id`](Self::id), exactly as spelled.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fault_is_found_by_its_unique_name_and_explains_itself() {
        let ids: HashSet<_> = Fault::ALL.iter().map(|fault| fault.id()).collect();
        assert_eq!(ids.len(), Fault::ALL.len());
        for &fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.id()), Some(fault));
            assert!(fault.text().ends_with('.'), "{}", fault.id());
        }
        assert_eq!(Fault::parse("Bank-Not-Found"), None);
        assert_eq!(Fault::parse(""), None);
    }
}
