//! Exchanges in progress: each gets an end in the journal, also when its caller leaves.

use crate::clock::{self, Instant};
use crate::journal::{Fact, Journal, Lane, Message, Seq};
use plan_language::participant::Author;

/// An exchange without an end in the journal; dropping it records that the caller left.
pub(super) struct OpenExchange<'t> {
    journal: &'t Journal,
    lane: Option<&'t Lane>,
    exchange: u64,
    begun: Instant,
    ended: bool,
}

impl<'t> OpenExchange<'t> {
    /// Opens an exchange whose request is in the journal.
    pub(super) fn new(journal: &'t Journal, lane: Option<&'t Lane>, exchange: u64) -> Self {
        Self {
            journal,
            lane,
            exchange,
            begun: clock::now(),
            ended: false,
        }
    }

    /// Returns the number of the exchange.
    pub(super) fn exchange(&self) -> u64 {
        self.exchange
    }

    /// Records the response, and returns its position.
    pub(super) fn answered(self, author: Author, message: Message) -> Seq {
        let exchange = self.exchange;
        self.end(Fact::Answer {
            exchange,
            author,
            message,
        })
    }

    /// Records that there is no response, and returns the position of that; `why` is masked.
    pub(super) fn broken(self, why: String) -> Seq {
        let exchange = self.exchange;
        self.end(Fact::Broken { exchange, why })
    }

    /// Leaves the response to the browser to report, and returns the position of the last event so far.
    pub(super) fn left_to_browser(mut self) -> Seq {
        self.ended = true;
        self.journal.last()
    }

    fn end(mut self, fact: Fact) -> Seq {
        self.ended = true;
        self.journal.append(self.lane, fact).seq
    }
}

impl Drop for OpenExchange<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let fact = Fact::Broken {
                exchange: self.exchange,
                why: format!(
                    "the caller left after {} ms, before the response",
                    self.begun.elapsed().as_millis()
                ),
            };
            self.journal.append(self.lane, fact);
        }
    }
}
