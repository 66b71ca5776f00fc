//! Records that are read beside their journal.

use feedproof::journal::Journal;
use feedproof::record::Record;
use feedproof::report::FORMATS;

use crate::parts::parts;
use crate::sealed::{read_bytes, sealed};

/// Reads a record; the parts of an input are `record.json` and the events of its journal.
///
/// A record that is read agrees with its journal, can be reported in every format, and is read again when it is printed.
pub fn record(data: &[u8]) {
    let [json, events] = parts(data);
    let Ok(recorded) = read_bytes(&sealed(events)) else {
        return;
    };
    // Without the end of its file: a record names it, and would be refused with every mutation of the events.
    let journal = Journal::recorded(recorded.events);
    let Ok(record) = Record::read(json, &journal) else {
        return;
    };
    for format in FORMATS {
        let rendered = format.render(&record);
        assert!(std::str::from_utf8(&rendered).is_ok(), "{}", format.name());
    }
    let printed = serde_json::to_vec(&record).expect("a record is printed");
    let again = Record::read(&printed, &journal);
    let again = again.unwrap_or_else(|error| panic!("the record {error}"));
    assert_eq!(serde_json::to_vec(&again).expect("it is printed"), printed);
}
