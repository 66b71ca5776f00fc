//! One stage for all cases: one service on a fixed address, and the provider that calls it its own.
//!
//! Here the service is emulated. The provider is live behind the sink, or the reference provider beside the service,
//! for those who develop. What differs where the service is live is put up in [`live_service`](super::live_service).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::exchange::{Face, Mount, Upstream};
use crate::runner::{BankAction, NotOpen, Parts, PendingFuture, Stage, Stages, unguessable};
use crate::tap::Tap;
use crate::topology::emulated::{embedded_provider, embedded_service, mint, rulings};
use crate::topology::inapplicable::{candidates, inapplicable, no_customer};
use crate::topology::lease::{Lease, Leases};
use crate::topology::rehearsal::{CALLBACK_PATHS, bank_action, values};
use crate::topology::resolved::Resolved;
use crate::topology::return_page::return_mount;
use banking_service_emulator::{Outbound, Service};
use plan_language::participant::{Callback, Participant};
use plan_language::plan::{Case, Credentials, ServiceSetting};
use reference_provider::Provider;

/// The first part of the reference provider's path.
const PROVIDER_AT: &str = "provider";

/// Opens stages that are all the same one.
pub(super) struct SharedStage {
    resolved: Arc<Resolved>,
    standing: Standing,
    /// How others reach the origin.
    public: String,
    /// Where browsers come back to; each case has its own place, which begins like this.
    returns: String,
    stages: AtomicU64,
    tap: Arc<Tap>,
    origin: String,
    leases: Arc<Leases>,
}

/// Who stands on a stage, and where.
pub(super) struct Standing {
    /// The service, where it is emulated.
    pub service: Option<Service>,
    /// The reference provider with its base URL, where none is live.
    pub provider: Option<(Provider, String)>,
    /// Base URL of the Consumer API.
    pub consumer: String,
    /// Base URL of the service, above the Provider API.
    pub base: String,
    /// The provider's callbacks, at the sink.
    pub callbacks: BTreeMap<Callback, String>,
}

impl SharedStage {
    /// Starts the service at the root of `origin`, and beside it the sink, below paths that nobody can guess, or the
    /// reference provider below `/provider`.
    ///
    /// `public` is how the provider reaches `origin`.
    pub fn start(
        resolved: Arc<Resolved>,
        tap: &Arc<Tap>,
        origin: &str,
        public: &str,
        outbound: &Outbound,
    ) -> Self {
        let token = unguessable();
        let mut callbacks = BTreeMap::new();
        // The emulated service may not know the way that others take to us; the customer's browser is one of them.
        let at = |callback: Callback| match callback {
            Callback::Auth | Callback::ReAuth => public,
            Callback::Notification | Callback::AvailableAccounts => origin,
        };
        let provider_base = format!("{public}/{PROVIDER_AT}");
        let provider = resolved.environment.callbacks.is_empty().then(|| {
            let agreed = resolved.environment.agreed;
            embedded_provider(
                &resolved,
                outbound,
                &provider_base,
                public,
                agreed,
                None,
                &[],
            )
        });
        if let Some(provider) = &provider {
            callbacks.extend(CALLBACK_PATHS.map(|(callback, path)| {
                (callback, format!("{}/{PROVIDER_AT}{path}", at(callback)))
            }));
            let paths = CALLBACK_PATHS.map(|(callback, path)| (path.to_owned(), callback));
            let mount = Arc::new(Mount {
                base: provider_base.clone(),
                upstream: Upstream::Emulated(provider.router()),
                face: Face::Provider(paths.to_vec()),
                lane: None,
            });
            tap.client.mounts().add(origin, PROVIDER_AT, mount);
        }
        for (callback, live) in &resolved.environment.callbacks {
            let place = format!("sink-{token}-{}", callback.as_str());
            let base = format!("{}/{place}", at(*callback));
            callbacks.insert(*callback, base.clone());
            let mount = Arc::new(Mount {
                base,
                upstream: Upstream::Live(live.clone()),
                face: Face::Callback(*callback),
                lane: None,
            });
            tap.client.mounts().add(origin, &place, mount);
        }
        let service = embedded_service(
            &resolved,
            public,
            outbound,
            &callbacks,
            // Cases share the service, so that none can set it in a way of its own.
            rulings(
                &ServiceSetting::default(),
                resolved.environment.agreed,
                &resolved.environment.rulings,
            ),
            &[],
        );
        let mount = Arc::new(Mount {
            base: public.to_owned(),
            upstream: Upstream::Emulated(service.router()),
            face: Face::Service,
            lane: None,
        });
        tap.client.mounts().add(origin, "", mount);
        let standing = Standing {
            service: Some(service),
            provider: provider.map(|provider| (provider, provider_base)),
            consumer: format!("{public}/api/v1"),
            base: public.to_owned(),
            callbacks,
        };
        Self::with(resolved, tap, origin, public, standing)
    }

