//! Where a secret is in a text: the masked part ends where the secret ends, and nothing of one stays beside another.

use super::*;

#[test]
fn secrets_that_overlap_are_masked_to_the_end_of_the_last_one() {
    let vault = Vault::new();
    vault.register("first", &Secret::new("kestrel-over"));
    vault.register("second", &Secret::new("over-heather"));
    let shown = vault.mask("a kestrel-over-heather b");
    assert!(
        !shown.contains("heather") && !shown.contains("kestrel"),
        "{shown}"
    );
    assert!(shown.starts_with("a ") && shown.ends_with(" b"), "{shown}");
}

#[test]
fn secrets_side_by_side_are_two_handles() {
    let vault = Vault::new();
    let first = vault.register("first", &Secret::new("kestrel-4711")).mark();
    let second = vault
        .register("second", &Secret::new("heather-0815"))
        .mark();
    let shown = vault.mask("(kestrel-4711heather-0815)");
    assert_eq!(shown, format!("({first}{second})"));
}

#[test]
fn a_secret_far_into_a_long_text_is_masked_at_its_place() {
    let vault = Vault::new();
    let handle = vault
        .register("api-key", &Secret::new("kestrel-4711"))
        .mark();
    let before = "wind and rain ".repeat(100_000);
    let shown = vault
        .mask(&format!("{before}kestrel-4711 again"))
        .into_owned();
    assert!(
        shown == format!("{before}{handle} again"),
        "it is elsewhere"
    );
}

#[test]
fn digits_and_wrapped_letters_are_masked_to_the_last_one() {
    let vault = Vault::new();
    let secret = "kestrel-over-the-heather-4711-and-further";
    let handle = vault.register("api-key", &Secret::new(secret)).mark();
    let digits: Vec<_> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let letters = STANDARD.encode(secret);
    let (first, second) = letters.split_at(20);
    // The last letters of base64 also depend on what follows, so that a few bits of the last byte stay.
    for (spelt, stay) in [(digits.join(":"), 0), (format!("{first}\n{second}"), 2)] {
        let shown = vault.mask(&format!("<{spelt}>")).into_owned();
        let length = format!("<{handle}>").len() + stay;
        let is_handle = shown.starts_with("<⟦secret:api-key#") && shown.ends_with('>');
        assert!(is_handle && shown.len() == length, "{shown}");
    }
}

#[test]
fn digits_of_a_secret_are_found_where_long_stretches_are_parted() {
    let vault = Vault::new();
    let secret = "kestrel-over-the-heather";
    vault.register("api-key", &Secret::new(secret));
    let digits: String = secret.bytes().map(|byte| format!("{byte:02x} ")).collect();
    // Many digits before it, so that the border of two parts lies inside.
    let before = "30 ".repeat((32 << 10) - 12);
    let shown = vault.mask(&format!("{before}{digits}")).into_owned();
    assert!(shown.contains("⟦secret:"), "it was not found");
}

#[test]
fn the_end_of_a_long_secret_begins_with_a_whole_character() {
    let vault = Vault::new();
    // The border of its last bytes lies inside of a character.
    for shift in 0..4 {
        let secret = format!("{}{}", "x".repeat(shift), "€uro-λόγος-".repeat(20));
        vault.register("api-key", &Secret::new(&secret));
        let leaks = vault
            .scanner()
            .expect("it finds its canary")
            .scan_bytes(secret.as_bytes());
        assert!(!leaks.is_empty(), "{shift}");
    }
}
