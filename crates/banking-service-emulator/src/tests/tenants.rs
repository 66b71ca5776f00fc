//! Organisations, access tokens and banks.

use super::*;

#[tokio::test]
async fn a_signature_holds_once_and_for_nothing_else() {
    let world = World::open().await;
    let path = "/api/v1/organisations";
    let body = r#"{"company":{"name":"Acme"}}"#;
    let signature = sign("POST", path, body, "n-1", "app-signing-key");
    let post =
        |nonce: &'static str, signature: String, body: &'static str, application: &'static str| {
            let service = world.service.clone();
            async move {
                let headers = [
                    ("x-application", application),
                    ("x-nonce", nonce),
                    ("x-signature", signature.as_str()),
                    ("content-type", "application/json"),
                ];
                send(&service, Method::POST, path, &headers, body)
                    .await
                    .status
            }
        };
    let other = r#"{"company":{"name":"Acmf"}}"#;
    let spaced = "{ \"company\": { \"name\": \"Acme\" } }";
    assert_eq!(post("n-1", signature.clone(), other, "app-1").await, 401);
    assert_eq!(post("n-2", signature.clone(), body, "app-1").await, 401);
    assert_eq!(post("n-1", signature.clone(), body, "app-2").await, 401);
    assert_eq!(post("n-1", String::new(), body, "app-1").await, 401);
    // The compact form of a spaced body was signed: sources differ, and both are accepted.
    assert_eq!(post("n-1", signature.clone(), spaced, "app-1").await, 201);
    assert_eq!(post("n-1", signature, body, "app-1").await, 401);
    let raw = sign("POST", path, spaced, "n-3", "app-signing-key");
    assert_eq!(post("n-3", raw, spaced, "app-1").await, 201);
    let long: &'static str = Box::leak("n".repeat(201).into_boxed_str());
    let signature = sign("POST", path, body, long, "app-signing-key");
    assert_eq!(post(long, signature, body, "app-1").await, 401);
    let fits = &long[..200];
    let signature = sign("POST", path, body, fits, "app-signing-key");
    assert_eq!(post(fits, signature, body, "app-1").await, 201);
}

