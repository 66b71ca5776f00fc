//! The run environment: journal, vault, taps, stages and runner of one run, set up and taken down together.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::environment::{Browser, Environment, ProviderLaunch};
use crate::exchange::{Client, Mounts, Pace, ProxyRoute, Transport};
use crate::handles::{self, TooFewHandles};
use crate::journal::{Header, Journal, JournalError, Writer};
use crate::runner::{BrowserDriver, Person, Runner, Shared, Stages, Visits};
use crate::tap::{Limits, PROBE, Tap, WORD_BYTES};
use crate::topology::deviation::Deviations;
use crate::topology::early_end::{EarlyEnd, EarlyEndCause};
use crate::topology::feed_time::feed_time;
use crate::topology::in_process::in_process_obstacle;
use crate::topology::outbound::{over_network, within};
use crate::topology::provider_group::ProviderGroup;
use crate::topology::provider_process::{self, ProviderProcess, ProviderStartError};
use crate::topology::rehearsal::Rehearsal;
use crate::topology::resolved::ResolvedEnvironment;
use crate::topology::run_addresses::RunAddresses;
use crate::topology::shared_stage::SharedStage;
use crate::vault::BODY_BYTES_MAX;
use banking_service_emulator::Outbound;
use plan_language::participant::{Callback, Mode, Participant};
use plan_language::plan::{Library, Wait, each_wait};

/// The number of cases that run at once in a rehearsal, unless the environment or the command line sets it.
const JOBS_REHEARSAL: usize = 64;
/// The number of cases that run at once with a live provider.
const JOBS_LIVE: usize = 4;
/// The number of cases that run at once with a live service, which others use too.
const JOBS_LIVE_SERVICE: usize = 2;

/// The longest time for one exchange.
const EXCHANGE: Duration = Duration::from_secs(30);

/// The origin of an in-process run: a name that never resolves (RFC 6761).
const IN_PROCESS_ORIGIN: &str = "http://feedproof.invalid";

/// The settings of a run environment.
pub struct RunEnvironmentSettings {
    /// The plans.
    pub library: Arc<Library>,
    /// The environment.
    pub resolved: ResolvedEnvironment,
    /// The header of the journal.
    pub header: Header,
    /// The file of the journal; unset to keep it in memory only.
    pub journal: Option<PathBuf>,
    /// The faults to inject, and the variants.
    pub deviations: Deviations,
    /// Whether the journal drops the events of a case once it is judged.
    pub forgets: bool,
    /// Whether all cases share one stage even in a rehearsal.
    pub shared_stage: bool,
    /// The number of cases that run at once; unset for that of the environment.
    pub jobs: Option<usize>,
    /// Asks a person to perform a bank action or to use the browser; unset without a terminal.
    pub person: Option<Arc<dyn Person>>,
    /// How participants reach the taps.
    pub tap_access: TapAccess,
    /// Cancelled when the run is interrupted.
    pub interrupt: CancellationToken,
    /// Leads to the processes of a provider that the run starts.
    pub provider: ProviderGroup,
}

impl RunEnvironmentSettings {
    /// Makes the settings that most commands use: the taps listen where the environment says, each case of a rehearsal
    /// has its own stage, the journal is in memory, no fault is injected, and no person is asked.
    pub fn new(library: Arc<Library>, resolved: ResolvedEnvironment, header: Header) -> Self {
        Self {
            library,
            resolved,
            header,
            journal: None,
            deviations: Deviations::default(),
            forgets: false,
            shared_stage: false,
            jobs: None,
            person: None,
            tap_access: TapAccess::Listen,
            interrupt: CancellationToken::new(),
            provider: ProviderGroup::default(),
        }
    }
}

/// How participants reach the taps of a run.
#[derive(Debug, Default)]
pub enum TapAccess {
    /// The taps listen at the address of the environment, or at any free port.
    #[default]
    Listen,
    /// The taps use a bound listener, whose address had to be known before.
    Bound(TcpListener),
    /// The taps do not listen: the emulated participants of a rehearsal reach each other within this process.
    InProcess,
}

/// Why a run environment could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum RunEnvironmentError {
    /// The address to listen on is in use or does not exist.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        cause: std::io::Error,
    },
    /// Another feedproof listens there.
    #[error(
        "another feedproof (`serve` or a run) listens on {0}; end it first, or listen on another address"
    )]
    Taken(SocketAddr),
    /// The run cannot be in-process.
    #[error("cannot run in-process: {0}")]
    Outside(String),
    /// No HTTP client could be built.
    #[error("cannot build an HTTP client: {0}")]
    Client(String),
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The live provider did not start.
    #[error(transparent)]
    ProviderStart(#[from] ProviderStartError),
    /// There are not enough file handles for a single case.
    #[error(transparent)]
    Handles(#[from] TooFewHandles),
    /// Faults are for rehearsals.
    #[error(
        "only emulated participants can have faults and variants, and in this environment a participant is live"
    )]
    FaultsOfLive,
}

