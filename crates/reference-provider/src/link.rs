//! The linked accounts by the service's ids, and how far the transactions of each are posted.
//!
//! The state of posting is here, under one lock; `posting` and `delivery` send. When a customer's consent is lost, one
//! statement for every linked account reports it; transactions that are booked in the meantime follow when the consent
//! is restored. The provider sends nothing else about a customer without consent.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::date;
use super::fault::Fault;
use super::ledger::{AccountPosition, Ledger, Transaction};
use super::reconnection::{FormerLink, FormerLinks};
use super::settings::Settings;
use super::variant::Variant;

/// The most ids of deleted accounts that are remembered, so that a late repetition of their creation has no effect.
const GONE_MAX: usize = 10_000;

/// Stops the posting of a linked account, and lets others wait until no statement is being sent.
#[derive(Clone, Debug)]
pub(super) struct LinkControl {
    /// Cancelled when the account is unlinked.
    pub stop: CancellationToken,
    /// Held while a statement is being sent.
    pub gate: Arc<tokio::sync::Mutex<()>>,
}

/// The status of an account in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountStatus {
    /// The provider sends transactions.
    Active,
    /// The customer's consent is lost.
    AuthRequired,
}

/// The content of one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The service's id of the account, or the one that a fault puts in its place.
    pub account: String,
    /// The service's id of the bank under which the account is linked.
    pub bank: String,
    /// The status of the account.
    pub status: AccountStatus,
    /// The transactions, oldest first; may be empty.
    pub transactions: Vec<Transaction>,
    /// The balance after the last of them, in cents.
    pub balance: i64,
    /// The time of that balance, RFC 3339.
    pub balance_moment: String,
    /// Whether an earlier attempt with these transactions may have arrived.
    pub doubtful: bool,
    /// Whether another batch follows.
    pub more: bool,
    /// Whether the account is a credit card.
    pub is_card: bool,
}

impl Batch {
    /// Tells whether it contains the account's status and no transactions.
    pub(super) fn status_only(&self) -> bool {
        self.status == AccountStatus::AuthRequired && self.transactions.is_empty()
    }
}

#[derive(Debug)]
struct Link {
    external_id: String,
    bank: String,
    position: AccountPosition,
    /// The position of the first transaction that was ever to be sent.
    start: usize,
    /// The position of the first transaction that is not known to be delivered.
    next: usize,
    /// The end of a batch that was begun; a repetition must contain the same transactions.
    begun: Option<usize>,
    doubtful: bool,
    /// Whether any statement succeeded.
    first_sent: bool,
    /// Whether a statement reported that the consent is lost.
    loss_reported: bool,
    /// Transactions below this position get other ids: a fault sends them again.
    renamed_below: usize,
    /// The ids of the transactions that were delivered.
    delivered: HashSet<String>,
    /// Whether another statement followed the last delivered one at once.
    in_series: bool,
    working: bool,
    /// Whether there was a reason to post while it was working.
    woken: bool,
    /// Whether the customer had a linked account before.
    is_further: bool,
    /// Whether the account was deleted and a fault finishes its series first.
    ends_after_series: bool,
    /// Whether a fault did not resume it after a re-authorisation.
    is_paused: bool,
    /// The link that the account of the bank had before, which only faults use.
    former: Option<FormerLink>,
    control: LinkControl,
}

impl Link {
    /// Returns the id under which statements name the account, with the provider's faults; `id` is the service's.
    fn account(&self, id: &str, settings: &Settings) -> String {
        let former = self.former.as_ref();
        match former.filter(|_| settings.shows(Fault::PostsUnderFormerId)) {
            Some(former) => former.first_id.clone(),
            None if settings.shows(Fault::PostsUnderExternalId) => self.external_id.clone(),
            None => id.to_owned(),
        }
    }

