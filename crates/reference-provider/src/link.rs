//! Which accounts are linked under which id of the Service, and how far each was posted.
//!
//! The state of posting lives here so that every question about it is answered under one lock; sending is left to
//! `posting` and `delivery`. A customer whose consent is lost is told about once for every linked account; what is
//! booked meanwhile stays where it is and follows when the consent is back. Of a customer without consent nothing
//! may be told at all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::date;
use super::fault::Fault;
use super::ledger::{Ledger, Place, Transaction};
use super::settings::Settings;

/// How many ids of deleted accounts are remembered, so that a late repetition of their creation has no effect.
const GONE_MAX: usize = 10_000;

/// Stops a link's work and lets others wait until nothing of it is on its way.
#[derive(Clone, Debug)]
pub(super) struct Reins {
    /// Cancelled when the account is unlinked.
    pub stop: CancellationToken,
    /// Held while a statement is being sent.
    pub gate: Arc<tokio::sync::Mutex<()>>,
}

/// What a statement says about the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is fed.
    Active,
    /// The customer's consent is lost.
    AuthRequired,
}

/// One statement's worth of transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The Service's id of the account, or what a fault makes of it.
    pub account: String,
    /// The Service's id of the bank under which the account is linked.
    pub bank: String,
    /// What is said about the account.
    pub standing: Standing,
    /// The transactions, oldest first; may be empty.
    pub transactions: Vec<Transaction>,
    /// The balance after the last of them, in cents.
    pub balance: i64,
    /// The moment of that balance, RFC 3339.
    pub balance_moment: String,
    /// Whether an earlier attempt with these transactions may have arrived.
    pub doubtful: bool,
    /// Whether there is more to send after it.
    pub more: bool,
}

impl Batch {
    /// Says whether it tells the account's standing and nothing else.
    pub(super) fn status_only(&self) -> bool {
        self.standing == Standing::AuthRequired && self.transactions.is_empty()
    }
}

#[derive(Debug)]
struct Link {
    external_id: String,
    bank: String,
    place: Place,
    /// The position of the first transaction that was ever to be sent.
    start: usize,
    /// The position of the first transaction that is not known to be delivered.
    next: usize,
    /// The end of a batch that was begun; a repetition must hold the same transactions.
    begun: Option<usize>,
    doubtful: bool,
    /// Whether any statement succeeded.
    greeted: bool,
    /// Whether the Service knows that the consent is lost.
    told: bool,
    /// Below this position transactions go out under other ids: those of the fault that repeats delivered ones.
    renamed_below: usize,
    /// Whether the last statement delivered was followed by another one at once.
    in_series: bool,
    working: bool,
    reins: Reins,
}

/// What became of a notified creation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Linked {
    /// The account is linked now.
    New,
    /// It was linked before, or was deleted since: nothing changed.
    Known,
}

