//! Routes: from a path to the resource it names, and the methods that it allows.
//!
//! Hand-written, because `axum` cannot match paths without regard to case, which the Consumer API needs (its published
//! callers differ), and because a rehearsal makes a Service for every case, in microseconds. The effect of a route is
//! left to the handlers.

use axum::http::Method;

/// A resource that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Sage ID: issues tokens.
    Token,
    /// Sage ID: the discovery document.
    Discovery,
    /// Sage ID: the public keys.
    KeySet,
    /// Consumer API C1.
    Organisations,
    /// Consumer API C2.
    AccessToken,
    /// Consumer API C3, with the bank's id.
    Bank(String),
    /// Consumer API C4.
    LinkAccount(CompanyPath),
    /// Consumer API C5, with the token of the poll route.
    Poll(String),
    /// Consumer API C6 and C8.
    Accounts(CompanyPath),
    /// Consumer API C7 and C9, with the account's id.
    Account(CompanyPath, String),
    /// Consumer API C13, with the account's id.
    Transactions(CompanyPath, String),
    /// Consumer API C10.
    AvailableAccounts(CompanyPath),
    /// Consumer API C11.
    LinkAvailable(CompanyPath),
    /// Consumer API C12, with the account's id.
    Reauthorise(CompanyPath, String),
    /// Provider API: the result of an authorisation, with its id.
    Authorisation(String),
    /// Provider API: a new statement.
    Statements,
    /// Provider API: the progress of a statement, with its id.
    Statement(String),
    /// Provider API: an account by the provider's own id.
    AccountQueries,
    /// Provider API: registration of banks.
    Banks,
    /// Provider API: the provider reports that it could not fetch its data.
    Sync,
    /// User interface: the start of an authorisation, with its id.
    UiAuthorisation(String),
    /// User interface: where the provider sends the browser back to.
    UiReturn,
    /// User interface: the customer's choice of an account.
    UiChoice,
}

/// The organisation and company that a path names, as written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CompanyPath {
    /// Organisation's id.
    pub(super) organisation: String,
    /// Company's id.
    pub(super) company: String,
}

impl Route {
    /// Finds the route of `path`; percent-encoding and one slash at its end make no difference.
    pub(super) fn find(path: &str) -> Option<Self> {
        let segments = http_message::segments(path)?;
        let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
        match segments.as_slice() {
            ["sageid", rest @ ..] => match rest {
                ["oauth", "token"] => Some(Self::Token),
                [".well-known", "openid-configuration"] => Some(Self::Discovery),
                [".well-known", "jwks.json"] => Some(Self::KeySet),
                _ => None,
            },
            ["v1", rest @ ..] => match rest {
                ["authorisations", id] => Some(Self::Authorisation((*id).to_owned())),
                ["statements"] => Some(Self::Statements),
                ["statements", id] => Some(Self::Statement((*id).to_owned())),
                ["accountqueries"] => Some(Self::AccountQueries),
                ["banks"] => Some(Self::Banks),
                ["sync"] => Some(Self::Sync),
                _ => None,
            },
            // The one page that names it shows no version.
            ["sync"] => Some(Self::Sync),
            ["ui", rest @ ..] => match rest {
                ["authorisations", id] => Some(Self::UiAuthorisation((*id).to_owned())),
                ["return"] => Some(Self::UiReturn),
                ["choice"] => Some(Self::UiChoice),
                _ => None,
            },
            [api, version, rest @ ..] if is(api, "api") && is(version, "v1") => consumer(rest),
            _ => None,
        }
    }

    /// The methods allowed here, as an `Allow` header lists them.
    pub(super) const fn allowed(&self) -> &'static str {
        match self {
            Self::Token
            | Self::Organisations
            | Self::Statements
            | Self::AccountQueries
            | Self::Banks
            | Self::Sync
            | Self::LinkAvailable(_)
            | Self::UiChoice => "POST",
            Self::Discovery
            | Self::KeySet
            | Self::Bank(_)
            | Self::LinkAccount(_)
            | Self::Poll(_)
            | Self::Transactions(..)
            | Self::AvailableAccounts(_)
            | Self::Reauthorise(..)
            | Self::Statement(_)
            | Self::UiAuthorisation(_)
            | Self::UiReturn => "GET",
            Self::AccessToken | Self::Accounts(_) => "GET, POST",
            Self::Account(..) => "GET, DELETE",
            Self::Authorisation(_) => "PATCH",
        }
    }

    /// Says whether `method` may be used here.
    pub(super) fn allows(&self, method: &Method) -> bool {
        self.allowed()
            .split(", ")
            .any(|allowed| allowed == method.as_str())
    }
}

