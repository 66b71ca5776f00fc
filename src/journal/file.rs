//! Keeps the journal on disk: one JSON line an event, whole lines in batches.
//!
//! A thread of its own writes, so that no message waits for a disk. A killed process loses at most the events of the
//! last [`BATCH`], and only its last line can be incomplete. The thread measures real time, also in a simulation.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::journal::chain::Chain;
use crate::journal::damage::DamagedLine;
use crate::journal::fact::Event;

/// The longest time until the line of an event is handed to the operating system.
pub const BATCH: Duration = Duration::from_millis(50);

/// How long the thread collects events before it writes them.
const GATHER: Duration = Duration::from_millis(5);

/// Why a journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be written or read.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// A line is not as a run wrote it.
    #[error(transparent)]
    Damaged(Box<DamagedLine>),
    /// The file has another format, or does not begin with the header of a run.
    #[error("{}: {why}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// Writes events to a file in a thread of its own.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    queue: mpsc::Sender<Arc<Event>>,
    thread: JoinHandle<io::Result<()>>,
}

impl Writer {
    /// Creates the file and starts the thread that writes it.
    ///
    /// # Errors
    /// [`JournalError::File`] when the file cannot be created.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let broken = |cause| JournalError::File {
            path: path.to_owned(),
            cause,
        };
        let file = File::create(path).map_err(broken)?;
        let (queue, events) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write(file, &events))
            .map_err(broken)?;
        Ok(Self {
            path: path.to_owned(),
            queue,
            thread,
        })
    }

    /// Queues an event; [`Writer::close`] returns the error if it cannot be written.
    pub fn put(&self, event: Arc<Event>) {
        // A send fails only when the thread has ended, and its error is kept for `close`.
        let _ = self.queue.send(event);
    }

    /// Writes the queued events and returns the first error of the thread.
    ///
    /// # Errors
    /// [`JournalError::File`] when a line could not be written.
    pub fn close(self) -> Result<(), JournalError> {
        drop(self.queue);
        self.thread.thread().unpark();
        let result = self
            .thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the journal's thread panicked")));
        result.map_err(|cause| JournalError::File {
            path: self.path,
            cause,
        })
    }
}

fn write(file: File, events: &mpsc::Receiver<Arc<Event>>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let mut chain = Chain::default();
    while let Ok(first) = events.recv() {
        let since = Instant::now();
        line(&mut out, &mut chain, &first)?;
        // Queueing an event must not pay for waking this thread, so the thread looks at the queue by itself.
        while since.elapsed() < BATCH {
            std::thread::park_timeout(GATHER);
            loop {
                match events.try_recv() {
                    Ok(event) => line(&mut out, &mut chain, &event)?,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return out.flush(),
                }
            }
        }
        out.flush()?;
    }
    out.flush()
}

fn line(out: &mut impl Write, chain: &mut Chain, event: &Event) -> io::Result<()> {
    let mut text = serde_json::to_vec(event)?;
    chain.seal(&mut text);
    text.push(b'\n');
    out.write_all(&text)
}
