//! The process of a live provider: starts it, waits until it is ready, and ends it after the run.
//!
//! feedproof listens before the provider starts: many connectors fetch a token, the key set and the discovery document
//! while they start. The output goes into a log, masked and bounded; nothing in it is tested.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::environment::{ProviderLaunch, StartCommand};
use crate::gateway::remedy;
use crate::topology::early_end::EarlyEndCause;
use crate::topology::provider_group::{Ending, ProviderGroup};
use crate::topology::provider_output::Output;
use crate::vault::Vault;

/// The pause between two readiness requests.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest time for one readiness request.
const READY_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time for the request that tells whether somebody else listens.
const OCCUPIED_TIMEOUT: Duration = Duration::from_secs(1);

/// The same after an interrupt, which is soon followed by the end of feedproof by force.
const GRACE_INTERRUPTED: Duration = Duration::from_secs(2);

/// How long the output of a provider that has ended may take to end.
const LOG_GRACE: Duration = Duration::from_millis(500);

/// How long the last lines of a provider that ended by itself may take.
const LAST_LINES: Duration = Duration::from_millis(100);

/// The pause between two looks at whether the child processes have ended, too.
const GROUP_PAUSE: Duration = Duration::from_millis(20);

/// Why a live provider did not start.
#[derive(Debug, thiserror::Error)]
pub enum ProviderStartError {
    /// The program could not be run.
    #[error("{place}: could not run `{program}`: {cause}")]
    Spawn {
        /// Its place in the environment.
        place: String,
        /// The program.
        program: String,
        /// The cause.
        cause: std::io::Error,
    },
    /// The log could not be created.
    #[error("cannot create the provider's log {}: {cause}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// The provider ended before it was ready.
    #[error("the provider ended before it was ready, with {status}{output}")]
    Ended {
        /// The exit status.
        status: ExitStatus,
        /// The last lines of output.
        output: String,
    },
    /// Another process responds where the provider is to listen.
    #[error(
        "{url} responds before the provider is started: another process listens there; end it, or leave out `start` if it is the connector under test; if it is a gateway, name in `ready` what only the connector answers with 2xx"
    )]
    Occupied {
        /// The URL.
        url: String,
    },
    /// The provider was not ready in time.
    #[error("the provider was not ready within {} s: {url} {seen}{output}", within.as_secs())]
    NotReady {
        /// The URL of the readiness requests.
        url: String,
        /// The result of the last request.
        seen: String,
        /// The longest wait.
        within: Duration,
        /// The last lines of output.
        output: String,
    },
    /// The run was interrupted.
    #[error("interrupted while the provider was starting")]
    Interrupted,
}

/// The process of a provider that feedproof started.
#[derive(Debug)]
pub(super) struct ProviderProcess {
    /// The exit status once it has ended.
    status: watch::Receiver<Option<ExitStatus>>,
    /// Kills it.
    kill: CancellationToken,
    group: ProviderGroup,
    /// How long it has for its end after SIGTERM.
    grace: Duration,
    output: Output,
    logging: Vec<JoinHandle<()>>,
}

