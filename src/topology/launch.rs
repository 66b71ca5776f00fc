//! Starts a live provider, waits until it is ready, and ends it after the run.
//!
//! Our own addresses listen before it is started: many a connector wants token endpoint, key set and discovery
//! document before it comes up. What it writes goes into a log, masked and bounded; it is not tested.

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::environment::{Launch, Start};
use crate::vault::Vault;

/// The pause between two questions whether it is ready.
const EVERY: Duration = Duration::from_millis(200);

/// The longest time that one such question takes.
const QUESTION: Duration = Duration::from_secs(5);

/// How long a provider may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(5);

/// The longest line of its output that is kept, in bytes; a longer one is left out whole, lest a secret be cut in two.
const LINE_MAX: u64 = 64 << 10;

/// The most that is kept of its output, in bytes.
const LOG_MAX: usize = 16 << 20;

/// How many of its last lines are told when it does not come up.
const TOLD: usize = 10;

/// Why a provider did not come up.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The program could not be run.
    #[error("{place}: could not run `{program}`: {cause}")]
    Start {
        /// Where the environment names it.
        place: String,
        /// The program.
        program: String,
        /// The cause.
        cause: std::io::Error,
    },
    /// Its log could not be kept.
    #[error("cannot keep the provider's log {}: {cause}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// It ended before it was ready.
    #[error("the provider ended before it was ready, with {status}{output}")]
    Ended {
        /// How.
        status: ExitStatus,
        /// The last lines that it wrote.
        output: String,
    },
    /// It was not ready in time.
    #[error("the provider was not ready within {} s: {url} {seen}{output}", within.as_secs())]
    NotReady {
        /// What was asked.
        url: String,
        /// What was seen last.
        seen: String,
        /// How long it was waited for.
        within: Duration,
        /// The last lines that it wrote.
        output: String,
    },
    /// The run was interrupted.
    #[error("interrupted while the provider was coming up")]
    Interrupted,
}

/// A provider that we started.
#[derive(Debug)]
pub(super) struct Launched {
    child: Child,
    output: Output,
    logging: Vec<JoinHandle<()>>,
}

