//! Nothing from outside commands the reader of a stream: neither the runner of a CI job nor a terminal.
//!
//! Every text that comes from outside is hostile here: bodies and headers of a connector, the output of a started
//! provider, plans, environments, names of folders, records and journals that somebody hands over.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use regex::Regex;

/// Lines that runners obey, and what moves the cursor or reorders text.
const HOSTILE: &str = "a\n::add-mask::b\n  ::stop-commands::c\n##[error]d\ne ##vso[task.complete result=Succeeded]f\nsection_start:1:g\r\u{1b}[0Kh\n\u{1b}[2Ji\u{1b}]0;j\u{7}k\u{9b}31ml\u{202e}m\u{2028}::error::n\r::error::o";

/// The same on one line, for names.
fn hostile_line() -> String {
    HOSTILE.replace(['\n', '\r', '\u{2028}'], " ")
}

/// Lists what a stream contains that is obeyed; feedproof's own colours are not.
fn obeyed(text: &str) -> Vec<String> {
    let compile = |pattern: &str| Regex::new(pattern).expect("it compiles");
    let style = compile("\u{1b}\\[[0-9;]*m");
    let command = compile(r"^(?:\s|\u{feff})*(?:::.*::|section_(?:start|end):)");
    let bracket = compile(r"##[A-Za-z]*\[");
    let raw = |one: char| {
        (one.is_control() && one != '\t')
            || matches!(one, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut found = Vec::new();
    for line in text.split('\n') {
        let bare = style.replace_all(line, "");
        let is_obeyed = bare.contains(raw) || command.is_match(&bare) || bracket.is_match(&bare);
        if is_obeyed {
            found.push(line.to_owned());
        }
    }
    found
}

#[track_caller]
fn check(output: &Output, code: i32) -> String {
    let streams = [&output.stdout, &output.stderr].map(|bytes| {
        let text = String::from_utf8(bytes.clone()).expect("streams are UTF-8");
        let found = obeyed(&text);
        assert!(found.is_empty(), "{found:#?} in\n{text}");
        text
    });
    let text = streams.concat();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

fn feedproof(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedproof"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("FEEDPROOF_LOG")
        .args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    feedproof(folder, arguments)
        .output()
        .expect("the binary runs")
}

/// A connector whose responses are hostile, and which answers nothing as it should.
fn hostile_connector() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || respond(stream.expect("a connection")));
        }
    });
    address
}

