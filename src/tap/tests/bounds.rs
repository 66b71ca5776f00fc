//! Hostile and broken traffic: a tap bounds what it takes, says why, and goes on.

use super::*;
use tokio::sync::Notify;

const GET: &[u8] = b"GET /s/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_never_handed_on() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let url = format!("{base}/x");
    let fits = bench
        .send("POST", &url, &"x".repeat(16))
        .await
        .expect("an answer");
    assert_eq!((fits.status, upstream.calls()), (201, 1));
    let over = bench
        .send("POST", &url, &"x".repeat(17))
        .await
        .expect("an answer");
    assert_eq!(over.status, 413);
    assert_eq!(upstream.calls(), 1);
    assert_eq!(bench.facts(), ["request", "answer", "refused"]);
    assert_eq!(bench.why(), "POST /x: its body is larger than 16 bytes");
    let events = bench.events();
    assert_eq!(events[2].lane.as_deref(), Some("one"));
    let Fact::Refused { at, .. } = &events[2].fact else {
        panic!("{events:?}");
    };
    assert_eq!(*at, Address::of(Participant::Service));
    bench.close().await;
}

#[tokio::test]
async fn a_body_far_over_the_limit_is_refused_where_its_sender_can_read_it() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    let base = bench.service(&upstream);
    let long = "x".repeat(1 << 20);
    for _ in 0..8 {
        let over = bench
            .send("POST", &format!("{base}/x"), &long)
            .await
            .expect("an answer");
        assert_eq!(over.status, 413);
    }
    assert_eq!(upstream.calls(), 0);
    bench.close().await;
}

#[tokio::test]
async fn a_body_in_chunks_is_bounded_as_well() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let head =
        "POST /s/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let fits = format!("{head}8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n");
    let over = format!("{head}8\r\n12345678\r\n9\r\n123456789\r\n0\r\n\r\n");
    let answered = all_of(bench.connect(fits.as_bytes()).await).await;
    assert!(answered.starts_with("HTTP/1.1 201"), "{answered}");
    let answered = all_of(bench.connect(over.as_bytes()).await).await;
    assert!(answered.starts_with("HTTP/1.1 413"), "{answered}");
    assert_eq!(&upstream.taken()[0].body[..], b"1234567812345678");
    assert_eq!(upstream.calls(), 1);
    bench.close().await;
}

#[tokio::test]
async fn a_body_that_dribbles_is_refused_when_patience_ends() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let begun = std::time::Instant::now();
    let head = b"POST /s/x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc";
    let stream = bench.connect(head).await;
    let answered = all_of(stream).await;
    assert!(answered.starts_with("HTTP/1.1 408"), "{answered}");
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(bench.facts(), ["refused"]);
    assert_eq!(bench.why(), "POST /x: its body took longer than 200ms");
    assert_eq!(upstream.calls(), 0);
    bench.close().await;
}

#[tokio::test]
async fn malformed_traffic_does_not_stop_the_others() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let hostile: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GARBAGE\r\n\r\n",
        b"GET /s/x HTTP/9.9\r\nHost: h\r\n\r\n",
        b"GET /s/x HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n",
        b"POST /s/x HTTP/1.1\r\nHost: h\r\nContent-Length: minus one\r\n\r\n",
        b"POST /s/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];
    // One that says nothing at all, and stays.
    let silent = bench.connect(b"").await;
    for bytes in hostile {
        let answered = all_of(bench.connect(bytes).await).await;
        assert!(!answered.starts_with("HTTP/1.1 2"), "{answered}");
    }
    assert_eq!(upstream.calls(), 0);
    let answered = all_of(bench.connect(GET).await).await;
    assert!(answered.starts_with("HTTP/1.1 201"), "{answered}");
    drop(silent);
    bench.close().await;
}

#[tokio::test]
async fn five_hundred_connections_at_once_are_all_answered() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let calls = (0..500).map(async |_| {
        let answered = all_of(bench.connect(GET).await).await;
        answered.starts_with("HTTP/1.1 201")
    });
    let answered = futures_util::future::join_all(calls).await;
    assert_eq!(answered.into_iter().filter(|good| *good).count(), 500);
    assert_eq!(upstream.calls(), 500);
    assert_eq!(bench.events().len(), 1_000);
    bench.close().await;
}

