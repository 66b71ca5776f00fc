//! What names stand for while a case runs, and where each value came from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, json};

use crate::journal::{Body, Event, Fact, Message, Seq, Visited, identity};
use crate::matching::form;
use plan_language::participant::Participant;
use plan_language::plan::Mention;
use plan_language::value::{Scope, Segment, Value};

/// A name's value or moment, with its origin.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What the name stands for.
    pub bound: Bound,
    /// Where it came from, in words.
    pub origin: Origin,
}

/// Where a value came from, in words; for an object made by a template also where its entries came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    whole: Arc<str>,
    entries: Arc<[(String, Arc<str>)]>,
}

impl<T: Into<Arc<str>>> From<T> for Origin {
    fn from(words: T) -> Self {
        Self {
            whole: words.into(),
            entries: Arc::default(),
        }
    }
}

impl Origin {
    /// Makes the origin of an object from those of its entries.
    pub fn of_object(whole: impl Into<Arc<str>>, entries: Vec<(String, Arc<str>)>) -> Self {
        Self {
            whole: whole.into(),
            entries: entries.into(),
        }
    }

    /// Returns where the value under a path came from.
    pub fn of(&self, path: &[Segment]) -> &Arc<str> {
        match path.first() {
            Some(Segment::Key(key)) => self
                .entries
                .iter()
                .find(|(name, _)| name == key)
                .map_or(&self.whole, |(_, words)| words),
            _ => &self.whole,
        }
    }
}

/// What a name stands for: a value, or a moment of the journal.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A value.
    Value(Arc<Value>),
    /// A message or a visit.
    Moment(Arc<Moment>),
}

/// A message or a visit that has a label.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Where it began.
    pub start: Seq,
    /// Where it ended.
    pub end: Seq,
    /// The request, if it is a message; of a visit, the last one to the provider.
    pub request: Option<Arc<Event>>,
    /// The response, or how the exchange broke; none while there is neither.
    pub answer: Option<Arc<Event>>,
    /// Of a visit, where a tap saw the browser come back, if one did: the provider's response had come before.
    pub back: Option<Seq>,
    /// Of a visit, the requests to the provider whose responses are no redirects, with these responses, in order.
    pub shown: Vec<(Arc<Event>, Arc<Event>)>,
    /// Of a visit, how each request to the provider ended, in order.
    pub pages: Vec<Arc<Event>>,
    /// Of a visit, how it ended.
    pub visited: Option<Visited>,
}

impl Moment {
    /// Returns the message of the request.
    pub fn message(&self) -> Option<&Message> {
        self.request
            .as_ref()
            .and_then(|event| request_message(event))
    }

    /// Returns the message of the response.
    pub fn answered(&self) -> Option<&Message> {
        self.answer.as_ref().and_then(|event| match &event.fact {
            Fact::Answer { message, .. } => Some(message),
            _ => None,
        })
    }

    /// Returns the sender and the receiver of the request.
    pub fn parties(&self) -> Option<(Participant, Participant)> {
        match &self.request.as_ref()?.fact {
            Fact::Request { from, to, .. } => Some((*from, to.participant)),
            _ => None,
        }
    }

    /// Returns the position of the response if the mention means it, else `request`.
    ///
    /// The response to another browser than feedproof's own is recorded a moment late, or not at all; it had come when
    /// the browser asked for the address to which it redirects.
    fn position(&self, mention: &Mention, request: Seq) -> Option<Seq> {
        if mention.response {
            let answer = self.answer.as_ref().map(|event| event.seq);
            answer.into_iter().chain(self.back).min()
        } else {
            Some(request)
        }
    }

    /// Returns what plans may refer to, as a JSON object.
    fn document(&self) -> Value {
        let mut document = Map::new();
        if let Some(visited) = &self.visited {
            document.insert("outcome".into(), visited.outcome.as_str().into());
            document.insert("url".into(), visited.url.as_str().into());
            document.insert("why".into(), visited.why.as_str().into());
            if let Some(address) = &visited.returned_to {
                document.insert("returned_to".into(), address.as_str().into());
            }
        }
        if let Some(message) = self.message() {
            parts(message, &mut document);
            document.insert(
                "id".into(),
                identity(message).map_or(Value::Null, Value::from),
            );
        }
        if let Some(message) = self.answered() {
            let mut answered = Map::new();
            parts(message, &mut answered);
            document.insert("response".into(), Value::Object(answered));
        }
        Value::Object(document)
    }
}

