//! Dependencies point one way: a module of `src/` imports only what lies below it, and files form no circle.
//!
//! Cargo holds the arrows between crates.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use source::{Crate, Names};

/// What each module may import, as the layer map of `src/lib.rs` draws it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("tls", &["plain", "secret"]),
    ("signature", &["secret"]),
    ("environment", &["number", "secret", "tls"]),
    ("clock", &[]),
    ("complete_file", &[]),
    ("remarks", &["clock"]),
    ("waivers", &["clock"]),
    ("gateway", &[]),
    ("handles", &[]),
    ("memory", &[]),
    (
        "journal",
        &[
            "clock",
            "environment",
            "handles",
            "memory",
            "number",
            "waivers",
        ],
    ),
    ("matching", &["journal"]),
    ("exit_code", &[]),
    ("number", &[]),
    ("package", &[]),
    ("plain", &[]),
    ("variable_name", &[]),
    ("judge", &["exit_code", "journal", "matching"]),
    (
        "record",
        &[
            "journal", "judge", "matching", "number", "waivers", "remarks",
        ],
    ),
    (
        "comparison",
        &["journal", "judge", "number", "record", "waivers"],
    ),
    ("proof", &["judge", "number", "record"]),
    ("vault", &["journal", "memory", "secret"]),
    ("exchange", &["handles", "journal", "memory", "secret"]),
    (
        "tap",
        &[
            "clock", "exchange", "handles", "journal", "matching", "memory", "vault",
        ],
    ),
    ("browser", &["gateway", "journal"]),
    (
        "runner",
        &[
            "browser", "clock", "exchange", "gateway", "journal", "judge", "matching", "tap",
        ],
    ),
    (
        "topology",
        &[
            "environment",
            "exchange",
            "gateway",
            "handles",
            "journal",
            "judge",
            "number",
            "plain",
            "record",
            "runner",
            "secret",
            "tap",
            "tls",
            "vault",
        ],
    ),
    (
        "doctor",
        &[
            "exchange", "gateway", "journal", "number", "runner", "topology",
        ],
    ),
    ("harness", &["judge", "runner"]),
    // Only the types of which a record is made; a report judges nothing and sends nothing.
    (
        "report",
        &[
            "comparison",
            "complete_file",
            "journal",
            "judge",
            "matching",
            "number",
            "package",
            "plain",
            "proof",
            "record",
            "variable_name",
            "remarks",
        ],
    ),
    ("reference", &["exit_code", "judge", "report", "topology"]),
    ("shipped", &[]),
    (
        "verification",
        &[
            "journal",
            "judge",
            "number",
            "record",
            "report",
            "runner",
            "signature",
            "waivers",
            "remarks",
            "clock",
        ],
    ),
    (
        "cli",
        &[
            "clock",
            "comparison",
            "complete_file",
            "topology",
            "doctor",
            "environment",
            "exit_code",
            "handles",
            "harness",
            "journal",
            "judge",
            "number",
            "package",
            "plain",
            "proof",
            "record",
            "reference",
            "report",
            "runner",
            "secret",
            "shipped",
            "signature",
            "tap",
            "tls",
            "variable_name",
            "vault",
            "verification",
            "waivers",
            "remarks",
        ],
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Lists the folders of sources of the workspace: of this package and of each crate.
fn sources() -> Vec<PathBuf> {
    let crates = std::fs::read_dir(root().join("crates")).expect("the folder is there");
    let crates = crates.map(|entry| entry.expect("it can be listed").path().join("src"));
    let mut all: Vec<_> = crates.chain([root().join("src")]).collect();
    all.sort();
    all
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let found = Crate::read(&root().join("src"));
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, module) in found.modules() {
        let Some(layer) = path.first() else {
            continue;
        };
        seen.insert(layer.as_str());
        let Some(below) = allowed.get(layer.as_str()) else {
            wrong.push(format!("{layer} has no place in the layers"));
            continue;
        };
        let named = found.named(path);
        let others: BTreeSet<_> = named.iter().filter_map(|names| names.first()).collect();
        for other in others {
            if other != layer && !below.contains(&other.as_str()) {
                wrong.push(format!("{} imports {other}", module.file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed: BTreeSet<_> = allowed.keys().copied().collect();
    assert_eq!(seen, listed, "every layer has a module");
}

#[test]
fn the_layers_have_no_circle() {
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while placed.len() < ALLOWED.len() {
        let before = placed.len();
        for (module, below) in ALLOWED {
            if below.iter().all(|name| placed.contains(name)) {
                placed.insert(module);
            }
        }
        assert!(
            placed.len() > before,
            "a circle among those outside {placed:?}"
        );
    }
}

/// The files of a crate with those that each uses.
type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn files_have_no_circle() {
    // A module and those that contain it are one thing in several files.
    let apart = |from: &Names, to: &Names| !to.starts_with(from) && !from.starts_with(to);
    let found = circles_of_all(&apart, &|_| true);
    assert!(found.is_empty(), "circles of files:\n{found}");
}

#[test]
fn no_circle_leads_out_of_a_module_and_back() {
    // A module and its parts may use each other; a module outside may not be part of that circle.
    let found = circles_of_all(&|from, to| !from.is_empty() && !to.is_empty(), &|circle| {
        let mut shared = circle[0].clone();
        for path in circle {
            let same = shared
                .iter()
                .zip(*path)
                .take_while(|(left, right)| left == right);
            let length = same.count();
            shared.truncate(length);
        }
        shared.is_empty() || !circle.contains(&&shared)
    });
    assert!(
        found.is_empty(),
        "circles through several modules:\n{found}"
    );
}

/// Draws the circles of all crates.
///
/// An arrow counts that leads from a module to one that `counts` accepts, a circle whose modules `refused` accepts.
fn circles_of_all(
    counts: &dyn Fn(&Names, &Names) -> bool,
    refused: &dyn Fn(&[&Names]) -> bool,
) -> String {
    let mut found = Vec::new();
    for src in sources() {
        let modules = Crate::read(&src);
        let folder = src.strip_prefix(root()).expect("it lies below");
        let files: BTreeMap<_, _> = modules
            .modules()
            .map(|(path, module)| {
                (
                    path,
                    folder
                        .join(&module.file)
                        .to_string_lossy()
                        .replace('\\', "/"),
                )
            })
            .collect();
        let arrows: Arrows = files
            .iter()
            .map(|(path, file)| {
                let used = modules.used(path).into_iter();
                let others = used.filter(|other| counts(path, other));
                (
                    file.clone(),
                    others.map(|other| files[&other].clone()).collect(),
                )
            })
            .collect();
        for circle in circles(&arrows) {
            let within = files.iter().filter(|(_, file)| circle.contains(*file));
            let within: Vec<_> = within.map(|(path, _)| *path).collect();
            if refused(&within) {
                found.push(drawn(&arrows, &circle));
            }
        }
    }
    found.join("\n\n")
}

/// Lists the circles: the largest sets of files of which each uses, directly or not, each other.
fn circles(arrows: &Arrows) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<_, _> = arrows
        .keys()
        .map(|file| (file.as_str(), reachable(arrows, file)))
        .collect();
    reached
        .iter()
        .map(|(file, from)| {
            let back = from.iter().filter(|other| reached[*other].contains(file));
            back.map(|other| (*other).to_owned()).collect()
        })
        .filter(|circle: &BTreeSet<String>| !circle.is_empty())
        .collect()
}

fn reachable<'a>(arrows: &'a BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut queue: Vec<&str> = arrows[from].iter().map(String::as_str).collect();
    while let Some(next) = queue.pop() {
        if reached.insert(next) {
            queue.extend(arrows[next].iter().map(String::as_str));
        }
    }
    reached
}

/// Draws the arrows of a circle, one a line.
fn drawn(arrows: &Arrows, circle: &BTreeSet<String>) -> String {
    let mut lines = Vec::new();
    for file in circle {
        let within = arrows[file].iter().filter(|other| circle.contains(*other));
        lines.extend(within.map(|other| format!("  {file} ─► {other}")));
    }
    lines.join("\n")
}

#[test]
fn a_circle_is_found_whole() {
    let arrow = |from: &str, to: &[&str]| {
        let to = to.iter().map(|name| (*name).to_owned()).collect();
        (from.to_owned(), to)
    };
    let arrows = BTreeMap::from([
        arrow("a", &["b"]),
        arrow("b", &["c", "e"]),
        arrow("c", &["a"]),
        arrow("d", &["a"]),
        arrow("e", &[]),
    ]);
    let found: Vec<_> = circles(&arrows).into_iter().collect();
    let names: Vec<_> = found.iter().flatten().map(String::as_str).collect();
    assert_eq!((found.len(), names), (1, vec!["a", "b", "c"]));
}
