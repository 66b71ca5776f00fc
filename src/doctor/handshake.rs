//! What a TLS handshake that failed means, and what to change; and certificates that will expire soon.
//!
//! A failure is known by the types of rustls, and by words only where it has no type. Only where nobody knows the authority, a second
//! handshake looks at the certificates that the endpoint sends; it ends before any data is sent.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, InvalidMessage,
    SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::PATIENCE;
use crate::number::count;

/// Time before the end of a certificate from which a check warns.
pub(super) const EXPIRY_WARNING: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A cause with what to change, both as sentences without a final full stop.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explained {
    pub seen: String,
    pub hint: String,
}

impl Explained {
    fn new(seen: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            seen: seen.into(),
            hint: hint.into(),
        }
    }
}

/// Returns the error of rustls behind an error, if there is one.
pub(super) fn behind<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // The source of an I/O error is that of the error inside, not the error inside.
        let inside = error.downcast_ref::<std::io::Error>();
        let inside = inside.and_then(|error| error.get_ref());
        if let Some(found) = inside.and_then(|inside| behind(inside)) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Explains an error of a handshake with an endpoint; `None` for one that says no more than its text does.
///
/// `sends_certificate` tells whether the environment has a client certificate.
pub(super) fn explain(
    error: &rustls::Error,
    url: &Url,
    sends_certificate: bool,
) -> Option<Explained> {
    let place = url.origin().ascii_serialization();
    match error {
        rustls::Error::InvalidCertificate(error) => Some(certificate(error, &place)),
        rustls::Error::AlertReceived(alert) => refused(*alert, &place, url, sends_certificate),
        rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => Some(Explained::new(
            format!("{place} does not speak TLS"),
            "write `http://` in the address, or let the connector speak TLS",
        )),
        rustls::Error::PeerIncompatible(_) => Some(too_old(&place)),
        rustls::Error::NoCertificatesPresented => Some(Explained::new(
            format!("{place} sends no certificate"),
            "configure one at the connector, or at its proxy",
        )),
        _ => None,
    }
}

fn certificate(error: &CertificateError, place: &str) -> Explained {
    use CertificateError as E;
    let renew = "renew it at the connector, or at what is in front of it";
    match error {
        E::Expired => Explained::new(format!("the certificate of {place} has expired"), renew),
        E::ExpiredContext { not_after, .. } => Explained::new(
            format!(
                "the certificate of {place} expired on {}",
                day(not_after.as_secs())
            ),
            renew,
        ),
        E::NotValidYet => not_yet(format!("the certificate of {place} is not valid yet")),
        E::NotValidYetContext { not_before, .. } => not_yet(format!(
            "the certificate of {place} is valid from {} on",
            day(not_before.as_secs())
        )),
        E::NotValidForName => other_name(place, "another name"),
        E::NotValidForNameContext { presented, .. } => {
            let names: Vec<_> = presented.iter().map(|name| bare_name(name)).collect();
            if names.is_empty() {
                other_name(place, "no name at all")
            } else {
                other_name(place, &names.join(", "))
            }
        }
        E::Revoked => Explained::new(format!("the certificate of {place} is revoked"), renew),
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => wrong_purpose(place),
        E::Other(inside) if inside.0.to_string().contains("invalid extensions") => {
            wrong_purpose(place)
        }
        E::Other(inside) if inside.0.to_string().contains("CaUsedAsEndEntity") => Explained::new(
            format!("the certificate of {place} is that of an authority, not of a server"),
            "make one with `basicConstraints = CA:FALSE`, or let the authority sign one for the server",
        ),
        error => Explained::new(
            format!("the certificate of {place} is not accepted: {error}"),
            "if `tls.ca` names its authority, check that it holds the certificate with which that authority signs today; otherwise use another certificate there",
        ),
    }
}

fn wrong_purpose(place: &str) -> Explained {
    Explained::new(
        format!("the certificate of {place} is not one for servers"),
        "make one with `extendedKeyUsage = serverAuth`",
    )
}

fn not_yet(seen: String) -> Explained {
    Explained::new(
        seen,
        "compare the clocks of both machines, or let the connector use a certificate that is valid now",
    )
}

fn other_name(place: &str, names: &str) -> Explained {
    Explained::new(
        format!("the certificate of {place} is for {names}"),
        "write a name of the certificate in the address, or let the connector use a certificate for this one",
    )
}

fn too_old(place: &str) -> Explained {
    Explained::new(
        format!("{place} and feedproof have no version of TLS, or no cipher, in common"),
        "allow TLS 1.2 or 1.3 at the connector, or at what is in front of it",
    )
}

