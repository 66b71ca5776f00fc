//! `age`: making what exists at a participant older, without waiting.

use std::time::Duration;

use serde_json::json;

use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::participant::Participant;
use crate::plan::drawing::Drawing;
use crate::plan::model::Needs;
use crate::plan::phrase::{duration, participant};
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape, described};
use crate::source::{Fields, Finding};
use crate::value::duration as time;

/// Time by which existing things become older.
#[derive(Debug)]
pub struct Age {
    /// The participant whose things become older.
    pub at: Participant,
    /// By how much.
    pub by: Duration,
}

impl WrittenVerb for Age {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "age",
        doc: "Makes existing things (authorisations and tokens) older; not applicable to a live participant",
        example: "{ age: { at: provider, by: 21m } }",
        fields: &[FieldSpec::required(
            "age",
            Shape::Schema(|| {
                json!({
                    "type": "object",
                    "required": ["at", "by"],
                    "properties": {
                        "at": {
                            "description": described(
                                "The participant whose things become older",
                                "provider",
                            ),
                            "enum": ["service", "provider"]
                        },
                        "by": {
                            "description": described("By how much", "21m"),
                            "$ref": "#/$defs/duration"
                        }
                    },
                    "additionalProperties": false
                })
            }),
            "The participant whose things become older, and by how much",
            "{ at: provider, by: 21m }",
        )],
        rules: None,
    };

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let node = fields.require("age")?;
        let mut inner = Fields::of(node, "`age`", fields.findings())?;
        let at = participant(&mut inner, "at");
        if inner.keys().all(|key| key.text != "at") {
            let span = inner.span().clone();
            inner.complain(&span, "`age` needs `at`");
        }
        let by = inner
            .require("by")
            .and_then(|node| duration(node, inner.findings()));
        if let Some((participant, span)) = &at
            && !matches!(participant, Participant::Service | Participant::Provider)
        {
            inner.findings().push(
                Finding::new(
                    span,
                    format!("`age` does not apply to {}", participant.as_noun()),
                )
                .with_hint("write `at: service` or `at: provider`"),
            );
        }
        inner.end();
        Some(Self { at: at?.0, by: by? })
    }
}

impl VerbModel for Age {
    fn parts<'v>(&'v self, _: &mut dyn FnMut(Part<'v>)) {}

    fn action(&self) -> ActionKind {
        ActionKind::Action
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.add_aged(self.at, self.by);
    }

    fn draw(&self, drawing: &mut Drawing, _: &str) {
        let by = time::format(self.by);
        drawing.note(self.at, &format!("existing things become {by} older"));
    }
}
