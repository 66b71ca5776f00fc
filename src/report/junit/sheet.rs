//! The contents of a JUnit document, without XML: suites, cases, results and properties.

use time::{Duration, OffsetDateTime};

use crate::report::plain::{cut, line, plain};

/// Bytes of a failure text or of the list of checks.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a text when there are very many.
const TEXT_BYTES_MIN: usize = 1024;
/// Bytes of all texts together; GitLab refuses files from 30 MB on.
const ALL_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Bytes of an attribute.
const ATTRIBUTE_BYTES_MAX: usize = 2 * 1024;

/// Writes sheets as JUnit XML; the border to the crate that does it.
pub(super) trait SheetWriter {
    /// Writes a document in UTF-8.
    fn write(&self, sheet: &Sheet) -> Vec<u8>;
}

/// A JUnit document.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) began: Option<OffsetDateTime>,
    pub(super) wall: Duration,
    pub(super) suites: Vec<SheetSuite>,
}

/// A suite; its counts are derived from its cases.
#[derive(Debug)]
pub(super) struct SheetSuite {
    pub(super) name: String,
    pub(super) package: String,
    pub(super) began: Option<OffsetDateTime>,
    pub(super) wall: Duration,
    pub(super) properties: Vec<Property>,
    pub(super) cases: Vec<SheetCase>,
}

/// A case; texts are whole here and cut when written.
#[derive(Debug)]
pub(super) struct SheetCase {
    pub(super) name: String,
    pub(super) classname: String,
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) began: Option<OffsetDateTime>,
    pub(super) took: Duration,
    pub(super) properties: Vec<Property>,
    pub(super) result: CaseResult,
    pub(super) output: Option<String>,
}

/// The result of a case.
#[derive(Debug)]
pub(super) enum CaseResult {
    Passed,
    Failed {
        message: String,
        text: String,
    },
    /// It failed, and the run ends well all the same.
    Warning {
        message: String,
        text: String,
    },
    Inconclusive {
        message: String,
        text: String,
    },
    Skipped {
        message: String,
    },
}

/// A name and its value.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: String,
}

impl Property {
    pub(super) fn new(name: &str, value: String) -> Self {
        Self {
            name: name.to_owned(),
            value,
        }
    }
}

/// The numbers of cases by result, in the words of JUnit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) tests: usize,
    pub(super) failures: usize,
    pub(super) errors: usize,
    pub(super) skipped: usize,
}

impl Totals {
    fn of<'a>(cases: impl Iterator<Item = &'a SheetCase>) -> Self {
        let mut totals = Self::default();
        for case in cases {
            totals.tests += 1;
            match case.result {
                CaseResult::Passed => {}
                CaseResult::Failed { .. } => totals.failures += 1,
                CaseResult::Inconclusive { .. } => totals.errors += 1,
                CaseResult::Skipped { .. } | CaseResult::Warning { .. } => totals.skipped += 1,
            }
        }
        totals
    }
}

impl SheetSuite {
    pub(super) fn totals(&self) -> Totals {
        Totals::of(self.cases.iter())
    }
}

impl Sheet {
    pub(super) fn totals(&self) -> Totals {
        Totals::of(self.suites.iter().flat_map(|suite| &suite.cases))
    }

    /// Returns how long a text may be, in bytes, so that all of them together stay bearable.
    pub(super) fn text_bytes_max(&self) -> usize {
        let sizes: Vec<_> = self
            .suites
            .iter()
            .flat_map(|suite| &suite.cases)
            .flat_map(|case| {
                let text = match &case.result {
                    CaseResult::Failed { text, .. }
                    | CaseResult::Warning { text, .. }
                    | CaseResult::Inconclusive { text, .. } => Some(text),
                    CaseResult::Skipped { .. } | CaseResult::Passed => None,
                };
                text.into_iter().chain(&case.output).map(String::len)
            })
            .collect();
        bound(&sizes)
    }
}

fn bound(sizes: &[usize]) -> usize {
    let mut most = TEXT_BYTES_MAX;
    while most > TEXT_BYTES_MIN
        && sizes.iter().map(|size| size.min(&most)).sum::<usize>() > ALL_BYTES_MAX
    {
        most /= 2;
    }
    most
}

/// Makes a text fit for an attribute: one line, plain and bounded.
pub(super) fn attribute(text: &str) -> String {
    cut(&line(text), ATTRIBUTE_BYTES_MAX).into_owned()
}

/// Makes a text fit for an element: plain and of at most `most` bytes.
pub(super) fn element(text: &str, most: usize) -> String {
    cut(&plain(text), most).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_shrinks_only_when_all_texts_together_are_too_long() {
        assert_eq!(bound(&[]), TEXT_BYTES_MAX);
        assert_eq!(bound(&[usize::MAX; 320]), TEXT_BYTES_MAX);
        assert_eq!(bound(&[usize::MAX; 321]), TEXT_BYTES_MAX / 2);
        assert_eq!(bound(&[100; 10_000]), TEXT_BYTES_MAX);
        assert_eq!(bound(&[usize::MAX; 1_000_000]), TEXT_BYTES_MIN);
    }
}
