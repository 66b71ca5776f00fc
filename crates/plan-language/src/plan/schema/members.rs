//! The members of messages, for completion in editors: which members a body has where a step says which message it means.
//!
//! They are made from the tables of `message_schema` and `route`. They refuse nothing, whatever stands there: what a
//! member must be, and that it is misspelt, `feedproof check` says.

use serde_json::{Map, Value, json};

use crate::participant::{Address, Callback, Participant};
use crate::plan::message_schema::{Bodies, Schema, of_callback, of_route};
use crate::plan::route::{Api, ROUTES, Route};
use crate::value::Kinds;

/// Operators whose argument describes the same value.
const OF_VALUE: [&str; 1] = ["$not"];
/// Operators of whose argument each element describes the same value.
const OF_VALUES: [&str; 2] = ["$all_of", "$any_of"];
/// Operators whose argument describes an element of an array.
const OF_ELEMENT: [&str; 5] = ["$each", "$some", "$none", "$one", "$contains"];

/// The parts of a step in which members stand.
struct Places {
    /// The verb.
    verb: &'static str,
    /// The key that names the receiver.
    receiver: &'static str,
    /// The receiver without that key.
    usual: Option<Participant>,
    /// The keys whose `body` and `form` are those of the request.
    request: &'static [&'static str],
    /// The keys whose `body` is that of the response.
    response: &'static [&'static str],
    /// Whether the step itself has the request's `body` and `form`.
    holds_request: bool,
}

/// The verbs that name a message.
const PLACES: [Places; 4] = [
    Places {
        verb: "send",
        receiver: "to",
        usual: Some(Participant::Service),
        request: &[],
        response: &["expect", "give_up_when"],
        holds_request: true,
    },
    Places {
        verb: "receive",
        receiver: "at",
        usual: None,
        request: &["where", "expect"],
        response: &["response"],
        holds_request: false,
    },
    Places {
        verb: "never",
        receiver: "at",
        usual: None,
        request: &["where"],
        response: &[],
        holds_request: false,
    },
    Places {
        verb: "stub",
        receiver: "at",
        usual: None,
        request: &["where"],
        response: &[],
        holds_request: false,
    },
];

/// A message that is documented.
struct DocumentedMessage {
    /// Where it arrives.
    at: Address,
    /// The pattern of its method and path; empty if its address says enough.
    target: String,
    /// Whether the product sends it, which feedproof always plays: no step waits for it.
    is_of_product: bool,
    /// Its bodies, and that of its response.
    bodies: Vec<DocumentedBody>,
}

/// A body that is documented.
struct DocumentedBody {
    side: Side,
    schema: &'static Schema,
    /// The name of the definition of its members, which equal bodies share.
    definition: String,
}

/// A message or its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

/// Returns the definitions of the members of all documented messages.
pub(super) fn definitions() -> Map<String, Value> {
    let mut definitions = Map::new();
    for body in messages().iter().flat_map(|message| &message.bodies) {
        if !definitions.contains_key(&body.definition) {
            define(&body.definition, body.schema, &mut definitions);
        }
    }
    definitions
}

/// Returns, for a verb that names a message, a schema for each documented one: `if` the step means it, `then` its members.
pub(super) fn of_verb(verb: &str) -> Vec<Value> {
    let Some(places) = PLACES.iter().find(|places| places.verb == verb) else {
        return Vec::new();
    };
    messages()
        .iter()
        .filter(|message| !message.is_of_product || places.holds_request)
        .filter_map(|message| {
            let properties = members(message, places);
            (!properties.is_empty()).then(
                || json!({ "if": condition(message, places), "then": { "properties": properties } }),
            )
        })
        .collect()
}

fn messages() -> Vec<DocumentedMessage> {
    let mut named: Vec<(&'static Schema, String)> = Vec::new();
    let mut bodies_of = |name: &str, bodies: Bodies| -> Vec<DocumentedBody> {
        let sides = [
            (Side::Request, "request", bodies.request),
            (Side::Response, "response", bodies.response),
        ];
        let mut documented = Vec::new();
        for (side, word, schema) in sides {
            let Some(schema) = schema else { continue };
            let known = named.iter().find(|(other, _)| std::ptr::eq(*other, schema));
            let definition = known.map_or_else(
                || format!("members.{word}.{name}"),
                |(_, definition)| definition.clone(),
            );
            named.push((schema, definition.clone()));
            documented.push(DocumentedBody {
                side,
                schema,
                definition,
            });
        }
        documented
    };
    let mut messages = Vec::new();
    for route in ROUTES {
        messages.push(DocumentedMessage {
            at: Address::of(route.at),
            target: pattern(route),
            is_of_product: route.api == Api::Consumer,
            bodies: bodies_of(
                &name_of(&format!("{} {}", route.method, route.path)),
                of_route(route),
            ),
        });
    }
    for callback in Callback::ALL {
        messages.push(DocumentedMessage {
            at: Address::callback(callback),
            target: String::new(),
            is_of_product: false,
            bodies: bodies_of(callback.as_str(), of_callback(callback)),
        });
    }
    messages.retain(|message| !message.bodies.is_empty());
    messages
}

/// Writes a text as a part of a definition's name, which needs no escape in a `$ref`.
fn name_of(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// Writes the pattern of the targets that mean a route; its path may be missing where the method says enough.
fn pattern(route: &Route) -> String {
    let path: Vec<&str> = route
        .path
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "[^/]+"
            } else {
                segment
            }
        })
        .collect();
    let path = path.join("/").replace('.', "\\.");
    let base = match route.api {
        Api::Consumer => "(/api/v1)?",
        Api::Provider | Api::Pages | Api::Identity => "",
    };
    let is_only =
        |other: &Route| other.at != route.at || other.method != route.method || other == route;
    let optional = if ROUTES.iter().all(is_only) { "?" } else { "" };
    format!("^{}( +{base}{path}/?){optional}$", route.method)
}

