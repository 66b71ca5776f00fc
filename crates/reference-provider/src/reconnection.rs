//! The remains of deleted links. A correct provider needs none of it: an account that is linked again begins anew,
//! under its new id and from its new start date. Only faults look here.

use std::collections::{HashMap, HashSet};

use super::fault::Fault;
use super::ledger::AccountPosition;
use super::settings::Settings;

/// The most accounts of the bank of which deleted links are remembered.
const FORMER_MAX: usize = 10_000;

/// What the deleted links of one account of the bank left behind.
#[derive(Clone, Debug)]
pub(super) struct FormerLink {
    /// The service's id of the account, the first time.
    pub first_id: String,
    /// The position of the first transaction that was to be sent, the first time.
    first_start: usize,
    /// The latest such position of all times.
    latest_start: usize,
    /// The position at which posting stopped, the last time.
    stopped_at: usize,
    /// The ids of the transactions that were delivered, at any time.
    pub delivered: HashSet<String>,
}

/// What deleted links left behind, by the account of the bank.
#[derive(Debug, Default)]
pub(super) struct FormerLinks(HashMap<AccountPosition, FormerLink>);

impl FormerLinks {
    /// Returns what the deleted links of an account left behind.
    pub(super) fn of(&self, place: AccountPosition) -> Option<&FormerLink> {
        self.0.get(&place)
    }

    /// Records a link that was deleted: where posting was to start and where it stopped, and what was delivered.
    pub(super) fn record(
        &mut self,
        id: &str,
        place: AccountPosition,
        (start, stopped_at): (usize, usize),
        delivered: &HashSet<String>,
    ) {
        if self.0.len() >= FORMER_MAX && !self.0.contains_key(&place) {
            return;
        }
        let former = self.0.entry(place).or_insert_with(|| FormerLink {
            first_id: id.to_owned(),
            first_start: start,
            latest_start: start,
            stopped_at,
            delivered: HashSet::new(),
        });
        former.latest_start = former.latest_start.max(start);
        former.stopped_at = stopped_at;
        former.delivered.extend(delivered.iter().cloned());
    }
}

/// Returns the position from which an account is posted, with the provider's faults; `start` is the customer's choice.
pub(super) fn start(former: Option<&FormerLink>, start: usize, settings: &Settings) -> usize {
    match former {
        Some(former) if settings.shows(Fault::ResumesAfterReconnection) => former.stopped_at,
        Some(former) if settings.shows(Fault::KeepsFirstStartDate) => former.first_start,
        Some(former) if settings.shows(Fault::NeverStartsEarlier) => start.max(former.latest_start),
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbed::{self, ACCOUNT, Bed, SIBLING};
    use super::*;
    use serde_json::Value;

    const STATEMENTS: &str = "POST /v1/statements";

    /// Links an account, deletes it, links it again under another id, and returns what was posted then: the account and
    /// the ids of each statement with transactions.
    async fn reconnected(
        fault: Option<Fault>,
        first: &str,
        again: &str,
    ) -> Vec<(String, Vec<String>)> {
        let bed = Bed::new(&Vec::from_iter(fault)).await;
        bed.notify(&testbed::created(ACCOUNT, "ext-1", first)).await;
        bed.provider.settled().await;
        bed.notify(&testbed::deleted(ACCOUNT, "ext-1")).await;
        let before = bed.service.count(STATEMENTS);
        bed.notify(&testbed::created(SIBLING, "ext-1", again)).await;
        bed.provider.settled().await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        bed.service.bodies(STATEMENTS)[before..]
            .iter()
            .map(|body| {
                let details = body["data"]["transactionDetails"].as_array().unwrap();
                let ids = details.iter().map(|entry| text(&entry["uniqueId"]));
                (text(&body["data"]["principalId"]), ids.collect())
            })
            .collect()
    }

    #[tokio::test]
    async fn an_account_that_is_linked_again_begins_anew() {
        let new = SIBLING.to_owned();
        let later = reconnected(None, "2026-01-01", "2026-01-03").await;
        assert_eq!(later, [(new.clone(), vec!["tx-2".into(), "tx-3".into()])]);
        let earlier = reconnected(None, "2026-01-03", "2026-01-01").await;
        let all = vec!["tx-1".into(), "tx-2".into(), "tx-3".into()];
        assert_eq!(earlier, [(new, all)]);
    }

    #[tokio::test]
    async fn each_fault_continues_the_deleted_account_in_its_own_way() {
        let posted = |fault, first, again| async move {
            let statements = reconnected(Some(fault), first, again).await;
            let ids = statements.into_iter().flat_map(|(_, ids)| ids);
            ids.collect::<Vec<_>>()
        };
        let (early, late) = ("2026-01-01", "2026-01-03");
        let none: [&str; 0] = [];
        assert_eq!(
            posted(Fault::ResumesAfterReconnection, late, early).await,
            none
        );
        assert_eq!(
            posted(Fault::SkipsDeliveredTransactions, early, late).await,
            none
        );
        let skips = Fault::SkipsDeliveredTransactions;
        assert_eq!(posted(skips, late, early).await, ["tx-1"]);
        let keeps = Fault::KeepsFirstStartDate;
        assert_eq!(posted(keeps, early, late).await, ["tx-1", "tx-2", "tx-3"]);
        let never = Fault::NeverStartsEarlier;
        assert_eq!(posted(never, early, late).await, ["tx-2", "tx-3"]);
        assert_eq!(posted(never, late, early).await, ["tx-2", "tx-3"]);
    }

    #[tokio::test]
    async fn the_deleted_id_is_used_again_by_a_fault_alone() {
        let statements =
            reconnected(Some(Fault::PostsUnderFormerId), "2026-01-01", "2026-01-01").await;
        assert!(
            statements.iter().all(|(account, _)| account == ACCOUNT),
            "{statements:?}"
        );
    }
}
