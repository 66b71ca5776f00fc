//! The exit codes of all commands: the one table from which `--help`, the README and `explain` take theirs. Pure.
//!
//! Which code a finished run ends with is decided by [`judge`](crate::judge); the other codes by the command line.

use std::fmt::Write as _;

/// The exit code of a command. 0 is only for the good answer to the whole question that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// The question has a good answer.
    Success = 0,
    /// The system under test, or a check, broke what was demanded.
    Failed = 1,
    /// Arguments, plan, environment or a file cannot be used, or stdout cannot be written.
    Usage = 2,
    /// Nothing can be said about the subject.
    Inconclusive = 3,
    /// Nothing was tested, or too little for a certificate.
    NotTested = 4,
    /// A secret would have been published.
    Secret = 5,
    /// `doctor` found an error.
    Unfit = 6,
    /// The process was stopped by a second interrupt (Ctrl-C, SIGTERM or SIGHUP).
    Interrupted = 130,
}

impl ExitCode {
    /// All exit codes, in ascending order.
    pub const ALL: [Self; 8] = [
        Self::Success,
        Self::Failed,
        Self::Usage,
        Self::Inconclusive,
        Self::NotTested,
        Self::Secret,
        Self::Unfit,
        Self::Interrupted,
    ];

    /// Returns the number that the process ends with.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Returns the name, such as `not-tested`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Inconclusive => "inconclusive",
            Self::NotTested => "not-tested",
            Self::Secret => "secret",
            Self::Unfit => "unfit",
            Self::Interrupted => "interrupted",
        }
    }

    /// Returns when a command ends with it, in one line.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => {
                "the good answer: CONFORMANT, REHEARSAL PASSED, plans are valid, every fault is detected, a certificate is verified; `diff`: nothing got worse"
            }
            Self::Failed => {
                "a requirement failed; `prove`: a fault is undetected, misattributed or missing; `verify`: a report contradicts the journal, or a signature that was asked for does not hold; `diff`: something got worse"
            }
            Self::Usage => {
                "an argument, a plan, the environment or a file cannot be used (no case was run), or stdout could not be written"
            }
            Self::Inconclusive => {
                "a case is inconclusive, preflight checks failed, an interrupt (Ctrl-C, SIGTERM, SIGHUP), or feedproof itself failed; `verify`: something cannot be checked; `diff`: a run cannot be judged again"
            }
            Self::NotTested => {
                "no case was selected or applies; with `--certify` and for `verify`, also a run that is no certificate"
            }
            Self::Secret => "a report or the output contained a secret and was withheld",
            Self::Unfit => "`doctor` found an error",
            Self::Interrupted => {
                "a second interrupt stopped the process at once; reports are missing"
            }
        }
    }
}

/// Writes exit codes for `--help`, one line each.
pub fn help(codes: &[ExitCode]) -> String {
    let mut text = "Exit codes:".to_owned();
    for code in codes {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {:>3}  {}", code.number(), code.meaning());
    }
    text
}

/// Writes the table of all exit codes in Markdown, as README and reference contain it.
pub fn markdown() -> String {
    let mut text = "| code | name | a command ends with it when |\n|---|---|---|\n".to_owned();
    for code in ExitCode::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            code.number(),
            code.name(),
            code.meaning()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_names_differ() {
        assert!(ExitCode::ALL.is_sorted_by(|left, right| left.number() < right.number()));
        let names: std::collections::BTreeSet<_> = ExitCode::ALL.map(ExitCode::name).into();
        assert_eq!(names.len(), ExitCode::ALL.len());
    }

    #[test]
    fn the_readme_contains_the_table() {
        let readme = include_str!("../README.md");
        assert!(
            readme.contains(&markdown()),
            "README.md, \"Exit codes\", should contain:\n{}",
            markdown()
        );
    }
}
