//! Runs against connectors that respond in odd ways, each written as a document in `tests/odd-connectors`.
//!
//! A document says what the connector responds, what the browser or a check makes of it, and what verdict that is.
//! Most odd ways are those of honest servers and must not be blamed; some hide a fault and must not pass.

mod script;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use feedproof::record::{Outcome, Record};
use feedproof::report;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::stand::{Stand, environment_with_ledgers, library};
use script::{Script, ScriptedResponse};

/// A document of `tests/odd-connectors`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OddConnector {
    /// What is odd about it, and why it matters.
    about: String,
    /// What it responds; the first that fits.
    responses: Vec<ScriptedResponse>,
    /// Instead of a plain name and password, the YAML of the customer's `login`.
    #[serde(default)]
    login: Option<String>,
    /// The rows of the ledger of the customer, with their head.
    #[serde(default)]
    ledger: Option<String>,
    /// The YAML of the words by which the environment knows what pages say.
    #[serde(default)]
    page_words: Option<String>,
    /// What is put between `http://` and the address of the pages.
    #[serde(default)]
    user_info: String,
    /// What comes of a customer's visit.
    #[serde(default)]
    visit: Option<Visit>,
    /// What comes of reading the accounts that may be linked, by the value of `q` in the query.
    #[serde(default)]
    reads: Vec<Read>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    /// The address to which the customer must come back exactly; any of the product's, unless it says so.
    #[serde(default)]
    returned_to: Option<String>,
    /// What the pages must say; the customer need not come back then.
    #[serde(default)]
    pages_say: Option<String>,
    verdict: String,
    /// What the outcome says among other things.
    #[serde(default)]
    says: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    q: String,
    /// The YAML of the step's `expect`.
    expect: String,
    verdict: String,
    #[serde(default)]
    says: Vec<String>,
}

impl OddConnector {
    fn plan(&self) -> String {
        let mut plan = "plan: odd\ntitle: A connector with an odd habit\ncases:\n".to_owned();
        if let Some(visit) = &self.visit {
            plan += r#"
  - id: odd/visit
    title: The customer comes back
    expected: The visit ends at the return address.
    requirement: ONB-11
    steps:
      - browse: provider.auth
        query: { bank: "${bank.id}", redirect_uri: "${ui.return}", state: "${state}" }
        login: "${customer}"
        label: back
"#;
            match &visit.pages_say {
                None => plan += "        expect: { outcome: returned }\n",
                Some(word) => {
                    plan += "        precondition: true\n        expect: { outcome: $any }\n";
                    plan += &format!("      - judge: back\n        pages_say: {word}\n");
                }
            }
            if let Some(address) = &visit.returned_to {
                plan += &format!("      - judge: back\n        returned_to: {address:?}\n");
            }
        }
        for read in &self.reads {
            plan += &format!(
                r#"
  - id: odd/read-{q}
    title: The accounts are as expected, {q}
    expected: The response is as the step says.
    requirement: MAL-07
    steps:
      - send: GET
        to: provider.availableAccounts
        as: service
        query: {{ q: "{q}" }}
        expect: {}
"#,
                read.expect,
                q = read.q,
            );
        }
        plan
    }

    fn environment(&self, connector: &str, service: &str, ledger: Option<&Path>) -> String {
        let plain = "{ username: alice, password: \"literal:throw-away-alice\" }";
        let login = self.login.as_deref().unwrap_or(plain);
        let history = ledger.map_or_else(
            || "cleared: 3".to_owned(),
            |file| format!("ledger: {:?}", format!("file:{}", file.display())),
        );
        format!(
            r#"
subject: {{ name: A connector with an odd habit, version: 0.0.1 }}
service: {{ emulated: {{ listen: "{service}" }} }}
provider:
  callbacks:
    notification: http://{connector}/notification
    auth: http://{user_info}{connector}/auth
    reAuth: http://{connector}/authrefresh
    availableAccounts: http://{connector}/availableaccounts
  bank: {{ id: 10aaeee6-0000-4000-8000-0000000000e1, externalRef: odd, name: Odd Success Bank{words} }}
  notification_header: {{ name: X-Odd, value: "literal:throw-away-odd-header-value" }}
credentials:
  api_key: "literal:throw-away-odd-api-key"
  client_id: "literal:odd-connector"
  client_secret: "literal:throw-away-odd-secret"
  audience: odd/provider-api
  notification_audience: odd/connector-api
  application: feedproof
  application_key: "literal:throw-away-odd-application-key"
customers:
  alice:
    login: {login}
    accounts: 2
    without_branch: 0
    {history}
waits: {{ visit: 20s, notification: 3s }}
features: {{ multi-account: supported }}
"#,
            user_info = self.user_info,
            words = self
                .page_words
                .as_ref()
                .map_or_else(String::new, |words| format!(", page_words: {words}")),
        )
    }

