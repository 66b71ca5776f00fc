//! `feedproof sign`, and `feedproof verify` with keys: who signed, whether it is this package, whether it is true.
//!
//! Keys are made here, for one test each; none is kept. A statement is also checked by another program, `openssl`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use feedproof::package::{PackagedFiles, digest_of, read, write};
use feedproof::secret::Secret;
use feedproof::signature::{Envelope, PrivateKey};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{err, feedproof, finished, left_out, path};

/// A folder with the package `run.zip` and the keys of Jane and Joe.
struct Place {
    folder: TempDir,
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

/// The package of the finished run.
fn packed() -> &'static [u8] {
    static PACKAGE: OnceLock<Vec<u8>> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let to = folder.path().join("run.zip");
        let output = feedproof(&["package", path(finished()), "--to", path(&to)]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        std::fs::read(&to).expect("it is there")
    })
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().expect("a folder for the test"),
        };
        place.put("run.zip", packed());
        for name in ["jane", "joe"] {
            let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
            let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).expect("a key");
            let public = pair.public_key().as_ref();
            let spki = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", public].concat();
            place.put(
                &format!("{name}.pem"),
                pem("PRIVATE KEY", der.as_ref()).as_bytes(),
            );
            place.put(&format!("{name}.pub"), pem("PUBLIC KEY", &spki).as_bytes());
            let blob = [b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), public];
            let line = format!(
                "{name}@acme.example namespaces=\"feedproof\" ssh-ed25519 {}\n",
                STANDARD.encode(blob.concat())
            );
            place.put(&format!("{name}.signers"), line.as_bytes());
        }
        place
    }

    /// A place whose package is signed by Jane.
    fn signed() -> Self {
        let place = Self::new();
        let output = place.feedproof(&["sign", "run.zip", "--key", "jane.pem"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("written");
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        super::bytes(self.folder.path(), name)
    }

    fn feedproof(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_feedproof"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("FEEDPROOF_LOG")
            .output()
            .expect("the binary runs")
    }

    /// Verifies the package, and asserts the exit code and that all texts were said.
    #[track_caller]
    fn verify(&self, arguments: &[&str], code: i32, said: &[&str]) -> String {
        self.says(&[&["verify", "run.zip"], arguments].concat(), code, said)
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], code: i32, said: &[&str]) -> String {
        let output = self.feedproof(arguments);
        let text = String::from_utf8([&output.stdout[..], &output.stderr[..]].concat());
        // Columns are as wide as their longest word.
        let text = text.expect("text");
        let words: Vec<_> = text.split_whitespace().collect();
        let words = words.join(" ");
        assert_eq!(output.status.code(), Some(code), "{text}");
        for part in said {
            assert!(words.contains(part), "{part} is missing in {text}");
        }
        text
    }

    /// Packs changed files, with a right list of them.
    fn repack(&self, change: impl FnOnce(&mut PackagedFiles)) {
        let mut files = read(&self.bytes("run.zip")).expect("it is read");
        change(&mut files);
        self.put("run.zip", &write(&files).expect("packed"));
    }

    fn payload(&self) -> Vec<u8> {
        let envelope: Value =
            serde_json::from_slice(&self.bytes("run.zip.dsse.json")).expect("JSON");
        let payload = envelope["payload"].as_str().expect("a string");
        STANDARD.decode(payload).expect("base64")
    }

    /// Signs another statement about the package than it gives, as a program other than feedproof can.
    fn sign_statement(&self, change: impl FnOnce(&mut Value)) {
        let mut statement: Value = serde_json::from_slice(&self.payload()).expect("JSON");
        change(&mut statement);
        let text = String::from_utf8(self.bytes("jane.pem")).expect("text");
        let key = PrivateKey::read(&Secret::new(text)).expect("a key");
        let mut envelope = Envelope::of(statement.to_string().into_bytes());
        envelope.sign(&key).expect("signed");
        self.put("run.zip.dsse.json", &envelope.write().expect("small"));
    }
}