#[tokio::test]
async fn more_messages_than_there_is_room_for_are_refused() {
    let limits = Limits {
        messages_max: 1,
        ..Limits::default()
    };
    let bench = Bench::open(Mode::Connector, limits).await;
    let go = Arc::new(Notify::new());
    let wait = go.clone();
    let router = Router::new().fallback(async move || wait.notified().await);
    let base = bench.mount(
        "s",
        MountOwner::Service,
        Upstream::Emulated(router),
        Some("one"),
    );
    let first = bench.send("GET", &base, "");
    let second = async {
        bench.nth(1).await;
        let answered = bench.send("GET", &base, "").await;
        go.notify_one();
        answered
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(second.expect("an answer").status, 503);
    assert_eq!(first.expect("an answer").status, 200);
    assert_eq!(bench.facts(), ["request", "refused", "answer"]);
    assert_eq!(bench.why(), "the limit for messages at once is 1");
    go.notify_one();
    assert_eq!(
        bench
            .send("GET", &base, "")
            .await
            .expect("there is room again")
            .status,
        200
    );
    bench.close().await;
}

#[tokio::test]
async fn half_sent_bodies_share_one_budget_and_leave_room_for_small_messages() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    bench.tap.vault.memory().resize(8);
    let head =
        "POST /s/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 8000000\r\n\r\n";
    let most = format!("{head}{}", "x".repeat(5 << 20));
    let first = bench.connect(most.as_bytes()).await;
    while bench.tap.vault.memory().taken() < 5 << 20 {
        tokio::task::yield_now().await;
    }
    let second = bench.connect(head.as_bytes()).await;
    let (reading, mut writing) = second.into_split();
    let send = tokio::spawn(async move {
        // The tap may close before all is sent.
        let _ = writing.write_all(&vec![b'x'; 5 << 20]).await;
        writing
    });
    let refused = bench.nth(1).await;
    let Fact::Refused { why, .. } = &refused.fact else {
        panic!("{refused:?}");
    };
    let full = "bodies in flight and kept messages fill the memory budget of 8 MiB; \
                `memory_mib` of the environment sets it";
    assert_eq!(*why, format!("POST /x: {full}"));
    let answered = all_of(bench.connect(GET).await).await;
    assert!(answered.starts_with("HTTP/1.1 201"), "{answered}");
    drop((first, reading, send.await));
    bench.close().await;
}

#[tokio::test]
async fn a_connection_for_which_there_is_no_room_is_told_so() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let memory = bench.tap.vault.memory();
    memory.resize(1);
    let mut rest = memory.take(0).expect("nothing is taken");
    while rest.grow(10_000).is_ok() {}
    let answered = all_of(bench.connect(GET).await).await;
    assert!(answered.starts_with("HTTP/1.1 503"), "{answered}");
    assert!(
        answered.contains("the memory budget of 1 MiB"),
        "{answered}"
    );
    assert_eq!(bench.facts(), ["refused"]);
    drop(rest);
    let answered = all_of(bench.connect(GET).await).await;
    assert!(answered.starts_with("HTTP/1.1 201"), "{answered}");
    bench.close().await;
}

#[tokio::test]
async fn a_panic_upstream_breaks_one_exchange_and_no_more() {
    async fn bad() -> &'static str {
        panic!("on purpose")
    }
    let bench = Bench::connector().await;
    let router = Router::new()
        .route("/bad", axum::routing::get(bad))
        .route("/good", axum::routing::get(async || "good"));
    let base = bench.mount(
        "s",
        MountOwner::Service,
        Upstream::Emulated(router),
        Some("one"),
    );
    let broken = bench
        .send("GET", &format!("{base}/bad"), "")
        .await
        .expect("an answer");
    assert_eq!(broken.status, 502);
    assert_eq!(bench.facts(), ["request", "broken"]);
    assert_eq!(bench.why(), format!("the emulated part at {base} panicked"));
    let good = bench
        .send("GET", &format!("{base}/good"), "")
        .await
        .expect("an answer");
    assert_eq!(text(&good), "good");
    bench.close().await;
}

#[tokio::test]
async fn a_live_participant_that_is_down_is_named_with_address_and_cause() {
    let bench = Bench::connector().await;
    // Nobody listens on this port, whatever other tests do.
    let down = "http://127.0.0.1:1";
    let owner = MountOwner::Callback(Callback::Notification);
    let upstream = Upstream::Live(format!("{down}/hook?key=1"));
    let base = bench.mount("n", owner, upstream, Some("one"));
    let broken = bench.send("POST", &base, "{}").await.expect("an answer");
    assert_eq!(broken.status, 502);
    let why = bench.why();
    assert!(
        why.starts_with(&format!("no response from {down}: ")),
        "{why}"
    );
    assert!(
        why.to_lowercase().contains("refused") && !why.contains("key=1"),
        "{why}"
    );
    let first = bench.nth(1).await;
    assert!(matches!(first.fact, Fact::Request { .. }), "{first:?}");
    bench.close().await;
}

