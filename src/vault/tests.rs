use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::json;

use secret_search::{Spelling, spellings};

use super::*;
use crate::journal::{Body, UnreadBy};

mod fields;
mod places;

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
    let answer = vault.mask_answer(200, &[], body.as_bytes(), &[], 0);
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
    let secret = vault.register("api-key", &Secret::new("the-real-key"));
    let body = json!({"name": secret.mark(), "nested": [{"key": secret.mark()}]}).to_string();
    let message = vault.mask_request("POST", "/x", "", &[], body.as_bytes(), 0);
    let Some(json) = message.json() else {
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
    let handle = vault.register("api-key", &Secret::new(key));
    let form = "client_secret=s3cret-value&grant_type=client_credentials";
    let message = vault.mask_request(
        "POST",
        "/x/k%2B%2F%3D%25%22%3C%26%C3%A9%20y",
        "echo=k%2B%2F%3D%25%22%3C%26%C3%A9+y",
        &headers(&[("content-type", "application/x-www-form-urlencoded")]),
        form.as_bytes(),
        0,
    );
    assert_eq!(message.path, format!("/x/{}", handle.mark()));
    assert_eq!(message.query("echo"), Some(&*handle.mark()));
    let shown = serde_json::to_string(&message).expect("it serialises");
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
fn a_secret_is_masked_as_a_method_and_as_the_name_of_a_header() {
    let vault = Vault::new();
    let handle = vault.register("api-key", &Secret::new("zr7-planted.4711-token"));
    let headers = headers(&[("x-zr7-planted.4711-token", "1")]);
    let request = vault.mask_request("zr7-planted.4711-token", "/x", "", &headers, b"", 0);
    assert_eq!(request.method, Some(handle.mark()));
    assert_eq!(request.headers[0].0, format!("x-{}", handle.mark()));
    let answer = vault.mask_answer(200, &headers, b"", &[], 0);
    assert_eq!(answer.headers[0].0, format!("x-{}", handle.mark()));
}

#[test]
fn what_is_unscannable_is_masked_where_its_field_says_so_and_named() {
    let vault = Vault::new();
    for word in ["pw1-2", "password", "12345678901", "deadbeef"] {
        let handle = vault.register("password", &Secret::new(word));
        assert!(vault.unscannable().contains(&handle), "{word}");
        assert_eq!(vault.mask(word), word);
        let body = json!({"password": word}).to_string();
        let answer = vault.mask_answer(200, &[], body.as_bytes(), &[], 0);
        assert_eq!(answer.body.json().expect("JSON")["password"], handle.mark());
    }
    vault.register("password", &Secret::new("pw1-23"));
    assert_eq!(vault.unscannable().len(), 4);
    assert!(!vault.mask("x pw1-23 y").contains("pw1-23"));
}

#[test]
fn a_token_that_others_sent_is_masked_from_then_on_and_what_a_plan_made_up_is_not() {
    let vault = Vault::new();
    let opaque = "mF_9.B5f-4.1JqM/x+z";
    let body = json!({"access_token": opaque, "status": "ok"}).to_string();
    vault.mask_answer(200, &[], body.as_bytes(), &[], 0);
    let shown = vault
        .mask("http://h/x?cb=mF_9.B5f-4.1JqM%2Fx%2Bz&d=1")
        .into_owned();
    assert!(
        shown.starts_with("http://h/x?cb=⟦secret:access-token#"),
        "{shown}"
    );
    let made_up = headers(&[("authorization", "Bearer not-a-token-at-all-1")]);
    let sent = vault.mask_own_request("GET", "/x", "", &made_up, b"", 0);
    assert!(!sent.headers[0].1.contains("not-a-token"));
    // The plan contains it, so nothing is gained by hiding it, and reports that show the plan must be written.
    let echo = vault.mask_request("GET", "/x", "", &made_up, b"", 0);
    assert_eq!(sent.headers, echo.headers);
    let scanner = vault.scanner().expect("trusted");
    assert_eq!(scanner.scan_bytes(b"not-a-token-at-all-1"), []);
    assert_eq!(scanner.scan_bytes(opaque.as_bytes()).len(), 1);
}

#[test]
fn cookies_are_masked_one_by_one_and_known_again() {
    let vault = Vault::new();
    let set = headers(&[
        ("set-cookie", "sid=a1b2c3; Path=/; HttpOnly"),
        ("set-cookie", "lone"),
    ]);
    let answer = vault.mask_answer(200, &set, b"", &[], 0);
    let handle = vault.keep("cookie", "a1b2c3").mark();
    assert_eq!(
        answer.headers[0].1,
        format!("sid={handle}; Path=/; HttpOnly")
    );
    assert!(!answer.headers[1].1.contains("lone"));
    let sent = headers(&[("cookie", "theme=dark; sid=a1b2c3")]);
    let request = vault.mask_own_request("GET", "/", "", &sent, b"", 0);
    assert!(
        request.headers[0].1.ends_with(&format!("; sid={handle}")),
        "{request:?}"
    );
    assert!(!request.headers[0].1.contains("dark"));
}

#[test]
fn tokens_are_masked_in_pages_urls_and_errors() {
    let vault = Vault::new();
    let page = format!(
        "<form><input type=hidden name=token value='op4que'><a href='/x?id_token=q1&amp;a=b'>x</a>{TOKEN}</form>"
    );
    let answer = vault.mask_answer(
        200,
        &headers(&[("content-type", "text/html")]),
        page.as_bytes(),
        &[],
        0,
    );
    let Body::Text { text, .. } = answer.body else {
        panic!("a page is text");
    };
    for secret in ["op4que", "=q1", TOKEN] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(vault.fill(&text), page);
    let error = "error sending request for url (http://h/x?access_token=abc%2Fdef&b=1): Bearer 0123456789abcdefg refused";
    let masked = vault.mask(error).into_owned();
    assert!(
        !masked.contains("abc%") && !masked.contains("def&") && !masked.contains("0123456789"),
        "{masked}"
    );
    assert!(masked.contains("&b=1): Bearer ⟦"), "{masked}");
}

fn json_path(text: &str) -> JsonPath {
    let span = plan_language::source::Span::outside("x");
    JsonPath::compile(text, &span, &mut Vec::new()).expect("a path")
}

#[test]
fn customer_data_is_masked_where_its_path_says_so_and_from_then_on_everywhere() {
    let vault = Vault::new();
    vault.register_customer_paths(vec![
        json_path("$..accountIdentifier"),
        json_path("$.owner"),
    ]);
    let body = json!({
        "note": "for 40014301 & others",
        "accounts": [{"accountIdentifier": "40014301", "n": 1}, {"accountIdentifier": "77", "accountName": "77"}],
        "owner": {"name": "Ada Lovelace", "token": "t0ken"},
        "other": {"accountIdentifier": 5},
    });
    let text = body.to_string();
    let answer = vault.mask_answer(200, &[], text.as_bytes(), &[], 0);
    let masked = answer.body.json().expect("JSON").clone();
    let number = vault.keep("customer", "40014301").mark();
    assert_eq!(masked["accounts"][0]["accountIdentifier"], number);
    assert_eq!(masked["note"], format!("for {number} & others"));
    assert_eq!(masked["other"]["accountIdentifier"], 5, "numbers stay");
    assert_eq!(
        masked["accounts"][1]["accountName"], "77",
        "too short to be sought"
    );
    assert!(!masked.to_string().contains("Ada") && !masked.to_string().contains("t0ken"));
    assert_eq!(vault.fill_value(&masked), body);
    let page = vault
        .mask("<b>Ada&#32;Lovelace</b> /x/4001%34301")
        .into_owned();
    assert!(!page.contains("Ada") && !page.contains("4001"), "{page}");
    // Customer data may have been written before its path was met; that is no leak.
    let scanner = vault.scanner().expect("trusted");
    assert_eq!(scanner.scan_bytes(b"40014301 Ada Lovelace"), []);
}

#[test]
fn a_form_that_masking_overlooks_is_found_by_the_scan() {
    let secret = "k+/=%\"<&é y7";
    for Spelling { name, form, text } in spellings(secret) {
        let check = |blind: Option<Encoding>| {
            let vault = Vault::new();
            vault.register("api-key", &Secret::new(secret));
            if let Some(form) = blind {
                vault.blind.set(form).expect("set once");
            }
            let written = vault.mask(&format!("x {text} y")).into_owned();
            vault
                .scanner()
                .expect("trusted")
                .scan_bytes(written.as_bytes())
        };
        assert_eq!(check(None), [], "{name}: {text}");
        let leaks = check(Some(form));
        assert_eq!(leaks.len(), 1, "{name}: {text}");
        assert_eq!(leaks[0].form, form);
    }
}

#[test]
fn a_text_full_of_a_secret_took_many_times_its_size() {
    let vault = Vault::new();
    vault.register("api-key", &Secret::new("Abcdefgh12345678"));
    let masked = vault.mask(&"Abcdefgh12345678+".repeat(20_000)).into_owned();
    let behind = " (a text that holds secrets too often)";
    let mark = masked.strip_suffix(behind).expect("it is said");
    assert!(
        mark.starts_with("⟦secret:api-key#") && mark.ends_with('⟧'),
        "{mark}"
    );
    let other = vault.mask(&"Abcdefgh12345678-".repeat(20_000)).into_owned();
    assert_ne!(masked, other, "they are not taken for one text");
    let long = format!(
        "{}Abcdefgh%31%32345678{}",
        "x ".repeat(1 << 19),
        "y ".repeat(1 << 19)
    );
    let masked = vault.mask(&long).into_owned();
    assert!(masked.contains("x ⟦secret:api-key#"), "across a border");
    let masked = vault.mask(&"Abcdefgh12345678+".repeat(2_000)).into_owned();
    assert_eq!(masked.matches("secret:api-key#").count(), 2_000);
}

#[test]
fn an_account_named_like_a_word_of_the_api_hid_the_word() {
    let vault = Vault::new();
    vault.register_customer_paths(vec![json_path("$..accountName")]);
    vault.register("client-secret", &Secret::new("OnlyLettersInThis"));
    let body = json!({
        "accountName": "Savings",
        "accountType": "savings",
        "x": "SAVINGS onlylettersinthis",
    });
    let answer = vault.mask_answer(200, &[], body.to_string().as_bytes(), &[], 0);
    let masked = answer.body.json().expect("JSON").clone();
    assert_eq!(
        masked["accountName"],
        vault.keep("customer", "Savings").mark()
    );
    assert_eq!(masked["accountType"], "savings");
    assert_eq!(masked["x"], "SAVINGS onlylettersinthis");
}

/// Writes a secret in the forms that texts are not searched for, by their names in SECURITY.md.
fn spellings_that_stay(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let base64 = |text: &[u8]| STANDARD.encode(text).into_bytes();
    let json = serde_json::Value::from(secret).to_string();
    let mixed = secret.char_indices().map(|(at, one)| match at % 2 {
        0 => one.to_ascii_uppercase(),
        _ => one.to_ascii_lowercase(),
    });
    let codes: Vec<_> = secret.bytes().map(|byte| byte.to_string()).collect();
    let quoted: String = secret.bytes().map(|byte| format!("={byte:02X}")).collect();
    let (first, second) = secret.split_at(5);
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    zip.write_all(secret.as_bytes()).expect("written to memory");
    vec![
        (
            "in letters of mixed case",
            mixed.collect::<String>().into_bytes(),
        ),
        ("in base64 of base64", base64(&base64(secret.as_bytes()))),
        ("in base64 of JSON that escapes it", base64(json.as_bytes())),
        (
            "in base64, in quoted lines",
            format!(
                "> {}",
                STANDARD
                    .encode([secret; 9].join("-----"))
                    .as_bytes()
                    .chunks(4)
                    .map(String::from_utf8_lossy)
                    .collect::<Vec<_>>()
                    .join("\n> ")
            )
            .into_bytes(),
        ),
        (
            "in a hex dump with offsets and text",
            b"00000000: 6b2b 2f3d 2522 3c26  k+/=%\"<&\n00000008: c3a9 2079 37         .. y7\n"
                .to_vec(),
        ),
        // `k+/=%"<&é y7`, from another program.
        ("in base32", b"NMVS6PJFEI6CNQ5JEB4TO===".to_vec()),
        ("as decimal numbers", codes.join(", ").into_bytes()),
        ("as quoted-printable", quoted.into_bytes()),
        (
            "backwards",
            secret.chars().rev().collect::<String>().into_bytes(),
        ),
        (
            "in two strings of JSON",
            format!("[\"{first}\", \"{second}\"]").into_bytes(),
        ),
        ("compressed", zip.finish().expect("written to memory")),
    ]
}

#[test]
fn the_table_of_forms_says_what_is_found() {
    let secret = "k+/=%\"<&é y7";
    let vault = Vault::new();
    vault.register("api-key", &Secret::new(secret));
    let scanner = vault.scanner().expect("trusted");
    let mut expected: Vec<_> = spellings(secret)
        .into_iter()
        .map(|spelling| {
            assert_ne!(
                scanner.scan_bytes(spelling.text.as_bytes()),
                [],
                "{spelling:?}"
            );
            (spelling.name, "yes")
        })
        .collect();
    for (name, text) in spellings_that_stay(secret) {
        assert_eq!(scanner.scan_bytes(&text), [], "{name}");
        expected.push((name, "no"));
    }
    let rows = include_str!("../../SECURITY.md")
        .lines()
        .skip_while(|line| *line != "| form | is searched for |")
        .skip(2)
        .map_while(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(rows, expected, "the table of SECURITY.md");
}

#[test]
fn a_body_that_is_too_long_or_no_text_says_so() {
    let vault = Vault::new();
    let long = "x".repeat(TEXT_BYTES_KEPT + 1);
    let message = vault.mask_answer(200, &[], long.as_bytes(), &[], 0);
    assert!(matches!(message.body, Body::Text { cut: true, bytes, .. } if bytes == long.len()));
    let message = vault.mask_answer(200, &[], &[0xff, 0x00], &[], 0);
    assert!(matches!(message.body, Body::Binary { bytes: 2, .. }));
}

#[test]
fn json_that_takes_too_much_memory_is_cut_like_text_and_masked_like_json() {
    let vault = Vault::new();
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    let many = "[1],".repeat(200_000);
    let body = format!("{{\"client_secret\":\"a-secret-of-24-bytes-xyz\",\"many\":[{many}1]}}");
    let message = vault.mask_request("POST", "/x", "", &headers, body.as_bytes(), 0);
    let Body::Text {
        text,
        bytes,
        cut: true,
        sha256: Some(sha256),
    } = &message.body
    else {
        panic!("{:?}", message.body);
    };
    assert_eq!((*bytes, text.len()), (body.len(), TEXT_BYTES_KEPT));
    assert!(
        text.starts_with("{\"client_secret\":\"⟦secret:client-secret#"),
        "{}",
        &text[..80]
    );
    assert_eq!(
        *sha256,
        hex(ring::digest::digest(&ring::digest::SHA256, body.as_bytes()).as_ref())
    );
    let form = [(
        "content-type".to_owned(),
        "application/x-www-form-urlencoded".to_owned(),
    )];
    let body = format!("password=secret&{}", "a&".repeat(400_000));
    let message = vault.mask_request("POST", "/x", "", &form, body.as_bytes(), 0);
    assert!(
        matches!(&message.body, Body::Text { text, cut: true, .. } if text.starts_with("password=⟦secret:password#"))
    );
}

#[test]
fn a_body_for_which_there_is_no_memory_is_digested_and_nobody_s_failure() {
    let vault = Vault::new();
    vault.memory().resize(1);
    let text = "x".repeat(60_000);
    let message = || vault.mask_request("POST", "/x", "", &[], text.as_bytes(), 0);
    let mut kept = Vec::new();
    while let message = message()
        && matches!(message.body, Body::Text { .. })
    {
        kept.push(message);
        assert!(kept.len() < 18, "more than a MiB was kept");
    }
    let Body::Unread { bytes, why, by, .. } = message().body else {
        panic!("there is no memory for it");
    };
    assert_eq!((bytes, by), (60_000, UnreadBy::Feedproof));
    assert_eq!(
        why,
        "not kept: bodies in flight and kept messages fill the memory budget of 1 MiB; \
         `memory_mib` of the environment sets it"
    );
    kept.clear();
    assert_eq!(vault.memory().taken(), 0);
    assert!(matches!(message().body, Body::Text { .. }));
}

/// Writes a text in some way of which every reader of that sort makes the same text; `choice` varies the spelling.
fn write(text: &str, way: u8, choice: u64) -> String {
    let mut written = String::new();
    for (place, one) in text.chars().enumerate() {
        let bits = choice.rotate_right(place as u32 * 3);
        let freely = one.is_alphanumeric() && bits & 1 == 0;
        let mut utf8 = [0; 4];
        match way {
            0 => written.push(one),
            _ if freely => written.push(one),
            1 if one == ' ' && bits & 2 == 0 => written.push('+'),
            1 => {
                for byte in one.encode_utf8(&mut utf8).bytes() {
                    written.push_str(&match bits & 4 {
                        0 => format!("%{byte:02x}"),
                        _ => format!("%{byte:02X}"),
                    });
                }
            }
            2 if bits & 2 == 0 && matches!(one, '"' | '\\' | '/') => {
                written.extend(['\\', one]);
            }
            2 if bits & 4 == 0 => written.push_str(&format!("\\u{{{:x}}}", u32::from(one))),
            2 => {
                for unit in one.encode_utf16(&mut [0; 2]) {
                    written.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ if bits & 2 == 0 => written.push_str(&format!("&#{};", u32::from(one))),
            _ => written.push_str(&format!("&#x{:X};", u32::from(one))),
        }
    }
    written
}

#[test]
fn a_quote_after_a_secret_that_ends_with_one_is_not_lost() {
    // It reads like the secret in a cell of CSV, where quotes are doubled.
    let vault = Vault::new();
    vault.register("api-key", &Secret::new("0#0Aaa0\""));
    let masked = vault.mask("0#0Aaa0\"\"").into_owned();
    assert_eq!(vault.fill(&masked), "0#0Aaa0\"\"");
}

proptest! {
    #[test]
    fn no_form_of_what_was_registered_is_ever_seen_again(
        secret in "[a-z0-9+/=%\"<&é\\\\#?'{};:x日😀-]{6,20}",
        (inner, outer) in (0u8..4, 0u8..4),
        choice in any::<u64>(),
        before in "[G-Z]{0,10}",
        after in "[G-Z]{0,10}",
    ) {
        prop_assume!(!is_unscannable(&secret));
        let vault = Vault::new();
        let mark = vault.register("api-key", &Secret::new(secret.as_str())).mark();
        let spelt = write(&write(&secret, inner, choice), outer, choice.rotate_left(17));
        let text = format!("{before}{spelt}{after}");
        let masked = vault.mask(&text).into_owned();
        prop_assert_eq!(&masked, &format!("{before}{mark}{after}"), "{}", text);
        prop_assert_eq!(vault.hide(&masked), masked.as_str());
        prop_assert_eq!(vault.scanner().expect("trusted").scan_bytes(masked.as_bytes()), []);
        prop_assert_eq!(vault.scanner().expect("trusted").scan_bytes(text.as_bytes()).len(), 1);
        prop_assert_eq!(vault.fill(&mark), secret);
    }

    #[test]
    fn any_text_is_clean_once_it_is_masked_and_masked_only_once(
        secrets in proptest::collection::vec("\\PC{6,12}", 1..4),
        pieces in proptest::collection::vec(("\\PC{0,6}", 0usize..4, 0u8..6), 0..6),
    ) {
        let vault = Vault::new();
        for secret in &secrets {
            vault.register("api-key", &Secret::new(secret.as_str()));
        }
        let mut text = String::new();
        for (filler, secret, way) in &pieces {
            text.push_str(filler);
            let secret = &secrets[secret % secrets.len()];
            text.push_str(&match way {
                4 => STANDARD.encode(format!("{filler}{secret}")),
                5 => hex(secret.as_bytes()),
                way => write(secret, *way, 0x5555_3333_0f0f),
            });
        }
        let masked = vault.mask(&text).into_owned();
        let scanner = vault.scanner().expect("trusted");
        prop_assert_eq!(scanner.scan_bytes(masked.as_bytes()), [], "{} of {}", masked, text);
        prop_assert_eq!(vault.hide(&masked), masked.as_str());
    }

    #[test]
    fn what_was_masked_is_filled_in_as_it_was(
        secret in "[!-~]{8,20}", before in "[ -~]{0,10}", after in "[ -~]{0,10}", way in 0u8..3,
    ) {
        prop_assume!(!is_unscannable(&secret));
        let vault = Vault::new();
        vault.register("api-key", &Secret::new(secret.as_str()));
        let spelt = match way {
            0 => secret,
            1 => STANDARD.encode(format!("{before}{secret}")),
            _ => hex(secret.as_bytes()),
        };
        let text = format!("{before}{spelt}{after}");
        let masked = vault.mask(&text).into_owned();
        prop_assert_eq!(vault.fill(&masked), text);
    }

    #[test]
    fn text_without_secrets_stays_as_it_is(text in "[a-zA-Z0-9 /{}.:]{0,40}") {
        let vault = Vault::new();
        vault.register("api-key", &Secret::new("##########"));
        prop_assert_eq!(vault.mask(&text), text.as_str());
    }
}

#[test]
fn a_body_is_read_through_its_coding_charset_and_byte_order_mark() {
    let vault = Vault::new();
    let read = |content: &[(&str, &str)], body: &[u8]| {
        let asked = headers(&[("accept-encoding", "identity")]);
        vault.mask_answer(200, &headers(content), body, &asked, 0)
    };
    let json = ("content-type", "application/json");
    // `{"access_token":"op4que"}` as one stored block of zlib.
    let zlib = b"x\x01\x01\x19\0\xe6\xff{\"access_token\":\"op4que\"}w\xff\t\x0b";
    let deflated = read(&[json, ("content-encoding", "deflate")], zlib);
    assert_eq!(deflated.notes, ["deflate, although not asked for"]);
    let token = &deflated.json().expect("JSON")["access_token"].clone();
    assert!(!token.to_string().contains("op4que"), "{token}");
    let marked = read(&[json], b"\xef\xbb\xbf{\"ok\":true}");
    assert_eq!(marked.notes, ["a byte order mark was skipped"]);
    assert_eq!(
        *marked.json().expect("JSON"),
        serde_json::json!({ "ok": true })
    );
}

#[test]
fn a_body_that_cannot_be_read_is_neither_absent_nor_text() {
    let vault = Vault::new();
    let unread = |content: &[(&str, &str)], body: &[u8]| match vault
        .mask_answer(200, &headers(content), body, &[], 0)
        .body
    {
        Body::Unread { bytes, why, by, .. } => (bytes, why, by),
        other => panic!("{other:?}"),
    };
    let json = ("content-type", "application/json");
    assert_eq!(
        unread(&[json, ("content-encoding", "gzip")], b"{}"),
        (
            2,
            "declared as gzip, but not gzip".to_owned(),
            UnreadBy::Sender
        )
    );
    assert_eq!(
        unread(&[json, ("content-encoding", "zstd")], b"{}"),
        (
            2,
            "its content coding `zstd` is unknown".to_owned(),
            UnreadBy::Feedproof
        )
    );
}

#[test]
fn both_readings_of_a_repeated_key_are_masked() {
    let vault = Vault::new();
    let body = br#"{"access_token":"first-secret","access_token":"second-secret"}"#;
    let kind = headers(&[("content-type", "application/json")]);
    let answer = vault.mask_answer(200, &kind, body, &[], 0);
    assert_eq!(answer.notes, ["the key `access_token` occurs 2 times"]);
    let text = serde_json::to_string(&answer).expect("it serialises");
    assert!(!text.contains("first-secret"), "{text}");
    assert!(!text.contains("second-secret"), "{text}");
    assert!(answer.other_reading.is_some());
}

#[test]
fn a_secret_in_the_character_set_of_an_old_page_is_masked_and_sent_as_it_was() {
    let vault = Vault::new();
    let mark = vault
        .register("password", &Secret::new("Prüfwort-17"))
        .mark();
    let filled = vault.fill_url_with(&format!("http://h/{mark}?w={mark}&x=1"), |secret| {
        secret.replace('ü', "%FC")
    });
    assert_eq!(filled, "http://h/Pr%C3%BCfwort-17?w=Pr%FCfwort-17&x=1");
    for text in [
        "/login?w=Pr%FCfwort-17",
        "w=Pr%fcfwort%2D17&x=1",
        "Pr\u{fffd}fwort-17 is wrong",
        "PrÃ¼fwort-17 is wrong",
    ] {
        let masked = vault.mask(text);
        assert!(!masked.contains("fwort"), "{masked}");
        assert_eq!(vault.fill(&masked), text);
    }
    let request = vault.mask_request("GET", "/login", "w=Pr%FCfwort-17", &[], b"", 0);
    assert!(!format!("{request:?}").contains("fwort"), "{request:?}");
    let form = headers(&[("content-type", "application/x-www-form-urlencoded")]);
    for body in ["w=Pr%FCfwort-17", "w=Pr%C3%BCfwort-17"] {
        let request = vault.mask_request("POST", "/login", "", &form, body.as_bytes(), 0);
        assert!(!format!("{request:?}").contains("fwort"), "{request:?}");
    }
    let latin = headers(&[("content-type", "multipart/form-data; boundary=b")]);
    let body =
        b"--b\r\nContent-Disposition: form-data; name=\"w\"\r\n\r\nPr\xfcfwort-17\r\n--b--\r\n";
    let request = vault.mask_request("POST", "/login", "", &latin, body, 0);
    assert!(!format!("{request:?}").contains("fwort"), "{request:?}");
}
