//! The state of one Service. The rules by which it changes are left to the handlers.
//!
//! Everything is bounded. Tokens, nonces, poll routes, statements and sessions drop their oldest entries; companies,
//! accounts, banks and transactions, to which other entries refer, are refused beyond their bound.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::bounded_map::BoundedMap;
use super::moment::Moment;
use super::settings::{Bank, Settings};
use super::throttle::Throttle;
use super::token::TemporaryKey;
use super::transaction_text::TransactionText;

/// Maximum number of organisations of one Service.
pub(super) const ORGANISATIONS_MAX: usize = 20_000;
/// Maximum number of accounts of one Service.
pub(super) const ACCOUNTS_MAX: usize = 20_000;
/// Maximum number of banks of one Service.
pub(super) const BANKS_MAX: usize = 1_000;
/// Maximum number of transactions of one Service.
pub(super) const TRANSACTIONS_MAX: usize = 200_000;
const REPEATED_MAX: usize = 20_000;

/// Everything behind the one lock.
#[derive(Debug)]
pub(super) struct State {
    /// Banks by id.
    pub(super) banks: HashMap<Uuid, RegisteredBank>,
    /// Organisations by id.
    pub(super) organisations: HashMap<Uuid, Organisation>,
    /// Ids of a company's accounts, oldest first.
    pub(super) companies: HashMap<CompanyKey, Vec<Uuid>>,
    /// Accounts by id.
    pub(super) accounts: HashMap<Uuid, Account>,
    /// Authorisation sessions by id.
    pub(super) sessions: BoundedMap<Uuid, Session>,
    /// Poll routes by token.
    pub(super) polls: BoundedMap<String, PollRoute>,
    /// Accounts that a poll returned, by accountKey.
    pub(super) offers: BoundedMap<String, OfferedAccount>,
    /// Further accounts that the product may link, by bankAccountCandidateId.
    pub(super) candidates: BoundedMap<Uuid, Candidate>,
    /// Statements by id.
    pub(super) statements: BoundedMap<Uuid, Statement>,
    /// When issued tokens expire, by `jti`.
    pub(super) tokens: BoundedMap<Uuid, Moment>,
    /// Nonces used, each with the signer's key id.
    pub(super) nonces: BoundedMap<(String, String), ()>,
    /// The bearer of notifications while it is fresh, and when it runs out.
    pub(super) notification_bearer: Option<(String, Moment)>,
    /// Keys of Sage ID beside the usual one, by `kid`; each belongs to one [`KeyRotation`](super::KeyRotation).
    pub(super) temporary_keys: BTreeMap<String, TemporaryKey>,
    /// Transactions of all accounts together.
    pub(super) transactions: usize,
    /// Limits the rate of the Provider API, if the settings do.
    pub(super) throttle: Option<Throttle>,
}

/// A company within its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CompanyKey {
    /// Organisation's id.
    pub(super) organisation: Uuid,
    /// Company's id.
    pub(super) company: Uuid,
}

/// A bank with the members that only its registration has.
#[derive(Clone, Debug)]
pub(super) struct RegisteredBank {
    /// What every bank has.
    pub(super) bank: Bank,
    /// The bank's web page; empty if none was registered.
    pub(super) url: String,
    /// Whether the provider's pages may be framed.
    pub(super) supports_iframe: bool,
}

/// A customer of the product.
#[derive(Debug)]
pub(super) struct Organisation {
    /// Key of the x-signature for its access tokens.
    pub(super) signing_key: String,
}

/// One authorisation: a customer on the way through the provider's pages.
#[derive(Debug)]
pub(super) struct Session {
    /// Whose customer.
    pub(super) owner: CompanyKey,
    /// At which bank.
    pub(super) bank: Uuid,
    /// What it is for.
    pub(super) purpose: SessionPurpose,
    /// What the provider must append to the redirect URI; never the session's own id.
    pub(super) state: String,
    /// Start of its life.
    pub(super) created: Moment,
    /// How far it has come.
    pub(super) stage: SessionStage,
}

/// What an authorisation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionPurpose {
    /// To link an account.
    Link,
    /// To renew the consent of this account, and so of all under the same authorisation.
    Renew(Uuid),
}

/// How far an authorisation has come.
#[derive(Debug)]
pub(super) enum SessionStage {
    /// Nothing was reported; it may be used until it expires.
    Open,
    /// The provider reported success with these accounts; the customer chooses.
    Succeeded(Vec<ListedAccount>),
    /// The customer chose this account.
    Chosen(ListedAccount),
    /// The provider reported a renewed consent.
    Renewed,
    /// The provider reported failure, or the browser came back without success.
    Failed,
}