fn respond(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let from = head.len();
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
        let line = head[from..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let status = if head.starts_with("POST") {
        "500"
    } else {
        "404"
    };
    let header = "X-One: ::add-mask::b\r\nX-Two: ##[error]d\r\nX-Three: \u{202e}##vso[task]f";
    let _ = write!(
        stream,
        "HTTP/1.1 {status} ::error::n\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n{header}\r\n\r\n{HOSTILE}",
        HOSTILE.len()
    );
}

/// Writes a plan, an environment and a program, all of them hostile.
fn written(folder: &Path, start: bool) {
    let text = |text: &str| {
        let quoted = serde_json::to_string(text).expect("it serialises");
        // YAML refuses these unless they are escaped, and JSON does not escape them.
        quoted.replace('\u{9b}', "\\u009b")
    };
    let name = text(&hostile_line());
    // Titles with control characters are refused.
    let title = text("::add-mask::b ##[error]d ##vso[task]e section_start:1:g");
    let plan = format!(
        r#"plan: hostile
title: {title}
cases:
  - id: hostile/notification
    title: {title}
    expected: {title}
    requirement: ONB-05
    steps:
      - send: GET /organisations/${{org}}/companies/${{company}}/indirectlinkaccount
        as: product
        query: {{ bankid: "${{bank.id}}", web: true }}
        label: started
        precondition: true
        expect: {{ status: 302 }}
      - receive: POST
        at: provider.notification
        since: started
        within: notification
        where: {{ body: {{ type: resourceCreated, resource: {{ type: authorisation }} }} }}
        response: {{ status: 2xx }}
  - id: hostile/accounts
    title: The accounts are a list
    expected: {title}
    requirement: MAL-07
    steps:
      - send: GET
        to: provider.availableAccounts
        as: service
        query: {{ externalId: ext-1 }}
        expect: {{ status: 200, body: {name} }}
"#
    );
    let mut environment = include_str!("../../fixtures/environments/example-connector.yaml")
        .replace("127.0.0.1:9000", "127.0.0.1:0")
        .replace("127.0.0.1:8080", &hostile_connector())
        .replace("name: Example connector", &format!("name: {name}"));
    if start {
        environment = environment.replace(
            "\nprovider:\n",
            "\nprovider:\n  start: { command: [sh, -c, \"cat words; exit 4\"], folder: . }\n  ready: http://127.0.0.1:1/\n",
        );
    }
    for (name, text) in [
        ("hostile.yaml", plan.as_str()),
        ("environment.yaml", &environment),
        ("words", HOSTILE),
    ] {
        std::fs::write(folder.join(name), text).expect("it is written");
    }
}

#[test]
fn a_run_against_a_hostile_connector_writes_nothing_that_is_obeyed() {
    for (color, log) in [("never", "trace"), ("always", "error")] {
        let folder = tempfile::tempdir().expect("a folder");
        written(folder.path(), false);
        let reports = "reports\n::add-mask::b\u{1b}[2J\u{202e}";
        let output = feedproof(
            folder.path(),
            &["run", "hostile.yaml", "--verbose", "--color", color],
        )
        .args(["--environment", "environment.yaml", "--reports", reports])
        .env("FEEDPROOF_LOG", log)
        .output()
        .expect("the binary runs");
        let said = check(&output, 1);
        // The texts are there, so that the absence of what is obeyed means something.
        for shown in ["::add-mask::b", "vso[task.complete", "section_start:1:g"] {
            assert!(said.contains(shown), "{shown}: {said}");
        }
        assert!(said.contains("\\u{9b}31ml\\u{202e}m"), "{said}");

        // The folder is handed over, with its name.
        let run = std::fs::read_dir(folder.path().join(reports)).expect("reports are there");
        let run = run
            .map(|entry| entry.expect("listed").path())
            .next()
            .expect("a run");
        let run = run.to_str().expect("text");
        let output = self::run(
            folder.path(),
            &["report", run, "--to", "again\n##[error]x", "--color", color],
        );
        check(&output, 0);
        // A case is inconclusive and one failed, or it is no certificate; what is printed is the same.
        let output = self::run(folder.path(), &["verify", run, "--color", color]);
        assert_eq!(obeyed(&String::from_utf8_lossy(&output.stdout)), [""; 0]);
        let output = self::run(folder.path(), &["report", run, "--annotations", "github"]);
        let annotations = String::from_utf8(output.stdout).expect("text");
        assert!(annotations.lines().count() >= 3, "{annotations}");
        for line in annotations.lines() {
            let rest = line
                .strip_prefix("::error ")
                .or(line.strip_prefix("::warning "));
            let rest = rest.unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!(obeyed(rest), [""; 0], "{annotations}");
        }
    }
}

#[test]
fn the_output_of_a_started_provider_is_obeyed_by_nobody() {
    for color in ["never", "always"] {
        let folder = tempfile::tempdir().expect("a folder");
        written(folder.path(), true);
        let output = run(
            folder.path(),
            &[
                "run",
                "hostile.yaml",
                "--environment",
                "environment.yaml",
                "--color",
                color,
            ],
        );
        let said = check(&output, 3);
        assert!(
            said.contains("its last output:") && said.contains("add-mask::b"),
            "{said}"
        );
        let output = run(
            folder.path(),
            &[
                "doctor",
                "hostile.yaml",
                "--environment",
                "environment.yaml",
            ],
        );
        check(&output, 6);
    }
}

#[test]
fn plans_and_arguments_are_obeyed_by_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), false);
    let path = folder.path();
    check(&run(path, &["list", "hostile.yaml"]), 0);
    check(&run(path, &["list", "hostile.yaml", "--diagram"]), 0);
    check(
        &run(
            path,
            &["check", "hostile.yaml", "--environment", "environment.yaml"],
        ),
        0,
    );
    let broken = std::fs::read_to_string(path.join("hostile.yaml")).expect("it is there");
    let broken = broken.replace(
        "    steps:\n",
        &format!("    {}: 1\n    steps:\n", serde_json::json!(HOSTILE)),
    );
    std::fs::write(path.join("broken.yaml"), broken).expect("written");
    check(&run(path, &["check", "broken.yaml"]), 2);
    check(&run(path, &["check", HOSTILE]), 2);
    check(&run(path, &["report", HOSTILE]), 2);
    check(
        &run(path, &["report", "one", HOSTILE, "--no-such-option"]),
        2,
    );
    check(&run(path, &["explain", HOSTILE]), 2);
    check(&run(path, &["explain", "one", HOSTILE]), 2);
    check(&run(path, &["schema", HOSTILE]), 2);
    check(&run(path, &["run", "--fault", HOSTILE]), 2);
    check(&run(path, &["run", "--set", HOSTILE]), 2);
}

