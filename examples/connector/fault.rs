//! The ways in which the connector can be made wrong, one deviation each.

use clap::ValueEnum;

/// A named deviation from what a connector owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Takes notifications without the agreed header.
    HeaderUnchecked,
    /// Takes notifications whatever their token is.
    BearerUnchecked,
    /// Refuses the notification of an offboarding that it has seen before.
    RefusesSecondOffboarding,
    /// Opens its page for any authorisation id.
    OpensForAnybody,
    /// Lets an authorisation be used again and again.
    UsesIdsTwice,
    /// Forbids that its page is shown in a frame.
    ForbidsFrames,
    /// Leaves out the state when it sends the browser back.
    ForgetsState,
    /// Sends the browser back before the service has acknowledged the report.
    RedirectsEarly,
    /// Tells the customer that the accounts are linked although the service refused the report.
    HidesRefusal,
    /// Leaves the customer on a page without a way on when the customer cancels.
    StrandsOnCancel,
    /// Reports an account without a branch with a blank.
    BlankBranch,
    /// Reports only the first account of a customer.
    ReportsOneAccount,
    /// Lists the accounts again when a consent is renewed.
    ListsOnRenewal,
    /// Lists available accounts under a bank identifier of their own.
    OtherBankIdentifier,
    /// Posts a second statement while the first one is being processed.
    TwoInFlight,
    /// Makes new transaction ids when it sends a statement again.
    NewIdsOnResend,
    /// Gives a statement up after an error of the service.
    GivesUp,
    /// Sends again at once after 429.
    NoBackOff,
    /// Calls as often as it can, whatever rate was agreed on.
    Hurries,
    /// Fetches a token for each call.
    TokenEachTime,
    /// Keeps its token after 401.
    KeepsToken,
    /// Goes on after a statement that failed in processing.
    IgnoresFailure,
    /// Sends transactions that are not cleared.
    SendsPending,
    /// Pushes everything, whatever day the customer chose.
    IgnoresStartDate,
    /// States the balance before the transactions of the statement.
    StaleBalance,
    /// Sums debits as a positive number.
    PositiveDebits,
    /// Goes on posting after an offboarding.
    PostsOn,
}
