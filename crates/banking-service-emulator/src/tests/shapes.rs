//! Bodies, ids and queries of any shape: never a 5xx, never a change that was refused, always a JSON error.

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::moment::Moment;
use crate::state::{CompanyKey, Session, SessionPurpose, SessionStage};

/// Runs `check` on 48 values of `strategy`; shrinking finds the smallest that fails.
fn explore<V: Debug>(strategy: &impl Strategy<Value = V>, mut check: impl FnMut(V)) {
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let check = std::cell::RefCell::new(&mut check);
    TestRunner::new(config)
        .run(strategy, |value| {
            (check.borrow_mut())(value);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
}

/// Any JSON, small and nested, with the Service's words among its strings.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
        Just(json!("x".repeat(513))),
        Just(json!("success")),
        Just(json!("00000000-0000-4000-8000-000000000000")),
        Just(json!("2026-01-05T09:00:00Z")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop_oneof!["data|status|bankAccounts|toCreate|accountDetails", ".{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A valid body of which one part was replaced or left out.
#[derive(Clone, Debug)]
enum Damage {
    Whole(Value),
    Replaced(prop::sample::Index, Value),
    Removed(prop::sample::Index),
    Cut(prop::sample::Index),
}

fn any_damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any_json().prop_map(Damage::Whole),
        4 => (any::<prop::sample::Index>(), any_json()).prop_map(|(at, new)| Damage::Replaced(at, new)),
        2 => any::<prop::sample::Index>().prop_map(Damage::Removed),
        1 => any::<prop::sample::Index>().prop_map(Damage::Cut),
    ]
}

impl Damage {
    fn apply(&self, good: &Value) -> String {
        let mut places = Vec::new();
        find_places(good, String::new(), &mut places);
        let mut body = good.clone();
        match self {
            Self::Whole(value) => body = value.clone(),
            Self::Replaced(at, new) => {
                let pointer = at.get(&places);
                *body.pointer_mut(pointer).expect("it was found") = new.clone();
            }
            Self::Removed(at) => {
                let (parent, name) = at.get(&places).rsplit_once('/').expect("a pointer");
                match body.pointer_mut(parent).expect("it was found") {
                    Value::Object(members) => drop(members.remove(name)),
                    Value::Array(items) => drop(items.remove(name.parse().expect("an index"))),
                    _ => unreachable!("only these have parts"),
                }
            }
            Self::Cut(at) => {
                let text = body.to_string();
                return text[..at.index(text.len())].to_owned();
            }
        }
        body.to_string()
    }
}

/// Pointers to every part of `value` but itself; no name in these bodies contains a slash.
fn find_places(value: &Value, at: String, places: &mut Vec<String>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(n, v)| (n.clone(), v)).collect(),
        Value::Array(items) => (0..)
            .zip(items)
            .map(|(n, v): (usize, _)| (n.to_string(), v))
            .collect(),
        _ => return,
    };
    for (name, part) in parts {
        let pointer = format!("{at}/{name}");
        find_places(part, pointer.clone(), places);
        places.push(pointer);
    }
}

/// Everything that a refused request must not change.
fn remembered(world: &World) -> String {
    let state = world.service.context().state();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
        state.banks,
        state.organisations.len(),
        state.companies,
        state.accounts,
        state.sessions,
        state.offers,
        state.candidates,
        state.statements,
        state.transactions,
    )
}

