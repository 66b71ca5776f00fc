//! Which members a JSONPath names, its filters included. Reads the text of a well-formed path; selects nothing.

/// One step from a value into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// The member of an object.
    Key(String),
    /// Elements of an array, or members of an object: one, some or all.
    Every,
    /// The member of this name at any depth.
    Below(String),
    /// Any value at any depth.
    AnyBelow,
}

/// The members that a path names.
#[derive(Debug, PartialEq, Eq)]
pub struct PathOutline {
    /// The way to what the path finds.
    pub steps: Vec<PathStep>,
    /// The ways to what its filters compare.
    filters: Vec<Vec<PathStep>>,
}

impl PathOutline {
    /// Reads a path; `None` if it holds what has no outline, such as several names in one bracket.
    pub(super) fn of(path: &str) -> Option<Self> {
        let mut outline = Self {
            steps: Vec::new(),
            filters: Vec::new(),
        };
        let rest = outline.segments(path.strip_prefix('$')?)?;
        rest.trim().is_empty().then_some(outline)
    }

    /// Returns the way to what the path finds, and those to what its filters compare.
    pub fn ways(&self) -> impl Iterator<Item = &Vec<PathStep>> {
        self.filters.iter().chain([&self.steps])
    }

    /// Reads segments, and returns what follows them.
    fn segments<'t>(&mut self, mut rest: &'t str) -> Option<&'t str> {
        loop {
            let is_below = rest.starts_with("..");
            let after = rest.strip_prefix("..").unwrap_or(rest);
            if let Some(bracket) = after.strip_prefix('[') {
                rest = self.bracket(bracket, is_below)?;
                continue;
            }
            let Some(name) = (if is_below {
                Some(after)
            } else {
                rest.strip_prefix('.')
            }) else {
                return Some(rest);
            };
            let end = name
                .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                .unwrap_or(name.len());
            match (name.strip_prefix('*'), end) {
                (Some(after), _) => {
                    self.steps.push(every(is_below));
                    rest = after;
                }
                (None, 0) => return None,
                (None, end) => {
                    self.steps.push(member(&name[..end], is_below));
                    rest = &name[end..];
                }
            }
        }
    }

    /// Reads what stands behind a bracket, up to its end.
    fn bracket<'t>(&mut self, text: &'t str, is_below: bool) -> Option<&'t str> {
        let end = closing(text)?;
        let (inside, after) = (text[..end].trim(), &text[end + 1..]);
        if let Some(filter) = inside.strip_prefix('?') {
            self.filter(filter, is_below);
            self.steps.push(every(is_below));
        } else if let Some(name) = quoted(inside) {
            self.steps.push(member(name, is_below));
        } else if inside
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | ':' | '*' | ' '))
        {
            self.steps.push(every(is_below));
        } else {
            return None;
        }
        Some(after)
    }

    /// Notes what a filter compares of each element.
    fn filter(&mut self, filter: &str, is_below: bool) {
        let mut quote = None;
        for (at, letter) in filter.char_indices() {
            match (quote, letter) {
                (Some(begun), _) if begun == letter => quote = None,
                (None, '\'' | '"') => quote = Some(letter),
                (None, '@') => {
                    let mut inner = Self {
                        steps: Vec::new(),
                        filters: Vec::new(),
                    };
                    if inner.segments(&filter[at + 1..]).is_none() || inner.steps.is_empty() {
                        continue;
                    }
                    let mut way = self.steps.clone();
                    // At any depth it is the member that tells what is meant.
                    match (is_below, inner.steps.first()) {
                        (true, Some(PathStep::Key(key))) => {
                            way.push(PathStep::Below(key.clone()));
                            way.extend(inner.steps.into_iter().skip(1));
                        }
                        _ => {
                            way.push(every(is_below));
                            way.extend(inner.steps);
                        }
                    }
                    self.filters.push(way);
                }
                _ => {}
            }
        }
    }
}

fn member(name: &str, is_below: bool) -> PathStep {
    if is_below {
        PathStep::Below(name.to_owned())
    } else {
        PathStep::Key(name.to_owned())
    }
}

fn every(is_below: bool) -> PathStep {
    if is_below {
        PathStep::AnyBelow
    } else {
        PathStep::Every
    }
}

/// Returns the name in quotes, if that is all there is, and it holds no escape.
fn quoted(inside: &str) -> Option<&str> {
    ['\'', '"'].into_iter().find_map(|quote| {
        let name = inside.strip_prefix(quote)?.strip_suffix(quote)?;
        (!name.contains([quote, '\\'])).then_some(name)
    })
}

/// Returns where the bracket ends that began before the text.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(begun), _) if begun == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(path: &str) -> Option<Vec<String>> {
        let shown = |way: &Vec<PathStep>| {
            let steps: Vec<String> = way
                .iter()
                .map(|step| match step {
                    PathStep::Key(key) => key.clone(),
                    PathStep::Every => "*".to_owned(),
                    PathStep::Below(key) => format!("..{key}"),
                    PathStep::AnyBelow => "..*".to_owned(),
                })
                .collect();
            steps.join(" ")
        };
        PathOutline::of(path).map(|outline| outline.ways().map(shown).collect())
    }

    #[test]
    fn names_are_found_in_paths_and_filters() {
        for (path, expected) in [
            ("$", vec![""]),
            ("$.data['a b'][-1].id", vec!["data a b * id"]),
            ("$[*].externalId", vec!["* externalId"]),
            (
                "$.a[?@.b.c == 'x[]' && @['d'] > 0].e",
                vec!["a * b c", "a * d", "a * e"],
            ),
            ("$..[?@.id]", vec!["..id", "..*"]),
            ("$..id", vec!["..id"]),
            ("$.a[0:2].*", vec!["a * *"]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(ways(path), Some(expected), "{path}");
        }
        assert_eq!(ways("$['a','b']"), None);
    }
}