#[test]
fn a_signed_package_is_verified_with_the_key() {
    let place = Place::signed();
    // The run is a rehearsal, and its answer stays the same.
    place.verify(
        &["--key", "jane.pub"],
        4,
        &[
            "✓ signature by jane.pub (SHA256:",
            "✓ signed package sha256:",
            "✓ signed statement says what the package gives; the signers state the assurance self",
            "✓ signers signed by jane.pub",
            "VERIFIED, NOT A CERTIFICATE",
        ],
    );
    place.verify(
        &["--allowed-signers", "jane.signers"],
        4,
        &["✓ signers signed by jane@acme.example"],
    );
    let text = place.verify(&[], 4, &["run.zip.dsse.json is not looked at"]);
    assert!(!text.contains("signature  "), "{text}");
    let output = place.feedproof(&["verify", "run.zip", "--key", "jane.pub", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let signature = &document["signatures"][0];
    assert_eq!(
        (
            &signature["standing"],
            &signature["signer"],
            &signature["assurance"]
        ),
        (&json!("held"), &json!("jane.pub"), &json!("self"))
    );
    assert_eq!(document["signatures"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_statement_says_what_the_record_says() {
    let place = Place::signed();
    let statement: Value = serde_json::from_slice(&place.payload()).expect("JSON");
    let record: Value =
        serde_json::from_slice(&super::bytes(finished(), "record.json")).expect("JSON");
    let said = &statement["predicate"];
    assert_eq!(statement["predicateType"], "urn:feedproof:certification:v1");
    assert_eq!(
        statement["subject"],
        json!([{ "name": "run.zip", "digest": { "sha256": digest_of(packed()) } }])
    );
    assert_eq!(said["answer"]["word"], "REHEARSAL FAILED");
    assert_eq!(said["certificate"], false);
    assert_eq!(said["journal"], record["journal"]);
    assert_eq!(said["cases"], record["counts"]);
    let outcomes = |rows: &Value, id: &str| -> Vec<Value> {
        let rows = rows.as_array().expect("rows");
        rows.iter()
            .map(|row| row.pointer(id).expect("an id").clone())
            .collect()
    };
    assert_eq!(
        outcomes(&said["requirements"], "/id"),
        outcomes(&record["requirements"], "/requirement/id")
    );
    let open = said["requirements"].as_array().expect("rows");
    let partly = open.iter().filter(|row| row["outcome"] == "partly tested");
    assert!(partly.clone().count() > 0);
    assert!(partly.into_iter().all(|row| row["leftOpen"].is_string()));
    assert_eq!(said["notProven"].as_array().map(Vec::len), Some(3));
}

#[test]
fn another_persons_key_is_not_enough() {
    let place = Place::signed();
    place.verify(
        &["--key", "joe.pub"],
        1,
        &[
            "✗ signers not signed by joe.pub",
            "✓ other signature by a key that you did not name",
        ],
    );
    place.verify(
        &["--key", "jane.pub", "--key", "joe.pub"],
        1,
        &["✓ signature by jane.pub", "✗ signers not signed by joe.pub"],
    );
    place.verify(
        &["--allowed-signers", "joe.signers"],
        1,
        &["✗ signers no signature is by a signer that you accept"],
    );
    // Without an accepted signature, the statement is not shown.
    let text = place.verify(&["--key", "joe.pub"], 1, &[]);
    assert!(!text.contains("signed statement"), "{text}");
}

#[test]
fn a_signer_signs_once_and_others_add_their_signatures() {
    let place = Place::signed();
    let first = place.bytes("run.zip.dsse.json");
    place.says(
        &["sign", "run.zip", "--key", "jane.pem"],
        0,
        &[
            "is signed by SHA256:",
            "already, and stays as it is; 1 signature",
        ],
    );
    assert!(place.bytes("run.zip.dsse.json") == first);
    place.says(
        &["sign", "run.zip", "--key", "joe.pem"],
        0,
        &["2 signatures"],
    );
    let keys = ["--key", "jane.pub", "--key", "joe.pub"];
    place.verify(&keys, 4, &["✓ signers signed by jane.pub, joe.pub"]);
    place.verify(
        &["--key", "joe.pub"],
        4,
        &["✓ other signature by a key that you did not name"],
    );
}

#[test]
fn another_assurance_is_another_statement_in_a_file_of_its_own() {
    let place = Place::signed();
    let reproduced = [
        "sign",
        "run.zip",
        "--key",
        "joe.pem",
        "--assurance",
        "reproduced",
    ];
    let before = place.bytes("run.zip.dsse.json");
    place.says(
        &reproduced,
        2,
        &[
            "holds another statement",
            "write this signature to another file with --to",
        ],
    );
    assert!(place.bytes("run.zip.dsse.json") == before);
    let to = [&reproduced[..], &["--to", "joe.dsse.json"]].concat();
    place.says(
        &to,
        0,
        &["assurance reproduced", "--signatures joe.dsse.json"],
    );
    place.verify(
        &[
            "--key",
            "jane.pub",
            "--key",
            "joe.pub",
            "--signatures",
            "run.zip.dsse.json",
            "--signatures",
            "joe.dsse.json",
        ],
        4,
        &[
            "the assurance self",
            "the assurance reproduced",
            "✓ signers signed by jane.pub, joe.pub",
        ],
    );
}

#[test]
fn the_signatures_of_an_older_package_are_not_those_of_a_newer_one() {
    let place = Place::signed();
    // Still a package of the same run, and a true one.
    place.repack(|files| {
        files.remove("READ-ME-FIRST.txt").expect("it was there");
    });
    place.verify(&[], 4, &[]);
    place.verify(
        &["--key", "jane.pub"],
        1,
        &[
            "✓ signature by jane.pub",
            "✗ signed package the statement is about another package",
            "NOT VERIFIED: this does not hold: signed package",
        ],
    );
    place.says(
        &["sign", "run.zip", "--key", "jane.pem"],
        2,
        &["holds another statement"],
    );
}

/// Lets the first text of the package say something better.
fn embellished(files: &mut PackagedFiles) {
    let text = files.get_mut("READ-ME-FIRST.txt").expect("it is there");
    let forged = String::from_utf8(text.clone()).expect("text");
    assert!(forged.contains("REHEARSAL FAILED"));
    *text = forged
        .replace("REHEARSAL FAILED", "CONFORMANT")
        .into_bytes();
}

#[test]
fn a_changed_package_is_neither_signed_nor_verified() {
    let place = Place::signed();
    place.repack(embellished);
    place.verify(
        &["--key", "jane.pub"],
        1,
        &["✗ READ-ME-FIRST.txt", "✗ signed package"],
    );
    place.says(
        &[
            "sign",
            "run.zip",
            "--key",
            "joe.pem",
            "--to",
            "joe.dsse.json",
        ],
        1,
        &[
            "this package contradicts its journal, and is not signed",
            "READ-ME-FIRST.txt: ",
        ],
    );
    assert!(!place.path("joe.dsse.json").exists());
    place.put("run.zip", b"no zip");
    place.says(
        &["sign", "run.zip", "--key", "joe.pem"],
        2,
        &["is no readable zip file"],
    );
}

#[test]
fn a_signed_forgery_is_a_forgery() {
    // The package is true, and the signed statement is not.
    let place = Place::signed();
    place.sign_statement(|statement| {
        statement["predicate"]["answer"]["word"] = json!("CONFORMANT");
    });
    place.verify(
        &["--key", "jane.pub"],
        1,
        &[
            "✓ signature by jane.pub",
            "✗ signed statement is not what the package gives at /predicate/answer/word, although it is signed",
        ],
    );
    // The signer signs the right digest of a forged package.
    let place = Place::signed();
    place.repack(embellished);
    let digest = digest_of(&place.bytes("run.zip"));
    place.sign_statement(|statement| statement["subject"][0]["digest"]["sha256"] = json!(digest));
    place.verify(
        &["--key", "jane.pub"],
        1,
        &[
            "✓ signature by jane.pub",
            "✓ signed package",
            "✗ READ-ME-FIRST.txt",
        ],
    );
}

#[test]
fn a_statement_has_no_word_more_or_other() {
    let place = Place::signed();
    for (change, found) in [
        (
            (|statement| statement["predicate"]["approved"] = json!(true)) as fn(&mut Value),
            "at /predicate/approved",
        ),
        (
            |statement| statement["predicate"]["assurance"] = json!("sage"),
            "names no assurance that feedproof knows",
        ),
        (
            |statement| statement["predicateType"] = json!("urn:example"),
            "says something else",
        ),
        (
            |statement| {
                let predicate = statement["predicate"].as_object_mut().expect("an object");
                let mode = predicate.remove("mode").expect("it was there");
                predicate.insert("mode".to_owned(), mode);
            },
            "has the values that the package gives, but not its bytes",
        ),
    ] {
        let original = place.bytes("run.zip.dsse.json");
        place.sign_statement(change);
        let found = ["✓ signature by jane.pub", "✗ signed statement", found];
        place.verify(&["--key", "jane.pub"], 1, &found);
        place.put("run.zip.dsse.json", &original);
    }
}

#[test]
fn a_run_with_a_nonce_is_signed_by_those_who_know_it() {
    let place = Place::new();
    let nonce = ["--nonce", "acme-2026-11-30"];
    let case = ["run", "--exact", "--filter", "onboarding/bank-is-readable"];
    place.says(&[&case[..], &nonce].concat(), 0, &[]);
    let mut runs = std::fs::read_dir(place.path("reports")).expect("reports are there");
    let run = runs
        .next()
        .expect("a run")
        .expect("it can be listed")
        .path();
    place.says(&["package", path(&run), "--to", "run.zip"], 0, &[]);
    let sign = ["sign", "run.zip", "--key", "jane.pem"];
    place.says(
        &sign,
        3,
        &["this package cannot be checked, and is not signed nonce: "],
    );
    place.says(
        &[&sign[..], &["--nonce", "acme-2026-12-01"]].concat(),
        1,
        &["which is another one"],
    );
    place.says(
        &[&sign[..], &nonce].concat(),
        0,
        &["verify run.zip --nonce VALUE --key PUBLIC-KEY"],
    );
    // For a reader who cannot name it, the nonce is open, and the statement is true.
    let text = place.verify(
        &["--key", "jane.pub"],
        3,
        &["? nonce", "✓ signed statement"],
    );
    assert!(!text.contains("acme-2026-11-30"), "{text}");
    place.verify(
        &[&nonce[..], &["--key", "jane.pub"]].concat(),
        4,
        &["✓ nonce"],
    );
}

#[test]
fn a_summary_names_the_checks_that_held() {
    let place = Place::signed();
    let summary = ["--key", "jane.pub", "--summary", "summary.json"];
    place.verify(&summary, 4, &[]);
    let text = place.bytes("summary.json");
    let statement: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(
        statement["predicateType"],
        "https://in-toto.io/attestation/svr/v0.1"
    );
    assert_eq!(
        statement["subject"][0]["digest"]["sha256"],
        digest_of(packed())
    );
    let said = &statement["predicate"];
    let id = concat!("urn:feedproof:verifier:", env!("CARGO_PKG_VERSION"));
    assert_eq!(said["verifier"]["id"], id);
    assert!(
        said["timeCreated"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    let properties = said["properties"].as_array().expect("an array");
    for held in [
        "FEEDPROOF_JOURNAL_JSONL",
        "FEEDPROOF_SIGNED_STATEMENT",
        "FEEDPROOF_SIGNERS",
    ] {
        assert!(properties.contains(&json!(held)), "{held}");
    }
    // There was none to compare, and the run is a rehearsal.
    for not in ["FEEDPROOF_NONCE", "FEEDPROOF_CERTIFICATE"] {
        assert!(!properties.contains(&json!(not)), "{not}");
    }
    place.verify(
        &summary,
        2,
        &["summary.json exists, and a summary replaces no file"],
    );
    assert!(place.bytes("summary.json") == text);
    let other = ["--key", "joe.pub", "--summary", "other.json"];
    place.verify(&other, 1, &["other.json is not written"]);
    assert!(!place.path("other.json").exists());
}

#[test]
fn what_cannot_be_used_is_refused() {
    let place = Place::new();
    place.verify(
        &["--key", "jane.pub"],
        2,
        &["run.zip.dsse.json does not exist: run.zip is not signed"],
    );
    place.verify(
        &["--signatures", "run.zip"],
        2,
        &["--signatures without a key to check them with"],
    );
    place.verify(
        &["--key", "jane.pub", "--signatures", "jane.pem"],
        2,
        &["jane.pem is no DSSE envelope"],
    );
    place.verify(&["--key", "jane.pem"], 2, &["jane.pem is a private key"]);
    place.verify(
        &["--allowed-signers", "jane.pub"],
        2,
        &["jane.pub line 1: ", "hint: a line is"],
    );
    let folder = path(finished());
    place.says(
        &["verify", folder, "--key", "jane.pub"],
        2,
        &["is a folder, and only packages are signed"],
    );
    place.says(
        &["sign", folder, "--key", "jane.pem"],
        2,
        &["hint: make one: feedproof package"],
    );
    place.says(
        &["sign", "none.zip", "--key", "jane.pem"],
        2,
        &["none.zip does not exist"],
    );
    place.says(
        &["sign", "run.zip", "--key", "jane.pub"],
        2,
        &["jane.pub is a public key"],
    );
    place.put(
        "sealed.pem",
        pem("ENCRYPTED PRIVATE KEY", b"\x30\x00").as_bytes(),
    );
    place.says(
        &["sign", "run.zip", "--key", "sealed.pem"],
        2,
        &[
            "sealed.pem is an encrypted key",
            "hint: sign with a copy that is not encrypted",
        ],
    );
    // A signature never replaces a file that is none.
    place.says(
        &["sign", "run.zip", "--key", "jane.pem", "--to", "run.zip"],
        2,
        &["run.zip is no DSSE envelope"],
    );
    assert!(place.bytes("run.zip") == packed());
}

#[test]
fn openssl_checks_the_signature_as_well() {
    let place = Place::signed();
    let envelope: Value = serde_json::from_slice(&place.bytes("run.zip.dsse.json")).expect("JSON");
    let payload = place.payload();
    let kind = envelope["payloadType"].as_str().expect("a string");
    // The encoding of the specification, made here and not by feedproof.
    let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    message.extend(&payload);
    let signature = envelope["signatures"][0]["sig"].as_str().expect("a string");
    place.put("signature", &STANDARD.decode(signature).expect("base64"));
    place.put("message", &message);
    let Some(output) = openssl(place.folder.path()) else {
        left_out("openssl is not installed, and no other program checked a signature");
        return;
    };
    assert!(output.status.success(), "{}", err(&output));
    message.push(b'\n');
    place.put("message", &message);
    let output = openssl(place.folder.path()).expect("openssl is there");
    assert!(!output.status.success(), "another message is refused");
}

/// Lets openssl check `signature` of `message` with Jane's key; `None` where it is not installed.
fn openssl(folder: &Path) -> Option<Output> {
    let arguments = "pkeyutl -verify -pubin -inkey jane.pub -rawin -in message -sigfile signature";
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("openssl: {error}"),
    }
}
