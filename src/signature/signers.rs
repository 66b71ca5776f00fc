//! The signers that a reader accepts: the `allowed_signers` file of OpenSSH (`ssh-keygen(1)`, ALLOWED SIGNERS).
//!
//! A line that restricts its key in a way that is not understood here is refused, never read without its restriction.

use crate::signature::key::{PublicKey, is_key_line};

/// The largest file of allowed signers that is read, in bytes.
pub const ALLOWED_SIGNERS_BYTES_MAX: u64 = 1 << 20;

/// The word of `namespaces=` that allows a key to sign packages; `ssh-keygen -Y sign -n` takes the same.
pub const NAMESPACE: &str = "feedproof";

/// The largest number of keys in a file.
const KEYS_MAX: usize = 1_000;

/// A public key, and who signs with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The name by which the reader knows the signer: the principals, or the file of the key.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// Why a file of allowed signers cannot be used; each sentence follows its name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignersError {
    /// A line cannot be used.
    #[error("line {line}: {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// No line allows an Ed25519 key to sign packages.
    #[error("allows no Ed25519 key to sign packages (namespace {NAMESPACE})")]
    NoneAllowed,
    /// It has too many keys.
    #[error("has more than {KEYS_MAX} keys")]
    TooMany,
}

/// Reads the signers of a file: principals, options, and a key in each line. A key in several lines is one signer with
/// all their principals.
///
/// Keys of other algorithms and of other namespaces are left out.
///
/// # Errors
/// [`SignersError`] with the line.
pub fn allowed_signers(text: &str) -> Result<Vec<Signer>, SignersError> {
    let mut signers: Vec<Signer> = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let signer = signer_of(text).map_err(|why| SignersError::Line { line, why })?;
        let Some(signer) = signer else {
            continue;
        };
        match signers.iter_mut().find(|known| known.key == signer.key) {
            Some(known) => known.name = format!("{},{}", known.name, signer.name),
            None => signers.push(signer),
        }
        if signers.len() > KEYS_MAX {
            return Err(SignersError::TooMany);
        }
    }
    if signers.is_empty() {
        return Err(SignersError::NoneAllowed);
    }
    Ok(signers)
}

/// Reads a line; `None` for a key that signs no packages.
fn signer_of(line: &str) -> Result<Option<Signer>, String> {
    let (principals, rest) = word(line)?;
    let name = principals.replace('"', "");
    if name.is_empty() || rest.is_empty() {
        return Err("is no line of principals, options and a key".to_owned());
    }
    if name.contains(['!', '#']) {
        return Err(
            "has `!` or `#` in its principals, and feedproof reads names and patterns that admit"
                .to_owned(),
        );
    }
    let (is_ours, key) = if is_key_line(rest) {
        (true, rest)
    } else {
        let (options, key) = word(rest)?;
        (options_allow(options)?, key)
    };
    if !is_key_line(key) {
        return Err("has no public key behind its principals and options".to_owned());
    }
    if !is_ours || key.split_whitespace().next() != Some("ssh-ed25519") {
        return Ok(None);
    }
    let key = PublicKey::of_line(key).map_err(|error| error.to_string())?;
    Ok(Some(Signer { name, key }))
}

/// Tells whether options allow a key to sign packages.
fn options_allow(options: &str) -> Result<bool, String> {
    let mut allowed = true;
    for option in split_outside_quotes(options, |sign| sign == ',') {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        if !name.eq_ignore_ascii_case("namespaces") {
            return Err(format!(
                "has the option {name:?}, which feedproof does not know; it knows namespaces alone"
            ));
        }
        if value.is_empty() || value.contains(['!', '?']) {
            return Err("has namespaces that are no list of names".to_owned());
        }
        let mut names = value.split(',').map(str::trim);
        if names.clone().any(|name| name != "*" && name.contains('*')) {
            return Err(
                "has a pattern in its namespaces, and feedproof reads names or `*`".to_owned(),
            );
        }
        allowed &= names.any(|name| name == "*" || name == NAMESPACE);
    }
    Ok(allowed)
}

/// Splits the first word off, in which quotes may contain spaces; also returns what follows it.
fn word(text: &str) -> Result<(&str, &str), String> {
    let mut words = split_outside_quotes(text, |sign| sign == ' ' || sign == '\t').into_iter();
    let first = words.next().unwrap_or_default();
    // A comment behind the key may contain anything.
    if !first.matches('"').count().is_multiple_of(2) {
        return Err("has a quotation mark without its pair".to_owned());
    }
    Ok((first, text[first.len()..].trim_start()))
}