    /// Runs its visit and its reads.
    async fn run(&self) -> Record {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let service = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let connector = listener.local_addr().expect("an address").to_string();
        let at = service.local_addr().expect("an address").to_string();
        let ledger = self.ledger.as_ref().map(|rows| {
            let file = folder.path().join("ledger.csv");
            std::fs::write(&file, rows).expect("written");
            file
        });
        let environment =
            environment_with_ledgers(&self.environment(&connector, &at, ledger.as_deref()));
        let script = Script::new(self.responses.clone(), connector);
        let serving =
            tokio::spawn(async move { axum::serve(listener, script.into_router()).await });
        let stand = Stand::up_at(service, library(&self.plan()), environment, folder.path()).await;
        let record = stand.run().await;
        serving.abort();
        self.assert_no_password(folder.path(), &record);
        record
    }

    /// Asserts that nothing that was written holds the password of the address, in any spelling that was sent.
    fn assert_no_password(&self, folder: &Path, record: &Record) {
        let Some((_, password)) = self.user_info.trim_end_matches('@').split_once(':') else {
            return;
        };
        let mut written = vec![serde_json::to_string(record).expect("a record is JSON")];
        for entry in std::fs::read_dir(folder).expect("the folder of the run") {
            let bytes = std::fs::read(entry.expect("an entry").path()).unwrap_or_default();
            written.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        let plain = password.replace("%21", "!");
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("tester:{plain}"));
        for text in written {
            for secret in [password, &plain, &encoded] {
                assert!(!text.contains(secret), "{}: {text}", self.about);
            }
        }
    }

    /// Says what of the record is not as the document expects.
    fn surprises(&self, record: &Record) -> Vec<String> {
        let visit = self
            .visit
            .iter()
            .map(|visit| ("odd/visit".to_owned(), &visit.verdict, &visit.says));
        let reads = self
            .reads
            .iter()
            .map(|read| (format!("odd/read-{}", read.q), &read.verdict, &read.says));
        let mut surprises = Vec::new();
        for (id, verdict, says) in visit.chain(reads) {
            let case = record
                .cases
                .iter()
                .find(|case| *case.case == *id)
                .expect("the case ran");
            let told = tell(record, case);
            if case.verdict.as_str() != verdict {
                surprises.push(format!("{id} should be {verdict}: {told}"));
            }
            for part in says {
                if !told.contains(part) {
                    surprises.push(format!("{id} does not say {part:?}: {told}"));
                }
            }
        }
        surprises
    }
}

/// Tells what a person reads of an outcome.
fn tell(record: &Record, case: &Outcome) -> String {
    let headline = report::headline(record, case).unwrap_or_default();
    let reason = case.reason.as_deref().unwrap_or_default();
    let checks: Vec<_> = case
        .checks
        .iter()
        .map(|check| format!("{check:?}"))
        .collect();
    format!(
        "{}: {headline}\n{reason}\n{}",
        case.verdict.as_str(),
        checks.join("\n")
    )
}

fn documents() -> Vec<(PathBuf, OddConnector)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/odd-connectors");
    let files = std::fs::read_dir(folder).expect("the folder of odd connectors");
    let mut files: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("it is read");
        let read = serde_saphyr::from_str(&text);
        let document = read.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (file, document)
    };
    files.into_iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_connectors_get_the_verdicts_beside_them() {
    let only = std::env::var("ODD_CONNECTOR").unwrap_or_default();
    let mut runs = JoinSet::new();
    for (file, document) in documents() {
        if !file.display().to_string().contains(&only) {
            continue;
        }
        runs.spawn(async move {
            let record = document.run().await;
            let surprises = document.surprises(&record);
            let name = file.file_stem().unwrap_or_default().display().to_string();
            surprises
                .into_iter()
                .map(|surprise| format!("{name} ({})\n  {surprise}", document.about))
                .collect::<Vec<_>>()
        });
    }
    let surprises = runs.join_all().await.concat();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn every_odd_connector_says_what_is_odd_and_expects_something() {
    for (file, document) in documents() {
        let expects = document.visit.is_some() || !document.reads.is_empty();
        assert!(
            expects && document.about.ends_with('.'),
            "{}",
            file.display()
        );
    }
}