impl ProviderProcess {
    /// Starts a provider; `addresses` are environment variables with feedproof's addresses, and `group` leads to its
    /// processes from then on.
    ///
    /// # Errors
    /// [`ProviderStartError::Spawn`] or [`ProviderStartError::Log`].
    pub fn start(
        start: &StartCommand,
        addresses: &[(&str, String)],
        log: Option<&Path>,
        vault: &Arc<Vault>,
        group: ProviderGroup,
    ) -> Result<Self, ProviderStartError> {
        let output = Output::new(log, vault).map_err(|cause| ProviderStartError::Log {
            path: log.unwrap_or(Path::new("")).to_owned(),
            cause,
        })?;
        let (program, arguments) = start
            .command
            .split_first()
            .ok_or(ProviderStartError::Interrupted)?;
        let not_spawned = |cause| ProviderStartError::Spawn {
            place: start.place.to_string(),
            program: program.clone(),
            cause,
        };
        let folder = std::path::absolute(&start.folder).map_err(not_spawned)?;
        // A path is relative to the folder in which the program runs; a bare name is searched for in PATH.
        let executable = if Path::new(program).components().count() > 1 {
            folder.join(program)
        } else {
            PathBuf::from(program)
        };
        let mut command = Command::new(executable);
        command.args(arguments).current_dir(&folder);
        if let Some(inherited) = &start.inherit {
            command.env_clear();
            let set = inherited
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?)));
            command.envs(set);
        }
        command
            .envs(addresses.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(not_spawned)?;
        group.begin(&child);
        let stdout = child.stdout.take().map(|stream| output.follow(stream));
        let stderr = child.stderr.take().map(|stream| output.follow(stream));
        let kill = CancellationToken::new();
        Ok(Self {
            status: follow_to_the_end(child, kill.clone()),
            kill,
            group,
            grace: start.grace,
            output,
            logging: stdout.into_iter().chain(stderr).collect(),
        })
    }

    /// Ends the provider and its child processes: with SIGTERM, and with SIGKILL after its grace; an interrupt leaves
    /// [`GRACE_INTERRUPTED`] at most.
    pub async fn end(mut self, interrupt: &CancellationToken) {
        self.terminate();
        let grace = self.grace;
        let all_ended = async {
            self.ended().await;
            while self.group.is_alive() {
                tokio::time::sleep(GROUP_PAUSE).await;
            }
        };
        let grace_over = async {
            let interrupted = async {
                interrupt.cancelled().await;
                tokio::time::sleep(GRACE_INTERRUPTED).await;
            };
            tokio::select! {
                () = tokio::time::sleep(grace) => {}
                () = interrupted => {}
            }
        };
        tokio::select! {
            biased;
            () = all_ended => {}
            () = grace_over => {
                self.group.signal(Ending::Kill);
                self.kill.cancel();
                self.ended().await;
            }
        }
        self.group.forget();
        self.read_output().await;
    }

    /// Waits until the provider has ended, and returns its exit status; `None` where it is not known.
    async fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.status.wait_for(Option::is_some).await;
        // An error means that nobody waits for the process any more.
        status.ok().and_then(|status| *status)
    }

    /// Tells whether the program has ended.
    pub fn has_ended(&self) -> bool {
        self.status.borrow().is_some()
    }

    /// Waits until the provider has ended by itself, and says so with its last output.
    ///
    /// A program that starts the provider and then leaves it alone has not ended while a process of its group is there.
    pub fn early_end(&self) -> impl Future<Output = EarlyEndCause> + Send + use<> {
        let (mut status, output) = (self.status.clone(), self.output.clone());
        let group = self.group.clone();
        async move {
            let Some(status) = status
                .wait_for(Option::is_some)
                .await
                .ok()
                .and_then(|status| *status)
            else {
                return std::future::pending().await;
            };
            // Its last lines may still be on their way.
            tokio::time::sleep(LAST_LINES).await;
            while group.is_alive() {
                tokio::time::sleep(GROUP_PAUSE).await;
            }
            // Its number may be another group's soon.
            group.forget();
            EarlyEndCause {
                why: format!("the provider that feedproof started ended, with {status}"),
                // In one line: reports show it in the middle of a sentence.
                remedy: format!(
                    "see why in the log of its output{}",
                    output.last_lines().replace("\n  |", " |")
                ),
            }
        }
    }

    /// Reads what a provider has written that has ended.
    async fn read_output(&mut self) {
        for log in self.logging.drain(..) {
            // A child process that left the group may hold the streams open.
            let _ = tokio::time::timeout(LOG_GRACE, log).await;
        }
    }

    #[cfg(unix)]
    fn terminate(&mut self) {
        self.group.signal(Ending::Terminate);
    }

    #[cfg(not(unix))]
    fn terminate(&mut self) {
        self.kill.cancel();
    }
}

