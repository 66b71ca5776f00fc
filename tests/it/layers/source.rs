//! Reads the modules of a crate and the paths that each of them names.
//!
//! A scanner, not a parser: it knows comments, strings, `use` trees, `self`/`super`/`crate` and re-exports. It leaves
//! out what is compiled for unit tests only. A path that a macro puts together stays unseen; there is none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A path within a crate: the names of modules and, at its end, of an item.
pub type Names = Vec<String>;

/// One word, sign or `::` of a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
    Colons,
}

impl Token {
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Sign(_) | Self::Colons => None,
        }
    }
}

/// A leaf of a `use` tree.
#[derive(Clone, Debug)]
pub struct Import {
    /// The path as it is written; `*` is its last name for a glob.
    path: Names,
    /// The name under which it is known in the module.
    name: String,
    /// Whether other modules see it there.
    public: bool,
}

/// What one source file names.
#[derive(Debug, Default)]
pub struct Module {
    /// The file, below the folder of sources.
    pub file: PathBuf,
    /// Its modules, as far as they are no unit tests.
    children: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths of two or more names outside `use`.
    paths: BTreeSet<Names>,
    /// Single names outside `use`.
    words: BTreeSet<String>,
    /// Names of the items at its top.
    items: BTreeSet<String>,
}

/// The modules of a crate, by their paths; the root has the empty one.
#[derive(Debug, Default)]
pub struct Crate {
    modules: BTreeMap<Names, Module>,
}

impl Crate {
    /// Reads the sources below a folder that holds a `lib.rs`.
    pub fn read(src: &Path) -> Self {
        let mut found = Self::default();
        found.read_module(src, PathBuf::from("lib.rs"), Vec::new());
        found
    }

    fn read_module(&mut self, src: &Path, file: PathBuf, path: Names) {
        let text = std::fs::read_to_string(src.join(&file))
            .unwrap_or_else(|error| panic!("{}: {error}", src.join(&file).display()));
        let module = scan(&text, file.clone());
        for child in &module.children {
            let mut below = path.clone();
            below.push(child.clone());
            let flat: PathBuf = below.iter().collect::<PathBuf>().with_extension("rs");
            let deep = below.iter().collect::<PathBuf>().join("mod.rs");
            let file = if src.join(&flat).is_file() {
                flat
            } else {
                deep
            };
            self.read_module(src, file, below);
        }
        self.modules.insert(path, module);
    }

    /// Lists the modules.
    pub fn modules(&self) -> impl Iterator<Item = (&Names, &Module)> {
        self.modules.iter()
    }

    /// Lists the paths that a module names, as paths from the root of the crate; those of other crates are left out.
    pub fn named(&self, module: &Names) -> BTreeSet<Names> {
        let source = &self.modules[module];
        let imports = source.imports.iter().map(|import| &import.path);
        imports
            .chain(&source.paths)
            .filter_map(|path| self.absolute(module, path))
            .collect()
    }

    /// Lists the modules whose items a module uses, re-exports followed to where an item is defined.
    ///
    /// A re-export alone uses nothing: it says under which name others find the item.
    pub fn used(&self, module: &Names) -> BTreeSet<Names> {
        let source = &self.modules[module];
        let imports = source.imports.iter().filter(|import| {
            !import.public || source.words.contains(&import.name) || import.name == "*"
        });
        let paths = imports.map(|import| &import.path).chain(&source.paths);
        let mut used: BTreeSet<_> = paths
            .filter_map(|path| self.home(module, path, 0))
            .collect();
        used.remove(module);
        used
    }

