use super::*;
use rustls::pki_types::pem::PemObject as _;
use tokio::net::TcpListener;

const AUTHORITY: &[u8] = include_bytes!("../../../tests/fixtures/tls/ca.pem");
const SERVER: &[u8] = include_bytes!("../../../tests/fixtures/tls/server.pem");

fn of(pem: &[u8]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem).expect("the fixture is a certificate")
}

fn bank() -> Url {
    "https://bank.example:8443/auth".parse().expect("a URL")
}

fn told(error: &rustls::Error, sends_certificate: bool) -> String {
    match explain(error, &bank(), sends_certificate) {
        Some(Explained { seen, hint }) => format!("{seen} -> {hint}"),
        None => "nothing".to_owned(),
    }
}

fn invalid(error: CertificateError) -> rustls::Error {
    rustls::Error::InvalidCertificate(error)
}

fn time(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

#[test]
fn each_refusal_has_its_own_cause_and_hint() {
    let expired = CertificateError::ExpiredContext {
        time: time(1_790_000_000),
        not_after: time(1_780_000_000),
    };
    let not_yet = CertificateError::NotValidYetContext {
        time: time(1_780_000_000),
        not_before: time(1_790_000_000),
    };
    let name = CertificateError::NotValidForNameContext {
        expected: ServerName::try_from("bank.example").expect("a name"),
        presented: vec![
            r#"DnsName("other.example")"#.to_owned(),
            "IpAddress(192.0.2.1)".to_owned(),
        ],
    };
    let alert = rustls::Error::AlertReceived;
    let lines = [
        told(&invalid(expired), false),
        told(&invalid(not_yet), false),
        told(&invalid(name), false),
        told(&invalid(CertificateError::BadSignature), false),
        told(&alert(AlertDescription::CertificateRequired), false),
        told(&alert(AlertDescription::CertificateExpired), true),
        told(&alert(AlertDescription::HandshakeFailure), true),
        told(&alert(AlertDescription::BadCertificate), false),
        told(&alert(AlertDescription::UnknownCA), true),
        told(&alert(AlertDescription::HandshakeFailure), false),
        told(&alert(AlertDescription::ProtocolVersion), true),
        told(&alert(AlertDescription::UnrecognisedName), false),
        told(
            &rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
            false,
        ),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_error_without_a_known_meaning_is_left_to_its_own_words() {
    let alert = rustls::Error::AlertReceived(AlertDescription::InternalError);
    for error in [rustls::Error::DecryptError, alert] {
        assert_eq!(told(&error, false), "nothing");
    }
}

#[test]
fn an_error_is_found_behind_others() {
    let inner = std::io::Error::other(rustls::Error::DecryptError);
    let outer = std::io::Error::other(inner);
    assert_eq!(behind(&outer), Some(&rustls::Error::DecryptError));
    assert_eq!(behind(&std::io::Error::other("no handshake")), None);
}

#[test]
fn the_certificates_of_an_endpoint_tell_why_nobody_vouches_for_them() {
    let place = "https://bank.example:8443";
    let seen = |sent: &[CertificateDer<'_>]| {
        let Explained { seen, hint } = unknown_authority(place, sent);
        format!("{seen} -> {hint}")
    };
    let (server, authority) = (of(SERVER), of(AUTHORITY));
    let lines = [
        seen(&[]),
        seen(std::slice::from_ref(&server)),
        seen(&[server, authority.clone()]),
        seen(&[authority]),
        seen(&[CertificateDer::from(vec![1, 2, 3])]),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_certificate_is_warned_of_in_its_last_thirty_days() {
    let der = of(SERVER);
    let (_, read) = X509Certificate::from_der(der.as_ref()).expect("a certificate");
    let end = u64::try_from(read.validity().not_after.timestamp()).expect("after 1970");
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(end);
    let warned = |before: Duration| expires_soon("https://h", der.as_ref(), end - before);
    assert_eq!(warned(EXPIRY_WARNING), None);
    let soon = warned(Duration::from_secs(3 * 24 * 3600 + 5)).expect("three days are few");
    assert!(soon.seen.ends_with("in less than 4 days"), "{soon:?}");
    assert_eq!(expires_soon("https://h", b"no certificate", end), None);
}

/// Accepts connections, and ends each with these bytes.
async fn speaks(bytes: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, bytes).await;
        }
    });
    format!("https://{address}/").parse().expect("a URL")
}

#[tokio::test]
async fn an_endpoint_without_tls_has_no_certificates() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = speaks(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert_eq!(certificates(&url).await, []);
}
