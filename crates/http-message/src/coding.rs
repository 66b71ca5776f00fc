//! Content codings: undoes gzip, deflate and br within a bound.

use std::borrow::Cow;
use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::unread::{Unread, UnreadCause};

/// Number of codings that one body may have; more are no habit of any server.
const CODINGS_MAX: usize = 3;

/// Buffer of the decoder of br, in bytes.
const BUFFER: usize = 4096;

/// Lists the codings of a `content-encoding` in the order in which they were applied, in lower case.
pub(crate) fn codings(header: &str) -> Vec<String> {
    header
        .split(',')
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

/// Undoes codings, the last one first; `most` bounds what each leaves, in bytes.
///
/// # Errors
/// Why the body cannot be read: an unknown coding, bytes that are not of it, or too many.
pub(crate) fn decode<'b>(
    codings: &[String],
    bytes: &'b [u8],
    most: usize,
) -> Result<Cow<'b, [u8]>, Unread> {
    if codings.len() > CODINGS_MAX {
        return Err(Unread::new(
            UnreadCause::TooLarge,
            format!(
                "it has {} content codings; at most {CODINGS_MAX} are undone",
                codings.len()
            ),
        ));
    }
    let mut decoded = Cow::Borrowed(bytes);
    for coding in codings.iter().rev() {
        decoded = Cow::Owned(undo(coding, &decoded, most)?);
    }
    Ok(decoded)
}

fn undo(coding: &str, bytes: &[u8], most: usize) -> Result<Vec<u8>, Unread> {
    match coding {
        "gzip" | "x-gzip" if !is_gzip(bytes) => Err(not_of(coding)),
        "gzip" | "x-gzip" => bounded(coding, MultiGzDecoder::new(bytes), most),
        // RFC 9110 means zlib; some servers send the bare stream all the same, and clients read both.
        "deflate" if is_zlib(bytes) => bounded(coding, ZlibDecoder::new(bytes), most),
        "deflate" => bounded(coding, DeflateDecoder::new(bytes), most),
        "br" => bounded(coding, Decompressor::new(bytes, BUFFER), most),
        _ => Err(Unread::new(
            UnreadCause::Unsupported,
            format!("its content coding `{coding}` is unknown"),
        )),
    }
}

fn bounded(coding: &str, decoder: impl Read, most: usize) -> Result<Vec<u8>, Unread> {
    let mut decoded = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = decoder.take(limit).read_to_end(&mut decoded);
    if decoded.len() > most {
        return Err(Unread::new(
            UnreadCause::TooLarge,
            format!("it has more than {most} bytes once {coding} is undone"),
        ));
    }
    match read {
        Ok(_) => Ok(decoded),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Unread::malformed(
            format!("declared as {coding}, but it ends too early"),
        )),
        Err(_) => Err(not_of(coding)),
    }
}

fn not_of(coding: &str) -> Unread {
    Unread::malformed(format!("declared as {coding}, but not {coding}"))
}

/// Returns whether bytes begin as gzip does (RFC 1952).
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Returns whether bytes begin as zlib does (RFC 1950).
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..]
        if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

/// Returns whether an `accept-encoding` asks for a coding.
pub(crate) fn asked_for(accept: &str, coding: &str) -> bool {
    accept.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|weight| weight.parse() == Ok(0.0));
        (name == "*" || name.eq_ignore_ascii_case(coding)) && !refused
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"{\"ok\":true}";
    /// `TEXT` in br: one uncompressed block.
    const BR: &[u8] = &[
        0x0b, 0x05, 0x80, 0x7b, 0x22, 0x6f, 0x6b, 0x22, 0x3a, 0x74, 0x72, 0x75, 0x65, 0x7d, 0x03,
    ];

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn undone(codings: &str, bytes: &[u8]) -> Result<Vec<u8>, Unread> {
        decode(&super::codings(codings), bytes, 1000).map(Cow::into_owned)
    }

    #[test]
    fn the_codings_of_common_servers_are_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).expect("memory");
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(TEXT).expect("memory");
        for (codings, bytes) in [
            ("", TEXT.to_vec()),
            ("identity", TEXT.to_vec()),
            ("gzip", gzip(TEXT)),
            ("X-GZip", gzip(TEXT)),
            ("deflate", zlib.finish().expect("memory")),
            ("deflate", bare.finish().expect("memory")),
            ("br", BR.to_vec()),
            ("br, gzip", gzip(BR)),
        ] {
            assert_eq!(undone(codings, &bytes).as_deref(), Ok(TEXT), "{codings}");
        }
    }

    #[test]
    fn what_cannot_be_undone_says_whose_mistake_it_is() {
        let cut = gzip(TEXT);
        for (codings, bytes, why, cause) in [
            (
                "gzip",
                TEXT,
                "declared as gzip, but not gzip",
                UnreadCause::Malformed,
            ),
            (
                "gzip",
                &cut[..cut.len() - 9],
                "declared as gzip, but it ends too early",
                UnreadCause::Malformed,
            ),
            (
                "zstd",
                TEXT,
                "its content coding `zstd` is unknown",
                UnreadCause::Unsupported,
            ),
            (
                "gzip,gzip,gzip,gzip",
                TEXT,
                "it has 4 content codings; at most 3 are undone",
                UnreadCause::TooLarge,
            ),
        ] {
            let unread = undone(codings, bytes).expect_err(codings);
            assert_eq!((unread.why.as_str(), unread.cause), (why, cause));
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![b' '; 1_000_000]);
        let unread = undone("gzip", &bomb).expect_err("it is too large");
        assert_eq!(
            unread.why,
            "it has more than 1000 bytes once gzip is undone"
        );
        assert_eq!(unread.cause, UnreadCause::TooLarge);
    }

    #[test]
    fn a_coding_is_asked_for_by_name_or_by_a_star() {
        assert!(asked_for("br;q=0.5, GZIP", "gzip"));
        assert!(asked_for("*", "br"));
        for accept in ["", "identity", "gzip;q=0, br", "*;q=0"] {
            assert!(!asked_for(accept, "gzip"), "{accept}");
        }
    }
}