#[tokio::test]
async fn an_exchange_whose_caller_leaves_has_an_end() {
    let bench = Bench::connector().await;
    let router = Router::new().fallback(std::future::pending::<()>);
    bench.mount(
        "s",
        MountOwner::Service,
        Upstream::Emulated(router),
        Some("one"),
    );
    let stream = bench.connect(GET).await;
    bench.nth(1).await;
    drop(stream);
    let end = bench.nth(2).await;
    assert!(matches!(end.fact, Fact::Broken { .. }), "{end:?}");
    let why = bench.why();
    let took = why.strip_prefix("the caller left after ");
    let told = took.is_some_and(|took| took.ends_with(" ms, before the response"));
    assert!(told, "{why}");
    bench.close().await;
}

#[tokio::test]
async fn a_shutdown_waits_for_no_peer() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let stuck = Router::new().fallback(std::future::pending::<()>);
    bench.mount(
        "t",
        MountOwner::Service,
        Upstream::Emulated(stuck),
        Some("one"),
    );
    let mut idle = bench.connect(b"GET /s/x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let silent = bench.connect(b"GET /s/x HT").await;
    let held = bench.connect(b"GET /t/x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    bench.nth(3).await;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.expect("an answer begins");
    assert_eq!(&first, b"HTTP/1.1 201");
    let (origin, journal) = (bench.origin.clone(), bench.tap.journal.clone());
    let begun = std::time::Instant::now();
    bench.close().await;
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "the held reply has no say"
    );
    let last = journal.events().pop().expect("the head at least");
    assert!(matches!(last.fact, Fact::Broken { .. }), "{last:?}");
    for stream in [silent, held] {
        assert_eq!(all_of(stream).await, "");
    }
    let address = origin.strip_prefix("http://").expect("the scheme");
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn who_calls_the_embedded_service_is_refused_in_its_form_and_others_in_words() {
    let bench = Bench::impatient().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let live = Upstream::Live(upstream.live().await);
    bench.mount("l", MountOwner::Service, live, None);
    let callback = MountOwner::Callback(Callback::Notification);
    bench.mount("p", callback, upstream.emulated(), None);
    let large = "x".repeat(17);
    let [service, live, provider] = ["s", "l", "p"].map(|at| format!("{}/{at}/x", bench.origin));
    let refused = bench
        .send("POST", &service, &large)
        .await
        .expect("an answer");
    assert_eq!(refused.status, 413);
    let told: serde_json::Value = serde_json::from_slice(&refused.body).expect("JSON");
    assert_eq!(
        told,
        serde_json::json!({ "code": "too_large", "message": "POST /x: its body is larger than 16 bytes" })
    );
    let media = |answer: &Incoming| {
        let mut headers = answer.headers.iter();
        headers.find(|(name, _)| name == "content-type").cloned()
    };
    assert_eq!(
        media(&refused).map(|(_, value)| value).as_deref(),
        Some("application/json")
    );
    for url in [live, provider] {
        let refused = bench.send("POST", &url, &large).await.expect("an answer");
        assert_eq!((refused.status, media(&refused)), (413, None));
        assert!(text(&refused).starts_with("feedproof: POST"));
    }
    let slow = b"POST /s/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\n1";
    let answered = all_of(bench.connect(slow).await).await;
    assert!(answered.starts_with("HTTP/1.1 408"), "{answered}");
    assert!(answered.contains(r#"{"code":"too_slow","message":"POST /x: its body took longer"#));
    assert_eq!(upstream.calls(), 0);
    bench.close().await;
}

#[tokio::test]
async fn whoever_is_embedded_hears_the_host_that_the_caller_named_and_whoever_is_live_its_own() {
    let bench = Bench::connector().await;
    let upstream = Upside::default();
    bench.service(&upstream);
    let base = upstream.live().await;
    let own = base.trim_start_matches("http://").to_owned();
    bench.mount("l", MountOwner::Service, Upstream::Live(base), None);
    for (at, host) in [("s", "localhost:7"), ("l", own.as_str())] {
        let request =
            format!("GET /{at}/x HTTP/1.1\r\nHost: localhost:7\r\nConnection: close\r\n\r\n");
        all_of(bench.connect(request.as_bytes()).await).await;
        let taken = upstream.taken();
        let heard = taken.last().and_then(|request| request.header("host"));
        assert_eq!(heard, Some(host), "{at}");
    }
    bench.close().await;
}
