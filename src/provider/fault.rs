//! The catalogue of named faults: one deviation each from what a correct provider does.
//!
//! A fault is written from a requirement's text and is carried out where the deviation happens; this file
//! only names them. Which requirement a fault proves is data that lives with the requirements.

/// One deliberate deviation of the reference provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Answers 500 to the announcement of an authorisation, but remembers it.
    RefusesAuthorisationNotification,
    /// Answers the auth request with JSON.
    AuthPageNotHtml,
    /// Opens the login page for an authorisation nobody announced.
    AcceptsUnannouncedAuthorisation,
    /// Opens the login page again for a used authorisation and reports a second time.
    AcceptsUsedAuthorisation,
    /// Opens the login page for an authorisation that is too old.
    AcceptsExpiredAuthorisation,
    /// Leaves `accountName` out of the report.
    PatchWithoutAccountName,
    /// Sends the report as `text/plain`.
    PatchWithWrongContentType,
    /// Sends the browser back first and reports afterwards.
    RedirectsBeforePatch,
    /// Sends the browser back and never reports.
    NoPatch,
    /// Sends the browser back without `state`.
    RedirectWithoutState,
    /// Loses the query that `redirect_uri` already had.
    RedirectDropsQuery,
    /// Leaves accounts out of the report that are linked already.
    HidesLinkedAccounts,
    /// Sends an empty `branchIdentifier` for an account without a branch.
    EmptyBranchIdentifier,
    /// Gives each account of a customer its own `bankIdentifier`.
    BankIdentifierPerAccount,
    /// Gives all customers the same `bankIdentifier`.
    BankIdentifierShared,
    /// Leaves a customer who cancels on a page of the provider.
    CancelStrandsCustomer,
    /// Answers 500 to the notification of a created account and stores nothing.
    RefusesAccountNotification,
    /// Names accounts in statements by the external id.
    PostsUnderExternalId,
    /// Posts nothing after an account was linked.
    NoFirstStatement,
    /// Answers 500 to the notification of a deleted account, but cleans up.
    RefusesOffboardingNotification,
    /// Accepts the notification of a deleted account and goes on posting.
    KeepsPostingAfterOffboarding,
    /// Stops all of a customer's accounts when one is deleted.
    StopsSiblingsOnOffboarding,
    /// Answers 500 when a deletion is notified again or names an unknown account.
    RefusesRepeatedOffboarding,
    /// Lists linked accounts again under fresh identifiers.
    DuplicateAccountOnRelisting,
    /// Sends the browser back as after a success although the report was refused.
    ReportsSuccessAfterRejectedPatch,
    /// Does not look at the agreed header of a notification.
    NotificationHeaderNotChecked,
    /// Does not look at the bearer of a notification.
    NotificationBearerNotChecked,
    /// Fetches a new token for every request.
    TokenFetchedEachTime,
}

impl Fault {
    /// All faults, in the order of the flows they disturb.
    pub const ALL: &[Fault] = &[
        Fault::RefusesAuthorisationNotification,
        Fault::AuthPageNotHtml,
        Fault::AcceptsUnannouncedAuthorisation,
        Fault::AcceptsUsedAuthorisation,
        Fault::AcceptsExpiredAuthorisation,
        Fault::PatchWithoutAccountName,
        Fault::PatchWithWrongContentType,
        Fault::RedirectsBeforePatch,
        Fault::NoPatch,
        Fault::RedirectWithoutState,
        Fault::RedirectDropsQuery,
        Fault::HidesLinkedAccounts,
        Fault::EmptyBranchIdentifier,
        Fault::BankIdentifierPerAccount,
        Fault::BankIdentifierShared,
        Fault::CancelStrandsCustomer,
        Fault::RefusesAccountNotification,
        Fault::PostsUnderExternalId,
        Fault::NoFirstStatement,
        Fault::RefusesOffboardingNotification,
        Fault::KeepsPostingAfterOffboarding,
        Fault::StopsSiblingsOnOffboarding,
        Fault::RefusesRepeatedOffboarding,
        Fault::DuplicateAccountOnRelisting,
        Fault::ReportsSuccessAfterRejectedPatch,
        Fault::NotificationHeaderNotChecked,
        Fault::NotificationBearerNotChecked,
        Fault::TokenFetchedEachTime,
    ];

