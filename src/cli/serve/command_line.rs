//! Lines of commands, read from an input that may contain anything.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// The longest command that is read, in bytes.
const COMMAND_BYTES_MAX: usize = 4 << 10;

/// A line of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandLine {
    /// A command, without its line break.
    Command(String),
    /// No command can be that long; the line was read to its end, and is not kept.
    TooLong,
    /// The line is not UTF-8.
    NotText,
}

/// Reads the next line; `None` once the input is closed or cannot be read.
///
/// A caller that drops the future before it is ready may lose a part of the line.
pub(super) async fn next_line(input: &mut (impl AsyncBufRead + Unpin)) -> Option<CommandLine> {
    let mut line = Vec::new();
    let mut is_too_long = false;
    loop {
        let chunk = input.fill_buf().await.ok()?;
        if chunk.is_empty() && line.is_empty() && !is_too_long {
            return None;
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        is_too_long |= line.len() + part.len() > COMMAND_BYTES_MAX;
        if !is_too_long {
            line.extend_from_slice(part);
        }
        let (is_over, read) = (chunk.is_empty(), part.len() + usize::from(end.is_some()));
        input.consume(read);
        if end.is_none() && !is_over {
            continue;
        }
        return Some(match String::from_utf8(line) {
            _ if is_too_long => CommandLine::TooLong,
            Ok(line) => CommandLine::Command(line),
            Err(_) => CommandLine::NotText,
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::*;

    async fn lines(input: &[u8], buffer: usize) -> Vec<CommandLine> {
        let mut input = BufReader::with_capacity(buffer, input);
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input).await {
            lines.push(line);
        }
        lines
    }

    #[tokio::test]
    async fn a_line_that_is_no_text_or_too_long_does_not_end_the_commands() {
        let long = vec![b'x'; COMMAND_BYTES_MAX + 1];
        let input = [
            b"one\n\xFF\xFE\n\n",
            &long[..],
            b"\ntwo\xE9\n",
            &long[1..],
            b"\nlast",
        ]
        .concat();
        let command = |text: &str| CommandLine::Command(text.to_owned());
        let longest = String::from_utf8_lossy(&long[1..]).into_owned();
        let expected = [
            command("one"),
            CommandLine::NotText,
            command(""),
            CommandLine::TooLong,
            CommandLine::NotText,
            command(&longest),
            command("last"),
        ];
        for buffer in [1, 7, 1 << 16] {
            assert_eq!(lines(&input, buffer).await, expected);
        }
        assert_eq!(lines(b"", 1).await, []);
    }
}
