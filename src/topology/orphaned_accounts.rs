//! Accounts that a run left linked at a live provider, and their offboarding by the next run.
//!
//! The emulated service forgets everything when a run ends; a live provider does not, and would go on feeding
//! accounts that nobody knows. What is left is read from the journal, whether the run came to its end or not.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::journal::{Event, Fact};
use crate::topology::run_environment::RunEnvironment;
use plan_language::participant::{Address, Callback};
use plan_language::value::handle::is_masked;

/// An account that the provider was told of and never told to forget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanedAccounts {
    /// The service's id of the account.
    pub account: String,
    /// The provider's own id of it.
    pub external: String,
    /// The service's id of the bank.
    pub bank: String,
}

/// Lists the accounts whose creation the provider accepted and whose removal it did not, in the order of ids.
pub fn orphaned_accounts(events: &[Arc<Event>]) -> Vec<OrphanedAccounts> {
    let mut told: HashMap<u64, (bool, OrphanedAccounts)> = HashMap::new();
    let mut left: BTreeMap<String, OrphanedAccounts> = BTreeMap::new();
    for event in events {
        match &event.fact {
            Fact::Request {
                exchange,
                to,
                message,
                ..
            } if *to == Address::callback(Callback::Notification) => {
                if let Some(one) = message.body.json().and_then(notified) {
                    told.insert(*exchange, one);
                }
            }
            Fact::Answer {
                exchange, message, ..
            } => {
                if let Some((linked, one)) = told.remove(exchange)
                    && message
                        .status
                        .is_some_and(|status| (200..300).contains(&status))
                {
                    match linked {
                        true => left.insert(one.account.clone(), one),
                        false => left.remove(&one.account),
                    };
                }
            }
            _ => {}
        }
    }
    left.into_values().collect()
}

/// Reads what a notification tells of an account: whether it was linked, and which it is.
fn notified(body: &Value) -> Option<(bool, OrphanedAccounts)> {
    if body["resource"]["type"] != "bankAccount" {
        return None;
    }
    let linked = match body["type"].as_str()? {
        "resourceCreated" => true,
        "resourceDeleted" => false,
        _ => return None,
    };
    let more = |name: &str| body["additionalData"][name].as_str().map(str::to_owned);
    let account = OrphanedAccounts {
        account: body["resource"]["id"].as_str()?.to_owned(),
        external: more("externalId")?,
        bank: more("bankId").unwrap_or_default(),
    };
    Some((linked, account))
}

impl RunEnvironment {
    /// Tells the live provider that accounts are gone which an earlier run left behind.
    ///
    /// Returns those for which it did not accept that, each with the reason.
    pub async fn offboard(&self, left: &[OrphanedAccounts]) -> Vec<(OrphanedAccounts, String)> {
        let around = self.preflight();
        let mut stayed = Vec::new();
        for one in left {
            if let Err(why) = self.offboard_one(one).await {
                stayed.push((one.clone(), around.vault.mask(&why).into_owned()));
            }
        }
        stayed
    }

    async fn offboard_one(&self, left: &OrphanedAccounts) -> Result<(), String> {
        if is_masked(&left.external) {
            return Err("its external id is masked, see `masks` in the environment".to_owned());
        }
        let notification = json!({
            "type": "resourceDeleted",
            "resource": { "id": left.account, "type": "bankAccount", "url": "NA" },
            "additionalData": { "externalId": left.external, "bankId": left.bank },
        });
        let status = self
            .preflight()
            .notify(&notification)
            .await
            .ok_or("no notification can be made here")?
            .map_err(|error| format!("the provider gave no answer: {}", error.without_url()))?;
        match status {
            // One that it does not know is as good as gone.
            200..300 | 404 | 410 => Ok(()),
            status => Err(format!("the provider answers {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Body, Message};
    use plan_language::participant::{Author, Participant};

    fn told(seq: u64, kind: &str, account: &str) -> Arc<Event> {
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
                body: Body::Json { json },
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
    fn what_was_accepted_and_never_removed_is_left() {
        let (created, deleted) = ("resourceCreated", "resourceDeleted");
        let events = [
            told(1, created, "stays"),
            answered(2, 1, 204),
            told(3, created, "refused"),
            answered(4, 3, 500),
            told(5, created, "gone"),
            answered(6, 5, 200),
            told(7, deleted, "gone"),
            answered(8, 7, 204),
            told(9, created, "not-forgotten"),
            answered(10, 9, 204),
            told(11, deleted, "not-forgotten"),
            answered(12, 11, 503),
            told(13, created, "unanswered"),
        ];
        let left: Vec<_> = orphaned_accounts(&events)
            .into_iter()
            .map(|one| one.account)
            .collect();
        assert_eq!(left, ["not-forgotten", "stays"]);
        assert_eq!(orphaned_accounts(&events)[1].external, "ext-stays");
    }
}
