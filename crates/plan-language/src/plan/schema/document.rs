//! Tables of the documents that authors write: plans with their cases, flows, and the catalogues.

use serde_json::{Value, json};

use crate::plan::spec::{Definition, FieldSpec, ObjectSpec, Shape, described};

/// All definitions of this file.
pub(super) const DEFINITIONS: &[Definition] = &[
    Definition::Object(&PLAN),
    Definition::Other("features", features),
    Definition::Object(&CASE),
    Definition::Object(&CUSTOMER),
    Definition::Object(&ROW),
    Definition::Object(&FLOW),
    Definition::Object(&REQUIREMENTS),
    Definition::Object(&REQUIREMENT),
    Definition::Object(&RULINGS),
    Definition::Object(&RULING),
    Definition::Object(&RULES),
    Definition::Object(&RULE),
    Definition::Object(&RULE_CHECK),
];

/// A string that is not empty.
const LINE: Shape = Shape::Schema(|| json!({ "type": "string", "pattern": "\\S" }));

/// Whether something is so.
const FLAG: Shape = Shape::Schema(|| json!({ "type": "boolean" }));

/// A number of at least 1.
const COUNT: Shape = Shape::Schema(|| json!({ "type": "integer", "minimum": 1 }));

/// `definitions`: room for anchors.
const DEFINITIONS_FIELD: FieldSpec = FieldSpec::optional(
    "definitions",
    Shape::Schema(|| json!({})),
    "Room for YAML anchors that other places of the file repeat; feedproof ignores it",
    "{ body: &body { type: resourceCreated } }",
);

/// `features`: what the environment must declare.
const FEATURES: FieldSpec = FieldSpec::optional(
    "features",
    Shape::Def("features"),
    "Features that the environment must declare, each `supported` or `absent`; otherwise the case is skipped",
    "{ multi-account: supported }",
);

/// A plan.
pub const PLAN: ObjectSpec = ObjectSpec {
    name: "plan",
    doc: "A document of test cases",
    example: "{ plan: offboarding, title: Offboarding, cases: [ CASE ] }",
    fields: &[
        FieldSpec::required(
            "plan",
            Shape::Def("name"),
            "Short and unique name of the plan; by custom the first part of its cases' ids",
            "offboarding",
        ),
        FieldSpec::required("title", LINE, "Title for readers", "Offboarding"),
        DEFINITIONS_FIELD,
        FieldSpec::required(
            "cases",
            Shape::Schema(
                || json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/case" } }),
            ),
            "The cases, in the order of reports",
            "[ { id: offboarding/status-cancelled, … } ]",
        ),
    ],
    rules: None,
};

fn features() -> Value {
    json!({
        "description": described(FEATURES.doc, FEATURES.example),
        "type": "object",
        "additionalProperties": { "enum": ["supported", "absent"] }
    })
}

/// A case.
pub const CASE: ObjectSpec = ObjectSpec {
    name: "case",
    doc: "One verdict: what is tested, what is expected, and the steps that show it",
    example: "{ id: offboarding/status-cancelled, title: TITLE, expected: OUTCOME, requirement: OFF-01, steps: [ STEP ] }",
    fields: CASE_FIELDS,
    rules: None,
};

const CASE_FIELDS: &[FieldSpec] = &[
    FieldSpec::required(
        "id",
        Shape::Schema(|| {
            json!({
                "type": "string",
                "pattern": "^[A-Za-z][A-Za-z0-9_-]*(/[A-Za-z][A-Za-z0-9_-]*)+$"
            })
        }),
        "Stable and unique id; the name of the trial and of the JUnit case",
        "offboarding/status-cancelled",
    ),
    FieldSpec::required(
        "title",
        LINE,
        "What is tested, in one line",
        "Offboarding sets the status to cancelled",
    ),
    FieldSpec::required(
        "expected",
        LINE,
        "The expected outcome, in one line, for the reviewer of a report",
        "The account reads cancelled.",
    ),
    FieldSpec::optional(
        "requirement",
        Shape::Def("requirementIds"),
        "The requirements that the case tests. All checks serve a single requirement; of several, each step names those that it serves",
        "OFF-01",
    ),
    FEATURES,
    FieldSpec::optional(
        "exclusive",
        FLAG,
        "Whether the case runs alone. Steps that change what cases share imply it",
        "true",
    ),
    FieldSpec::optional(
        "service",
        Shape::Schema(|| SERVICE.schema()),
        SERVICE.doc,
        SERVICE.example,
    ),
    FieldSpec::optional(
        "given",
        Shape::Schema(|| {
            json!({
                "type": ["array", "null"],
                "items": {
                    "if": { "type": "object", "required": ["customer"], "maxProperties": 1 },
                    "then": { "$ref": "#/$defs/customer" },
                    "else": { "$ref": "#/$defs/idleStep" }
                }
            })
        }),
        "The setup: steps, and at most one condition on the customer. A failure makes the case inconclusive, never failed",
        "[ { customer: { accounts: { $at_least: 2 } } }, { use: onboarded-account } ]",
    ),
    FieldSpec::required(
        "steps",
        Shape::Schema(
            || json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } }),
        ),
        "The steps whose checks decide on the verdict",
        "[ { send: 'GET /organisations/${org}', expect: { status: 200 } } ]",
    ),
    FieldSpec::optional(
        "teardown",
        Shape::Schema(
            || json!({ "type": ["array", "null"], "items": { "$ref": "#/$defs/idleStep" } }),
        ),
        "Steps that clean up. They always run, and reports show a failure separately",
        "[ { send: 'DELETE /organisations/${org}', expect: { status: 204 } } ]",
    ),
    FieldSpec::optional(
        "examples",
        Shape::Schema(|| json!({ "type": ["array", "null"], "items": { "$ref": "#/$defs/row" } })),
        "Rows with the same names, each of which makes a case of its own",
        "[ { id: first, with: { page: 1 } }, { id: last, with: { page: 9 } } ]",
    ),
];

