//! What taps write down, what they hand on, and what leaves no trace.

use super::*;
use crate::tap::sender::sender;

/// Returns the parts of a request.
fn request(event: &Event) -> (Participant, Address, Author, &Message) {
    match &event.fact {
        Fact::Request {
            from,
            to,
            author,
            message,
            ..
        } => (*from, *to, *author, message),
        other => panic!("{other:?}"),
    }
}

fn answer(event: &Event) -> (Author, &Message) {
    match &event.fact {
        Fact::Answer {
            author, message, ..
        } => (*author, message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_live_providers_message_to_the_embedded_service() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let bearer = ("authorization", "Bearer a-token-of-somebody");
    let sent = bench
        .send_with(
            "POST",
            &format!("{base}/v1/x%20y?q=1&q=2"),
            &[bearer],
            "hello",
        )
        .await;
    assert_eq!(sent.expect("an answer").status, 201);

    let events = bench.events();
    let [asked, answered] = events.as_slice() else {
        panic!("{events:?}");
    };
    let (from, to, author, message) = request(asked);
    assert_eq!(
        (from, to),
        (Participant::Provider, Address::of(Participant::Service))
    );
    assert_eq!((author, asked.lane.as_deref()), (Author::Live, Some("one")));
    assert_eq!(
        (message.method.as_deref(), message.path.as_str()),
        (Some("POST"), "/v1/x%20y")
    );
    assert_eq!(
        message.query,
        [("q".into(), "1".into()), ("q".into(), "2".into())]
    );
    let masked = message.header("authorization").expect("it is recorded");
    assert!(
        masked.starts_with("Bearer ") && !masked.contains("somebody"),
        "{masked}"
    );
    assert_eq!(message.credentials.len(), 1);

    let (author, message) = answer(answered);
    assert_eq!(
        (author, answered.lane.as_deref()),
        (Author::Emulated, Some("one"))
    );
    assert_eq!(message.status, Some(201));
    assert!(
        !message
            .header("set-cookie")
            .expect("it is recorded")
            .contains("s3cret")
    );

    let taken = upstream.taken().remove(0);
    assert_eq!(
        (taken.method.as_str(), taken.uri.as_str()),
        ("POST", "/v1/x%20y?q=1&q=2")
    );
    assert_eq!(
        taken.header("authorization"),
        Some("Bearer a-token-of-somebody")
    );
    assert_eq!(&taken.body[..], b"hello");
    bench.close().await;
}

#[tokio::test]
async fn the_embedded_services_message_to_a_live_provider() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let live = format!("{}/hook?tenant=7", upstream.live().await);
    let owner = MountOwner::Callback(Callback::Notification);
    let base = bench.mount("n", owner, Upstream::Live(live), None);
    let answered = bench
        .send("POST", &format!("{base}?k=v"), "{\"a\":1}")
        .await
        .expect("an answer");
    assert_eq!((answered.status, text(&answered)), (201, "done"));

    let events = bench.events();
    let (from, to, author, message) = request(&events[0]);
    assert_eq!((from, author), (Participant::Service, Author::Emulated));
    assert_eq!(to, Address::callback(Callback::Notification));
    assert_eq!(
        (message.path.as_str(), message.json().as_deref()),
        ("", Some(&serde_json::json!({"a": 1})))
    );
    assert_eq!(answer(&events[1]).0, Author::Live);
    assert_eq!(
        (&events[0].lane, &events[1].lane),
        (&None, &None),
        "the address is shared"
    );
    assert_eq!(upstream.taken()[0].uri, "/hook?tenant=7&k=v");
    bench.close().await;
}

#[tokio::test]
async fn who_speaks_to_whom_follows_from_mount_and_path() {
    for mode in [Mode::Rehearsal, Mode::EndToEnd] {
        let bench = Bench::open(mode, Limits::default()).await;
        let upstream = Upside::default();
        let service = bench.service(&upstream);
        let callbacks = vec![
            ("/available".to_owned(), Callback::AvailableAccounts),
            ("/login".to_owned(), Callback::ReAuth),
        ];
        let owner = MountOwner::Provider(callbacks);
        let provider = bench.mount("p", owner, upstream.emulated(), Some("one"));
        for (url, from, to) in [
            (
                format!("{service}/sageid/oauth/token"),
                "provider",
                "sageid",
            ),
            (format!("{service}/sageidentity"), "provider", "service"),
            (
                format!("{provider}/available"),
                "service",
                "provider.availableAccounts",
            ),
            (format!("{provider}/login"), "browser", "provider.reAuth"),
            (format!("{provider}/bank action"), "service", "provider"),
        ] {
            bench.send("GET", &url, "").await.expect("an answer");
            let events = bench.events();
            let (sender, address, author, _) = request(&events[events.len() - 2]);
            assert_eq!((sender.as_str(), address.to_string().as_str()), (from, to));
            let expected = match (sender, mode) {
                (Participant::Browser, _) => Author::Runner,
                (_, Mode::Rehearsal) => Author::Emulated,
                _ => Author::Live,
            };
            assert_eq!(author, expected, "{url}");
        }
        bench.close().await;
    }
}

#[tokio::test]
async fn a_request_is_written_down_before_anybody_can_act_on_it() {
    let bench = Bench::connector().await;
    let journal = bench.tap.journal.clone();
    let router = Router::new().fallback(async move || {
        let last = journal.events().pop().expect("the head at least");
        match &last.fact {
            Fact::Request { .. } => StatusCode::OK,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    });
    let base = bench.mount(
        "s",
        MountOwner::Service,
        Upstream::Emulated(router),
        Some("one"),
    );
    assert_eq!(
        bench
            .send("POST", &base, "")
            .await
            .expect("an answer")
            .status,
        200
    );
    assert_eq!(bench.facts(), ["request", "answer"]);
    let ends = bench
        .events()
        .iter()
        .filter_map(|event| match event.fact {
            Fact::Request { exchange, .. } | Fact::Answer { exchange, .. } => Some(exchange),
            _ => None,
        })
        .collect::<Vec<_>>();
    assert_eq!(ends, [1, 1]);
    bench.close().await;
}

#[tokio::test]
async fn what_concerns_one_connection_only_is_not_handed_on() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let live = upstream.live().await;
    for (segment, upstream) in [("e", upstream.emulated()), ("l", Upstream::Live(live))] {
        bench.mount(segment, MountOwner::Service, upstream, Some("one"));
        let head = format!(
            "GET /{segment}/x HTTP/1.1\r\nHost: tap.test\r\nConnection: close, X-Mine\r\n\
             X-Mine: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nUpgrade: h2c\r\n\
             Proxy-Authorization: Basic eA==\r\nX-Other: 2\r\n\r\n"
        );
        let answered = all_of(bench.connect(head.as_bytes()).await).await;
        assert!(answered.starts_with("HTTP/1.1 201"), "{answered}");
        assert!(!answered.contains("keep-alive: timeout=7"), "{answered}");
        assert!(answered.contains("x-greeting: gr\u{fc}ezi"), "{answered}");
        assert!(
            answered.contains("set-cookie: session=s3cret"),
            "{answered}"
        );
    }
    for taken in upstream.taken() {
        assert_eq!(taken.header("x-other"), Some("2"));
        for gone in [
            "connection",
            "x-mine",
            "keep-alive",
            "te",
            "upgrade",
            "proxy-authorization",
        ] {
            assert_eq!(taken.header(gone), None, "{gone}");
        }
    }
    // An emulated participant has no address but feedproof's.
    let heard = upstream.taken();
    assert_eq!(heard[0].header("host"), Some("tap.test"));
    assert_ne!(heard[1].header("host"), Some("tap.test"));
    assert_eq!(upstream.calls(), 2);
    bench.close().await;
}

#[tokio::test]
async fn a_probe_is_heard_and_leaves_no_exchange() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    assert!(bench.tap.probe(&base).await);
    assert!(bench.tap.probe(&format!("{base}?tenant=7")).await);
    assert!(!bench.tap.probe(&format!("{}/nobody", bench.origin)).await);
    // Nobody listens on this port, whatever other tests do.
    assert!(!bench.tap.probe("http://127.0.0.1:1").await);
    let elsewhere = upstream.live().await;
    assert!(
        !bench.tap.probe(&elsewhere).await,
        "an answer of somebody else is no tap's"
    );
    assert_eq!(bench.facts(), [""; 0]);
    assert_eq!(upstream.calls(), 1, "the one that went past the tap");
    bench.close().await;
}

