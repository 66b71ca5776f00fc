//! The positions of requirements and exchanges in a record, so that each is found without a search.

use std::collections::HashMap;
use std::sync::Arc;

use crate::journal::{Event, Fact, Seq};
use crate::record::RequirementRow;

/// The positions of requirements and exchanges.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordIndex {
    rows: HashMap<Arc<str>, usize>,
    /// By number of the exchange: the position of its request, and of its end.
    exchanges: HashMap<u64, (Seq, Option<Seq>)>,
}

impl RecordIndex {
    /// Builds the index; of two rows or ends of the same name the first counts.
    pub fn of(rows: &[RequirementRow], events: &[Arc<Event>]) -> Self {
        let mut index = Self::default();
        for (position, row) in rows.iter().enumerate() {
            let id = row.requirement.id.clone();
            index.rows.entry(id).or_insert(position);
        }
        for event in events {
            let Some(number) = number(event) else {
                continue;
            };
            match index.exchanges.get_mut(&number) {
                None => {
                    index.exchanges.insert(number, (event.seq, None));
                }
                Some((_, end @ None)) => *end = Some(event.seq),
                Some(_) => {}
            }
        }
        index
    }

    /// Finds the position of a requirement's row.
    pub fn row(&self, id: &str) -> Option<usize> {
        self.rows.get(id).copied()
    }

    /// Finds the events of the exchange to which an event belongs.
    pub fn exchange(&self, event: &Event) -> Option<(Seq, Option<Seq>)> {
        self.exchanges.get(&number(event)?).copied()
    }
}

/// Returns the number of the exchange to which an event belongs.
fn number(event: &Event) -> Option<u64> {
    match &event.fact {
        Fact::Request { exchange, .. }
        | Fact::Answer { exchange, .. }
        | Fact::Broken { exchange, .. } => Some(*exchange),
        _ => None,
    }
}
