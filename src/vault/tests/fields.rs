//! Values of headers and fields, and the smallest texts that a secret may have.

use super::*;
use crate::vault::message::{TEXT_BYTES_READ, kept_text};

/// Masks a response with one header and returns its value.
fn header(vault: &Vault, name: &str, value: &str) -> String {
    let sent = headers(&[(name, value)]);
    vault
        .mask_answer(200, &sent, b"", &[], 0)
        .headers
        .remove(0)
        .1
}

#[test]
fn the_value_of_an_agreed_header_is_one_secret_with_its_spaces_and_others_are_none() {
    let vault = Vault::new();
    vault.register_header("X-Acme-Key", "header");
    let shown = header(&vault, "x-acme-key", "one two");
    assert!(!shown.contains("one") && !shown.contains("two"), "{shown}");
    assert!(shown.starts_with("⟦secret:header#"), "{shown}");
    assert_eq!(header(&vault, "x-other", "one two"), "one two");
}

#[test]
fn an_empty_field_stays_empty() {
    let vault = Vault::new();
    let body = br#"{"password":"","access_token":""}"#;
    let answer = vault.mask_answer(200, &[], body, &[], 0);
    let json = answer.json().expect("JSON");
    assert_eq!(*json, json!({"password": "", "access_token": ""}));
}

#[test]
fn a_secret_in_a_list_and_in_the_name_of_a_member_is_masked() {
    let vault = Vault::new();
    let handle = vault
        .register("api-key", &Secret::new("key-4711-ab"))
        .mark();
    let body = br#"{"list":["key-4711-ab",["x key-4711-ab"]],"key-4711-ab":1,"plain":["a"]}"#;
    let answer = vault.mask_answer(200, &[], body, &[], 0);
    let mut expected = json!({"list": [handle, [format!("x {handle}")]], "plain": ["a"]});
    expected[handle.as_str()] = json!(1);
    assert_eq!(*answer.json().expect("JSON"), expected);
}

#[test]
fn a_secret_that_is_a_whole_text_of_six_letters_is_masked_and_one_behind_a_handle_too() {
    let vault = Vault::new();
    let handle = vault.register("password", &Secret::new("pw1-23")).mark();
    assert_eq!(vault.mask("pw1-23"), handle);
    assert_eq!(
        vault.hide(&format!("{handle} and pw1-23.")),
        format!("{handle} and {handle}.")
    );
}

#[test]
fn what_others_sent_is_searched_where_it_can_be_told_from_words() {
    let vault = Vault::new();
    let token = |value: &str| {
        let body = json!({ "access_token": value }).to_string();
        vault.mask_answer(200, &[], body.as_bytes(), &[], 0);
        vault.mask(&format!("<{value}>")).into_owned()
    };
    // Long enough, and no word.
    assert!(token("a1b2c3d4e5f6a7b8").starts_with("<⟦secret:"));
    assert_eq!(token("a1b2c3d4e5f6a7b"), "<a1b2c3d4e5f6a7b>");
    assert_eq!(token("organisationswesen"), "<organisationswesen>");
}

#[test]
fn spaces_in_a_secret_may_be_more_or_others() {
    let vault = Vault::new();
    let handle = vault
        .register("password", &Secret::new("open  sesame 12"))
        .mark();
    for text in ["open  sesame 12", "open sesame 12", "open\n\tsesame 12"] {
        let shown = vault.mask(text).into_owned();
        assert!(shown.starts_with("⟦secret:password#"), "{text:?}: {shown}");
    }
    assert_eq!(vault.mask("opensesame12"), "opensesame12");
    assert_eq!(vault.mask("open  sesame 12"), handle);
}

#[test]
fn a_text_is_cut_between_two_letters() {
    let vault = Vault::new();
    let long = "€".repeat(TEXT_BYTES_KEPT / 3 + 1);
    let message = vault.mask_answer(200, &[], long.as_bytes(), &[], 0);
    let Body::Text {
        text, cut: true, ..
    } = message.body
    else {
        panic!("it is cut text");
    };
    assert_eq!(text.len(), TEXT_BYTES_KEPT / 3 * 3);
}

#[test]
fn half_a_pair_of_surrogates_behind_a_letter_is_no_pair() {
    let vault = Vault::new();
    vault.register("password", &Secret::new("pw1-23"));
    let text = r"\u0041\udc00 pw1-23 \ud83d\ude00";
    assert!(!vault.mask(text).contains("pw1-23"));
}

#[test]
fn a_member_is_masked_although_its_name_is_the_only_one_and_a_secret() {
    let vault = Vault::new();
    let handle = vault
        .register("api-key", &Secret::new("key-4711-ab"))
        .mark();
    let answer = vault.mask_answer(200, &[], br#"{"key-4711-ab":1}"#, &[], 0);
    let mut expected = json!({});
    expected[handle.as_str()] = json!(1);
    assert_eq!(*answer.json().expect("JSON"), expected);
}

#[test]
fn customer_data_in_a_list_is_masked_and_an_empty_text_is_none() {
    let vault = Vault::new();
    vault.register_customer_paths(vec![json_path("$.owner")]);
    let body = br#"{"owner":[{"names":["Ada Lovelace",""]}],"note":"for Ada Lovelace"}"#;
    let answer = vault.mask_answer(200, &[], body, &[], 0);
    let name = vault.keep("customer", "Ada Lovelace").mark();
    assert_eq!(
        *answer.json().expect("JSON"),
        json!({"owner": [{"names": [name, ""]}], "note": format!("for {name}")})
    );
}

#[test]
fn a_text_is_cut_where_more_was_sent_than_is_kept_or_read() {
    let vault = Vault::new();
    let kept = |text: &str| match vault.mask_answer(200, &[], text.as_bytes(), &[], 0).body {
        Body::Text { text, cut, .. } => (text.len(), cut),
        other => panic!("{other:?}"),
    };
    assert_eq!(kept(&"x".repeat(TEXT_BYTES_KEPT)), (TEXT_BYTES_KEPT, false));
    assert_eq!(
        kept(&"x".repeat(TEXT_BYTES_KEPT + 1)),
        (TEXT_BYTES_KEPT, true)
    );
    // All that is left once it is masked fits, but what was not read may have had more to say.
    let kept = |masked: &str, bytes| match kept_text(masked, bytes, String::new) {
        Body::Text { cut, sha256, .. } => (cut, sha256.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(kept("x", TEXT_BYTES_READ - 1), (false, false));
    assert_eq!(kept("x", TEXT_BYTES_READ), (false, false));
    assert_eq!(kept("x", TEXT_BYTES_READ + 1), (true, true));
    const { assert!(TEXT_BYTES_READ >= 4 * TEXT_BYTES_KEPT) };
}

#[test]
fn a_message_without_a_body_has_none_where_there_is_no_memory_either() {
    let vault = Vault::new();
    vault.memory().resize(0);
    let message = vault.mask_request("GET", "/x", "", &[], b"", 0);
    assert!(message.body.is_none(), "{:?}", message.body);
    let message = vault.mask_request("POST", "/x", "", &[], b"x", 0);
    assert!(matches!(message.body, Body::Unread { bytes: 1, .. }));
}