/// Explains an alert, with which the endpoint ended the handshake.
fn refused(
    alert: AlertDescription,
    place: &str,
    url: &Url,
    sends_certificate: bool,
) -> Option<Explained> {
    use AlertDescription as A;
    Some(match alert {
        A::CertificateExpired | A::CertificateRevoked if sends_certificate => Explained::new(
            format!(
                "{place} does not accept the client certificate of `tls.client_certificate` ({alert:?})"
            ),
            "renew it",
        ),
        A::CertificateRequired
        | A::NoCertificate
        | A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateExpired
        | A::CertificateRevoked
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => {
            if sends_certificate {
                Explained::new(
                    format!(
                        "{place} does not accept the client certificate of `tls.client_certificate` ({alert:?})"
                    ),
                    "let it trust the authority of that certificate, or name one that it trusts",
                )
            } else {
                Explained::new(
                    format!("{place} requires a client certificate ({alert:?})"),
                    "name one in `tls.client_certificate` and `tls.client_key`",
                )
            }
        }
        A::UnrecognisedName => Explained::new(
            format!(
                "{place} serves nothing under the name {}",
                url.host_str().unwrap_or_default()
            ),
            "write the name that it serves in the address; feedproof asks for that name (SNI)",
        ),
        A::ProtocolVersion | A::InsufficientSecurity => too_old(place),
        // Some servers end so where they got no client certificate, or one that they do not trust.
        A::HandshakeFailure => Explained::new(
            format!("{place} ended the handshake without a reason"),
            if sends_certificate {
                "check that it trusts the client certificate of `tls.client_certificate`, and that it allows TLS 1.2 or 1.3"
            } else {
                "if it requires a client certificate, name one in `tls.client_certificate` and `tls.client_key`; otherwise allow TLS 1.2 or 1.3 there"
            },
        ),
        _ => return None,
    })
}

/// Returns the name in a general name as rustls writes it: `DnsName("bank.example")`, `IpAddress(192.0.2.1)`.
fn bare_name(written: &str) -> &str {
    let inside = written
        .split_once('(')
        .map_or(written, |(_, inside)| inside);
    inside.trim_end_matches(')').trim_matches('"')
}

/// Returns the day of a time since 1970, in UTC.
pub(super) fn day(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok();
    let time = time.and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok());
    time.map_or_else(
        || "an unknown day".to_owned(),
        |time| time.date().to_string(),
    )
}

/// Explains why nobody vouches for the certificates that an endpoint sent, its own first.
pub(super) fn unknown_authority(place: &str, sent: &[CertificateDer<'_>]) -> Explained {
    let in_general = || {
        Explained::new(
            format!("the certificate of {place} is of an authority that is not trusted"),
            "name the authority in `tls.ca`, or let the endpoint send its complete certificate chain",
        )
    };
    let read = |der: &CertificateDer<'_>| {
        let (_, read) = X509Certificate::from_der(der.as_ref()).ok()?;
        Some((read.subject().to_string(), read.issuer().to_string()))
    };
    let (Some(own), Some(last)) = (sent.first().and_then(read), sent.last().and_then(read)) else {
        return in_general();
    };
    if own.0 == own.1 {
        let host = place.trim_start_matches("https://");
        let at = if host.contains(':') && !host.ends_with(']') {
            host.to_owned()
        } else {
            format!("{host}:443")
        };
        Explained::new(
            format!("the certificate of {place} is signed by itself"),
            format!(
                "to trust exactly it, name a file with it in `tls.ca`: openssl s_client -connect {at} </dev/null | openssl x509 -out own.pem"
            ),
        )
    } else if sent.len() == 1 {
        Explained::new(
            format!(
                "the certificate of {place} is issued by {}, which it does not send",
                own.1
            ),
            "if that is an intermediate authority, let the endpoint send the complete chain; if it is your own authority, name it in `tls.ca`",
        )
    } else {
        Explained::new(
            format!(
                "the authority of the certificate of {place} is not trusted: {}",
                last.1
            ),
            "name it in `tls.ca`",
        )
    }
}

/// Returns the certificates that an endpoint sends, its own first; none where it sends none in ten seconds.
pub(super) async fn certificates(url: &Url) -> Vec<CertificateDer<'static>> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(name) = ServerName::try_from(bare.to_owned()) else {
        return Vec::new();
    };
    let recorder = Arc::new(Recorder::default());
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(recorder.clone())
        .with_no_client_auth();
    let port = url.port_or_known_default().unwrap_or(443);
    let shaking = async {
        let stream = TcpStream::connect((bare, port)).await.ok()?;
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .ok()
    };
    // It never succeeds: the recorder refuses what it has recorded.
    let _ = tokio::time::timeout(PATIENCE, shaking).await;
    let mut sent = recorder.0.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *sent)
}

/// Records the certificates of a handshake, and refuses them, so that nothing is sent to an endpoint that nobody vouches for.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<CertificateDer<'static>>>);

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(own).chain(others);
        let all = all.map(|certificate| certificate.clone().into_owned());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all.collect();
        Err(rustls::Error::General("it was only looked at".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("it was only looked at".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("it was only looked at".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = rustls::crypto::ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Says that the certificate of an endpoint expires within 30 days, if it does.
pub(super) fn expires_soon(place: &str, certificate: &[u8], now: SystemTime) -> Option<Explained> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    let end = u64::try_from(read.validity().not_after.timestamp()).ok()?;
    let left = (SystemTime::UNIX_EPOCH + Duration::from_secs(end)).duration_since(now);
    let left = left.ok().filter(|left| *left < EXPIRY_WARNING)?;
    Some(Explained::new(
        format!(
            "the certificate of {place} expires on {}, in less than {}",
            day(end),
            count((left.as_secs() / (24 * 60 * 60)) as usize + 1, "day")
        ),
        "renew it before it stops the bank feed",
    ))
}

#[cfg(test)]
mod tests;
