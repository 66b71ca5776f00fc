//! One stage for all cases: one service at a fixed address, and one provider that calls it.
//!
//! Here the service is emulated. The provider is live behind the sink, or it is the reference provider beside the
//! service, for `feedproof serve`. [`live_service`](super::live_service) sets up the stage before a live service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::exchange::{Mount, MountOwner, Upstream};
use crate::runner::{
    Ageing, BankAction, NotOpen, Parts, PendingFuture, Stage, Stages, unguessable,
};
use crate::tap::Tap;
use crate::topology::ageing::{unmovable, waits_to_age};
use crate::topology::applicable::{candidates, inapplicable, no_customer, visit_place};
use crate::topology::case_stage::{
    CALLBACK_PATHS, StageAddresses, bank_action, case_stage, provider_mount, service_mount,
};
use crate::topology::deviation::Deviation;
use crate::topology::emulated::{make_provider, make_service, mint, rulings};
use crate::topology::lease::{Lease, LeaseNeeds, Leases, VisitOrder};
use crate::topology::resolved::ResolvedEnvironment;
use crate::topology::return_page::return_mount;
use banking_service_emulator::{KeyRotation, NotificationBearer, Outbound, Service};
use plan_language::participant::{Callback, Mode, Participant};
use plan_language::plan::{Case, Credentials, ServiceSetting};
use reference_provider::Provider;

/// The first segment of the reference provider's path.
const PROVIDER_AT: &str = "provider";

/// Opens the same stage for every case.
pub(super) struct SharedStage {
    resolved: Arc<ResolvedEnvironment>,
    participants: SharedParticipants,
    /// The address at which others reach the origin.
    public: String,
    /// The beginning of the places of return addresses; each case has its own.
    returns: String,
    /// The number of the next return address.
    stages: AtomicU64,
    tap: Arc<Tap>,
    /// The address at which the tap listens.
    origin: String,
    leases: Arc<Leases>,
}

/// The emulated participants of a shared stage, and the addresses of all.
pub(super) struct SharedParticipants {
    /// The service, where it is emulated.
    pub service: Option<Service>,
    /// The reference provider with its base URL, where no provider is live.
    pub provider: Option<(Provider, String)>,
    /// Base URL of the Consumer API.
    pub consumer: String,
    /// Base URL of the service, above the Provider API.
    pub base: String,
    /// The provider's callbacks, at the sink.
    pub callbacks: BTreeMap<Callback, String>,
}

impl SharedStage {
    /// Sets up the emulated service at the root of `origin`, and beside it the sink before a live provider, at
    /// unguessable paths, or the reference provider at `/provider`.
    ///
    /// `public` is the address at which the provider reaches `origin`.
    pub fn with_emulated_service(
        resolved: Arc<ResolvedEnvironment>,
        tap: &Arc<Tap>,
        origin: &str,
        public: &str,
        outbound: &Outbound,
    ) -> Self {
        let environment = &resolved.environment;
        let mounts = tap.client.mounts();
        // The emulated service may not know the public address; the customer's browser must use it.
        let at = |callback: Callback| match callback {
            Callback::Auth | Callback::ReAuth => public,
            Callback::Notification | Callback::AvailableAccounts => origin,
        };
        let provider_base = format!("{public}/{PROVIDER_AT}");
        let mut callbacks = BTreeMap::new();
        let provider = environment.callbacks.is_empty().then(|| {
            let agreed = environment.agreed;
            make_provider(
                &resolved,
                outbound,
                &provider_base,
                public,
                agreed,
                None,
                &Deviation::default(),
            )
        });
        if let Some(provider) = &provider {
            callbacks.extend(CALLBACK_PATHS.map(|(callback, path)| {
                (callback, format!("{}/{PROVIDER_AT}{path}", at(callback)))
            }));
            let mount = provider_mount(provider_base.clone(), provider.router(), None);
            mounts.add(origin, PROVIDER_AT, mount);
        }
        let token = unguessable();
        for (callback, live) in &environment.callbacks {
            let place = format!("sink-{token}-{}", callback.as_str());
            let base = format!("{}/{place}", at(*callback));
            callbacks.insert(*callback, base.clone());
            mounts.add(origin, &place, sink_mount(base, *callback, live.clone()));
        }
        // Cases share the service, so that no case can change its settings.
        let setting = ServiceSetting::default();
        let rulings = rulings(&setting, environment.agreed, &environment.rulings);
        let service = make_service(&resolved, public, outbound, &callbacks, rulings, &[]);
        let mount = service_mount(public.to_owned(), service.router(), None);
        mounts.add(origin, "", mount);
        let participants = SharedParticipants {
            service: Some(service),
            provider: provider.map(|provider| (provider, provider_base)),
            consumer: format!("{public}/api/v1"),
            base: public.to_owned(),
            callbacks,
        };
        Self::with(resolved, tap, origin, public, participants)
    }

