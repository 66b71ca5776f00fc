//! Orphaned accounts: a run left them linked at a live provider, and the next run offboards them.
//!
//! The emulated service forgets its accounts when a run ends. A live provider does not, and would keep sending feeds
//! for them. The journal tells which accounts are orphaned, even if the run was interrupted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::journal::{Event, Fact};
use crate::topology::run_environment::RunEnvironment;
use plan_language::participant::{Address, Callback};
use plan_language::value::handle::is_masked;

/// An account whose creation the provider accepted, and whose deletion it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanedAccount {
    /// The service's id of the account.
    pub account: String,
    /// The provider's own id of the account.
    pub external: String,
    /// The service's id of the bank.
    pub bank: String,
}

/// Lists the accounts whose creation the provider accepted and whose deletion it did not, in the order of ids.
pub fn orphaned_accounts(events: &[Arc<Event>]) -> Vec<OrphanedAccount> {
    let mut notified: HashMap<u64, (AccountChange, OrphanedAccount)> = HashMap::new();
    let mut orphaned: BTreeMap<String, OrphanedAccount> = BTreeMap::new();
    for event in events {
        match &event.fact {
            Fact::Request {
                exchange,
                to,
                message,
                ..
            } if *to == Address::callback(Callback::Notification) => {
                if let Some(change) = message.json().and_then(|json| account_change(&json)) {
                    notified.insert(*exchange, change);
                }
            }
            Fact::Answer {
                exchange, message, ..
            } => {
                if let Some((change, account)) = notified.remove(exchange)
                    && message
                        .status
                        .is_some_and(|status| (200..300).contains(&status))
                {
                    match change {
                        AccountChange::Created => orphaned.insert(account.account.clone(), account),
                        AccountChange::Deleted => orphaned.remove(&account.account),
                    };
                }
            }
            _ => {}
        }
    }
    orphaned.into_values().collect()
}

/// What a notification says about an account.
#[derive(Clone, Copy)]
enum AccountChange {
    Created,
    Deleted,
}

/// Reads the change of an account from a notification; `None` where it is about something else.
fn account_change(body: &Value) -> Option<(AccountChange, OrphanedAccount)> {
    if body["resource"]["type"] != "bankAccount" {
        return None;
    }
    let change = match body["type"].as_str()? {
        "resourceCreated" => AccountChange::Created,
        "resourceDeleted" => AccountChange::Deleted,
        _ => return None,
    };
    let more = |name: &str| body["additionalData"][name].as_str().map(str::to_owned);
    let account = OrphanedAccount {
        account: body["resource"]["id"].as_str()?.to_owned(),
        external: more("externalId")?,
        bank: more("bankId").unwrap_or_default(),
    };
    Some((change, account))
}

impl RunEnvironment {
    /// Notifies the live provider that the orphaned accounts of an earlier run are deleted.
    ///
    /// Returns the accounts whose deletion it did not accept, each with the reason.
    pub async fn offboard(&self, orphaned: &[OrphanedAccount]) -> Vec<(OrphanedAccount, String)> {
        let vault = &self.run_addresses().vault;
        let mut linked = Vec::new();
        for account in orphaned {
            if let Err(why) = self.offboard_account(account).await {
                linked.push((account.clone(), vault.mask(&why).into_owned()));
            }
        }
        linked
    }

    async fn offboard_account(&self, orphaned: &OrphanedAccount) -> Result<(), String> {
        if is_masked(&orphaned.external) {
            return Err("its external id is masked; see `masks` in the environment".to_owned());
        }
        let notification = json!({
            "type": "resourceDeleted",
            "resource": { "id": orphaned.account, "type": "bankAccount", "url": "NA" },
            "additionalData": { "externalId": orphaned.external, "bankId": orphaned.bank },
        });
        let status = self
            .run_addresses()
            .notify(&notification)
            .await
            .ok_or("feedproof cannot make a notification here")?
            .map_err(|error| format!("the provider did not respond: {}", error.without_url()))?;
        match status {
            // An account that it does not know is deleted.
            200..300 | 404 | 410 => Ok(()),
            status => Err(format!("the provider responded with {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Body, Message};
    use plan_language::participant::{Author, Participant};

    fn notification(seq: u64, kind: &str, account: &str) -> Arc<Event> {
        let json = json!({
            "type": kind,
            "resource": { "id": account, "type": "bankAccount", "url": "NA" },
            "additionalData": { "externalId": format!("ext-{account}"), "bankId": "bank" },
        });
        let fact = Fact::Request {
            exchange: seq,
            step: None,
            from: Participant::Service,
            to: Address::callback(Callback::Notification),
            author: Author::Emulated,
            message: Message {
                body: Body::Json(json.into()),
                ..Message::default()
            },
        };
        event(seq, fact)
    }

    fn answered(seq: u64, exchange: u64, status: u16) -> Arc<Event> {
        let message = Message {
            status: Some(status),
            ..Message::default()
        };
        let author = Author::Live;
        event(
            seq,
            Fact::Answer {
                exchange,
                author,
                message,
            },
        )
    }

    fn event(seq: u64, fact: Fact) -> Arc<Event> {
        Arc::new(Event {
            seq,
            at: seq,
            lane: None,
            fact,
        })
    }

    #[test]
    fn an_account_is_orphaned_once_created_until_its_deletion_is_accepted() {
        let (created, deleted) = ("resourceCreated", "resourceDeleted");
        let events = [
            notification(1, created, "stays"),
            answered(2, 1, 204),
            notification(3, created, "refused"),
            answered(4, 3, 500),
            notification(5, created, "gone"),
            answered(6, 5, 200),
            notification(7, deleted, "gone"),
            answered(8, 7, 204),
            notification(9, created, "not-forgotten"),
            answered(10, 9, 204),
            notification(11, deleted, "not-forgotten"),
            answered(12, 11, 503),
            notification(13, created, "unanswered"),
        ];
        let orphaned: Vec<_> = orphaned_accounts(&events)
            .into_iter()
            .map(|account| account.account)
            .collect();
        assert_eq!(orphaned, ["not-forgotten", "stays"]);
        assert_eq!(orphaned_accounts(&events)[1].external, "ext-stays");
    }
}
