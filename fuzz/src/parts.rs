//! Splits an input into its parts.

/// What stands between two parts.
const FORM_FEED: u8 = 0x0c;

/// Splits an input at its form feeds into at most `N` parts; those that are missing are empty.
pub(crate) fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == FORM_FEED);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
