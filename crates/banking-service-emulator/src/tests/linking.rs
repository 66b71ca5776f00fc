//! C4, the screens and the poll routes.

use super::*;

#[tokio::test]
async fn linking_announces_the_authorisation_before_it_answers() {
    let mut world = World::open().await;
    let answer = world
        .product(
            Method::GET,
            &format!("indirectLinkAccount?bankId={}&web=true", world.bank),
            None,
        )
        .await;
    let n1 = world.inbox.try_recv().expect("N1 is out already");
    assert_eq!(answer.status, StatusCode::FOUND);
    let body = answer.json();
    assert_eq!(body["pollPeriod"], 5000);
    let id = n1.body["resource"]["id"].as_str().expect("an id");
    assert_eq!(body["redirect"], format!("{BASE}/ui/authorisations/{id}"));
    assert_eq!(
        n1.body,
        json!({ "type": "resourceCreated",
            "resource": { "id": id, "type": "authorisation", "url": "NA" },
            "additionalData": { "bankId": world.bank.to_string() } })
    );
    assert_eq!(n1.headers["x-acme"], "acme-secret");
    assert_eq!(n1.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_refused_or_undeliverable_announcement_does_not_stop_the_flow() {
    let (url, inbox) = provider(StatusCode::INTERNAL_SERVER_ERROR).await;
    let bank = bank_at(&url);
    let id = bank.id;
    let service = Service::new(settings(Some(bank), &[], Rulings::default()));
    let mut world = World::enter(service, id, inbox).await;
    world.start().await;

    // No program listens on the reserved port 1 of loopback.
    let bank = bank_at("http://127.0.0.1:1");
    let id = bank.id;
    let service = Service::new(settings(Some(bank), &[], Rulings::default()));
    let (_, inbox) = mpsc::unbounded_channel();
    let world = World::enter(service, id, inbox).await;
    let path = format!("indirectlinkaccount?bankid={id}");
    let answer = world.product(Method::GET, &path, None).await;
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn the_screen_hands_the_provider_what_it_needs_and_keeps_its_query() {
    let mut world = World::open().await;
    let started = world.start().await;
    let opened = world.browse(&started.redirect).await;
    let pairs: Vec<(String, String)> = opened.location().query_pairs().into_owned().collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "tenant",
            "bank",
            "authorisation_id",
            "redirect_uri",
            "state"
        ]
    );
    assert_eq!(pairs[0].1, "a&b");
    assert_eq!(pairs[1].1, world.bank.to_string());
    assert_eq!(pairs[2].1, started.id);
    assert_eq!(
        pairs[3].1,
        format!("{BASE}/ui/return?session={}", started.id)
    );
    assert_ne!(pairs[4].1, started.id);
    let random = pairs[4].1.strip_prefix("acme-2026-");
    assert!(Uuid::try_parse(random.expect("it begins with the prefix")).is_ok());
}

#[tokio::test]
async fn every_poll_route_is_usable_once_and_ends_with_the_chosen_account() {
    let mut world = World::open().await;
    let started = world.start().await;
    let back = world.way_back(&started).await;
    let waiting = world.browse(&started.poll).await;
    assert_eq!(waiting.status, StatusCode::ACCEPTED);
    let next = waiting.json()["pollRoute"]
        .as_str()
        .expect("a route")
        .to_owned();
    assert_ne!(next, started.poll);
    assert_eq!(world.browse(&started.poll).await.status, StatusCode::GONE);

    world.report(&started.id, &listed()).await;
    let choice = world.browse(&back).await;
    assert!(choice.text.contains("Everyday &lt;***4321&gt;"));
    let waiting = world.browse(&next).await;
    assert_eq!(waiting.status, StatusCode::ACCEPTED);
    let next = waiting.json()["pollRoute"]
        .as_str()
        .expect("a route")
        .to_owned();

    assert_eq!(
        world.choose(&choice, "2").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(world.choose(&choice, "1").await.status, StatusCode::OK);
    assert_eq!(
        world.choose(&choice, "0").await.status,
        StatusCode::CONFLICT
    );
    let polled = world.browse(&next).await;
    assert_eq!(polled.status, StatusCode::OK);
    let body = polled.json();
    assert_eq!(body["success"], true);
    let key = body["account"]["accountKey"].clone();
    assert_eq!(
        body["account"],
        json!({ "accountName": "Savings", "accountKey": key, "accountIdentifier": "acct-9002",
            "bankIdentifier": "cust-77", "branchIdentifier": "12", "bankAccountExternalId": "ext-002" })
    );
    assert_eq!(world.browse(&next).await.status, StatusCode::GONE);
    let unknown = format!("{BASE}/api/v1/poll/nobody");
    assert_eq!(world.browse(&unknown).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn coming_back_without_success_fails_the_session_for_good() {
    let mut world = World::open().await;
    let started = world.start().await;
    let back = world.way_back(&started).await;
    let page = world.browse(&back).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("failed"), "{}", page.text);
    let late = world.report(&started.id, &listed()).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let polled = world.browse(&started.poll).await;
    assert_eq!(polled.status, StatusCode::OK);
    assert_eq!(polled.json(), json!({ "account": null, "success": false }));
    assert_eq!(
        world.browse(&started.redirect).await.status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn a_browser_without_the_right_state_changes_nothing() {
    let mut world = World::open().await;
    let started = world.start().await;
    let back = world.way_back(&started).await;
    let session = format!("{BASE}/ui/return?session={}", started.id);
    for wrong in [
        session.clone(),
        format!("{session}&state={}", started.id),
        format!("{back}&state=again"),
        back.replace("session=", "other="),
        format!("{BASE}/ui/return"),
    ] {
        let page = world.browse(&wrong).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let reported = world.report(&started.id, &listed()).await;
    assert_eq!(reported.status, StatusCode::NO_CONTENT);
    assert!(world.browse(&back).await.text.contains("<form"));
}

#[tokio::test]
async fn an_authorisation_lives_twenty_minutes() {
    let mut world = World::open().await;
    let first = world.start().await;
    world.service.age(Duration::from_secs(20 * 60 - 30));
    assert_eq!(
        world.browse(&first.redirect).await.status,
        StatusCode::FOUND
    );
    let second = world.start().await;
    world.service.age(Duration::from_secs(31));
    assert_eq!(world.browse(&first.redirect).await.status, StatusCode::GONE);
    let late = world.report(&first.id, &listed()).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(world.browse(&first.poll).await.json()["success"], false);
    // The second session was made after the first ageing, and is younger.
    assert_eq!(
        world.browse(&second.redirect).await.status,
        StatusCode::FOUND
    );
}

#[tokio::test]
async fn linking_needs_a_known_bank_and_the_right_company() {
    let world = World::open().await;
    for (query, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("?bankid=x", StatusCode::BAD_REQUEST),
        (
            "?bankid=00000000-0000-4000-8000-000000000000",
            StatusCode::NOT_FOUND,
        ),
    ] {
        let path = format!("indirectlinkaccount{query}");
        let answer = world.product(Method::GET, &path, None).await;
        assert_eq!(answer.status, status, "{query}");
    }
}

#[tokio::test]
async fn a_choice_in_any_other_form_chooses_nothing() {
    let mut world = World::open().await;
    let started = world.start().await;
    let back = world.way_back(&started).await;
    world.report(&started.id, &listed()).await;
    let choice = back.replace("/ui/return", "/ui/choice");
    let form = "application/x-www-form-urlencoded";
    let send_choice = |media: &'static str, body: String| {
        let (service, path) = (world.service.clone(), below(&choice).to_owned());
        async move {
            let headers = [("content-type", media)];
            send(&service, Method::POST, &path, &headers, body).await
        }
    };
    for (media, body) in [
        (form, String::new()),
        (form, "accounts=0".to_owned()),
        (form, "account=".to_owned()),
        (form, "account=2".to_owned()),
        (form, "account=-1".to_owned()),
        (form, "account=00".to_owned()),
        (form, "account=%FF%00".to_owned()),
        (form, format!("account={}", "9".repeat(100_000))),
        (form, format!("account={}", Uuid::new_v4())),
        ("application/json", r#"{"account":"0"}"#.to_owned()),
        ("text/plain", "account=0".to_owned()),
        ("multipart/form-data", "account=0".to_owned()),
    ] {
        let answer = send_choice(media, body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{media} {body:.60}");
        assert!(
            answer.text.starts_with("<!DOCTYPE html>"),
            "{}",
            answer.text
        );
    }
    let polled = world.browse(&started.poll).await;
    assert_eq!(polled.status, StatusCode::ACCEPTED, "nothing is chosen");
    let chosen = send_choice(
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        "x=1&account=1".to_owned(),
    )
    .await;
    assert_eq!(chosen.status, StatusCode::OK, "{}", chosen.text);
    let next = polled.json()["pollRoute"]
        .as_str()
        .expect("a route")
        .to_owned();
    let account = world.browse(&next).await.json()["account"].clone();
    assert_eq!(account["bankAccountExternalId"], "ext-002");
}

#[tokio::test]
async fn a_refused_notification_is_repeated_as_often_as_the_setting_says() {
    for redeliveries in [0, 2] {
        let (url, inbox) = provider(StatusCode::SERVICE_UNAVAILABLE).await;
        let bank = bank_at(&url);
        let id = bank.id;
        let rulings = Rulings {
            redeliveries,
            redelivery_pause: Duration::ZERO,
            ..Rulings::default()
        };
        let service = Service::new(settings(Some(bank), &[], rulings));
        let mut world = World::enter(service, id, inbox).await;
        // Notifications of authorisations and of accounts repeat alike, with the same content.
        let account = world.link_one_of(&listed()).await;
        world.settle().await;
        for _ in 0..redeliveries {
            assert_eq!(
                world.next_notification().await.body["resource"]["type"],
                "authorisation"
            );
        }
        world
            .product(Method::POST, "bankaccounts", Some(account))
            .await;
        let first = world.next_notification().await.body;
        assert_eq!(first["resource"]["type"], "bankAccount");
        for _ in 0..redeliveries {
            assert_eq!(world.next_notification().await.body, first);
        }
        world.assert_no_notification().await;
    }
}

#[tokio::test]
async fn a_setting_limits_the_wait_for_a_response() {
    // The connection is never accepted, so that only the end of the wait lets the product continue.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let bank = bank_at(&format!("http://{}", listener.local_addr().expect("bound")));
    let id = bank.id;
    let rulings = Rulings {
        answer_wait: Duration::from_millis(1),
        ..Rulings::default()
    };
    let service = Service::new(settings(Some(bank), &[], rulings));
    let (_, inbox) = mpsc::unbounded_channel();
    let world = World::enter(service, id, inbox).await;
    let path = format!("indirectlinkaccount?bankid={id}&web=true");
    let answer = tokio::time::timeout(
        Duration::from_secs(5),
        world.product(Method::GET, &path, None),
    );
    assert_eq!(answer.await.expect("it answers").status, StatusCode::FOUND);
}
