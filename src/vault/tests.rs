use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::journal::Body;

/// A token of the usual shape, signed by nobody.
const TOKEN: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJzYWdlLWlkIiwiYXVkIjoiYXBpIiwiZXhwIjoxMDAwfQ.c2lnbmF0dXJl";

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn one_value_has_one_handle_wherever_it_stands() {
    let vault = Vault::new();
    let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer"}}"#);
    let answer = vault.mask_answer(200, &[], body.as_bytes(), body.len(), 0);
    let token = answer.body.json().expect("JSON")["access_token"].clone();
    let request = vault.mask_request(
        "GET",
        "/x",
        "",
        &headers(&[("authorization", &format!("Bearer {TOKEN}"))]),
        b"",
        400,
    );
    let bearer = request.header("authorization").expect("the header is kept");
    assert_eq!(format!("Bearer {}", token.as_str().expect("text")), bearer);
    assert_eq!(vault.fill(bearer), format!("Bearer {TOKEN}"));
}

#[test]
fn facts_about_a_token_are_told_beside_it() {
    let vault = Vault::new();
    let request = vault.mask_request(
        "GET",
        "/x",
        "",
        &headers(&[("authorization", &format!("Bearer {TOKEN}"))]),
        b"",
        400,
    );
    let [credential] = request.credentials.as_slice() else {
        panic!("one credential: {:?}", request.credentials);
    };
    assert_eq!(credential.issuer.as_deref(), Some("sage-id"));
    assert_eq!(credential.audience.as_deref(), Some("api"));
    assert_eq!(credential.seconds_left, Some(600));
}

#[test]
fn nobody_outside_can_forge_a_handle() {
    let vault = Vault::new();
    let secret = vault.guard("api-key", "the-real-key");
    let body = json!({"name": secret.mark(), "nested": [{"key": secret.mark()}]}).to_string();
    let message = vault.mask_request("POST", "/x", "", &[], body.as_bytes(), 0);
    let Body::Json { json } = message.body else {
        panic!("JSON stays JSON");
    };
    assert!(
        !vault
            .fill(json["name"].as_str().expect("text"))
            .contains("the-real-key")
    );
    assert!(
        !vault
            .fill(json["nested"][0]["key"].as_str().expect("text"))
            .contains("the-real-key")
    );
}

#[test]
fn a_secret_is_found_in_a_form_in_a_path_and_in_free_text() {
    let vault = Vault::new();
    let key = "k+/=%\"<&é y";
    vault.guard("api-key", key);
    let form = "client_secret=s3cret-value&grant_type=client_credentials";
    let message = vault.mask_request(
        "POST",
        "/x/k%2B%2F%3D%25%22%3C%26%C3%A9%20y",
        "echo=k%2B%2F%3D%25%22%3C%26%C3%A9+y",
        &headers(&[("content-type", "application/x-www-form-urlencoded")]),
        form.as_bytes(),
        0,
    );
    let shown = serde_json::to_string(&message).expect("it serialises");
    for form in forms(key) {
        assert!(!shown.contains(&form), "{form} in {shown}");
    }
    assert!(!shown.contains("s3cret-value"), "{shown}");
    let text = vault
        .mask(&format!("error: {key} and Basic {}", STANDARD.encode(key)))
        .into_owned();
    assert!(
        !text.contains(key) && !text.contains(&STANDARD.encode(key)),
        "{text}"
    );
}

#[test]
fn a_body_that_is_too_long_or_no_text_says_so() {
    let vault = Vault::new();
    let long = "x".repeat(TEXT_BYTES_KEPT + 1);
    let message = vault.mask_answer(200, &[], long.as_bytes(), long.len(), 0);
    assert!(matches!(message.body, Body::Text { cut: true, bytes, .. } if bytes == long.len()));
    let message = vault.mask_answer(200, &[], &[0xff, 0x00], 2, 0);
    assert!(matches!(message.body, Body::Binary { bytes: 2, .. }));
    let half = &"é".as_bytes()[..1];
    assert!(matches!(
        vault.mask_answer(200, &[], half, 2, 0).body,
        Body::Text { cut: true, .. }
    ));
}

proptest! {
    #[test]
    fn what_was_guarded_is_never_seen_again(secret in "[ -~]{6,20}", before in "[ -~]{0,10}", after in "[ -~]{0,10}") {
        let vault = Vault::new();
        let handle = vault.guard("api-key", &secret);
        for form in forms(&secret) {
            let masked = vault.mask(&format!("{before}{form}{after}")).into_owned();
            prop_assert!(!masked.replace(&handle.mark(), "").contains(&secret), "{}", masked);
        }
        let mark = handle.mark();
        prop_assert_eq!(vault.fill(&mark), secret);
    }

    #[test]
    fn text_without_secrets_stays_as_it_is(text in "[a-zA-Z0-9 /{}.:]{0,40}") {
        let vault = Vault::new();
        vault.guard("api-key", "##########");
        prop_assert_eq!(vault.mask(&text), text.as_str());
    }
}