    /// Returns the booked transactions of the batch that ends at a position; a fault takes the first series from its end.
    fn window<'b>(
        &self,
        booked: &'b [Arc<Transaction>],
        end: usize,
        settings: &Settings,
    ) -> &'b [Arc<Transaction>] {
        let mut begin = self.next;
        if self.in_series && begin > self.start {
            let last = &booked[begin - 1];
            if settings.shows(Fault::CursorByDate) {
                let same_day = booked[begin..end]
                    .iter()
                    .take_while(|next| next.date == last.date);
                begin += same_day.count();
            }
        }
        let is_first_series = !self.first_sent || self.in_series;
        if settings.shows(Fault::NewestBatchFirst) && is_first_series {
            let mirrored = |position: usize| self.start + booked.len() - position;
            return &booked[mirrored(end)..mirrored(self.next)];
        }
        &booked[begin..end]
    }

    /// Returns the transactions of the batch that ends at a position, with one of a sibling by a fault.
    fn sent(
        &self,
        booked: &[Arc<Transaction>],
        end: usize,
        ledger: &Ledger,
        settings: &Settings,
    ) -> Vec<Transaction> {
        let mut sent = self.transactions(self.window(booked, end, settings), settings);
        if !self.first_sent && settings.shows(Fault::SendsSiblingTransactions) {
            sent.extend(ledger.sibling_booking(self.position));
        }
        sent
    }

    /// Returns the transactions of a batch as the provider sends them, with its faults.
    fn transactions(&self, booked: &[Arc<Transaction>], settings: &Settings) -> Vec<Transaction> {
        let booked = booked.iter();
        let mut transactions: Vec<_> = booked.map(|booked| (**booked).clone()).collect();
        let renamed = self.renamed_below.saturating_sub(self.next);
        for transaction in transactions.iter_mut().take(renamed) {
            transaction.id.push_str("-again");
        }
        if settings.shows(Fault::SkipsDeliveredTransactions)
            && let Some(former) = &self.former
        {
            transactions.retain(|transaction| !former.delivered.contains(&transaction.id));
        }
        if settings.shows(Fault::LosesAtBatchBorder) && self.in_series && transactions.len() > 1 {
            transactions.remove(0);
        }
        if settings.shows(Fault::TransactionsShareAnId)
            && let [first, second, ..] = transactions.as_mut_slice()
        {
            second.id.clone_from(&first.id);
        }
        if settings.shows(Fault::NewestFirst) {
            transactions.reverse();
        }
        if settings.shows(Fault::DropsZeroAmounts) {
            transactions.retain(|transaction| transaction.amount != 0);
        }
        if settings.shows(Fault::MergesEqualTransactions) {
            transactions
                .dedup_by(|one, other| one.date == other.date && one.amount == other.amount);
        }
        if !settings.shows(Fault::PostsTwiceUnderNewIds) {
            return transactions;
        }
        let twins = transactions.into_iter().flat_map(|transaction| {
            let twin = Transaction {
                id: format!("{}-twin", transaction.id),
                ..transaction.clone()
            };
            [transaction, twin]
        });
        twins.collect()
    }
}

/// Returns the most booked transactions of a batch.
fn limit(settings: &Settings) -> usize {
    if settings.shows(Fault::OversizeBatch) {
        usize::MAX
    } else if settings.shows(Fault::OneOverTheLimit) {
        settings.batch_limit.saturating_add(1)
    } else if settings.shows(Fault::PostsTwiceUnderNewIds) {
        // Each transaction is sent twice.
        (settings.batch_limit / 2).max(1)
    } else if settings.has(Variant::BatchesOfOne) {
        1
    } else if settings.has(Variant::BatchesOfThree) {
        settings.batch_limit.clamp(1, 3)
    } else {
        settings.batch_limit.max(1)
    }
}

/// The effect of a notified creation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LinkOutcome {
    /// The account was linked.
    New,
    /// Nothing changed: the account was linked before, or deleted since.
    Known,
}

/// All links, by the service's account id.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: HashMap<String, Link>,
    gone: HashSet<String>,
    gone_order: VecDeque<String>,
    /// What deleted links left behind, which only faults use.
    former: FormerLinks,
    /// The customers who consented that the service gets their account data, by their positions in the ledger.
    consented: HashSet<usize>,
    /// The customers with linked accounts whose consent is lost.
    lost: HashSet<usize>,
}

