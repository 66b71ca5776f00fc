//! `service`: the Banking Service with Sage ID, emulated or live.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use banking_service_emulator::SettingValue;

use crate::environment::LiveService;
use crate::environment::read::address::{
    WrittenUser, listening, require_base, require_base_with_user,
};
use crate::environment::read::ruling;
use plan_language::source::{Fields, Finding, Node};

/// The fields of `service`.
#[derive(Default)]
pub(super) struct Service {
    pub is_live: bool,
    pub listen: Option<SocketAddr>,
    pub public: Option<String>,
    pub live: Option<LiveService>,
    pub rulings: BTreeMap<&'static str, SettingValue>,
    pub users: Vec<WrittenUser>,
}

/// Reads `service`.
pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> Service {
    let mut service = Service::default();
    let Some(mut fields) = Fields::of(node, "`service`", findings) else {
        return service;
    };
    let emulated = fields.take("emulated");
    let live = fields.entry("live");
    match (emulated, live) {
        (None, None) => {
            let span = fields.span().clone();
            fields.complain(&span, "`service` needs `emulated` or `live`");
        }
        (Some(_), Some((key, _))) => {
            fields.complain(&key.span, "`service` has only one of `emulated` and `live`");
            service.is_live = true;
        }
        (Some(node), None) => {
            if let Some(mut inner) = Fields::of(node, "`emulated`", fields.findings()) {
                (service.listen, service.public) = listening(&mut inner);
                if let Some(node) = inner.take("rulings") {
                    service.rulings = ruling::read(node, inner.findings());
                }
                inner.end();
            }
        }
        (None, Some((_, node))) => {
            service.is_live = true;
            if let Some(inner) = Fields::of(node, "`live`", fields.findings()) {
                read_live(inner, &mut service);
            }
        }
    }
    fields.end();
    service
}

fn read_live(mut fields: Fields<'_, '_>, service: &mut Service) {
    let consumer = require_base(&mut fields, "consumer");
    let provider_api = require_base(&mut fields, "provider_api");
    let sageid = require_base_with_user(&mut fields, "sageid", &mut service.users);
    let issuer = fields.text("issuer").map(|(text, _)| text.to_owned());
    let tapped = fields.flag("tapped").unwrap_or(false);
    if let Some(node) = fields.require("sink")
        && let Some(mut inner) = Fields::of(node, "`sink`", fields.findings())
    {
        (service.listen, service.public) = listening(&mut inner);
        if inner.take("public").is_none() {
            let finding = Finding::new(&node.span, "`sink` needs `public`");
            inner.findings().push(finding.with_hint(
                "the URL at which the live service reaches `listen`, such as `https://abc.example`",
            ));
        }
        inner.end();
    }
    fields.end();
    if let (Some(consumer), Some(provider_api), Some(sageid)) = (consumer, provider_api, sageid) {
        service.live = Some(LiveService {
            consumer,
            provider_api,
            issuer: issuer.unwrap_or_else(|| sageid.clone()),
            sageid,
            tapped,
        });
    }
}
