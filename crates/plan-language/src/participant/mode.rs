//! Modes, which say what is live and what is emulated; the authors of messages; and the subject under test.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Participant;

/// The kind of system that sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// A live system.
    Live,
    /// A participant that feedproof emulates.
    Emulated,
    /// feedproof's own runner, playing product, browser or another participant.
    Runner,
}

/// The system under test, as its owner names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Name.
    pub name: String,
    /// Version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Digest of the build or of the container image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Which participants are live and which are emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Every participant is emulated; the run tests the plans themselves.
    Rehearsal,
    /// The provider is live.
    Connector,
    /// The service is live.
    Service,
    /// Both are live.
    EndToEnd,
}

impl Mode {
    /// Returns the word for the mode.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rehearsal => "rehearsal",
            Self::Connector => "connector",
            Self::Service => "service",
            Self::EndToEnd => "end-to-end",
        }
    }

    /// Tells whether a participant is live in this mode.
    pub fn is_live(self, participant: Participant) -> bool {
        match participant {
            Participant::Product | Participant::Browser => false,
            Participant::Service | Participant::Sageid => {
                matches!(self, Self::Service | Self::EndToEnd)
            }
            Participant::Provider => matches!(self, Self::Connector | Self::EndToEnd),
        }
    }

    /// Returns the author of a participant's messages in this mode.
    pub fn author(self, participant: Participant) -> Author {
        match participant {
            Participant::Product | Participant::Browser => Author::Runner,
            _ if self.is_live(participant) => Author::Live,
            _ => Author::Emulated,
        }
    }

    /// Tells whether a participant is a subject in this mode, so that its messages are evidence.
    pub fn is_subject(self, participant: Participant) -> bool {
        match participant {
            Participant::Product | Participant::Browser => false,
            _ => self == Self::Rehearsal || self.is_live(participant),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
