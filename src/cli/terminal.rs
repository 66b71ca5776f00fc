//! Colour, and writing to streams that may be closed.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
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
        // An empty variable counts as unset, as its convention says.
        Color::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
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

/// Writes data to stdout; a closed pipe is no error (`feedproof run | head`).
pub fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
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
