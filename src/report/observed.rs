//! How the live participants showed themselves in their messages, apart from what the environment calls them.

use std::collections::BTreeSet;

use crate::journal::{Fact, Message};
use crate::number::first_names;
use crate::record::Record;
use plan_language::participant::Author;

/// The headers in which software names itself: of responses, and of requests.
const NAMING: [&str; 4] = ["server", "x-powered-by", "via", "user-agent"];

/// Lists the names that live participants gave themselves in headers: `server: nginx; user-agent: acme/1.4`.
///
/// It is `None` where no participant is live.
pub(super) fn observed(record: &Record) -> Option<String> {
    let mut lived = false;
    let mut names = [(); NAMING.len()].map(|()| BTreeSet::new());
    let mut look = |message: &Message| {
        lived = true;
        for (name, values) in NAMING.iter().zip(&mut names) {
            values.extend(message.header_values(name).map(str::to_owned));
        }
    };
    for event in &record.events {
        match &event.fact {
            Fact::Request {
                author: Author::Live,
                message,
                ..
            }
            | Fact::Answer {
                author: Author::Live,
                message,
                ..
            } => look(message),
            _ => {}
        }
    }
    let told = NAMING.iter().zip(names).filter_map(|(name, values)| {
        let values: Vec<_> = values.into_iter().collect();
        (!values.is_empty()).then(|| format!("{name}: {}", first_names(&values)))
    });
    let told: Vec<_> = told.collect();
    if lived && told.is_empty() {
        return Some("no header names its software".to_owned());
    }
    lived.then(|| told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::Made;
    use plan_language::participant::{Address, Participant};

    fn sent(author: Author, headers: &[(&str, &str)]) -> Fact {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Fact::Request {
            exchange: 1,
            step: None,
            from: Participant::Provider,
            to: Address::of(Participant::Service),
            author,
            message: Message {
                headers: headers.collect(),
                ..Message::default()
            },
        }
    }

    #[test]
    fn only_what_live_participants_say_is_observed_once_each() {
        let agent = ("user-agent", "acme/1.4");
        let record = Made::default()
            .event(sent(Author::Live, &[agent, ("accept", "*/*")]))
            .event(sent(Author::Live, &[agent, ("via", "1.1 proxy")]))
            .event(sent(Author::Emulated, &[("server", "emulated")]))
            .record();
        let observed = observed(&record);
        assert_eq!(
            observed.as_deref(),
            Some("via: 1.1 proxy; user-agent: acme/1.4")
        );
    }

    #[test]
    fn a_silent_subject_is_told_from_none() {
        let observed = |author| observed(&Made::default().event(sent(author, &[])).record());
        assert_eq!(observed(Author::Runner), None);
        let silent = observed(Author::Live);
        assert_eq!(silent.as_deref(), Some("no header names its software"));
    }
}