/// The settings of the emulated service for one case.
const SERVICE: ObjectSpec = ObjectSpec {
    name: "service",
    doc: "Settings of the emulated service for this case. For a live provider the environment names the agreed batch limit and rate (`agreed`), which replace those of the case; `retry_after` and `processing` are not applicable where cases share a service",
    example: "{ batch_limit: 3 }",
    fields: &[
        FieldSpec::optional(
            "batch_limit",
            COUNT,
            "Maximum number of transactions in a statement",
            "3",
        ),
        FieldSpec::optional(
            "requests_per_second",
            COUNT,
            "Maximum number of Provider API calls per second; further calls are answered with 429",
            "10",
        ),
        FieldSpec::optional(
            "retry_after",
            FLAG,
            "Whether a 429 has a `Retry-After` header",
            "true",
        ),
        FieldSpec::optional(
            "processing",
            Shape::Def("duration"),
            "How long the service processes a statement",
            "200ms",
        ),
    ],
    rules: None,
};

/// The condition on the customer under `given`.
const CUSTOMER: ObjectSpec = ObjectSpec {
    name: "customer",
    doc: "A condition on the customer, under `given`",
    example: "{ customer: { accounts: { $at_least: 2 } } }",
    fields: &[FieldSpec::required(
        "customer",
        Shape::Def("matcher"),
        "What the customer must be like. feedproof chooses the customer before any name is bound, so references are not possible",
        "{ accounts: { $at_least: 2 } }",
    )],
    rules: None,
};

/// A row of examples.
pub const ROW: ObjectSpec = ObjectSpec {
    name: "row",
    doc: "A row of examples",
    example: "{ id: third-page, with: { page: 3 } }",
    fields: &[
        FieldSpec::required(
            "id",
            Shape::Def("name"),
            "The last part of the id of the row's case",
            "expired-token",
        ),
        FieldSpec::optional(
            "title",
            LINE,
            "Title of the row's case; without it the title of the case, with the id in brackets",
            "An expired token is refused",
        ),
        FEATURES,
        FieldSpec::optional(
            "with",
            Shape::Schema(|| {
                json!({
                    "type": "object",
                    "propertyNames": { "$ref": "#/$defs/name" },
                    "additionalProperties": { "$ref": "#/$defs/constant" }
                })
            }),
            "The values of the row by name, without references",
            "{ status: 401 }",
        ),
    ],
    rules: None,
};

/// A flow.
pub const FLOW: ObjectSpec = ObjectSpec {
    name: "flow",
    doc: "A named sequence of steps with inputs and outputs",
    example: "{ flow: onboarded-account, title: TITLE, outputs: { account: \"${account}\" }, steps: [ STEP ] }",
    fields: &[
        FieldSpec::required(
            "flow",
            Shape::Def("name"),
            "Name of the flow, for `use`",
            "onboarded-account",
        ),
        FieldSpec::required(
            "title",
            LINE,
            "Title for readers",
            "An account that is linked and fed",
        ),
        FieldSpec::optional(
            "inputs",
            Shape::Schema(|| {
                json!({
                    "type": "object",
                    "propertyNames": { "$ref": "#/$defs/name" },
                    "additionalProperties": {
                        "anyOf": [{ "const": "$required" }, { "$ref": "#/$defs/constant" }]
                    }
                })
            }),
            "Names that `with` of a `use` sets, each with its default, or `$required`",
            "{ choose: 0, name: $required }",
        ),
        FieldSpec::optional(
            "outputs",
            Shape::Schema(|| {
                json!({
                    "type": "object",
                    "propertyNames": { "$ref": "#/$defs/name" },
                    "additionalProperties": { "$ref": "#/$defs/value" }
                })
            }),
            "What the flow returns, by name",
            r#"{ account: { id: "${id}" }, patch: "${patch}" }"#,
        ),
        FieldSpec::optional(
            "provides",
            Shape::Def("words"),
            "Names of the case that the flow binds when a step first uses one of them; such a flow runs at most once in a case",
            "[org, company, token]",
        ),
        DEFINITIONS_FIELD,
        FieldSpec::required(
            "steps",
            Shape::Schema(
                || json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/idleStep" } }),
            ),
            "Its steps; they serve no requirement",
            "[ { use: consent-session } ]",
        ),
    ],
    rules: None,
};