    /// Makes the stage of those who stand there already.
    pub fn with(
        resolved: Arc<Resolved>,
        tap: &Arc<Tap>,
        origin: &str,
        public: &str,
        standing: Standing,
    ) -> Self {
        Self {
            leases: Arc::new(Leases::new(resolved.environment.customers.len())),
            returns: format!("sink-{}-return", unguessable()),
            stages: AtomicU64::new(1),
            tap: tap.clone(),
            origin: origin.to_owned(),
            public: public.to_owned(),
            standing,
            resolved,
        }
    }

    /// Makes a bearer as notifications carry it; none where the identity provider is live.
    pub fn bearer(&self) -> Option<String> {
        mint(self.standing.service.as_ref()?, Credentials::Good)
    }

    async fn open_shared(&self, case: &Arc<Case>) -> Result<Stage, NotOpen> {
        if let Some(why) = inapplicable(case, &self.resolved.environment) {
            return Err(why);
        }
        let agreed = self.resolved.environment.agreed;
        let lease = self
            .leases
            .take(
                &candidates(case, &self.resolved.environment, agreed)?,
                case.needs.other_customer,
            )
            .await
            .ok_or_else(|| no_customer(case))?;
        let environment = &self.resolved.environment;
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let return_at = format!("{}-{number}", self.returns);
        let returns = format!("{}/{return_at}", self.public);
        let mount = return_mount(returns.clone(), case.id.clone());
        self.tap
            .client
            .mounts()
            .add(&self.origin, &return_at, mount);
        Ok(Stage {
            values: values(
                &self.resolved,
                &lease.customers,
                agreed,
                &returns,
                case.needs.ledger,
            ),
            consumer: self.standing.consumer.clone(),
            sageid: format!("{}/sageid", self.standing.base),
            service: self.standing.base.clone(),
            callbacks: self.standing.callbacks.clone(),
            returns,
            application: environment.credentials.application.clone(),
            application_key: self
                .resolved
                .handle("signing-key", &self.resolved.application_key),
            notification_header: (
                environment.notification_header.0.clone(),
                self.resolved
                    .handle("notification-header", &self.resolved.header_value),
            ),
            parts: Arc::new(Share {
                service: self.standing.service.clone(),
                provider: self.standing.provider.clone(),
                resolved: self.resolved.clone(),
                tap: self.tap.clone(),
                origin: self.origin.clone(),
                return_at,
                _lease: lease,
            }),
        })
    }
}

impl Stages for SharedStage {
    fn shared(&self) -> bool {
        true
    }

    fn open<'a>(&'a self, case: &'a Arc<Case>) -> PendingFuture<'a, Result<Stage, NotOpen>> {
        Box::pin(self.open_shared(case))
    }
}

/// What one case has of the shared stage; its customers are given back when it is dropped.
struct Share {
    service: Option<Service>,
    provider: Option<(Provider, String)>,
    resolved: Arc<Resolved>,
    tap: Arc<Tap>,
    origin: String,
    /// The place of the case's return address.
    return_at: String,
    _lease: Lease,
}

impl Parts for Share {
    fn mint(&self, bearer: Credentials) -> Option<String> {
        mint(self.service.as_ref()?, bearer)
    }

    fn age(&self, who: Participant, by: Duration) -> Result<(), String> {
        match (who, &self.service, &self.provider) {
            (Participant::Service | Participant::Sageid, Some(service), _) => service.age(by),
            (Participant::Provider, _, Some((provider, _))) => provider.age(by),
            (other, ..) => {
                return Err(format!("the {other} is live, and its time cannot be moved"));
            }
        }
        Ok(())
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
