//! The rig of one run: journal, vault, taps, stages and runner, put together and taken down.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::environment::{Browser, Launch};
use crate::exchange::{Client, Mounts, Pace, Transport};
use crate::journal::{Header, Journal, JournalError, Writer};
use crate::runner::{Browsing, Means, Person, Runner, Shared, Stages};
use crate::tap::{Limits, PROBE, Tap, WORD_BYTES};
use crate::topology::fault::Fault;
use crate::topology::in_process::outside;
use crate::topology::launch::{self, LaunchError, Launched};
use crate::topology::outbound::{over_network, within};
use crate::topology::preflight::Preflight;
use crate::topology::rehearsal::Rehearsal;
use crate::topology::resolved::Resolved;
use crate::topology::shared_stage::SharedStage;
use crate::vault::{BODY_BYTES_MAX, Vault};
use plan_language::participant::{Callback, Mode};
use plan_language::plan::{Library, Wait, each_wait};

/// How many cases act at once in a rehearsal, unless something else is asked for.
const JOBS_REHEARSAL: usize = 64;
/// How many cases act at once where something is live.
const JOBS_LIVE: usize = 4;
/// How many cases act at once before a live service, which is shared with others.
const JOBS_LIVE_SERVICE: usize = 2;

/// The longest time for one exchange.
const EXCHANGE: Duration = Duration::from_secs(30);

/// How the URLs of an in_process run begin: a name that is never anybody's (RFC 6761).
const ENCLOSED: &str = "http://feedproof.invalid";

/// What a rig is made of.
pub struct RunEnvironmentSettings {
    /// The plans.
    pub library: Arc<Library>,
    /// The environment.
    pub resolved: Resolved,
    /// The head of the journal.
    pub header: Header,
    /// Where the journal is kept, if anywhere.
    pub journal: Option<PathBuf>,
    /// Faults to switch on.
    pub faults: Faults,
    /// Whether the events of a case are let go once it is judged.
    pub forgets: bool,
    /// Whether all cases share one stage even in a rehearsal.
    pub shared_stage: bool,
    /// How many cases act at once, if the environment is not to decide.
    pub jobs: Option<usize>,
    /// Who may be asked to pull a bank action or to play the customer; nobody where there is no terminal.
    pub person: Option<Arc<dyn Person>>,
    /// How others reach the taps.
    pub entrance: Entrance,
    /// Cancelled when the run is interrupted.
    pub interrupt: CancellationToken,
}

/// How others reach the taps of a run.
#[derive(Debug, Default)]
pub enum Entrance {
    /// At the address of the environment, or any free port.
    #[default]
    Listen,
    /// At a listener that is bound already, for whoever had to know its address before.
    Bound(TcpListener),
    /// Not at all: a rehearsal whose emulated parts reach each other within this process.
    Enclosed,
}

/// The faults that emulated parts show.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// On every stage.
    pub everywhere: Vec<Fault>,
    /// On the stage of one case, by the case's id.
    pub of_case: HashMap<Arc<str>, Fault>,
}

/// Why a rig could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum RunEnvironmentError {
    /// The address to listen on is taken or not there.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        cause: std::io::Error,
    },
    /// Another feedproof listens there.
    #[error(
        "another feedproof listens on {0}: a `serve` or a run that goes on; end it first, or listen elsewhere"
    )]
    Taken(SocketAddr),
    /// The run cannot be in_process.
    #[error("cannot run within this process alone: {0}")]
    Outside(String),
    /// No HTTP client could be built.
    #[error("no HTTP client could be built: {0}")]
    Client(String),
    /// The journal could not be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The live provider did not come up.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// Faults are for rehearsals.
    #[error("faults are shown by emulated parts only, and in this environment somebody is live")]
    FaultsOfLive,
}