fn assert_sound(answer: &Answer, sent: &str) {
    let status = answer.status;
    assert!(!status.is_server_error(), "{status} to {sent:.200}");
    if status.is_client_error() {
        let error = answer.json();
        let said = |name: &str| error[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(said("code") && said("message"), "{sent:.200}: {error}");
    }
}

/// Sends bodies of many shapes with `send` and compares the state before and after each refusal.
fn explore_bodies(
    runtime: &tokio::runtime::Runtime,
    world: &World,
    good: &Value,
    send: impl AsyncFn(String) -> Answer,
) {
    explore_arranged(runtime, world, good, || {}, send);
}

/// The same after `arrange` for each body.
fn explore_arranged(
    runtime: &tokio::runtime::Runtime,
    world: &World,
    good: &Value,
    arrange: impl Fn(),
    send: impl AsyncFn(String) -> Answer,
) {
    let mut refused = 0;
    explore(&any_damage(), |damage| {
        let body = damage.apply(good);
        runtime.block_on(async {
            world.settle().await;
            arrange();
            let before = remembered(world);
            let answer = send(body.clone()).await;
            assert_sound(&answer, &body);
            if answer.status.is_client_error() {
                refused += 1;
                assert!(before == remembered(world), "changed by {body:.200}");
            }
        });
    });
    assert!(refused > 10, "only {refused} bodies were refused");
}

async fn send_as_provider(world: &World, method: Method, path: &str, body: String) -> Answer {
    let bearer = format!("Bearer {}", world.token);
    let headers = [
        ("x-api-key", "key-1"),
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    send(&world.service, method, path, &headers, body).await
}

async fn send_as_product(world: &World, path: &str, body: String) -> Answer {
    let path = company_path(world, path);
    let bearer = format!("Bearer {}", world.jwt);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    send(&world.service, Method::POST, &path, &headers, body).await
}

fn company_path(world: &World, path: &str) -> String {
    format!(
        "/api/v1/organisations/{}/companies/{}/{path}",
        world.organisation, world.company
    )
}

#[test]
fn statements_queries_and_syncs_of_any_shape() {
    let runtime = runtime();
    let mut world = runtime.block_on(World::open());
    let id = runtime.block_on(world.onboard());
    let mut posted = statement(&id, world.bank, "a", &[12.5, -3.25]);
    let first = &mut posted["data"]["transactionDetails"][0];
    first["payee"] = json!({ "city": "Bonn", "country": "DEU" });
    first["coordinates"] = json!({ "lat": 50.7, "long": 7.1 });
    first["category"] =
        json!({ "topLevelCategory": "Home", "categoryId": 12, "standardIndustrialCode": "6513" });
    first["exchangeCurrency"] = json!("USD");
    first["exchangeAmount"] = json!(14.25);
    let query = json!({ "data": { "bankId": world.bank.to_string(), "externalId": "ext-001" } });
    let failed =
        json!({ "status": "FAILED", "reason": "closed", "timestamp": "2026-01-05T09:00:00Z" });
    for (path, good) in [
        ("/v1/statements", posted),
        ("/v1/accountqueries", query),
        ("/v1/sync", failed),
    ] {
        explore_bodies(&runtime, &world, &good, async |body| {
            send_as_provider(&world, Method::POST, path, body).await
        });
    }
}

#[test]
fn banks_of_any_shape() {
    let runtime = runtime();
    let world = runtime.block_on(World::open());
    let urls = json!({ "notification": "http://a.test/n", "auth": "http://a.test/a",
        "reAuth": "http://a.test/r", "availableAccounts": "http://a.test/v" });
    let good = json!({ "data": {
        "toCreate": [
            { "supportiframe": true, "countryCode": "GB", "name": "One", "url": "http://one.test",
              "externalRef": "one", "callbackURLs": urls },
        ],
        "toUpdate": [{ "principalId": world.bank.to_string(), "name": "Acme", "callbackURLs": urls }],
        "toRemove": [{ "principalId": Uuid::nil().to_string() }],
    } });
    explore_bodies(&runtime, &world, &good, async |body| {
        send_as_provider(&world, Method::POST, "/v1/banks", body).await
    });
}

#[test]
fn reports_of_any_shape_to_link_and_to_renew() {
    let runtime = runtime();
    let mut world = runtime.block_on(World::open());
    let account = runtime.block_on(world.onboard());
    let account = Uuid::try_parse(&account).expect("an id");
    let uuid = |text: &str| Uuid::try_parse(text).expect("an id");
    let owner = CompanyKey {
        organisation: uuid(&world.organisation),
        company: uuid(&world.company),
    };
    let good = json!({ "data": { "status": "success", "bankAccounts": listed() } });
    for purpose in [SessionPurpose::Link, SessionPurpose::Renew(account)] {
        // A session of its own for each body, because an accepted report uses it up.
        let id = Uuid::new_v4();
        let arrange = || {
            let session = Session {
                owner,
                bank: world.bank,
                purpose,
                state: Uuid::nil().to_string(),
                created: Moment::now(),
                stage: SessionStage::Open,
            };
            world.service.context().state().sessions.insert(id, session);
        };
        explore_arranged(&runtime, &world, &good, arrange, async |body| {
            let path = format!("/v1/authorisations/{id}");
            send_as_provider(&world, Method::PATCH, &path, body).await
        });
        runtime.block_on(async {
            let id = account.to_string();
            assert_eq!(world.status(&id).await, "pending");
        });
    }
}

#[test]
fn accounts_and_candidates_of_any_shape() {
    let runtime = runtime();
    let mut world = runtime.block_on(World::open());
    let polled = runtime.block_on(async {
        let id = world.onboard().await;
        world.candidates(&id).await;
        world.link().await
    });
    let candidate = runtime.block_on(async {
        let list = world
            .product(Method::GET, "bankaccounts", None)
            .await
            .json();
        let id = list[0]["bankAccountId"].as_str().expect("an id").to_owned();
        world.candidates(&id).await[1]["bankAccountCandidateId"].clone()
    });
    let mut account = polled;
    account["bankId"] = json!(world.bank.to_string());
    account["defaultCurrency"] = json!("GBP");
    account["requestedStartDate"] = json!("2026-01-31");
    let chosen = json!({ "bankAccountCandidateId": candidate, "requestedStartDate": "2026-01-31" });
    for (path, good) in [
        ("bankaccounts", account),
        ("linkavailablebankaccount", chosen),
    ] {
        explore_bodies(&runtime, &world, &good, async |body| {
            send_as_product(&world, path, body).await
        });
    }
}

#[test]
fn organisations_and_tokens_of_any_shape() {
    let runtime = runtime();
    let world = runtime.block_on(World::open());
    let organisation = json!({ "company": { "name": "Acme", "postalCode": "1" }, "crmId": "7",
        "user": { "emailAddress": "a@b.test", "identity": "i" } });
    explore_bodies(&runtime, &world, &organisation, async |body| {
        let nonce = Uuid::new_v4().to_string();
        let path = "/api/v1/organisations";
        let signature = sign("POST", path, &body, &nonce, "app-signing-key");
        let headers = [
            ("x-application", "app-1"),
            ("x-nonce", nonce.as_str()),
            ("x-signature", signature.as_str()),
            ("content-type", "application/json"),
        ];
        send(&world.service, Method::POST, path, &headers, body).await
    });
    let grant = json!({ "grant_type": "client_credentials", "client_id": "client-1",
        "client_secret": "secret-1", "audience": "provider-api" });
    for media in ["application/json", "application/x-www-form-urlencoded"] {
        explore_bodies(&runtime, &world, &grant, async |body| {
            let headers = [("content-type", media)];
            send(
                &world.service,
                Method::POST,
                "/sageid/oauth/token",
                &headers,
                body,
            )
            .await
        });
    }
}

/// Opens the screens with `word` in place of every id.
async fn assert_screens_refuse(world: &World, word: &str) {
    for path in [
        format!("/ui/authorisations/{word}"),
        format!("/ui/return?session={word}&state={word}"),
    ] {
        let page = send(&world.service, Method::GET, &path, &[], "").await;
        assert!(
            page.status.is_client_error(),
            "{} to {path:.200}",
            page.status
        );
        assert!(page.text.starts_with("<!DOCTYPE html>"));
    }
}

#[test]
fn ids_and_queries_of_any_shape() {
    let runtime = runtime();
    let mut world = runtime.block_on(World::open());
    runtime.block_on(world.onboard());
    let any_word = prop_oneof![
        // Without an id, a path is that of the list.
        ".{1,60}",
        Just("x".repeat(5_000)),
        Just(Uuid::nil().to_string()),
        any::<i128>().prop_map(|number| number.to_string()),
    ];
    explore(&any_word, |word| {
        let word: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
        let paths = [
            format!("/api/v1/banks/{word}"),
            format!("/api/v1/poll/{word}"),
            format!("/v1/statements/{word}"),
            format!("/api/v1/organisations/{word}/companies/{word}/bankaccounts"),
            company_path(&world, &format!("bankaccounts/{word}")),
            company_path(&world, &format!("bankaccounts/{word}/transactions")),
            company_path(&world, &format!("bankaccounts/{word}/indirectauth")),
            company_path(&world, &format!("indirectlinkaccount?bankid={word}")),
            company_path(
                &world,
                &format!("availablebankaccounts?bankAccountIds={word}"),
            ),
        ];
        runtime.block_on(async {
            let before = remembered(&world);
            for path in &paths {
                let token = if path.starts_with("/v1") {
                    &world.token
                } else {
                    &world.jwt
                };
                let bearer = format!("Bearer {token}");
                let headers = [
                    ("authorization", bearer.as_str()),
                    ("x-api-key", "key-1"),
                    ("x-application", "app-1"),
                ];
                let answer = send(&world.service, Method::GET, path, &headers, "").await;
                assert!(
                    answer.status.is_client_error(),
                    "{} to {path:.200}",
                    answer.status
                );
                assert_sound(&answer, path);
            }
            assert_screens_refuse(&world, &word).await;
            assert!(before == remembered(&world), "changed by {word:.200}");
        });
    });
}

#[test]
fn credentials_of_any_shape_open_nothing() {
    let runtime = runtime();
    let world = runtime.block_on(World::open());
    let part = "[!-~]{0,40}";
    let any_token = prop_oneof![
        "[!-~][ -~]{0,80}".prop_map(|text| text.trim().to_owned()),
        (part, part, part).prop_map(|(a, b, c)| format!("Bearer {a}.{b}.{c}")),
    ];
    explore(&any_token, |token| {
        runtime.block_on(async {
            let headers = [("x-api-key", "key-1"), ("authorization", token.as_str())];
            let answer = send(&world.service, Method::POST, "/v1/sync", &headers, "{}").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token}");
            assert_sound(&answer, &token);
            let path = company_path(&world, "linkavailablebankaccount");
            let answer = send(&world.service, Method::POST, &path, &headers, "{}").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
            assert_sound(&answer, &token);
        });
    });
}
