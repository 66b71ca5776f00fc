//! Reads rows of examples, each of which makes a case of its own.

use crate::plan::Place;
use crate::plan::document::Case;
use crate::plan::expect::{bad_name, is_name};
use crate::plan::phrase::refuse_references;
use crate::plan::read::Reader;
use crate::source::{Fields, Finding, Kind, Node, Span};
use crate::value::Value;

impl Reader<'_> {
    /// Adds findings about rows of one table that have different names.
    pub(super) fn compare_rows(&mut self, base: &str, rows: &[Case]) {
        let Some((first, others)) = rows.split_first() else {
            return;
        };
        let short = |row: &Case| row.id.get(base.len() + 1..).unwrap_or_default().to_owned();
        let has = |row: &Case, name: &str| row.row.iter().any(|(known, ..)| known == name);
        for row in others {
            let lacking = first.row.iter().filter(|(name, ..)| !has(row, name));
            for (name, _, span) in lacking {
                self.findings.push(
                    Finding::new(
                        &row.place.span(),
                        format!("the row `{}` lacks `{name}`", short(row)),
                    )
                    .with_note(span, format!("the row `{}` has it", short(first))),
                );
            }
            for (name, _, span) in row.row.iter().filter(|(name, ..)| !has(first, name)) {
                self.findings.push(
                    Finding::new(
                        &first.place.span(),
                        format!("the row `{}` lacks `{name}`", short(first)),
                    )
                    .with_note(span, format!("the row `{}` has it", short(row))),
                );
            }
        }
    }

    /// Makes the case of one row of examples.
    pub(super) fn row(&mut self, base: &Case, node: &Node) -> Option<Case> {
        let mut findings = std::mem::take(&mut self.findings);
        let row = Fields::of(node, "a row of `examples`", &mut findings).and_then(|mut fields| {
            let id = fields.require_text("id");
            let title = fields.sentence("title");
            let features = fields.take("features");
            let with = match fields.take("with") {
                Some(node) => row_values(node, fields.findings()),
                None => Vec::new(),
            };
            fields.end();
            let (id, span) = id?;
            if !is_name(id) {
                self.findings.push(bad_name(id, span));
            }
            let mut all = base.features.clone();
            if let Some(node) = features {
                all.extend(self.features(node));
            }
            Some(Case {
                id: format!("{}/{id}", base.id).into(),
                id_span: span.clone(),
                place: Place::from(&node.span),
                title: match title {
                    Some((title, _)) => title.to_owned(),
                    None => format!("{} ({id})", base.title),
                },
                features: all,
                row: with,
                ..base.clone()
            })
        });
        findings.append(&mut self.findings);
        self.findings = findings;
        row
    }
}

/// Reads the values of a row, with the places of their names.
fn row_values(node: &Node, findings: &mut Vec<Finding>) -> Vec<(String, Value, Span)> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            format!(
                "`with` is an object of names and values, and this is {}",
                node.kind_name()
            ),
        ));
        return Vec::new();
    };
    for (key, value) in entries {
        if !is_name(&key.text) {
            findings.push(bad_name(&key.text, &key.span));
        }
        refuse_references(value, "a row of `examples`", findings);
    }
    entries
        .iter()
        .map(|(key, value)| (key.text.clone(), value.to_value(), key.span.clone()))
        .collect()
}
