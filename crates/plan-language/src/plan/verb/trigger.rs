//! `trigger`: a bank action, which the environment makes the bank do.

use super::{ActionKind, LabelKind, Part, StepReader, VerbModel, WrittenVerb};
use crate::participant::Participant;
use crate::plan::bank_action::BANK_ACTIONS;
use crate::plan::drawing::Drawing;
use crate::plan::model::Needs;
use crate::plan::phrase::{hinted, templates};
use crate::plan::spec::{FieldSpec, ObjectSpec, Shape};
use crate::source::{Fields, Finding};
use crate::value::Template;

/// A bank action to be triggered.
#[derive(Debug)]
pub struct Trigger {
    /// Its name.
    pub bank_action: String,
    /// Its arguments.
    pub with: Vec<(String, Template)>,
}

impl WrittenVerb for Trigger {
    const SPEC: ObjectSpec = ObjectSpec {
        name: "trigger",
        doc: "Triggers a bank action of the environment",
        example: r#"{ trigger: new-transactions, with: { accounts: [ "${account.externalId}" ] } }"#,
        fields: &[
            FieldSpec::required(
                "trigger",
                Shape::Def("bank_action"),
                "The bank action",
                "new-transactions",
            ),
            FieldSpec::optional(
                "with",
                Shape::Def("values"),
                "The arguments of the bank action",
                r#"{ accounts: [ "${account.externalId}" ] }"#,
            ),
        ],
        rules: None,
    };

    fn read(_: &mut dyn StepReader, fields: &mut Fields<'_, '_>) -> Option<Self> {
        let bank_action = fields.require_text("trigger");
        let with = templates(fields, "with");
        let (name, span) = bank_action?;
        if !BANK_ACTIONS.iter().any(|action| action.name == name) {
            let finding = Finding::new(span, format!("there is no bank action `{name}`"));
            let names = BANK_ACTIONS.iter().map(|action| action.name);
            let finding = hinted(finding, name, names, "bank actions");
            fields.findings().push(finding);
        }
        Some(Self {
            bank_action: name.to_owned(),
            with,
        })
    }
}

impl VerbModel for Trigger {
    fn parts<'v>(&'v self, visit: &mut dyn FnMut(Part<'v>)) {
        Part::pairs(&self.with, visit);
    }

    fn action(&self) -> ActionKind {
        ActionKind::Action
    }

    fn label(&self) -> Option<LabelKind> {
        None
    }

    fn add_needs(&self, needs: &mut Needs) {
        needs.add_bank_action(&self.bank_action);
    }

    fn draw(&self, drawing: &mut Drawing, _: &str) {
        let label = format!("bank action {}", self.bank_action);
        drawing.note(Participant::Provider, &label);
    }
}