/// Everything that one run needs, set up and listening.
pub struct RunEnvironment {
    /// The journal.
    pub journal: Arc<Journal>,
    /// Runs cases.
    pub runner: Arc<Runner>,
    /// The number of cases that run at once: as many as are wanted, and as there are file handles for.
    pub jobs: usize,
    /// The number of cases that were to run at once.
    pub jobs_wanted: usize,
    /// The address at which the taps listen.
    pub origin: String,
    run_addresses: RunAddresses,
    launch: ProviderLaunch,
    process: Option<ProviderProcess>,
    interrupt: CancellationToken,
    provider: ProviderGroup,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl RunEnvironment {
    /// Sets up a run environment; must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`RunEnvironmentError`] when an address, a client or a file is not available.
    #[expect(
        clippy::too_many_lines,
        reason = "one line for each part that starts, in the order in which it starts"
    )]
    pub async fn up(settings: RunEnvironmentSettings) -> Result<Self, RunEnvironmentError> {
        let mut resolved = settings.resolved;
        resolved.nonce.clone_from(&settings.header.nonce);
        let resolved = Arc::new(resolved);
        let environment = &resolved.environment;
        let deviations = settings.deviations;
        let injected = !deviations.everywhere.is_empty() || !deviations.of_case.is_empty();
        if environment.mode != Mode::Rehearsal && injected {
            return Err(RunEnvironmentError::FaultsOfLive);
        }
        let jobs_wanted = jobs(environment, settings.jobs);
        let open = match settings.tap_access {
            // Messages within this process need no handles.
            TapAccess::InProcess => usize::MAX,
            TapAccess::Listen | TapAccess::Bound(_) => handles::open_at_once(handles::limit())?,
        };
        let jobs = jobs_wanted.min(open);
        let (listener, origin) = listen(environment, settings.tap_access).await?;
        let http = http_client(&resolved)?;
        let journal = settings.journal.as_deref();
        let writer = journal.map(Writer::create).transpose()?;
        let journal = Arc::new(Journal::begin(settings.header, writer));
        let shutdown = CancellationToken::new();
        let taps = taps(&resolved, &journal, &http, listener, &origin, &shutdown);
        let public = environment.public.clone().unwrap_or_else(|| origin.clone());
        taps.tap.client.mounts().publish(&public, &origin);
        let longest = longest(&settings.library, jobs, &|wait| {
            wait.bound(&environment.waits)
        });
        let mut run_addresses =
            RunAddresses::of(&resolved, &taps.tap, &origin, &public, &http, longest);
        // Each case has participants of its own.
        let rehearses_apart = environment.mode == Mode::Rehearsal && !settings.shared_stage;
        let shared = Shared {
            journal: journal.clone(),
            tap: taps.tap.clone(),
            waits: environment.waits.clone(),
            one_provider: !rehearses_apart,
            feed_time: feed_time(environment, jobs),
            person: settings.person.clone(),
            visits: visits(environment, settings.person),
            interrupt: settings.interrupt.clone(),
            interrupted_at: OnceLock::new(),
            forgets: settings.forgets,
        };
        let launch = environment.launch.clone();
        let stages: Arc<dyn Stages> = if rehearses_apart {
            Arc::new(Rehearsal {
                resolved,
                tap: taps.tap,
                origin: origin.clone(),
                outbound: taps.outbound,
                deviations,
                stages: AtomicU64::new(1),
            })
        } else {
            let stage = shared_stage(resolved, &taps.tap, &origin, &public, &taps.outbound);
            run_addresses.bearer = stage.bearer();
            Arc::new(stage)
        };
        Ok(Self {
            journal,
            runner: Arc::new(Runner::new(settings.library, shared, stages, jobs, open)),
            jobs,
            jobs_wanted,
            origin,
            run_addresses,
            launch,
            process: None,
            interrupt: settings.interrupt,
            provider: settings.provider,
            shutdown,
            serving: taps.serving,
        })
    }

    /// Returns the addresses and credentials for preflight checks.
    pub fn run_addresses(&self) -> &RunAddresses {
        &self.run_addresses
    }

    /// Limits the time of the run, counted from its beginning, until the limit is dropped; must be called within a tokio
    /// runtime.
    ///
    /// Once it is over, the run ends as after an interrupt, and `over` is called; `why` is the reason of each case that
    /// had not ended.
    pub fn limit_time(
        &self,
        limit: Duration,
        why: String,
        over: impl FnOnce(&str) + Send + 'static,
    ) -> EarlyEnd {
        let end = self.journal.instant(0) + limit;
        let cause = async move {
            tokio::time::sleep_until(end).await;
            EarlyEndCause {
                why,
                remedy: "give the run more time, or run fewer cases with --filter".to_owned(),
            }
        };
        EarlyEnd::by(self.journal.clone(), self.interrupt.clone(), cause, over)
    }

    /// Ends the run as after an interrupt once `reached` is cancelled, until the result is dropped; must be called within a
    /// tokio runtime. `why` is the reason of each case that had not ended.
    pub fn limit_failures(
        &self,
        reached: CancellationToken,
        why: String,
        over: impl FnOnce(&str) + Send + 'static,
    ) -> EarlyEnd {
        let cause = async move {
            reached.cancelled().await;
            EarlyEndCause {
                why,
                remedy: "mend the first failures, and run the rest with --rerun".to_owned(),
            }
        };
        EarlyEnd::by(self.journal.clone(), self.interrupt.clone(), cause, over)
    }

    /// Tells whether the program has ended that [`launch`](Self::launch) started.
    pub fn provider_has_ended(&self) -> bool {
        let process = self.process.as_ref();
        process.is_some_and(ProviderProcess::has_ended)
    }

    /// Watches the provider that [`launch`](Self::launch) started, if it started one; must be called within a tokio runtime.
    ///
    /// Once it has ended, the run ends as after an interrupt, and `over` gets the reason.
    pub fn watch_provider(&self, over: impl FnOnce(&str) + Send + 'static) -> Option<EarlyEnd> {
        let cause = self.process.as_ref()?.early_end();
        let (journal, interrupt) = (self.journal.clone(), self.interrupt.clone());
        Some(EarlyEnd::by(journal, interrupt, cause, over))
    }

    /// Tells whether [`launch`](Self::launch) starts a live provider or waits for one.
    pub fn launches(&self) -> bool {
        self.launch.start.is_some() || self.launch.ready.is_some()
    }

    /// Starts the live provider, if the environment has a command for it, and waits until it is ready; its output goes to
    /// `log`.
    ///
    /// The provider reads feedproof's addresses from the variables `FEEDPROOF_BASE`, `FEEDPROOF_TOKEN_URL`, `FEEDPROOF_PROVIDER_API`,
    /// `FEEDPROOF_KEY_SET` and `FEEDPROOF_ISSUER`.
    ///
    /// # Errors
    /// [`ProviderStartError`] when it cannot be started, ends, or is not ready in time.
    pub async fn launch(&mut self, log: Option<&Path>) -> Result<(), ProviderStartError> {
        let run_addresses = &self.run_addresses;
        let usual = run_addresses.callbacks.get(&Callback::Notification);
        let usual = usual.map(String::as_str);
        let get = |url: &str| run_addresses.get(url);
        if let Some(start) = &self.launch.start {
            provider_process::nobody_there(&self.launch, usual, &get).await?;
            let addresses = run_addresses.for_provider.variables(&run_addresses.public);
            let process = ProviderProcess::start(
                start,
                &addresses,
                log,
                &run_addresses.vault,
                self.provider.clone(),
            )?;
            self.process = Some(process);
        }
        provider_process::ready(
            &self.launch,
            usual,
            &mut self.process,
            &get,
            &self.interrupt,
        )
        .await
    }

    /// Takes the run environment down: ends the live provider that it started, closes the listener and the journal.
    ///
    /// # Errors
    /// [`JournalError`] when the journal could not be written.
    pub async fn down(self) -> Result<(), JournalError> {
        if let Some(process) = self.process {
            process.end(&self.interrupt).await;
        }
        self.shutdown.cancel();
        if let Some(serving) = self.serving {
            // A task that panicked has nothing left to close.
            let _ = serving.await;
        }
        self.journal.close()
    }
}