fn consumer(segments: &[&str]) -> Option<Route> {
    match segments {
        [word] if is(word, "organisations") => Some(Route::Organisations),
        [word] if is(word, "accesstoken") => Some(Route::AccessToken),
        [word, id] if is(word, "banks") => Some(Route::Bank((*id).to_owned())),
        [word, token] if is(word, "poll") => Some(Route::Poll((*token).to_owned())),
        [first, organisation, second, company, rest @ ..]
            if is(first, "organisations") && is(second, "companies") =>
        {
            let company = CompanyPath {
                organisation: (*organisation).to_owned(),
                company: (*company).to_owned(),
            };
            match rest {
                [word] if is(word, "indirectlinkaccount") => Some(Route::LinkAccount(company)),
                [word] if is(word, "bankaccounts") => Some(Route::Accounts(company)),
                [word, id] if is(word, "bankaccounts") => {
                    Some(Route::Account(company, (*id).to_owned()))
                }
                [word, id, last] if is(word, "bankaccounts") && is(last, "transactions") => {
                    Some(Route::Transactions(company, (*id).to_owned()))
                }
                [word, id, last] if is(word, "bankaccounts") && is(last, "indirectauth") => {
                    Some(Route::Reauthorise(company, (*id).to_owned()))
                }
                [word] if is(word, "availablebankaccounts") => {
                    Some(Route::AvailableAccounts(company))
                }
                [word] if is(word, "linkavailablebankaccount") => {
                    Some(Route::LinkAvailable(company))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is(segment: &str, word: &str) -> bool {
    segment.eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumer_paths_are_read_whatever_their_case() {
        for path in [
            "/api/v1/accesstoken",
            "/api/v1/accessToken",
            "/API/v1/AccessToken",
        ] {
            assert_eq!(Route::find(path), Some(Route::AccessToken), "{path}");
        }
        let company = CompanyPath {
            organisation: "O".to_owned(),
            company: "c".to_owned(),
        };
        assert_eq!(
            Route::find("/api/v1/Organisations/O/Companies/c/BankAccounts/Id"),
            Some(Route::Account(company, "Id".to_owned()))
        );
    }

    #[test]
    fn a_failed_sync_is_reported_with_and_without_a_version() {
        assert_eq!(Route::find("/sync"), Some(Route::Sync));
        assert_eq!(Route::find("/v1/sync"), Some(Route::Sync));
        assert!(!Route::Sync.allows(&Method::GET));
    }

    #[test]
    fn paths_beside_a_route_name_nothing() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/statements//",
            "/v1/statements/a/b",
            "/v1/./statements",
            "/v1/statements%2Fa",
            "/Sync",
            "/v2/sync",
            "/V1/statements",
            "/sageid/oauth",
            "//v1/banks",
            "/api/v1/organisations/o/companies/c",
            "/ui/authorisations",
        ] {
            // An empty last segment is an id that matches nothing; it must not name the collection.
            let route = Route::find(path);
            assert!(
                matches!(&route, None | Some(Route::Statement(_))),
                "{path}: {route:?}"
            );
        }
    }

    #[test]
    fn spellings_of_a_path_name_the_same_route() {
        for path in ["/v1/statements", "/v1/statements/", "/%761/%73tatements"] {
            assert_eq!(Route::find(path), Some(Route::Statements), "{path}");
        }
        assert_eq!(
            Route::find("/v1/statements/a%2Fb/"),
            Some(Route::Statement("a/b".to_owned()))
        );
    }

    #[test]
    fn only_listed_methods_are_allowed() {
        assert!(Route::AccessToken.allows(&Method::GET));
        assert!(Route::AccessToken.allows(&Method::POST));
        assert!(!Route::AccessToken.allows(&Method::DELETE));
        assert!(!Route::Statements.allows(&Method::GET));
        assert!(!Route::UiReturn.allows(&Method::HEAD));
    }
}
