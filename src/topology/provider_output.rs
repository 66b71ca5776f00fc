//! The output of a provider that feedproof started: its log and its last lines, masked and bounded.
//!
//! Several lines are masked together, because a secret may have line ends in it, and base64 comes in lines. Lines
//! wait a moment for others. The process itself is left to `provider_process`.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::plain::{Styles, harmless};
use crate::vault::Vault;

/// How long lines wait for others that may be written with them.
const PAUSE: Duration = Duration::from_millis(50);

/// How long they wait at most, while others are written.
const WAIT_MAX: Duration = Duration::from_millis(200);

/// How much of the output waits, in bytes.
const WAITING_MAX: usize = 64 << 10;

/// How much of it still waits for what is written behind it, in bytes, when the rest is logged.
const BEHIND: usize = 8 << 10;

/// At how many line ends a place is sought that lies in no secret.
const CUTS_MAX: usize = 32;

/// The longest line of output in the log, in bytes. A longer line is left out whole: a cut through a secret would keep
/// the mask from finding it.
const LINE_MAX: u64 = 64 << 10;

/// The most bytes of output in the log.
const LOG_MAX: usize = 16 << 20;

/// The number of last lines of output in an error.
const LAST_LINES: usize = 10;

/// The output of a provider: its log and its last lines.
#[derive(Clone, Debug)]
pub(super) struct Output {
    log: Arc<Mutex<Log>>,
    vault: Arc<Vault>,
}

#[derive(Debug)]
struct Log {
    file: Option<std::fs::File>,
    room: usize,
    last: VecDeque<String>,
}

impl Output {
    /// Creates the log.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn new(log: Option<&Path>, vault: &Arc<Vault>) -> io::Result<Self> {
        let log = Log {
            file: log.map(std::fs::File::create).transpose()?,
            room: LOG_MAX,
            last: VecDeque::new(),
        };
        Ok(Self {
            log: Arc::new(Mutex::new(log)),
            vault: vault.clone(),
        })
    }

    /// Logs the lines of a stream in a task of their own, until the stream ends.
    pub fn follow(&self, stream: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()> {
        tokio::spawn(self.clone().read(stream))
    }

    async fn read(self, stream: impl AsyncRead + Unpin) {
        let vault = self.vault.clone();
        let mut stream = BufReader::new(stream);
        let mut lines = Lines::new();
        let mut line = Vec::new();
        let mut long = false;
        loop {
            let mut limited = (&mut stream).take(LINE_MAX - line.len() as u64);
            let next = limited.read_until(b'\n', &mut line);
            // What is read in part stays in `line`.
            let Ok(read) = tokio::time::timeout(PAUSE, next).await else {
                self.put_all(&lines.take(&vault));
                continue;
            };
            if matches!(read, Ok(0) | Err(_)) && line.is_empty() {
                break;
            }
            let whole = line.ends_with(b"\n") || (line.len() as u64) < LINE_MAX;
            if long || !whole {
                self.put_all(&lines.take(&vault));
                if whole {
                    self.put("(a line of more than 64 KiB)");
                }
                long = !whole;
            } else {
                lines.add(&line);
                if lines.text.len() > WAITING_MAX {
                    self.put_all(&lines.take_front(&vault, BEHIND));
                } else if lines.since.elapsed() > WAIT_MAX {
                    // All but the last line.
                    self.put_all(&lines.take_front(&vault, 1));
                }
            }
            line.clear();
        }
        self.put_all(&lines.take(&vault));
    }

    fn put_all(&self, masked: &str) {
        for line in masked.lines() {
            self.put(line.trim_end());
        }
    }

    fn put(&self, line: &str) {
        // Logs are shown at terminals and in the logs of CI jobs.
        let line = &*harmless(line, Styles::Shown);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.last.len() == LAST_LINES {
            log.last.pop_front();
        }
        log.last.push_back(line.chars().take(400).collect());
        let enough = line.len() + 1 > log.room;
        log.room = log.room.saturating_sub(line.len() + 1);
        let line = if enough {
            "(further output is not logged)"
        } else {
            line
        };
        if let Some(file) = &mut log.file {
            // A full disk must not end the run.
            let _ = writeln!(file, "{line}");
        }
        if enough {
            log.file = None;
            log.room = 0;
        }
    }

    /// Returns the last lines, to be appended to a sentence.
    pub fn last_lines(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.last.is_empty() {
            return String::new();
        }
        // Lines that were masked apart may hold the two ends of a secret.
        let lines: Vec<_> = log.last.iter().map(String::as_str).collect();
        let lines = self.vault.hide(&lines.join("\n")).replace('\n', "\n  | ");
        format!("; its last output:\n  | {lines}")
    }
}

