//! Ways to an answer, and how they end: in process, over the network, nowhere.

use super::*;
use crate::exchange::MountOwner;
use axum::routing::get;
use bytes::Bytes;

fn client(mount: Mount, body_max: usize) -> Client {
    let mounts = Mounts::default();
    mounts.add("http://h:1", "a", Arc::new(mount));
    let http = Client::http(Duration::from_secs(5)).expect("a client builds");
    Client::new(http, Arc::new(mounts), body_max)
}

fn emulated(router: axum::Router) -> Mount {
    Mount {
        base: "http://h:1/a".into(),
        upstream: Upstream::Emulated(router),
        owner: MountOwner::Service,
        lane: None,
    }
}

fn get_of(url: &str) -> Outgoing {
    Outgoing {
        method: "GET".into(),
        url: url.into(),
        headers: Vec::new(),
        body: Bytes::new(),
    }
}

#[tokio::test]
async fn an_embedded_part_is_reached_in_process_and_its_body_is_bounded() {
    let answer = async |body_max| {
        let router = axum::Router::new().route("/x", get(|| async { "0123456789" }));
        let client = client(emulated(router), body_max);
        client.send(get_of("http://h:1/a/x?q=1")).await
    };
    let whole = answer(10).await.expect("it answers");
    assert_eq!((whole.status, &whole.body[..]), (200, &b"0123456789"[..]));
    // The beginning of an answer is none.
    let error = answer(9).await.expect_err("it is too large");
    assert_eq!(
        error.to_string(),
        "the response of http://h:1/a (status 200) is larger than 9 bytes; no more of it was read, and none of it was used"
    );
}

#[tokio::test]
async fn a_panic_of_an_embedded_part_is_a_breakdown() {
    async fn bad() -> &'static str {
        panic!("on purpose")
    }
    let router = axum::Router::new().route("/x", get(bad));
    let result = client(emulated(router), 4)
        .send(get_of("http://h:1/a/x"))
        .await;
    assert!(
        matches!(result, Err(Breakdown::Panicked { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_name_that_is_never_anybodys_is_not_looked_up() {
    for url in [
        "http://bank.invalid/x",
        "https://a.b.INVALID./",
        "http://invalid",
    ] {
        let error = client(emulated(axum::Router::new()), 4)
            .send(get_of(url))
            .await
            .expect_err("it is nobody's");
        assert!(error.to_string().contains("RFC 6761"), "{error}");
    }
}

#[tokio::test]
async fn an_in_process_client_reaches_what_is_mounted_and_nothing_else() {
    let mounts = Mounts::default();
    let router = axum::Router::new().route("/x", get(|| async { "here" }));
    mounts.add("http://h:1", "a", Arc::new(emulated(router)));
    let client = Client::in_process(Arc::new(mounts), 10);
    let inside = client.send(get_of("http://h:1/a/x")).await;
    assert_eq!(&inside.expect("it answers").body[..], b"here");
    let error = client.send(get_of("http://127.0.0.1:9/x")).await;
    let text = error.expect_err("it is outside").to_string();
    assert!(text.contains("an in-process run"), "{text}");
}

#[tokio::test]
async fn nobody_listening_is_told_with_address_and_cause() {
    // A port that was free a moment ago may be another test's by now; this one is nobody's.
    let address = "127.0.0.1:1";
    let error = client(emulated(axum::Router::new()), 4)
        .send(get_of(&format!("http://{address}/secret?token=1")))
        .await
        .expect_err("nobody listens");
    let text = error.to_string();
    assert!(text.contains(address), "{text}");
    assert!(text.to_lowercase().contains("refused"), "{text}");
    assert!(!text.contains("token"), "{text}");
}

#[test]
fn only_what_is_live_has_an_address_of_its_own_behind_a_mount() {
    let live = Mount {
        upstream: Upstream::Live("http://bank/auth?k=1".into()),
        ..emulated(axum::Router::new())
    };
    let behind = |mount, url| client(mount, 4).behind(url);
    let url = "http://h:1/a?id=2";
    assert_eq!(
        behind(live, url).as_deref(),
        Some("http://bank/auth?k=1&id=2")
    );
    assert_eq!(behind(emulated(axum::Router::new()), url), None);
    assert_eq!(
        behind(emulated(axum::Router::new()), "http://other/a"),
        None
    );
}

/// Serves one response on every connection, and closes it without a word when a second request comes on it.
async fn closing_when_reused() -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read_buf(&mut request).await {
                        Ok(1..) => {}
                        _ => return,
                    }
                }
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                let _ = stream.write_all(answer).await;
                let _ = stream.read(&mut [0; 1]).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_server_that_closes_reused_connections_answers_every_request() {
    let address = closing_when_reused().await;
    let http = Client::http(Duration::from_secs(5)).expect("a client builds");
    let client = Client::new(http, Arc::default(), 10);
    for number in 0..20 {
        let answer = client.send(get_of(&format!("http://{address}/{number}")));
        let answer = answer.await.expect("every request has an answer");
        assert_eq!((answer.status, &answer.body[..]), (200, &b"ok"[..]));
    }
}