/// Returns the listener of the taps, unless they are in-process, and the origin of their URLs.
async fn listen(
    environment: &Environment,
    access: TapAccess,
) -> Result<(Option<TcpListener>, String), RunEnvironmentError> {
    let address = environment
        .listen
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = match access {
        TapAccess::Listen => bind(address).await?,
        TapAccess::Bound(listener) => listener,
        TapAccess::InProcess => {
            return match in_process_obstacle(environment) {
                Some(why) => Err(RunEnvironmentError::Outside(why)),
                None => Ok((None, IN_PROCESS_ORIGIN.to_owned())),
            };
        }
    };
    match listener.local_addr() {
        Ok(address) => Ok((Some(listener), format!("http://{address}"))),
        Err(cause) => Err(RunEnvironmentError::Listen { address, cause }),
    }
}

/// Builds the HTTP client of a run, with the certificates and the proxy of its environment.
fn http_client(resolved: &ResolvedEnvironment) -> Result<reqwest::Client, RunEnvironmentError> {
    let tls = &resolved.tls;
    let identity = tls.identity.as_ref();
    let transport = Transport {
        authorities: tls.authorities.as_ref(),
        identity: identity.map(|identity| (&identity.chain, &identity.key)),
        proxy: resolved.proxy.as_ref(),
    };
    Client::http_with(EXCHANGE, transport).map_err(RunEnvironmentError::Client)
}