/// Lines that wait to be masked together.
#[derive(Debug)]
struct Lines {
    text: String,
    /// When the first of them came.
    since: Instant,
}

impl Lines {
    fn new() -> Self {
        Self {
            text: String::new(),
            since: Instant::now(),
        }
    }

    fn add(&mut self, line: &[u8]) {
        if self.text.is_empty() {
            self.since = Instant::now();
        }
        self.text.push_str(&String::from_utf8_lossy(line));
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Returns all lines, masked.
    fn take(&mut self, vault: &Vault) -> String {
        let masked = vault.mask(&self.text).into_owned();
        self.text.clear();
        masked
    }

    /// Returns the lines in front, masked, up to a line end that is in no secret; all if there is no such line end.
    /// So many bytes at the end stay.
    fn take_front(&mut self, vault: &Vault, stay: usize) -> String {
        let masked = vault.mask(&self.text);
        let leave = self.text.len().saturating_sub(stay);
        let cuts = self.text.as_bytes()[..leave].iter().enumerate().rev();
        let cut = cuts
            .filter(|(_, byte)| **byte == b'\n')
            .take(CUTS_MAX)
            .find_map(|(at, _)| {
                let (front, behind) = self.text.split_at(at + 1);
                let front = vault.mask(front);
                (*masked == format!("{front}{}", vault.mask(behind)))
                    .then(|| (front.into_owned(), behind.to_owned()))
            });
        let (front, behind) = cut.unwrap_or_else(|| (masked.into_owned(), String::new()));
        self.text = behind;
        self.since = Instant::now();
        front
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const SECRET: &str = "-----BEGIN KEY-----\nq8Zk+19/xTPw\n-----END KEY-----";

    fn vault() -> Arc<Vault> {
        let vault = Vault::new();
        vault.register("client-secret", &Secret::new(SECRET));
        Arc::new(vault)
    }

    /// Logs what is written in these pieces.
    async fn logged(pieces: &[&str], vault: &Arc<Vault>) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("provider.log");
        let output = Output::new(Some(&log), vault).expect("created");
        let (mut writer, reader) = tokio::io::duplex(1 << 10);
        let task = output.follow(reader);
        for piece in pieces {
            let written = tokio::io::AsyncWriteExt::write_all(&mut writer, piece.as_bytes()).await;
            written.expect("it is read");
        }
        drop(writer);
        task.await.expect("it ends");
        std::fs::read_to_string(log).expect("it is there")
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_with_line_ends_stayed_in_the_log() {
        let vault = vault();
        let text = format!("starting\nkey: {SECRET}\nready\n");
        let log = logged(&[&text], &vault).await;
        let handle = vault.mask(SECRET).into_owned();
        assert_eq!(log, format!("starting\nkey: {handle}\nready\n"));
        assert_eq!(logged(&["half a line"], &vault).await, "half a line\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_on_the_border_of_what_is_masked_together_is_masked() {
        let vault = vault();
        let handle = vault.mask(SECRET).into_owned();
        let border = WAITING_MAX - BEHIND;
        for before in (border - 80..border + 20).step_by(7) {
            let line = format!("{}\n", ".".repeat(99));
            let mut text = line.repeat(before / 100);
            text.push_str(&format!("{}{SECRET}\n", "-".repeat(before % 100)));
            text.push_str(&line.repeat(2 * BEHIND / 100));
            let log = logged(&[&text], &vault).await;
            assert_eq!(log, text.replace(SECRET, &handle), "{before}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn lines_of_a_provider_that_writes_all_the_time_were_held_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("provider.log");
        let output = Output::new(Some(&log), &vault()).expect("created");
        let (mut writer, reader) = tokio::io::duplex(1 << 10);
        let _task = output.follow(reader);
        for number in 0..30 {
            let line = format!("line {number}\n");
            let written = tokio::io::AsyncWriteExt::write_all(&mut writer, line.as_bytes()).await;
            written.expect("it is read");
            tokio::time::sleep(PAUSE / 2).await;
        }
        let log = std::fs::read_to_string(log).expect("it is there");
        assert!(log.starts_with("line 0\nline 1\n"), "{log}");
        assert!(log.contains("line 19\n"), "{log}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_is_too_long_is_left_out_whole() {
        let text = format!("before\n{}\nafter\n", "x".repeat(200_000));
        let log = logged(&[&text], &vault()).await;
        assert_eq!(log, "before\n(a line of more than 64 KiB)\nafter\n");
    }
}
