use super::*;
use crate::tls::TlsName;

/// The passphrase of every encrypted form.
const PASSPHRASE: &str = "throw-away";

/// Reads a form of `tests/fixtures/tls/forms` as the command line looks it up.
fn form(name: &str) -> Content {
    if name == "keystore.jks" {
        return Content::Binary(BinaryForm::JavaKeystore);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/forms");
    let bytes = std::fs::read(format!("{folder}/{name}")).expect("the form is there");
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(Secret::new(text)),
        Err(error) => Content::Binary(BinaryForm::of(error.as_bytes()).expect("a known form")),
    }
}

fn text(of: &str) -> String {
    match form(of) {
        Content::Text(text) => text.expose().to_owned(),
        other => panic!("{of} is no text: {other:?}"),
    }
}

fn content(text: impl Into<String>) -> Content {
    Content::Text(Secret::new(text))
}

fn client(certificate: Content, key: Content) -> TlsContents {
    TlsContents {
        client_certificate: certificate,
        client_key: key,
        ..TlsContents::default()
    }
}

fn with_passphrase(key: &str, passphrase: &str) -> TlsContents {
    TlsContents {
        client_key_passphrase: content(passphrase),
        ..client(form("leaf.pem"), form(key))
    }
}

fn name(field: TlsField) -> TlsName {
    let (reference, path) = match field {
        TlsField::Ca => ("file:ca.crt", "proof/ca.crt"),
        TlsField::ClientCertificate => ("file:client.crt", "proof/client.crt"),
        TlsField::ClientKey => ("file:client.key", "proof/client.key"),
        TlsField::ClientKeyPassphrase => ("env:PASSPHRASE", "passphrase.txt"),
    };
    TlsName {
        reference: reference.to_owned(),
        path: path.to_owned(),
    }
}

