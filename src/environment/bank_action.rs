//! Bank actions: how an environment triggers them. Their names and arguments are part of the plan language.

use std::path::PathBuf;

use crate::environment::Reference;
use plan_language::value::Template;

/// How a bank action is triggered. Its templates refer to the arguments of the step, given in `with:`.
#[derive(Clone, Debug, PartialEq)]
pub enum BankAction {
    /// An HTTP call with a JSON body.
    Http(HttpAction),
    /// A program.
    Command(CommandAction),
    /// A request to a person.
    Person(Template),
}

/// An HTTP call that triggers a bank action.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAction {
    /// Method, upper case.
    pub method: String,
    /// An absolute URL, or a path below the reference provider.
    pub url: String,
    /// Headers beside `content-type`, in order; names in lower case.
    pub headers: Vec<(String, Reference)>,
    /// The fields of the body; unset for all arguments of the step, unchanged.
    ///
    /// A field that is exactly one reference is left out if the step does not give that argument.
    pub body: Option<Vec<(String, Template)>>,
}

/// A program that triggers a bank action.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandAction {
    /// The program and its arguments; never empty. An argument whose value is an array becomes several arguments.
    pub words: Vec<Template>,
    /// The folder in which it runs, relative to where feedproof runs.
    pub folder: PathBuf,
}

impl BankAction {
    /// Lists the arguments that the bank action uses, in order, each once.
    pub fn names(&self) -> Vec<&str> {
        let templates: Vec<&Template> = match self {
            Self::Http(call) => call
                .body
                .iter()
                .flatten()
                .map(|(_, template)| template)
                .collect(),
            Self::Command(command) => command.words.iter().collect(),
            Self::Person(text) => vec![text],
        };
        let mut names = Vec::new();
        for reference in templates.into_iter().flat_map(Template::references) {
            if !names.contains(&reference.name.as_str()) {
                names.push(reference.name.as_str());
            }
        }
        names
    }
}
