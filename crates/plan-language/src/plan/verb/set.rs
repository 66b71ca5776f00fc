//! `set`: values that are bound to names.

use serde_json::json;

use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::plan::drawing::Drawing;
use crate::plan::expect::{bad_name, is_name};
use crate::plan::generator::Generator;
use crate::plan::model::Needs;
use crate::plan::model::{Assigned, Assignment};
use crate::plan::phrase::{hinted, template};
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape};
use crate::source::{Fields, Finding, Kind, Node};

/// Values to be bound.
#[derive(Debug)]
pub struct Set {
    /// The values with their names, in order.
    pub values: Vec<Assignment>,
}

impl WrittenVerb for Set {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "set",
        doc: "Binds values to names",
        example: "{ set: { id: $new_uuid } }",
        fields: &[FieldSpec::required(
            "set",
            Shape::Schema(|| {
                json!({
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": { "$ref": "#/$defs/name" },
                    "additionalProperties": {
                        "anyOf": [
                            { "enum": Generator::WORDS.map(|(word, _)| word) },
                            {
                                "allOf": [
                                    { "$ref": "#/$defs/value" },
                                    {
                                        "if": { "type": "string" },
                                        "then": { "pattern": "^(?!\\$)|^\\$\\$|^\\$+\\{" }
                                    }
                                ]
                            }
                        ]
                    }
                })
            }),
            "Values by name: `$new_uuid` (a random UUID), `$new_word` (twelve letters and digits), `$now` (the current time), `$today` (the current date), `$new_amount` (an amount that varies per run: the numbers `credit`, `debit`, `credit_minor` and `debit_minor`), or any value",
            "{ id: $new_uuid }",
        )],
        rules: None,
    };

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        // With a finding, the names that could be read still count as bound.
        let Some(node) = fields.require("set") else {
            return Some(Self { values: Vec::new() });
        };
        let Kind::Map(entries) = &node.kind else {
            let message = format!(
                "`set` is an object of names and values, and this is {}",
                node.kind_name()
            );
            fields.findings().push(
                Finding::new(&node.span, message)
                    .with_hint("write `set: { NAME: VALUE }`, without `- ` before the names"),
            );
            return Some(Self { values: Vec::new() });
        };
        if entries.is_empty() {
            fields.complain(&node.span, "this `set` binds nothing");
        }
        let values = entries
            .iter()
            .map(|(key, value)| {
                if !is_name(&key.text) {
                    fields.findings().push(bad_name(&key.text, &key.span));
                }
                let assigned = assigned(value, fields.findings());
                (key.text.clone(), key.span.clone(), assigned)
            })
            .collect();
        Some(Self { values })
    }
}

impl VerbModel for Set {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        self.values
            .iter()
            .for_each(|assignment| visit(Part::Assignment(assignment)));
    }

    fn action(&self) -> ActionKind {
        ActionKind::NoAction
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, _: &mut Needs) {}

    /// Draws nothing: no participant sees the values.
    fn draw(&self, _: &mut Drawing, _: &str) {}
}

fn assigned(value: &Node, findings: &mut Vec<Finding>) -> Assigned {
    let text = value.as_text().unwrap_or_default();
    if let Some((_, generator)) = Generator::WORDS.iter().find(|(word, _)| *word == text) {
        return Assigned::Generated(*generator);
    }
    if text.starts_with('$') && !text.starts_with("${") && !text.starts_with("$$") {
        let words = Generator::WORDS.iter().map(|(word, _)| *word);
        let finding = Finding::new(&value.span, format!("there is no generator `{text}`"));
        findings.push(hinted(finding, text, words, "generators"));
        return Assigned::Generated(Generator::Word);
    }
    Assigned::Template(template(value, findings))
}