/// An account as the provider lists it, under a key of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedAccount {
    /// What the product calls it by when it makes the account.
    pub(super) key: String,
    /// bankAccountExternalId: the provider's handle.
    pub(super) external_id: String,
    /// Name for the customer.
    pub(super) name: String,
    /// Real-world id of the bank or of the customer's credentials.
    pub(super) bank_identifier: String,
    /// Branch, or `n/a`.
    pub(super) branch_identifier: String,
    /// Real-world number of the account.
    pub(super) account_identifier: String,
}

/// One poll route.
#[derive(Debug)]
pub(super) struct PollRoute {
    /// The session whose outcome it returns.
    pub(super) session: Uuid,
    /// Whether it was called; each is usable once.
    pub(super) used: bool,
}

/// An account that a poll returned to the product.
#[derive(Debug)]
pub(super) struct OfferedAccount {
    /// To whom.
    pub(super) owner: CompanyKey,
    /// Of which bank.
    pub(super) bank: Uuid,
    /// What was handed out.
    pub(super) listed: ListedAccount,
    /// Whether an account was made from it.
    pub(super) taken: bool,
}

/// A further account of a customer at the provider, for the product to link.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// To whom it is offered.
    pub(super) owner: CompanyKey,
    /// Of which bank.
    pub(super) bank: Uuid,
    /// What the provider listed; the key is the candidate's id.
    pub(super) listed: ListedAccount,
    /// accountType that the provider listed.
    pub(super) kind: Option<String>,
}

/// A linked account.
#[derive(Debug)]
pub(super) struct Account {
    /// The Service's id.
    pub(super) id: Uuid,
    /// Whose.
    pub(super) owner: CompanyKey,
    /// At which bank.
    pub(super) bank: Uuid,
    /// What the provider listed; identity and external id are here.
    pub(super) listed: ListedAccount,
    /// Name the product gave it.
    pub(super) name: String,
    /// accountType of the product.
    pub(super) kind: String,
    /// Currency that the product sent.
    pub(super) currency: Option<String>,
    /// requestedStartDate, a date-time in UTC.
    pub(super) start: String,
    /// Status.
    pub(super) status: AccountStatus,
    /// Whether a statement with transactions took effect, so that it left pending or would have.
    pub(super) had_transactions: bool,
    /// Whether it was deleted once; a second deletion announces nothing.
    pub(super) deleted: bool,
    /// Balances of the newest statement.
    pub(super) balances: Option<Value>,
    /// What the product reads, with sequential ids from 1.
    pub(super) transactions: Vec<(u64, TransactionText)>,
    /// When the newest transaction was posted, if there is any.
    pub(super) newest: Option<OffsetDateTime>,
    /// Ids of transactions the provider sent.
    pub(super) unique_ids: HashSet<String>,
    /// The statement being processed.
    pub(super) in_flight: Option<Uuid>,
    /// Whether it was made from a candidate.
    pub(super) from_candidate: bool,
    /// Whether the product asked for its candidates before.
    pub(super) candidates_requested: bool,
    /// Whether its candidates are being fetched.
    pub(super) fetching: bool,
    /// Whether they were asked for again meanwhile, so that they are fetched once more.
    pub(super) fetch_again: bool,
    /// Candidates of its authorisation as fetched last, in the provider's order.
    pub(super) candidates: Vec<Uuid>,
    /// Resolves when the last notification is delivered, so that the next one keeps the order.
    pub(super) notified: Option<oneshot::Receiver<()>>,
}

/// Status of an account; other words are not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountStatus {
    /// Made; no transactions yet.
    Pending,
    /// Fed.
    Active,
    /// Waits for a new consent.
    AuthRequired,
    /// Over, for good.
    Cancelled,
}

