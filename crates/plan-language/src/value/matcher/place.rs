//! Where judging stands: the value looked at, and its location in the document. Costs nothing until it is written.

use super::tally::Obstacle;
use crate::value::path::{Hit, JsonPath, append_index, append_key};
use serde_json::Value;

/// What is judged: a value, nothing, or what a path found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'v> {
    Missing,
    Value(&'v Value),
    /// What a path found, which is not a value of the document.
    Hits(&'v [Hit<'v>]),
    /// Something is there that could not be read.
    Unread(&'v Unread<'v>),
}

/// Why something that is there could not be read.
#[derive(Clone, Copy, Debug)]
pub struct Unread<'v> {
    /// What keeps it from being read: its sender, or feedproof.
    pub cause: Obstacle,
    /// The same as a phrase: `not JSON: expected a value at line 1 column 1`.
    pub why: &'v str,
}

/// The elements of a subject that is an array.
#[derive(Clone, Copy, Debug)]
pub(super) enum Items<'v> {
    Array(&'v [Value]),
    Hits(&'v [Hit<'v>]),
}

/// A location in the judged document, as a chain back to its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// The name of the whole document; may be empty.
    Root(&'p str),
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
    Path(&'p Place<'p>, &'p JsonPath),
    Hit(&'p Place<'p>, &'p Hit<'p>),
    /// Something computed from the value there, for example its length.
    Derived(&'p Place<'p>, &'p str),
}

impl<'v> From<Option<&'v Value>> for Subject<'v> {
    fn from(value: Option<&'v Value>) -> Self {
        value.map_or(Self::Missing, Self::Value)
    }
}

impl<'v> Subject<'v> {
    /// Returns the value, if it is one of the document.
    pub(super) fn value(self) -> Option<&'v Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Hits(_) | Self::Unread(_) => None,
        }
    }

    /// Returns the string, if it is one of the document.
    pub(super) fn string(self) -> Option<&'v str> {
        self.value().and_then(Value::as_str)
    }

    /// Returns the elements, if it is an array.
    pub(super) fn items(self) -> Option<Items<'v>> {
        match self {
            Self::Value(Value::Array(items)) => Some(Items::Array(items)),
            Self::Hits(hits) => Some(Items::Hits(hits)),
            Self::Value(_) | Self::Missing | Self::Unread(_) => None,
        }
    }
}

impl<'v> Items<'v> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Array(items) => items.len(),
            Self::Hits(hits) => hits.len(),
        }
    }

    /// Returns the elements in their order.
    pub(super) fn iter(self) -> impl Iterator<Item = &'v Value> + Clone {
        (0..self.len()).map(move |at| self.get(at))
    }

    /// Returns an element; `at` must be below the length.
    pub(super) fn get(self, at: usize) -> &'v Value {
        match self {
            Self::Array(items) => &items[at],
            Self::Hits(hits) => hits[at].value,
        }
    }

    /// Returns where an element stands, `place` being that of the array.
    pub(super) fn place<'p>(self, at: usize, place: &'p Place<'p>) -> Place<'p>
    where
        'v: 'p,
    {
        match (self, place) {
            (Self::Hits(hits), Place::Path(document, _)) => Place::Hit(document, &hits[at]),
            (Self::Hits(_) | Self::Array(_), place) => Place::Index(place, at),
        }
    }
}

impl Place<'_> {
    /// Writes the location, for example `body.data[1].id`; `$` for a document without a name.
    pub(super) fn location(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        if out.is_empty() { "$".to_owned() } else { out }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Root(name) => out.push_str(name),
            Self::Key(place, key) => {
                place.write(out);
                append_key(out, key);
            }
            Self::Index(place, index) => {
                place.write(out);
                append_index(out, *index);
            }
            Self::Hit(document, hit) => {
                document.write(out);
                hit.append_to(out);
            }
            Self::Path(document, path) => {
                document.write(out);
                let way = path.text().trim_start_matches('$');
                match (path.is_singular(), out.is_empty()) {
                    (true, true) => out.push_str(way.trim_start_matches('.')),
                    (true, false) => out.push_str(way),
                    (false, true) => out.push_str(path.text()),
                    (false, false) => {
                        out.push(' ');
                        out.push_str(path.text());
                    }
                }
            }
            Self::Derived(place, what) => {
                out.push_str(&place.location());
                out.push_str(&format!(" ({what})"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;
    use crate::value::path::Found;
    use serde_json::json;

    fn path(text: &str) -> JsonPath {
        JsonPath::compile(text, &Span::outside("x"), &mut Vec::new()).unwrap()
    }

    #[test]
    fn locations_read_like_the_document() {
        let root = Place::Root("body");
        let data = Place::Key(&root, "data");
        let second = Place::Index(&data, 1);
        assert_eq!(Place::Key(&second, "id").location(), "body.data[1].id");
        assert_eq!(Place::Key(&data, "a b").location(), "body.data[\"a b\"]");
        assert_eq!(
            Place::Derived(&data, "length").location(),
            "body.data (length)"
        );
        let nameless = Place::Root("");
        assert_eq!(nameless.location(), "$");
        assert_eq!(Place::Key(&nameless, "a").location(), "a");
        assert_eq!(Place::Index(&nameless, 0).location(), "[0]");
    }

    #[test]
    fn paths_have_locations_and_their_hits_better_ones() {
        let (named, nameless) = (Place::Root("body"), Place::Root(""));
        let (single, many) = (path("$.a[0]"), path("$..id"));
        assert_eq!(Place::Path(&named, &single).location(), "body.a[0]");
        assert_eq!(Place::Path(&nameless, &single).location(), "a[0]");
        assert_eq!(Place::Path(&named, &many).location(), "body $..id");
        assert_eq!(Place::Path(&nameless, &many).location(), "$..id");
        let document = json!({ "a": [{ "id": 1 }] });
        let Found::Many(hits) = many.query(&document) else {
            panic!("not a list");
        };
        let items = Subject::Hits(&hits).items().unwrap();
        assert_eq!(
            items.place(0, &Place::Path(&named, &many)).location(),
            "body.a[0].id"
        );
    }
}
