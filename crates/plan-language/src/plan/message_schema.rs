//! The members of the Banking Service's messages, as far as they are documented, in one table.
//!
//! Where a source lists all members, an object is whole; where it shows some, further members may be there. Messages
//! without an entry are not documented, and nothing is said of them. Which step means which message is left to `members`.

use crate::participant::Callback;
use crate::plan::route::Route;
use crate::source::nearest;
use crate::value::{Kinds, PathStep};

/// What is documented of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// Nothing.
    Any,
    /// A string.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An array of such elements.
    Array(&'static Schema),
    /// An object.
    Object {
        /// Its documented members.
        members: &'static [(&'static str, Schema)],
        /// Whether these are all.
        is_whole: bool,
    },
}

/// Declares an object whose members are all documented.
const fn whole(members: &'static [(&'static str, Schema)]) -> Schema {
    Schema::Object {
        members,
        is_whole: true,
    }
}

/// Declares an object that may have further members.
const fn partly(members: &'static [(&'static str, Schema)]) -> Schema {
    Schema::Object {
        members,
        is_whole: false,
    }
}

/// The documented bodies of a message and its response.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bodies {
    /// Of the request.
    pub(super) request: Option<&'static Schema>,
    /// Of the response.
    pub(super) response: Option<&'static Schema>,
}

/// The result of an authorisation. \[seed\] endpoint page Authorisations.
static AUTHORISATION: Schema = whole(&[(
    "data",
    whole(&[
        ("status", Schema::Text),
        (
            "bankAccounts",
            Schema::Array(&whole(&[
                ("bankAccountExternalId", Schema::Text),
                ("accountName", Schema::Text),
                ("bankIdentifier", Schema::Text),
                ("branchIdentifier", Schema::Text),
                ("accountIdentifier", Schema::Text),
            ])),
        ),
    ]),
)]);

/// A statement. \[bruno\] request 14, \[doc\] endpoint page Statements.
static STATEMENT: Schema = whole(&[(
    "data",
    whole(&[
        ("principalId", Schema::Text),
        ("bankId", Schema::Text),
        ("required", Schema::Any),
        (
            "expected",
            whole(&[
                ("transactionDetailsCount", Schema::Number),
                ("accountDetailsCount", Schema::Number),
                ("transactionCreditSum", Schema::Number),
                ("transactionDebitSum", Schema::Number),
            ]),
        ),
        (
            "accountDetails",
            Schema::Array(&whole(&[
                ("bankAccountId", Schema::Text),
                ("status", Schema::Text),
                (
                    "balances",
                    whole(&[
                        ("ledgerBalance", Schema::Number),
                        ("availableBalance", Schema::Number),
                        ("ledgerBalanceDate", Schema::Text),
                        ("availableBalanceDate", Schema::Text),
                    ]),
                ),
            ])),
        ),
        (
            "transactionDetails",
            Schema::Array(&whole(&[
                ("uniqueId", Schema::Text),
                ("bankAccountId", Schema::Text),
                ("transactionAmount", Schema::Number),
                ("transactionType", Schema::Text),
                ("transactionStatus", Schema::Text),
                ("datePosted", Schema::Text),
                ("dateUserInitiated", Schema::Text),
                ("exchangeCurrency", Schema::Text),
                ("exchangeAmount", Schema::Number),
                ("checkNumber", Schema::Text),
                ("referenceNumber", Schema::Text),
                ("description", Schema::Text),
                ("narrative1", Schema::Text),
                ("narrative2", Schema::Text),
                (
                    "payee",
                    whole(&[
                        ("payeeDescription", Schema::Text),
                        ("address1", Schema::Text),
                        ("address2", Schema::Text),
                        ("address3", Schema::Text),
                        ("city", Schema::Text),
                        ("state", Schema::Text),
                        ("postalCode", Schema::Text),
                        ("country", Schema::Text),
                        ("phoneNumber", Schema::Text),
                        ("payeeBankId", Schema::Text),
                        ("payeeAccountId", Schema::Text),
                    ]),
                ),
                (
                    "coordinates",
                    whole(&[("lat", Schema::Number), ("long", Schema::Number)]),
                ),
                (
                    "category",
                    whole(&[
                        ("topLevelCategory", Schema::Text),
                        ("subCategory", Schema::Text),
                        ("categoryId", Schema::Number),
                        ("standardIndustrialCode", Schema::Any),
                    ]),
                ),
            ])),
        ),
    ]),
)]);

