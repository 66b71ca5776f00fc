//! The catalogue of named variants: each is something that honest providers do differently, and are allowed to.
//!
//! A check that accuses a variant is wrong, and a fault must be found whatever the variant of the provider that has it.
//! This file only names them; each takes effect in the module that owns the behaviour.

/// Makes the enumeration and its list from one table, so that no variant can miss its id or sentence.
macro_rules! variants {
    ($($variant:ident = $id:literal: $text:literal,)*) => {
        /// One honest way to behave that differs from the usual one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Variant {
            $(#[doc = $text] $variant,)*
        }

        impl Variant {
            /// All variants, in the order of the table.
            pub const ALL: &[Variant] = &[$(Variant::$variant,)*];

            fn entry(self) -> (&'static str, &'static str) {
                match self {
                    $(Variant::$variant => ($id, $text),)*
                }
            }
        }
    };
}

variants! {
    IdsInCapitals = "ids-in-capitals":
        "The provider writes UUIDs in capitals, in paths and bodies.",
    EncodedPaths = "encoded-paths":
        "The provider percent-encodes a letter of paths that needs no encoding, and ends them with a slash.",
    CompressedResponses = "compressed-responses":
        "The provider compresses the bodies of its responses, whether asked for or not.",
    ByteOrderMarks = "byte-order-marks":
        "The provider begins JSON with a byte order mark.",
    MembersInAlphabeticalOrder = "members-in-alphabetical-order":
        "The provider writes the members of its JSON objects in alphabetical order.",
    ExtraMembers = "extra-members":
        "The provider adds a member of its own to the objects of the lists that it sends.",
    JsonWithCharset = "json-with-charset":
        "The provider sends JSON as application/json; charset=utf-8, and its pages with a media type in capitals.",
    DatesWithOffset = "dates-with-offset":
        "The provider writes date-times with an offset of one hour instead of Z.",
    DatesWithoutMilliseconds = "dates-without-milliseconds":
        "The provider writes date-times without fractions of a second.",
    AmountsWithoutTrailingZeros = "amounts-without-trailing-zeros":
        "The provider writes amounts without zeros that end them: 12.5 and 12.",
    AccountsInAnotherOrder = "accounts-in-another-order":
        "The provider lists the accounts of a customer in reverse order.",
    BatchesOfThree = "batches-of-three":
        "The provider sends at most three transactions in a statement, although more were agreed.",
    BatchesOfOne = "batches-of-one":
        "The provider sends one transaction in a statement, although more were agreed.",
    EmptyFirstStatement = "empty-first-statement":
        "The provider posts a statement without transactions when an account is linked, and then those with transactions.",
    SlowPolls = "slow-polls":
        "The provider asks for the progress of a statement a second after it was posted, and then ever more seldom.",
    SlowStart = "slow-start":
        "The provider takes two seconds before it posts after an account was linked.",
    Impatient = "impatient":
        "The provider waits seven tenths of a second for a response, and then sends the request again.",
    EarlyBackOff = "early-back-off":
        "The provider sends a statement again a fifth of a second after an error, and then waits twice as long each time.",
    BelowTheAgreedRate = "below-the-agreed-rate":
        "The provider sends at most two requests a second, although more were agreed.",
    TokenAtStart = "token-at-start":
        "The provider fetches a token when the first notification arrives, before it has anything to send.",
    TwoTokens = "two-tokens":
        "The provider keeps a token for authorisations and another one for statements.",
    AcceptedNotifications = "accepted-notifications":
        "The provider responds to notifications with 202.",
    NotificationsWithBody = "notifications-with-body":
        "The provider responds to notifications with 200 and a JSON body.",
    ForbiddenNotifications = "forbidden-notifications":
        "The provider responds with 403 instead of 401 to notifications with wrong credentials.",
    KeysAtMostEveryFiveMinutes = "keys-at-most-every-five-minutes":
        "The provider asks Sage ID for its keys at most every five minutes, also when a token names one that it does not know.",
    WrongPasswordLeadsBack = "wrong-password-leads-back":
        "The provider ends the authorisation after one wrong password and leads the browser back with state.",
    NewExternalIdOnRelisting = "new-external-id-on-relisting":
        "The provider reports a linked account under a new external id each time, and knows it by all of them.",
    LoginInTwoSteps = "login-in-two-steps":
        "The provider asks for the user name and for the password on two pages.",
    LoginBehindRedirects = "login-behind-redirects":
        "The provider leads the browser to its login by redirects, and from the login to the consent by another.",
    ReturnByPage = "return-by-page":
        "The provider ends with a page that leads the browser back by a refresh after no time.",
    ReturnBySeeOther = "return-by-see-other":
        "The provider leads the browser back with 303 instead of 302.",
    FailureAsDenial = "failure-as-denial":
        "The provider says after a refused report that nothing was linked, on a page of a company called Success.",
    AccountsToTick = "accounts-to-tick":
        "The provider shows each account with a box that is ticked, below forms for language and logging out.",
    DataOfEarlierRuns = "data-of-earlier-runs":
        "The bank has bookings of earlier runs on every account, and an account that one of them opened.",
    LinksOfEarlierRuns = "links-of-earlier-runs":
        "The provider still has an account of an earlier run, unknown to the service, for each account, and posts for it.",
    TwoBanksAtOnce = "two-banks-at-once":
        "The provider registers two banks with one request.",
}

impl Variant {
    /// Returns its name.
    pub fn id(self) -> &'static str {
        self.entry().0
    }

    /// Returns the behaviour in one sentence.
    pub fn text(self) -> &'static str {
        self.entry().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_a_name_of_its_own_and_a_sentence() {
        let names: std::collections::BTreeSet<_> =
            Variant::ALL.iter().map(|variant| variant.id()).collect();
        assert_eq!(names.len(), Variant::ALL.len());
        assert!(
            Variant::ALL
                .iter()
                .all(|variant| variant.text().ends_with('.'))
        );
    }
}
