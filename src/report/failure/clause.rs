//! The requirements that a check cites: text, level, class, source, and their rulings.

use std::sync::Arc;

use crate::judge::Check;
use crate::record::Record;
use crate::report::label::class_name;
use crate::report::lines::{LineStyle, Lines};
use crate::report::plain::line;
use plan_language::plan::Level;

/// Adds the requirements of a check, except those in `told`; only the id of one that the catalogue lacks.
pub(super) fn add(lines: &mut Lines, record: &Record, check: &Check, told: &mut Vec<Arc<str>>) {
    for id in &check.requirement {
        if told.contains(id) {
            continue;
        }
        told.push(id.clone());
        lines.gap();
        let Some(row) = record.row(id) else {
            lines.add(format!("{id} (not in the catalogue)"));
            continue;
        };
        let clause = &row.requirement;
        let counts = match clause.level {
            Level::Must => "",
            _ if record.header.strict => ", counts because of --strict",
            _ => ", a warning unless --strict",
        };
        lines.look(
            LineStyle::Heading,
            format!(
                "{id}: {}{counts}, class {} ({})",
                clause.level,
                clause.class,
                class_name(clause.class)
            ),
        );
        lines.within(|lines| {
            lines.sentence(line(&clause.text));
            lines.sentence(format!("source: {}", line(&clause.source)));
            for id in &clause.rulings {
                match record.rulings.iter().find(|ruling| ruling.id == *id) {
                    Some(ruling) => {
                        lines.sentence(format!("ruling {id}: {}", line(&ruling.choice)));
                    }
                    None => lines.add(format!("ruling {id}")),
                }
            }
        });
    }
}