/// All links, by the Service's account id.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: HashMap<String, Link>,
    gone: HashSet<String>,
    gone_order: VecDeque<String>,
    /// The customers who consented that the Service is told of their accounts, by their positions in the ledger.
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
        place: Place,
        start: usize,
    ) -> Linked {
        if self.links.contains_key(id) || self.gone.contains(id) {
            return Linked::Known;
        }
        let reins = Reins {
            stop: CancellationToken::new(),
            gate: Arc::default(),
        };
        let link = Link {
            external_id: external_id.to_owned(),
            bank: bank.to_owned(),
            place,
            start,
            next: start,
            begun: None,
            doubtful: false,
            greeted: false,
            told: false,
            renamed_below: 0,
            in_series: false,
            working: false,
            reins,
        };
        self.links.insert(id.to_owned(), link);
        if !self.lost.contains(&place.customer) {
            // The Service can only know the account from an authorisation, though this provider may have been new since.
            self.consented.insert(place.customer);
        }
        Linked::New
    }

    /// Unlinks an account and returns the reins of its work, or nothing when it is not linked.
    ///
    /// The id is never linked again, also if its creation is notified after its deletion: the Service never
    /// reactivates a cancelled account.
    pub(super) fn unlink(&mut self, id: &str) -> Option<Reins> {
        if self.gone.insert(id.to_owned()) {
            self.gone_order.push_back(id.to_owned());
        }
        if self.gone_order.len() > GONE_MAX
            && let Some(oldest) = self.gone_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
        let link = self.links.remove(id)?;
        link.reins.stop.cancel();
        if self.of_customer(link.place.customer).is_empty() {
            // Whoever comes again later gives consent anew.
            self.lost.remove(&link.place.customer);
            self.consented.remove(&link.place.customer);
        }
        Some(link.reins)
    }

    /// Says whether an account is linked under this id.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.links.contains_key(id)
    }

    /// Says whether this account of the bank is linked under any id.
    pub(super) fn is_linked(&self, place: Place) -> bool {
        self.links.values().any(|link| link.place == place)
    }

    /// Returns the ids under which accounts of the same customer are linked, this one included.
    pub(super) fn siblings(&self, id: &str) -> Vec<String> {
        let customer = self.links.get(id).map(|link| link.place.customer);
        customer.map_or_else(Vec::new, |customer| self.of_customer(customer))
    }

    /// Returns the ids under which accounts of a customer are linked.
    pub(super) fn of_customer(&self, customer: usize) -> Vec<String> {
        let related = self
            .links
            .iter()
            .filter(|(_, link)| link.place.customer == customer);
        related.map(|(id, _)| id.clone()).collect()
    }

    /// Returns the ids under which an account of the bank is linked.
    pub(super) fn ids_of(&self, place: Place) -> Vec<String> {
        self.links
            .iter()
            .filter(|(_, link)| link.place == place)
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Returns every linked account of the bank once, in ledger order.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut places: Vec<_> = self.links.values().map(|link| link.place).collect();
        places.sort_by_key(|place| (place.customer, place.account));
        places.dedup();
        places
    }

    /// Claims the work of posting for a linked account; nothing when it is claimed already or not linked.
    pub(super) fn claim(&mut self, id: &str) -> Option<Reins> {
        let link = self.links.get_mut(id).filter(|link| !link.working)?;
        link.working = true;
        Some(link.reins.clone())
    }

    /// Returns the next batch, or gives the claim back and returns nothing when there is none.
    ///
    /// The first statement is sent even without transactions, because it brings the balance. While the customer's
    /// consent is lost, one statement says so and nothing follows.
    pub(super) fn next_batch(
        &mut self,
        id: &str,
        ledger: &Ledger,
        settings: &Settings,
    ) -> Option<Batch> {
        let link = self.links.get_mut(id)?;
        let lost = self.lost.contains(&link.place.customer);
        let booked = &ledger.account(link.place).transactions;
        let silent = settings.shows(Fault::SilentAboutLostConsent);
        let idle = match lost {
            true => link.told || silent,
            false => link.next >= booked.len() && link.greeted,
        };
        if idle {
            link.working = false;
            return None;
        }
        let telling_only = lost
            && (link.next >= booked.len() || !settings.shows(Fault::LostConsentWithTransactions));
        let end = if telling_only {
            link.next
        } else {
            let limit = if settings.shows(Fault::OversizeBatch) {
                usize::MAX
            } else if settings.shows(Fault::PostsTwiceUnderNewIds) {
                // Both of them have to fit in.
                (settings.batch_limit / 2).max(1)
            } else {
                settings.batch_limit.max(1)
            };
            let end = booked.len().min(link.next.saturating_add(limit));
            *link.begun.get_or_insert(end)
        };
        let balance_moment = match booked[..end].last() {
            Some(last) if end < booked.len() => date::midnight(&last.date),
            _ => date::now(),
        };
        let balanced = match settings.shows(Fault::BalanceBeforeBatch) {
            true => link.next,
            false => end,
        };
        let mut transactions = booked[link.next..end].to_vec();
        let renamed = link.renamed_below.saturating_sub(link.next);
        for transaction in transactions.iter_mut().take(renamed) {
            transaction.id.push_str("-again");
        }
        if settings.shows(Fault::LosesAtBatchBorder) && link.in_series && transactions.len() > 1 {
            transactions.remove(0);
        }
        if settings.shows(Fault::PostsTwiceUnderNewIds) {
            let twins = transactions.into_iter().flat_map(|one| {
                let twin = Transaction {
                    id: format!("{}-twin", one.id),
                    ..one.clone()
                };
                [one, twin]
            });
            transactions = twins.collect();
        }
        Some(Batch {
            account: if settings.shows(Fault::PostsUnderExternalId) {
                link.external_id.clone()
            } else {
                id.to_owned()
            },
            bank: link.bank.clone(),
            standing: match lost {
                true => Standing::AuthRequired,
                false => Standing::Active,
            },
            transactions,
            balance: ledger.balance_after(link.place, balanced),
            balance_moment,
            doubtful: link.doubtful && !telling_only,
            more: end < booked.len() && !lost,
        })
    }

    /// Says whether a batch still says the right thing about the customer's consent.
    pub(super) fn is_due(&self, id: &str, batch: &Batch) -> bool {
        self.links.get(id).is_some_and(|link| {
            let lost = self.lost.contains(&link.place.customer);
            lost == (batch.standing == Standing::AuthRequired)
        })
    }

    /// Notes that the batch may have arrived although nobody said so.
    pub(super) fn doubt(&mut self, id: &str, batch: &Batch) {
        if let Some(link) = self.links.get_mut(id) {
            // Nothing can be doubled by saying once more that authorisation is required.
            link.doubtful |= !batch.status_only();
        }
    }

    /// Notes that the batch was delivered.
    pub(super) fn settle(&mut self, id: &str, batch: &Batch) {
        let Some(link) = self.links.get_mut(id) else {
            return;
        };
        if batch.standing == Standing::AuthRequired {
            // If the consent came back while this was on its way, the next loss has to be told again.
            link.told = self.lost.contains(&link.place.customer);
        }
        if !batch.status_only() {
            link.next = link.begun.take().unwrap_or(link.next);
            link.doubtful = false;
            link.in_series = batch.more;
            link.greeted = true;
        }
    }

    /// Gives the claim back without progress; the next claim repeats the batch begun.
    pub(super) fn rest(&mut self, id: &str) {
        if let Some(link) = self.links.get_mut(id) {
            link.working = false;
        }
    }

    /// Notes that a customer gave consent and that the Service took the report on it.
    pub(super) fn gain_consent(&mut self, customer: usize) {
        self.consented.insert(customer);
    }

    /// Says whether the Service may be told of a customer's accounts.
    pub(super) fn has_consent(&self, customer: usize) -> bool {
        self.consented.contains(&customer)
    }

    /// Notes that a customer's consent is lost and returns the ids to which that matters.
    ///
    /// Losing it again changes nothing, nor does losing what no linked account rests on.
    pub(super) fn lose_consent(&mut self, customer: usize) -> Vec<String> {
        self.consented.remove(&customer);
        let ids = self.of_customer(customer);
        if !ids.is_empty() {
            self.lost.insert(customer);
        }
        ids
    }

    /// Notes that a customer renewed the consent and returns the ids that are fed again.
    ///
    /// Posting goes on where it stopped, also in the midst of a batch whose fate is open.
    pub(super) fn restore_consent(
        &mut self,
        customer: usize,
        ledger: &Ledger,
        settings: &Settings,
    ) -> Vec<String> {
        let was_lost = self.lost.remove(&customer);
        self.consented.insert(customer);
        let ids = self.of_customer(customer);
        for id in &ids {
            let Some(link) = self.links.get_mut(id) else {
                continue;
            };
            link.told = false;
            if was_lost && settings.shows(Fault::GapAfterReauthorisation) {
                link.begun = None;
                link.next = ledger.account(link.place).transactions.len();
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
