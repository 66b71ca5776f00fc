//! Bank actions: how an environment brings about what plans ask of a bank.

use std::path::PathBuf;

use crate::environment::Reference;
use plan_language::value::Template;

/// How a bank action is pulled. Its templates know the names that the step gives in `with:`.
#[derive(Clone, Debug, PartialEq)]
pub enum BankAction {
    /// A JSON body is sent.
    Http(HttpAction),
    /// A program is run.
    Command(CommandAction),
    /// Somebody is asked to do it.
    Person(Template),
}

/// A bank action that an HTTP call pulls.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAction {
    /// Method, upper case.
    pub method: String,
    /// An absolute URL, or a path below the emulated provider.
    pub url: String,
    /// Headers beside `content-type`, in order; names in lower case.
    pub headers: Vec<(String, Reference)>,
    /// Fields of the body; unset for all that the step gives, as it gives it.
    ///
    /// A field that is exactly one reference is left out where the step gives no such name.
    pub body: Option<Vec<(String, Template)>>,
}

/// A bank action that a program pulls.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandAction {
    /// The program and its arguments; never empty. An argument that is a list stands for several.
    pub words: Vec<Template>,
    /// The folder in which it runs, relative to where feedproof runs.
    pub folder: PathBuf,
}

impl BankAction {
    /// Lists the names that the bank action wants of a step, in order, each once.
    pub fn names(&self) -> Vec<&str> {
        let templates: Vec<&Template> = match self {
            Self::Http(bank_action) => bank_action
                .body
                .iter()
                .flatten()
                .map(|(_, template)| template)
                .collect(),
            Self::Command(bank_action) => bank_action.words.iter().collect(),
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
