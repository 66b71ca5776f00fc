//! feedproof: conformance tests for bank-feed providers that integrate with the Sage Banking Service.
//!
//! feedproof compiles test plans in YAML into libtest-mimic trials, drives a live provider, records every message, and
//! judges what it recorded. It emulates every participant that is not live. Not issued by Sage.
//!
//! # Map
//!
//! Dependencies point downwards only. Cargo enforces it between the six crates, `tests/it/layers.rs` between the
//! modules of this one.
//!
//! ```text
//!  cli                               commands; the only module that prints
//!   |
//!  doctor   reference   harness   verification   preflight checks, words, trials, files of a run
//!   |           |          |
//!  topology     |          |         participants of each mode, stages
//!   |           |          |
//!  runner <-----|----------+         interpreter of cases
//!   |         report                 renderings of a record
//!  tap        proof   comparison     listeners; faults against cases; what changed between two runs
//!   |           |
//!  exchange   record    browser      HTTP client; a run as data; the customer's browser
//!  vault        |          |         masking
//!   |         judge        |         outcomes, verdicts
//!   |           |          |
//!   +------> matching      |         messages against demands
//!   |           |          |
//!   +------> journal <-----+         facts of a run
//!               |
//!          environment               participants, addresses, settings
//!               |
//!              tls   signature   waivers   remarks   certificates and keys; signed statements; what people say of a run
//!               |
//!   secret   clock   complete_file   gateway   handles   memory   exit_code   number   package   plain   shipped   variable_name   leaves: they import no other module
//!
//!  crates, which know nothing of this package:
//!   plan-language   http-message   secret-search   banking-service-emulator   reference-provider
//! ```
//!
//! # Modules in reading order
//!
//! | module | purpose |
//! |---|---|
//! | [`secret`] | a type for credentials that no format string prints |
//! | [`tls`] | what certificates and keys contain, and how to convert what cannot be used |
//! | [`environment`] | reads environments: which participants are live, their addresses, waits, settings |
//! | [`clock`] | the clocks: monotonic time, which a simulation moves, and the time of day |
//! | `complete_file` | writes files that appear complete, and follows no link |
//! | [`remarks`] | what reviewers say about a finished run, and the file that contains it |
//! | [`waivers`] | failures that somebody answers for until a day, and the file that lists them |
//! | [`handles`] | file handles: the limit, and what a run needs of them |
//! | [`memory`] | the budget of memory for bodies in flight and kept messages |
//! | [`journal`] | the append-only list of facts of a run, and the part of it that belongs to each case |
//! | [`matching`] | compares messages with what plans demand, for checks and stubs |
//! | [`exit_code`] | the table of exit codes |
//! | [`number`] | counts with their nouns |
//! | `plain` | makes texts from outside harmless where they are shown |
//! | [`judge`] | outcomes of checks, verdicts of cases, the answer of a run |
//! | [`record`] | a finished run as data |
//! | [`comparison`] | what changed between two runs |
//! | [`proof`] | the matrix of faults and cases, and its conclusions |
//! | [`vault`] | masks secrets, and searches texts and files for them |
//! | [`exchange`] | the HTTP client: requests, signatures, addresses |
//! | [`tap`] | listeners that record a message, then answer from stubs or forward it |
//! | [`browser`] | the browser of the customer: pages, forms, redirects |
//! | [`runner`] | the interpreter of cases, in a live world and in a replayed one |
//! | [`topology`] | starts the participants of each mode, and opens a stage for each case |
//! | [`doctor`] | preflight checks: DNS, ports, certificates, clocks, credentials |
//! | [`harness`] | runs cases as trials of libtest-mimic |
//! | [`report`] | renders a record: console, JUnit, HTML, Markdown, JSON, annotations |
//! | [`package`] | the files of a run as one zip file |
//! | [`signature`] | signed statements about packages: envelopes, keys, allowed signers |
//! | [`verification`] | whether the files of a run say what its journal gives |
//! | [`mod@reference`] | every word of the language and of the results, from the tables of all modules |
//! | [`shipped`] | the plans and the environment inside the binary |
//! | [`cli`] | the commands |
//!
//! The crates: [`plan_language`] reads YAML with positions into validated plans; [`banking_service_emulator`] is the
//! emulated Banking Service with its Sage ID; [`reference_provider`] is a correct provider. The emulators also have
//! the faults that `feedproof prove` injects. [`http_message`] reads bodies, paths and identifiers, for all of them
//! alike.
//!
//! # What never happens
//!
//! - Only [`cli`] prints, reads environment variables and arguments, and chooses exit codes.
//! - [`matching`], [`judge`], [`record`], [`comparison`], [`proof`], [`mod@reference`] and [`plan_language`] never touch network, clock or files.
//! - [`report`] never judges; it sees only the finished record, and only its folder module writes files.
//! - The runner never sees a secret: interpreter, journal and reports contain masked text and handles.
//! - The emulators never import this package; they reach each other over HTTP, through taps.
//! - An expectation never polls the journal: new facts wake it up.

pub mod browser;
pub mod cli;
pub mod clock;
pub mod comparison;
mod complete_file;
pub mod doctor;
pub mod environment;
pub mod exchange;
pub mod exit_code;
mod gateway;
pub mod handles;
pub mod harness;
pub mod journal;
pub mod judge;
pub mod matching;
pub mod memory;
pub mod number;
pub mod package;
mod plain;
pub mod proof;
pub mod record;
pub mod reference;
pub mod remarks;
pub mod report;
pub mod runner;
pub mod secret;
pub mod shipped;
pub mod signature;
pub mod tap;
pub mod tls;
pub mod topology;
mod variable_name;
pub mod vault;
pub mod verification;
pub mod waivers;
