//! Which accounts are linked under which id of the Service, and how far each was posted.
//!
//! The state of posting lives here so that every question about it is answered under one lock; sending is left to
//! `posting` and `delivery`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::date;
use super::ledger::{Ledger, Place, Transaction};

/// The most transactions one statement may hold, as the current documentation says.
pub(super) const BATCH_MAX: usize = 1_000;
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

/// One statement's worth of transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The Service's id of the account, or what a fault makes of it.
    pub account: String,
    /// The transactions, oldest first; may be empty.
    pub transactions: Vec<Transaction>,
    /// The balance after the last of them, in cents.
    pub balance: i64,
    /// The moment of that balance, RFC 3339.
    pub balance_moment: String,
    /// Whether an earlier attempt with these transactions may have arrived.
    pub doubtful: bool,
}

#[derive(Debug)]
struct Link {
    external_id: String,
    place: Place,
    /// The position of the first transaction that is not known to be delivered.
    next: usize,
    /// The end of a batch that was begun; a repetition must hold the same transactions.
    begun: Option<usize>,
    doubtful: bool,
    /// Whether any statement succeeded.
    greeted: bool,
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
}

impl Links {
    /// Links an account; posting starts with the first transaction at `start` (a position in the ledger).
    pub(super) fn link(
        &mut self,
        id: &str,
        external_id: &str,
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
            place,
            next: start,
            begun: None,
            doubtful: false,
            greeted: false,
            working: false,
            reins,
        };
        self.links.insert(id.to_owned(), link);
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

    /// Returns the ids under which accounts of this place's customer are linked.
    pub(super) fn siblings(&self, id: &str) -> Vec<String> {
        let Some(customer) = self.links.get(id).map(|link| link.place.customer) else {
            return Vec::new();
        };
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
    /// The first statement is sent even without transactions, because it brings the balance.
    pub(super) fn next_batch(
        &mut self,
        id: &str,
        ledger: &Ledger,
        under_external_id: bool,
    ) -> Option<Batch> {
        let link = self.links.get_mut(id)?;
        let booked = &ledger.account(link.place).transactions;
        if link.next >= booked.len() && link.greeted {
            link.working = false;
            return None;
        }
        let end = *link
            .begun
            .get_or_insert(booked.len().min(link.next + BATCH_MAX));
        let balance_moment = match booked[..end].last() {
            Some(last) if end < booked.len() => date::midnight(&last.date),
            _ => date::now(),
        };
        Some(Batch {
            account: if under_external_id {
                link.external_id.clone()
            } else {
                id.to_owned()
            },
            transactions: booked[link.next..end].to_vec(),
            balance: ledger.balance_after(link.place, end),
            balance_moment,
            doubtful: link.doubtful,
        })
    }

    /// Notes that the batch begun may have arrived although nobody said so.
    pub(super) fn doubt(&mut self, id: &str) {
        if let Some(link) = self.links.get_mut(id) {
            link.doubtful = true;
        }
    }

    /// Notes that the batch begun was delivered.
    pub(super) fn settle(&mut self, id: &str) {
        if let Some(link) = self.links.get_mut(id) {
            link.next = link.begun.take().unwrap_or(link.next);
            link.doubtful = false;
            link.greeted = true;
        }
    }

    /// Gives the claim back without progress; the next claim repeats the batch begun.
    pub(super) fn rest(&mut self, id: &str) {
        if let Some(link) = self.links.get_mut(id) {
            link.working = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed;
    use super::*;

    fn links(start: usize) -> (Links, Ledger, Place) {
        let ledger = Ledger::new(testbed::customers());
        let place = ledger.find("ext-1").unwrap();
        let mut links = Links::default();
        assert_eq!(links.link("a-1", "ext-1", place, start), Linked::New);
        (links, ledger, place)
    }

    #[test]
    fn a_batch_is_repeated_unchanged_until_it_is_settled() {
        let (mut links, mut ledger, place) = links(0);
        assert!(links.claim("a-1").is_some());
        assert!(links.claim("a-1").is_none());
        let batch = links.next_batch("a-1", &ledger, false).unwrap();
        assert_eq!(
            (batch.transactions.len(), batch.balance, batch.doubtful),
            (3, 11_150, false)
        );
        links.doubt("a-1");
        links.rest("a-1");
        ledger.book(place);
        assert!(links.claim("a-1").is_some());
        let again = links.next_batch("a-1", &ledger, false).unwrap();
        assert_eq!(
            (again.transactions, again.balance, again.doubtful),
            (batch.transactions, 11_150, true)
        );
        links.settle("a-1");
        let next = links.next_batch("a-1", &ledger, false).unwrap();
        assert_eq!((next.transactions.len(), next.doubtful), (1, false));
        links.settle("a-1");
        assert_eq!(links.next_batch("a-1", &ledger, false), None);
        assert!(links.claim("a-1").is_some(), "the claim was given back");
    }

    #[test]
    fn batches_end_at_the_limit() {
        let (mut links, mut ledger, place) = links(0);
        for _ in 0..BATCH_MAX - 3 {
            ledger.book(place);
        }
        let full = links.next_batch("a-1", &ledger, false).unwrap();
        assert_eq!(full.transactions.len(), BATCH_MAX);
        links.settle("a-1");
        assert_eq!(links.next_batch("a-1", &ledger, false), None);
        for _ in 0..=BATCH_MAX {
            ledger.book(place);
        }
        let full = links.next_batch("a-1", &ledger, false).unwrap();
        assert_eq!(full.transactions.len(), BATCH_MAX);
        assert!(full.balance_moment.ends_with("T00:00:00.000Z"));
        links.settle("a-1");
        assert_eq!(
            links
                .next_batch("a-1", &ledger, false)
                .unwrap()
                .transactions
                .len(),
            1
        );
    }

    #[test]
    fn the_first_statement_is_sent_even_when_empty_and_only_once() {
        let (mut links, ledger, _) = links(3);
        let batch = links.next_batch("a-1", &ledger, true).unwrap();
        assert_eq!(
            (
                batch.account.as_str(),
                batch.transactions.len(),
                batch.balance
            ),
            ("ext-1", 0, 11_150)
        );
        links.settle("a-1");
        assert_eq!(links.next_batch("a-1", &ledger, true), None);
    }

    #[test]
    fn a_deleted_account_stays_deleted() {
        let (mut links, _, place) = links(0);
        let reins = links.unlink("a-1").unwrap();
        assert!(reins.stop.is_cancelled());
        assert!(links.unlink("a-1").is_none());
        assert_eq!(links.link("a-1", "ext-1", place, 0), Linked::Known);
        assert!(!links.is_linked(place));
        assert_eq!(links.link("a-2", "ext-1", place, 0), Linked::New);
        assert_eq!(links.link("a-2", "ext-1", place, 0), Linked::Known);
        assert_eq!(links.ids_of(place), ["a-2"]);
    }

    #[test]
    fn siblings_are_the_accounts_of_one_customer() {
        let (mut links, ledger, _) = links(0);
        links.link("a-2", "ext-2", ledger.find("ext-2").unwrap(), 0);
        links.link("b-1", "ext-9", ledger.find("ext-9").unwrap(), 0);
        let mut siblings = links.siblings("a-1");
        siblings.sort();
        assert_eq!(siblings, ["a-1", "a-2"]);
        assert_eq!(links.siblings("unknown"), Vec::<String>::new());
        assert_eq!(links.places().len(), 3);
    }
}