    /// Returns the fault's stable id, lower-case words joined by hyphens.
    pub fn id(self) -> &'static str {
        self.entry().0
    }

    /// Returns what a provider with this fault does, as one plain sentence.
    pub fn text(self) -> &'static str {
        self.entry().1
    }

    /// Returns the fault with exactly this id.
    pub fn parse(id: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|fault| fault.id() == id)
    }

    fn entry(self) -> (&'static str, &'static str) {
        match self {
            Fault::RefusesAuthorisationNotification => (
                "refuses-authorisation-notification",
                "The provider answers 500 to the notification that announces an authorisation, although it remembers it.",
            ),
            Fault::AuthPageNotHtml => (
                "auth-page-not-html",
                "The provider answers an announced auth request with JSON in place of an HTML page.",
            ),
            Fault::AcceptsUnannouncedAuthorisation => (
                "accepts-unannounced-authorisation",
                "The provider authenticates the customer for an authorisation id that no notification announced.",
            ),
            Fault::AcceptsUsedAuthorisation => (
                "accepts-used-authorisation",
                "The provider takes an authorisation id that was used before and reports its result a second time.",
            ),
            Fault::AcceptsExpiredAuthorisation => (
                "accepts-expired-authorisation",
                "The provider takes an authorisation id that is older than its lifetime.",
            ),
            Fault::PatchWithoutAccountName => (
                "patch-without-account-name",
                "The provider reports the customer's accounts without their accountName.",
            ),
            Fault::PatchWithWrongContentType => (
                "patch-with-wrong-content-type",
                "The provider reports the result of an authorisation with the content type text/plain.",
            ),
            Fault::RedirectsBeforePatch => (
                "redirects-before-patch",
                "The provider sends the browser back before it has reported the result of the authorisation.",
            ),
            Fault::NoPatch => (
                "no-patch",
                "The provider sends the browser back with state but never reports the result of the authorisation.",
            ),
            Fault::RedirectWithoutState => (
                "redirect-without-state",
                "The provider sends the browser back without adding state to redirect_uri.",
            ),
            Fault::RedirectDropsQuery => (
                "redirect-drops-query",
                "The provider loses the query that redirect_uri already had when it adds state.",
            ),
            Fault::HidesLinkedAccounts => (
                "hides-linked-accounts",
                "The provider leaves accounts that are linked already out of its report.",
            ),
            Fault::EmptyBranchIdentifier => (
                "empty-branch-identifier",
                "The provider sends an empty branchIdentifier, not n/a, for an account without a branch.",
            ),
            Fault::BankIdentifierPerAccount => (
                "bank-identifier-per-account",
                "The provider gives each account of one customer a bankIdentifier of its own.",
            ),
            Fault::BankIdentifierShared => (
                "bank-identifier-shared",
                "The provider gives the accounts of all customers the same bankIdentifier.",
            ),
            Fault::CancelStrandsCustomer => (
                "cancel-strands-customer",
                "The provider leaves a customer who cancels on its own page in place of sending the browser back.",
            ),
            Fault::RefusesAccountNotification => (
                "refuses-account-notification",
                "The provider answers 500 to the notification of a created bank account and does not store its id.",
            ),
            Fault::PostsUnderExternalId => (
                "posts-under-external-id",
                "The provider names the account in statements by its external id in place of the id it was notified of.",
            ),
            Fault::NoFirstStatement => (
                "no-first-statement",
                "The provider posts no statement after a bank account was created.",
            ),
            Fault::RefusesOffboardingNotification => (
                "refuses-offboarding-notification",
                "The provider answers 500 to the notification of a deleted bank account, although it cleans up.",
            ),
            Fault::KeepsPostingAfterOffboarding => (
                "keeps-posting-after-offboarding",
                "The provider accepts the notification of a deleted bank account but goes on posting statements for it.",
            ),
            Fault::StopsSiblingsOnOffboarding => (
                "stops-siblings-on-offboarding",
                "The provider stops posting for all of a customer's accounts when one of them is deleted.",
            ),
            Fault::RefusesRepeatedOffboarding => (
                "refuses-repeated-offboarding",
                "The provider answers 500 when a deletion is notified a second time or names an account it does not know.",
            ),
            Fault::DuplicateAccountOnRelisting => (
                "duplicate-account-on-relisting",
                "The provider lists an account that is linked already under a fresh accountIdentifier and external id.",
            ),
            Fault::ReportsSuccessAfterRejectedPatch => (
                "reports-success-after-rejected-patch",
                "The provider sends the customer back as after a success although its report was refused.",
            ),
            Fault::NotificationHeaderNotChecked => (
                "notification-header-not-checked",
                "The provider processes notifications that lack the agreed header or carry a wrong value in it.",
            ),
            Fault::NotificationBearerNotChecked => (
                "notification-bearer-not-checked",
                "The provider processes notifications without a valid Sage ID token.",
            ),
            Fault::TokenFetchedEachTime => (
                "token-fetched-each-time",
                "The provider fetches a new access token for every request in place of reusing a valid one.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_read_back() {
        let ids: HashSet<_> = Fault::ALL.iter().map(|fault| fault.id()).collect();
        assert_eq!(ids.len(), Fault::ALL.len());
        for (position, &fault) in Fault::ALL.iter().enumerate() {
            assert_eq!(
                fault as usize, position,
                "the list is complete and in order"
            );
        }
        assert_eq!(Fault::ALL.len(), Fault::TokenFetchedEachTime as usize + 1);
        for &fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.id()), Some(fault));
        }
        assert_eq!(Fault::parse("No-Patch"), None);
        assert_eq!(Fault::parse(""), None);
    }

    #[test]
    fn every_text_is_one_sentence_about_the_provider() {
        for fault in Fault::ALL {
            let text = fault.text();
            assert!(
                text.starts_with("The provider ") && text.ends_with('.'),
                "{text}"
            );
            assert_eq!(text.matches(". ").count(), 0, "{text}");
        }
    }
}