#[tokio::test]
async fn a_signature_over_the_address_that_the_caller_used_was_refused() {
    let world = World::open().await;
    let body = r#"{"company":{"name":"Acme"}}"#;
    let path = "/api/v1/organisations";
    for (address, host, status) in [
        ("http://localhost:9000/stage/7", "localhost:9000", 201),
        ("https://abc.example/stage/7", "abc.example", 201),
        ("https://abc.example", "abc.example", 201),
        ("http://service.test/stage/7", "localhost:9000", 201),
        ("http://localhost:9001/stage/7", "localhost:9000", 401),
        ("http://localhost:9000/stage/8", "localhost:9000", 401),
    ] {
        let nonce = Uuid::new_v4().to_string();
        let signature = SignedRequest {
            method: "POST",
            url: &format!("{address}{path}"),
            query: &[],
            body: body.as_bytes(),
            nonce: &nonce,
        }
        .sign("app-signing-key");
        let headers = [
            ("host", host),
            ("x-application", "app-1"),
            ("x-nonce", nonce.as_str()),
            ("x-signature", signature.as_str()),
            ("content-type", "application/json"),
        ];
        let answer = send(&world.service, Method::POST, path, &headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{address}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_access_token_needs_a_known_company_and_may_be_posted_for() {
    let world = World::open().await;
    let path = "/api/v1/accesstoken";
    let ask = |method: Method, organisation: String, company: String, nonce: &'static str| {
        let signature = sign(method.as_str(), path, "", nonce, &world.signing_key);
        let service = world.service.clone();
        async move {
            let headers = [
                ("x-organisation-id", organisation.as_str()),
                ("x-company-id", company.as_str()),
                ("x-application", "app-1"),
                ("x-nonce", nonce),
                ("x-signature", signature.as_str()),
            ];
            send(&service, method, path, &headers, "").await.status
        }
    };
    let (organisation, company) = (world.organisation.clone(), world.company.clone());
    let posted = ask(Method::POST, organisation.clone(), company.clone(), "a").await;
    assert_eq!(posted, StatusCode::OK);
    let unknown = Uuid::new_v4().to_string();
    let refused = ask(Method::GET, organisation.clone(), unknown.clone(), "b").await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    let refused = ask(Method::GET, unknown, company.clone(), "c").await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    let refused = ask(Method::GET, "x".to_owned(), company, "d").await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_product_token_opens_its_own_company_for_an_hour() {
    let mut world = World::open().await;
    let list = |world: &World| {
        let (service, jwt) = (world.service.clone(), world.jwt.clone());
        let path = format!(
            "/api/v1/organisations/{}/companies/{}/bankaccounts",
            world.organisation, world.company
        );
        async move {
            let bearer = format!("Bearer {jwt}");
            send(
                &service,
                Method::GET,
                &path,
                &[("authorization", &bearer)],
                "",
            )
            .await
            .status
        }
    };
    assert_eq!(list(&world).await, StatusCode::OK);
    let mine = world.company.clone();
    world.company = Uuid::new_v4().to_string();
    assert_eq!(list(&world).await, StatusCode::FORBIDDEN);
    world.company = mine;
    let good = std::mem::replace(&mut world.jwt, world.token.clone());
    assert_eq!(list(&world).await, StatusCode::UNAUTHORIZED);
    world.jwt = good;
    world.service.age(Duration::from_secs(59 * 60));
    assert_eq!(list(&world).await, StatusCode::OK);
    world.service.age(Duration::from_secs(61));
    assert_eq!(list(&world).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bank_is_public_to_applications() {
    let world = World::open().await;
    let path = format!("/api/v1/banks/{}", world.bank);
    let known = [("x-application", "app-1")];
    let read = send(&world.service, Method::GET, &path, &known, "").await;
    assert_eq!(read.status, StatusCode::OK);
    let bank = read.json();
    assert_eq!(bank["bankId"], world.bank.to_string());
    assert_eq!(bank["dataProvider"], "indirect");
    assert_eq!(bank["status"], "supported");
    assert_eq!(bank["primaryCountry"], "GBR");
    assert_eq!(bank["primaryCountry2CharIso"], "GB");
    let anonymous = send(&world.service, Method::GET, &path, &[], "").await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    for id in ["x", "00000000-0000-4000-8000-000000000000"] {
        let path = format!("/api/v1/banks/{id}");
        let unknown = send(&world.service, Method::GET, &path, &known, "").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }
}

fn new_bank(reference: &str) -> Value {
    json!({ "name": "New", "countryCode": "USA", "externalRef": reference, "url": "https://bank.test",
        "supportiframe": true, "callbackURLs": { "notification": "http://p.test/n", "auth": "http://p.test/a",
            "reAuth": "http://p.test/r", "availableAccounts": "http://p.test/v" } })
}

#[tokio::test]
async fn banks_are_created_updated_and_removed_in_either_shape() {
    let world = World::open().await;
    let sync = |data: Value| {
        let world = &world;
        async move {
            let body = json!({ "data": data });
            world.provider(Method::POST, "/v1/banks", &body).await
        }
    };
    let made = sync(json!({ "toCreate": [new_bank("b-1")] })).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let created = &made.json()["data"]["created"][0];
    assert_eq!(created["externalRef"], "b-1");
    let id = created["principalId"].clone();
    let update = json!([{ "toUpdate": [{ "principalId": id, "name": "Newer",
        "callbackURLs": { "auth": "https://p.test/other" } }] }]);
    let updated = sync(update).await;
    assert_eq!(updated.json()["data"]["updated"][0]["name"], "Newer");
    let known = Uuid::try_parse(id.as_str().expect("an id")).expect("a UUID");
    let callbacks = world.service.context().state().banks[&known]
        .bank
        .callbacks
        .clone();
    assert_eq!(callbacks.auth, "https://p.test/other");
    assert_eq!(callbacks.notification, "http://p.test/n");
    let removal = json!({ "toRemove": [{ "principalId": id, "externalRef": "b-1" }] });
    assert_eq!(sync(removal.clone()).await.status, StatusCode::OK);
    assert_eq!(sync(removal).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_removed_bank_silenced_the_deletion_of_its_accounts() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let removal = json!({ "data": { "toRemove": [{ "principalId": world.bank.to_string(), "externalRef": "acme" }] } });
    let refused = world.provider(Method::POST, "/v1/banks", &removal).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert_eq!(refused.json()["code"], "bank_in_use");
    let path = format!("bankaccounts/{id}");
    let deleted = world.product(Method::DELETE, &path, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(
        world.next_notification().await.body["type"],
        "resourceDeleted"
    );
    let removed = world.provider(Method::POST, "/v1/banks", &removal).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
}

#[tokio::test]
async fn a_bank_with_another_reference_is_not_removed() {
    let world = World::open().await;
    let body = json!({ "data": { "toCreate": [new_bank("b-1")],
        "toRemove": [{ "principalId": world.bank.to_string(), "externalRef": "acmf" }] } });
    let refused = world.provider(Method::POST, "/v1/banks", &body).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert_eq!(world.service.context().state().banks.len(), 1);
    let body = json!({ "data": { "toRemove": [{ "principalId": world.bank.to_string() }] } });
    let removed = world.provider(Method::POST, "/v1/banks", &body).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
}

#[tokio::test]
async fn a_bank_is_called_where_its_addresses_lead() {
    let bank = bank_at("http://p.test");
    let id = bank.id;
    let mut settings = settings(Some(bank), &[], Rulings::default());
    settings.replaced_callbacks = vec![(
        "http://p.test/a".to_owned(),
        "http://sink.test/1".to_owned(),
    )];
    let (_, inbox) = tokio::sync::mpsc::unbounded_channel();
    let world = World::enter(Service::new(settings), id, inbox).await;
    let body = json!({ "data": { "toCreate": [new_bank("b-1")] } });
    let made = world.provider(Method::POST, "/v1/banks", &body).await;
    let id = made.json()["data"]["created"][0]["principalId"].clone();
    let known = Uuid::try_parse(id.as_str().expect("an id")).expect("a UUID");
    let callbacks = world.service.context().state().banks[&known]
        .bank
        .callbacks
        .clone();
    assert_eq!(callbacks.auth, "http://sink.test/1");
    assert_eq!(callbacks.notification, "http://p.test/n");
}

#[tokio::test]
async fn the_id_of_a_bank_is_read_and_written_in_either_spelling() {
    let world = World::open().await;
    let sync = |data: Value| {
        let world = &world;
        async move {
            let body = json!({ "data": data });
            world.provider(Method::POST, "/v1/banks", &body).await
        }
    };
    let made = sync(json!({ "toCreate": [new_bank("b-1")] })).await.json();
    let created = &made["data"]["created"][0];
    assert_eq!(created["principalId"], created["principalID"]);
    let id = created["principalId"].clone();
    let renamed = sync(json!({ "toUpdate": [{ "principalID": id, "name": "Newer" }] })).await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text);
    let both = json!({ "toUpdate": [{ "principalID": id, "principalId": id }] });
    assert_eq!(sync(both).await.status, StatusCode::OK);
    let other = Uuid::new_v4().to_string();
    for wrong in [
        json!({ "principalID": id, "principalId": other }),
        json!({ "principalID": "x" }),
        json!({}),
    ] {
        let answer = sync(json!({ "toRemove": [wrong] })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    }
    let gone = sync(json!({ "toRemove": [{ "principalID": id }] })).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
}

#[tokio::test]
async fn a_misspelt_list_of_banks_did_nothing_and_was_a_success() {
    let world = World::open().await;
    for data in [
        json!({ "toCreat": [new_bank("b-1")] }),
        json!([{ "toCreate": [new_bank("b-1")], "toremove": [] }]),
    ] {
        let body = json!({ "data": data });
        let answer = world.provider(Method::POST, "/v1/banks", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert!(
            answer.text.contains(
                "is unknown; the members of this object are toCreate, toUpdate, toRemove"
            ),
            "{}",
            answer.text
        );
        assert_eq!(world.service.context().state().banks.len(), 1);
    }
}

#[tokio::test]
async fn a_bank_without_an_address_for_available_accounts_offers_none() {
    let mut world = World::open().await;
    let mut bank = new_bank("b-1");
    let urls = bank["callbackURLs"].as_object_mut().expect("an object");
    urls.remove("availableAccounts");
    let body = json!({ "data": { "toCreate": [bank] } });
    let made = world.provider(Method::POST, "/v1/banks", &body).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let account = world.onboard().await;
    let mut without = bank_at("http://p.test");
    without.callbacks.available_accounts = String::new();
    without.id = world.bank;
    let registered = world.service.context().state().banks[&world.bank].clone();
    world.service.context().state().banks.insert(
        world.bank,
        crate::state::RegisteredBank {
            bank: without,
            ..registered
        },
    );
    assert_eq!(world.candidates(&account).await, Vec::<Value>::new());
    assert!(world.listing.asked().is_empty());
}

#[tokio::test]
async fn one_wrong_bank_leaves_all_as_they_were() {
    let world = World::open().await;
    let mut no_url = new_bank("b-2");
    no_url["callbackURLs"]["auth"] = json!("ftp://p.test");
    let mut long_country = new_bank("b-2");
    long_country["countryCode"] = json!("GBRR");
    for (second, status) in [
        (no_url, StatusCode::BAD_REQUEST),
        (long_country, StatusCode::BAD_REQUEST),
        (json!({}), StatusCode::BAD_REQUEST),
        (new_bank("b-1"), StatusCode::CONFLICT),
        (new_bank("acme"), StatusCode::CONFLICT),
    ] {
        let body = json!({ "data": { "toCreate": [new_bank("b-1"), second] } });
        let answer = world.provider(Method::POST, "/v1/banks", &body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(world.service.context().state().banks.len(), 1);
    }
}
