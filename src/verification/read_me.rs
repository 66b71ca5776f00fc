//! The text that a person reads first in a package: what the run says, how to check it, and what it does not prove.

use crate::record::Record;
use crate::report::{self, NOT_ISSUED_BY_SAGE};

/// The file of a package with this text.
pub const READ_ME_FILE: &str = "READ-ME-FIRST.txt";

/// What no verification proves; also part of each signed statement.
pub(super) const NOT_PROVEN: [&str; 3] = [
    "that the journal was recorded as it says",
    "that the subject is the product that is named",
    "that it behaves in the same way elsewhere",
];

/// Writes the text in UTF-8.
pub fn read_me(record: &Record) -> Vec<u8> {
    let header = &record.header;
    let answer = report::answer(record);
    let subject = report::subject(record);
    // The value itself would let a reader verify whatever nonce is there.
    let nonce = match &header.nonce {
        Some(_) => "--nonce THE-ONE-THAT-YOU-GAVE ",
        None => "",
    };
    let [recorded, product, elsewhere] = NOT_PROVEN;
    let text = format!(
        "This package holds a run of feedproof {version}, {NOT_ISSUED_BY_SAGE}.\n\
         \n\
         Subject      {subject}\n\
         Mode         {mode}: {participants}\n\
         Started      {started}\n\
         Answer       {word}: {sentence}\n\
         \n\
         Believe none of this before you have checked it, with feedproof {version}:\n\
         \n    feedproof verify {nonce}THIS-FILE.zip\n\
         \n\
         It judges the journal again with the plans in this package, compares every report to the byte, and lists the\n\
         conditions of a certificate. It sends nothing, executes nothing, and unpacks nothing.\n\
         \n\
         What that proves: the reports say what journal.jsonl gives.\n\
         What it does not prove: {recorded}, {product},\n\
         and {elsewhere}. A person who can write the journal can make all other files of it.\n\
         \n\
         report.html is the run as a page, with a diagram of each case; test-plan.html is the official test plan, filled in.\n",
        version = report::line(&header.version),
        subject = report::line(subject.as_deref().unwrap_or("not named")),
        mode = header.mode,
        participants = report::participants_of(header.mode),
        started = report::line(&header.started),
        word = answer.word,
        sentence = report::line(&answer.sentence),
    );
    text.into_bytes()
}
