//! The faults of the emulated service and of the reference provider, in one list of names.

use banking_service_emulator as service;
use plan_language::participant::Participant;
use plan_language::source::nearest;
use reference_provider as provider;

/// A named deviation of an emulated participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A fault of the emulated service.
    Service(service::Fault),
    /// A fault of the reference provider.
    Provider(provider::Fault),
}

/// A name that no fault has.
#[derive(Debug, thiserror::Error)]
#[error("there is no fault `{name}`{}", hint.as_deref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownFault {
    /// The name.
    pub name: String,
    /// The nearest name of a fault.
    pub hint: Option<String>,
}

impl Fault {
    /// Lists all faults, those of the service first.
    pub fn all() -> impl Iterator<Item = Self> {
        service::Fault::ALL
            .iter()
            .map(|fault| Self::Service(*fault))
            .chain(
                provider::Fault::ALL
                    .iter()
                    .map(|fault| Self::Provider(*fault)),
            )
    }

    /// Finds a fault by its name.
    ///
    /// # Errors
    /// [`UnknownFault`] with the nearest name.
    pub fn parse(name: &str) -> Result<Self, UnknownFault> {
        Self::all()
            .find(|fault| fault.id() == name)
            .ok_or_else(|| UnknownFault {
                name: name.to_owned(),
                hint: nearest(name, Self::all().map(Self::id)).map(str::to_owned),
            })
    }

    /// Returns its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Service(fault) => fault.id(),
            Self::Provider(fault) => fault.id(),
        }
    }

    /// Returns the deviation in one sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Service(fault) => fault.text(),
            Self::Provider(fault) => fault.text(),
        }
    }

    /// Returns the participant that deviates.
    pub fn participant(self) -> Participant {
        match self {
            Self::Service(_) => Participant::Service,
            Self::Provider(_) => Participant::Provider,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Fault::all().map(Fault::id).collect();
        assert_eq!(names.len(), Fault::all().count());
        for fault in Fault::all() {
            assert_eq!(Fault::parse(fault.id()).expect("it is listed"), fault);
            assert!(fault.text().len() > 10, "{}", fault.id());
        }
        let error = Fault::parse("silent-ofboarding").expect_err("misspelt");
        assert_eq!(error.hint.as_deref(), Some("silent-offboarding"));
    }
}