/// The progress of a statement; words and further members are a ruling. \[bruno\] request 14.
static STATEMENT_PROGRESS: Schema = partly(&[(
    "data",
    partly(&[("_id", Schema::Text), ("status", Schema::Text)]),
)]);

/// A query for an account. \[doc\] endpoint page Account queries.
static ACCOUNT_QUERY: Schema = whole(&[(
    "data",
    whole(&[("bankId", Schema::Text), ("externalId", Schema::Text)]),
)]);

/// The account that a query found. \[doc\] endpoint page Account queries.
static ACCOUNT_FOUND: Schema = whole(&[(
    "data",
    whole(&[
        ("bankAccountId", Schema::Text),
        ("status", Schema::Text),
        ("requestedStartDate", Schema::Text),
    ]),
)]);

/// A notification; one of them is documented in part. \[seed\] flow page Offboarding, \[doc\] endpoint page Notification.
static NOTIFICATION: Schema = partly(&[
    ("type", Schema::Text),
    (
        "resource",
        whole(&[
            ("id", Schema::Text),
            ("type", Schema::Text),
            ("url", Schema::Text),
        ]),
    ),
    (
        "additionalData",
        partly(&[
            ("externalId", Schema::Text),
            ("bankId", Schema::Text),
            ("requestedStartDate", Schema::Text),
        ]),
    ),
]);

/// The accounts under an authorisation. \[doc\] endpoint page Available accounts.
static AVAILABLE: Schema = Schema::Array(&whole(&[
    ("accountType", Schema::Text),
    ("accountName", Schema::Text),
    ("externalId", Schema::Text),
    ("bankIdentifier", Schema::Text),
    ("accountIdentifier", Schema::Text),
    ("branchIdentifier", Schema::Text),
]));

/// A request for a token; OAuth allows further members. \[bruno\] request 7.
static TOKEN_REQUEST: Schema = partly(&[
    ("grant_type", Schema::Text),
    ("client_id", Schema::Text),
    ("client_secret", Schema::Text),
    ("audience", Schema::Text),
]);

/// A token. \[bruno\] request 7.
static TOKEN: Schema = partly(&[
    ("access_token", Schema::Text),
    ("token_type", Schema::Text),
    ("expires_in", Schema::Number),
]);

/// A bank. \[bruno\] request 3.
static BANK: Schema = partly(&[
    ("name", Schema::Text),
    ("primaryCountry", Schema::Text),
    ("primaryCountry2CharIso", Schema::Text),
    ("authorisationMechanism", Schema::Text),
    ("accountTypes", Schema::Array(&Schema::Any)),
    ("status", Schema::Text),
    ("authorisationData", Schema::Any),
    (
        "offBoardingMechanism",
        partly(&[("type", Schema::Any), ("instructions", Schema::Any)]),
    ),
    ("supportiframe", Schema::Boolean),
    ("popularBank", Schema::Any),
    ("bankURL", Schema::Any),
    ("flags", partly(&[("oauth", Schema::Any)])),
    ("dataProvider", Schema::Text),
    ("capabilities", partly(&[("manualRefresh", Schema::Any)])),
    ("logo", Schema::Any),
    ("logoSvg", Schema::Any),
    ("icon", Schema::Any),
    ("bankId", Schema::Text),
]);

/// The start of linking or of a re-authorisation. \[bruno\] request 4.
static LINK_STARTED: Schema = partly(&[
    ("redirect", Schema::Text),
    ("pollRoute", Schema::Text),
    ("pollPeriod", Schema::Number),
]);

