//! The anchors of the page.

use crate::record::Record;

/// Returns the name of a case's anchor; `index` is its position in the record.
pub(super) fn case(index: usize) -> String {
    format!("case-{}", index + 1)
}

/// Returns the name of a requirement's anchor; `None` if the catalogue does not contain it.
pub(super) fn requirement(record: &Record, id: &str) -> Option<String> {
    Some(format!("requirement-{}", record.position(id)? + 1))
}