/// The taps of a run, and how emulated participants send through them.
struct Taps {
    tap: Arc<Tap>,
    /// The task that serves the listener; unset in-process.
    serving: Option<JoinHandle<()>>,
    outbound: Outbound,
}

/// Makes the taps of a run; they listen if there is a listener, and are in-process otherwise.
fn taps(
    resolved: &ResolvedEnvironment,
    journal: &Arc<Journal>,
    http: &reqwest::Client,
    listener: Option<TcpListener>,
    origin: &str,
    shutdown: &CancellationToken,
) -> Taps {
    let environment = &resolved.environment;
    let mounts = Arc::new(Mounts::default());
    let tap = |client| {
        let (journal, vault) = (journal.clone(), resolved.vault.clone());
        Tap::new(journal, vault, client, environment.mode, Limits::default())
            .with_reporting_browser(matches!(environment.browser, Browser::Webdriver(_)))
    };
    if let Some(listener) = listener {
        let client = Client::new(http.clone(), mounts, BODY_BYTES_MAX)
            .within(resolved.vault.memory().clone())
            .noting_in(journal.clone())
            .at_pace(Pace::new(environment.requests_per_second))
            .with_users(resolved.users())
            .through(resolved.proxy.as_ref().and_then(ProxyRoute::of));
        let tap = Arc::new(tap(client));
        let serving = tap.serve(listener, origin.to_owned(), shutdown.clone());
        let (watched, end) = (tap.clone(), shutdown.clone());
        let watches = !environment.mode.is_live(Participant::Provider);
        let watching = async move {
            if watches {
                watched.watch_pulse(end).await;
            }
        };
        Taps {
            tap,
            serving: Some(tokio::spawn(async { tokio::join!(serving, watching).0 })),
            outbound: over_network(http.clone(), journal.clone()),
        }
    } else {
        let client =
            Client::in_process(mounts, BODY_BYTES_MAX).within(resolved.vault.memory().clone());
        let tap = Arc::new(tap(client).in_process(origin.to_owned()));
        let outbound = within(&tap, origin);
        Taps {
            tap,
            serving: None,
            outbound,
        }
    }
}

/// Makes the stage that all cases share.
fn shared_stage(
    resolved: Arc<ResolvedEnvironment>,
    tap: &Arc<Tap>,
    origin: &str,
    public: &str,
    outbound: &Outbound,
) -> SharedStage {
    match resolved.environment.live_service.clone() {
        None => SharedStage::with_emulated_service(resolved, tap, origin, public, outbound),
        Some(live) => {
            SharedStage::with_live_service(&live, resolved, tap, origin, public, outbound)
        }
    }
}

/// Makes the visits of the customer's browser, as the environment chooses it.
fn visits(environment: &Environment, person: Option<Arc<dyn Person>>) -> Visits {
    Visits::by(match &environment.browser {
        Browser::Http => BrowserDriver::Http,
        Browser::Webdriver(url) => BrowserDriver::WebDriver(url.to_string()),
        Browser::Manual => BrowserDriver::Person(person),
    })
}

/// Returns the number of cases that run at once: `asked`, else that of the environment, else that of the mode.
pub(super) fn jobs(environment: &Environment, asked: Option<usize>) -> usize {
    let usual = match environment.mode {
        Mode::Rehearsal => JOBS_REHEARSAL,
        Mode::Connector => JOBS_LIVE,
        Mode::Service | Mode::EndToEnd => JOBS_LIVE_SERVICE,
    };
    asked.or(environment.jobs).unwrap_or(usual).max(1)
}

/// Listens on an address, or reports that another feedproof does.
async fn bind(address: SocketAddr) -> Result<TcpListener, RunEnvironmentError> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(cause) if listens_here(address).await => {
            tracing::debug!(%cause, "the address is in use");
            Err(RunEnvironmentError::Taken(address))
        }
        Err(cause) => Err(RunEnvironmentError::Listen { address, cause }),
    }
}

/// Returns the longest time that a run takes: every wait lasts to its end, and `jobs` cases run at once.
fn longest(library: &Library, jobs: usize, bound: &dyn Fn(&Wait) -> Duration) -> Duration {
    let mut sum = Duration::ZERO;
    for case in library.cases() {
        for steps in [&case.given, &case.steps, &case.teardown] {
            each_wait(steps, &mut |wait| sum = sum.saturating_add(bound(wait)));
        }
    }
    sum / u32::try_from(jobs).unwrap_or(u32::MAX)
}

/// Tells whether another feedproof listens on an address: its taps respond to a probe with a word.
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