/// The outcome of linking, or the next poll. \[doc\] Consumer API, onboarding.
static POLL: Schema = partly(&[
    ("pollRoute", Schema::Text),
    ("pollPeriod", Schema::Number),
    (
        "account",
        partly(&[
            ("accountName", Schema::Text),
            ("accountKey", Schema::Text),
            ("accountIdentifier", Schema::Text),
            ("bankIdentifier", Schema::Text),
            ("bankAccountExternalId", Schema::Text),
        ]),
    ),
    ("success", Schema::Boolean),
]);

/// An account of a product. \[bruno\] requests 10 and 12.
static BANK_ACCOUNT: Schema = partly(&[
    ("bankAccountId", Schema::Text),
    ("status", Schema::Text),
    ("lastTransactionId", Schema::Any),
]);

/// An account to be linked. \[bruno\] request 10.
static NEW_ACCOUNT: Schema = partly(&[
    ("accountType", Schema::Text),
    ("accountName", Schema::Text),
    ("accountKey", Schema::Text),
    ("accountIdentifier", Schema::Text),
    ("bankIdentifier", Schema::Text),
    ("branchIdentifier", Schema::Text),
    ("defaultCurrency", Schema::Text),
    ("bankId", Schema::Text),
    ("requestedStartDate", Schema::Text),
]);

/// Accounts that can be linked. \[bruno\] request 13.
static CANDIDATES: Schema = partly(&[(
    "availableAccounts",
    Schema::Array(&partly(&[
        ("bankAccountCandidateId", Schema::Text),
        ("metadata", partly(&[("connected", Schema::Boolean)])),
    ])),
)]);

/// A candidate to be linked. \[bruno\] request 15.
static CHOSEN_CANDIDATE: Schema = partly(&[
    ("bankAccountCandidateId", Schema::Text),
    ("requestedStartDate", Schema::Text),
]);

/// The transactions that a product reads. \[doc\] Consumer API, fetch transactions.
static TRANSACTIONS: Schema = partly(&[
    ("bankAccount", Schema::Any),
    (
        "bankTransactionList",
        partly(&[
            ("startIndex", Schema::Any),
            ("endIndex", Schema::Any),
            ("total", Schema::Number),
            ("transactions", Schema::Array(&Schema::Any)),
            ("next", Schema::Any),
            ("last", Schema::Any),
        ]),
    ),
]);

/// Method and path of a route, the body of its request, and that of its response.
type Row = (
    &'static str,
    &'static str,
    Option<&'static Schema>,
    Option<&'static Schema>,
);

/// The documented messages. Those that register banks are missing: the shape of `data` is a contradiction of the sources.
static MESSAGES: &[Row] = &[
    (
        "PATCH",
        "/v1/authorisations/{authorisation}",
        Some(&AUTHORISATION),
        None,
    ),
    (
        "POST",
        "/v1/statements",
        Some(&STATEMENT),
        Some(&STATEMENT_PROGRESS),
    ),
    (
        "GET",
        "/v1/statements/{statement}",
        None,
        Some(&STATEMENT_PROGRESS),
    ),
    (
        "POST",
        "/v1/accountqueries",
        Some(&ACCOUNT_QUERY),
        Some(&ACCOUNT_FOUND),
    ),
    ("POST", "/oauth/token", Some(&TOKEN_REQUEST), Some(&TOKEN)),
    ("GET", "/banks/{bank}", None, Some(&BANK)),
    (
        "GET",
        "/organisations/{organisation}/companies/{company}/indirectlinkaccount",
        None,
        Some(&LINK_STARTED),
    ),
    ("GET", "/poll/{token}", None, Some(&POLL)),
    (
        "POST",
        "/organisations/{organisation}/companies/{company}/bankaccounts",
        Some(&NEW_ACCOUNT),
        Some(&BANK_ACCOUNT),
    ),
    (
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}",
        None,
        Some(&BANK_ACCOUNT),
    ),
    (
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}/indirectauth",
        None,
        Some(&LINK_STARTED),
    ),
    (
        "GET",
        "/organisations/{organisation}/companies/{company}/availablebankaccounts",
        None,
        Some(&CANDIDATES),
    ),
    (
        "POST",
        "/organisations/{organisation}/companies/{company}/linkavailablebankaccount",
        Some(&CHOSEN_CANDIDATE),
        Some(&BANK_ACCOUNT),
    ),
    (
        "GET",
        "/organisations/{organisation}/companies/{company}/bankaccounts/{account}/transactions",
        None,
        Some(&TRANSACTIONS),
    ),
];

