//! The clauses that a check cites: sentence, level, class, source, and the rulings that bear on them.

use crate::judge::Check;
use crate::plan::Level;
use crate::record::Record;
use crate::report::lines::Lines;
use crate::report::plain::line;
use crate::report::words::class_name;

/// Adds the requirements of a check; one that the catalogue lacks is only named.
pub(super) fn add(lines: &mut Lines, record: &Record, check: &Check) {
    for id in &check.requirement {
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
        lines.add(format!(
            "{id}: {}{counts}, class {} ({})",
            clause.level,
            clause.class,
            class_name(clause.class)
        ));
        lines.within(|lines| {
            lines.add(line(&clause.text));
            lines.add(format!("source: {}", line(&clause.source)));
            for id in &clause.rulings {
                match record.rulings.iter().find(|one| one.id == *id) {
                    Some(ruling) => {
                        lines.add(format!("ruling {id}: {}", line(&ruling.choice)));
                    }
                    None => lines.add(format!("ruling {id}")),
                }
            }
        });
    }
}
