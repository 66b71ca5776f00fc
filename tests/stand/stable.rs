//! Makes what differs from run to run the same: identifiers, tags, addresses, times.

use std::collections::HashMap;

use regex::{Captures, Regex};

/// Patterns in the order in which they are replaced; later ones see what earlier ones left.
const PATTERNS: [(&str, &str); 20] = [
    // What was cut may end within something that differs.
    (
        r"[0-9a-f-]*\.\.\. \([0-9]+ characters\)",
        "... (SEVERAL characters)",
    ),
    (r"[0-9a-f-]*… \(cut: [0-9]+ of [0-9]+ bytes\)", "… (cut)"),
    (r"[0-9a-f-]{1,20}…", "…"),
    (r"(secret:[a-z-]+#)[0-9a-f]{8,}", "${1}TAG"),
    (r"(\$[A-Z_]+_)[0-9A-F]{8,}", "${1}TAG"),
    (r"127\.0\.0\.1:[0-9]+", "127.0.0.1:PORT"),
    (r"%3A[0-9]{4,5}%2F", "%3APORT%2F"),
    (r"%2Fs[0-9]+-", "%2FSTAGE-"),
    // The end of an address may be cut off.
    (r"/s[0-9]+-", "/STAGE-"),
    (
        r"\b(?:s|stage-)[0-9]+-(service|provider|sageid|return)",
        "STAGE-$1",
    ),
    // Midnights are dates, which stand in fixtures.
    (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+|[0-9:]*[1-9][0-9:]*)Z",
        "MOMENT",
    ),
    (
        r"\b[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\b",
        "DATE",
    ),
    // Where nobody chose a start date, the service counts back from today.
    (
        r#"("requestedStartDate": ?")[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00Z"#,
        "${1}START",
    ),
    (r"\b(?:[0-9a-f]{32}){1,2}\b", "HEX"),
    (r"(journal\.jsonl) [0-9]+", "$1 SEQ"),
    (r"(valid for|expired) -?[0-9]+ s", "$1 SECONDS s"),
    (
        r"\b[0-9]+ min [0-9]{2} s|<1 ms|\b[0-9]+(?:\.[0-9]+)? (?:µs|ms)|\b[0-9]+\.[0-9]+ s",
        "TIME",
    ),
    (r"\b[0-9]+ attempts?\b", "SEVERAL attempts"),
    (r"\b[0-9a-f]{12}\b", "WORD"),
    (r"(x-signature: )[^']*", "${1}SIGNATURE"),
];

/// Replaces what differs; of identifiers the same one becomes the same name throughout.
pub fn stable(text: &str) -> String {
    let compile = |pattern: &str| Regex::new(pattern).expect("the patterns are sound");
    let mut names: HashMap<String, usize> = HashMap::new();
    let uuid = compile("(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    let mut text = uuid
        .replace_all(text, |found: &Captures<'_>| {
            let next = names.len() + 1;
            format!("UUID-{}", names.entry(found[0].to_owned()).or_insert(next))
        })
        .into_owned();
    for (pattern, by) in PATTERNS {
        text = compile(pattern).replace_all(&text, by).into_owned();
    }
    for today in todays() {
        text = text.replace(&today, "TODAY");
    }
    text
}

/// The dates that a run which just ended may have taken for today.
fn todays() -> [String; 2] {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64);
    [now, now - 3_600].map(|moment| feedproof::clock::rfc_3339(moment)[..10].to_owned())
}
