//! Dependencies point one way: a module imports only what lies below it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each module may import, as the layer map of `src/lib.rs` draws it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("environment", &["secret"]),
    ("journal", &["environment"]),
    ("exit_code", &[]),
    ("number", &[]),
    ("judge", &["exit_code", "journal"]),
    ("record", &["journal", "judge"]),
    ("proof", &["judge", "number", "record"]),
    ("vault", &["journal", "secret"]),
    ("exchange", &["journal", "secret"]),
    ("tap", &["exchange", "journal", "judge", "vault"]),
    ("browser", &["journal"]),
    (
        "runner",
        &["browser", "exchange", "journal", "judge", "record", "tap"],
    ),
    (
        "topology",
        &[
            "environment",
            "exchange",
            "journal",
            "record",
            "runner",
            "secret",
            "tap",
            "vault",
        ],
    ),
    ("doctor", &["exchange", "journal", "topology"]),
    ("harness", &["judge", "record", "runner"]),
    // Only the types of which a record is made; a report judges nothing and sends nothing.
    ("report", &["journal", "judge", "number", "proof", "record"]),
    ("reference", &["exit_code", "judge", "report", "topology"]),
    ("shipped", &[]),
    (
        "cli",
        &[
            "topology",
            "doctor",
            "environment",
            "exit_code",
            "harness",
            "journal",
            "judge",
            "number",
            "proof",
            "record",
            "reference",
            "report",
            "runner",
            "secret",
            "shipped",
            "tap",
            "vault",
        ],
    ),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Lists the modules that a source file imports, those for its own unit tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    // Unit tests stand at the end of a file and may build whatever they need.
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default();
        if line.trim_start().starts_with("//") {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            for item in group.split('}').next().unwrap_or_default().split(',') {
                found.insert(
                    item.trim()
                        .split("::")
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
        } else {
            let end = rest
                .find(|one: char| !one.is_alphanumeric() && one != '_')
                .unwrap_or(rest.len());
            found.insert(rest[..end].to_owned());
        }
    }
    found
}

#[test]
fn dependencies_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in all {
        let inner = path
            .strip_prefix(&root)
            .expect("it lies below")
            .to_path_buf();
        let first = inner
            .components()
            .next()
            .expect("it has a name")
            .as_os_str();
        let module = first.to_string_lossy().trim_end_matches(".rs").to_owned();
        let name = inner.to_string_lossy().into_owned();
        if module == "lib" || module == "main" || name.contains("tests") || name.contains("fixture")
        {
            continue;
        }
        seen.insert(module.clone());
        let Some(below) = allowed.get(module.as_str()) else {
            wrong.push(format!(
                "{name}: the module {module} has no place in the layers"
            ));
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("it is text");
        for import in imports(&text) {
            if import != module && !below.contains(&import.as_str()) {
                wrong.push(format!("{name} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed: BTreeSet<_> = allowed.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(seen, listed, "every layer has a module");
}

#[test]
fn the_layers_have_no_circle() {
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while placed.len() < ALLOWED.len() {
        let before = placed.len();
        for (module, below) in ALLOWED {
            if below.iter().all(|one| placed.contains(one)) {
                placed.insert(module);
            }
        }
        assert!(
            placed.len() > before,
            "a circle among those outside {placed:?}"
        );
    }
}

#[test]
fn an_import_is_found_wherever_it_stands() {
    let text = "use crate::{plan, journal::Fact};\nfn f() { crate::judge::weigh(); }\n// crate::report\n#[cfg(test)]\nmod tests { use crate::cli; }";
    let found: Vec<_> = imports(text).into_iter().collect();
    assert_eq!(found, ["journal", "judge", "plan"]);
}
