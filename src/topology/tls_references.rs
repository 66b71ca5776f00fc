//! The references of `tls`: their contents, and the faults of these as findings at their places.

use crate::environment::{Environment, LookError, Reference, SecretLocation, Tls, Unresolved};
use crate::secret::Secret;
use crate::tls::{
    ClientCertificate, Content, TlsContents, TlsFault, TlsField, TlsMaterial, TlsName, TlsNote,
    read,
};
use plan_language::source::{Finding, Span};

/// The client certificate that a run presents, for preflight checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCertificate {
    /// The certificate.
    pub certificate: ClientCertificate,
    /// What was repaired in its files or left out; often empty.
    pub notes: Vec<TlsNote>,
    /// The reference to it, such as `file:client.pem`.
    pub reference: String,
    /// The place of that reference in the environment.
    pub place: Span,
}

impl SentCertificate {
    /// Gathers it from an environment and what its references contain; `None` where there is none.
    pub(super) fn of(tls: &Tls, material: &TlsMaterial) -> Option<Self> {
        let reference = tls.client_certificate.as_ref()?;
        let identity = material.identity.as_ref()?;
        Some(Self {
            certificate: identity.certificate.clone(),
            notes: identity.notes.clone(),
            reference: reference.to_string(),
            place: reference.span.clone(),
        })
    }
}