impl Links {
    /// Links an account of a bank; posting starts with the first transaction at `start` (a position in the ledger).
    pub(super) fn link(
        &mut self,
        id: &str,
        external_id: &str,
        bank: &str,
        place: AccountPosition,
        start: usize,
    ) -> LinkOutcome {
        if self.links.contains_key(id) || self.gone.contains(id) {
            return LinkOutcome::Known;
        }
        let control = LinkControl {
            stop: CancellationToken::new(),
            gate: Arc::default(),
        };
        let link = Link {
            external_id: external_id.to_owned(),
            bank: bank.to_owned(),
            position: place,
            start,
            next: start,
            begun: None,
            doubtful: false,
            first_sent: false,
            loss_reported: false,
            renamed_below: 0,
            delivered: HashSet::new(),
            in_series: false,
            working: false,
            woken: false,
            is_further: !self.of_customer(place.customer).is_empty(),
            ends_after_series: false,
            is_paused: false,
            former: self.former.of(place).cloned(),
            control,
        };
        self.links.insert(id.to_owned(), link);
        if !self.lost.contains(&place.customer) {
            // The service knows the account from an authorisation, perhaps of an earlier run of this provider.
            self.consented.insert(place.customer);
        }
        LinkOutcome::New
    }

    /// Begins a linked account anew, under new ids, which only a fault does.
    pub(super) fn restart(&mut self, id: &str, ledger: &Ledger) {
        if let Some(link) = self.links.get_mut(id) {
            link.next = link.start;
            // A statement that is under way does not move the position again when it succeeds.
            link.begun = None;
            link.renamed_below = ledger.account(link.position).transactions.len();
        }
    }

    /// Unlinks an account and returns the control of its posting; `None` when it is not linked.
    ///
    /// The id is never linked again, even if its creation is notified after its deletion: the service never reactivates
    /// a cancelled account.
    pub(super) fn unlink(&mut self, id: &str) -> Option<LinkControl> {
        if self.gone.insert(id.to_owned()) {
            self.gone_order.push_back(id.to_owned());
        }
        if self.gone_order.len() > GONE_MAX
            && let Some(oldest) = self.gone_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
        let link = self.links.remove(id)?;
        let posted = (link.start, link.next);
        self.former
            .record(id, link.position, posted, &link.delivered);
        link.control.stop.cancel();
        if self.of_customer(link.position.customer).is_empty() {
            // A customer without linked accounts must consent again.
            self.lost.remove(&link.position.customer);
            self.consented.remove(&link.position.customer);
        }
        Some(link.control)
    }

