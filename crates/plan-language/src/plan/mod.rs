//! Plans: the language, its typed model, and the validation of documents before any message is sent.
//!
//! Pure: no network, no clock, no files. Documents come in as bytes and go out as a [`Library`], or as
//! all findings at once. How a step runs is left to the runner, what its checks prove to the judge.
//!
//! # Modules in reading order
//!
//! `model` what an author wrote · `verb` what steps do, one file a verb · `spec` tables of words, `schema` made from
//! them · `read`, `case`, `flow`, `step`, `expect`, `phrase` reading · `names`, `kinds`, `conflict`, `negative`, `served`
//! checks across steps, `route` what is served · `needs`, `citation` what follows from the steps · `library` all documents together.

mod bank_action;
mod case;
mod citation;
mod conflict;
mod diagram;
mod document;
mod documented_name;
mod drawing;
mod example;
mod expect;
mod flow;
mod generator;
mod key;
mod kinds;
mod library;
mod members;
mod message_schema;
mod model;
mod names;
mod needs;
mod negative;
mod phrase;
mod place;
mod provided_name;
mod read;
mod requirement;
mod route;
mod rule;
mod schema;
mod served;
mod spec;
mod step;
mod verb;
mod wait;
mod walk;

pub use bank_action::{BANK_ACTIONS, BankActionArgument, BankActionSpec};
pub use diagram::diagram;
pub use document::{Case, Declared, Plan};
pub use generator::Generator;
pub use key::StepKey;
pub use library::{Document, DocumentRole, Documents, InvalidDocuments, Library, SourceDigest};
pub use model::{
    Assigned, Assignment, Capture, Expect, Mention, Needs, Pick, Query, ServiceSetting, Wait,
};
pub use needs::{is_ledger, uses_ledger};
pub use place::Place;
pub use provided_name::{PLAYED, STAGE_NAMES, StageName};
pub use requirement::{Class, Level, OfficialRow, Requirement, Ruling};
pub use rule::{Grade, Rule, RuleCheck, RuleState, StepName};
pub use schema::{
    CASE, FLOW, PLAN, REQUEST_EXPECTATION, REQUIREMENT, RESPONSE_EXPECTATION, ROW, RULE,
    RULE_CHECK, RULING, schema,
};
pub use spec::{FieldSpec, ObjectSpec, Shape};
pub use verb::*;
pub use wait::{AUTHORISATION_EXPIRY, NamedWait, SETTLE, VISIT, WAITS, named_wait};
pub use walk::{each_reference, each_wait};