const REQUIREMENTS: ObjectSpec = ObjectSpec {
    name: "requirements",
    doc: "The catalogue of requirements, plans/requirements.yaml",
    example: "{ requirements: [ REQUIREMENT ] }",
    fields: &[FieldSpec::required(
        "requirements",
        Shape::Schema(|| json!({ "type": "array", "items": { "$ref": "#/$defs/requirement" } })),
        "The requirements, in the order of reports",
        "[ { id: OFF-01, … } ]",
    )],
    rules: None,
};

/// A requirement.
pub const REQUIREMENT: ObjectSpec = ObjectSpec {
    name: "requirement",
    doc: "One requirement",
    example: "{ id: OFF-01, text: TEXT, level: must, class: C, subject: [service], source: '[doc] ep-statements', group: offboarding }",
    fields: &[
        FieldSpec::required("id", LINE, "Stable and unique id", "OFF-01"),
        FieldSpec::required(
            "text",
            LINE,
            "What the subject must do, in one sentence",
            "The service must show an offboarded account as cancelled.",
        ),
        FieldSpec::required(
            "level",
            Shape::Schema(|| json!({ "enum": ["must", "should", "may"] })),
            "How much is demanded: a failing `must` is a failure, a failing `should` is a warning",
            "must",
        ),
        FieldSpec::required(
            "class",
            Shape::Schema(|| json!({ "enum": ["A", "B", "C"] })),
            "The origin of its wording: A is a row of the official test plan, B an assertion in Sage's own collection, C our derivation",
            "C",
        ),
        FieldSpec::required(
            "subject",
            Shape::Schema(|| {
                json!({
                    "anyOf": [
                        { "enum": ["service", "provider"] },
                        {
                            "type": "array",
                            "minItems": 1,
                            "items": { "enum": ["service", "provider"] }
                        }
                    ]
                })
            }),
            "The participants that must fulfil it",
            "[service]",
        ),
        FieldSpec::required(
            "source",
            LINE,
            "Its source, with the grade in brackets first: [seed], [plan], [doc], [bruno], [partner] or [infer]",
            "'[doc] ep-statements'",
        ),
        FieldSpec::required("group", LINE, "Its group in reports", "offboarding"),
        FieldSpec::optional(
            "rulings",
            Shape::Def("words"),
            "Ids of the rulings that apply to it",
            r#"["8.5"]"#,
        ),
        FieldSpec::optional(
            "faults",
            Shape::Def("words"),
            "Ids of the faults that its checks detect",
            "[status-stays-active]",
        ),
        FieldSpec::optional(
            "test",
            LINE,
            "What the row of the official test plan tests, in our words; class A only",
            "A customer offboards an account.",
        ),
        FieldSpec::optional(
            "expected",
            LINE,
            "What that row expects, in our words; class A only",
            "The account reads cancelled.",
        ),
        FieldSpec::optional(
            "unbreakable",
            Shape::Schema(|| json!({ "type": "string" })),
            "Why no fault of the provider can violate it, although the provider is its subject",
            "the service sets the status by itself",
        ),
        FieldSpec::optional(
            "not_tested",
            LINE,
            "Why no case tests it",
            "no bank action causes it",
        ),
    ],
    rules: Some(|| {
        json!({
            "if": { "properties": { "level": { "const": "must" } }, "required": ["level"] },
            "then": { "properties": { "source": { "pattern": "\\[(seed|plan|doc)\\]" } } },
            "dependentRequired": { "test": ["expected"], "expected": ["test"] }
        })
    }),
};