/// Returns the message of a request's event.
pub fn request_message(event: &Event) -> Option<&Message> {
    match &event.fact {
        Fact::Request { message, .. } => Some(message),
        _ => None,
    }
}

fn parts(message: &Message, document: &mut Map<String, Value>) {
    if let Some(method) = &message.method {
        document.insert("method".into(), method.as_str().into());
        document.insert("path".into(), message.path.as_str().into());
    }
    if let Some(status) = message.status {
        document.insert("status".into(), status.into());
    }
    let mut query = Map::new();
    for (name, value) in &message.query {
        // The first of a name counts, as for captures.
        query.entry(name.clone()).or_insert_with(|| json!(value));
    }
    document.insert("query".into(), Value::Object(query));
    let headers = message.headers.iter().map(|(name, _)| {
        let value = message.joined_header(name);
        (name.clone(), value.map_or(Value::Null, Value::from))
    });
    document.insert("headers".into(), Value::Object(headers.collect()));
    match &message.body {
        Body::Json(json) => document.insert("body".into(), json.open().clone()),
        Body::Text { text, .. } => document.insert("body".into(), text.as_str().into()),
        body @ Body::Form { .. } => document.insert("form".into(), form(body).unwrap_or_default()),
        Body::None | Body::Binary { .. } | Body::Unread { .. } => None,
    };
}

/// The names that a case owns, shared with its flows and branches.
#[derive(Debug, Default)]
pub struct Owned(Mutex<BTreeMap<String, Binding>>);

impl Owned {
    /// Binds a name for the whole case.
    pub fn bind(&self, name: &str, binding: Binding) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), binding);
    }

    /// Returns the binding of a name.
    pub fn get(&self, name: &str) -> Option<Binding> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }
}

/// The names that a sequence of steps sees.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The names that the whole case sees.
    pub owned: &'a Owned,
    /// The names that only this sequence sees.
    pub names: BTreeMap<String, Binding>,
    /// The position at which the nearest preceding act began.
    pub act: Seq,
}

impl Frame<'_> {
    /// Returns the binding of a name.
    pub fn get(&self, name: &str) -> Option<Binding> {
        self.names
            .get(name)
            .cloned()
            .or_else(|| self.owned.get(name))
    }

    /// Returns the moment that a label stands for.
    pub fn moment(&self, label: &str) -> Option<Arc<Moment>> {
        match self.get(label)?.bound {
            Bound::Moment(moment) => Some(moment),
            Bound::Value(_) => None,
        }
    }

    /// Returns the position at which a window opens that begins at a label.
    pub fn since(&self, mention: &Mention) -> Option<Seq> {
        let moment = self.moment(&mention.label)?;
        moment.position(mention, moment.start)
    }

    /// Returns the position at which a window closes that ends at a label.
    pub fn until(&self, mention: &Mention) -> Option<Seq> {
        let moment = self.moment(&mention.label)?;
        moment.position(mention, moment.end)
    }

    /// Tells whether the case owns all these names already.
    pub fn owns_all(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.owned.get(name).is_some())
    }

    /// Binds a name.
    pub fn bind(&mut self, name: &str, bound: Bound, origin: impl Into<Origin>) {
        self.names.insert(
            name.to_owned(),
            Binding {
                bound,
                origin: origin.into(),
            },
        );
    }
}

impl Scope for Frame<'_> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        match self.names.get(name) {
            Some(Binding {
                bound: Bound::Value(value),
                ..
            }) => Some(Cow::Borrowed(value)),
            Some(Binding {
                bound: Bound::Moment(moment),
                ..
            }) => Some(Cow::Owned(moment.document())),
            None => match self.owned.get(name)?.bound {
                Bound::Value(value) => Some(Cow::Owned((*value).clone())),
                Bound::Moment(moment) => Some(Cow::Owned(moment.document())),
            },
        }
    }
}
