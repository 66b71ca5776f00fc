//! The runner: one interpreter, two worlds, and the queue in which cases are run.
//!
//! [`interpret`] walks a case's steps and judges through a [`World`]: [`Live`] acts, [`Replay`] reads a
//! journal. The runner knows nothing of terminals, files of reports, or of what is emulated: stages
//! come from a mode through [`Stages`].
//!
//! The verbs stand in `act`, `send`, `browse`, `receive`, `never` and `comparison`, each written once for both worlds.

mod act;
mod bank_action;
mod binding;
mod browse;
mod browsing;
mod capture;
mod check;
mod comparison;
mod draft;
mod errand;
mod gap;
mod interpret;
mod journey_end;
mod live;
mod never;
mod person;
mod program;
mod receive;
mod replay;
mod run;
mod section;
mod send;
mod setup;
mod stage;
mod trail;
mod turn;
mod visit;
mod watch;
mod webdriver;
mod window;
mod world;

pub use browsing::{Browsing, Means};
pub use check::{Bench, INTERRUPTED, NOT_OBSERVED};
pub use interpret::interpret;
pub use live::{Live, Shared, timestamp, unguessable};
pub use person::{Errand, News, Person};
pub use replay::Replay;
pub use run::{Runner, judge_again, replay};
pub use stage::{BankAction, NotOpen, Parts, Pending as PendingFuture, Stage, Stages};
pub use world::{Draft, DraftAuth, DraftBody, Exchange, Journey, Pause, Pending, World};