/// Returns the bodies of a route's messages.
pub(super) fn of_route(route: &Route) -> Bodies {
    let row = MESSAGES
        .iter()
        .find(|(method, path, ..)| (*method, *path) == (route.method, route.path));
    row.map_or_else(Bodies::default, |(_, _, request, response)| Bodies {
        request: *request,
        response: *response,
    })
}

/// Returns the bodies of the messages to a callback.
pub(super) fn of_callback(callback: Callback) -> Bodies {
    match callback {
        Callback::Notification => Bodies {
            request: Some(&NOTIFICATION),
            response: None,
        },
        Callback::AvailableAccounts => Bodies {
            request: None,
            response: Some(&AVAILABLE),
        },
        Callback::Auth | Callback::ReAuth => Bodies::default(),
    }
}

/// Returns the bodies of a poll, whose URL only the service knows.
pub(super) fn of_poll() -> Bodies {
    Bodies {
        request: None,
        response: Some(&POLL),
    }
}

/// What is documented at the end of a way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Documented {
    /// These kinds, absence and `null` among them.
    Kinds(Kinds),
    /// Nothing is said of it; a documented member of nearly the same name, if there is one.
    Unsaid(Option<&'static str>),
    /// There is no such member.
    Missing {
        /// The name that is not there.
        name: String,
        /// The members that are.
        there: Vec<&'static str>,
        /// What was looked into: an array, or any value.
        within: Kinds,
    },
}

/// Finds what is documented at the end of a way into a value.
pub(super) fn find(schema: &'static Schema, steps: &[PathStep]) -> Documented {
    match follow(schema, steps) {
        Ok(ends) => {
            let kinds = ends.iter().map(|schema| schema.kinds()).reduce(Kinds::or);
            Documented::Kinds(kinds.unwrap_or(Kinds::ALL))
        }
        Err(ended) => ended,
    }
}

