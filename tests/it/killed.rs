//! A run that is killed under load: what it responded to is in its journal.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use feedproof::journal::{Fact, read};

use crate::cut_short::{WAITS, plan};
use crate::running::Running;

/// Number of connections that send at the same time.
const CONNECTIONS: usize = 8;

/// The longest time until the run listens.
const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_killed_run_has_every_message_in_its_journal_that_it_responded_to() {
    // Each is killed at another moment of a batch.
    for messages in [1, 50, 211] {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("waits.yaml"), plan("waits", &[WAITS]))
            .expect("the plan is written");
        let run = Running(
            Command::new(env!("CARGO_BIN_EXE_feedproof"))
                .args(["run", "waits.yaml"])
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the binary runs"),
        );
        let (journal, origin) = listening(folder.path());
        let (told, responded) = mpsc::channel();
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let (told, origin) = (told.clone(), origin.clone());
                std::thread::spawn(move || send(&origin, connection, &told))
            })
            .collect();
        drop(told);
        let mut marks: HashSet<String> = responded.iter().take(messages).collect();
        drop(run);
        // Messages that got a response meanwhile count as well.
        marks.extend(responded.iter());
        for sender in senders {
            sender.join().expect("no sender panics");
        }
        assert!(marks.len() >= messages, "the run ended too soon");
        let kept = answered(&journal);
        let lost: Vec<_> = marks.difference(&kept).collect();
        assert!(
            lost.is_empty(),
            "{} of {}: {lost:?}",
            lost.len(),
            marks.len()
        );
    }
}

/// Waits until a run listens, and returns its journal and its host and port.
fn listening(folder: &Path) -> (std::path::PathBuf, String) {
    let begun = Instant::now();
    loop {
        let runs = std::fs::read_dir(folder.join("reports"))
            .into_iter()
            .flatten();
        for run in runs.filter_map(Result::ok) {
            let journal = run.path().join("journal.jsonl");
            let text = std::fs::read_to_string(&journal).unwrap_or_default();
            // The address of the page to which a browser returns is among the first values of a case.
            if let Some((_, rest)) = text.split_once(r#""return":"http://"#)
                && let Some((origin, _)) = rest.split_once('/')
            {
                return (journal, origin.to_owned());
            }
        }
        assert!(begun.elapsed() < SOON, "the run does not listen");
        std::thread::yield_now();
    }
}

/// Sends one message after another and tells the mark of each that was responded to, until the run is gone.
fn send(origin: &str, connection: usize, told: &mpsc::Sender<String>) {
    let Ok(mut stream) = TcpStream::connect(origin) else {
        return;
    };
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    for number in 0.. {
        let mark = format!("{connection}-{number}");
        let request = format!(
            "POST /s1-service/v1/statements?mark={mark} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        if stream.write_all(request.as_bytes()).is_err() || !take_response(&mut reader) {
            return;
        }
        // The test has what it wants once nobody listens.
        let _ = told.send(mark);
    }
}

/// Takes a whole response; `false` if the connection ends before.
fn take_response(reader: &mut BufReader<TcpStream>) -> bool {
    let mut length = 0;
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(1..) => {}
            _ => return false,
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
        if line == "\r\n" {
            return reader.read_exact(&mut vec![0; length]).is_ok();
        }
    }
}

/// Returns the marks of the messages whose request and response are in a journal.
fn answered(journal: &Path) -> HashSet<String> {
    let events = read(journal)
        .expect("the journal of a killed run can be read")
        .events;
    let mut marks = HashMap::new();
    let mut answered = HashSet::new();
    for event in &events {
        match &event.fact {
            Fact::Request {
                exchange, message, ..
            } => {
                if let Some(mark) = message.query("mark") {
                    marks.insert(*exchange, mark.to_owned());
                }
            }
            Fact::Answer { exchange, .. } => {
                answered.extend(marks.remove(exchange));
            }
            _ => {}
        }
    }
    answered
}
