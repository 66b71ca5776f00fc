//! The client certificate that a run presents: whether it is valid today, and what was repaired in its files.

use std::time::{Duration, SystemTime};

use super::handshake::{EXPIRY_WARNING, day};
use super::{CheckState, PreflightCheck};
use crate::topology::SentCertificate;

/// The object of these checks.
const WHAT: &str = "client certificate";

/// Checks the client certificate; each result names the reference and its place in the environment.
pub(super) fn client_certificate(sent: &SentCertificate, now: SystemTime) -> Vec<PreflightCheck> {
    let shown = format!(
        "{}: `{}` ({})",
        sent.place, sent.reference, sent.certificate.subject
    );
    let mut checks = vec![validity(sent, &shown, now)];
    if !sent.certificate.for_clients {
        let seen = format!("{shown} is not one for clients");
        checks.push(
            PreflightCheck::new(WHAT, CheckState::Warning, seen)
                .with_hint("let its authority issue one with `extendedKeyUsage = clientAuth`"),
        );
    }
    for note in &sent.notes {
        let seen = format!("{}: {note}", sent.place);
        checks.push(PreflightCheck::new(WHAT, CheckState::Ok, seen));
    }
    checks
}

/// Checks that the certificate is valid today, and for a month from now.
fn validity(sent: &SentCertificate, shown: &str, now: SystemTime) -> PreflightCheck {
    // A certificate from before 1970 ended then, too.
    let [begin, end] = [sent.certificate.not_before, sent.certificate.not_after]
        .map(|seconds| u64::try_from(seconds).unwrap_or_default());
    let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let warning = |seen: String| PreflightCheck::new(WHAT, CheckState::Warning, seen);
    if now < time(begin) {
        return warning(format!("{shown} is valid from {} on", day(begin))).with_hint(
            "check the clock of this machine, or name a certificate that is valid today",
        );
    }
    let renew = "renew it, and name the new one";
    match time(end).duration_since(now) {
        Err(_) => warning(format!("{shown} expired on {}", day(end))).with_hint(renew),
        Ok(left) if left < EXPIRY_WARNING => {
            warning(format!("{shown} expires on {}", day(end))).with_hint(renew)
        }
        Ok(_) => {
            let seen = format!("{shown} is valid until {}", day(end));
            PreflightCheck::new(WHAT, CheckState::Ok, seen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{ClientCertificate, TlsNote};
    use plan_language::source::Span;

    #[test]
    fn a_certificate_is_told_by_its_place_and_its_days() {
        let day = 24 * 60 * 60;
        let sent = SentCertificate {
            certificate: ClientCertificate {
                subject: "CN=Client".to_owned(),
                not_before: 1_790_000_000,
                not_after: 1_800_000_000,
                for_clients: true,
            },
            notes: Vec::new(),
            reference: "file:client.pem".to_owned(),
            place: Span::outside("e.yaml"),
        };
        let odd = SentCertificate {
            certificate: ClientCertificate {
                for_clients: false,
                ..sent.certificate.clone()
            },
            notes: vec![TlsNote::Ordered { line: 21 }],
            ..sent.clone()
        };
        let mut lines = Vec::new();
        for (sent, now) in [
            (&sent, 1_795_000_000),
            (&sent, 1_789_999_999),
            (&sent, 1_800_000_000 - 3 * day),
            (&sent, 1_800_000_001),
            (&odd, 1_795_000_000),
        ] {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            for check in client_certificate(sent, now) {
                let hint = check.hint.unwrap_or_default();
                lines.push(format!("{} {} -> {hint}", check.state.as_str(), check.seen));
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
