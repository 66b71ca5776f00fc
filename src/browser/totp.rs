//! One-time codes from a shared secret: RFC 6238 with SHA-1, six digits and steps of 30 seconds.
//!
//! The caller gives the secret and the time; nothing here reads a clock. `totp-rs` would add 13 packages, among them a
//! second HMAC and SHA-1 beside those of `ring`, for the 40 lines below.

use ring::hmac;

/// The length of a step, in seconds: a code is good for one step.
pub const STEP_SECONDS: u64 = 30;

/// The shortest secret that is taken, in bytes (RFC 4226, section 4, asks for 16; many banks hand out 10).
const SECRET_BYTES_MIN: usize = 10;

/// Why no code can be computed; contains nothing of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// It contains a character that is no base32.
    #[error("the secret of the one-time code is not base32: letters A to Z and digits 2 to 7")]
    NotBase32,
    /// It is too short to be one.
    #[error("the secret of the one-time code has {0} bytes, fewer than {SECRET_BYTES_MIN}")]
    TooShort(usize),
}

/// Computes the code of a moment, in seconds since 1970: six digits.
///
/// The secret is base32 as authenticator apps show it: blanks, hyphens, padding and case make no difference.
///
/// # Errors
/// [`NoCode`] when the secret cannot be one.
pub fn one_time_code(secret: &str, seconds: u64) -> Result<String, NoCode> {
    let secret = base32(secret)?;
    if secret.len() < SECRET_BYTES_MIN {
        return Err(NoCode::TooShort(secret.len()));
    }
    let digits = truncated(&secret, seconds / STEP_SECONDS) % 1_000_000;
    Ok(format!("{digits:06}"))
}

/// Computes the number of which a code is the end (RFC 4226, section 5.3).
fn truncated(secret: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let digest = hmac::sign(&key, &step.to_be_bytes());
    let digest = digest.as_ref();
    let at = usize::from(digest[digest.len() - 1] & 0x0f);
    let four = [digest[at], digest[at + 1], digest[at + 2], digest[at + 3]];
    u32::from_be_bytes(four) & 0x7fff_ffff
}

/// Decodes base32 (RFC 4648, section 6).
fn base32(text: &str) -> Result<Vec<u8>, NoCode> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let mut held: u32 = 0;
    let mut bits = 0;
    let letters = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-');
    for letter in letters.collect::<String>().trim_end_matches('=').chars() {
        let value = match letter.to_ascii_uppercase() {
            letter @ 'A'..='Z' => u32::from(letter) - u32::from('A'),
            digit @ '2'..='7' => u32::from(digit) - u32::from('2') + 26,
            _ => return Err(NoCode::NotBase32),
        };
        held = (held << 5) | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B, `12345678901234567890`.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_vectors_of_the_rfc_hold() {
        // Appendix B lists eight digits, of which six are the end.
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(
                one_time_code(SECRET, seconds).as_deref(),
                Ok(&eight[2..]),
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_code_is_good_for_one_step() {
        let at = |seconds| one_time_code(SECRET, seconds);
        assert_eq!(at(30), at(59));
        assert_ne!(at(29), at(30));
        assert_ne!(at(59), at(60));
    }

    #[test]
    fn secrets_are_read_as_apps_show_them() {
        let shown = "gezd gnbv gy3t qojq gezd-gnbv-gy3t-qojq====";
        assert_eq!(one_time_code(shown, 59), one_time_code(SECRET, 59));
        assert_eq!(base32("MZXW6YTBOI======").as_deref(), Ok(&b"foobar"[..]));
        assert_eq!(base32("MZXW6YQ=").as_deref(), Ok(&b"foob"[..]));
    }

    #[test]
    fn what_is_no_secret_is_told_without_showing_it() {
        for text in ["GEZDGNBVGY3TQOJQ1", "GEZDGNBVGY3TQOJQ!", "é", "A=A"] {
            assert_eq!(one_time_code(text, 0), Err(NoCode::NotBase32), "{text}");
        }
        assert_eq!(one_time_code("", 0), Err(NoCode::TooShort(0)));
        assert_eq!(
            one_time_code("GEZDGNBVGY3TQOI", 0),
            Err(NoCode::TooShort(9))
        );
        assert!(one_time_code("GEZDGNBVGY3TQOJQ", 0).is_ok());
    }
}
