//! Journals whose checksums are right, whatever their events say: they are judged again, and reported.

use std::sync::OnceLock;

use feedproof::journal::Journal;
use feedproof::record::Record;
use feedproof::report::FORMATS;
use feedproof::runner::judge_again;
use plan_language::plan::{Document, Documents, Library};

use crate::sealed::{read_bytes, sealed};

/// Judges a run again from its events, one a line, to which the checksums are added.
///
/// Every journal that is read has a record; each report of it can be written; the record in JSON is read back and is the
/// same; and whatever happened, judging twice gives the same.
pub fn replay(data: &[u8]) {
    let Ok(recorded) = read_bytes(&sealed(data)) else {
        return;
    };
    let first = judged(recorded.events.clone());
    let json = first.1;
    for format in FORMATS {
        let rendered = format.render(&first.0);
        assert!(std::str::from_utf8(&rendered).is_ok(), "{}", format.name());
    }
    let again = Record::read(&json, &Journal::recorded(recorded.events.clone()));
    let again = again.unwrap_or_else(|error| panic!("the record {error}"));
    assert_eq!(serde_json::to_vec(&again).expect("it is printed"), json);
    assert_eq!(judged(recorded.events).1, json);
}

/// Judges events, and returns the record, also in JSON.
fn judged(events: Vec<std::sync::Arc<feedproof::journal::Event>>) -> (Record, Vec<u8>) {
    let journal = Journal::recorded(events);
    let header = journal.header().expect("a journal that is read has one");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime starts");
    let outcomes = runtime.block_on(judge_again(library(), &journal));
    let record = Record::of(library(), &journal, header, outcomes);
    let json = serde_json::to_vec(&record).expect("a record is printed");
    (record, json)
}

/// Returns the plans of the runs in the corpus.
fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let document = |name: &str, bytes: &[u8]| Document {
            name: name.to_owned(),
            bytes: bytes.to_owned(),
        };
        let documents = Documents {
            requirements: Some(document(
                "requirements.yaml",
                include_bytes!("../plans/requirements.yaml"),
            )),
            flows: vec![document(
                "registered-company.yaml",
                include_bytes!("../../plans/flows/registered-company.yaml"),
            )],
            plans: vec![document(
                "replayed.yaml",
                include_bytes!("../plans/replayed.yaml"),
            )],
            ..Documents::default()
        };
        Library::read(&documents).expect("the plans are sound")
    })
}