    /// Turns a path as a module writes it into one from the root of the crate.
    fn absolute(&self, module: &Names, path: &[String]) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        let source = self.modules.get(module)?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module.split_last()?.1.to_vec(),
            child if source.children.contains(child) => {
                let mut base = module.clone();
                base.push(child.to_owned());
                base
            }
            name => {
                let import = source.import(name)?;
                if import.path == path[..1] {
                    return None;
                }
                self.absolute(module, &import.path)?
            }
        };
        let mut rest = rest;
        while let Some((name, after)) = rest.split_first()
            && name == "super"
        {
            base.pop();
            rest = after;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// Finds the module that defines what a path names.
    fn home(&self, module: &Names, path: &[String], depth: usize) -> Option<Names> {
        assert!(depth < 32, "re-exports lead in a circle at {path:?}");
        let absolute = self.absolute(module, path)?;
        let mut at: Names = Vec::new();
        for (index, name) in absolute.iter().enumerate() {
            let source = &self.modules[&at];
            if source.children.contains(name) {
                at.push(name.clone());
                continue;
            }
            if let Some(import) = source.import(name) {
                let mut on = import.path.clone();
                on.extend(absolute[index + 1..].iter().cloned());
                return self.home(&at, &on, depth + 1);
            }
            if !source.items.contains(name) {
                let globs = source.imports.iter().filter(|import| import.name == "*");
                for glob in globs {
                    let target = self.absolute(&at, &glob.path[..glob.path.len() - 1]);
                    if let Some(target) = target.filter(|target| {
                        self.modules
                            .get(target)
                            .is_some_and(|module| module.items.contains(name))
                    }) {
                        return Some(target);
                    }
                }
            }
            break;
        }
        Some(at)
    }
}

impl Module {
    fn import(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name == name)
    }
}

