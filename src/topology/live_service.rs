//! The stage before a live service: it calls the provider at the sink, and the provider may call it through a tap.
//!
//! Callbacks are registered with Sage for a bank and cannot change from run to run, so the sink has fixed paths. The
//! provider is live behind it, or it is the reference provider, whose calls to the service always pass the tap.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use tower::ServiceExt as _;

use crate::environment::LiveService;
use crate::exchange::{Face, Mount, Upstream};
use crate::runner::unguessable;
use crate::tap::Tap;
use crate::topology::emulated::embedded_provider;
use crate::topology::rehearsal::CALLBACK_PATHS;
use crate::topology::resolved::Resolved;
use crate::topology::shared_stage::{SharedStage, Standing};
use banking_service_emulator::Outbound;
use plan_language::participant::Callback;

impl SharedStage {
    /// Puts the sink at fixed paths below `origin`, and the provider behind it.
    ///
    /// `public` is how the live service, and a live provider, reach `origin`.
    pub fn before(
        live: &LiveService,
        resolved: Arc<Resolved>,
        tap: &Arc<Tap>,
        origin: &str,
        public: &str,
        outbound: &Outbound,
    ) -> Self {
        let mounts = tap.client.mounts();
        let environment = &resolved.environment;
        // What the runner sends as the provider goes this way, and what the reference provider sends; nobody else knows it.
        let token = unguessable();
        let service_at = format!("service-{token}");
        let service_base = format!("{origin}/{service_at}");
        mounts.add(origin, &service_at, tapped(live, service_base.clone()));
        let provider = match environment.callbacks.is_empty() {
            true => {
                let provider = embedded_provider(
                    &resolved,
                    outbound,
                    public,
                    &service_base,
                    environment.agreed,
                    None,
                    &[],
                );
                let mount = |base, router, callbacks| {
                    Arc::new(Mount {
                        base,
                        upstream: Upstream::Emulated(router),
                        face: Face::Provider(callbacks),
                        lane: None,
                    })
                };
                for (callback, path) in CALLBACK_PATHS {
                    let place = path.trim_start_matches('/');
                    let base = format!("{public}{path}");
                    let callback = (String::new(), callback);
                    let router = part(provider.router(), path);
                    mounts.add(origin, place, mount(base, router, vec![callback]));
                }
                // Its bank actions are for the runner alone: whoever finds the sink on the internet is not to pull them.
                let bank_actions_at = format!("provider-{token}");
                let base = format!("{origin}/{bank_actions_at}");
                mounts.add(
                    origin,
                    &bank_actions_at,
                    mount(base.clone(), provider.router(), Vec::new()),
                );
                Some((provider, base))
            }
            false => {
                for (callback, path) in CALLBACK_PATHS {
                    let Some(url) = environment.callbacks.get(&callback) else {
                        continue;
                    };
                    let mount = Mount {
                        base: format!("{public}{path}"),
                        upstream: Upstream::Live(url.clone()),
                        face: Face::Callback(callback),
                        lane: None,
                    };
                    mounts.add(origin, path.trim_start_matches('/'), Arc::new(mount));
                }
                if live.tapped {
                    mounts.add(origin, "", tapped(live, public.to_owned()));
                }
                None
            }
        };
        let standing = Standing {
            service: None,
            provider,
            consumer: live.consumer.clone(),
            base: service_base,
            callbacks: sink(public).collect(),
        };
        Self::with(resolved, tap, origin, public, standing)
    }
}

/// Makes the part of a router that lies below a path.
fn part(router: Router, path: &'static str) -> Router {
    Router::new().fallback(async move |mut request: Request| {
        let below = request.uri().path_and_query();
        let below = below.map_or("", |one| one.as_str());
        let whole = match below.strip_prefix('/') {
            Some(rest) if rest.is_empty() || rest.starts_with('?') => format!("{path}{rest}"),
            _ => format!("{path}{below}"),
        };
        match whole.parse() {
            Ok(whole) => *request.uri_mut() = whole,
            // A part of a URI with another path before it is a URI.
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        }
        router.oneshot(request).await.into_response()
    })
}

/// Lists the addresses of the sink before a live service, which are registered with it.
fn sink(public: &str) -> impl Iterator<Item = (Callback, String)> {
    CALLBACK_PATHS
        .into_iter()
        .map(move |(callback, path)| (callback, format!("{public}{path}")))
}

/// Makes the tap before a live service, whose APIs have bases of their own.
fn tapped(live: &LiveService, base: String) -> Arc<Mount> {
    Arc::new(Mount {
        base,
        upstream: Upstream::Parts(vec![
            ("/v1".to_owned(), live.provider_api.clone()),
            ("/sageid".to_owned(), live.sageid.clone()),
        ]),
        face: Face::Service,
        lane: None,
    })
}
