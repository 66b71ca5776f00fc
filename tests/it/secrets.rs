//! No secret in any form in any file or on any stream of a run, and what would leak is withheld.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// Secrets in which every escape has something to do, by the variable that holds them.
const SECRETS: [(&str, &str); 6] = [
    ("T_API_KEY", "api+/=%\"<& key\\7"),
    ("T_CLIENT_SECRET", "cli=%2B\"<&é+/secret'8"),
    ("T_APPLICATION_KEY", "app\\u0041&amp;\"é<=+/9"),
    ("T_ALICE", "ali\"ce+/=%<&é#10"),
    ("T_BOB", "b o&b<\"=/+%é?11"),
    // The values of headers are ASCII.
    ("T_HEADER", "hea+/=%\"<&;der'12"),
];

/// Writes the shipped rehearsal with other secrets.
fn environment(folder: &Path, change: impl Fn(String) -> String) {
    let mut text = include_str!("../../fixtures/environments/rehearsal.yaml").to_owned();
    for (old, variable) in [
        ("throw-away-api-key", "T_API_KEY"),
        ("throw-away-client-secret", "T_CLIENT_SECRET"),
        ("throw-away-application-key", "T_APPLICATION_KEY"),
        ("throw-away-alice", "T_ALICE"),
        ("throw-away-bob", "T_BOB"),
        ("throw-away-notification-key", "T_HEADER"),
    ] {
        let old = format!("literal:{old}");
        assert!(text.contains(&old), "{old}");
        text = text.replace(&old, &format!("env:{variable}"));
    }
    std::fs::write(folder.join("secret.yaml"), change(text)).expect("written");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedproof"));
    command
        .current_dir(folder)
        .args(["run", "--environment", "secret.yaml"])
        .args(arguments)
        .env_remove("NO_COLOR")
        .env("FEEDPROOF_LOG", "trace")
        .envs(SECRETS);
    command.output().expect("the binary runs")
}

/// Returns the name and the bytes of everything that a run left: its files and both streams.
fn left(folder: &Path, output: &Output) -> Vec<(String, Vec<u8>)> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                below(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    below(&folder.join("reports"), &mut files);
    let mut left: Vec<_> = files
        .into_iter()
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("it reads"))
        })
        .collect();
    left.push(("stdout".to_owned(), output.stdout.clone()));
    left.push(("stderr".to_owned(), output.stderr.clone()));
    left
}

/// What RFC 3986 leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Writes a secret in the ways that programs are known to write texts; none of them is feedproof's own.
fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent = |set| utf8_percent_encode(secret, set).to_string();
    let all = percent(NON_ALPHANUMERIC);
    let entities = |written: &dyn Fn(char) -> String| -> String {
        secret
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || letter == ' ' {
                    letter.to_string()
                } else {
                    written(letter)
                }
            })
            .collect()
    };
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut written = vec![
        secret.to_owned(),
        all.to_ascii_lowercase(),
        all,
        kept_lower(&percent(KEPT)),
        percent(KEPT),
        percent(CONTROLS),
        form.to_ascii_lowercase(),
        form,
        json.replace('/', "\\/"),
        json.replace('<', "\\u003c").replace('&', "\\u0026"),
        entities(&|letter| format!("\\u{:04x}", u32::from(letter))),
        json.replace('\\', "\\\\").replace('"', "\\\""),
        json,
        format!("{secret:?}").trim_matches('"').to_owned(),
        quick_xml::escape::escape(secret).into_owned(),
        quick_xml::escape::partial_escape(secret).into_owned(),
        quick_xml::escape::minimal_escape(secret).into_owned(),
        entities(&|letter| format!("&#{};", u32::from(letter))),
        entities(&|letter| format!("&#x{:X};", u32::from(letter))),
        hexadecimal.to_ascii_uppercase(),
        hexadecimal,
    ];
    for before in ["", "a", "ab"] {
        // What follows may change the last letters, what stands before the first.
        let whole = [before, secret].concat();
        for mut text in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
            text.truncate(text.len() - 4);
            written.push(text[before.len() * 2..].to_owned());
        }
    }
    written
}

fn kept_lower(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        lower.push('%');
        lower.push_str(&part[..2].to_ascii_lowercase());
        lower.push_str(&part[2..]);
    }
    lower
}

