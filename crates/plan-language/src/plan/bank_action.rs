//! The bank actions: what an environment can make the bank do, with the arguments of each.

/// A bank action, which plans trigger and environments provide.
#[derive(Clone, Copy, Debug)]
pub struct BankActionSpec {
    /// The word.
    pub name: &'static str,
    /// What the bank or the provider does, as a sentence without the final full stop.
    pub doc: &'static str,
    /// Its arguments, as `with` of a `trigger` names them.
    pub arguments: &'static [BankActionArgument],
}

/// An argument of a bank action.
#[derive(Clone, Copy, Debug)]
pub struct BankActionArgument {
    /// The key under `with`.
    pub name: &'static str,
    /// Its JSON type: `string`, `integer`, `array of strings`, `array of integers`.
    pub json_type: &'static str,
    /// What it says.
    pub doc: &'static str,
}

/// `customer`: the customer at whose bank something happens.
const CUSTOMER: BankActionArgument = BankActionArgument {
    name: "customer",
    json_type: "string",
    doc: "the user name of the customer",
};

/// All bank actions, in the order of the guide.
pub const BANK_ACTIONS: &[BankActionSpec] = &[
    BankActionSpec {
        name: "new-transactions",
        doc: "the bank books new transactions on accounts",
        arguments: &[
            BankActionArgument {
                name: "accounts",
                json_type: "array of strings",
                doc: "the external ids of the accounts; without it all linked accounts",
            },
            BankActionArgument {
                name: "count",
                json_type: "integer",
                doc: "how many transactions each account gets; without it as many as there are amounts, or 1",
            },
            BankActionArgument {
                name: "amounts",
                json_type: "array of integers",
                doc: "the amounts of the transactions, in minor units",
            },
        ],
    },
    BankActionSpec {
        name: "revoke-consent",
        doc: "the customer withdraws the consent at the bank",
        arguments: &[CUSTOMER],
    },
    BankActionSpec {
        name: "add-account",
        doc: "the bank opens another account for the customer",
        arguments: &[CUSTOMER],
    },
    BankActionSpec {
        name: "register-bank",
        doc: "the provider registers a bank of its own",
        arguments: &[],
    },
    BankActionSpec {
        name: "look-up",
        doc: "the provider looks an account up by its external id",
        arguments: &[BankActionArgument {
            name: "externalId",
            json_type: "string",
            doc: "the external id of the account",
        }],
    },
];
