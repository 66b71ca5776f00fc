//! Signals that end a run: what it still does, what it never leaves behind, and how long that takes at most.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::cli::{check_code, feedproof, folder, junit_counts, only_run, out};
use crate::cut_short::{QUICK, WAITS, plan};
use crate::running::Running;

/// A case that waits for the provider's response, and whose teardown waits for another.
const PLAN: &str = r#"plan: hanging
title: A provider that never responds
cases:
  - id: hanging/waits
    title: The notification is accepted
    expected: The provider responds with 2xx.
    requirement: ONB-05
    steps:
      - send: GET /organisations/${org}/companies/${company}/indirectlinkaccount
        as: product
        query: { bankid: "${bank.id}", web: true }
        label: started
        expect: { status: 302 }
      - receive: POST
        at: provider.notification
        since: started
        within: 1h
        where: { body: { type: resourceCreated, resource: { type: authorisation } } }
        response: { status: 2xx }
    teardown:
      - send: POST
        to: provider.notification
        as: service
        body: { type: resourceDeleted }
        expect: { status: 2xx }
      - send: POST
        to: provider.notification
        as: service
        body: { type: resourceDeleted }
        expect: { status: 2xx }
"#;

/// A provider that ends at SIGKILL only, and so does its child process.
const PROVIDER: &str = r#"trap '' TERM
touch up
sh -c 'echo process $$; while :; do sleep 1; done' &
echo process $$
echo key throw-away-example-api-key
wait
"#;

/// A provider that ends by itself on demand.
const ENDING: &str = r#"touch up
while ! [ -e stop ]; do sleep 0.05; done
echo out of memory
exit 7
"#;

/// Responds to GET once the provider is up, and keeps every other sender waiting; the receiver tells of each of those.
fn hanging_provider(up: PathBuf) -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let sender = sender.clone();
            let up = up.is_file();
            std::thread::spawn(move || {
                let mut begin = [0; 4];
                if stream.read_exact(&mut begin).is_err() {
                    return;
                }
                if &begin == b"POST" {
                    let _ = sender.send(());
                    // Until the caller leaves.
                    let _ = std::io::copy(&mut stream, &mut std::io::sink());
                    return;
                }
                let head = BufReader::new(stream.try_clone().expect("a handle")).lines();
                let _ = head
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .count();
                // As a gateway does that has nobody behind it.
                let status = if up {
                    "204 No Content"
                } else {
                    "503 Unavailable"
                };
                let response = format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(response.as_bytes());
            });
        }
    });
    (address, receiver)
}

