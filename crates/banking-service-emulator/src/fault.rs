//! The catalogue of named faults: each is one deviation from the documented behaviour of the Banking Service.
//!
//! A fault is written from a requirement's text and takes effect in the module that owns the behaviour; this file
//! only names it. Which check detects a fault is left to the plans.

/// Makes the enumeration and its list from one table, so that no fault can miss its id or sentence.
macro_rules! faults {
    ($($variant:ident = $id:literal: $text:literal,)*) => {
        /// One deliberate deviation from the documented behaviour of the Banking Service.
        ///
        /// ```
        /// use banking_service_emulator::{Fault, Settings};
        ///
        /// let settings = Settings::default().with_fault(Fault::SilentOffboarding);
        /// assert_eq!(settings.faults, [Fault::SilentOffboarding]);
        /// assert_eq!(Fault::parse("silent-offboarding"), Some(Fault::SilentOffboarding));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $text] $variant,)*
        }

        impl Fault {
            /// All faults, in the order of the table.
            pub const ALL: &[Fault] = &[$(Fault::$variant,)*];

            fn entry(self) -> (&'static str, &'static str) {
                match self {
                    $(Fault::$variant => ($id, $text),)*
                }
            }
        }
    };
}

faults! {
    StatusNotCancelled = "status-not-cancelled":
        "Deleting an account answers 204 and notifies the provider, but the account keeps its status.",
    SilentOffboarding = "silent-offboarding":
        "Deleting an account cancels it without notifying the provider.",
    OffboardingWithoutExternalId = "offboarding-without-external-id":
        "The notification of a deleted account lacks additionalData.externalId.",
    DeleteAnswers200 = "delete-answers-200":
        "Deleting an account answers 200 with a body instead of 204 without a body.",
    CancelledAccountUnreadable = "cancelled-account-unreadable":
        "Reading one cancelled account answers 404, though the list still shows it.",
    BankNotFound = "bank-not-found":
        "Reading a registered bank by its id answers 404.",
    PollReportsFailure = "poll-reports-failure":
        "The poll route ends with success false and no account although the customer linked one.",
    AccountCreatedActive = "account-created-active":
        "A bank account is created with status active instead of pending.",
    NeverActivates = "never-activates":
        "Statements are processed to completion, but the account stays pending.",
    WrongAuthorisationAccepted = "wrong-authorisation-accepted":
        "A PATCH with an authorisation id that was never issued answers 204.",
    CancelsAfterNotifying = "cancels-after-notifying":
        "Deleting an account notifies the provider first and cancels the account when the notification was accepted.",
    PatchContentTypeNotChecked = "patch-content-type-not-checked":
        "A PATCH of an authorisation is processed whatever its content-type says.",
    PatchBearerNotChecked = "patch-bearer-not-checked":
        "A PATCH of an authorisation is processed whatever its bearer is, and without one.",
    ReportEndsOtherSessions = "report-ends-other-sessions":
        "The report on one authorisation uses up every other open authorisation of the bank.",
    ApiKeyNotChecked = "api-key-not-checked":
        "A PATCH of an authorisation is processed whatever its x-api-key holds.",
    PendingAccountsNotListed = "pending-accounts-not-listed":
        "The list of bank accounts leaves out every account that is pending.",
    ReconnectionRevivesAccount = "reconnection-revives-account":
        "Linking an account that was deleted revives it under its old id instead of making a new one.",
    ReconnectionKeepsOldStartDate = "reconnection-keeps-old-start-date":
        "An account that is linked again after its deletion has the start date that it had the first time.",
    DeletedTransactionIdsRefused = "deleted-transaction-ids-refused":
        "The ids of a deleted account's transactions are refused for every later account.",
    SelectionShowsFirstAccountOnly = "selection-shows-first-account-only":
        "The page on which the customer chooses an account shows the first of the reported accounts only.",
    SelectionSkippedForSingleAccount = "selection-skipped-for-single-account":
        "A customer's only account is chosen without being shown to the customer.",
    RelinkingCreatesSecondAccount = "relinking-creates-second-account":
        "Linking an account that is linked already creates a second account.",
    FirstCandidateRequestFails = "first-candidate-request-fails":
        "The first request for the available accounts of a bank account answers 404 instead of 200.",
    CandidatesHidden = "candidates-hidden":
        "The available accounts leave out every account that is not linked yet.",
    LinkingCandidateAnswers200 = "linking-candidate-answers-200":
        "Linking an available account answers 200 instead of 201.",
    LinkedCandidateNotConnected = "linked-candidate-not-connected":
        "An available account that was linked is still listed with connected false.",
    ReauthorisationWithoutRedirect = "reauthorisation-without-redirect":
        "Starting a re-authorisation answers 302 without a redirect, neither in the body nor as Location.",
    ReauthorisedAccountStaysRequired = "reauthorised-account-stays-required":
        "A reported re-authorisation answers 204, but the accounts stay authRequired.",
    TransactionsWithoutList = "transactions-without-list":
        "Reading transactions answers 200 without bankTransactionList.",
    LosesTransactions = "loses-transactions":
        "The last transaction of every statement is missing when the product reads them.",
    DoublesTransactions = "doubles-transactions":
        "The last transaction of every statement appears twice, under two ids, when the product reads them.",
    ReportAnswers200 = "report-answers-200":
        "A PATCH of an authorisation answers 200 with a body instead of 204 without a body.",
    CancelledTransactionsReadable = "cancelled-transactions-readable":
        "The transactions of a deleted account can still be read.",
    ExpiredBearerAccepted = "expired-bearer-accepted":
        "A PATCH of an authorisation is processed with a bearer that has expired.",
}

impl Fault {
    /// Returns the fault's stable id, lower-case words joined by hyphens.
    pub fn id(self) -> &'static str {
        self.entry().0
    }

    /// Returns how a service with this fault deviates, as one plain sentence.
    pub fn text(self) -> &'static str {
        self.entry().1
    }

    /// Returns the fault with exactly this id.
    pub fn parse(id: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|fault| fault.id() == id)
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