/// Returns what is documented of the value at the end of a way, if the way leads to one.
pub(super) fn reach(schema: &'static Schema, steps: &[PathStep]) -> Option<&'static Schema> {
    match follow(schema, steps).ok()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Follows a way to its ends; of a way that ends before, what is documented there.
fn follow(schema: &'static Schema, steps: &[PathStep]) -> Result<Vec<&'static Schema>, Documented> {
    let mut at = vec![schema];
    for step in steps {
        let mut next = Vec::new();
        let mut open = None;
        let mut there = Vec::new();
        for schema in &at {
            enter(schema, step, &mut next, &mut there, &mut open);
        }
        match (next.is_empty(), open) {
            (false, _) => at = next,
            (true, Some(near)) => return Err(Documented::Unsaid(near)),
            (true, None) => {
                let name = match step {
                    PathStep::Key(name) | PathStep::Below(name) => name.clone(),
                    PathStep::Every | PathStep::AnyBelow => "[*]".to_owned(),
                };
                let are_arrays = at.iter().all(|schema| matches!(schema, Schema::Array(_)));
                return Err(Documented::Missing {
                    name,
                    there,
                    within: if are_arrays {
                        Kinds::ARRAY
                    } else {
                        Kinds::PRESENT
                    },
                });
            }
        }
    }
    Ok(at)
}

/// Takes one step into a schema: `next` gets where it leads, `open` says that nothing can be said.
fn enter(
    schema: &'static Schema,
    step: &PathStep,
    next: &mut Vec<&'static Schema>,
    there: &mut Vec<&'static str>,
    open: &mut Option<Option<&'static str>>,
) {
    match (schema, step) {
        // Of what is documented to be there, and not how it looks inside, no depth is assumed.
        (Schema::Any, PathStep::Below(_)) => {}
        (Schema::Any, _) | (_, PathStep::AnyBelow) | (Schema::Object { .. }, PathStep::Every) => {
            open.get_or_insert(None);
        }
        (Schema::Object { members, is_whole }, PathStep::Key(key)) => {
            if let Some((_, schema)) = members.iter().find(|(name, _)| name == key) {
                next.push(schema);
                return;
            }
            let names = members.iter().map(|(name, _)| *name);
            if *is_whole {
                there.extend(names);
            } else {
                open.get_or_insert(nearest(key, names));
            }
        }
        (Schema::Array(element), PathStep::Every) => next.push(element),
        (Schema::Object { members, is_whole }, PathStep::Below(key)) => {
            for (name, inner) in *members {
                there.push(name);
                if name == key {
                    next.push(inner);
                } else {
                    enter(inner, step, next, there, open);
                }
            }
            if !is_whole {
                open.get_or_insert(None);
            }
        }
        (Schema::Array(element), PathStep::Below(_)) => enter(element, step, next, there, open),
        (Schema::Array(_) | Schema::Text | Schema::Number | Schema::Boolean, _) => {}
    }
}

impl Schema {
    /// Returns the kinds of such a value; it may be missing, or `null`.
    fn kinds(&self) -> Kinds {
        let kind = match self {
            Self::Any => return Kinds::ALL,
            Self::Text => Kinds::STRING,
            Self::Number => Kinds::NUMBER,
            Self::Boolean => Kinds::BOOLEAN,
            Self::Array(_) => Kinds::ARRAY,
            Self::Object { .. } => Kinds::OBJECT,
        };
        kind.or(Kinds::NULL).or(Kinds::ABSENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::route::ROUTES;

    fn key(name: &str) -> PathStep {
        PathStep::Key(name.to_owned())
    }

    #[test]
    fn every_row_is_that_of_a_route() {
        for (method, path, ..) in MESSAGES {
            let served = ROUTES
                .iter()
                .any(|route| (route.method, route.path) == (*method, *path));
            assert!(served, "{method} {path}");
        }
    }

    #[test]
    fn a_way_leads_to_kinds_or_to_what_is_there_instead() {
        let way = [key("data"), key("transactionDetails"), PathStep::Every];
        let amount = [&way[..], &[key("transactionAmount")]].concat();
        let Documented::Kinds(kinds) = find(&STATEMENT, &amount) else {
            panic!("it is documented");
        };
        assert!(kinds.excludes(Kinds::STRING) && !kinds.excludes(Kinds::NUMBER));
        let wrong = [&way[..], &[key("transactionAmout")]].concat();
        assert!(
            matches!(find(&STATEMENT, &wrong), Documented::Missing { name, .. } if name == "transactionAmout")
        );
        let below = PathStep::Below("datePosted".to_owned());
        assert!(matches!(find(&STATEMENT, &[below]), Documented::Kinds(_)));
        let below = PathStep::Below("datePosed".to_owned());
        assert!(matches!(
            find(&STATEMENT, &[below]),
            Documented::Missing { .. }
        ));
    }

    #[test]
    fn of_an_object_that_is_documented_in_part_only_near_names_are_mentioned() {
        assert_eq!(
            find(&BANK, &[key("bankID2")]),
            Documented::Unsaid(Some("bankId"))
        );
        assert_eq!(find(&BANK, &[key("colour")]), Documented::Unsaid(None));
        let any = [key("bankAccount"), key("whatever")];
        assert_eq!(find(&TRANSACTIONS, &any), Documented::Unsaid(None));
    }
}
