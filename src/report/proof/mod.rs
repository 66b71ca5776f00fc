//! The matrix of faults and cases as `proof.json`, and as `proof.html`: one file, no network, a table to read.

mod page;

use crate::proof::Proof;
use crate::report::folder::ReportFile;

use page::proof_html;

/// Renders the matrix as the files `proof.json` and `proof.html`.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{
        FaultCell, FaultConclusion, FaultEffect, FaultRow, NamedFault, NamedVariant, VariantRow,
    };
    use plan_language::participant::Participant;

    #[test]
    fn hostile_texts_stay_texts() {
        let proof = Proof {
            format: 1,
            version: "0".into(),
            cases: vec!["a/</script><img onerror=x>".into()],
            faults: vec![FaultRow {
                fault: NamedFault {
                    id: "bad".into(),
                    text: "It <b>deviates</b>.".into(),
                    participant: Participant::Provider,
                },
                claims: vec!["R-01".into()],
                conclusion: FaultConclusion::Detected,
                cells: vec![FaultCell {
                    effect: FaultEffect::Detected,
                    message: Some("\" onmouseover=\"x\u{1b}".into()),
                }],
            }],
            unproven: Vec::new(),
            variants: vec![VariantRow {
                variant: NamedVariant {
                    id: "odd".into(),
                    text: "It <i>differs</i>.".into(),
                },
                disturbed: Vec::new(),
            }],
        };
        let page = proof_html(&proof);
        assert!(
            page.contains(
                "1 fault: 1 detected, 0 misattributed, 0 undetected; 1 variant: 0 not left in peace"
            ),
            "{page}"
        );
        assert!(page.contains("The checks detect every fault"), "{page}");
        assert!(
            !page.contains("<img") && !page.contains("<b>deviates") && !page.contains("<i>"),
            "{page}"
        );
        assert!(!page.contains("onmouseover=\"x"), "{page}");
        assert!(!page.contains('\u{1b}'));
    }
}