#[test]
fn a_record_that_is_handed_over_is_obeyed_by_nobody() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let folder = tempfile::tempdir().expect("a folder");
    let run_folder = folder.path().join("run\n::stop-commands::x\u{1b}[2J");
    std::fs::create_dir(&run_folder).expect("made");
    std::fs::copy(
        sample.join("journal.jsonl"),
        run_folder.join("journal.jsonl"),
    )
    .expect("copied");
    let text = std::fs::read_to_string(sample.join("record.json")).expect("it is there");
    let mut record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for case in record["cases"].as_array_mut().expect("cases") {
        case["title"] = HOSTILE.into();
        case["expected"] = HOSTILE.into();
        for check in case["checks"].as_array_mut().expect("checks") {
            check["what"] = HOSTILE.into();
        }
    }
    std::fs::write(run_folder.join("record.json"), record.to_string()).expect("written");
    let run_folder = run_folder.to_str().expect("text");
    check(&run(folder.path(), &["report", run_folder]), 2);
    check(&run(folder.path(), &["verify", run_folder]), 1);
    check(&run(folder.path(), &["verify", run_folder, "--json"]), 1);
    std::fs::write(Path::new(run_folder).join("record.json"), HOSTILE).expect("written");
    check(&run(folder.path(), &["report", run_folder]), 2);
    std::fs::write(Path::new(run_folder).join("journal.jsonl"), HOSTILE).expect("written");
    check(&run(folder.path(), &["report", run_folder]), 2);
    check(&run(folder.path(), &["verify", run_folder]), 2);
}

#[test]
fn requests_that_serve_shows_are_obeyed_by_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = feedproof(
        folder.path(),
        &["serve", "--color", "always", "--listen", "127.0.0.1:0"],
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("the binary runs");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("token endpoint") {
        assert_ne!(output.read_line(&mut said).expect("text"), 0, "{said}");
    }
    let address = said.split("listens at http://").nth(1).expect("an address");
    let address = address.split_whitespace().next().expect("an address");
    let address = address.trim_end_matches("\u{1b}[0m").to_owned();
    let body = serde_json::json!({ "type": HOSTILE, "resource": { "type": HOSTILE } }).to_string();
    for path in [
        "/v1/::add-mask::b",
        "/::error::x",
        "/v1/%1b%5b2J##[error]",
        "/v1/\u{202e}",
    ] {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        let _ = write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    let mut input = child.stdin.take().expect("piped");
    writeln!(input, "{}", hostile_line()).expect("it reads");
    writeln!(input, "onboard {}", hostile_line()).expect("it reads");
    writeln!(input, "quit").expect("it reads");
    output.read_to_string(&mut said).expect("text");
    let mut ended = child.wait_with_output().expect("it ends");
    ended.stdout = said.into_bytes();
    let said = check(&ended, 0);
    assert!(said.contains("add-mask::b"), "{said}");
}