impl Launched {
    /// Starts a provider; `addresses` are variables of its environment that name ours.
    pub fn start(
        start: &Start,
        addresses: &[(&str, String)],
        log: Option<&Path>,
        vault: &Arc<Vault>,
    ) -> Result<Self, LaunchError> {
        let output = Output::new(log)?;
        let (program, arguments) = start
            .command
            .split_first()
            .ok_or(LaunchError::Interrupted)?;
        let cannot = |cause| LaunchError::Start {
            place: start.place.to_string(),
            program: program.clone(),
            cause,
        };
        let folder = std::path::absolute(&start.folder).map_err(cannot)?;
        // A program that is named with a path is named as seen from the folder in which it runs.
        let named = match Path::new(program).components().count() > 1 {
            true => folder.join(program),
            false => PathBuf::from(program),
        };
        let mut command = Command::new(named);
        command
            .args(arguments)
            .current_dir(&folder)
            .envs(addresses.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(cannot)?;
        let logging = [
            child
                .stdout
                .take()
                .map(|stream| tokio::spawn(output.clone().keep(stream, vault.clone()))),
            child
                .stderr
                .take()
                .map(|stream| tokio::spawn(output.clone().keep(stream, vault.clone()))),
        ];
        Ok(Self {
            child,
            output,
            logging: logging.into_iter().flatten().collect(),
        })
    }

    /// Ends the provider and what it started: asks first, and insists when its grace is over.
    pub async fn end(mut self) {
        self.signal(false);
        if tokio::time::timeout(GRACE, self.child.wait())
            .await
            .is_err()
        {
            self.signal(true);
            // It may have ended in this moment, which is as good.
            let _ = self.child.kill().await;
        }
        for one in self.logging {
            // What it left behind may hold the streams open.
            let _ = tokio::time::timeout(Duration::from_secs(1), one).await;
        }
    }

    #[cfg(unix)]
    fn signal(&mut self, insist: bool) {
        use nix::sys::signal::{Signal, killpg};
        let group = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group {
            let signal = if insist {
                Signal::SIGKILL
            } else {
                Signal::SIGTERM
            };
            // A group that is gone needs no signal.
            let _ = killpg(nix::unistd::Pid::from_raw(group), signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _insist: bool) {
        // A process that is gone needs no signal.
        let _ = self.child.start_kill();
    }
}

/// Waits until the provider answers at the URL that the environment names; without one, at `usual` with any answer.
pub(super) async fn ready(
    launch: &Launch,
    usual: Option<&str>,
    launched: &mut Option<Launched>,
    http: &reqwest::Client,
    interrupt: &CancellationToken,
) -> Result<(), LaunchError> {
    let url = match (&launch.ready, &launch.start, usual) {
        (Some(url), ..) => url.as_str(),
        (None, Some(_), Some(usual)) => usual,
        _ => return Ok(()),
    };
    let deadline = Instant::now() + launch.wait;
    let mut seen = "was not asked".to_owned();
    loop {
        let answer = tokio::select! {
            biased;
            () = interrupt.cancelled() => return Err(LaunchError::Interrupted),
            status = ended(launched) => {
                let output = launched.as_ref().map(|one| one.output.told()).unwrap_or_default();
                return Err(LaunchError::Ended { status, output });
            }
            answer = http.get(url).timeout(QUESTION).send() => answer,
        };
        match answer {
            Ok(answer) if launch.ready.is_none() || answer.status().is_success() => return Ok(()),
            Ok(answer) => seen = format!("answers {}", answer.status().as_u16()),
            Err(error) if error.is_timeout() => "gives no answer".clone_into(&mut seen),
            Err(_) => "has nobody listening".clone_into(&mut seen),
        }
        if Instant::now() + EVERY > deadline {
            return Err(LaunchError::NotReady {
                url: url.to_owned(),
                seen,
                within: launch.wait,
                output: launched
                    .as_ref()
                    .map(|one| one.output.told())
                    .unwrap_or_default(),
            });
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Waits for the end of the provider, for ever if it is not ours.
async fn ended(launched: &mut Option<Launched>) -> ExitStatus {
    if let Some(one) = launched
        && let Ok(status) = one.child.wait().await
    {
        return status;
    }
    std::future::pending().await
}

/// Where the output of a provider goes.
#[derive(Clone, Debug)]
struct Output(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    file: Option<std::fs::File>,
    room: usize,
    last: VecDeque<String>,
}

impl Output {
    fn new(log: Option<&Path>) -> Result<Self, LaunchError> {
        let file = log
            .map(|path| {
                std::fs::File::create(path).map_err(|cause| LaunchError::Log {
                    path: path.to_owned(),
                    cause,
                })
            })
            .transpose()?;
        Ok(Self(Arc::new(Mutex::new(Kept {
            file,
            room: LOG_MAX,
            last: VecDeque::new(),
        }))))
    }

    /// Keeps what comes from a stream, line by line, until it ends.
    async fn keep(self, stream: impl AsyncRead + Unpin, vault: Arc<Vault>) {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        let mut long = false;
        loop {
            line.clear();
            match (&mut stream)
                .take(LINE_MAX)
                .read_until(b'\n', &mut line)
                .await
            {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let whole = line.ends_with(b"\n") || (line.len() as u64) < LINE_MAX;
            if long || !whole {
                if whole {
                    self.put("(a line of more than 64 KiB)");
                }
                long = !whole;
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            self.put(&vault.mask(text.trim_end()));
        }
    }

    fn put(&self, line: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.last.len() == TOLD {
            kept.last.pop_front();
        }
        kept.last.push_back(line.chars().take(400).collect());
        let enough = line.len() + 1 > kept.room;
        kept.room = kept.room.saturating_sub(line.len() + 1);
        let line = if enough {
            "(more was written, and is not kept)"
        } else {
            line
        };
        if let Some(file) = &mut kept.file {
            // The log is a service; a disk that is full must not end the run.
            let _ = writeln!(file, "{line}");
        }
        if enough {
            kept.file = None;
            kept.room = 0;
        }
    }

    /// Tells the last lines, to be put behind a sentence.
    fn told(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.last.is_empty() {
            true => String::new(),
            false => {
                let lines = kept.last.iter().map(|line| format!("\n  | {line}"));
                format!("; it wrote:{}", lines.collect::<String>())
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use plan_language::plan::Place;
    use plan_language::source::Span;

    fn shell(script: &str) -> Start {
        Start {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            folder: PathBuf::from("."),
            place: Place::from(&Span::outside("environment.yaml")),
        }
    }

    fn launch(ready: Option<&str>, start: Option<Start>) -> Launch {
        Launch {
            start,
            ready: ready.map(str::to_owned),
            wait: Duration::from_secs(60),
        }
    }

    fn http() -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client")
    }

    #[tokio::test]
    async fn one_that_ends_is_told_with_its_last_words_and_without_secrets() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("provider.log");
        let vault = Arc::new(Vault::new());
        vault.register("api-key", &Secret::new("very-secret-key"));
        let start = shell("echo up with $FEEDPROOF_BASE; echo key very-secret-key >&2; exit 4");
        let addresses = [("FEEDPROOF_BASE", "http://us".to_owned())];
        let mut launched =
            Some(Launched::start(&start, &addresses, Some(&log), &vault).expect("it starts"));
        for one in launched.as_mut().expect("started").logging.drain(..) {
            one.await.expect("it ends");
        }
        let launch = launch(Some("http://127.0.0.1:1/health"), Some(start));
        let error = ready(
            &launch,
            None,
            &mut launched,
            &http(),
            &CancellationToken::new(),
        )
        .await
        .expect_err("it ended")
        .to_string();
        for word in [
            "exit status: 4",
            "up with http://us",
            "| key ⟦secret:api-key#",
        ] {
            assert!(error.contains(word), "{word:?} in {error}");
        }
        let log = std::fs::read_to_string(&log).expect("it is kept");
        assert!(log.contains("up with http://us"), "{log}");
        assert!(!log.contains("very-secret-key") && !error.contains("very-secret-key"));
    }

    #[tokio::test]
    async fn what_it_started_ends_with_it() {
        let start = shell("sh -c 'echo child $$; exec sleep 1000' & wait");
        let launched = Launched::start(&start, &[], None, &Arc::new(Vault::new())).expect("starts");
        let output = launched.output.clone();
        let child = loop {
            if let Some(line) = output.0.lock().expect("whole").last.front() {
                break line
                    .trim_start_matches("child ")
                    .parse::<i32>()
                    .expect("a number");
            }
            tokio::task::yield_now().await;
        };
        launched.end().await;
        // It dies a moment after it was told to; one that nobody has waited for yet is gone all the same.
        let gone = async {
            loop {
                let state = std::fs::read_to_string(format!("/proc/{child}/stat"));
                if state.is_err() || state.is_ok_and(|state| state.contains(") Z ")) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone)
            .await
            .expect("it ended, too");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_names_itself_and_its_place() {
        let mut start = shell("");
        start.command = vec!["./no-such-connector".to_owned()];
        let error = Launched::start(&start, &[], None, &Arc::new(Vault::new()))
            .expect_err("it is not there")
            .to_string();
        assert!(
            error.contains("could not run `./no-such-connector`"),
            "{error}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_not_ready_in_time_is_told_with_what_was_seen() {
        let launch = launch(Some("http://127.0.0.1:1/health"), None);
        let error = ready(&launch, None, &mut None, &http(), &CancellationToken::new())
            .await
            .expect_err("nobody listens")
            .to_string();
        let words = "not ready within 60 s: http://127.0.0.1:1/health has nobody listening";
        assert!(error.contains(words), "{error}");
    }

    #[tokio::test]
    async fn an_interrupt_ends_the_wait() {
        let interrupt = CancellationToken::new();
        interrupt.cancel();
        let launch = launch(Some("http://127.0.0.1:1/health"), None);
        let result = ready(&launch, None, &mut None, &http(), &interrupt).await;
        assert!(
            matches!(result, Err(LaunchError::Interrupted)),
            "{result:?}"
        );
    }
}
