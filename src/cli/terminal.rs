//! Colour, and writing to streams that may be closed.

use std::ffi::OsStr;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use clap::ValueEnum;

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
        Color::Auto => {
            let variable = |name: &str| std::env::var_os(name);
            !is_plain(variable("NO_COLOR").as_deref(), variable("TERM").as_deref())
                && std::io::stdout().is_terminal()
        }
    };
    colored::control::set_override(colored);
    let level = std::env::var("FEEDPROOF_LOG")
        .ok()
        .and_then(|text| text.parse::<tracing::Level>().ok());
    if let Some(level) = level {
        let log = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(colored)
            .with_writer(std::io::stderr)
            .finish();
        // A second log is refused; the first goes on.
        let _ = tracing::subscriber::set_global_default(log);
    }
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
    let mut out = std::io::stdout().lock();
    note_lost(&out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Remembers that data could not be written to stdout; a closed pipe is no error.
pub fn note_lost(written: &std::io::Result<()>) {
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
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{text}");
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