impl AccountStatus {
    /// The word on the wire.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::AuthRequired => "authRequired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A statement of one account.
#[derive(Debug)]
pub(super) struct Statement {
    /// The account.
    pub(super) account: Uuid,
    /// How far it has come.
    pub(super) progress: StatementProgress,
}

/// How far a statement has come.
#[derive(Debug)]
pub(super) enum StatementProgress {
    /// Accepted with this content, not yet in effect.
    Processing(StatementContent),
    /// In effect.
    Complete,
    /// Without effect.
    Failed,
}

/// What a statement will change.
#[derive(Debug)]
pub(super) struct StatementContent {
    /// Whether it demands a new consent.
    pub(super) auth_required: bool,
    /// Balances that the statement contains.
    pub(super) balances: Option<Value>,
    /// uniqueId and content of each transaction, in order.
    pub(super) transactions: Vec<(String, TransactionText)>,
    /// When its transactions were posted, if there are any.
    pub(super) dates: Option<DateSpan>,
}

/// The time that transactions span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateSpan {
    /// Of the oldest.
    pub(super) oldest: OffsetDateTime,
    /// Of the newest.
    pub(super) newest: OffsetDateTime,
}

impl DateSpan {
    /// Extends a span, or starts one, so that it contains `date`.
    pub(super) fn with(span: Option<Self>, date: OffsetDateTime) -> Self {
        let Self { oldest, newest } = span.unwrap_or(Self {
            oldest: date,
            newest: date,
        });
        Self {
            oldest: oldest.min(date),
            newest: newest.max(date),
        }
    }
}

impl State {
    /// Makes the state of a new Service: the bank of the settings and nothing else.
    pub(super) fn new(settings: &Settings) -> Self {
        let banks = settings.bank.iter().map(|bank| {
            let registered = RegisteredBank {
                bank: bank.clone(),
                url: String::new(),
                supports_iframe: true,
            };
            (bank.id, registered)
        });
        Self {
            banks: banks.collect(),
            organisations: HashMap::new(),
            companies: HashMap::new(),
            accounts: HashMap::new(),
            sessions: BoundedMap::new(REPEATED_MAX),
            polls: BoundedMap::new(REPEATED_MAX),
            offers: BoundedMap::new(REPEATED_MAX),
            candidates: BoundedMap::new(REPEATED_MAX),
            statements: BoundedMap::new(REPEATED_MAX),
            tokens: BoundedMap::new(REPEATED_MAX),
            nonces: BoundedMap::new(REPEATED_MAX),
            notification_bearer: None,
            temporary_keys: BTreeMap::new(),
            transactions: 0,
            throttle: settings
                .rulings
                .requests_per_second
                .map(|rate| Throttle::new(rate, settings.rulings.burst)),
        }
    }

    /// Moves sessions and tokens `by` into the past.
    pub(super) fn age(&mut self, by: Duration) {
        for session in self.sessions.values_mut() {
            session.created = session.created.minus(by);
        }
        for expires in self.tokens.values_mut() {
            *expires = expires.minus(by);
        }
        if let Some((_, expires)) = &mut self.notification_bearer {
            *expires = expires.minus(by);
        }
    }

    /// The account of a company, by id.
    pub(super) fn account_of(&mut self, owner: CompanyKey, id: Uuid) -> Option<&mut Account> {
        self.accounts
            .get_mut(&id)
            .filter(|account| account.owner == owner)
    }

    /// The account of a company that already has this identity at this bank and is not cancelled.
    ///
    /// Source: seed, authorisations; the scope of company and bank is a ruling.
    pub(super) fn same_identity(
        &self,
        owner: CompanyKey,
        bank: Uuid,
        listed: &ListedAccount,
    ) -> Option<Uuid> {
        let mut known = self.of_identity(owner, bank, listed);
        known.find(|id| !self.is_cancelled(*id))
    }

    /// The account of a company that had this identity at this bank last, and is cancelled.
    pub(super) fn deleted_identity(
        &self,
        owner: CompanyKey,
        bank: Uuid,
        listed: &ListedAccount,
    ) -> Option<Uuid> {
        let known = self.of_identity(owner, bank, listed);
        known.filter(|id| self.is_cancelled(*id)).last()
    }

    /// The accounts of a company that have this identity at this bank, oldest first.
    fn of_identity<'s>(
        &'s self,
        owner: CompanyKey,
        bank: Uuid,
        listed: &'s ListedAccount,
    ) -> impl Iterator<Item = Uuid> + 's {
        let own = self.companies.get(&owner).into_iter().flatten().copied();
        own.filter(move |id| {
            self.accounts.get(id).is_some_and(|account| {
                account.bank == bank
                    && account.listed.bank_identifier == listed.bank_identifier
                    && account.listed.account_identifier == listed.account_identifier
            })
        })
    }

    fn is_cancelled(&self, id: Uuid) -> bool {
        let account = self.accounts.get(&id);
        account.is_some_and(|account| account.status == AccountStatus::Cancelled)
    }
}
