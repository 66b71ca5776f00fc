//! The canary: a secret made up to prove a scanner, and every form in which a scanner must find it.
//!
//! The forms are written by other means than those that find them. Their names are the table of SECURITY.md, which a
//! test compares with this list.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use ring::rand::{SecureRandom, SystemRandom};

use crate::encoding::Encoding;
use plan_language::value::hex;

/// A secret, written in one form.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// The form's name in SECURITY.md; several spellings may be of one form.
    pub name: &'static str,
    /// The encoding that a match names.
    pub form: Encoding,
    /// The secret as it is written.
    pub text: String,
}

/// Makes a canary that every encoding writes in a way of its own.
pub fn made_up() -> String {
    let mut bytes = [0; 12];
    // Without randomness the canary can be guessed, which reveals nothing.
    let _ = SystemRandom::new().fill(&mut bytes);
    format!("canary+/=%\"<&'é {}", hex(&bytes))
}

/// Writes a secret in every form that texts are searched for.
pub fn spellings(secret: &str) -> Vec<Spelling> {
    let mut all = escaped(secret);
    all.extend(rewritten(secret));
    all.extend(in_base64(secret));
    all.extend(in_digits(secret));
    all
}

/// Writes a secret as it is, and with the escapes of URLs, JSON, Rust, HTML and CSV.
fn escaped(secret: &str) -> Vec<Spelling> {
    let json = serde_json::Value::from(secret).to_string();
    let percent = percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string();
    let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let unicode = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => character.to_string(),
        other => format!("\\u{:04X}", u32::from(other)),
    };
    let numbered = |character| format!("&#{};", u32::from(character));
    let entities = quick_xml::escape::escape(secret).into_owned();
    let spelling = |name, form, text| Spelling { name, form, text };
    let is_as_it_is = spelling("as it is", Encoding::Raw, secret.to_owned());
    let escapes = [
        (
            "percent-encoded",
            Encoding::Percent,
            percent.to_ascii_lowercase(),
        ),
        ("percent-encoded", Encoding::Percent, percent),
        ("as a form field", Encoding::Percent, form),
        ("as in JSON", Encoding::Backslash, json.replace('/', "\\/")),
        ("as in JSON", Encoding::Backslash, json),
        (
            "as in JSON",
            Encoding::Backslash,
            secret.chars().map(unicode).collect(),
        ),
        ("as in Rust", Encoding::Backslash, format!("{secret:?}")),
        ("as in HTML and XML", Encoding::Entity, entities),
        (
            "as in HTML and XML",
            Encoding::Entity,
            secret.chars().map(numbered).collect(),
        ),
        ("as in CSV", Encoding::Doubled, secret.replace('"', "\"\"")),
    ];
    let escapes = escapes
        .into_iter()
        .map(|(name, form, text)| spelling(name, form, text));
    std::iter::once(is_as_it_is).chain(escapes).collect()
}

/// Writes a secret in other letters, other white space and other character sets.
fn rewritten(secret: &str) -> Vec<Spelling> {
    let wide: Vec<u8> = secret
        .encode_utf16()
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    let percent = |bytes: &[u8]| percent_encode(bytes, NON_ALPHANUMERIC).to_string();
    [
        (
            "with other white space",
            Encoding::Spaced,
            secret.replace(' ', "\n\t"),
        ),
        (
            "in capital or small letters, if it is not of letters alone",
            Encoding::Case,
            secret.to_uppercase(),
        ),
        (
            "in capital or small letters, if it is not of letters alone",
            Encoding::Case,
            secret.to_lowercase(),
        ),
        (
            "percent-encoded in ISO-8859-1",
            Encoding::Charset,
            percent(&latin(secret)),
        ),
        ("in UTF-16", Encoding::Charset, percent(&wide)),
    ]
    .into_iter()
    // A secret may have no letters, or no white space.
    .filter(|(_, _, text)| text != secret)
    .map(|(name, form, text)| Spelling { name, form, text })
    .collect()
}

fn in_base64(secret: &str) -> Vec<Spelling> {
    let wide = |to: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let bytes = [
        ("in base64", secret.as_bytes().to_vec()),
        ("in base64 of ISO-8859-1", latin(secret)),
        ("in base64 of UTF-16", wide(u16::to_le_bytes)),
        ("in base64 of UTF-16", wide(u16::to_be_bytes)),
    ];
    let mut all = Vec::new();
    let mut add = |name, text| {
        let form = Encoding::Base64;
        all.push(Spelling { name, form, text });
    };
    for (name, bytes) in bytes {
        for before in ["", "i", "id"] {
            let text = [before.as_bytes(), &bytes, b":"].concat();
            add(name, STANDARD.encode(&text));
            add(name, URL_SAFE_NO_PAD.encode(&text));
        }
    }
    let long = [&[b'.'; 40][..], secret.as_bytes(), &[b'.'; 40]].concat();
    for (width, line_end) in [
        (64, "\n"),
        (76, "\r\n"),
        (64, "\r\n  "),
        (76, "\\n"),
        (64, "&#10;"),
    ] {
        let lines = in_lines(&STANDARD.encode(&long), width, line_end);
        add("in base64, in lines of 16 letters or more", lines);
    }
    all
}

fn in_lines(text: &str, width: usize, line_end: &str) -> String {
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(width)
        .map(String::from_utf8_lossy)
        .collect();
    lines.join(line_end)
}

fn in_digits(secret: &str) -> Vec<Spelling> {
    let small = |between: &str| {
        let digits: Vec<_> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        digits.join(between)
    };
    let mixed = |(at, digit): (usize, char)| match at % 3 {
        0 => digit.to_ascii_uppercase(),
        _ => digit,
    };
    let name = "in hexadecimal digits";
    let separated = "in hexadecimal digits, with white space or one of `:-,;._` between them";
    [
        (name, small("")),
        (name, small("").to_ascii_uppercase()),
        (name, small("").chars().enumerate().map(mixed).collect()),
        (separated, small(" ")),
        (separated, small(":").to_ascii_uppercase()),
        (separated, small("-")),
        (separated, format!("0x{}", small(", 0x"))),
        (separated, in_lines(&small(""), 32, "\n    ")),
    ]
    .into_iter()
    .map(|(name, text)| Spelling {
        name,
        form: Encoding::Hex,
        text,
    })
    .collect()
}

/// Encodes a secret in ISO-8859-1.
fn latin(secret: &str) -> Vec<u8> {
    let byte = |sign: char| u8::try_from(u32::from(sign)).unwrap_or(b'?');
    secret.chars().map(byte).collect()
}
