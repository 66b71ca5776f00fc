//! Definitions of the small parts that documents and verbs share: names, targets, addresses, waits, values, messages.

use serde_json::{Value, json};

use crate::participant::{Address, Callback, Participant};
use crate::plan::bank_action::BANK_ACTIONS;
use crate::plan::generator::Generator;
use crate::plan::spec::{Definition, FieldSpec, ObjectSpec, Shape, described};
use crate::plan::wait::WAITS;
use crate::value::WORDS;

/// All definitions of this file.
pub(super) const DEFINITIONS: &[Definition] = &[
    Definition::Other("name", name),
    Definition::Other("words", words),
    Definition::Other("requirementIds", requirement_ids),
    Definition::Other("target", target),
    Definition::Other("participant", participant),
    Definition::Other("callback", callback),
    Definition::Other("address", address),
    Definition::Other("duration", duration),
    Definition::Other("namedWait", named_wait),
    Definition::Other("wait", wait),
    Definition::Other("bank_action", bank_action),
    Definition::Other("mention", mention),
    Definition::Other("reference", reference),
    Definition::Other("value", value),
    Definition::Other("values", values),
    Definition::Other("constant", constant),
    Definition::Object(&RESPONSE_EXPECTATION),
    Definition::Object(&REQUEST_EXPECTATION),
    Definition::Other("responseCapture", response_capture),
    Definition::Other("requestCapture", request_capture),
];

fn name() -> Value {
    json!({
        "description": described(
            "A name: letters, digits, `_` and `-`, beginning with a letter",
            "account",
        ),
        "type": "string",
        "pattern": "^[A-Za-z][A-Za-z0-9_-]*$"
    })
}

fn words() -> Value {
    json!({
        "description": "One string, or an array of strings",
        "anyOf": [
            { "type": "string", "pattern": "\\S" },
            { "type": "array", "items": { "type": "string", "pattern": "\\S" } }
        ]
    })
}

fn requirement_ids() -> Value {
    json!({
        "description": described(
            "One id of plans/requirements.yaml, or an array of ids",
            "[OFF-01, OFF-04]",
        ),
        "anyOf": [
            { "type": "string", "pattern": "\\S" },
            {
                "type": "array",
                "items": { "type": "string", "pattern": "\\S" },
                "uniqueItems": true
            }
        ]
    })
}

fn target() -> Value {
    json!({
        "description": described(
            "A method, and a path below the base URL of the receiver; a callback of the provider needs no path. A reference in a path is encoded as one segment",
            "GET /organisations/${org}",
        ),
        "type": "string",
        "pattern": "^(GET|POST|PUT|PATCH|DELETE|HEAD)( +(/|\\$\\{).*)?$"
    })
}

fn participant() -> Value {
    json!({
        "description": described("A participant, which sends or receives messages", "product"),
        "enum": Participant::ALL.map(Participant::as_str)
    })
}

fn callback() -> Value {
    json!({
        "description": described("A callback URL of the provider", "provider.notification"),
        "enum": Callback::ALL.map(|callback| Address::callback(callback).to_string())
    })
}

fn address() -> Value {
    let callbacks = Callback::ALL.map(|callback| Address::callback(callback).to_string());
    let participants: Vec<_> = Address::words()
        .into_iter()
        .filter(|word| !callbacks.contains(word))
        .collect();
    json!({
        "description": described(
            "Where messages arrive: a participant as a whole, or one callback of the provider",
            "provider.notification",
        ),
        "anyOf": [{ "enum": participants }, { "$ref": "#/$defs/callback" }]
    })
}

fn duration() -> Value {
    json!({
        "description": described("A time with its unit: `500ms`, `2s`, `8h`", "1m30s"),
        "type": "string",
        "pattern": "^(?=.*[1-9])(\\d+h)?(\\d+m(?!s))?(\\d+s)?(\\d+ms)?$"
    })
}

fn named_wait() -> Value {
    let waits: Vec<_> = WAITS
        .iter()
        .map(|wait| format!("`{}`: {}", wait.name, wait.meaning))
        .collect();
    let doc = format!(
        "A named wait, which environments may widen: {}",
        waits.join("; ")
    );
    let names: Vec<_> = WAITS.iter().map(|wait| wait.name).collect();
    json!({ "description": described(&doc, "notification"), "enum": names })
}

fn wait() -> Value {
    json!({
        "description": described(
            "The longest time to wait: a name that environments resolve, or a time (not for live participants)",
            "notification",
        ),
        "anyOf": [{ "$ref": "#/$defs/namedWait" }, { "$ref": "#/$defs/duration" }]
    })
}

fn bank_action() -> Value {
    let actions: Vec<_> = BANK_ACTIONS
        .iter()
        .map(|action| {
            let arguments: Vec<_> = action
                .arguments
                .iter()
                .map(|argument| format!("`{}`", argument.name))
                .collect();
            let with = if arguments.is_empty() {
                String::new()
            } else {
                format!(" ({})", arguments.join(", "))
            };
            format!("`{}`{with}: {}", action.name, action.doc)
        })
        .collect();
    let doc = format!(
        "A bank action, which the environment makes the bank do: {}",
        actions.join("; ")
    );
    let names: Vec<_> = BANK_ACTIONS.iter().map(|action| action.name).collect();
    json!({ "description": described(&doc, "new-transactions"), "enum": names })
}