    /// Tells whether an account is linked under this id.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.links.contains_key(id)
    }

    /// Returns the position of a linked account among those of its customer.
    pub(super) fn account(&self, id: &str) -> Option<usize> {
        self.links.get(id).map(|link| link.position.account)
    }

    /// Tells whether this account of the bank is linked under any id.
    pub(super) fn is_linked(&self, place: AccountPosition) -> bool {
        self.links.values().any(|link| link.position == place)
    }

    /// Returns what the deleted links of an account of the bank left behind.
    pub(super) fn former(&self, place: AccountPosition) -> Option<&FormerLink> {
        self.former.of(place)
    }

    /// Returns the ids under which accounts of the same customer are linked, this one included.
    pub(super) fn siblings(&self, id: &str) -> Vec<String> {
        let customer = self.links.get(id).map(|link| link.position.customer);
        customer.map_or_else(Vec::new, |customer| self.of_customer(customer))
    }

    /// Returns the ids under which accounts of a customer are linked.
    pub(super) fn of_customer(&self, customer: usize) -> Vec<String> {
        let related = self
            .links
            .iter()
            .filter(|(_, link)| link.position.customer == customer);
        related.map(|(id, _)| id.clone()).collect()
    }

    /// Returns the ids under which an account of the bank is linked.
    pub(super) fn ids_of(&self, place: AccountPosition) -> Vec<String> {
        self.links
            .iter()
            .filter(|(_, link)| link.position == place)
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Returns every linked account of the bank once, in ledger order.
    pub(super) fn places(&self) -> Vec<AccountPosition> {
        let mut places: Vec<_> = self.links.values().map(|link| link.position).collect();
        places.sort_by_key(|place| (place.customer, place.account));
        places.dedup();
        places
    }

    /// Claims the posting of a linked account; `None` when it is claimed already or not linked.
    pub(super) fn claim(&mut self, id: &str) -> Option<LinkControl> {
        let link = self.links.get_mut(id)?;
        if link.working {
            link.woken = true;
            return None;
        }
        link.working = true;
        link.woken = false;
        Some(link.control.clone())
    }

    /// Returns the next batch; releases the claim and returns `None` when there is nothing to send.
    ///
    /// The first statement is sent even without transactions, because it contains the balance. While the customer's
    /// consent is lost, one statement says so and no other follows.
    pub(super) fn next_batch(
        &mut self,
        id: &str,
        ledger: &Ledger,
        settings: &Settings,
    ) -> Option<Batch> {
        let link = self.links.get_mut(id)?;
        let lost = self.lost.contains(&link.position.customer);
        let booked = &ledger.account(link.position).transactions;
        if link.in_series && settings.shows(Fault::OnlyFirstBatch) {
            link.next = booked.len();
        }
        let is_over = !link.in_series && settings.shows(Fault::NoLaterPushes);
        let idle = if lost {
            link.loss_reported || settings.shows(Fault::SilentAboutLostConsent)
        } else {
            (link.next >= booked.len() || is_over) && link.first_sent
        };
        if idle || link.is_paused {
            link.working = false;
            if link.ends_after_series {
                self.unlink(id);
            }
            return None;
        }
        let status_only = lost
            && (link.next >= booked.len() || !settings.shows(Fault::LostConsentWithTransactions));
        let begins_empty = settings.has(Variant::EmptyFirstStatement) && !link.first_sent;
        let end = if status_only || begins_empty && link.begun.is_none() {
            link.next
        } else {
            let end = booked.len().min(link.next.saturating_add(limit(settings)));
            *link.begun.get_or_insert(end)
        };
        let balance_moment = match booked[..end].last() {
            Some(last) if end < booked.len() => date::midnight(&last.date),
            _ => date::now(),
        };
        let balance_position = if settings.shows(Fault::BalanceBeforeBatch) {
            link.next
        } else if settings.shows(Fault::BalanceOfTheEnd) {
            booked.len()
        } else {
            end
        };
        Some(Batch {
            account: link.account(id, settings),
            bank: link.bank.clone(),
            status: if lost {
                AccountStatus::AuthRequired
            } else {
                AccountStatus::Active
            },
            transactions: link.sent(booked, end, ledger, settings),
            balance: ledger.balance_after(link.position, balance_position),
            balance_moment,
            doubtful: link.doubtful && !status_only,
            more: end < booked.len() && !lost,
            is_card: ledger.account(link.position).kind == "creditCard",
        })
    }

    /// Allows the id of a deleted account to be linked again, which only a fault does.
    pub(super) fn revive(&mut self, id: &str) {
        self.gone.remove(id);
    }

    /// Tells whether the customer of an account had another linked account before.
    pub(super) fn is_further(&self, id: &str) -> bool {
        self.links.get(id).is_some_and(|link| link.is_further)
    }

    /// Lets a series that is being posted end before the account is unlinked, which only a fault does.
    ///
    /// Returns whether there is such a series.
    pub(super) fn end_after_series(&mut self, id: &str) -> bool {
        let link = self.links.get_mut(id).filter(|link| link.working);
        link.is_some_and(|link| {
            link.ends_after_series = true;
            true
        })
    }

    /// Withdraws the consent of the customer who owns an account from the list of accounts, which only a fault does.
    pub(super) fn withdraw(&mut self, id: &str) {
        if let Some(link) = self.links.get(id) {
            self.consented.remove(&link.position.customer);
        }
    }

    /// Forgets that the consent of an account's customer is lost, which only a fault does.
    pub(super) fn forget_loss(&mut self, id: &str) {
        if let Some(link) = self.links.get(id) {
            self.lost.remove(&link.position.customer);
        }
    }

    /// Returns a statement with the present balance of an account and no transactions, which only a fault sends.
    pub(super) fn closing(&self, id: &str, ledger: &Ledger) -> Option<Batch> {
        let link = self.links.get(id)?;
        Some(Batch {
            status: AccountStatus::Active,
            balance: ledger.balance_after(link.position, usize::MAX),
            ..self.demand(id)?
        })
    }

    /// Returns the statement that authorisation is required for an account, whatever the customer's consent.
    pub(super) fn demand(&self, id: &str) -> Option<Batch> {
        let link = self.links.get(id)?;
        Some(Batch {
            account: id.to_owned(),
            bank: link.bank.clone(),
            status: AccountStatus::AuthRequired,
            transactions: Vec::new(),
            balance: 0,
            balance_moment: date::now(),
            doubtful: false,
            more: false,
            is_card: false,
        })
    }

    /// Tells whether the status in a batch still matches the customer's consent.
    pub(super) fn is_due(&self, id: &str, batch: &Batch) -> bool {
        self.links.get(id).is_some_and(|link| {
            let lost = self.lost.contains(&link.position.customer);
            lost == (batch.status == AccountStatus::AuthRequired)
        })
    }

    /// Records that the batch may have arrived without a response.
    pub(super) fn doubt(&mut self, id: &str, batch: &Batch) {
        if let Some(link) = self.links.get_mut(id) {
            // A statement without transactions can be repeated without harm.
            link.doubtful |= !batch.status_only();
        }
    }

    /// Records that the batch was delivered.
    pub(super) fn settle(&mut self, id: &str, batch: &Batch) {
        let Some(link) = self.links.get_mut(id) else {
            return;
        };
        if batch.status == AccountStatus::AuthRequired {
            // If the consent was restored in the meantime, the next loss must be reported again.
            link.loss_reported = self.lost.contains(&link.position.customer);
        }
        if !batch.status_only() {
            let ids = batch.transactions.iter().map(|booked| booked.id.clone());
            link.delivered.extend(ids);
            link.next = link.begun.take().unwrap_or(link.next);
            link.doubtful = false;
            link.in_series = batch.more;
            link.first_sent = true;
        }
    }

    /// Records that everything up to the start of a new link was delivered in an earlier run.
    pub(super) fn settle_first(&mut self, id: &str) {
        if let Some(link) = self.links.get_mut(id) {
            link.first_sent = true;
        }
    }

    /// Releases the claim without progress; the next claim repeats the batch that was begun.
    ///
    /// Returns false and keeps the claim if there was another reason to post in the meantime.
    pub(super) fn rest(&mut self, id: &str) -> bool {
        let Some(link) = self.links.get_mut(id) else {
            return true;
        };
        link.working = std::mem::take(&mut link.woken);
        !link.working
    }

    /// Records that a customer consented and that the service acknowledged the report.
    pub(super) fn gain_consent(&mut self, customer: usize) {
        self.consented.insert(customer);
    }

    /// Tells whether the service may get a customer's account data.
    pub(super) fn has_consent(&self, customer: usize) -> bool {
        self.consented.contains(&customer)
    }

    /// Records that a customer's consent is lost and returns the ids of the customer's linked accounts.
    ///
    /// A second loss changes nothing, nor does a loss without linked accounts.
    pub(super) fn lose_consent(&mut self, customer: usize) -> Vec<String> {
        self.consented.remove(&customer);
        let ids = self.of_customer(customer);
        if !ids.is_empty() {
            self.lost.insert(customer);
        }
        ids
    }

    /// Records that a customer renewed the consent and returns the ids of the customer's linked accounts.
    ///
    /// Posting continues where it stopped, also within a batch that may have arrived.
    pub(super) fn restore_consent(
        &mut self,
        customer: usize,
        ledger: &Ledger,
        settings: &Settings,
    ) -> Vec<String> {
        let was_lost = self.lost.remove(&customer);
        self.consented.insert(customer);
        let ids = self.of_customer(customer);
        let positions = self.links.values().map(|link| link.position);
        let own = positions.filter(|position| position.customer == customer);
        let first = own.map(|position| position.account).min();
        for id in &ids {
            let Some(link) = self.links.get_mut(id) else {
                continue;
            };
            link.loss_reported &= settings.shows(Fault::SilentAboutSecondLoss);
            link.is_paused = was_lost
                && Some(link.position.account) != first
                && settings.shows(Fault::ResumesFirstAccountOnly);
            if was_lost && settings.shows(Fault::GapAfterReauthorisation) {
                link.begun = None;
                link.next = ledger.account(link.position).transactions.len();
            }
            if was_lost && settings.shows(Fault::RepeatsAfterReauthorisation) {
                link.begun = None;
                link.renamed_below = link.next;
                link.next = link.start;
            }
            if was_lost && settings.shows(Fault::RepeatsLastAfterReauthorisation) {
                link.begun = None;
                link.renamed_below = link.next;
                link.next = link.next.saturating_sub(1).max(link.start);
            }
        }
        ids
    }
}

#[cfg(test)]
mod tests;
