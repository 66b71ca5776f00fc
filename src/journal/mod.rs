//! The journal: an append-only list of facts, and for each case the lane of facts that belong to it.
//!
//! The journal takes position and time of a fact under one lock. Reading consumes nothing: expectations are queries on
//! the lane of a case, and waits wake up when the lane changes. The journal neither judges nor masks; callers append
//! masked facts. What plans demand of a message is left to `matching` and `judge`.

mod chain;
mod correlate;
mod damage;
mod fact;
mod file;
mod footprint;
mod header;
mod identity;
mod json_body;
mod opened;
mod read;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::clock::{self, Instant};
use crate::handles;
pub use correlate::Correlator;
pub use damage::{Damage, DamagedLine};
pub use fact::{
    Body, Credential, Event, Fact, Hindrance, INTERRUPTED, Lane, Message, Micros, NotOpened, Seq,
    UnreadBy, VisitOutcome, Visited, WaitEnd,
};
pub use header::{FORMAT, Header, LedgerExtent, NO_NONCE};
use plan_language::participant::{Author, Participant};

pub use file::{BATCH, Hurry, JournalEnd, JournalError, NotWritten, Writer};
pub use identity::{Identifier, IdentifierKind, identifiers, identity};
pub use json_body::{JsonBody, OpenJson};
pub use opened::OpenedJournal;
pub use read::{RecordedJournal, read, read_from};

/// The events of one run.
#[derive(Debug)]
pub struct Journal {
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    events: Vec<Arc<Event>>,
    lanes: HashMap<Lane, LaneIndex>,
    correlator: Correlator,
    /// The number of the last exchange.
    exchanges: u64,
    writer: Option<Writer>,
    /// The end of its file, once the file is closed.
    end: Option<JournalEnd>,
    /// The positions of shortages, in order.
    shortages: Vec<Seq>,
    /// The positions at which feedproof was late, in order.
    late: Vec<Seq>,
    /// The first requests that the provider itself sent to the service and to Sage ID.
    provider_called: HashMap<Participant, Seq>,
    /// Why the run ended before its cases, if anything but an interrupt ended it.
    cut_short: Option<String>,
    /// The events up to this position were dropped.
    dropped: Seq,
    /// Changes with each event that is appended.
    grown: watch::Sender<Seq>,
}

#[derive(Debug)]
struct LaneIndex {
    /// The events of the lane, each with the last position of the journal when it joined.
    events: Vec<(Arc<Event>, Seq)>,
    changed: watch::Sender<Seq>,
}

impl Default for LaneIndex {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            changed: watch::Sender::new(0),
        }
    }
}

impl Journal {
    /// Opens a journal that begins with the header of a run; `writer` keeps it on disk.
    pub fn begin(header: Header, writer: Option<Writer>) -> Self {
        let journal = Self {
            started: clock::now(),
            inner: Mutex::new(Inner {
                writer,
                ..Inner::default()
            }),
        };
        journal.append(
            None,
            Fact::Run {
                header: Box::new(header),
            },
        );
        journal
    }

    /// Builds a journal from recorded events, whose positions are counted from 1 without gaps.
    pub fn recorded(events: Vec<Arc<Event>>) -> Self {
        Self::ended(events, None)
    }

    /// Builds a journal from its file.
    pub fn of_file(file: RecordedJournal) -> Self {
        Self::ended(file.events, Some(file.end))
    }

