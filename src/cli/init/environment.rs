//! The environment that `feedproof init` writes for each mode, made from the written examples.

use crate::cli::arguments::InitArguments;
use crate::cli::error::CliError;
use crate::cli::init::connector;
use crate::cli::init_mode::InitMode;
use crate::shipped;
use plan_language::participant::Participant;

/// The environment of a live Banking Service, without the data of the bank.
const SERVICE: &str = include_str!("environments/service.yaml");

/// The first lines of the environment of a rehearsal.
const REHEARSAL: &str = "\
# yaml-language-server: $schema=environment.schema.json
#
#   feedproof check --environment environments/rehearsal.yaml
#   feedproof run --environment environments/rehearsal.yaml
#
";

/// Where the data of the bank begins in the environment of the rehearsal, and where it ends.
const BANK_DATA: [&str; 2] = ["# The bank's data.", "# Emulated parts answer"];

/// Parts of the environment for a live connector, and what is in their place if the Banking Service is live, too.
const END_TO_END: [(&str, &str); 6] = [
    (
        "# An environment for a live connector. ",
        "# An environment for a live connector with a live Banking Service. ",
    ),
    ("environments/connector.yaml", "environments/end-to-end.yaml"),
    ("# mode: connector\n", "# mode: end-to-end\n"),
    (
        "\
# The emulated Banking Service and Sage ID listen here; configure your connector with this address,
# or with `public` if it reaches feedproof through a tunnel or a container's network.
service: { emulated: { listen: 127.0.0.1:9000 } }
",
        r#"service:
  live:
    # The base URLs of the Consumer API, the Provider API and Sage ID.
    consumer: https://banking.example/api/v1
    provider_api: https://provider-api.example/v1
    sageid: https://id.example
    # The `iss` of Sage ID's tokens, if it is not the base URL.
    # issuer: https://id.example/
    # Write this line if your connector calls the service through feedproof: its Provider API is `public` followed by /v1, its
    # token endpoint `public` followed by /sageid/oauth/token. What it sends directly to the service is not tested.
    # tapped: true
    # The service calls your connector here: feedproof listens at `listen`, and the service reaches it at `public`, through a
    # tunnel or a reverse proxy. Register these URLs with Sage for the bank: `public` followed by /notification, /auth,
    # /authrefresh and /availableaccounts.
    sink: { listen: 127.0.0.1:9100, public: "https://abc.example/feedproof" }
"#,
    ),
    (
        "# The credentials of your connector: the emulated Sage ID and Provider API accept these.\n",
        "# The credentials of your connector, which Sage ID and the Provider API accept.\n",
    ),
    (
        "\
  # The credentials of the emulated product; your connector never receives them.
  application: feedproof
  application_key: literal:feedproof-signing-key
",
        "\
  # The credentials of a product, with which feedproof calls the Consumer API; your connector never receives them.
  application: acme-product
  application_key: env:ACME_APPLICATION_KEY
",
    ),
];

/// Returns the environment for the participants that the arguments describe.
///
/// # Errors
/// [`CliError`] when an argument cannot be used, or the OpenAPI document cannot be read.
pub(super) fn environment(arguments: &InitArguments) -> Result<String, CliError> {
    let mode = arguments.mode.mode();
    if let Some(flag) = of_connector(arguments).filter(|_| !mode.is_live(Participant::Provider)) {
        return Err(CliError::usage(format!(
            "`{flag}` describes a live connector, and mode {mode} has none"
        ))
        .with_hint(format!(
            "leave `{flag}` out, or write `--mode connector` or `--mode end-to-end`"
        )));
    }
    match arguments.mode {
        InitMode::Rehearsal => Ok(format!("{REHEARSAL}{}", rehearsal())),
        InitMode::Service => Ok(format!("{SERVICE}{}\n", bank_data(&rehearsal()))),
        InitMode::Connector => connector::environment(connector::EXAMPLE, arguments),
        InitMode::EndToEnd => connector::environment(&end_to_end(), arguments),
    }
}

/// Returns the first given flag that describes a connector.
fn of_connector(arguments: &InitArguments) -> Option<&'static str> {
    let flags = [
        ("--connector", arguments.connector.is_some()),
        ("--openapi", arguments.openapi.is_some()),
        ("--name", arguments.name.is_some()),
        ("--customer", !arguments.customer.is_empty()),
    ];
    flags
        .into_iter()
        .find_map(|(flag, is_given)| is_given.then_some(flag))
}

/// Returns the environment for a live connector with a live Banking Service.
fn end_to_end() -> String {
    let example = connector::EXAMPLE.to_owned();
    END_TO_END
        .into_iter()
        .fold(example, |text, (part, by)| text.replace(part, by))
}

/// Returns the shipped environment of the rehearsal.
fn rehearsal() -> String {
    String::from_utf8_lossy(&shipped::rehearsal().bytes).into_owned()
}

/// Returns the customers and the bank actions of the reference provider; a test says that they are there.
fn bank_data(rehearsal: &str) -> &str {
    let [begins, ends] = BANK_DATA.map(|words| rehearsal.find(words).unwrap_or(rehearsal.len()));
    rehearsal.get(begins..ends).unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests;