const RULINGS: ObjectSpec = ObjectSpec {
    name: "rulings",
    doc: "The catalogue of rulings, plans/rulings.yaml",
    example: "{ rulings: [ RULING ] }",
    fields: &[FieldSpec::required(
        "rulings",
        Shape::Schema(|| json!({ "type": "array", "items": { "$ref": "#/$defs/ruling" } })),
        "The rulings",
        r#"[ { id: "8.5", … } ]"#,
    )],
    rules: None,
};

/// A ruling.
pub const RULING: ObjectSpec = ObjectSpec {
    name: "ruling",
    doc: "A decision where the sources are silent or disagree",
    example: r#"{ id: "8.5", question: QUESTION, choice: CHOICE, reason: REASON }"#,
    fields: &[
        FieldSpec::required(
            "id",
            LINE,
            "Stable and unique id, always quoted",
            r#""8.5""#,
        ),
        FieldSpec::required(
            "question",
            LINE,
            "The open question",
            "Is the token request a form or JSON?",
        ),
        FieldSpec::required("choice", LINE, "The decision", "Both are accepted."),
        FieldSpec::required("reason", LINE, "The reason", "Each has a source."),
        FieldSpec::optional(
            "sources",
            Shape::Schema(|| json!({})),
            "Where the sources are silent or disagree",
            r#""[bruno] POST /token""#,
        ),
        FieldSpec::optional(
            "setting",
            Shape::Schema(|| json!({})),
            "The setting of the emulated service that changes the decision",
            "batch_limit",
        ),
    ],
    rules: None,
};

const RULES: ObjectSpec = ObjectSpec {
    name: "rules",
    doc: "The catalogue of rules, plans/rules.yaml",
    example: "{ rules: [ RULE ] }",
    fields: &[FieldSpec::required(
        "rules",
        Shape::Schema(|| json!({ "type": "array", "items": { "$ref": "#/$defs/rule" } })),
        "The rules, in the order of the list",
        "[ { id: rule-statement-3, … } ]",
    )],
    rules: None,
};

/// A rule.
pub const RULE: ObjectSpec = ObjectSpec {
    name: "rule",
    doc: "A sentence of the sources that binds a participant, with what tests it",
    example: "{ id: rule-statement-3, text: TEXT, source: '[doc] ep-statements', section: SECTION, binds: [provider], requirement: [STM-03], checks: [ { case: statements/batches-follow-one-another } ] }",
    fields: &[
        FieldSpec::required("id", LINE, "Stable and unique id", "rule-statement-3"),
        FieldSpec::required(
            "text",
            LINE,
            "The rule in one sentence",
            "A statement contains one account.",
        ),
        FieldSpec::required(
            "source",
            Shape::Schema(
                || json!({ "type": "string", "pattern": "^\\[(seed|plan|doc|bruno|partner|infer)\\]" }),
            ),
            "Its source, with the strongest grade in brackets first",
            "'[doc] ep-statements'",
        ),
        FieldSpec::required(
            "section",
            LINE,
            "The topic under which it is listed",
            "'Provider API: statements'",
        ),
        FieldSpec::required(
            "binds",
            Shape::Schema(|| {
                let one = json!({ "enum": ["service", "provider", "product"] });
                json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
            }),
            "The participants that it binds",
            "[provider]",
        ),
        FieldSpec::optional(
            "requirement",
            Shape::Def("words"),
            "Ids of the requirements that contain it",
            "[STM-03]",
        ),
        FieldSpec::optional(
            "checks",
            Shape::Schema(
                || json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/ruleCheck" } }),
            ),
            "The checks that test it",
            "[ { case: statements/batches-follow-one-another, step: second } ]",
        ),
        FieldSpec::optional(
            "not_tested",
            LINE,
            "Why no check tests it",
            "no message shows it",
        ),
    ],
    rules: Some(
        || json!({ "oneOf": [{ "required": ["checks"] }, { "required": ["not_tested"] }] }),
    ),
};

/// A check that a rule names.
pub const RULE_CHECK: ObjectSpec = ObjectSpec {
    name: "ruleCheck",
    doc: "A check that tests a rule",
    example: "{ case: statements/batches-follow-one-another, step: second, faults: [next-batch-too-early] }",
    fields: &[
        FieldSpec::required(
            "case",
            LINE,
            "Id of the case",
            "statements/batches-follow-one-another",
        ),
        FieldSpec::optional(
            "step",
            Shape::Schema(
                || json!({ "anyOf": [{ "type": "string", "pattern": "\\S" }, { "type": "integer", "minimum": 1 }] }),
            ),
            "The step: its label, or its position among `steps`, counted from 1; without it, every check of the case that cites a requirement of the rule",
            "second",
        ),
        FieldSpec::optional(
            "faults",
            Shape::Def("words"),
            "Ids of faults under which this check fails because of this rule",
            "[next-batch-too-early]",
        ),
    ],
    rules: None,
};
