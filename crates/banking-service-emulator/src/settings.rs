//! What a Service is told when it is made: addresses, credentials, the bank, rulings and faults.
//!
//! Reading them from files or the environment is left to the caller; nothing here is checked,
//! a wrong value shows where it is used.

use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;
use tower::BoxError;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

use super::Fault;

/// What carries a request to somebody else and brings the answer: an HTTP client, for example.
///
/// It must not follow redirects. How long an answer may take is for whoever asks.
pub type Outbound = BoxCloneSyncService<reqwest::Request, reqwest::Response, BoxError>;

/// Everything one Service instance needs to know. Its `Debug` form shows no secret.
#[derive(Clone)]
pub struct Settings {
    /// How others reach this Service: scheme, authority and perhaps a path prefix, no trailing slash.
    pub base_url: String,
    /// How the provider is reached; each request gets a time limit of its own, which is ruled.
    pub outbound: Outbound,
    /// Value the provider must send in `x-api-key`.
    pub api_key: String,
    /// The provider's client id at Sage ID.
    pub client_id: String,
    /// The provider's client secret at Sage ID.
    pub client_secret: String,
    /// Audience of the Provider API, asked for at `oauth/token`.
    pub audience: String,
    /// The `aud` claim of the bearer on notifications.
    pub notification_audience: String,
    /// Value the product must send in `x-application`.
    pub application: String,
    /// Signing key of that application, for the x-signature of POST organisations.
    pub application_key: String,
    /// Name and value of the header the provider chose for notifications.
    pub notification_header: (String, String),
    /// A bank that is registered from the start.
    pub bank: Option<Bank>,
    /// Callback addresses that are called at another place than they are registered at: the address, and the place.
    pub detours: Vec<(String, String)>,
    /// What the Service does where the sources are silent or disagree.
    pub rulings: Rulings,
    /// The deviations to show; normally none.
    pub faults: Vec<Fault>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("client_id", &self.client_id)
            .field("audience", &self.audience)
            .field("notification_audience", &self.notification_audience)
            .field("application", &self.application)
            .field("notification_header", &self.notification_header.0)
            .field("bank", &self.bank)
            .field("detours", &self.detours)
            .field("rulings", &self.rulings)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// A bank of the provider, as bank sync registers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// The Service's id of the bank (bankId, principalId).
    pub id: Uuid,
    /// The provider's own reference.
    pub external_ref: String,
    /// Name shown to customers.
    pub name: String,
    /// Country as two or three letters (ISO 3166-1).
    pub country_code: String,
    /// Where the provider's Connector API lives; paths are not fixed.
    pub callbacks: Callbacks,
}

/// The four absolute URLs of a provider's Connector API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callbacks {
    /// Receives POSTed notifications.
    pub notification: String,
    /// Opened by the customer's browser to consent.
    pub auth: String,
    /// Opened by the customer's browser to renew a consent.
    pub re_auth: String,
    /// Asked for the accounts of an authorisation.
    pub available_accounts: String,
}

/// What the second POST bankaccounts for an account that is linked already answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relinking {
    /// 200 with the existing account.
    Existing,
    /// 409 without a change.
    Conflict,
}

/// What a transaction id that was sent before does to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// The POST is refused with this status.
    Refused(StatusCode),
    /// The POST is accepted and the statement fails in processing.
    FailedLater,
}

/// What becomes of something that a provider is asked not to send, and that the Service may well take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubtful {
    /// It is taken.
    Accepted,
    /// It is answered 400.
    Refused,
}

/// How far a transaction's uniqueId must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniqueIds {
    /// Within its account.
    Account,
    /// Within all accounts of the provider.
    Provider,
}

/// What becomes of a re-authorisation whose report lists accounts, which it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalWithAccounts {
    /// 204, and the session ends as failed: no consent is renewed.
    Fails,
    /// 204, and the consent is renewed as if none were listed.
    Renews,
    /// 400, and the session stays open.
    Refused,
}

/// The status of an account whose consent is renewed before it was ever fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewedUnfed {
    /// Active, like any other.
    Active,
    /// Pending, as it was before the consent was lost.
    Pending,
}

/// The additionalData of the notification of an account that was linked from a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedNotification {
    /// As for a new account: externalId, requestedStartDate and bankId.
    Full,
    /// externalId alone.
    Brief,
}

/// What reading the transactions of a cancelled account answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelledTransactions {
    /// 404.
    Gone,
    /// 200 with an empty list.
    Empty,
}

/// Whether something is offered before it can be sure to be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is.
    Served,
    /// It is answered 409.
    Refused,
}

/// The shape of GET bankaccounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListShape {
    /// A bare JSON array of accounts.
    Array,
    /// An object with the array at `bankAccounts`.
    Object,
}

/// The words of a statement's `status`; no source names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementWords {
    /// While it is worked on.
    pub processing: String,
    /// After it took effect.
    pub complete: String,
    /// After it was found wrong and left no effect.
    pub failed: String,
}

