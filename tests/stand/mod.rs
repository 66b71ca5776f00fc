//! A stand for whole runs: the emulated service, and a provider that is emulated or really there.
#![allow(
    dead_code,
    reason = "each test uses the part of the stand that it needs"
)]

pub mod stable;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use feedproof::cli::{header_of, look_up};
use feedproof::environment::{self, Environment};
use feedproof::journal::{Header, Journal};
use feedproof::record::Record;
use feedproof::runner::Person;
use feedproof::shipped;
use feedproof::topology::{
    Deviation, Deviations, Fault, ResolvedEnvironment, RunEnvironment, RunEnvironmentSettings,
    TapAccess,
};
use feedproof::vault::Vault;
use plan_language::plan::{Document, Documents, Library};
use plan_language::source;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Reads a plan beside the shipped flows and catalogues.
pub fn library(plan: &str) -> Library {
    let documents = Documents {
        plans: vec![Document {
            name: "test.yaml".to_owned(),
            bytes: plan.as_bytes().to_vec(),
        }],
        ..shipped::documents()
    };
    match Library::read(&documents) {
        Ok(library) => library,
        Err(unsound) => panic!(
            "{}",
            unsound
                .findings
                .iter()
                .map(|finding| source::render(finding, &unsound.sources))
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}

/// Reads an environment.
pub fn environment(text: &str) -> Environment {
    read(&Document {
        name: "environment.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    })
}

/// Reads an environment with the ledgers that it names.
pub fn environment_with_ledgers(text: &str) -> Environment {
    let mut environment = environment(text);
    let (mut sources, mut findings) = (source::Sources::new(), Vec::new());
    environment::read_ledgers(&mut environment, &look_up, &mut sources, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    environment
}

/// Reads the environment of the rehearsal.
pub fn rehearsal() -> Environment {
    read(&shipped::rehearsal())
}

fn read(document: &Document) -> Environment {
    let node = source::load(&document.name, &document.bytes).expect("the environment is YAML");
    let mut findings = Vec::new();
    let read = environment::read(&node, &mut findings);
    read.unwrap_or_else(|| panic!("{findings:?}"))
}

fn with_faults(faults: Vec<Fault>) -> Deviation {
    Deviation {
        faults,
        ..Deviation::default()
    }
}

/// A run that is under way.
pub struct Stand {
    pub library: Arc<Library>,
    pub header: Header,
    pub run_environment: RunEnvironment,
    pub interrupt: CancellationToken,
    pub journal: Arc<Journal>,
    pub file: PathBuf,
}

impl Stand {
    /// Puts a stand up; the journal is kept in `folder`.
    pub async fn up(
        library: Library,
        environment: Environment,
        faults: Vec<Fault>,
        folder: &Path,
    ) -> Self {
        let folder = Some(folder);
        Self::put_up(
            TapAccess::Listen,
            library,
            environment,
            with_faults(faults),
            folder,
            None,
        )
        .await
    }

    /// Puts a stand up at which a person may be asked to pull bank actions, or to play the customer.
    pub async fn up_with(
        library: Library,
        environment: Environment,
        faults: Vec<Fault>,
        folder: &Path,
        person: Option<Arc<dyn Person>>,
    ) -> Self {
        let folder = Some(folder);
        Self::put_up(
            TapAccess::Listen,
            library,
            environment,
            with_faults(faults),
            folder,
            person,
        )
        .await
    }

    /// Puts a stand up that listens on `listener`.
    pub async fn up_at(
        listener: TcpListener,
        library: Library,
        environment: Environment,
        folder: &Path,
    ) -> Self {
        let tap_access = TapAccess::Bound(listener);
        let folder = Some(folder);
        let usual = Deviation::default();
        Self::put_up(tap_access, library, environment, usual, folder, None).await
    }

    /// Puts an in_process stand up, for simulated time; no journal is written.
    pub async fn in_process(
        library: Library,
        environment: Environment,
        deviation: Deviation,
    ) -> Self {
        Self::put_up(
            TapAccess::InProcess,
            library,
            environment,
            deviation,
            None,
            None,
        )
        .await
    }

    async fn put_up(
        tap_access: TapAccess,
        library: Library,
        environment: Environment,
        deviation: Deviation,
        folder: Option<&Path>,
        person: Option<Arc<dyn feedproof::runner::Person>>,
    ) -> Self {
        let opened = feedproof::cli::OpenedDocuments {
            documents: Documents::default(),
            provenance: "a test".to_owned(),
            library,
            environment,
            sources: source::Sources::new(),
        };
        let cases: Vec<_> = opened.library.cases().cloned().collect();
        let header = header_of(&opened, &cases, 0, &deviation.faults);
        let resolved =
            ResolvedEnvironment::of(opened.environment, Arc::new(Vault::new()), &look_up)
                .expect("every reference is set");
        let library = Arc::new(opened.library);
        let interrupt = CancellationToken::new();
        let file = folder.map(|folder| folder.join("journal.jsonl"));
        let run_environment = RunEnvironment::up(RunEnvironmentSettings {
            tap_access,
            journal: file.clone(),
            deviations: Deviations {
                everywhere: deviation,
                ..Deviations::default()
            },
            person,
            interrupt: interrupt.clone(),
            ..RunEnvironmentSettings::new(library.clone(), resolved, header.clone())
        })
        .await
        .expect("the run environment comes up");
        Self {
            journal: run_environment.journal.clone(),
            library,
            header,
            run_environment,
            interrupt,
            file: file.unwrap_or_default(),
        }
    }

    /// Runs all cases at once and takes the stand down.
    pub async fn run(self) -> Record {
        let started: Vec<_> = self
            .library
            .cases()
            .map(|case| self.run_environment.runner.start(case.clone()))
            .collect();
        let mut outcomes = Vec::new();
        for one in started {
            outcomes.push(one.await.expect("every case has an outcome"));
        }
        // Only what has come to rest is the same when it is read back.
        self.run_environment
            .down()
            .await
            .expect("the journal is kept");
        Record::of(&self.library, &self.journal, self.header.clone(), outcomes)
    }
}

/// Draws up the record of a run from its journal on disk, as judged by a library.
pub async fn judged_again(library: &Library, file: &Path) -> Record {
    let journal = Journal::of_file(feedproof::journal::read(file).expect("the journal reads back"));
    let header = journal.header().expect("it has a head");
    let outcomes = feedproof::runner::judge_again(library, &journal).await;
    Record::of(library, &journal, header, outcomes)
}

/// Proves that two records are the same bytes; a failure shows the first line that differs.
pub fn same_bytes(one: &Record, other: &Record) {
    let text = |record| String::from_utf8(feedproof::report::json(record)).expect("JSON is text");
    let (one, other) = (text(one), text(other));
    for (line, (one, other)) in one.lines().zip(other.lines()).enumerate() {
        assert_eq!(one, other, "line {}", line + 1);
    }
    assert_eq!(one.len(), other.len());
}