/// Starts a run with the hanging provider and its script, and returns once the provider keeps a notification waiting.
fn started(folder: &Path, script: &str) -> (Running, BufReader<ChildStderr>) {
    let (address, hangs) = hanging_provider(folder.join("up"));
    let environment = include_str!("../../fixtures/environments/example-connector.yaml")
        .replace("127.0.0.1:9000", "127.0.0.1:0")
        .replace("127.0.0.1:8080", &address)
        .replace(
            "\nprovider:\n",
            "\nprovider:\n  start: { command: [sh, provider.sh] }\n",
        );
    for (name, text) in [
        ("environment.yaml", environment.as_str()),
        ("hanging.yaml", PLAN),
        ("provider.sh", script),
    ] {
        std::fs::write(folder.join(name), text).expect("it is written");
    }
    let mut child = feedproof(folder)
        .args(["run", "hanging.yaml", "--environment", "environment.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let talk = BufReader::new(child.stderr.take().expect("piped"));
    let mut running = Running(child);
    if hangs.recv_timeout(Duration::from_secs(60)).is_err() {
        let _ = running.0.kill();
        let mut said = String::new();
        let _ = { talk }.read_to_string(&mut said);
        panic!("no notification was sent: {said}");
    }
    (running, talk)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
}

/// Waits until both processes of the provider have ended.
fn provider_ended(log: &str) {
    let processes: Vec<_> = log
        .lines()
        .filter_map(|line| line.strip_prefix("process "))
        .collect();
    assert_eq!(processes.len(), 2, "{log}");
    let since = Instant::now();
    for process in processes {
        // It ends a moment after the signal; a zombie (state Z) has ended, too.
        while std::fs::read_to_string(format!("/proc/{process}/stat"))
            .is_ok_and(|state| !state.contains(") Z "))
        {
            assert!(since.elapsed() < Duration::from_secs(20), "{process} runs");
            std::thread::yield_now();
        }
    }
}

/// Tells whether these tests, and with them what they start, were started with SIGHUP ignored, as `nohup` does.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 != 0)
}

#[test]
fn an_interrupt_ends_waits_clears_up_and_still_writes_reports() {
    for signal in ["INT", "TERM", "HUP"] {
        if signal == "HUP" && is_hangup_ignored() {
            eprintln!("SIGHUP is left out: these tests were started with it ignored, as by nohup");
            continue;
        }
        interrupted_by(signal);
    }
}

fn interrupted_by(signal: &str) {
    let folder = folder();
    std::fs::write(
        folder.path().join("slow.yaml"),
        plan("slow", &[WAITS, QUICK]),
    )
    .expect("the file is written");
    let mut child = feedproof(folder.path())
        .args(["run", "slow.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut talk = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("slow/quick") {
        line.clear();
        assert!(
            talk.read_line(&mut line).expect("stderr is text") > 0,
            "it ended too soon"
        );
    }
    send(signal, &child);
    let mut rest = String::new();
    talk.read_to_string(&mut rest).expect("stderr is text");
    let output = child.wait_with_output().expect("it ends");
    check_code(&output, 3);
    assert!(
        rest.contains(&format!("interrupted by SIG{signal}: ")),
        "{rest}"
    );
    let text = out(&output);
    assert!(text.contains("interrupted"), "{text}");
    let counts = junit_counts(&only_run(&folder.path().join("reports")).join("junit.xml"));
    assert_eq!(counts, [2, 0, 1, 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminated_run_ends_soon_with_reports_and_without_its_provider() {
    let folder = folder();
    let (mut running, mut talk) = started(folder.path(), PROVIDER);
    let since = Instant::now();
    send("TERM", &running.0);
    let mut said = String::new();
    talk.read_to_string(&mut said).expect("text");
    let code = running.0.wait().expect("it ends").code();
    // 3 s for teardown, 2 s for the provider, and the reports.
    assert!(
        since.elapsed() < Duration::from_secs(9),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("interrupted by SIGTERM: waits end"), "{said}");
    let run = only_run(&folder.path().join("reports"));
    let record = std::fs::read_to_string(run.join("record.json")).expect("it is written");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    assert_eq!(record["cases"][0]["verdict"], "inconclusive");
    let log = std::fs::read_to_string(run.join("provider.log")).expect("it is kept");
    assert!(log.contains("key ⟦secret:api-key#"), "{log}");
    provider_ended(&log);
    for name in ["junit.xml", "report.html", "journal.jsonl"] {
        assert!(run.join(name).is_file(), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_provider_that_ends_ends_the_run_and_is_the_reason() {
    let folder = folder();
    let (mut running, mut talk) = started(folder.path(), ENDING);
    std::fs::write(folder.path().join("stop"), "").expect("it is written");
    let mut said = String::new();
    talk.read_to_string(&mut said).expect("text");
    assert_eq!(running.0.wait().expect("it ends").code(), Some(3), "{said}");
    let why = "the provider that feedproof started ended, with exit status: 7";
    assert!(said.contains(&format!("{why}: waits end")), "{said}");
    let run = only_run(&folder.path().join("reports"));
    let record = std::fs::read_to_string(run.join("record.json")).expect("it is written");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    assert_eq!(record["cases"][0]["verdict"], "inconclusive");
    assert!(
        record["cases"][0]["reason"].to_string().contains(why),
        "{}",
        record["cases"][0]
    );
    let page = std::fs::read_to_string(run.join("summary.md")).expect("it is written");
    for words in ["exit status: 7", "out of memory"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_signal_ends_the_run_and_its_provider_at_once() {
    let folder = folder();
    let (mut running, mut talk) = started(folder.path(), PROVIDER);
    let signal = if is_hangup_ignored() { "INT" } else { "HUP" };
    send(signal, &running.0);
    let mut said = String::new();
    while !said.contains(&format!("interrupted by SIG{signal}")) {
        assert_ne!(talk.read_line(&mut said).expect("text"), 0, "{said}");
    }
    send("TERM", &running.0);
    assert_eq!(running.0.wait().expect("it ends").code(), Some(130));
    let log =
        std::fs::read_to_string(only_run(&folder.path().join("reports")).join("provider.log"));
    provider_ended(&log.expect("it is kept"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_to_survive_its_terminal_does() {
    let folder = folder();
    let mut child = Command::new("nohup")
        .arg(env!("CARGO_BIN_EXE_feedproof"))
        .args(["serve", "--color", "never", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("nohup runs");
    let mut input = child.stdin.take().expect("piped");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut running = Running(child);
    let mut said = String::new();
    let mut until = |words: &str| {
        while !said.contains(words) {
            assert_ne!(output.read_line(&mut said).expect("text"), 0, "{said}");
        }
    };
    until("token endpoint");
    send("HUP", &running.0);
    writeln!(input, "accounts").expect("it reads");
    until("no account was linked");
    send("TERM", &running.0);
    assert!(running.0.wait().expect("it ends").success());
}
