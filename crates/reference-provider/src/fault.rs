//! The catalogue of named faults: each is one deviation from the behaviour of a correct provider.
//!
//! A fault is written from a requirement's text and takes effect in the module that owns the behaviour; this file
//! only names it. Which check detects a fault is left to the plans.

/// Makes the enumeration and its list from one table, so that no fault can miss its id or sentence.
macro_rules! faults {
    ($($variant:ident = $id:literal: $text:literal,)*) => {
        /// One deliberate deviation of the reference provider.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $text] $variant,)*
        }

        impl Fault {
            /// All faults, in the order of the table.
            pub const ALL: &[Fault] = &[$(Fault::$variant,)*];

            fn entry(self) -> (&'static str, &'static str) {
                match self {
                    $(Fault::$variant => ($id, $text),)*
                }
            }
        }
    };
}

faults! {
    RefusesAuthorisationNotification = "refuses-authorisation-notification":
        "The provider answers 500 to the notification that announces an authorisation, although it stores it.",
    AcceptsUnsignedTokens = "accepts-unsigned-tokens":
        "The provider accepts notifications with a token whose algorithm is none, and which nobody signed.",
    TakesPublicKeyAsSecret = "takes-public-key-as-secret":
        "The provider verifies a token that says HS256 with Sage ID's public key as the shared secret.",
    AcceptsTokensWithoutExpiry = "accepts-tokens-without-expiry":
        "The provider accepts notifications with a token that never expires.",
    AcceptsTokensOfOtherIssuers = "accepts-tokens-of-other-issuers":
        "The provider accepts notifications with a token of any issuer.",
    PinsSigningKeys = "pins-signing-keys":
        "The provider fetches Sage ID's key set once and never again.",
    VerifiesWithFirstKey = "verifies-with-first-key":
        "The provider verifies notifications with the first key of Sage ID's key set, whichever key the token names.",
    KeepsWithdrawnKeys = "keeps-withdrawn-keys":
        "The provider adds the keys of a new key set to those that it knows, and forgets none that was withdrawn.",
    RefusesExtraMembers = "refuses-extra-members":
        "The provider answers 400 to a notification with a member that it does not know.",
    RefusesUnknownTypes = "refuses-unknown-types":
        "The provider answers 400 to a notification of a type that it does not know.",
    FailsOnMalformedNotifications = "fails-on-malformed-notifications":
        "The provider answers 500 to a notification that lacks a member.",
    StuckAfterMalformedNotification = "stuck-after-malformed-notification":
        "The provider acknowledges every notification after a malformed one, and acts on none of them.",
    PollsWithoutApiKey = "polls-without-api-key":
        "The provider asks for the progress of a statement without its API key the first time.",
    PostsStatementsAsText = "posts-statements-as-text":
        "The provider posts statements with the content type text/plain.",
    QueriesAsText = "queries-as-text":
        "The provider looks accounts up, and registers banks, with the content type text/plain.",
    AuthPageNotHtml = "auth-page-not-html":
        "The provider answers an announced auth request with JSON instead of an HTML page.",
    AcceptsUnannouncedAuthorisation = "accepts-unannounced-authorisation":
        "The provider authenticates the customer for an authorisation id that no notification announced.",
    AcceptsUsedAuthorisation = "accepts-used-authorisation":
        "The provider accepts an authorisation id that was used before and reports its result a second time.",
    AcceptsExpiredAuthorisation = "accepts-expired-authorisation":
        "The provider accepts an authorisation id that is older than its lifetime.",
    PatchWithoutAccountName = "patch-without-account-name":
        "The provider reports the customer's accounts without their accountName.",
    PatchWithWrongContentType = "patch-with-wrong-content-type":
        "The provider reports the result of an authorisation with the content type text/plain.",
    RedirectsBeforePatch = "redirects-before-patch":
        "The provider sends the browser back before it has reported the result of the authorisation.",
    RedirectsBeforeAcknowledgement = "redirects-before-acknowledgement":
        "The provider reports the result of the authorisation but sends the browser back without waiting for a slow acknowledgement.",
    NoPatch = "no-patch":
        "The provider sends the browser back with state but never reports the result of the authorisation.",
    RedirectWithoutState = "redirect-without-state":
        "The provider sends the browser back without adding state to redirect_uri.",
    RedirectDropsQuery = "redirect-drops-query":
        "The provider loses the query that redirect_uri already had when it adds state.",
    RedirectAddsFragment = "redirect-adds-fragment":
        "The provider appends a fragment to redirect_uri when it adds state.",
    HidesLinkedAccounts = "hides-linked-accounts":
        "The provider omits accounts that are linked already from its report.",
    EmptyBranchIdentifier = "empty-branch-identifier":
        "The provider sends an empty branchIdentifier instead of n/a for an account without a branch.",
    OnlyFirstIsWithoutBranch = "only-first-is-without-branch":
        "The provider sends n/a for the first account without a branch, and an empty branchIdentifier for the others.",
    BankIdentifierPerAccount = "bank-identifier-per-account":
        "The provider gives each account of one customer a bankIdentifier of its own.",
    BankIdentifierShared = "bank-identifier-shared":
        "The provider gives the accounts of all customers the same bankIdentifier.",
    CancelStrandsCustomer = "cancel-strands-customer":
        "The provider keeps a customer who cancels on its own page instead of sending the browser back.",
    CancelIsFinal = "cancel-is-final":
        "The provider reports no consent any more once a customer has cancelled.",
    WrongPasswordIsFinal = "wrong-password-is-final":
        "The provider refuses every later login of a customer who once entered a wrong password.",
    WrongPasswordLosesState = "wrong-password-loses-state":
        "The provider sends the browser back after a wrong password without adding state to redirect_uri.",
    AbandonedSessionIsFinal = "abandoned-session-is-final":
        "The provider refuses every new authorisation once a customer has left one open until it expired.",
    NoPatchForKnownCustomer = "no-patch-for-known-customer":
        "The provider sends a customer back without a report who has a linked account already.",
    SingleAccountAsObject = "single-account-as-object":
        "The provider reports a customer's only account as an object instead of an array of one.",
    ReportsFirstAccountOnly = "reports-first-account-only":
        "The provider reports only the first of a customer's accounts.",
    AccountsShareAnIdentifier = "accounts-share-an-identifier":
        "The provider reports all accounts of a customer under the account identifier of the first.",
    DemandsAuthorisationAtOnce = "demands-authorisation-at-once":
        "The provider reports that authorisation is required for an account that was linked a moment ago.",
    RefusesAccountNotification = "refuses-account-notification":
        "The provider answers 500 to the notification of a created bank account and does not store its id.",
    PostsUnderExternalId = "posts-under-external-id":
        "The provider names the account in statements by its external id instead of the id in the notification.",
    NoFirstStatement = "no-first-statement":
        "The provider posts no statement after a bank account was created.",
    RefusesOffboardingNotification = "refuses-offboarding-notification":
        "The provider answers 500 to the notification of a deleted bank account, although it cleans up.",
    KeepsPostingAfterOffboarding = "keeps-posting-after-offboarding":
        "The provider accepts the notification of a deleted bank account but continues to post statements for it.",
    ResumesAfterReconnection = "resumes-after-reconnection":
        "The provider resumes where the deleted account stopped when a customer links an account again.",
    KeepsFirstStartDate = "keeps-first-start-date":
        "The provider uses the start date of the first time when a customer links an account again.",
    NeverStartsEarlier = "never-starts-earlier":
        "The provider starts no earlier than the first time when a customer links an account again.",
    SkipsDeliveredTransactions = "skips-delivered-transactions":
        "The provider sends no transaction again that it sent for a deleted account.",
    PostsUnderFormerId = "posts-under-former-id":
        "The provider posts for an account that was linked again under the id of the deleted one.",
    HidesDeletedAccounts = "hides-deleted-accounts":
        "The provider omits accounts from its report that were linked once and have been deleted since.",
    KeepsPostingUnderAnotherSpelling = "keeps-posting-under-another-spelling":
        "The provider continues to post statements for a deleted bank account, with percent-encoded paths and ids in capitals.",
    StopsSiblingsOnOffboarding = "stops-siblings-on-offboarding":
        "The provider stops posting for all of a customer's accounts when one of them is deleted.",
    RefusesRepeatedOffboarding = "refuses-repeated-offboarding":
        "The provider answers 500 when a deletion is notified a second time or names an account it does not know.",
    DuplicateAccountOnRelisting = "duplicate-account-on-relisting":
        "The provider lists an account that is linked already under a new accountIdentifier and external id.",
    NewExternalIdStartsSecondFeed = "new-external-id-starts-second-feed":
        "The provider reports a linked account under a new external id, and posts everything again under new ids for it.",
    ReportsSuccessAfterRejectedPatch = "reports-success-after-rejected-patch":
        "The provider shows the customer that the accounts were linked although its report was refused.",
    TellsSuccessInMarkup = "tells-success-in-markup":
        "The provider shows the customer, in words that markup and entities interrupt, that the accounts were linked although its report was refused.",
    TellsSuccessInImage = "tells-success-in-image":
        "The provider shows the customer an image whose text says that the accounts were linked although its report was refused.",
    TellsSuccessAndMovesOn = "tells-success-and-moves-on":
        "The provider shows the customer that the accounts were linked although its report was refused, on a page that leads to another one of its own.",
    NotificationHeaderNotChecked = "notification-header-not-checked":
        "The provider processes notifications that lack the agreed header or carry a wrong value in it.",
    NotificationBearerNotChecked = "notification-bearer-not-checked":
        "The provider processes notifications without a valid Sage ID token.",
    TokenFetchedEachTime = "token-fetched-each-time":
        "The provider fetches a new access token for every request instead of reusing a valid one.",
    HidesAvailableAccounts = "hides-available-accounts":
        "The provider omits accounts that are not linked yet from the available accounts.",
    AvailableAccountsWithOtherBankIdentifier = "available-accounts-with-other-bank-identifier":
        "The provider lists available accounts under another bankIdentifier than it reported them with.",
    AvailableAccountWithoutType = "available-account-without-type":
        "The provider lists available accounts without their accountType.",
    NewAccountNotAvailable = "new-account-not-available":
        "The provider does not list accounts as available that the customer opened after the first authorisation.",
    ListsForeignAccounts = "lists-foreign-accounts":
        "The provider lists the accounts of all its customers when a request names an external id that it does not know.",
    ListsForeignAccountsCompressed = "lists-foreign-accounts-compressed":
        "The provider lists the accounts of all its customers for an external id that it does not know, and compresses every response with gzip.",
    IgnoresCandidateNotification = "ignores-candidate-notification":
        "The provider accepts the notification of a further account of a customer but never posts for that account.",
    NoPatchOnReauthorisation = "no-patch-on-reauthorisation":
        "The provider sends the customer back after a re-authorisation without ever reporting its result.",
    SilentAboutSecondLoss = "silent-about-second-loss":
        "The provider reports a lost consent once, and not the loss of a renewed one.",
    SilentAboutLostConsent = "silent-about-lost-consent":
        "The provider stops posting when it loses the customer's consent without reporting that authorisation is required.",
    LostConsentWithTransactions = "lost-consent-with-transactions":
        "The provider sends transactions in the statement that reports that authorisation is required.",
    ReauthorisationPageNotHtml = "reauthorisation-page-not-html":
        "The provider answers an announced re-authorisation request with JSON instead of an HTML page.",
    ReauthorisesUnannounced = "reauthorises-unannounced":
        "The provider re-authorises the customer for an authorisation id that no notification announced.",
    ReauthorisesUsed = "reauthorises-used":
        "The provider re-authorises the customer with an authorisation id that was used before.",
    ReauthorisationListsAccounts = "reauthorisation-lists-accounts":
        "The provider lists the customer's accounts in its report on a re-authorisation.",
    ReauthorisationRedirectsWithoutState = "reauthorisation-redirects-without-state":
        "The provider sends the browser back from a re-authorisation without adding state to redirect_uri.",
    GapAfterReauthorisation = "gap-after-reauthorisation":
        "The provider never posts what was booked between the loss of the consent and the re-authorisation.",
    RepeatsAfterReauthorisation = "repeats-after-reauthorisation":
        "The provider posts delivered transactions again under new ids after a re-authorisation.",
    RepeatsLastAfterReauthorisation = "repeats-last-after-reauthorisation":
        "The provider posts the last delivered transaction again under a new id after a re-authorisation.",
    IgnoresStartDate = "ignores-start-date":
        "The provider posts everything ever booked on an account, whatever start date the customer chose.",
    OversizeBatch = "oversize-batch":
        "The provider sends everything there is in one statement, however many transactions a statement may hold.",
    LosesAtBatchBorder = "loses-at-batch-border":
        "The provider leaves out the first transaction of every statement that follows another one in a series.",
    NextBatchTooEarly = "next-batch-too-early":
        "The provider sends the next batch of an account before it knows that the one before succeeded.",
    TwoStatementsInFlight = "two-statements-in-flight":
        "The provider sends a further statement for an account while one of that account with transactions is being processed.",
    ResendsWithNewIds = "resends-with-new-ids":
        "The provider gives transactions new ids when it sends a statement again.",
    GivesUpAfterError = "gives-up-after-error":
        "The provider drops a statement that was answered with a server error or not at all.",
    IgnoresThrottling = "ignores-throttling":
        "The provider repeats a request that was answered with 429 at once.",
    EndlessNewTokens = "endless-new-tokens":
        "The provider fetches a new access token and repeats the call after every 401, however many there are.",
    KeepsExpiredToken = "keeps-expired-token":
        "The provider continues to use an access token after it was refused with 401.",
    WrongControlTotals = "wrong-control-totals":
        "The provider sends a credit sum that does not match the transactions of the statement.",
    UnsignedDebits = "unsigned-debits":
        "The provider sends debits and their sum as positive amounts.",
    FlippedSigns = "flipped-signs":
        "The provider sends credits as debits and debits as credits, with totals and types that fit.",
    PostsTwiceUnderNewIds = "posts-twice-under-new-ids":
        "The provider sends each transaction twice in its statement, the second time under another id.",
    BalanceBeforeBatch = "balance-before-batch":
        "The provider sends the balance before the transactions of the statement, not the one after them.",
    SendsPendingTransactions = "sends-pending-transactions":
        "The provider sends transactions that have not cleared.",
    PendingInCapitals = "pending-in-capitals":
        "The provider sends transactions that have not cleared, with the status PENDING.",
    TransactionsWithoutStatus = "transactions-without-status":
        "The provider leaves transactionStatus out of its transactions.",
    AmountsAsStrings = "amounts-as-strings":
        "The provider sends the amounts of transactions as strings instead of numbers.",
    AmountsWithFloatNoise = "amounts-with-float-noise":
        "The provider sends amounts with what floating-point arithmetic leaves behind, such as 45.99000000000000004.",
    DateTimesWithoutOffset = "date-times-without-offset":
        "The provider sends the dates of transactions without their offset from UTC.",
    AdvancesAfterFailedStatement = "advances-after-failed-statement":
        "The provider continues with the next batch after the processing of a statement failed.",
    SkipsRejectedStatement = "skips-rejected-statement":
        "The provider drops a statement that the service rejected, and continues with what was booked later.",
    DoublesFailedStatement = "doubles-failed-statement":
        "The provider sends the transactions of a failed statement twice, the first time under other ids.",
    ExceedsRate = "exceeds-rate":
        "The provider sends requests to the service faster than its agreed rate.",
    ForbidsFraming = "forbids-framing":
        "The provider forbids frames around its pages.",
    ForbidsFramingInSecondHeader = "forbids-framing-in-second-header":
        "The provider forbids frames around its pages in a second Content-Security-Policy.",
    RewritesReturnHost = "rewrites-return-host":
        "The provider replaces a host in redirect_uri that it does not know by one it knows.",
    ForgetsRegisteredBank = "forgets-registered-bank":
        "The provider does not store the id of a bank that it registered.",
    IgnoresLookedUpAccount = "ignores-looked-up-account":
        "The provider looks an account up but does not store its id and posts nothing for it.",
    PatchStatusInCapitals = "patch-status-in-capitals":
        "The provider reports the success of linking with the status SUCCESS.",
    StateIsAuthorisationId = "state-is-authorisation-id":
        "The provider sends the browser back with the authorisation id in place of state.",
    AvailableAccountsInAnObject = "available-accounts-in-an-object":
        "The provider lists available accounts in an object instead of a bare array.",
    PatchWithoutApiKey = "patch-without-api-key":
        "The provider reports the result of an authorisation without its API key.",
    PatchWithoutBearer = "patch-without-bearer":
        "The provider reports the result of an authorisation without its bearer token.",
    PatchWithoutExternalId = "patch-without-external-id":
        "The provider reports the customer's accounts without their bankAccountExternalId.",
    PatchWithoutBankIdentifier = "patch-without-bank-identifier":
        "The provider reports the customer's accounts without their bankIdentifier.",
    PatchWithoutAccountIdentifier = "patch-without-account-identifier":
        "The provider reports the customer's accounts without their accountIdentifier.",
    AccountsShareAnExternalId = "accounts-share-an-external-id":
        "The provider reports the third account of a customer under the external id of the second.",
    ReportsCancelledConsent = "reports-cancelled-consent":
        "The provider reports success when the customer cancels.",
    LoginSurvivesVisit = "login-survives-visit":
        "The provider logs a customer in whose browser another customer has logged in with before, as that customer.",
    AcceptsAnyPassword = "accepts-any-password":
        "The provider accepts any password of a customer.",
    UnknownAccountType = "unknown-account-type":
        "The provider lists available accounts with an account type that is not among the documented ones.",
    ListsAllCustomersAccounts = "lists-all-customers-accounts":
        "The provider lists the accounts of all its customers, whichever account a request names.",
    WrongTransactionCount = "wrong-transaction-count":
        "The provider counts one transaction too many in the control totals.",
    WrongAccountCount = "wrong-account-count":
        "The provider counts two accounts in the control totals.",
    WrongDebitSum = "wrong-debit-sum":
        "The provider sends a debit sum that does not match the transactions of the statement.",
    SecondAccountInStatement = "second-account-in-statement":
        "The provider lists the account of a statement twice in accountDetails.",
    TransactionsNameTheBank = "transactions-name-the-bank":
        "The provider puts the id of the bank in place of the account's id into transactions.",
    TransactionsShareAnId = "transactions-share-an-id":
        "The provider gives the second transaction of a statement the id of the first.",
    NewestFirst = "newest-first":
        "The provider sends the transactions of a statement newest first.",
    NewestBatchFirst = "newest-batch-first":
        "The provider sends the newest batch of an account first and the oldest last.",
    BalanceUnsigned = "balance-unsigned":
        "The provider sends the balance of an overdrawn account as a positive number.",
    BalanceOfTheEnd = "balance-of-the-end":
        "The provider sends the present balance with every batch of a series.",
    RefusesRepeatedAnnouncement = "refuses-repeated-announcement":
        "The provider answers 500 when an authorisation is announced a second time.",
    RepeatedAnnouncementRenews = "repeated-announcement-renews":
        "The provider accepts a used authorisation id again once it is announced a second time.",
    RefusesRepeatedAccountNotification = "refuses-repeated-account-notification":
        "The provider answers 500 when the creation of a bank account is notified a second time.",
    RestartsFeedOnRepetition = "restarts-feed-on-repetition":
        "The provider posts everything again under new ids when the creation of a bank account is notified a second time.",
    FramesForOwnHostOnly = "frames-for-own-host-only":
        "The provider allows frames around its pages on a host of its own only.",
    ListsAccountsWithoutBearer = "lists-accounts-without-bearer":
        "The provider lists available accounts whatever the Sage ID token of the request is, and without one.",
    LeadsOnInNewWindow = "leads-on-in-new-window":
        "The provider leads the browser on in a new window.",
    BearerSignatureNotChecked = "bearer-signature-not-checked":
        "The provider processes notifications whose Sage ID token has an invalid signature.",
    BearerExpiryNotChecked = "bearer-expiry-not-checked":
        "The provider processes notifications whose Sage ID token has expired.",
    BearerAudienceNotChecked = "bearer-audience-not-checked":
        "The provider processes notifications whose Sage ID token has another audience.",
    MissingBearerAccepted = "missing-bearer-accepted":
        "The provider processes notifications without a Sage ID token, but checks one that is there.",
    NotificationHeaderValueNotChecked = "notification-header-value-not-checked":
        "The provider processes notifications that carry any value in the agreed header.",
    DowngradesReturnScheme = "downgrades-return-scheme":
        "The provider sends the browser back over http where redirect_uri says https.",
    RedirectLowersPath = "redirect-lowers-path":
        "The provider writes redirect_uri in small letters when it sends the browser back.",
    RedirectDecodesQuery = "redirect-decodes-query":
        "The provider decodes the query of redirect_uri and sends the browser back with the decoded one.",
    RedirectWritesQueryAnew = "redirect-writes-query-anew":
        "The provider reads the query of redirect_uri and writes it anew as a form's, with + for %20.",
    RedirectAddsSlash = "redirect-adds-slash":
        "The provider ends the path of redirect_uri with a slash when it sends the browser back.",
    RedirectAddsStatus = "redirect-adds-status":
        "The provider adds a status to redirect_uri besides the state.",
    LateCancelLosesState = "late-cancel-loses-state":
        "The provider redirects the browser of a customer who cancels after the login back without state.",
    CancelAddsError = "cancel-adds-error":
        "The provider adds an error to redirect_uri besides the state when the customer cancels.",
    StateInCapitals = "state-in-capitals":
        "The provider sends the browser back with the state in capitals.",
    StateInFragment = "state-in-fragment":
        "The provider puts the state in the fragment of redirect_uri instead of its query.",
    RenewalReturnsToFirstAddress = "renewal-returns-to-first-address":
        "The provider sends the browser back from a re-authorisation to the redirect_uri of the first onboarding.",
    RenewalDropsQuery = "renewal-drops-query":
        "The provider loses the query of redirect_uri after a re-authorisation.",
    BalanceInCents = "balance-in-cents":
        "The provider sends balances in cents.",
    BalanceFlipped = "balance-flipped":
        "The provider sends balances with the opposite sign.",
    BalanceRounded = "balance-rounded":
        "The provider sends balances without their decimals.",
    BalanceAsString = "balance-as-string":
        "The provider sends balances as strings instead of numbers.",
    BalanceDateAsDay = "balance-date-as-day":
        "The provider sends the date of a balance without a time.",
    DaysEarlier = "days-earlier":
        "The provider dates every transaction on the day before.",
    DaysLater = "days-later":
        "The provider dates every transaction on the day after.",
    SummerDaysEarlier = "summer-days-earlier":
        "The provider takes the days of its bank, which is on UTC, in summer for those of a zone an hour ahead, so that they fall on the day before.",
    DayAndMonthSwapped = "day-and-month-swapped":
        "The provider swaps the day and the month of a date, where the day can be a month.",
    CardAmountsInverted = "card-amounts-inverted":
        "The provider sends the amounts and balances of credit cards with the opposite sign, with totals that fit.",
    StatementWithoutBalances = "statement-without-balances":
        "The provider never sends balances.",
    AmountsInCents = "amounts-in-cents":
        "The provider sends amounts in cents, with totals that fit.",
    AmountsRounded = "amounts-rounded":
        "The provider sends amounts without their decimals, with totals that fit.",
    TypesInSmallLetters = "types-in-small-letters":
        "The provider writes the type of a transaction in small letters.",
    IdsRestartInEachStatement = "ids-restart-in-each-statement":
        "The provider numbers the transactions of each statement from 1, and sends the numbers as ids.",
    IdsAsNumbers = "ids-as-numbers":
        "The provider sends the ids of transactions as numbers.",
    OnlyFirstTransactionNamesAccount = "only-first-transaction-names-account":
        "The provider names the account in the first transaction of a statement only.",
    PrincipalIsTheBank = "principal-is-the-bank":
        "The provider puts the id of the bank in place of the account's id into principalId.",
    BankIdIsOwnReference = "bank-id-is-own-reference":
        "The provider puts its own reference of the bank in place of the service's id into bankId.",
    DemandInCapitals = "demand-in-capitals":
        "The provider reports that authorisation is required with the status AUTH_REQUIRED.",
    DemandWithoutAccountCount = "demand-without-account-count":
        "The provider counts no account in the totals of the report that authorisation is required.",
    HidesConnectedAccounts = "hides-connected-accounts":
        "The provider omits accounts that are linked already from the available accounts.",
    MasksAvailableIdentifiers = "masks-available-identifiers":
        "The provider masks the account identifiers of available accounts.",
    AvailableUnderNamesOfReport = "available-under-names-of-report":
        "The provider names the external id of available accounts as in its report.",
    AccountTypeInCapitals = "account-type-in-capitals":
        "The provider writes the type of available accounts in capitals.",
    ListsNamedAccountOnly = "lists-named-account-only":
        "The provider lists only the account that the request for available accounts names.",
    OnlyFirstAccountHasName = "only-first-account-has-name":
        "The provider reports a name for the first of a customer's accounts only.",
    OnlyFirstAvailableHasType = "only-first-available-has-type":
        "The provider lists a type for the first of the available accounts only.",
    AvailableWithOtherExternalId = "available-with-other-external-id":
        "The provider lists available accounts that are not linked under external ids of their own.",
    LookUpIgnoresStartDate = "look-up-ignores-start-date":
        "The provider posts everything ever booked on an account that it looked up.",
    ForgetsEarlierAnnouncements = "forgets-earlier-announcements":
        "The provider knows only the authorisation that was announced last.",
    PatchNamesLatestAuthorisation = "patch-names-latest-authorisation":
        "The provider reports a consent under the authorisation that was announced last, whichever the customer gave.",
    AnyoneRenews = "anyone-renews":
        "The provider lets any of its customers renew the consent of another one.",
    RenewsCancelledConsent = "renews-cancelled-consent":
        "The provider reports success when the customer cancels a re-authorisation.",
    StrandsCancelledRenewal = "strands-cancelled-renewal":
        "The provider keeps a customer who cancels a re-authorisation on its own page.",
    AcceptsOtherCustomersPassword = "accepts-other-customers-password":
        "The provider accepts the password of any customer with any user name.",
    ReportsTwice = "reports-twice":
        "The provider sends its report on an authorisation a second time after it was acknowledged.",
    RepeatedAnnouncementExtendsLife = "repeated-announcement-extends-life":
        "The provider counts the lifetime of an authorisation from its latest announcement.",
    ReusesCancelledAuthorisation = "reuses-cancelled-authorisation":
        "The provider accepts an authorisation id again after the customer cancelled.",
    ConsentOpensWindow = "consent-opens-window":
        "The provider opens a new window for the result of the consent.",
    ForbidsFramingOfConsent = "forbids-framing-of-consent":
        "The provider forbids frames around its page for the consent only.",
    ForbidsFramingOfRenewal = "forbids-framing-of-renewal":
        "The provider forbids frames around its page for a re-authorisation only.",
    AllowsFramingBySameOrigin = "allows-framing-by-same-origin":
        "The provider allows frames around its pages on its own origin only, by X-Frame-Options.",
    DeletionCredentialsNotChecked = "deletion-credentials-not-checked":
        "The provider processes notifications of deleted accounts whatever their credentials.",
    CreationCredentialsNotChecked = "creation-credentials-not-checked":
        "The provider processes notifications of created accounts whatever their credentials.",
    BearerCheckedOnce = "bearer-checked-once":
        "The provider checks no Sage ID token after the first one that was valid.",
    AcceptsUnreadableTokens = "accepts-unreadable-tokens":
        "The provider processes notifications whose bearer cannot be read as a token.",
    HeaderComparedByPrefix = "header-compared-by-prefix":
        "The provider compares only the first eight characters of the agreed header.",
    AudienceComparedByPrefix = "audience-compared-by-prefix":
        "The provider accepts a Sage ID token for an audience that begins with its own.",
    LeewayOfADay = "leeway-of-a-day":
        "The provider accepts a Sage ID token for a day after it expired.",
    NotBeforeIgnored = "not-before-ignored":
        "The provider accepts a Sage ID token that is not valid yet.",
    NeedsTypeFirst = "needs-type-first":
        "The provider answers 400 to a notification whose first member is not its type.",
    RefusesCharset = "refuses-charset":
        "The provider answers 415 to a notification whose content type has a charset.",
    RefusesLargeNotifications = "refuses-large-notifications":
        "The provider answers 413 to a notification of more than a kilobyte.",
    LateDeletionStopsReconnectedAccount = "late-deletion-stops-reconnected-account":
        "The provider stops posting for an account that was linked again when the deletion of the former one is notified late.",
    LateCreationRevivesAccount = "late-creation-revives-account":
        "The provider posts for a deleted account again when its creation is notified late.",
    FinishesSeriesAfterOffboarding = "finishes-series-after-offboarding":
        "The provider finishes the series of statements that it began before the account was deleted.",
    FinalStatementAfterOffboarding = "final-statement-after-offboarding":
        "The provider posts a last statement for a deleted account.",
    DeletionDemandsAuthorisationOfSiblings = "deletion-demands-authorisation-of-siblings":
        "The provider reports that authorisation is required for the siblings of a deleted account.",
    KeepsPostingForFurtherAccounts = "keeps-posting-for-further-accounts":
        "The provider continues to post for a deleted account that was not the first of its customer.",
    UnlistsSiblingsOnOffboarding = "unlists-siblings-on-offboarding":
        "The provider lists no available accounts of a customer after one of the accounts was deleted.",
    DropsZeroAmounts = "drops-zero-amounts":
        "The provider leaves out transactions whose amount is zero.",
    MergesEqualTransactions = "merges-equal-transactions":
        "The provider sends transactions of the same day and amount once.",
    ExcludesStartDay = "excludes-start-day":
        "The provider leaves out what was booked on the start date itself.",
    StartsADayEarly = "starts-a-day-early":
        "The provider sends what was booked on the day before the start date as well.",
    SendsSiblingTransactions = "sends-sibling-transactions":
        "The provider puts a transaction of another account of the customer into the first statement.",
    OnlyFirstBatch = "only-first-batch":
        "The provider sends the first batch of a series and none of the others.",
    NoLaterPushes = "no-later-pushes":
        "The provider sends what is there when an account is linked and nothing that is booked later.",
    OneOverTheLimit = "one-over-the-limit":
        "The provider sends one transaction more than agreed in a statement.",
    CursorByDate = "cursor-by-date":
        "The provider continues a series after the date of the last transaction and not after the transaction.",
    PostsDuringLostConsent = "posts-during-lost-consent":
        "The provider continues to post transactions after it reported that authorisation is required.",
    DemandsAgainAfterRenewal = "demands-again-after-renewal":
        "The provider reports that authorisation is required once more after a re-authorisation.",
    DemandsForFirstAccountOnly = "demands-for-first-account-only":
        "The provider reports a lost consent for one of the customer's linked accounts only.",
    ResumesFirstAccountOnly = "resumes-first-account-only":
        "The provider resumes posting for one of the customer's linked accounts only after a re-authorisation.",
    RetryAfterDateIgnored = "retry-after-date-ignored":
        "The provider ignores a Retry-After that is a date.",
    RetryAfterInMilliseconds = "retry-after-in-milliseconds":
        "The provider takes the seconds of a Retry-After for milliseconds.",
    GivesUpWhenThrottled = "gives-up-when-throttled":
        "The provider drops a statement that was answered with 429.",
    DropsCallAfterRenewal = "drops-call-after-renewal":
        "The provider fetches a new token after a 401 but does not repeat the call.",
    PatchKeepsExpiredToken = "patch-keeps-expired-token":
        "The provider does not repeat a report on an authorisation that was answered with 401.",
    PollsKeepExpiredToken = "polls-keep-expired-token":
        "The provider does not fetch a new token when a question about progress is answered with 401.",
    PollsIgnoreThrottling = "polls-ignore-throttling":
        "The provider repeats a question about progress that was answered with 429 at once.",
    StuckOnDuplicate = "stuck-on-duplicate":
        "The provider sends a statement again and again that was delivered before and is refused as a duplicate.",
    GivesUpOnSilence = "gives-up-on-silence":
        "The provider drops a statement that got no response in time.",
    TiresOfProcessing = "tires-of-processing":
        "The provider takes a statement that is still processing after three polls for a success.",
    TakesProcessingForSuccess = "takes-processing-for-success":
        "The provider takes the first response about the progress of a statement for its success.",
    TokenForEachStatement = "token-for-each-statement":
        "The provider fetches a new access token for each statement.",
}

impl Fault {
    /// Returns the fault's stable id, lower-case words joined by hyphens.
    pub fn id(self) -> &'static str {
        self.entry().0
    }

    /// Returns how a provider with this fault deviates, as one plain sentence.
    pub fn text(self) -> &'static str {
        self.entry().1
    }

    /// Returns the fault with exactly this id.
    pub fn parse(id: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|fault| fault.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_read_back() {
        let ids: HashSet<_> = Fault::ALL.iter().map(|fault| fault.id()).collect();
        assert_eq!(ids.len(), Fault::ALL.len());
        for (position, &fault) in Fault::ALL.iter().enumerate() {
            assert_eq!(
                fault as usize, position,
                "the list is complete and in order"
            );
        }
        for &fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.id()), Some(fault));
        }
        assert_eq!(Fault::parse("No-Patch"), None);
        assert_eq!(Fault::parse(""), None);
    }

    #[test]
    fn every_text_is_one_sentence_about_the_provider() {
        for fault in Fault::ALL {
            let text = fault.text();
            assert!(
                text.starts_with("The provider ") && text.ends_with('.'),
                "{text}"
            );
            assert_eq!(text.matches(". ").count(), 0, "{text}");
        }
    }
}
