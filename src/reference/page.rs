//! `docs/reference.md`: the tables of the language and of the command line, in Markdown.

use std::fmt::Write as _;

use super::entries::{EntryKind, ReferenceEntry, objects};

/// The head of the page.
const HEAD: &str = "# Reference

Every word that plans, environments and results contain.
`feedproof explain WORD` shows one of them, with its uses in the shipped plans.
Requirements, rulings and rules are in [`plans/requirements.yaml`](../plans/requirements.yaml), [`plans/rulings.yaml`](../plans/rulings.yaml) and [`plans/rules.yaml`](../plans/rules.yaml); `feedproof list --requirements` and `feedproof list --rules` list them.

This page is generated from the tables of the program; `FEEDPROOF_BLESS=1 cargo test --lib reference` renews it.
";

/// Writes the page; ends with a line break. Requirements, rulings and rules are left to their catalogues.
pub fn reference_page(entries: &[ReferenceEntry]) -> String {
    let mut page = HEAD.to_owned();
    for kind in EntryKind::ALL {
        if matches!(
            kind,
            EntryKind::Requirement | EntryKind::Ruling | EntryKind::Rule
        ) {
            continue;
        }
        if kind == EntryKind::Field {
            add_fields(&mut page);
            continue;
        }
        let own: Vec<_> = entries.iter().filter(|entry| entry.kind == kind).collect();
        if !own.is_empty() {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(page, "\n## {}\n", kind.heading());
            table(&mut page, &own);
        }
    }
    page
}

/// Adds the fields of every object, one table for each.
fn add_fields(page: &mut String) {
    page.push_str("\n## Fields\n");
    for object in objects() {
        let _ = writeln!(page, "\n### {}\n\n{}.\n", object.name, cell(object.doc));
        page.push_str("| field | meaning | required | example |\n|---|---|---|---|\n");
        for field in object.fields {
            let required = if field.is_required { "yes" } else { "" };
            let _ = writeln!(
                page,
                "| `{}` | {} | {required} | `{}` |",
                field.name,
                cell(field.doc),
                cell(field.example)
            );
        }
    }
}

/// Writes a table; a column whose cells are all empty is left out.
fn table(page: &mut String, entries: &[&ReferenceEntry]) {
    let mut labels: Vec<&str> = Vec::new();
    for (label, _) in entries.iter().flat_map(|entry| &entry.facts) {
        if !labels.contains(label) {
            labels.push(label);
        }
    }
    let has_example = entries.iter().any(|entry| !entry.example.is_empty());
    let mut header = vec!["word", "meaning"];
    header.extend(&labels);
    if has_example {
        header.push("example");
    }
    let _ = writeln!(page, "| {} |", header.join(" | "));
    let _ = writeln!(page, "|{}", "---|".repeat(header.len()));
    for entry in entries {
        let mut cells = vec![format!("`{}`", entry.word), cell(&entry.about)];
        for label in &labels {
            let fact = entry.facts.iter().find(|(own, _)| own == label);
            cells.push(fact.map(|(_, value)| cell(value)).unwrap_or_default());
        }
        if has_example {
            let is_empty = entry.example.is_empty();
            let code = format!("`{}`", cell(&entry.example));
            cells.push(if is_empty { String::new() } else { code });
        }
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
}

/// Makes a text fit for a cell: one line, without a bar.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}