/// Lists the faults of the files to which `tls` refers, in the order of their places; `look` reads them.
///
/// A reference that cannot be looked up is no fault here: the machine that checks an environment need not have the
/// secrets of the one that runs.
pub fn check_tls(
    environment: &Environment,
    look: &dyn Fn(SecretLocation<'_>) -> Result<Secret, LookError>,
) -> Vec<Finding> {
    let tls = &environment.tls;
    let contents = look_up(tls, &mut |reference| reference.resolve(look));
    read(&contents).map_or_else(|faults| findings(tls, &faults), |_| Vec::new())
}

/// Looks the references of `tls` up.
pub(super) fn look_up(
    tls: &Tls,
    resolve: &mut dyn FnMut(&Reference) -> Result<Secret, Unresolved>,
) -> TlsContents {
    let mut content = |reference: &Option<Reference>| match reference.as_ref().map(&mut *resolve) {
        None => Content::Unset,
        Some(Ok(text)) => Content::Text(text),
        Some(Err(unresolved)) => match unresolved.binary {
            Some(form) => Content::Binary(form),
            None => Content::Unavailable,
        },
    };
    TlsContents {
        ca: content(&tls.ca),
        client_certificate: content(&tls.client_certificate),
        client_key: content(&tls.client_key),
        client_key_passphrase: content(&tls.client_key_passphrase),
    }
}

/// Returns faults as findings at the places of their references, in the order of these.
pub(super) fn findings(tls: &Tls, faults: &[TlsFault]) -> Vec<Finding> {
    let mut findings: Vec<_> = faults
        .iter()
        .filter_map(|fault| {
            let name = |field| name(tls, field);
            let finding = Finding::new(&reference(tls, fault.field)?.span, fault.message(&name));
            Some(finding.with_hint(fault.hint(&name)))
        })
        .collect();
    findings.sort_by(|left, right| left.span.cmp(&right.span));
    findings
}

/// Returns the names of a field's content; those of an example where it is in no file.
fn name(tls: &Tls, field: TlsField) -> TlsName {
    let reference = reference(tls, field);
    let path = reference.and_then(Reference::path);
    TlsName {
        reference: reference.map(Reference::to_string).unwrap_or_default(),
        path: match (path, field) {
            (Some(path), _) => path.display().to_string(),
            (None, TlsField::Ca) => "ca.pem".to_owned(),
            (None, TlsField::ClientCertificate) => "client.pem".to_owned(),
            (None, TlsField::ClientKey) => "client.key".to_owned(),
            (None, TlsField::ClientKeyPassphrase) => "passphrase.txt".to_owned(),
        },
    }
}

/// Returns the reference of a field.
fn reference(tls: &Tls, field: TlsField) -> Option<&Reference> {
    let reference = match field {
        TlsField::Ca => &tls.ca,
        TlsField::ClientCertificate => &tls.client_certificate,
        TlsField::ClientKey => &tls.client_key,
        TlsField::ClientKeyPassphrase => &tls.client_key_passphrase,
    };
    reference.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::open;
    use crate::topology::ResolvedEnvironment;
    use crate::vault::Vault;
    use plan_language::source::render;
    use std::path::Path;
    use std::sync::Arc;

    const ENVIRONMENT: &str = r#"
subject: { name: Acme, version: 1.4.2 }
service: { emulated: { listen: 127.0.0.1:9000 } }
provider:
  callbacks: { notification: http://localhost:8080/n, auth: http://localhost:8080/a, reAuth: http://localhost:8080/r, availableAccounts: http://localhost:8080/v }
  bank: { id: 10aaeee6-0000-4000-8000-000000000001, externalRef: acme }
  notification_header: { name: X-Acme-Key, value: env:HEADER }
credentials: { api_key: env:A, client_id: env:B, client_secret: env:C, audience: one, notification_audience: two, application: app, application_key: env:D }
customers:
  alice: { login: { username: alice, password: env:P }, accounts: 1, without_branch: 0, cleared: 1 }
tls:
  ca: file:ca.p12
  client_certificate: file:leaf.pem
  client_key: file:encrypted.key
"#;

    /// Looks a form of `tests/fixtures/tls/forms` up; no variable is set but the one of the passphrase.
    fn look(looked: SecretLocation<'_>) -> Result<Secret, LookError> {
        let path = match looked {
            SecretLocation::Variable("RIGHT") => return Ok(Secret::new("throw-away")),
            SecretLocation::Variable("WRONG") => return Ok(Secret::new("hunter2")),
            SecretLocation::Variable(name) if name.len() == 1 || name == "HEADER" => {
                return Ok(Secret::new("some-credential"));
            }
            SecretLocation::Variable(_) => {
                return Err("there is no such variable".to_owned().into());
            }
            SecretLocation::File(path) => path,
        };
        if path.ends_with("ca.p12") {
            return Err(LookError::Binary(crate::tls::BinaryForm::Pkcs12));
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls/forms");
        let name = path.file_name().expect("a file");
        std::fs::read_to_string(folder.join(name))
            .map(Secret::new)
            .map_err(|error| error.kind().to_string().into())
    }

    /// Returns what `check`, and then what a run, says of an environment.
    fn said(text: &str) -> [String; 2] {
        let opened = open("proof/e.yaml", text.as_bytes(), &[], &look);
        assert_eq!(opened.findings, []);
        let environment = opened.environment.expect("it is valid");
        let show = |findings: &[Finding]| {
            let shown = findings.iter().map(|one| render(one, &opened.sources));
            shown.collect::<Vec<_>>().join("\n")
        };
        let checked = show(&check_tls(&environment, &look));
        let resolved = ResolvedEnvironment::of(environment, Arc::new(Vault::new()), &look);
        [
            checked,
            resolved.map_or_else(|unusable| show(&unusable.0), |_| String::new()),
        ]
    }

    #[test]
    fn each_fault_is_found_at_its_reference_before_and_at_a_run() {
        let [checked, run] = said(ENVIRONMENT);
        assert_eq!(checked, run);
        insta::assert_snapshot!(run);
        let text = ENVIRONMENT.replace("  ca: file:ca.p12\n", "");
        let wrong = format!("{text}  client_key_passphrase: env:WRONG\n");
        let [checked, run] = said(&wrong);
        assert_eq!(checked, run);
        assert!(run.contains("--> proof/e.yaml:14:26"), "{run}");
        assert!(!run.contains("hunter2"), "{run}");
        let right = format!("{text}  client_key_passphrase: env:RIGHT\n");
        assert_eq!(said(&right), ["", ""]);
    }

    #[test]
    fn what_cannot_be_looked_up_is_left_to_the_run() {
        let text = ENVIRONMENT
            .replace("file:ca.p12", "file:no-such-file.pem")
            .replace("file:encrypted.key", "env:NO_SUCH_KEY");
        let [checked, run] = said(&text);
        assert_eq!(checked, "");
        for place in ["proof/e.yaml:12:7", "proof/e.yaml:14:15"] {
            assert!(run.contains(place), "{run}");
        }
    }
}
