//! `feedproof serve` through the binary: what it says, what it shows, and the flows it starts at a word.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::running::Running;

#[test]
fn a_developer_is_told_what_to_configure_and_sees_the_flows_that_a_word_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ready.json");
    // A file that an earlier process left there does not lend its permissions.
    std::fs::write(folder.path().join("ready.json.part"), "").expect("written");
    std::fs::write(&file, "").expect("written");
    let child = Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder.path())
        .args(["serve", "--color", "never", "--listen", "127.0.0.1:0"])
        .arg("--ready-file")
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut served = Running(child);
    let mut input = served.0.stdin.take().expect("piped");
    let mut output = BufReader::new(served.0.stdout.take().expect("piped"));

    // The first command's echo in the output shows that the file was written before it was read.
    writeln!(input, "accounts").expect("it reads");
    let mut said = String::new();
    while !said.contains("no account was linked") {
        assert_ne!(output.read_line(&mut said).expect("text"), 0, "{said}");
    }
    let ready: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).expect("it is ready")).expect("JSON");
    assert_eq!(ready["format"], 1);
    let token_url = ready["addresses"]["token_url"].as_str().expect("a URL");
    let address = token_url
        .strip_prefix("http://")
        .and_then(|rest| rest.split('/').next())
        .expect("an address");
    TcpStream::connect(address).expect("somebody listens once the file is there");
    let notice = ready["notice"].as_str().expect("a text");
    assert!(notice.contains("contains credentials"), "{notice}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).expect("it is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "only its owner reads it");
    }
    for value in ["api_key", "client_secret", "bank_id"] {
        let value = ready["credentials"][value].as_str().expect("a text");
        assert!(said.contains(value), "{value} in {said}");
    }

    input.write_all(b"onb\xE9ard\n").expect("it reads");
    for command in [
        "onboard alice 2",
        "re-authorise",
        "offboard",
        "accounts",
        "onboard mallory",
        "dance",
        "quit",
    ] {
        writeln!(input, "{command}").expect("it reads");
    }
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("text");
    assert!(served.0.wait().expect("it ends").success(), "{rest}");
    let mut talk = String::new();
    let stderr = served.0.stderr.take().expect("piped");
    BufReader::new(stderr)
        .read_to_string(&mut talk)
        .expect("text");
    for said in [
        "ready.json is written; it contains credentials",
        "the command is not UTF-8, and was not run",
    ] {
        assert!(talk.contains(said), "{said}: {talk}");
    }
    let mut from = 0;
    for expected in [
        "service  → provider  204",
        "POST /notification  resourceCreated authorisation",
        "browser  → provider",
        "PATCH /v1/authorisations/",
        "account 1 linked: ",
        "/indirectauth",
        "account 1 re-authorised",
        "POST /notification  resourceDeleted bankAccount",
        "account 1 offboarded",
        "of alice  offboarded",
        "there is no customer `mallory`; there are: alice, bob",
        "there is no command `dance`",
    ] {
        let at = rest[from..].find(expected);
        let at = at.unwrap_or_else(|| panic!("{expected:?} after {from} in {rest}"));
        from += at;
    }
}

#[test]
fn a_port_that_is_taken_names_who_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder.path())
        .args(["serve", "--listen", &address])
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains(&address) && text.contains("--listen"),
        "{text}"
    );
}

#[test]
fn a_port_that_another_feedproof_has_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder.path())
        .args(["serve", "--color", "never", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut served = Running(child);
    let mut output = BufReader::new(served.0.stdout.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("token endpoint") {
        assert_ne!(output.read_line(&mut said).expect("text"), 0, "{said}");
    }
    let address = said
        .split("listens at http://")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .expect("an address")
        .to_owned();
    let second = Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder.path())
        .args(["serve", "--listen", &address])
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    assert_eq!(second.status.code(), Some(3));
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(
        text.contains("another feedproof") && text.contains(&format!("listens on {address}")),
        "{text}"
    );
}

#[test]
fn the_service_is_set_as_the_environment_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder.path())
        .args(["serve", "--color", "never", "--listen", "127.0.0.1:0"])
        .args(["--set", "service.emulated.rulings.wrong_api_key=418"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut served = Running(child);
    let mut output = BufReader::new(served.0.stdout.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("token endpoint") {
        assert_ne!(output.read_line(&mut said).expect("text"), 0, "{said}");
    }
    let address = said
        .split("listens at http://")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .expect("an address");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream
        .write_all(b"POST /v1/statements HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    assert!(answer.starts_with("HTTP/1.1 418"), "{answer}");
    assert!(answer.contains(r#""code":"wrong_api_key""#), "{answer}");
}
