//! Runs the program of a bank action, with bounds for its time and for the output that is kept.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// How much of the end of an output is kept, in bytes: more than a failure shows, so that no secret is cut in two.
const KEPT: usize = 16 << 10;

/// How long a process that the program left behind may hold its outputs open.
const DRAIN: Duration = Duration::from_secs(1);

/// How a program failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProgramFailure {
    /// How it ended, in words that follow the name of the bank action.
    pub why: String,
    /// The end of what it wrote to both streams, stdout first.
    pub output: String,
}

/// Runs a program in a folder and waits until it ends, for `within` at most; its stdin is empty.
///
/// The program is killed when its time is over or the wait is dropped; processes that it started are not.
///
/// # Errors
/// [`ProgramFailure`] when it cannot be started, ends with anything but 0, or takes too long.
pub(super) async fn run(
    words: &[String],
    folder: &Path,
    within: Duration,
) -> Result<(), ProgramFailure> {
    let failed = |why: String| ProgramFailure {
        why,
        output: String::new(),
    };
    let Some((program, arguments)) = words.split_first() else {
        return Err(failed("names no program".to_owned()));
    };
    let mut command = Command::new(place(program, folder));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let mut child = command
        .spawn()
        .map_err(|error| failed(format!("could not run {program}: {error}")))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let outputs = tokio::spawn(async move { tokio::join!(tail(out), tail(err)) });
    let ended = tokio::time::timeout(within, child.wait()).await;
    let why = match ended {
        Ok(Ok(status)) if status.success() => return Ok(()),
        Ok(Ok(status)) => format!("ended with {status}"),
        Ok(Err(error)) => format!("could not be waited for: {error}"),
        Err(_) => {
            // The program may have ended by itself in this moment.
            let _ = child.kill().await;
            format!("did not end within {} s", within.as_secs())
        }
    };
    // A process that the program left behind may hold the streams open for ever.
    let output = match tokio::time::timeout(DRAIN, outputs).await {
        Ok(Ok((out, err))) => format!("{out}{err}"),
        _ => String::new(),
    };
    Err(ProgramFailure { why, output })
}

/// Returns where a program is: a path counts from the environment's folder, a bare name is found by the system.
fn place(program: &str, folder: &Path) -> PathBuf {
    let path = Path::new(program);
    if path.components().count() == 1 && !program.starts_with("./") {
        return path.to_owned();
    }
    // The folder changes before the program starts, and on some systems a relative path then leads elsewhere.
    std::path::absolute(folder.join(path)).unwrap_or_else(|_| path.to_owned())
}

/// Reads a stream to its end and returns its last part.
async fn tail(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else {
        return String::new();
    };
    let mut kept: Vec<u8> = Vec::new();
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        kept.extend_from_slice(&part[..length]);
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    let from = kept.len().saturating_sub(KEPT);
    String::from_utf8_lossy(&kept[from..]).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str, folder: &Path, within: Duration) -> Result<(), ProgramFailure> {
        let words = ["sh", "-c", script].map(str::to_owned);
        run(&words, folder, within).await
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_program_that_ends_with_0_succeeds() {
        assert_eq!(shell("cat; exit 0", Path::new(""), LONG).await, Ok(()));
    }

    #[tokio::test]
    async fn a_failure_shows_the_end_of_the_output() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done; echo last >&2; exit 3";
        let failed = shell(script, Path::new(""), LONG)
            .await
            .expect_err("it fails");
        assert_eq!(failed.why, "ended with exit status: 3");
        assert!(failed.output.ends_with("last\n"), "{}", failed.output);
        assert!(failed.output.len() <= 2 * KEPT + 5);
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_killed() {
        let failed = shell(
            "exec cat /dev/zero > /dev/null",
            Path::new(""),
            Duration::from_millis(50),
        )
        .await
        .expect_err("it is killed");
        assert_eq!(failed.why, "did not end within 0 s");
    }

    #[tokio::test]
    async fn a_process_left_behind_does_not_delay_the_bank_action() {
        // The process ends by itself, long after the bank action failed.
        let begun = std::time::Instant::now();
        let failed = shell("sleep 5 & exit 1", Path::new(""), LONG)
            .await
            .expect_err("it fails");
        assert_eq!(failed.why, "ended with exit status: 1");
        assert!(begun.elapsed() < Duration::from_secs(4));
    }

    #[tokio::test]
    async fn a_program_is_found_beside_the_environment() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let script = folder.path().join("do.sh");
        std::fs::write(&script, "#!/bin/sh\n[ \"$1\" = \"a b\" ] && [ -f do.sh ]\n")
            .expect("it is written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&script, mode).expect("it can be run");
        let words = ["./do.sh", "a b"].map(str::to_owned);
        assert_eq!(run(&words, folder.path(), LONG).await, Ok(()));
        let words = ["./other.sh".to_owned()];
        let failed = run(&words, folder.path(), LONG)
            .await
            .expect_err("it is not there");
        assert!(
            failed.why.starts_with("could not run ./other.sh: "),
            "{}",
            failed.why
        );
    }
}
