//! `feedproof init`: writes a small project that runs at once.

mod connector;
mod environment;
#[cfg(test)]
mod fixture;

use std::borrow::Cow;
use std::fs::{OpenOptions, create_dir_all};
use std::io::Write as _;
use std::path::Path;

use crate::cli::arguments::InitArguments;
use crate::cli::error::CliError;
use crate::cli::init_mode::InitMode;
use crate::cli::schema::{ENVIRONMENT_SCHEMA, SCHEMA};
use crate::cli::terminal::data;
use crate::exit_code::ExitCode;

/// The files of a project, in the order in which they are listed.
const FILES: [(&str, &str); 4] = [
    ("plans/hello.yaml", include_str!("init/plans/hello.yaml")),
    (
        "plans/flows/begun-session.yaml",
        include_str!("init/plans/flows/begun-session.yaml"),
    ),
    ("plans/plan.schema.json", SCHEMA),
    ("environments/environment.schema.json", ENVIRONMENT_SCHEMA),
];

/// The README of a project with a live connector.
const README: &str = include_str!("init/README.md");

/// Runs the command and returns the exit code; nothing is written where a file would be overwritten.
pub(super) fn init(arguments: &InitArguments) -> Result<ExitCode, CliError> {
    let folder = &arguments.folder;
    let environment = environment::environment(arguments)?;
    let readme = [("README.md".to_owned(), Cow::Owned(readme(arguments.mode)))];
    let files: Vec<_> = readme
        .into_iter()
        .chain(FILES.map(|(name, text)| (name.to_owned(), Cow::Borrowed(text))))
        .chain([(arguments.mode.file(), Cow::Owned(environment))])
        .collect();
    let there: Vec<_> = files
        .iter()
        .filter(|(name, _)| folder.join(name).symlink_metadata().is_ok())
        .map(|(name, _)| folder.join(name).display().to_string())
        .collect();
    if !there.is_empty() {
        return Err(CliError::usage(format!(
            "no file was written, because these exist: {}",
            there.join(", ")
        ))
        .with_hint("name another folder: `feedproof init my-plans`"));
    }
    for (name, text) in &files {
        let path = folder.join(name);
        write(&path, text).map_err(|error| {
            CliError::usage(format!("cannot write {}: {error}", path.display()))
        })?;
        data(&format!("wrote {}\n", path.display()));
    }
    let enter = if folder.as_os_str() == "." {
        String::new()
    } else {
        format!("cd {} && ", folder.display())
    };
    data(&format!("\nnext: {enter}{}\n", arguments.mode.next()));
    Ok(ExitCode::Success)
}

/// Returns the README of a project; its remarks stay in one column.
fn readme(mode: InitMode) -> String {
    let connector = InitMode::Connector;
    let (file, width) = (connector.file(), connector.file().len() + 2);
    README
        .replace(&format!("{file}  "), &format!("{:width$}", mode.file()))
        .replace(&file, &mode.file())
        .replace(connector.subjects(), mode.subjects())
}

/// Writes a new file; one that has appeared meanwhile is left alone.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use crate::environment::{SecretLocation, open};
    use crate::secret::Secret;
    use plan_language::participant::Mode;

    const ENVIRONMENT: &str = include_str!("init/environments/connector.yaml");

    /// Takes the `#` away before what is commented out: words of an environment, which begin with a small letter or a
    /// quote. Sentences begin with a capital.
    fn uncommented(text: &str) -> String {
        let lines = text.lines().map(|line| {
            let (before, rest) = line.split_at(line.len() - line.trim_start().len());
            match rest.strip_prefix("# ") {
                Some(word) if word.contains(": ") || word.ends_with(':') => {
                    let first = word.chars().next().unwrap_or('A');
                    let is_word =
                        first == '"' || (first.is_ascii_lowercase() && !word.starts_with("yaml-"));
                    let key = word.split(':').next().unwrap_or_default();
                    if is_word && (first == '"' || !key.contains(' ')) {
                        format!("{before}{word}")
                    } else {
                        line.to_owned()
                    }
                }
                _ => line.to_owned(),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_environment_is_valid_as_it_is_and_with_every_comment_removed() {
        let ledger = "account,date,amount\n".to_owned() + &"ext-1,2026-01-05,1\n".repeat(410);
        let look = |_: SecretLocation<'_>| Ok(Secret::new(ledger.as_str()));
        let opening = open("e.yaml", ENVIRONMENT.as_bytes(), &[], &look);
        assert_eq!(opening.findings, []);
        let whole = uncommented(ENVIRONMENT);
        let opening = open("e.yaml", whole.as_bytes(), &[], &look);
        assert_eq!(opening.findings, []);
        let environment = opening.environment.expect("it is sound");
        assert_eq!(environment.mode, Mode::Connector);
        assert!(environment.proxy.is_some() && environment.tls.ca.is_some());
        assert!(environment.launch.start.is_some() && environment.launch.ready.is_some());
        assert_eq!(environment.bank_actions.len(), 3);
        assert_eq!(environment.customers[0].fields.len(), 2);
        assert!(environment.customers[0].ledger.is_some());
    }
}