fn mention() -> Value {
    json!({
        "description": described(
            "The label of a step above, or the moment of the response (`told.response`)",
            "told",
        ),
        "type": "string",
        "pattern": "^[A-Za-z][A-Za-z0-9_-]*(\\.response)?$"
    })
}

fn reference() -> Value {
    json!({
        "description": described("A string with a reference", "${page}"),
        "type": "string",
        "pattern": "\\$\\{"
    })
}

/// Lists the strings that are words of the language, so that they cannot be values.
fn reserved() -> Vec<&'static str> {
    let generators = Generator::WORDS.iter().map(|(word, _)| *word);
    generators
        .chain(WORDS.iter().map(|word| word.name))
        .collect()
}

fn value() -> Value {
    json!({
        "description": described(
            "A value that is sent, handed over or bound. `${name.path[0]}` inserts a value that a step above bound; a string that is only one reference keeps the type of that value; `$${` is a literal `${`",
            r#"{ id: "${account.id}", url: NA }"#,
        ),
        "anyOf": [
            { "type": "string", "not": { "enum": reserved() } },
            { "type": ["number", "boolean", "null"] },
            { "type": "array", "items": { "$ref": "#/$defs/value" } },
            { "type": "object", "additionalProperties": { "$ref": "#/$defs/value" } }
        ]
    })
}

fn values() -> Value {
    json!({
        "description": described("Values by name", r#"{ web: "true" }"#),
        "type": "object",
        "additionalProperties": { "$ref": "#/$defs/value" }
    })
}

fn constant() -> Value {
    json!({
        "description": described("A value without references", "{ page: 3 }"),
        "anyOf": [
            {
                "type": "string",
                "not": {
                    "anyOf": [
                        { "enum": reserved() },
                        { "pattern": "(^|[^$])(\\$\\$)*\\$\\{" }
                    ]
                }
            },
            { "type": ["number", "boolean", "null"] },
            { "type": "array", "items": { "$ref": "#/$defs/constant" } },
            { "type": "object", "additionalProperties": { "$ref": "#/$defs/constant" } }
        ]
    })
}

/// `headers` of an expectation.
const HEADERS: FieldSpec = FieldSpec::optional(
    "headers",
    Shape::Def("matchers"),
    "What the headers must be; names are compared without case",
    "{ Content-Type: { $media_type: application/json } }",
);

/// `body` of an expectation.
const BODY: FieldSpec = FieldSpec::optional(
    "body",
    Shape::Def("matcher"),
    "What the JSON body must be",
    "{ status: active }",
);

/// `form` of an expectation.
const FORM: FieldSpec = FieldSpec::optional(
    "form",
    Shape::Def("matcher"),
    "What the form must be",
    "{ grant_type: client_credentials }",
);

/// The keys of an `expect` or `response` that checks a response.
pub const RESPONSE_EXPECTATION: ObjectSpec = ObjectSpec {
    name: "responseExpectation",
    doc: "What a response must be like; at least one key is needed",
    example: "{ status: 200, body: { status: active } }",
    fields: &[
        FieldSpec::optional(
            "status",
            Shape::Def("status"),
            "The status: a code, a class, or an array of these",
            "2xx",
        ),
        HEADERS,
        BODY,
        FORM,
    ],
    rules: Some(|| json!({ "minProperties": 1 })),
};

/// The keys of an `expect` or `where` that is about a request.
pub const REQUEST_EXPECTATION: ObjectSpec = ObjectSpec {
    name: "requestExpectation",
    doc: "What a request must be like; at least one key is needed",
    example: "{ body: { type: resourceDeleted } }",
    fields: &[
        HEADERS,
        FieldSpec::optional(
            "query",
            Shape::Def("matchers"),
            "What the query parameters must be",
            r#"{ state: "${state}" }"#,
        ),
        BODY,
        FORM,
    ],
    rules: Some(|| json!({ "minProperties": 1 })),
};

fn response_capture() -> Value {
    json!({
        "description": described(
            "Names to bind, each with its place in the response: a JSONPath into the body, `headers.NAME`, `status` or `id`",
            "{ page: $.redirect, where: headers.Location }",
        ),
        "type": "object",
        "propertyNames": { "$ref": "#/$defs/name" },
        "additionalProperties": {
            "type": "string",
            "pattern": "^\\$(?!.*\\$\\{)|^headers\\..|^status$|^id$"
        }
    })
}

fn request_capture() -> Value {
    json!({
        "description": described(
            "Names to bind, each with its place in the request: a JSONPath into the body, `headers.NAME`, `query.NAME` or `id`",
            "{ authorisation: query.authorisation_id }",
        ),
        "type": "object",
        "propertyNames": { "$ref": "#/$defs/name" },
        "additionalProperties": {
            "type": "string",
            "pattern": "^\\$(?!.*\\$\\{)|^headers\\..|^query\\..|^id$"
        }
    })
}
