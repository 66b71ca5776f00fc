//! The table of all formats in which a finished run is reported.
//!
//! A further format is a further file with an implementation of [`ReportFormat`] and a row of [`FORMATS`]; it
//! cannot change a verdict. `feedproof run` and `feedproof report` write every format that is a file.

use crate::report::annotation::Annotations;
use crate::report::console::Console;
use crate::report::format::ReportFormat;
use crate::report::html::Html;
use crate::report::json::Json;
use crate::report::junit::Junit;
use crate::report::markdown::Markdown;
use crate::report::test_plan::{TestPlanPage, TestPlanTable};

/// All formats, in the order in which their files are listed.
pub const FORMATS: &[&dyn ReportFormat] = &[
    &Junit,
    &Html,
    &TestPlanPage,
    &TestPlanTable,
    &Markdown,
    &Json,
    &Console {
        verbose: false,
        width: None,
    },
    &Annotations,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::fixture::failed_run;

    #[test]
    fn formats_differ_in_name_and_file_and_render_the_answer() {
        let names: BTreeSet<_> = FORMATS.iter().map(|format| format.name()).collect();
        assert_eq!(names.len(), FORMATS.len());
        let files: Vec<_> = FORMATS.iter().filter_map(|format| format.file()).collect();
        assert_eq!(files.iter().collect::<BTreeSet<_>>().len(), files.len());
        for format in FORMATS {
            let text = String::from_utf8(format.render(&failed_run())).expect("UTF-8");
            let text = text.to_uppercase().replace('-', " ");
            assert!(text.contains("NOT CONFORMANT"), "{}", format.name());
        }
    }
}