/// Returns the schema of the steps that mean a message.
fn condition(message: &DocumentedMessage, places: &Places) -> Value {
    let mut properties = Map::new();
    let mut required = vec![places.verb];
    if !message.target.is_empty() {
        properties.insert(places.verb.to_owned(), json!({ "pattern": message.target }));
    }
    properties.insert(
        places.receiver.to_owned(),
        json!({ "const": message.at.to_string() }),
    );
    let is_usual = places.usual.map(Address::of) == Some(message.at);
    required.extend((!is_usual).then_some(places.receiver));
    json!({ "properties": properties, "required": required })
}

/// Returns the keys of a step in which the members of a message stand.
fn members(message: &DocumentedMessage, places: &Places) -> Map<String, Value> {
    let mut properties = Map::new();
    for body in &message.bodies {
        let reference = json!({ "$ref": format!("#/$defs/{}", body.definition) });
        let part = part_of(message, body.side);
        let keys = match body.side {
            Side::Request => places.request,
            Side::Response => places.response,
        };
        for key in keys {
            properties.insert(
                (*key).to_owned(),
                json!({ "properties": { part: reference } }),
            );
        }
        if body.side == Side::Request && places.holds_request {
            properties.insert(part.to_owned(), reference);
        }
    }
    properties
}

/// Names the part of a message that holds its members: tokens are requested with a form.
fn part_of(message: &DocumentedMessage, side: Side) -> &'static str {
    let asks_for_token = message.at.participant == Participant::Sageid && side == Side::Request;
    if asks_for_token { "form" } else { "body" }
}

/// Adds the definition of a value's members, and those of the values in it.
fn define(name: &str, schema: &'static Schema, definitions: &mut Map<String, Value>) {
    let mut definition = Map::new();
    let mut properties = Map::new();
    match schema {
        Schema::Any | Schema::Text | Schema::Number | Schema::Boolean => {}
        Schema::Array(element) => {
            let inner = nested(&format!("{name}.element"), element, definitions);
            for operator in OF_ELEMENT {
                properties.insert(operator.to_owned(), inner.clone());
            }
            definition.insert("items".to_owned(), inner);
        }
        Schema::Object { members, .. } => {
            for (member, schema) in *members {
                let inner = nested(&format!("{name}.{member}"), schema, definitions);
                properties.insert((*member).to_owned(), inner);
            }
        }
    }
    let own = json!({ "$ref": format!("#/$defs/{name}") });
    for operator in OF_VALUE {
        properties.insert(operator.to_owned(), own.clone());
    }
    for operator in OF_VALUES {
        properties.insert(operator.to_owned(), json!({ "items": own }));
    }
    definition.insert("properties".to_owned(), Value::Object(properties));
    definitions.insert(name.to_owned(), Value::Object(definition));
}

/// Returns the schema of a value within another: that of a single value, or a reference to the definition of its members.
fn nested(name: &str, schema: &'static Schema, definitions: &mut Map<String, Value>) -> Value {
    match schema {
        Schema::Any => json!({}),
        Schema::Text => json!({ "description": Kinds::STRING.to_string() }),
        Schema::Number => json!({ "description": Kinds::NUMBER.to_string() }),
        Schema::Boolean => json!({ "description": Kinds::BOOLEAN.to_string() }),
        Schema::Array(_) | Schema::Object { .. } => {
            define(name, schema, definitions);
            json!({ "$ref": format!("#/$defs/{name}") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::verb::VERBS;
    use crate::value::OPERATORS;

    #[test]
    fn verbs_keys_and_operators_are_those_of_the_language() {
        for places in &PLACES {
            let verb = VERBS.iter().find(|verb| verb.name == places.verb);
            let verb = verb.expect(places.verb);
            let keys = [places.request, places.response].concat();
            for key in keys.into_iter().chain([places.receiver]) {
                assert!(verb.has(key), "{} {key}", places.verb);
            }
        }
        for name in OF_VALUE.iter().chain(&OF_VALUES).chain(&OF_ELEMENT) {
            assert!(
                OPERATORS.iter().any(|operator| operator.name == *name),
                "{name}"
            );
        }
    }

    #[test]
    fn definitions_describe_members_and_refuse_nothing() {
        let definitions = definitions();
        assert!(definitions.len() > 20, "{}", definitions.len());
        let refusing = [
            "type",
            "required",
            "enum",
            "const",
            "pattern",
            "additionalProperties",
        ];
        for (name, definition) in &definitions {
            for keyword in refusing {
                assert!(definition.get(keyword).is_none(), "{name} {keyword}");
            }
        }
        let element =
            &definitions["members.request.POST-v1-statements.data.transactionDetails.element"];
        assert_eq!(
            element["properties"]["datePosted"]["description"],
            "a string"
        );
    }

    #[test]
    fn a_method_alone_means_the_only_route_that_has_it() {
        let patterns: Vec<String> = ROUTES.iter().map(pattern).collect();
        assert!(patterns.contains(&"^PATCH( +/v1/authorisations/[^/]+/?)?$".to_owned()));
        assert!(patterns.contains(&"^POST( +/v1/statements/?)$".to_owned()));
    }
}