/// Everything that one run needs, up and listening.
pub struct RunEnvironment {
    /// The journal.
    pub journal: Arc<Journal>,
    /// Runs cases.
    pub runner: Arc<Runner>,
    /// The number of cases that act at once.
    pub jobs: usize,
    /// How others reach the taps.
    pub origin: String,
    preflight: Preflight,
    launch: Launch,
    launched: Option<Launched>,
    interrupt: CancellationToken,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl RunEnvironment {
    /// Puts a rig together; must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`RigError`] when an address, a client or a file cannot be had.
    pub async fn up(settings: RunEnvironmentSettings) -> Result<Self, RunEnvironmentError> {
        let environment = &settings.resolved.environment;
        let mode = environment.mode;
        let faults = settings.faults;
        let shown = !faults.everywhere.is_empty() || !faults.of_case.is_empty();
        if mode != Mode::Rehearsal && shown {
            return Err(RunEnvironmentError::FaultsOfLive);
        }
        let address = environment
            .listen
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = match settings.entrance {
            Entrance::Listen => Some(bind(address).await?),
            Entrance::Bound(listener) => Some(listener),
            Entrance::Enclosed => match outside(environment) {
                Some(why) => return Err(RunEnvironmentError::Outside(why)),
                None => None,
            },
        };
        let origin = match &listener {
            Some(listener) => match listener.local_addr() {
                Ok(address) => format!("http://{address}"),
                Err(cause) => return Err(RunEnvironmentError::Listen { address, cause }),
            },
            None => ENCLOSED.to_owned(),
        };
        let [ca, certificate, key] = &settings.resolved.pem;
        let transport = Transport {
            authorities: ca.as_ref(),
            identity: certificate.as_ref().zip(key.as_ref()),
            proxy: settings.resolved.proxy.as_ref(),
        };
        let http = Client::http_with(EXCHANGE, transport).map_err(RunEnvironmentError::Client)?;
        let writer = settings
            .journal
            .as_deref()
            .map(Writer::create)
            .transpose()?;
        let journal = Arc::new(Journal::begin(settings.header, writer));
        let vault: Arc<Vault> = settings.resolved.vault.clone();
        let mounts = Arc::new(Mounts::default());
        let client = match listener {
            Some(_) => Client::new(http.clone(), mounts, BODY_BYTES_MAX)
                .at_pace(Pace::new(environment.requests_per_second)),
            None => Client::in_process(mounts, BODY_BYTES_MAX),
        };
        let limits = Limits::default();
        let tap = Tap::new(journal.clone(), vault, client, mode, limits);
        let shutdown = CancellationToken::new();
        let (tap, serving, outbound) = match listener {
            Some(listener) => {
                let tap = Arc::new(tap);
                let serving = tap.serve(listener, origin.clone(), shutdown.clone());
                let serving = Some(tokio::spawn(serving));
                (tap, serving, over_network(http.clone()))
            }
            None => {
                let tap = Arc::new(tap.in_process(origin.clone()));
                let outbound = within(&tap, &origin);
                (tap, None, outbound)
            }
        };
        let waits = environment.waits.clone();
        let browsing = Browsing::by(match &environment.browser {
            Browser::Http => Means::Http,
            Browser::Webdriver(url) => Means::WebDriver(url.to_string()),
            Browser::Manual => Means::Person(settings.person.clone()),
        });
        let usual = match mode {
            Mode::Rehearsal => JOBS_REHEARSAL,
            Mode::Connector => JOBS_LIVE,
            Mode::Service | Mode::EndToEnd => JOBS_LIVE_SERVICE,
        };
        let jobs = settings.jobs.or(environment.jobs).unwrap_or(usual).max(1);
        let public = environment.public.clone().unwrap_or_else(|| origin.clone());
        tap.client.mounts().publish(&public, &origin);
        let launch = environment.launch.clone();
        let resolved = Arc::new(settings.resolved);
        let bound = |wait: &Wait| wait.bound(&waits);
        let longest = longest(&settings.library, jobs, &bound);
        let mut preflight = Preflight::of(&resolved, &tap, &origin, &public, &http, longest);
        let stages: Arc<dyn Stages> = match mode {
            Mode::Rehearsal if !settings.shared_stage => Arc::new(Rehearsal {
                resolved,
                tap: tap.clone(),
                origin: origin.clone(),
                outbound,
                faults: faults.everywhere,
                faults_of: faults.of_case,
                stages: AtomicU64::new(1),
            }),
            _ => {
                let stage = match resolved.environment.live_service.clone() {
                    None => SharedStage::start(resolved, &tap, &origin, &public, &outbound),
                    Some(live) => {
                        SharedStage::before(&live, resolved, &tap, &origin, &public, &outbound)
                    }
                };
                preflight.bearer = stage.bearer();
                Arc::new(stage)
            }
        };
        let interrupt = settings.interrupt.clone();
        let shared = Shared {
            journal: journal.clone(),
            tap,
            waits,
            person: settings.person,
            browsing,
            interrupt: settings.interrupt,
            forgets: settings.forgets,
        };
        Ok(Self {
            journal,
            runner: Arc::new(Runner::new(settings.library, shared, stages, jobs)),
            jobs,
            origin,
            preflight,
            launch,
            launched: None,
            interrupt,
            shutdown,
            serving,
        })
    }

    /// Returns what a doctor looks at.
    pub fn preflight(&self) -> &Preflight {
        &self.preflight
    }

    /// Tells whether a live provider is to be started or waited for.
    pub fn launches(&self) -> bool {
        self.launch.start.is_some() || self.launch.ready.is_some()
    }

    /// Starts the live provider, if the environment says how, and waits until it is ready; its output goes to `log`.
    ///
    /// It finds our addresses in the variables `FEEDPROOF_BASE`, `FEEDPROOF_TOKEN_URL`, `FEEDPROOF_PROVIDER_API`,
    /// `FEEDPROOF_KEY_SET` and `FEEDPROOF_ISSUER`.
    ///
    /// # Errors
    /// [`LaunchError`] when it cannot be started, ends, or is not ready in time.
    pub async fn launch(&mut self, log: Option<&Path>) -> Result<(), LaunchError> {
        let around = &self.preflight;
        if let Some(start) = &self.launch.start {
            let addresses = around.for_provider.variables(&around.public);
            self.launched = Some(Launched::start(start, &addresses, log, &around.vault)?);
        }
        let usual = around.callbacks.get(&Callback::Notification);
        launch::ready(
            &self.launch,
            usual.map(String::as_str),
            &mut self.launched,
            &around.http,
            &self.interrupt,
        )
        .await
    }

    /// Takes the run environment down: listeners close, the journal is written to its end.
    ///
    /// # Errors
    /// [`JournalError`] when the journal could not be kept.
    pub async fn down(self) -> Result<(), JournalError> {
        if let Some(launched) = self.launched {
            launched.end().await;
        }
        self.shutdown.cancel();
        if let Some(serving) = self.serving {
            // A task that panicked has nothing left to close.
            let _ = serving.await;
        }
        self.journal.close()
    }
}

/// Listens on an address, or says who does so already.
async fn bind(address: SocketAddr) -> Result<TcpListener, RunEnvironmentError> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(cause) if listens_here(address).await => {
            tracing::debug!(%cause, "taken");
            Err(RunEnvironmentError::Taken(address))
        }
        Err(cause) => Err(RunEnvironmentError::Listen { address, cause }),
    }
}

/// Says how long a run takes at the most: every wait is waited for to its end, `jobs` cases at once.
fn longest(library: &Library, jobs: usize, bound: &dyn Fn(&Wait) -> Duration) -> Duration {
    let mut sum = Duration::ZERO;
    for case in library.cases() {
        for steps in [&case.given, &case.steps, &case.teardown] {
            each_wait(steps, &mut |wait| sum = sum.saturating_add(bound(wait)));
        }
    }
    sum / u32::try_from(jobs).unwrap_or(u32::MAX)
}

/// Tells whether another feedproof listens on an address: its taps answer a probe with a word.
async fn listens_here(address: SocketAddr) -> bool {
    let Ok(http) = Client::http(Duration::from_secs(2)) else {
        return false;
    };
    let Ok(answer) = http.get(format!("http://{address}{PROBE}")).send().await else {
        return false;
    };
    let word = answer.content_length() == Some(WORD_BYTES);
    answer.status().is_success() && word
}
