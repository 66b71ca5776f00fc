//! `feedproof init --mode`: the modes, and how the files of a new project name them.

use clap::ValueEnum;

use plan_language::participant::Mode;

/// The mode of the environment that a new project gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum InitMode {
    /// Every participant is emulated.
    Rehearsal,
    /// Your connector is live.
    #[default]
    Connector,
    /// A Banking Service is live.
    Service,
    /// Your connector and a Banking Service are live.
    EndToEnd,
}

impl InitMode {
    /// Returns the mode.
    pub(super) fn mode(self) -> Mode {
        match self {
            Self::Rehearsal => Mode::Rehearsal,
            Self::Connector => Mode::Connector,
            Self::Service => Mode::Service,
            Self::EndToEnd => Mode::EndToEnd,
        }
    }

    /// Returns the name of the environment's file within the project.
    pub(super) fn file(self) -> String {
        format!("environments/{}.yaml", self.mode())
    }

    /// Returns the last words of the sentence "run the plans …".
    pub(super) fn subjects(self) -> &'static str {
        match self {
            Self::Rehearsal => "with every participant emulated",
            Self::Connector => "against your connector",
            Self::Service => "against the Banking Service",
            Self::EndToEnd => "against your connector and the Banking Service",
        }
    }

    /// Returns the command to type next, in the folder of the project.
    pub(super) fn next(self) -> String {
        match self {
            Self::Connector => "feedproof run".to_owned(),
            Self::Rehearsal => format!("feedproof run --environment {}", self.file()),
            Self::Service | Self::EndToEnd => {
                format!("feedproof check --environment {}", self.file())
            }
        }
    }
}