/// Waits for the end of a process, or kills it when asked to.
fn follow_to_the_end(
    mut child: Child,
    kill: CancellationToken,
) -> watch::Receiver<Option<ExitStatus>> {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        let status = tokio::select! {
            status = child.wait() => status,
            () = kill.cancelled() => {
                // An error means that it has just ended.
                let _ = child.start_kill();
                child.wait().await
            }
        };
        // Nobody may listen any more.
        let _ = sender.send(status.ok());
    });
    receiver
}

/// Makes sure that nobody responds where a provider that feedproof is about to start will listen: the cases would judge
/// somebody else.
///
/// A gateway that has no provider behind it yet is nobody, and so is a process that does not respond soon.
///
/// # Errors
/// [`ProviderStartError::Occupied`].
pub(super) async fn nobody_there(
    launch: &ProviderLaunch,
    usual: Option<&str>,
    get: &dyn Fn(&str) -> reqwest::RequestBuilder,
) -> Result<(), ProviderStartError> {
    let Some(url) = ready_url(launch, usual) else {
        return Ok(());
    };
    match get(url).timeout(OCCUPIED_TIMEOUT).send().await {
        Ok(answer) if is_ready(launch, &answer) => Err(ProviderStartError::Occupied {
            url: url.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Returns the URL at which a provider shows that it is ready.
fn ready_url<'u>(launch: &'u ProviderLaunch, usual: Option<&'u str>) -> Option<&'u str> {
    match (&launch.ready, &launch.start, usual) {
        (Some(url), ..) => Some(url.as_str()),
        (None, Some(_), usual) => usual,
        _ => None,
    }
}

/// Tells whether a response shows that the provider is ready: a 2xx at the URL of the environment, else any response that
/// is not a gateway's.
fn is_ready(launch: &ProviderLaunch, answer: &reqwest::Response) -> bool {
    match launch.ready {
        Some(_) => answer.status().is_success(),
        None => remedy(answer.status().as_u16(), "").is_none(),
    }
}

/// Waits until the provider responds with 2xx at the URL of the environment; without one, with any status at `usual` that
/// is not a gateway's.
///
/// # Errors
/// [`ProviderStartError::Ended`], [`ProviderStartError::NotReady`] or [`ProviderStartError::Interrupted`].
pub(super) async fn ready(
    launch: &ProviderLaunch,
    usual: Option<&str>,
    process: &mut Option<ProviderProcess>,
    get: &dyn Fn(&str) -> reqwest::RequestBuilder,
    interrupt: &CancellationToken,
) -> Result<(), ProviderStartError> {
    let Some(url) = ready_url(launch, usual) else {
        return Ok(());
    };
    let deadline = Instant::now() + launch.wait;
    let mut seen = "got no request".to_owned();
    loop {
        let answer = tokio::select! {
            biased;
            () = interrupt.cancelled() => return Err(ProviderStartError::Interrupted),
            status = ended(process) => {
                if let Some(process) = process {
                    process.read_output().await;
                }
                let output = last_lines(process);
                return Err(ProviderStartError::Ended { status, output });
            }
            answer = get(url).timeout(READY_TIMEOUT).send() => answer,
        };
        match answer {
            Ok(answer) if is_ready(launch, &answer) => return Ok(()),
            Ok(answer) => seen = format!("responded with {}", answer.status().as_u16()),
            Err(error) if error.is_timeout() => "did not respond".clone_into(&mut seen),
            Err(error) if error.is_connect() => "refused the connection".clone_into(&mut seen),
            Err(error) => seen = format!("could not be reached: {}", error.without_url()),
        }
        if Instant::now() + PAUSE > deadline {
            return Err(ProviderStartError::NotReady {
                url: url.to_owned(),
                seen,
                within: launch.wait,
                output: last_lines(process),
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns the last lines of output, to be appended to a sentence; empty if feedproof did not start the provider.
fn last_lines(process: &Option<ProviderProcess>) -> String {
    let process = process.as_ref();
    process
        .map(|process| process.output.last_lines())
        .unwrap_or_default()
}

/// Waits for the end of the provider; never returns if feedproof did not start it.
async fn ended(process: &mut Option<ProviderProcess>) -> ExitStatus {
    if let Some(process) = process
        && let Some(status) = process.ended().await
    {
        return status;
    }
    std::future::pending().await
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use plan_language::plan::Place;
    use plan_language::source::Span;

    fn shell(script: &str) -> StartCommand {
        StartCommand {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            folder: PathBuf::from("."),
            inherit: None,
            grace: StartCommand::GRACE,
            place: Place::from(&Span::outside("environment.yaml")),
        }
    }

    fn launch(ready: Option<&str>, start: Option<StartCommand>) -> ProviderLaunch {
        ProviderLaunch {
            start,
            ready: ready.map(str::to_owned),
            wait: Duration::from_secs(60),
        }
    }

    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn http() -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client")
    }

    #[tokio::test]
    async fn an_early_end_is_reported_with_the_last_output_and_without_secrets() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("provider.log");
        let vault = Arc::new(Vault::new());
        vault.register("api-key", &Secret::new("very-secret-key"));
        let start = shell("echo up with $FEEDPROOF_BASE; echo key very-secret-key >&2; exit 4");
        let addresses = [("FEEDPROOF_BASE", "http://us".to_owned())];
        let mut process = Some(
            ProviderProcess::start(
                &start,
                &addresses,
                Some(&log),
                &vault,
                ProviderGroup::default(),
            )
            .expect("it starts"),
        );
        for log in process.as_mut().expect("started").logging.drain(..) {
            log.await.expect("it ends");
        }
        let launch = launch(Some("http://127.0.0.1:1/health"), Some(start));
        let error = ready(
            &launch,
            None,
            &mut process,
            &|url| http().get(url),
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
    async fn what_ignores_sigterm_is_killed_when_its_grace_is_over() {
        let mut start = shell("trap '' TERM; echo ignoring; while :; do sleep 1000; done");
        start.grace = Duration::from_millis(1);
        let group = ProviderGroup::default();
        let vault = Arc::new(Vault::new());
        let process =
            ProviderProcess::start(&start, &[], None, &vault, group.clone()).expect("starts");
        while !process.output.last_lines().contains("ignoring") {
            tokio::task::yield_now().await;
        }
        process.end(&CancellationToken::new()).await;
        assert!(!group.is_alive());
    }

    #[tokio::test]
    async fn its_child_processes_end_with_it() {
        let start = shell("sh -c 'echo child $$; exec sleep 1000' & wait");
        let process = ProviderProcess::start(
            &start,
            &[],
            None,
            &Arc::new(Vault::new()),
            ProviderGroup::default(),
        )
        .expect("starts");
        let output = process.output.clone();
        let child = loop {
            let lines = output.last_lines();
            if let Some((_, line)) = lines.split_once("| ") {
                break line
                    .trim_start_matches("child ")
                    .parse::<i32>()
                    .expect("a number");
            }
            tokio::task::yield_now().await;
        };
        process.end(&CancellationToken::new()).await;
        // It ends a moment after the signal; a zombie (state Z) has ended, too.
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

    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn begin(start: &StartCommand) -> ProviderProcess {
        let vault = Arc::new(Vault::new());
        ProviderProcess::start(start, &[], None, &vault, ProviderGroup::default())
            .expect("it starts")
    }

    #[tokio::test]
    async fn an_end_during_the_run_is_its_cause_with_the_last_output() {
        let process = begin(&shell("echo one; echo out of memory; exit 7"));
        let EarlyEndCause { why, remedy } = process.early_end().await;
        assert_eq!(
            why,
            "the provider that feedproof started ended, with exit status: 7"
        );
        assert_eq!(
            remedy,
            "see why in the log of its output; its last output: | one | out of memory"
        );
    }

    #[tokio::test]
    async fn a_program_that_leaves_the_provider_behind_has_not_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut start = shell("while ! [ -e stop ]; do sleep 0.02; done & exit 0");
        start.folder = folder.path().to_owned();
        let process = begin(&start);
        let mut end = std::pin::pin!(process.early_end());
        let soon = tokio::time::timeout(LAST_LINES * 3, &mut end).await;
        assert!(soon.is_err() && process.has_ended(), "{soon:?}");
        std::fs::write(folder.path().join("stop"), "").expect("written");
        let EarlyEndCause { why, .. } = end.await;
        assert_eq!(
            why,
            "the provider that feedproof started ended, with exit status: 0"
        );
    }

    #[tokio::test]
    async fn only_the_variables_that_are_named_are_inherited() {
        let mut start = shell("env; echo end");
        start.inherit = Some(vec!["PATH".to_owned(), "NOT_SET_ANYWHERE".to_owned()]);
        let remedy = begin(&start).early_end().await.remedy;
        assert!(
            remedy.contains("PATH=") && remedy.ends_with("| end"),
            "{remedy}"
        );
        // The tests have it from cargo.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert!(!remedy.contains("CARGO_MANIFEST_DIR"), "{remedy}");
    }

    /// Responds to every request with a status, at the address that is returned.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn responding(status: &'static str) -> String {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let _ = stream.read(&mut [0; 1024]);
                let response =
                    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.write_all(response.as_bytes());
            }
        });
        format!("http://{address}/")
    }

    #[tokio::test]
    async fn who_listens_before_the_provider_starts_is_not_the_provider() {
        let started = |ready: Option<&str>| launch(ready, Some(shell("")));
        let found = async |launch: ProviderLaunch, usual: Option<&str>| {
            let get = |url: &str| http().get(url);
            nobody_there(&launch, usual, &get).await
        };
        let there = responding("404 Not Found");
        let error = found(started(None), Some(&there))
            .await
            .expect_err("somebody responds");
        assert!(
            error.to_string().contains("another process listens there"),
            "{error}"
        );
        let healthy = responding("200 OK");
        assert!(found(started(Some(&healthy)), None).await.is_err());
        // Nobody yet: a health page that is not ready, a gateway with nothing behind it, a closed port.
        assert!(found(started(Some(&there)), None).await.is_ok());
        assert!(
            found(started(None), Some(&responding("502 Bad Gateway")))
                .await
                .is_ok()
        );
        assert!(
            found(started(None), Some("http://127.0.0.1:1/"))
                .await
                .is_ok()
        );
        // A provider that is not started by feedproof is to be there.
        assert!(found(launch(None, None), Some(&there)).await.is_ok());
    }

    #[tokio::test]
    async fn a_missing_program_is_reported_with_its_name() {
        let mut start = shell("");
        start.command = vec!["./no-such-connector".to_owned()];
        let error = ProviderProcess::start(
            &start,
            &[],
            None,
            &Arc::new(Vault::new()),
            ProviderGroup::default(),
        )
        .expect_err("it is not there")
        .to_string();
        assert!(
            error.contains("could not run `./no-such-connector`"),
            "{error}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_is_not_ready_in_time_is_reported_with_the_last_result() {
        let launch = launch(Some("http://127.0.0.1:1/health"), None);
        let error = ready(
            &launch,
            None,
            &mut None,
            &|url| http().get(url),
            &CancellationToken::new(),
        )
        .await
        .expect_err("the port is closed")
        .to_string();
        let words = "not ready within 60 s: http://127.0.0.1:1/health refused the connection";
        assert!(error.contains(words), "{error}");
    }

    #[tokio::test]
    async fn an_interrupt_ends_the_wait() {
        let interrupt = CancellationToken::new();
        interrupt.cancel();
        let launch = launch(Some("http://127.0.0.1:1/health"), None);
        let result = ready(&launch, None, &mut None, &|url| http().get(url), &interrupt).await;
        assert!(
            matches!(result, Err(ProviderStartError::Interrupted)),
            "{result:?}"
        );
    }
}