#[track_caller]
fn check_clean(left: &[(String, Vec<u8>)]) {
    for (name, bytes) in left {
        let text = String::from_utf8_lossy(bytes);
        for (variable, secret) in SECRETS {
            for spelling in spellings(secret) {
                if let Some(at) = text.find(&spelling) {
                    let around: String = text[..at].chars().rev().take(80).collect();
                    let around: String = around.chars().rev().collect();
                    panic!("{variable} stands as {spelling} in {name}, behind: {around}");
                }
            }
        }
        assert!(!text.contains("eyJ"), "{name} contains a token");
    }
}

#[test]
fn a_run_with_secrets_full_of_escapes_leaves_no_form_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    environment(folder.path(), |text| text);
    // Failures show more of messages than passes; the first run is green, the second is not.
    let output = run(folder.path(), &["--verbose"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    let results = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{results}{talk}");
    let faults = [
        "--filter",
        "offboarding",
        "--fault",
        "silent-offboarding",
        "--fault",
        "delete-answers-200",
    ];
    let failed = run(folder.path(), &faults);
    assert_eq!(
        failed.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&failed.stderr)
    );
    let mut all = left(folder.path(), &output);
    all.push(("stdout".to_owned(), failed.stdout));
    all.push(("stderr".to_owned(), failed.stderr));
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "journal.jsonl",
        "record.json",
        "report.html",
        "junit.xml",
        "test-plan.html",
        "test-plan.csv",
    ] {
        assert_eq!(
            names.iter().filter(|listed| **listed == name).count(),
            2,
            "{names:?}"
        );
    }
    check_clean(&all);
    // The secrets were there: their handles stand where they stood.
    let journal = all.iter().find(|(name, _)| name == "journal.jsonl");
    let journal = String::from_utf8_lossy(&journal.expect("a journal").1);
    for kind in [
        "api-key",
        "client-secret",
        "password",
        "notification-header",
        "bearer",
        "signature",
    ] {
        assert!(journal.contains(&format!("secret:{kind}#")), "{kind}");
    }
}

#[test]
fn a_secret_in_a_persons_own_text_withholds_everything_it_stands_in() {
    let folder = tempfile::tempdir().expect("a folder");
    // A key that is copied into the title of a case does not reach a report.
    environment(folder.path(), |text| text);
    let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    for below in ["", "flows"] {
        std::fs::create_dir_all(folder.path().join("plans").join(below)).expect("created");
        for entry in std::fs::read_dir(plans.join(below)).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.extension().is_some_and(|end| end == "yaml") {
                let text = std::fs::read_to_string(&path).expect("text");
                let title = "title: Offboarding sets status to cancelled in GET /bankaccounts";
                let text = text.replace(title, "title: 'api+/=%\"<& key\\7'");
                let to = folder.path().join("plans").join(below);
                let name = path.file_name().expect("a name");
                std::fs::write(to.join(name), text).expect("written");
            }
        }
    }
    let output = run(folder.path(), &["--filter", "offboarding/status-cancelled"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{talk}");
    check_clean(&left(folder.path(), &output));
    assert!(talk.contains("the output contained a secret"), "{talk}");
    for (file, form) in [
        ("report.html was not written", "escaped as in HTML at byte "),
        ("record.json was not written", "escaped as in JSON at byte "),
    ] {
        let told = talk.split(file).nth(1).expect(file);
        assert!(
            told.contains("secret:api-key#") && told.contains(form),
            "{talk}"
        );
    }
}

#[test]
fn a_secret_in_the_head_of_a_run_is_refused_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let subject = "subject: { name: 'api+/=%\"<& key\\7' }";
    environment(folder.path(), |text| {
        text.replace("subject: { name: Reference provider }", subject)
    });
    let output = run(folder.path(), &["--filter", "offboarding/status-cancelled"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{talk}");
    assert!(
        talk.contains("the head of the run would contain a secret: secret:api-key#"),
        "{talk}"
    );
    check_clean(&[
        ("stdout".to_owned(), output.stdout.clone()),
        ("stderr".to_owned(), output.stderr.clone()),
    ]);
    assert!(!folder.path().join("reports").exists());
}

#[test]
fn customer_data_is_masked_where_the_environment_says_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    environment(folder.path(), |text| {
        format!("masks: [\"$..accountIdentifier\"]\n{text}")
    });
    let output = run(folder.path(), &["--filter", "offboarding/status-cancelled"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    let left = left(folder.path(), &output);
    let journal = left.iter().find(|(name, _)| name == "journal.jsonl");
    let journal = String::from_utf8_lossy(&journal.expect("a journal").1);
    assert!(journal.contains("\"accountIdentifier\":\"⟦secret:customer#"));
    assert!(!journal.contains("\"accountIdentifier\":\"acct-"));
}
