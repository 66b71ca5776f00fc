//! Keeps the journal on disk: one JSON line an event, whole lines in batches.
//!
//! Before a message is responded to, the operating system has its line, so that a killed process loses no message that
//! it responded to. Of several who want that at once, one writes the lines of all. Events that nobody wants written are
//! written by a thread within [`BATCH`]. Only the last line can be incomplete. The file is brought to the disk at the
//! end of a run, and where a caller asks for it. The thread measures real time, also in a simulation.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::journal::chain::Chain;
use crate::journal::damage::DamagedLine;
use crate::journal::fact::{Event, Seq};

/// The longest time until the line of an event that nobody wants written is handed to the operating system.
pub const BATCH: Duration = Duration::from_millis(25);

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

/// The end of a journal file. A record names it, so that a journal without its last lines, or with others, is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEnd {
    /// The number of its lines.
    pub lines: Seq,
    /// The value of the chain of checksums after the last one: SHA-256 of every line with the value before it, in hex.
    pub chain: String,
}

/// Writes events to a file.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    queue: mpsc::Sender<Arc<Event>>,
    lines: Arc<Mutex<Lines>>,
    /// Whether all that was queued must be brought to the disk.
    on_disk: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
}

/// The line of an event could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal of the run cannot be written; the disk may be full")]
pub struct NotWritten;

/// Hands the lines of queued events to the operating system, for those who cannot wait for the next batch.
#[derive(Clone, Debug)]
pub struct Hurry(Arc<Mutex<Lines>>);

impl Hurry {
    /// Hands over the line of an event, which was queued, and all before it.
    ///
    /// # Errors
    /// [`NotWritten`] when they could not be written.
    pub fn write_until(&self, seq: Seq) -> Result<(), NotWritten> {
        let mut lines = lock(&self.0);
        if lines.written < seq {
            lines.write_queued();
        }
        if lines.written < seq {
            return Err(NotWritten);
        }
        Ok(())
    }
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
        let disk = file.try_clone().map_err(broken)?;
        let (queue, queued) = mpsc::channel();
        let lines = Arc::new(Mutex::new(Lines {
            queued,
            out: BufWriter::with_capacity(1 << 16, file),
            chain: Chain::default(),
            written: 0,
            open: true,
            failed: None,
        }));
        let on_disk = Arc::new(AtomicBool::new(false));
        let (of_thread, asked) = (lines.clone(), on_disk.clone());
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_batches(&of_thread, &asked, &disk))
            .map_err(broken)?;
        Ok(Self {
            path: path.to_owned(),
            queue,
            lines,
            on_disk,
            thread,
        })
    }

    /// Queues an event; [`Writer::close`] returns the error if it cannot be written.
    pub fn put(&self, event: Arc<Event>) {
        // The receiver lives as long as the writer.
        let _ = self.queue.send(event);
    }

    /// Returns what hands over lines before the next batch.
    pub fn hurry(&self) -> Hurry {
        Hurry(self.lines.clone())
    }

    /// Has all queued lines written, and the file brought to the disk; does not wait for it.
    pub fn bring_to_disk(&self) {
        self.on_disk.store(true, Ordering::Release);
        self.thread.thread().unpark();
    }

    /// Writes the queued events, brings them to the disk, and returns the end of the file.
    ///
    /// # Errors
    /// [`JournalError::File`] when a line could not be written.
    pub fn close(self) -> Result<JournalEnd, JournalError> {
        drop(self.queue);
        self.thread.thread().unpark();
        let result = self
            .thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the journal's thread panicked")));
        result.map_err(|cause| JournalError::File {
            path: self.path,
            cause,
        })?;
        let lines = lock(&self.lines);
        Ok(JournalEnd {
            lines: lines.written,
            chain: lines.chain.value(),
        })
    }
}

/// The file of a journal and the events that are not in it yet.
#[derive(Debug)]
struct Lines {
    queued: mpsc::Receiver<Arc<Event>>,
    out: BufWriter<File>,
    chain: Chain,
    /// The last event whose line the operating system has.
    written: Seq,
    /// Whether more events can come.
    open: bool,
    /// Why nothing is written any more; the first cause.
    failed: Option<io::Error>,
}

impl Lines {
    /// Writes the queued events; after a failure it drops them.
    fn write_queued(&mut self) {
        let mut last = self.written;
        let mut write = || -> io::Result<()> {
            loop {
                match self.queued.try_recv() {
                    Ok(event) if self.failed.is_none() => {
                        line(&mut self.out, &mut self.chain, &event)?;
                        last = event.seq;
                    }
                    Ok(_) => {}
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.open = false;
                        break;
                    }
                }
            }
            self.out.flush()
        };
        match write() {
            Ok(()) => self.written = last,
            Err(cause) => {
                self.failed.get_or_insert(cause);
            }
        }
    }
}

fn lock(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    // A panic here leaves whole lines, or one that is cut off like that of a killed process.
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes what is queued, batch by batch, until no more can come.
fn write_batches(lines: &Mutex<Lines>, on_disk: &AtomicBool, disk: &File) -> io::Result<()> {
    loop {
        // Asked before the queue is looked at: what must be on the disk was queued before.
        let sync = on_disk.swap(false, Ordering::AcqRel);
        let mut guard = lock(lines);
        guard.write_queued();
        let open = guard.open;
        let failed = if open { None } else { guard.failed.take() };
        // Nobody who responds to a message waits for the disk.
        drop(guard);
        if let Some(cause) = failed {
            return Err(cause);
        }
        if sync {
            disk.sync_data()?;
        }
        if !open {
            return disk.sync_all();
        }
        // Queueing an event must not pay for waking this thread, so the thread looks at the queue by itself.
        std::thread::park_timeout(BATCH);
    }
}

fn line(out: &mut impl Write, chain: &mut Chain, event: &Event) -> io::Result<()> {
    let mut text = serde_json::to_vec(event)?;
    chain.seal(&mut text);
    text.push(b'\n');
    out.write_all(&text)
}