/// Shows the faults of contents.
fn told(contents: &TlsContents) -> String {
    let Err(faults) = read(contents) else {
        return "no fault".to_owned();
    };
    let lines = faults.iter().map(|fault| {
        let (message, hint) = (fault.message(&name), fault.hint(&name));
        format!("{message}\n  -> {hint}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn identity(contents: &TlsContents) -> ClientIdentity {
    let material = read(contents).unwrap_or_else(|_| panic!("{}", told(contents)));
    material.identity.expect("there is a client certificate")
}

#[test]
fn each_form_of_a_key_is_read_or_says_how_to_convert_it() {
    let names = [
        "plain.key",
        "leaf.key",
        "encrypted.key",
        "legacy.key",
        "encrypted-old.key",
        "openssh.key",
        "leaf.p12",
        "key.der",
        "key-sec1.der",
        "encrypted.der",
        "public.pem",
        "public.der",
        "request.pem",
        "request.der",
        "leaf.pem",
        "leaf.der",
        "leaf.p7b",
        "leaf-der.p7b",
        "rsa.key",
        "rsa.der",
        "rsa-1024.key",
        "p-521.key",
        "keystore.jks",
    ];
    let lines = names.map(|key| {
        let contents = client(form("leaf.pem"), form(key));
        format!("{key}: {}", told(&contents))
    });
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn each_form_of_a_certificate_is_read_or_says_how_to_convert_it() {
    let names = [
        "leaf.pem",
        "leaf.der",
        "leaf.p7b",
        "leaf-der.p7b",
        "leaf.p12",
        "trusted.pem",
        "request.pem",
        "request.der",
        "public.pem",
        "leaf.key",
        "key.der",
        "version-1.pem",
    ];
    let mut lines = Vec::new();
    for certificate in names {
        let contents = client(form(certificate), form("leaf.key"));
        lines.push(format!("{certificate}: {}", told(&contents)));
    }
    for ca in [
        "root.pem",
        "leaf.p12",
        "leaf.der",
        "leaf.key",
        "key.der",
        "request.pem",
    ] {
        let contents = TlsContents {
            ca: form(ca),
            ..TlsContents::default()
        };
        lines.push(format!("{ca} as an authority: {}", told(&contents)));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_text_that_is_no_pem_says_what_it_is() {
    let leaf = text("leaf.pem");
    let lines = leaf.lines().filter(|line| !line.contains("-----"));
    let wide = |to: fn(u16) -> [u8; 2]| {
        let bytes: Vec<u8> = leaf.encode_utf16().flat_map(to).collect();
        String::from_utf8(bytes).expect("ASCII with zeros is UTF-8")
    };
    use base64::Engine as _;
    let again = base64::engine::general_purpose::STANDARD.encode(&leaf);
    let cut = leaf.replace("-----END CERTIFICATE-----", "");
    let lines = [
        ("in UTF-16", wide(u16::to_le_bytes)),
        ("in UTF-16, the other order", wide(u16::to_be_bytes)),
        ("escaped", leaf.replace('\n', "\\n")),
        ("joined", leaf.replace('\n', " ")),
        ("encoded", again),
        ("bare", lines.collect::<Vec<_>>().join("\n")),
        ("prose", "hunter2".to_owned()),
        ("cut off", format!("first\n{cut}")),
        ("changed", leaf.replace("MII", "M-I")),
        (
            "emptied",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----".to_owned(),
        ),
        (
            "another block",
            "-----BEGIN X509 CRL-----\n-----END X509 CRL-----".to_owned(),
        ),
    ]
    .map(|(what, written)| {
        let contents = client(content(written), form("leaf.key"));
        format!("{what}: {}", told(&contents))
    });
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn certificate_and_key_that_do_not_belong_together_are_named() {
    let no_passphrase = client(form("leaf.pem"), form("encrypted.key"));
    let lines = [
        ("exchanged", client(form("leaf.key"), form("leaf.pem"))),
        (
            "key of another",
            client(form("leaf.pem"), form("ed25519.key")),
        ),
        ("no passphrase", no_passphrase.clone()),
        (
            "wrong passphrase",
            with_passphrase("encrypted.key", "hunter2"),
        ),
        (
            "wrong, with 3DES",
            with_passphrase("encrypted-3des.key", "hunter2"),
        ),
        (
            "old algorithm",
            with_passphrase("encrypted-old.key", PASSPHRASE),
        ),
        ("SHA-1", with_passphrase("encrypted-sha1.key", PASSPHRASE)),
        (
            "everything",
            TlsContents {
                ca: form("leaf.p12"),
                client_key_passphrase: form("leaf.p12"),
                ..client(form("request.pem"), form("public.pem"))
            },
        ),
    ]
    .map(|(what, contents)| format!("{what}: {}", told(&contents)));
    let all = lines.join("\n");
    assert!(
        !all.contains("hunter2") && !all.contains(PASSPHRASE),
        "{all}"
    );
    insta::assert_snapshot!(all);
    // What is not available here is looked up where the run begins.
    let unavailable = TlsContents {
        client_key_passphrase: Content::Unavailable,
        ..no_passphrase
    };
    assert_eq!(read(&unavailable), Ok(TlsMaterial::default()));
    let unavailable = client(form("leaf.pem"), Content::Unavailable);
    assert_eq!(read(&unavailable), Ok(TlsMaterial::default()));
}

#[test]
fn an_encrypted_key_is_decrypted_with_its_passphrase() {
    let plain = identity(&client(form("leaf.pem"), form("plain.key")));
    for key in [
        "encrypted.key",
        "encrypted-3des.key",
        "encrypted-scrypt.key",
    ] {
        let decrypted = identity(&with_passphrase(key, PASSPHRASE));
        assert_eq!(decrypted.key, plain.key, "{key}");
        assert_eq!(decrypted.notes, [], "{key}");
    }
    let unused = identity(&with_passphrase("plain.key", PASSPHRASE));
    assert_eq!(unused.notes, [TlsNote::NoPassphrase]);
}

#[test]
fn keys_of_every_usual_algorithm_are_used() {
    for name in ["rsa", "ed25519"] {
        let [certificate, key] = ["pem", "key"].map(|end| form(&format!("{name}.{end}")));
        let identity = identity(&client(certificate, key));
        assert_eq!(identity.notes, [], "{name}");
    }
}

#[test]
fn a_mark_and_the_line_breaks_of_an_editor_are_passed_over() {
    let written = |name: &str| {
        let text = text(name).replace('\n', "\r\n");
        content(format!("\u{feff}\n  {text}"))
    };
    let plain = identity(&client(form("leaf.pem"), form("leaf.key")));
    let edited = identity(&client(written("leaf.pem"), written("leaf.key")));
    assert_eq!(edited, plain);
}

#[test]
fn a_chain_is_put_in_the_order_of_tls() {
    let [leaf, intermediate, root] = ["leaf.pem", "intermediate.pem", "root.pem"].map(text);
    let of = |parts: &[&str]| identity(&client(content(parts.concat()), form("leaf.key")));
    let right = of(&[&leaf, &intermediate, &root]);
    assert_eq!(
        right.chain.expose(),
        [leaf.as_str(), &intermediate, &root].concat()
    );
    assert_eq!(
        (right.notes, right.certificate.subject.as_str()),
        (vec![], "CN=Client")
    );
    for parts in [
        [&root, &intermediate, &leaf],
        [&intermediate, &leaf, &root],
        [&leaf, &root, &intermediate],
    ] {
        let found = of(&parts.map(String::as_str));
        assert_eq!(found.chain, right.chain);
        assert!(
            matches!(found.notes[..], [TlsNote::Ordered { .. }]),
            "{found:?}"
        );
    }
    let twice = of(&[&leaf, &intermediate, &leaf]);
    assert_eq!(
        twice.chain.expose(),
        [leaf.as_str(), &intermediate].concat()
    );
    let other = text("rsa.pem");
    let foreign = of(&[&other, &leaf, &intermediate]);
    assert_eq!(foreign.chain.expose(), [leaf, intermediate, other].concat());
}

#[test]
fn one_file_may_contain_everything() {
    let all = content([text("leaf.key"), text("intermediate.pem"), text("leaf.pem")].concat());
    let separate = content([text("leaf.pem"), text("intermediate.pem")].concat());
    let separate = identity(&client(separate, form("leaf.key")));
    let together = identity(&client(all.clone(), all.clone()));
    assert_eq!(
        (&together.chain, &together.key),
        (&separate.chain, &separate.key)
    );
    let chain_with_key = identity(&client(form("leaf.pem"), all));
    assert_eq!(chain_with_key.chain, separate.chain);
}

#[test]
fn of_several_keys_the_one_of_the_certificate_is_used() {
    let keys = content([text("ed25519.key"), text("rsa.key"), text("leaf.key")].concat());
    let found = identity(&client(form("leaf.pem"), keys));
    assert!(matches!(found.notes[..], [TlsNote::OneOfSeveralKeys { line }] if line > 20));
    let plain = identity(&client(form("leaf.pem"), form("leaf.key")));
    assert_eq!(found.key, plain.key);
}

#[test]
fn a_key_that_cannot_be_read_hid_the_one_beside_it() {
    let plain = identity(&client(form("leaf.pem"), form("leaf.key")));
    for beside in ["openssh.key", "p-521.key", "legacy.key", "encrypted.key"] {
        let keys = content([text(beside), text("leaf.key")].concat());
        let found = identity(&client(form("leaf.pem"), keys));
        assert_eq!(found.key, plain.key, "{beside}");
    }
}

#[test]
fn no_key_is_in_the_debug_output() {
    let shown = format!(
        "{:?}",
        identity(&with_passphrase("encrypted.key", PASSPHRASE))
    );
    assert!(
        !shown.contains("BEGIN") && !shown.contains(PASSPHRASE),
        "{shown}"
    );
}
