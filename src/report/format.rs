//! A format in which a finished run is reported: the trait that every format implements.

use crate::record::Record;

/// A format in which a finished run is reported.
pub trait ReportFormat: Sync {
    /// Returns the name, such as `junit`.
    fn name(&self) -> &'static str;

    /// Returns the name of the file in the folder of the run; `None` for a format that is only printed.
    fn file(&self) -> Option<&'static str>;

    /// Returns what the format is for, in one line.
    fn about(&self) -> &'static str;

    /// Renders a record in UTF-8; a pure function of the record.
    fn render(&self, record: &Record) -> Vec<u8>;
}
