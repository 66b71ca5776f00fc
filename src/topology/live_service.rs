//! The stage before a live service, which calls the provider at the sink; the provider may call the service through a tap.
//!
//! Callbacks are registered with Sage for a bank and cannot change from run to run, so the sink has fixed paths. The
//! provider is live behind the sink, or it is the reference provider, whose calls to the service always pass the tap.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use tower::ServiceExt as _;

use crate::environment::LiveService;
use crate::exchange::{Mount, MountOwner, Upstream};
use crate::runner::unguessable;
use crate::tap::Tap;
use crate::topology::case_stage::CALLBACK_PATHS;
use crate::topology::deviation::Deviation;
use crate::topology::emulated::make_provider;
use crate::topology::resolved::ResolvedEnvironment;
use crate::topology::shared_stage::{SharedParticipants, SharedStage, sink_mount};
use banking_service_emulator::Outbound;
use plan_language::participant::Callback;
use reference_provider::Provider;

impl SharedStage {
    /// Sets up the sink at fixed paths below `origin`, and the provider behind it.
    ///
    /// `public` is the address at which the live service, and a live provider, reach `origin`.
    pub fn with_live_service(
        live: &LiveService,
        resolved: Arc<ResolvedEnvironment>,
        tap: &Arc<Tap>,
        origin: &str,
        public: &str,
        outbound: &Outbound,
    ) -> Self {
        // The runner sends through this tap as the provider, and the reference provider sends through it. The
        // unguessable place keeps everybody else out.
        let token = unguessable();
        let service_at = format!("service-{token}");
        let service_base = format!("{origin}/{service_at}");
        let mount = service_tap(live, service_base.clone());
        tap.client.mounts().add(origin, &service_at, mount);
        let provider = if resolved.environment.callbacks.is_empty() {
            let provider = make_provider(
                &resolved,
                outbound,
                public,
                &service_base,
                resolved.environment.agreed,
                None,
                &Deviation::default(),
            );
            let place = format!("provider-{token}");
            mount_reference_provider(&provider, tap, origin, public, &place);
            Some((provider, format!("{origin}/{place}")))
        } else {
            mount_live_provider(live, &resolved, tap, origin, public);
            None
        };
        let participants = SharedParticipants {
            service: None,
            provider,
            consumer: live.consumer.clone(),
            base: service_base,
            callbacks: CALLBACK_PATHS
                .map(|(callback, path)| (callback, format!("{public}{path}")))
                .into(),
        };
        Self::with(resolved, tap, origin, public, participants)
    }
}

/// Puts the callbacks of the reference provider behind the sink, and its bank actions at `place`, for the runner alone.
fn mount_reference_provider(
    provider: &Provider,
    tap: &Tap,
    origin: &str,
    public: &str,
    place: &str,
) {
    let mounts = tap.client.mounts();
    let mount = |base, router, callbacks| {
        Arc::new(Mount {
            base,
            upstream: Upstream::Emulated(router),
            owner: MountOwner::Provider(callbacks),
            lane: None,
        })
    };
    for (callback, path) in CALLBACK_PATHS {
        let callbacks: Vec<(String, Callback)> = vec![(String::new(), callback)];
        let router = below(provider.router(), path);
        let mount = mount(format!("{public}{path}"), router, callbacks);
        mounts.add(origin, path.trim_start_matches('/'), mount);
    }
    // The sink is reachable from the internet, and its paths are known; bank actions must not be.
    let mount = mount(format!("{origin}/{place}"), provider.router(), Vec::new());
    mounts.add(origin, place, mount);
}

/// Puts the callbacks of the live provider behind the sink, and the live service behind a tap where it is tapped.
fn mount_live_provider(
    live: &LiveService,
    resolved: &ResolvedEnvironment,
    tap: &Tap,
    origin: &str,
    public: &str,
) {
    let mounts = tap.client.mounts();
    for (callback, path) in CALLBACK_PATHS {
        if let Some(url) = resolved.environment.callbacks.get(&callback) {
            let mount = sink_mount(format!("{public}{path}"), callback, url.clone());
            mounts.add(origin, path.trim_start_matches('/'), mount);
        }
    }
    if live.tapped {
        mounts.add(origin, "", service_tap(live, public.to_owned()));
    }
}

/// Makes the part of a router that lies below a path.
fn below(router: Router, path: &'static str) -> Router {
    Router::new().fallback(async move |mut request: Request| {
        let rest = request.uri().path_and_query();
        let rest = rest.map_or("", |path_and_query| path_and_query.as_str());
        let whole = match rest.strip_prefix('/') {
            Some(rest) if rest.is_empty() || rest.starts_with('?') => format!("{path}{rest}"),
            _ => format!("{path}{rest}"),
        };
        match whole.parse() {
            Ok(whole) => *request.uri_mut() = whole,
            // A part of a URI with another path before it is a URI.
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        }
        router.oneshot(request).await.into_response()
    })
}

/// Makes the tap before a live service, each of whose APIs has its own base URL.
fn service_tap(live: &LiveService, base: String) -> Arc<Mount> {
    Arc::new(Mount {
        base,
        upstream: Upstream::Parts(vec![
            ("/v1".to_owned(), live.provider_api.clone()),
            ("/sageid".to_owned(), live.sageid.clone()),
        ]),
        owner: MountOwner::Service,
        lane: None,
    })
}