/// Reads one source text.
fn scan(text: &str, file: PathBuf) -> Module {
    let tokens = without_tests(&tokens(text));
    let mut module = Module {
        file,
        ..Module::default()
    };
    let mut at = 0;
    let mut depth = 0_usize;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth -= 1,
            Token::Word(word) if word == "use" => {
                let public = at > 0 && tokens[at - 1] != Token::Sign(';') && is_public(&tokens, at);
                at = use_tree(&tokens, at + 1, &Vec::new(), public, &mut module.imports);
                continue;
            }
            Token::Word(word) => {
                if let Some(name) = tokens.get(at + 1).and_then(Token::word)
                    && depth == 0
                    && is_item(word)
                {
                    if word == "mod" && tokens.get(at + 2) == Some(&Token::Sign(';')) {
                        module.children.insert(name.to_owned());
                    }
                    module.items.insert(name.to_owned());
                    at += 2;
                    continue;
                }
                let follows = at > 0 && matches!(tokens[at - 1], Token::Colons | Token::Sign('.'));
                if !follows {
                    let path = path_at(&tokens, at);
                    at += path.len() * 2 - 1;
                    if path.len() > 1 {
                        module.paths.insert(path);
                    } else {
                        module.words.extend(path);
                    }
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    module
}

fn is_item(word: &str) -> bool {
    matches!(
        word,
        "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" | "mod"
    )
}

/// Tells whether the `use` at a position is behind a `pub`, with or without a restriction.
fn is_public(tokens: &[Token], at: usize) -> bool {
    let before = &tokens[..at];
    match before.last() {
        Some(Token::Word(word)) => word == "pub",
        Some(Token::Sign(')')) => {
            let open = before
                .iter()
                .rposition(|token| *token == Token::Sign('('))
                .unwrap_or_default();
            open > 0 && before[open - 1].word() == Some("pub")
        }
        _ => false,
    }
}

/// Reads the path that begins at a position.
fn path_at(tokens: &[Token], at: usize) -> Names {
    let mut path: Names = tokens[at].word().map(str::to_owned).into_iter().collect();
    let mut next = at + 1;
    while tokens.get(next) == Some(&Token::Colons)
        && let Some(word) = tokens.get(next + 1).and_then(Token::word)
    {
        path.push(word.to_owned());
        next += 2;
    }
    path
}

/// Reads a `use` tree behind `prefix`, and returns the position behind it.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &Names,
    public: bool,
    imports: &mut Vec<Import>,
) -> usize {
    let mut path = prefix.clone();
    let mut name = None;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Word(word) if word == "as" => {
                name = tokens[at + 1].word().map(str::to_owned);
                at += 1;
            }
            Token::Word(word) => path.push(word.clone()),
            Token::Sign('*') => path.push("*".to_owned()),
            Token::Sign('{') => {
                at += 1;
                while tokens[at] != Token::Sign('}') {
                    at = use_tree(tokens, at, &path, public, imports);
                    if tokens[at] == Token::Sign(',') {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Token::Colons => {}
            Token::Sign(_) => break,
        }
        at += 1;
    }
    if path.len() > prefix.len() {
        // `use a::{self}` names the module itself.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
        imports.push(Import { path, name, public });
    }
    at
}

/// Leaves out each item, field and module that is compiled for unit tests only.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let end = attribute_end(tokens, at);
        if let Some(end) = end
            && is_test_only(&tokens[at..end])
        {
            at = item_end(tokens, end);
        } else if let Some(end) = end {
            at = end;
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns the position behind the attribute that begins at a position.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let open = match (tokens.get(at)?, tokens.get(at + 1)?) {
        (Token::Sign('#'), Token::Sign('[')) => at + 1,
        (Token::Sign('#'), Token::Sign('!')) if tokens.get(at + 2) == Some(&Token::Sign('[')) => {
            at + 2
        }
        _ => return None,
    };
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('[') => depth += 1,
            Token::Sign(']') if depth == 1 => return Some(index + 1),
            Token::Sign(']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn is_test_only(attribute: &[Token]) -> bool {
    let words: Vec<_> = attribute.iter().filter_map(Token::word).collect();
    words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
}

/// Returns the position behind the item or field that begins at a position, its other attributes included.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while let Some(end) = attribute_end(tokens, at) {
        at = end;
    }
    let words = tokens[at..].iter().map_while(Token::word);
    let is_item = words
        .take(4)
        .any(|word| is_item(word) || matches!(word, "use" | "impl"));
    // `pub(super) fn` is an item, too.
    let is_item = is_item || tokens.get(at + 1) == Some(&Token::Sign('('));
    let ends_at_brace = !tokens[at..]
        .iter()
        .map_while(Token::word)
        .any(|word| matches!(word, "use" | "const" | "static"));
    let mut depth = 0_usize;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Sign('{' | '(' | '[') => depth += 1,
            // The end of what holds a last field.
            Token::Sign('}' | ')' | ']') if depth == 0 => return at,
            Token::Sign('}') if depth == 1 && is_item && ends_at_brace => return at + 1,
            Token::Sign('}' | ')' | ']') => depth -= 1,
            Token::Sign(';') if depth == 0 => return at + 1,
            Token::Sign(',') if depth == 0 && !is_item => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Splits a source text; comments, literals and lifetimes are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = after_block_comment(rest);
        } else if let Some(after) = after_string(rest) {
            rest = after;
        } else if first == '\'' {
            rest = after_quote(rest);
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|sign: char| !sign.is_alphanumeric() && sign != '_')
                .unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|sign: char| !sign.is_alphanumeric() && sign != '_')
                .unwrap_or(rest.len());
            rest = &rest[end..];
        } else if let Some(after) = rest.strip_prefix("::") {
            found.push(Token::Colons);
            rest = after;
        } else {
            if !first.is_whitespace() {
                found.push(Token::Sign(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

fn after_block_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    &text[at..]
}

/// Returns what is behind a string literal of any kind; `None` where none begins.
fn after_string(text: &str) -> Option<&str> {
    let body = text.trim_start_matches(['b', 'c']);
    if text.len() - body.len() > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let quoted = raw.trim_start_matches('#');
        let end = format!("\"{}", &raw[..raw.len() - quoted.len()]);
        let inner = quoted.strip_prefix('"')?;
        return Some(inner.split_once(&end).map_or("", |(_, after)| after));
    }
    let inner = body.strip_prefix('"')?;
    let mut escaped = false;
    for (at, sign) in inner.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&inner[at + 1..]),
            _ => {}
        }
    }
    Some("")
}

