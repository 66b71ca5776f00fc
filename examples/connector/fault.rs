//! The faults of the connector, one deviation each.

use clap::ValueEnum;

/// A named deviation from the requirements for a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Accepts notifications without the agreed header.
    HeaderUnchecked,
    /// Accepts notifications with any token.
    BearerUnchecked,
    /// Refuses a repeated notification of an offboarding.
    RefusesSecondOffboarding,
    /// Opens its page for any authorisation id.
    OpensForAnybody,
    /// Accepts an authorisation that was used before.
    UsesIdsTwice,
    /// Forbids frames around its page.
    ForbidsFrames,
    /// Redirects the browser without the state.
    ForgetsState,
    /// Redirects the browser before the service has acknowledged the report.
    RedirectsEarly,
    /// Shows the customer that the accounts are linked although the service refused the report.
    HidesRefusal,
    /// Does not redirect a customer who cancels.
    StrandsOnCancel,
    /// Reports an account without a branch with an empty branch.
    BlankBranch,
    /// Reports only the first account of a customer.
    ReportsOneAccount,
    /// Lists the accounts again when a consent is renewed.
    ListsOnRenewal,
    /// Lists available accounts under another bank identifier.
    OtherBankIdentifier,
    /// Posts a second statement while the first one is being processed.
    TwoInFlight,
    /// Makes new transaction ids when it sends a statement again.
    NewIdsOnResend,
    /// Drops a statement after an error of the service.
    GivesUp,
    /// Sends again at once after 429.
    NoBackOff,
    /// Ignores the agreed rate.
    Hurries,
    /// Fetches a token for each request.
    TokenEachTime,
    /// Keeps its token after a 401.
    KeepsToken,
    /// Continues after the processing of a statement failed.
    IgnoresFailure,
    /// Sends transactions that have not cleared.
    SendsPending,
    /// Ignores the start date that the customer chose.
    IgnoresStartDate,
    /// Sends the balance before the transactions of the statement.
    StaleBalance,
    /// Sends the sum of debits as a positive number.
    PositiveDebits,
    /// Continues to post after an offboarding.
    PostsOn,
}
