//! The stages of a rehearsal: every case has its own, with a fresh service and a fresh provider.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::environment::Agreed;
use crate::runner::{Ageing, BankAction, NotOpen, Parts, PendingFuture, Stage, Stages};
use crate::tap::Tap;
use crate::topology::applicable::{MULTI_ACCOUNT, agreed, candidates, inapplicable, no_customer};
use crate::topology::case_stage::{
    CALLBACK_PATHS, StageAddresses, bank_action, case_stage, provider_mount, service_mount,
};
use crate::topology::deviation::Deviations;
use crate::topology::emulated::{make_provider, make_service, mint, rulings};
use crate::topology::network::NetworkSeed;
use crate::topology::resolved::ResolvedEnvironment;
use crate::topology::return_page::return_mount;
use banking_service_emulator::{KeyRotation, Outbound, Service};
use plan_language::participant::{Callback, Participant};
use plan_language::plan::{Case, Credentials};
use reference_provider::Provider;

/// Opens stages for a rehearsal.
pub(super) struct Rehearsal {
    pub resolved: Arc<ResolvedEnvironment>,
    pub tap: Arc<Tap>,
    /// The address at which the tap listens.
    pub origin: String,
    /// The way on which the emulated participants reach each other.
    pub outbound: Outbound,
    /// How the participants differ from the usual ones.
    pub deviations: Deviations,
    /// The number of the next stage.
    pub stages: AtomicU64,
}

/// The places of a stage below the origin.
struct Places {
    service: String,
    provider: String,
    returns: String,
}

impl Rehearsal {
    fn open_now(&self, case: &Arc<Case>) -> Result<Stage, NotOpen> {
        let environment = &self.resolved.environment;
        if let Some(why) = inapplicable(case, environment) {
            return Err(why);
        }
        let agreed = agreed(case, environment);
        let customers = self.customers(case, agreed)?;
        let number = self.stages.fetch_add(1, Ordering::Relaxed);
        let places = Places {
            service: format!("s{number}-service"),
            provider: format!("s{number}-provider"),
            returns: format!("s{number}-return"),
        };
        let at = |place: &str| format!("{}/{place}", self.origin);
        let (service_base, provider_base) = (at(&places.service), at(&places.provider));
        let callbacks: BTreeMap<Callback, String> = CALLBACK_PATHS
            .into_iter()
            .map(|(callback, path)| (callback, format!("{provider_base}{path}")))
            .collect();
        let (service, provider) =
            self.participants(case, agreed, &service_base, &provider_base, &callbacks);
        self.mount(case, &places, &service, &provider);
        let addresses = StageAddresses {
            consumer: format!("{service_base}/api/v1"),
            service: service_base,
            callbacks,
            returns: at(&places.returns),
        };
        let participants = EmulatedPair {
            rotation: service.rotate_keys(),
            service,
            provider,
            provider_base,
            resolved: self.resolved.clone(),
            tap: self.tap.clone(),
            origin: self.origin.clone(),
            places,
        };
        Ok(case_stage(
            &self.resolved,
            case,
            &customers,
            agreed,
            addresses,
            Arc::new(participants),
        ))
    }

    /// Chooses the first customer that fits the case, and any other beside it.
    fn customers(&self, case: &Case, agreed: Agreed) -> Result<Vec<usize>, NotOpen> {
        let environment = &self.resolved.environment;
        let fitting = candidates(case, environment, agreed)?;
        let first = *fitting.first().ok_or_else(|| no_customer(case))?;
        let other = (0..environment.customers.len()).find(|index| *index != first);
        if other.is_none() && case.needs.other_customer {
            return Err(no_customer(case));
        }
        Ok([first].into_iter().chain(other).collect())
    }

    /// Makes the service and the provider of a case, with their faults and variants.
    fn participants(
        &self,
        case: &Case,
        agreed: Agreed,
        service_base: &str,
        provider_base: &str,
        callbacks: &BTreeMap<Callback, String>,
    ) -> (Service, Provider) {
        let further = self.deviations.of_case.get(&case.id);
        let deviation = self.deviations.everywhere.and(further);
        // A network for each of them: otherwise the order in which both send would decide the delays.
        let outbound = |further| match deviation.network {
            Some(NetworkSeed(seed)) => {
                NetworkSeed(seed.wrapping_mul(2) + further).delaying(&self.outbound)
            }
            None => self.outbound.clone(),
        };
        let service = make_service(
            &self.resolved,
            service_base,
            &outbound(0),
            callbacks,
            rulings(&case.service, agreed, &self.resolved.environment.rulings),
            &deviation.faults,
        );
        let provider = make_provider(
            &self.resolved,
            &outbound(1),
            provider_base,
            service_base,
            agreed,
            case.features.get(MULTI_ACCOUNT).copied(),
            &deviation,
        );
        (service, provider)
    }

    /// Puts the participants and the return page of a case behind the tap.
    fn mount(&self, case: &Case, places: &Places, service: &Service, provider: &Provider) {
        let mounts = self.tap.client.mounts();
        let at = |place: &str| format!("{}/{place}", self.origin);
        let lane = || Some(case.id.clone());
        let service = service_mount(at(&places.service), service.router(), lane());
        let provider = provider_mount(at(&places.provider), provider.router(), lane());
        let returns = return_mount(at(&places.returns), case.id.clone());
        mounts.add(&self.origin, &places.service, service);
        mounts.add(&self.origin, &places.provider, provider);
        mounts.add(&self.origin, &places.returns, returns);
    }
}

impl Stages for Rehearsal {
    fn shared(&self) -> bool {
        false
    }

    fn open<'a>(&'a self, case: &'a Arc<Case>) -> PendingFuture<'a, Result<Stage, NotOpen>> {
        Box::pin(std::future::ready(self.open_now(case)))
    }
}

/// The emulated service and the reference provider of one stage.
struct EmulatedPair {
    service: Service,
    rotation: KeyRotation,
    provider: Provider,
    provider_base: String,
    resolved: Arc<ResolvedEnvironment>,
    tap: Arc<Tap>,
    origin: String,
    places: Places,
}

impl Parts for EmulatedPair {
    fn mint(&self, bearer: Credentials) -> Option<String> {
        mint(&self.service, &self.rotation, bearer)
    }

    fn age(&self, who: Participant, by: Duration) -> Ageing {
        match who {
            Participant::Service | Participant::Sageid => self.service.age(by),
            Participant::Provider => self.provider.age(by),
            other => {
                let why = format!("{} has no clock of its own", other.as_noun());
                return Ageing::Impossible(why);
            }
        }
        Ageing::Done
    }

    fn bank_action(&self, name: &str) -> Result<BankAction, String> {
        bank_action(&self.resolved, name, &self.provider_base)
    }

    fn close(&self) -> PendingFuture<'_, ()> {
        Box::pin(async move {
            self.provider.close().await;
            self.service.close().await;
            let Places {
                service,
                provider,
                returns,
            } = &self.places;
            for place in [service, provider, returns] {
                self.tap.client.mounts().remove(&self.origin, place);
            }
        })
    }
}