fn split_outside_quotes(text: &str, is_end: impl Fn(char) -> bool) -> Vec<&str> {
    let mut quoted = false;
    text.split(|sign| {
        quoted ^= sign == '"';
        !quoted && is_end(sign)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::key::tests::{key, line};

    fn key_line(seed: u8) -> String {
        line(key(seed).public())
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, u8)]) {
        let signers = allowed_signers(text).expect("a file of allowed signers");
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, seed)| Signer {
                name: (*name).to_owned(),
                key: key(*seed).public(),
            })
            .collect();
        assert_eq!(signers, expected);
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = allowed_signers(text).expect_err("refused").to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn lines_with_and_without_options_are_read() {
        let (one, two) = (key_line(1), key_line(2));
        check(
            &format!("jane@acme.example {one}"),
            &[("jane@acme.example", 1)],
        );
        check(
            &format!(
                "# signers\n\n  jane@acme.example\tnamespaces=\"git,feedproof\" {one}\r\n*  NAMESPACES=\"*\"  {two}"
            ),
            &[("jane@acme.example", 1), ("*", 2)],
        );
        check(
            &format!("\"Jane Doe,jane@acme.example\" namespaces=\"feedproof\" {one}"),
            &[("Jane Doe,jane@acme.example", 1)],
        );
        let tabs = one.replace(' ', "\t \t");
        check(
            &format!("\u{feff}jane\t\tnamespaces=\"feedproof\"  {tabs}"),
            &[("jane", 1)],
        );
        check(&format!("jane {} 5\" disk", one.trim()), &[("jane", 1)]);
    }

    #[test]
    fn a_key_in_two_lines_is_one_signer() {
        let one = key_line(1);
        check(&format!("jane {one}\njoe {one}"), &[("jane,joe", 1)]);
    }

    #[test]
    fn keys_that_sign_no_packages_are_left_out() {
        let (one, two) = (key_line(1), key_line(2));
        check(
            &format!("joe namespaces=\"git\" {two}\nrsa ssh-rsa AAAA\njane {one}"),
            &[("jane", 1)],
        );
        refused(
            &format!("joe namespaces=\"git\" {two}"),
            "allows no Ed25519 key",
        );
        refused("", "allows no Ed25519 key");
    }

    #[test]
    fn a_restriction_that_is_not_understood_is_refused() {
        let one = key_line(1);
        let with = |options: &str| format!("\njane {options} {one}");
        for (options, expected) in [
            (
                "cert-authority",
                "line 2: has the option \"cert-authority\"",
            ),
            ("valid-before=\"20270101Z\"", "the option \"valid-before\""),
            (
                "namespaces=\"feedproof\",valid-after=\"20270101Z\"",
                "the option \"valid-after\"",
            ),
            ("namespaces=\"feed*\"", "a pattern in its namespaces"),
            ("namespaces=\"!feedproof,*\"", "no list of names"),
            ("namespaces=\"\"", "no list of names"),
            (
                "namespaces=\"feedproof",
                "a quotation mark without its pair",
            ),
        ] {
            refused(&with(options), expected);
        }
        refused(&format!("*,!joe {one}"), "`!` or `#` in its principals");
        refused(&format!("\"#jane\" {one}"), "`!` or `#` in its principals");
        refused("jane", "is no line of principals");
        refused("jane namespaces=\"feedproof\"", "has no public key");
        refused("jane ssh-ed25519 AAAA", "is a damaged key");
        // A public key without principals.
        refused(&one, "line 1: has the option \"AAAA");
    }

    #[test]
    fn there_are_at_most_1000_keys() {
        let line = |number: u16| {
            let bytes = ring::digest::digest(&ring::digest::SHA256, &number.to_be_bytes());
            let seed: [u8; 32] = bytes.as_ref().try_into().expect("32 bytes");
            let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed");
            let public = ring::signature::KeyPair::public_key(&pair)
                .as_ref()
                .to_owned();
            let public = ssh_key::public::Ed25519PublicKey(public.try_into().expect("32 bytes"));
            let data = ssh_key::public::KeyData::Ed25519(public);
            let key = ssh_key::PublicKey::new(data, "");
            format!("jane {}\n", key.to_openssh().expect("a line"))
        };
        let text: String = (0..1_000).map(line).collect();
        assert_eq!(
            allowed_signers(&text).expect("as many as allowed").len(),
            1_000
        );
        assert_eq!(
            allowed_signers(&format!("{text}{}", line(1_000))),
            Err(SignersError::TooMany)
        );
    }
}
