//! Colour, and writing to streams: harmless text only, to streams that may be closed.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use clap::builder::StyledStr;

use crate::plain::{Styles, harmless};

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Decides whether output is coloured, and starts the log if `FEEDPROOF_LOG` names a level.
pub fn prepare(color: Color) {
    let colored = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => allows_colors() && io::stdout().is_terminal(),
    };
    colored::control::set_override(colored);
    let level = std::env::var("FEEDPROOF_LOG")
        .ok()
        .and_then(|text| text.parse::<tracing::Level>().ok());
    if let Some(level) = level {
        let log = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(colored)
            .with_writer(|| LogWriter)
            .finish();
        // A second log is refused; the first goes on.
        let _ = tracing::subscriber::set_global_default(log);
    }
}

/// Tells whether the environment allows colours.
fn allows_colors() -> bool {
    let variable = |name: &str| std::env::var_os(name);
    !is_plain(variable("NO_COLOR").as_deref(), variable("TERM").as_deref())
}

/// Tells whether the variables `NO_COLOR` and `TERM` ask for text without colours.
fn is_plain(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    // An empty variable counts as unset, as its convention says.
    no_color.is_some_and(|value| !value.is_empty()) || term.is_some_and(|term| term == "dumb")
}

/// Why data could not be written to stdout, if it could not.
static LOST: OnceLock<String> = OnceLock::new();

/// Writes data to stdout; a closed pipe is no error (`feedproof run | head`), and any other is remembered.
pub fn data(text: &str) {
    write_out(&harmless(text, styles()));
}

/// Writes commands that the runner of a CI job is to obey to stdout. Their texts from outside are escaped.
pub fn commands(text: &str) {
    write_out(text);
}

fn write_out(text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error.to_string());
    }
}

/// Returns why data could not be written to stdout, if it could not.
pub fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// Writes a message to stderr, with a line break at its end.
pub fn talk(text: &str) {
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "{}", harmless(text, styles()));
}

/// Writes what the reading of the arguments came to: help and version to stdout, errors to stderr.
pub fn parsed(text: &StyledStr, is_error: bool) {
    let is_terminal = if is_error {
        io::stderr().is_terminal()
    } else {
        io::stdout().is_terminal()
    };
    let colored = allows_colors() && is_terminal;
    colored::control::set_override(colored);
    let text = if colored {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    if is_error {
        talk(text.trim_end_matches('\n'));
    } else {
        data(&text);
    }
}

/// Returns the styles that may be written, as [`prepare`] decided.
fn styles() -> Styles {
    if colored::control::SHOULD_COLORIZE.should_colorize() {
        Styles::Kept
    } else {
        Styles::Shown
    }
}

/// Writes the log to stderr.
struct LogWriter;

impl Write for LogWriter {
    /// Writes one entry of the log, which comes whole.
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let mut out = io::stderr().lock();
        out.write_all(harmless(&text, styles()).as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Returns the width of the terminal to which data is written, in columns; `None` for a file or a pipe.
pub fn width() -> Option<usize> {
    let terminal = console::Term::stdout();
    let columns = terminal.is_term().then(|| terminal.size_checked())??.1;
    Some(usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dumb_terminal_and_a_wish_get_no_colours() {
        let plain = |no_color: Option<&str>, term: Option<&str>| {
            is_plain(no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(plain(None, Some("dumb")) && plain(Some("1"), Some("xterm")));
        assert!(!plain(None, Some("xterm")) && !plain(Some(""), None));
    }
}