/// Choices where the sources are silent or disagree; the defaults are the documented safest ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulings {
    /// The `iss` claim of Sage ID's tokens; `None` by default, which is Sage ID's own address.
    pub issuer: Option<String>,
    /// How long an authorisation may be used; about 20 minutes.
    pub authorisation_life: Duration,
    /// How long a Sage ID token is valid; about 480 minutes.
    pub token_life: Duration,
    /// How long a product's JWT is valid; one hour.
    pub product_token_life: Duration,
    /// Pause the product is told to keep between polls; 5 s.
    pub poll_period: Duration,
    /// How far back an account starts if the product names no date; 90 days.
    pub default_start: Duration,
    /// Most transactions in one statement; 1,000.
    pub batch_limit: usize,
    /// Most transactions in one answer to the product; 1,000.
    pub transaction_page: usize,
    /// Requests a second to the Provider API beyond which a caller is told 429; `None` by default, which is no limit.
    pub requests_per_second: Option<u32>,
    /// Requests beyond the rate that may come at once; `None` by default, which is a fifth of the rate.
    pub burst: Option<u32>,
    /// Whether a 429 says in `Retry-After` how many seconds to wait; it does not, as no source mentions the header.
    pub retry_after: bool,
    /// How long an accepted statement is worked on before it takes effect; not at all.
    pub processing: Duration,
    /// A wrong or missing x-api-key; 403.
    pub wrong_api_key: StatusCode,
    /// No bearer; 401.
    pub missing_bearer: StatusCode,
    /// A bearer that is malformed or not ours; 403.
    pub foreign_bearer: StatusCode,
    /// A bearer that was ours and ran out; 401.
    pub expired_bearer: StatusCode,
    /// A PATCH whose Content-Type is not JSON, one of the three headers whose wrong values the source answers with 403.
    pub wrong_patch_type: StatusCode,
    /// An authorisation id that is used or expired; 409 like an unknown one.
    pub used_authorisation: StatusCode,
    /// An accepted statement; 201.
    pub statement_created: StatusCode,
    /// A statement for an account this Service does not know; 404.
    pub statement_for_unknown: StatusCode,
    /// A statement for a cancelled account; 409.
    pub statement_for_cancelled: StatusCode,
    /// A statement while another one of the account is in flight; 409.
    pub statement_in_flight: StatusCode,
    /// A statement over the batch limit; 400.
    pub oversize_batch: StatusCode,
    /// Removing a bank whose accounts are not all cancelled; 409.
    pub bank_in_use: StatusCode,
    /// Control totals that do not match the content; 400.
    pub totals_mismatch: StatusCode,
    /// A transaction id seen before; refused with 409.
    pub duplicates: Duplicates,
    /// How far a transaction id counts as seen; within its account.
    pub unique_ids: UniqueIds,
    /// Transactions that are not in the order of their dates, in a statement or after an earlier one; accepted.
    pub unordered_dates: Doubtful,
    /// Transactions dated in the future; accepted.
    pub future_dates: Doubtful,
    /// Transactions whose status is not `posted`; accepted.
    pub uncleared_transactions: Doubtful,
    /// Words of a statement's status.
    pub statement_words: StatementWords,
    /// Whether a successful statement without transactions makes a pending account active; it does not.
    pub empty_statement_activates: bool,
    /// A re-authorisation whose report lists accounts; it is acknowledged and fails.
    pub renewal_with_accounts: RenewalWithAccounts,
    /// An account whose consent is renewed before it was ever fed; it becomes active.
    pub renewed_unfed: RenewedUnfed,
    /// What the notification of an account linked from a candidate holds; the same as that of a new account.
    pub linked_notification: LinkedNotification,
    /// Candidates of an account that is pending; they are served.
    pub pending_candidates: Offered,
    /// Transactions of a cancelled account; 404.
    pub cancelled_transactions: CancelledTransactions,
    /// How often a notification that was not accepted is repeated; not at all.
    pub redeliveries: u32,
    /// The pause before each repetition; 5 s.
    pub redelivery_pause: Duration,
    /// Longest a provider may take for a whole answer; 10 s.
    pub answer_wait: Duration,
    /// Linking an account again; the existing account with 200.
    pub relinking: Relinking,
    /// Shape of the account list; a bare array.
    pub list_shape: ListShape,
    /// Whether a PATCH status other than `success` is refused with 400 in place of ending the session as failed; it is not.
    pub strict_status: bool,
}

impl Default for Rulings {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            issuer: None,
            authorisation_life: minutes(20),
            token_life: minutes(480),
            product_token_life: minutes(60),
            poll_period: Duration::from_secs(5),
            default_start: minutes(90 * 24 * 60),
            batch_limit: 1_000,
            transaction_page: 1_000,
            requests_per_second: None,
            burst: None,
            retry_after: false,
            processing: Duration::ZERO,
            wrong_api_key: StatusCode::FORBIDDEN,
            missing_bearer: StatusCode::UNAUTHORIZED,
            foreign_bearer: StatusCode::FORBIDDEN,
            expired_bearer: StatusCode::UNAUTHORIZED,
            wrong_patch_type: StatusCode::FORBIDDEN,
            used_authorisation: StatusCode::CONFLICT,
            statement_created: StatusCode::CREATED,
            statement_for_unknown: StatusCode::NOT_FOUND,
            statement_for_cancelled: StatusCode::CONFLICT,
            statement_in_flight: StatusCode::CONFLICT,
            oversize_batch: StatusCode::BAD_REQUEST,
            bank_in_use: StatusCode::CONFLICT,
            totals_mismatch: StatusCode::BAD_REQUEST,
            duplicates: Duplicates::Refused(StatusCode::CONFLICT),
            unique_ids: UniqueIds::Account,
            unordered_dates: Doubtful::Accepted,
            future_dates: Doubtful::Accepted,
            uncleared_transactions: Doubtful::Accepted,
            statement_words: StatementWords {
                processing: "processing".to_owned(),
                complete: "complete".to_owned(),
                failed: "failed".to_owned(),
            },
            empty_statement_activates: false,
            renewal_with_accounts: RenewalWithAccounts::Fails,
            renewed_unfed: RenewedUnfed::Active,
            linked_notification: LinkedNotification::Full,
            pending_candidates: Offered::Served,
            cancelled_transactions: CancelledTransactions::Gone,
            redeliveries: 0,
            redelivery_pause: Duration::from_secs(5),
            answer_wait: Duration::from_secs(10),
            relinking: Relinking::Existing,
            list_shape: ListShape::Array,
            strict_status: false,
        }
    }
}