    /// Makes the stage of participants that are set up already.
    pub fn with(
        resolved: Arc<ResolvedEnvironment>,
        tap: &Arc<Tap>,
        origin: &str,
        public: &str,
        participants: SharedParticipants,
    ) -> Self {
        Self {
            leases: Arc::new(Leases::new(
                resolved.environment.customers.len(),
                VisitOrder::of(&resolved.environment.browser),
            )),
            returns: format!("sink-{}-return", unguessable()),
            stages: AtomicU64::new(1),
            tap: tap.clone(),
            origin: origin.to_owned(),
            public: public.to_owned(),
            participants,
            resolved,
        }
    }

    /// Makes a bearer for notifications; `None` where the identity provider is live.
    pub fn bearer(&self) -> Option<String> {
        let service = self.participants.service.as_ref()?;
        Some(service.mint(NotificationBearer::Valid))
    }

    async fn open_shared(&self, case: &Arc<Case>) -> Result<Stage, NotOpen> {
        let environment = &self.resolved.environment;
        if let Some(why) = inapplicable(case, environment) {
            return Err(why);
        }
        let agreed = environment.agreed;
        let fitting = candidates(case, environment, agreed)?;
        let needs = &case.needs;
        let lease = self.leases.take(LeaseNeeds {
            candidates: &fitting,
            other_customer: needs.other_customer,
            visits: needs.visits,
            other_visits: needs.other_visits,
        });
        let lease = lease.await;
        let lease = lease.ok_or_else(|| no_customer(case))?;
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let return_at = format!("{}-{number}", self.returns);
        let addresses = StageAddresses {
            consumer: self.participants.consumer.clone(),
            service: self.participants.base.clone(),
            callbacks: self.participants.callbacks.clone(),
            returns: format!("{}/{return_at}", self.public),
        };
        let mount = return_mount(addresses.returns.clone(), case.id.clone());
        self.tap
            .client
            .mounts()
            .add(&self.origin, &return_at, mount);
        let customers = lease.customers.clone();
        let parts = SharedStageCase {
            service: self.participants.service.clone(),
            rotation: self.participants.service.as_ref().map(Service::rotate_keys),
            provider: self.participants.provider.clone(),
            resolved: self.resolved.clone(),
            tap: self.tap.clone(),
            origin: self.origin.clone(),
            return_at,
            _lease: lease,
        };
        Ok(case_stage(
            &self.resolved,
            case,
            &customers,
            agreed,
            addresses,
            Arc::new(parts),
        ))
    }
}

/// Makes the mount of one callback of the sink before a live provider.
pub(super) fn sink_mount(base: String, callback: Callback, live: String) -> Arc<Mount> {
    Arc::new(Mount {
        base,
        upstream: Upstream::Live(live),
        owner: MountOwner::Callback(callback),
        lane: None,
    })
}

impl Stages for SharedStage {
    fn shared(&self) -> bool {
        true
    }

    fn mode(&self) -> Mode {
        self.resolved.environment.mode
    }

    fn place(&self, case: &Case) -> usize {
        visit_place(case, &self.resolved.environment)
    }

    fn open<'a>(&'a self, case: &'a Arc<Case>) -> PendingFuture<'a, Result<Stage, NotOpen>> {
        Box::pin(self.open_shared(case))
    }
}

/// One case's use of the shared stage; dropping it frees the case's customers.
struct SharedStageCase {
    service: Option<Service>,
    /// The keys of the emulated identity provider that are the case's own.
    rotation: Option<KeyRotation>,
    provider: Option<(Provider, String)>,
    resolved: Arc<ResolvedEnvironment>,
    tap: Arc<Tap>,
    origin: String,
    /// The place of the case's return address.
    return_at: String,
    _lease: Lease,
}

impl Parts for SharedStageCase {
    fn mint(&self, bearer: Credentials) -> Option<String> {
        mint(self.service.as_ref()?, self.rotation.as_ref()?, bearer)
    }

    fn age(&self, who: Participant, by: Duration) -> Ageing {
        match (who, &self.service, &self.provider) {
            (Participant::Service | Participant::Sageid, Some(service), _) => service.age(by),
            (Participant::Provider, _, Some((provider, _))) => provider.age(by),
            (Participant::Provider, ..) if waits_to_age(&self.resolved.environment, by) => {
                return Ageing::TakesTime;
            }
            (other, ..) => return Ageing::Impossible(unmovable(other)),
        }
        Ageing::Done
    }

    fn bank_action(&self, name: &str) -> Result<BankAction, String> {
        let base = self.provider.as_ref().map_or("", |(_, base)| base);
        bank_action(&self.resolved, name, base)
    }

    fn close(&self) -> PendingFuture<'_, ()> {
        let mounts = self.tap.client.mounts();
        mounts.remove(&self.origin, &self.return_at);
        Box::pin(std::future::ready(()))
    }
}