/// Returns what is behind a character literal or a lifetime.
fn after_quote(text: &str) -> &str {
    let inner = &text[1..];
    if let Some(escape) = inner.strip_prefix('\\') {
        let close = escape
            .char_indices()
            .skip(1)
            .find(|(_, sign)| *sign == '\'');
        return close.map_or("", |(at, _)| &escape[at + 1..]);
    }
    let mut signs = inner.char_indices().skip(1);
    match signs.next() {
        Some((at, '\'')) => &inner[at + 1..],
        // A lifetime: its name is no path.
        _ => {
            let end = inner
                .find(|sign: char| !sign.is_alphanumeric() && sign != '_')
                .unwrap_or(inner.len());
            &inner[end..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&[&str], &str)]) -> Crate {
        let owned = |path: &[&str]| {
            path.iter()
                .map(|name| (*name).to_owned())
                .collect::<Names>()
        };
        let modules = files
            .iter()
            .map(|(path, text)| (owned(path), scan(text, path.join("/").into())))
            .collect();
        Crate { modules }
    }

    fn joined(paths: BTreeSet<Names>) -> Vec<String> {
        paths.iter().map(|path| path.join("::")).collect()
    }

    fn names(text: &str) -> Vec<String> {
        let found = crate_of(&[
            (&[], "mod here;"),
            (&["here"], "mod below; mod tests_of_others;"),
            (&["here", "below"], text),
        ]);
        joined(found.named(&vec!["here".to_owned(), "below".to_owned()]))
    }

    #[test]
    fn a_path_is_found_in_every_form() {
        for (text, expected) in [
            ("use crate::plan::Plan;", "plan::Plan"),
            (
                "use crate::{a::{b::{self, C}, D}, e};",
                "a::D a::b a::b::C e",
            ),
            ("use super::Sibling as Other;", "here::Sibling"),
            ("use super::super::Top;", "Top"),
            ("fn f() { crate::judge::weigh(); }", "judge::weigh"),
            (
                "fn f() -> super::other::Thing<crate::a::B> { }",
                "a::B here::other::Thing",
            ),
            (
                "use crate::journal; fn f() { journal::read() }",
                "journal journal::read",
            ),
            (
                "impl crate::tests::support::Fixture {}",
                "tests::support::Fixture",
            ),
            ("use std::path::Path; fn f(p: Path) { Path::new(p) }", ""),
        ] {
            assert_eq!(names(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn comments_strings_and_tests_name_nothing() {
        for text in [
            "// crate::report\n/* crate::a /* crate::b */ crate::c */",
            "const A: &str = \"crate::a \\\" crate::b\"; const B: &str = r#\"crate::a \" crate::b\"#;",
            "const A: char = '\"'; const B: char = '\\''; // crate::a '\"'",
            "#[cfg(test)]\nmod tests { use crate::cli; fn f() { } }",
            "#[cfg(all(test, unix))]\nfn f(a: [u8; 3]) { crate::a::b() }",
            "#[cfg(test)]\nuse crate::{a, b};\n#[cfg(test)] #[path = \"x.rs\"] mod tests;",
            "struct A { #[cfg(test)] a: crate::a::B, }",
        ] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
        let kept = "#[cfg(test)]\nuse crate::{a, b};\nuse crate::c;\nstruct A<'a> { #[cfg(test)] a: B, d: crate::d::E<'a> }";
        assert_eq!(names(kept), ["c", "d::E"]);
    }

    #[test]
    fn a_re_export_leads_to_where_the_item_is_defined() {
        let found = crate_of(&[
            (&[], "pub mod judge; pub mod tap;"),
            (
                &["judge"],
                "mod check; mod explain; pub use check::{Check, deep::*}; pub use explain::explain;",
            ),
            (&["judge", "check"], "pub mod deep; pub struct Check;"),
            (&["judge", "check", "deep"], "pub enum Depth {}"),
            (
                &["judge", "explain"],
                "use super::Check; pub fn explain(at: crate::judge::Depth) {}",
            ),
            (&["tap"], "use crate::judge; fn f() { judge::explain() }"),
        ]);
        let used = |path: &[&str]| {
            let path: Names = path.iter().map(|name| (*name).to_owned()).collect();
            joined(found.used(&path))
        };
        assert_eq!(
            used(&["judge", "explain"]),
            ["judge::check", "judge::check::deep"]
        );
        assert_eq!(used(&["tap"]), ["judge", "judge::explain"]);
        // The glob may stand for anything; the names that it is not used for name no arrow.
        assert_eq!(used(&["judge"]), ["judge::check::deep"]);
    }
}
