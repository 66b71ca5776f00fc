//! The command line: reads arguments, environment variables and files, prints, chooses exit codes.
//!
//! No other module prints or exits. Data goes to stdout, messages to stderr.

mod arguments;
mod attempt;
mod check;
mod diff;
mod doctor;
mod documents;
mod error;
mod explain;
mod finished_run;
mod folder;
mod header;
mod init;
mod init_mode;
mod interrupt;
mod judged_again;
mod list;
mod orphaned_accounts;
mod package;
mod person;
mod plan_folder;
mod progress;
mod prove;
mod publish;
mod report;
mod results;
mod run;
mod runtime;
mod schema;
mod selection;
mod serve;
mod sign;
mod signatures;
mod terminal;
mod time_limit;
mod trial;
mod unsearched;
mod verify;
mod visit_count;

use std::process;

use clap::Parser as _;

use crate::exit_code::ExitCode;
use crate::handles;

pub use arguments::{
    CheckArguments, Cli, Command, DiffArguments, DoctorArguments, ExplainArguments, InitArguments,
    ListArguments, ProveArguments, ReportArguments, RunArguments, SchemaArguments, ServeArguments,
};
pub use documents::{OpenedDocuments, look_up, open, open_shipped, resolve};
pub use error::CliError;
pub use header::header_of;
pub use init_mode::InitMode;
pub use schema::{ENVIRONMENT_SCHEMA, SCHEMA, SchemaSubject, of as schema_of};
pub use trial::conformance;

/// Runs the command that the arguments of the process ask for.
pub fn main() -> process::ExitCode {
    handles::raise();
    std::panic::set_hook(Box::new(|panic| {
        // The payload may contain a secret; the place is enough to find the bug.
        tracing::error!(place = %panic.location().map(ToString::to_string).unwrap_or_default(), "panic");
    }));
    match std::panic::catch_unwind(start) {
        Ok(code) => written(code).number().into(),
        Err(_) => {
            terminal::talk(
                "feedproof itself failed; please report it (FEEDPROOF_LOG=error shows where)",
            );
            ExitCode::Inconclusive.number().into()
        }
    }
}

/// Returns the exit code of a command, or that of a failure if what it wrote to stdout was lost.
fn written(code: ExitCode) -> ExitCode {
    let Some(why) = terminal::lost() else {
        return code;
    };
    terminal::talk(&format!(
        "error: stdout could not be written: {why}; what the command said there is lost"
    ));
    // A worse answer stays.
    if code == ExitCode::Success {
        ExitCode::Usage
    } else {
        code
    }
}

fn start() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no error.
            terminal::parsed(&error.render(), error.use_stderr());
            return if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Success
            };
        }
    };
    terminal::prepare(cli.color);
    let command = cli.command.unwrap_or(Command::Run(Box::new(cli.run)));
    let result = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Prove(arguments) => prove::prove(&arguments),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Package(arguments) => package::package(&arguments),
        Command::Sign(arguments) => sign::sign(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Init(arguments) => init::init(&arguments),
        Command::Schema(arguments) => schema::schema(arguments.subject),
    };
    result.unwrap_or_else(|error| {
        terminal::talk(&error.to_string());
        error.code
    })
}
