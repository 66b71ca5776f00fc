//! Connections to live participants: trusted authorities, our own certificate, and a proxy in the way.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use feedproof::exchange::{Client, Transport};
use feedproof::secret::Secret;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const CA: &str = include_str!("../fixtures/tls/ca.pem");
const CLIENT: &str = include_str!("../fixtures/tls/client.pem");
const CLIENT_KEY: &str = include_str!("../fixtures/tls/client.key");
const SERVER: &str = include_str!("../fixtures/tls/server.pem");
const SERVER_KEY: &str = include_str!("../fixtures/tls/server.key");

const SOON: Duration = Duration::from_secs(20);

/// Serves one connection that shows a certificate and wants one; an answer goes out when the client's was good.
fn serve_mutual_tls() -> SocketAddr {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = rustls::RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(CA.as_bytes()).expect("a certificate");
    roots.add(ca).expect("an authority");
    let wanted = rustls::server::WebPkiClientVerifier::builder(Arc::new(roots))
        .build()
        .expect("a verifier");
    let chain = vec![CertificateDer::from_pem_slice(SERVER.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(SERVER_KEY.as_bytes()).expect("a key");
    let config = rustls::ServerConfig::builder()
        .with_client_cert_verifier(wanted)
        .with_single_cert(chain, key)
        .expect("a configuration");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a connection");
        let connection = rustls::ServerConnection::new(Arc::new(config)).expect("a session");
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let mut first = [0; 1];
        // A handshake that fails ends here, and the client's own side reports it.
        if stream.read_exact(&mut first).is_ok() {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            let _ = stream.flush();
        }
    });
    address
}

async fn get(url: &str, transport: Transport<'_>) -> Result<u16, String> {
    let client = Client::http_with(SOON, transport)?;
    let answer = client.get(url).send().await;
    answer
        .map(|answer| answer.status().as_u16())
        .map_err(|error| format!("{error:?}"))
}

#[tokio::test]
async fn an_authority_of_the_environment_is_trusted_and_our_certificate_is_shown() {
    let [authority, certificate, key] = [CA, CLIENT, CLIENT_KEY].map(Secret::new);
    let both = Transport {
        authorities: Some(&authority),
        identity: Some((&certificate, &key)),
        proxy: None,
    };
    let url = |address| format!("https://{address}/");
    assert_eq!(get(&url(serve_mutual_tls()), both).await, Ok(200));
    let other_customer = Transport {
        authorities: None,
        ..both
    };
    let told = get(&url(serve_mutual_tls()), other_customer)
        .await
        .expect_err("nobody vouches for it");
    assert!(
        told.contains("UnknownIssuer") || told.contains("certificate"),
        "{told}"
    );
    let nobody = Transport {
        identity: None,
        ..both
    };
    let told = get(&url(serve_mutual_tls()), nobody).await;
    assert!(told.is_err(), "the server wants a certificate: {told:?}");
}

#[tokio::test]
async fn a_proxy_gets_what_is_meant_for_others_and_not_what_stays_here() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let proxy = Secret::new(format!("http://ann:pw@{address}"));
    let seen = std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a connection");
        let mut lines = BufReader::new(&socket).lines().map_while(Result::ok);
        let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        (&socket)
            .write_all(b"HTTP/1.1 203 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .expect("an answer");
        head
    });
    let transport = Transport {
        proxy: Some(&proxy),
        ..Transport::default()
    };
    // Nobody listens there: refused at once, and not asked of the proxy, which would answer.
    for url in [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://[::1]:1/",
    ] {
        assert!(get(url, transport).await.is_err(), "{url}");
    }
    assert_eq!(get("http://bank.invalid/x", transport).await, Ok(203));
    let head = seen.join().expect("the proxy served");
    assert_eq!(head[0], "GET http://bank.invalid/x HTTP/1.1");
    let sent = |name: &str| {
        head.iter()
            .any(|line| line.to_ascii_lowercase().starts_with(name))
    };
    assert!(sent("proxy-authorization: basic "), "{head:?}");
}

#[test]
fn what_cannot_be_used_is_named_without_its_text() {
    let refused = |transport| Client::http_with(SOON, transport).expect_err("it is refused");
    let secret = Secret::new("hunter2");
    let certificate = Secret::new(CLIENT);
    let proxy = Secret::new("http://hunter2:x");
    let told = [
        refused(Transport {
            authorities: Some(&secret),
            ..Transport::default()
        }),
        refused(Transport {
            identity: Some((&certificate, &secret)),
            ..Transport::default()
        }),
        refused(Transport {
            proxy: Some(&proxy),
            ..Transport::default()
        }),
    ];
    assert_eq!(
        told,
        [
            "`tls.ca` holds no certificates in PEM",
            "`tls.client_certificate` and `tls.client_key` hold no certificate and key in PEM",
            "`proxy` is no address of a proxy",
        ]
    );
}