    fn ended(events: Vec<Arc<Event>>, end: Option<JournalEnd>) -> Self {
        let journal = Self {
            started: clock::now(),
            inner: Mutex::new(Inner::default()),
        };
        {
            let mut inner = journal.lock();
            inner.end = end;
            for event in events {
                inner.take(event);
            }
        }
        journal
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The state stays consistent if a holder panicked: each change is one push after another.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a fact and returns its event.
    pub fn append(&self, lane: Option<&Lane>, fact: Fact) -> Arc<Event> {
        let mut inner = self.lock();
        let event = Arc::new(Event {
            seq: inner.events.len() as Seq + 1,
            at: self.now(),
            lane: lane.cloned(),
            fact,
        });
        if let Some(writer) = &inner.writer {
            writer.put(event.clone());
        }
        inner.take(event.clone());
        event
    }

    /// Records that the process has no file handle left; at most once before anything else happens.
    pub fn note_shortage(&self) {
        {
            let inner = self.lock();
            let last = inner.events.last();
            if last.is_some_and(|last| matches!(last.fact, Fact::Shortage { .. })) {
                return;
            }
        }
        let limit = match handles::limit() {
            Some(limit) => format!("of {limit} (`ulimit -n`) "),
            None => String::new(),
        };
        let why = format!(
            "feedproof had no file handle {limit}left while the case ran, so messages may have been lost"
        );
        self.append(None, Fact::Shortage { why });
    }

    /// Returns what was lacking if a shortage was noted after `after` and up to `upto`.
    pub fn shortage(&self, after: Seq, upto: Seq) -> Option<String> {
        let inner = self.lock();
        inner.reason(&inner.shortages, after, upto)
    }

    /// Records that feedproof itself was late; `why` says in one sentence with what, and by how much.
    pub fn note_late(&self, why: String) {
        self.append(None, Fact::Late { why });
    }

    /// Returns with what feedproof was late if that was noted after `after` and up to `upto`.
    pub fn late(&self, after: Seq, upto: Seq) -> Option<String> {
        let inner = self.lock();
        inner.reason(&inner.late, after, upto)
    }

    /// Tells whether a request to the service or to Sage ID had come up to `upto` that feedproof did not send, and so the
    /// provider.
    ///
    /// Without any, nothing shows that its requests there pass feedproof.
    pub fn provider_called(&self, who: Participant, upto: Seq) -> bool {
        let inner = self.lock();
        let first = inner.provider_called.get(&who);
        first.is_some_and(|first| *first <= upto)
    }

    /// Returns why the run ended before its cases had, if anything but an interrupt ended it.
    pub fn cut_short(&self) -> Option<String> {
        self.lock().cut_short.clone()
    }

    /// Returns the time since the run began, in microseconds.
    pub fn now(&self) -> Micros {
        self.started.elapsed().as_micros() as Micros
    }

    /// Returns the instant of a moment of the journal.
    pub fn instant(&self, at: Micros) -> Instant {
        self.started + std::time::Duration::from_micros(at)
    }

    /// Returns the number for a new exchange, counted from 1.
    pub fn number(&self) -> u64 {
        let mut inner = self.lock();
        inner.exchanges += 1;
        inner.exchanges
    }

    /// Returns the last position in the journal, 0 for an empty one.
    pub fn last(&self) -> Seq {
        self.lock().events.len() as Seq
    }

    /// Returns the events of a case after `after` and up to `upto`, as far as they belonged to it by then.
    pub fn view(&self, lane: &Lane, after: Seq, upto: Seq) -> Vec<Arc<Event>> {
        let inner = self.lock();
        let Some(index) = inner.lanes.get(lane) else {
            return Vec::new();
        };
        // Only an event that joined late is out of order, so the list is nearly sorted.
        let mut events: Vec<_> = index
            .events
            .iter()
            .filter(|(event, joined)| event.seq > after && *joined <= upto)
            .map(|(event, _)| event.clone())
            .collect();
        drop(inner);
        events.sort_by_key(|event| event.seq);
        events
    }

    /// Returns the events of a case after `after`, with the last position in the journal.
    pub fn view_now(&self, lane: &Lane, after: Seq) -> (Vec<Arc<Event>>, Seq) {
        let last = self.last();
        (self.view(lane, after, last), last)
    }

    /// Returns the event at a position, `None` if there is none.
    pub fn event(&self, seq: Seq) -> Option<Arc<Event>> {
        let index = usize::try_from(seq).ok()?.checked_sub(1)?;
        self.lock().events.get(index).cloned()
    }

    /// Returns the events up to `upto` that belonged to no case by then, in order.
    pub fn unattributed_at(&self, upto: Seq) -> Vec<Arc<Event>> {
        let inner = self.lock();
        let end = usize::try_from(upto)
            .unwrap_or(usize::MAX)
            .min(inner.events.len());
        let mut owned = vec![false; end + 1];
        for index in inner.lanes.values() {
            for (event, joined) in &index.events {
                if *joined <= upto {
                    owned[event.seq as usize] = true;
                }
            }
        }
        inner.events[..end]
            .iter()
            .filter(|event| !owned[event.seq as usize])
            .cloned()
            .collect()
    }

    /// Returns the events that belong to no case, in order.
    pub fn unattributed(&self) -> Vec<Arc<Event>> {
        self.unattributed_at(self.last())
    }

    /// Returns the requests after `after` and up to `upto` that belonged to other cases by then, each
    /// with its case, in order.
    pub fn elsewhere(&self, lane: &Lane, after: Seq, upto: Seq) -> Vec<(Lane, Arc<Event>)> {
        let inner = self.lock();
        let others = inner.lanes.iter().filter(|(other, _)| *other != lane);
        let mut requests: Vec<_> = others
            .flat_map(|(other, index)| {
                let events = index.events.iter().filter(|(event, joined)| {
                    event.seq > after
                        && *joined <= upto
                        && matches!(event.fact, Fact::Request { .. })
                });
                events.map(|(event, _)| (other.clone(), event.clone()))
            })
            .collect();
        drop(inner);
        requests.sort_by_key(|(_, event)| event.seq);
        requests
    }

    /// Returns all events, in order.
    pub fn events(&self) -> Vec<Arc<Event>> {
        self.lock().events.clone()
    }

    /// Drops the events of a case that has ended; the other events keep their positions.
    pub fn forget(&self, lane: &Lane) {
        let mut inner = self.lock();
        let Some(index) = inner.lanes.remove(lane) else {
            return;
        };
        for (event, _) in index.events {
            let forgotten = Event {
                seq: event.seq,
                at: event.at,
                lane: Some(lane.clone()),
                fact: Fact::Ended,
            };
            inner.events[event.seq as usize - 1] = Arc::new(forgotten);
        }
    }

    /// Drops all events up to a position, for callers that only look at new ones; the other events keep their positions.
    pub fn drop_until(&self, upto: Seq) {
        let mut inner = self.lock();
        let from = inner.dropped as usize;
        let upto = (upto as usize).min(inner.events.len());
        if upto <= from {
            return;
        }
        for event in &mut inner.events[from..upto] {
            *event = Arc::new(Event {
                seq: event.seq,
                at: event.at,
                lane: None,
                fact: Fact::Ended,
            });
        }
        inner.dropped = upto as Seq;
        for index in inner.lanes.values_mut() {
            index.events.retain(|(event, _)| event.seq > upto as Seq);
        }
    }

    /// Returns the case to which the names in a request lead, as far as is known now.
    pub fn owner(&self, request: &Message) -> Option<Lane> {
        self.lock().correlator.owner(request)
    }

    /// Returns a receiver that changes with each event that joins the lane of a case.
    pub fn watch(&self, lane: &Lane) -> watch::Receiver<Seq> {
        let mut inner = self.lock();
        inner
            .lanes
            .entry(lane.clone())
            .or_default()
            .changed
            .subscribe()
    }

    /// Returns a receiver of the last position, which changes with each event.
    pub fn watch_all(&self) -> watch::Receiver<Seq> {
        self.lock().grown.subscribe()
    }

    /// Returns the events after `after`, in order.
    pub fn events_after(&self, after: Seq) -> Vec<Arc<Event>> {
        let inner = self.lock();
        let start = usize::try_from(after)
            .unwrap_or(usize::MAX)
            .min(inner.events.len());
        inner.events[start..].to_vec()
    }

    /// Returns the header of the run, if the journal begins with one.
    pub fn header(&self) -> Option<Header> {
        match &self.lock().events.first()?.fact {
            Fact::Run { header } => Some((**header).clone()),
            _ => None,
        }
    }

    /// Hands the line of an event to the operating system, with all before it, if the journal has a file.
    ///
    /// A message is responded to after that, so that nobody knows of a message that the journal loses.
    ///
    /// # Errors
    /// [`NotWritten`] when the line could not be written.
    pub fn write_until(&self, seq: Seq) -> Result<(), NotWritten> {
        // Others append meanwhile, so that the next who writes has a batch.
        let hurry = self.lock().writer.as_ref().map(Writer::hurry);
        hurry.map_or(Ok(()), |hurry| hurry.write_until(seq))
    }

    /// Has the file of the journal brought to the disk, if it has one; does not wait for it.
    pub fn bring_to_disk(&self) {
        if let Some(writer) = &self.lock().writer {
            writer.bring_to_disk();
        }
    }

    /// Closes the file of the journal, if it has one, once it is on the disk.
    ///
    /// # Errors
    /// [`JournalError`] when a line could not be written.
    pub fn close(&self) -> Result<(), JournalError> {
        let Some(writer) = self.lock().writer.take() else {
            return Ok(());
        };
        let end = writer.close()?;
        self.lock().end = Some(end);
        Ok(())
    }

    /// Returns the end of the journal's file, once it is closed; `None` for a journal that is kept in memory alone.
    pub fn end_of_file(&self) -> Option<JournalEnd> {
        self.lock().end.clone()
    }
}

impl Inner {
    fn take(&mut self, event: Arc<Event>) {
        let joined = self.correlator.take(&event);
        let now = event.seq;
        match &event.fact {
            Fact::Shortage { .. } => self.shortages.push(now),
            Fact::Late { .. } => self.late.push(now),
            Fact::CutShort { why, .. } => self.cut_short = Some(why.clone()),
            Fact::Request {
                from: Participant::Provider,
                to,
                author: Author::Live | Author::Emulated,
                ..
            } if matches!(to.participant, Participant::Service | Participant::Sageid) => {
                self.provider_called.entry(to.participant).or_insert(now);
            }
            _ => {}
        }
        self.events.push(event);
        self.grown.send_replace(now);
        for (lane, seq) in joined {
            let event = self.events[seq as usize - 1].clone();
            let index = self.lanes.entry(lane).or_default();
            index.events.push((event, now));
            index.changed.send_replace(now);
        }
    }

    /// Returns the reason noted at the first of some positions after `after` and up to `upto`.
    fn reason(&self, noted: &[Seq], after: Seq, upto: Seq) -> Option<String> {
        let mut noted = noted.iter();
        let seq = noted.find(|seq| **seq > after && **seq <= upto)?;
        let index = usize::try_from(*seq).ok()?.checked_sub(1)?;
        match &self.events.get(index)?.fact {
            Fact::Shortage { why } | Fact::Late { why } => Some(why.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
