//! The matrix of faults and cases as `proof.json`, and as `proof.html`: one file, no network, a table to read.

use std::fmt::Write as _;

use crate::proof::{Effect, Proof, Standing};
use crate::report::escape::escape;
use crate::report::folder::ReportFile;

/// Draws the matrix as the files `proof.json` and `proof.html`.
pub fn render_proof(proof: &Proof) -> Vec<ReportFile> {
    let mut json = serde_json::to_vec_pretty(proof).expect("a proof holds texts and numbers only");
    json.push(b'\n');
    vec![
        ReportFile {
            name: "proof.json",
            bytes: json,
        },
        ReportFile {
            name: "proof.html",
            bytes: proof_html(proof).into_bytes(),
        },
    ]
}

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --open: #9a6700; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
p { max-width: 70ch; }
.wide { overflow: auto; max-height: 80vh; border: 1px solid var(--line); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 0 .35rem; }
thead th { position: sticky; top: 0; background: Canvas; vertical-align: bottom; height: 22rem; z-index: 1; }
thead th span { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: normal; white-space: nowrap; }
tbody th { position: sticky; left: 0; background: Canvas; text-align: left; font-weight: normal; white-space: nowrap; }
tbody th small { display: block; color: GrayText; white-space: normal; max-width: 46ch; }
td { text-align: center; }
.caught { color: var(--good); font-weight: bold; } .strayed, .survived { color: var(--bad); font-weight: bold; }
.errored { color: var(--open); } .quiet, .skipped { color: GrayText; }
tr.survived th, tr.strayed th { box-shadow: inset 4px 0 var(--bad); }
";

/// Draws the matrix as one HTML file: faults as rows, cases as columns, the message on hover.
pub fn proof_html(proof: &Proof) -> String {
    let faults = proof.faults.len();
    let mut page = String::with_capacity(64 << 10);
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>feedproof: faults and cases</title><style>{STYLE}</style></head><body>\n<h1>{faults} faults, {} caught where claimed</h1>\n",
        proof.count(Standing::Caught)
    );
    let _ = writeln!(
        page,
        "<p>feedproof {}. Every fault of the embedded pair against every case, on a stage of its own each. ● a check that claims the fault fails · ✗ a check fails that does not claim it · ! no judgement · − not applicable · · not noticed. Hover a cell for the message. Strayed: {}; survived: {}. Not issued by Sage.</p>",
        escape(&proof.version),
        proof.count(Standing::Strayed),
        proof.count(Standing::Survived)
    );
    for one in &proof.unproven {
        let _ = writeln!(
            page,
            "<p class=\"survived\">{} has no fault in the {}.</p>",
            escape(&one.requirement),
            one.subject
        );
    }
    page.push_str(
        "<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">fault</th>",
    );
    for case in &proof.cases {
        let _ = write!(page, "<th scope=\"col\"><span>{}</span></th>", escape(case));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &proof.faults {
        let standing = match row.standing {
            Standing::Caught => "caught",
            Standing::Strayed => "strayed",
            Standing::Survived => "survived",
        };
        let _ = write!(
            page,
            "<tr class=\"{standing}\"><th scope=\"row\"><b>{}</b> ({}) {standing}<small>{} Claimed by {}.</small></th>",
            escape(&row.fault.id),
            row.fault.participant,
            escape(&row.fault.text),
            if row.claims.is_empty() {
                "nobody".to_owned()
            } else {
                escape(&row.claims.join(", "))
            }
        );
        for (case, cell) in proof.cases.iter().zip(&row.cells) {
            let (class, mark) = match cell.effect {
                Effect::Caught => ("caught", "●"),
                Effect::Strayed => ("strayed", "✗"),
                Effect::Errored => ("errored", "!"),
                Effect::Skipped => ("skipped", "−"),
                Effect::Quiet => ("quiet", "·"),
            };
            let message = cell.message.as_deref().unwrap_or("not noticed");
            let title = format!("{}, {case}: {class}\n{message}", row.fault.id);
            let _ = write!(
                page,
                "<td class=\"{class}\" title=\"{}\">{mark}</td>",
                escape(&title)
            );
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</body></html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Participant;
    use crate::proof::{Cell, NamedFault, Row};

    #[test]
    fn hostile_texts_stay_texts() {
        let proof = Proof {
            format: 1,
            version: "0".into(),
            cases: vec!["a/</script><img onerror=x>".into()],
            faults: vec![Row {
                fault: NamedFault {
                    id: "bad".into(),
                    text: "It <b>deviates</b>.".into(),
                    participant: Participant::Provider,
                },
                claims: vec!["R-01".into()],
                standing: Standing::Caught,
                cells: vec![Cell {
                    effect: Effect::Caught,
                    message: Some("\" onmouseover=\"x\u{1b}".into()),
                }],
            }],
            unproven: Vec::new(),
        };
        let page = proof_html(&proof);
        assert!(page.contains("1 faults, 1 caught where claimed"), "{page}");
        assert!(
            !page.contains("<img") && !page.contains("<b>deviates"),
            "{page}"
        );
        assert!(!page.contains("onmouseover=\"x"), "{page}");
        assert!(!page.contains('\u{1b}'));
    }
}
