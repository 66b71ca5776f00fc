//! The runner: one interpreter, two worlds, and the queue in which cases run.
//!
//! [`interpret`] performs the steps of a case and judges through a [`World`]: [`Live`] acts, [`Replay`] reads a
//! journal. What each verb of a plan does is in `verb`, one file a verb, written once for both worlds. The runner knows
//! nothing of terminals, report files, or of what is emulated: stages come from a mode through [`Stages`].

mod binding;
mod capture;
mod check;
mod draft;
mod interpret;
mod live;
mod missed;
mod permit;
mod person;
mod replay;
mod run;
mod section;
mod sent_again;
mod setup;
mod stage;
mod step;
mod unjudged;
mod verb;
mod visits;
mod world;

pub use interpret::interpret;
pub use live::{DriverVersions, Live, Shared, try_driver, unguessable};
pub use person::{ManualTask, ManualUpdate, Person, PersonSays};
pub use replay::Replay;
pub use run::{Runner, judge_again, replay};
pub use stage::{Ageing, BankAction, NotOpen, Parts, PendingFuture, Stage, Stages};
pub use step::JudgeContext;
pub use visits::{BrowserDriver, Visits};
pub use world::{
    Draft, DraftAuth, DraftBody, Exchange, NOT_OBSERVED, Pause, PendingWait, VisitRequest, World,
};
