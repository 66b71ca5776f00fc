//! Exchanges that are under way: each gets an end in the journal, also when its caller leaves.

use crate::clock::{self, Instant};
use crate::journal::{Fact, Journal, Lane};

/// An exchange whose end is not written down yet; one that is dropped broke.
pub(super) struct OpenExchange<'t> {
    journal: &'t Journal,
    lane: Option<&'t Lane>,
    exchange: u64,
    begun: Instant,
    ended: bool,
}

impl<'t> OpenExchange<'t> {
    /// Watches over an exchange whose request is in the journal.
    pub(super) fn new(journal: &'t Journal, lane: Option<&'t Lane>, exchange: u64) -> Self {
        Self {
            journal,
            lane,
            exchange,
            begun: clock::now(),
            ended: false,
        }
    }

    /// Writes down how the exchange ended.
    pub(super) fn end(mut self, fact: Fact) {
        self.ended = true;
        self.journal.append(self.lane, fact);
    }
}

impl Drop for OpenExchange<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let fact = Fact::Broken {
                exchange: self.exchange,
                why: format!(
                    "the caller left after {} ms, before there was an answer",
                    self.begun.elapsed().as_millis()
                ),
            };
            self.journal.append(self.lane, fact);
        }
    }
}