#[tokio::test]
async fn where_nothing_is_served_nothing_is_written_down() {
    let bench = Bench::connector().await;
    let answered = bench
        .send("GET", &format!("{}/nobody", bench.origin), "")
        .await;
    assert_eq!(answered.expect("an answer").status, 404);
    assert_eq!(bench.facts(), [""; 0]);
    bench.close().await;
}

#[tokio::test]
async fn a_browser_is_sent_on_to_a_live_providers_own_page() {
    let bench = Bench::connector().await;
    let own = "http://127.0.0.1:1/bank/auth?key=k";
    let owner = MountOwner::Callback(Callback::Auth);
    let base = bench.mount("auth", owner, Upstream::Live(own.into()), Some("one"));
    let answered = bench
        .send("GET", &format!("{base}?authorisation_id=a&state=s"), "")
        .await;
    let answered = answered.expect("the tap answers by itself");
    let location = answered.headers.iter().find(|(name, _)| name == "location");
    assert_eq!(answered.status, 302);
    let own = format!("{own}&authorisation_id=a&state=s");
    assert_eq!(location.map(|(_, value)| value), Some(&own));
    // The page itself is not observed: there is nothing to judge, and nobody to blame.
    assert_eq!(bench.facts(), ["request", "broken"]);
    assert!(bench.why().starts_with("not observed: "), "{}", bench.why());
    let (from, to, ..) = request(&bench.events()[0]);
    assert_eq!(
        (from, to),
        (Participant::Browser, Address::callback(Callback::Auth))
    );
    bench.close().await;
}

#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
#[test]
fn a_browser_is_told_from_a_server_by_what_only_browsers_send() {
    let service = Address::of(Participant::Service);
    let provider = Address::of(Participant::Provider);
    for (address, path, headers, expected) in [
        (
            service,
            "/v1/statements",
            &["authorization"][..],
            Participant::Provider,
        ),
        (
            service,
            "/v1/statements",
            &["sec-fetch-mode"],
            Participant::Provider,
        ),
        (
            service,
            "/v1/statements",
            &["authorization", "sec-fetch-dest"],
            Participant::Provider,
        ),
        (
            service,
            "/favicon.ico",
            &["sec-fetch-dest"],
            Participant::Browser,
        ),
        (service, "/ui/return", &[], Participant::Browser),
        (
            provider,
            "/auth/login",
            &["upgrade-insecure-requests"],
            Participant::Browser,
        ),
        (
            provider,
            "/notification",
            &["authorization"],
            Participant::Service,
        ),
        (
            Address::callback(Callback::ReAuth),
            "",
            &[],
            Participant::Browser,
        ),
        (
            Address::of(Participant::Product),
            "",
            &[],
            Participant::Browser,
        ),
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|name| ((*name).to_owned(), "1".to_owned()))
            .collect();
        assert_eq!(
            sender(address, path, &headers),
            expected,
            "{path} {headers:?}"
        );
    }
}
