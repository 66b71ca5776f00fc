//! Which cases a command selects.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::arguments::SelectionArguments;
use crate::cli::error::CliError;
use crate::judge::Verdict;
use crate::record::Record;
use crate::verification::RECORD_FILE;
use plan_language::plan::{Case, Library};
use plan_language::source::nearest;

/// The word that names the last run in the folder of reports.
const LATEST: &str = "latest";

/// Splits the cases of the plans into those that are selected, in their order, and the number of the others.
///
/// `earlier` is a run of which only those cases are selected that did not pass there.
///
/// # Errors
/// [`CliError`] with exit code 2 for a requirement that the plans do not have.
pub(super) fn select(
    arguments: &SelectionArguments,
    library: &Library,
    earlier: Option<&Record>,
) -> Result<(Vec<Arc<Case>>, usize), CliError> {
    let cited = cited(arguments, library)?;
    let fits = |text: &String, case: &Case| {
        if arguments.exact {
            *case.id == **text
        } else {
            case.id.contains(text.as_str())
        }
    };
    let is_selected = |case: &Case| {
        (arguments.filter.is_empty() || arguments.filter.iter().any(|text| fits(text, case)))
            && !arguments.skip.iter().any(|text| fits(text, case))
            && cited
                .as_ref()
                .is_none_or(|cited| case.requirement.iter().any(|id| cited.contains(id)))
            && earlier.is_none_or(|earlier| is_open(earlier, case))
    };
    let all = library.cases().count();
    let selected: Vec<_> = library
        .cases()
        .filter(|case| is_selected(case))
        .cloned()
        .collect();
    let left_out = all - selected.len();
    Ok((selected, left_out))
}

/// Returns the ids of the requirements of which a selected case cites one; `None` for any case.
fn cited(
    arguments: &SelectionArguments,
    library: &Library,
) -> Result<Option<BTreeSet<Arc<str>>>, CliError> {
    if arguments.requirement.is_empty() && arguments.class.is_empty() {
        return Ok(None);
    }
    let mut cited = BTreeSet::new();
    for id in &arguments.requirement {
        let Some(requirement) = library.requirement(id) else {
            let error = CliError::usage(format!("there is no requirement `{id}`"));
            let known = library.requirements.iter().map(|known| &*known.id);
            return Err(match nearest(id, known) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error.with_hint("`feedproof list --requirements` lists them"),
            });
        };
        cited.insert(requirement.id.clone());
    }
    let classes = library.requirements.iter().filter(|requirement| {
        let mut classes = arguments.class.iter();
        classes.any(|class| class.0 == requirement.class)
    });
    cited.extend(classes.map(|requirement| requirement.id.clone()));
    Ok(Some(cited))
}

/// Tells whether a case failed or is inconclusive in a run, or did not run there, or is newer than that run.
fn is_open(earlier: &Record, case: &Case) -> bool {
    let mut cases = earlier.cases.iter();
    match cases.find(|outcome| outcome.case == case.id) {
        Some(outcome) => matches!(outcome.verdict, Verdict::Failed | Verdict::Inconclusive),
        // Of a run that was a selection itself, the others were left out on purpose.
        None => earlier.header.filtered_out == 0,
    }
}

/// Returns the run that a caller names: `latest` is the last one in the folder of reports that has a record.
///
/// # Errors
/// [`CliError`] with exit code 2 where there is none.
pub(super) fn named_run(named: &Path, reports: &Path) -> Result<PathBuf, CliError> {
    if named != Path::new(LATEST) || named.exists() {
        return Ok(named.to_owned());
    }
    // Folders are named after the start of their run.
    let runs = std::fs::read_dir(reports).into_iter().flatten().flatten();
    let runs = runs.map(|entry| entry.path());
    let latest = runs.filter(|run| run.join(RECORD_FILE).is_file()).max();
    latest.ok_or_else(|| {
        let shown = reports.display();
        CliError::usage(format!(
            "there is no run in {shown} that could be the latest"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::NamedClass;
    use crate::shipped;
    use plan_language::plan::Class;

    fn library() -> Library {
        Library::read(&shipped::documents()).unwrap_or_else(|_| panic!("the shipped plans"))
    }

    fn ids(arguments: &SelectionArguments, earlier: Option<&Record>) -> Vec<String> {
        let library = library();
        let (selected, left_out) = select(arguments, &library, earlier).expect("selected");
        assert_eq!(selected.len() + left_out, library.cases().count());
        selected.iter().map(|case| case.id.to_string()).collect()
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn several_filters_select_what_fits_one_of_them() {
        let all = ids(&SelectionArguments::default(), None);
        let with = |filter: &[&str], skip: &[&str], exact| {
            let arguments = SelectionArguments {
                filter: texts(filter),
                skip: texts(skip),
                exact,
                ..SelectionArguments::default()
            };
            ids(&arguments, None)
        };
        let expected: Vec<_> = all
            .iter()
            .filter(|id| id.starts_with("offboarding/") || id.starts_with("security/"))
            .cloned()
            .collect();
        assert_eq!(with(&["security/", "offboarding/"], &[], false), expected);
        let one = "offboarding/status-cancelled";
        assert_eq!(with(&[one], &[], true), [one]);
        assert!(with(&["offboarding"], &[], true).is_empty());
        assert!(!with(&["offboarding/"], &[one], false).contains(&one.to_owned()));
    }

    #[test]
    fn a_requirement_or_a_class_selects_the_cases_that_cite_it() {
        let with = |requirement: &[&str], class: &[Class]| {
            let arguments = SelectionArguments {
                requirement: texts(requirement),
                class: class.iter().map(|class| NamedClass(*class)).collect(),
                ..SelectionArguments::default()
            };
            ids(&arguments, None)
        };
        let one = with(&["OFF-01"], &[]);
        assert!(
            one.contains(&"offboarding/status-cancelled".to_owned()),
            "{one:?}"
        );
        let class = with(&[], &[Class::A]);
        assert!(one.iter().all(|id| class.contains(id)) && class.len() > one.len());
        let unknown = SelectionArguments {
            requirement: texts(&["OFF-1"]),
            ..SelectionArguments::default()
        };
        let error = select(&unknown, &library(), None).expect_err("unknown");
        assert!(error.to_string().contains("OFF-01"), "{error}");
    }

    #[test]
    fn of_an_earlier_run_what_did_not_pass_is_selected() {
        let json = include_bytes!("../../reports/sample/record.json");
        let mut earlier: Record = serde_json::from_slice(json).expect("the sample is a record");
        let open = |record: &Record| ids(&SelectionArguments::default(), Some(record));
        let not_passed: Vec<String> = earlier
            .cases
            .iter()
            .filter(|case| matches!(case.verdict, Verdict::Failed | Verdict::Inconclusive))
            .map(|case| case.case.to_string())
            .collect();
        assert_eq!(open(&earlier), not_passed);
        // A case that is missing in a run of all cases is new, or did not run.
        earlier.header.filtered_out = 0;
        assert!(open(&earlier).len() > not_passed.len());
    }
}
