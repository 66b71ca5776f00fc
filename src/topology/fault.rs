//! Faults of either emulated part, by one list of names.

use banking_service_emulator as service;
use plan_language::participant::Participant;
use plan_language::source::nearest;
use reference_provider as provider;

/// A named deviation of an emulated part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One of the service.
    Service(service::Fault),
    /// One of the reference provider.
    Provider(provider::Fault),
}

/// A name that is no fault's.
#[derive(Debug, thiserror::Error)]
#[error("there is no fault `{name}`{}", hint.as_deref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownFault {
    /// The name.
    pub name: String,
    /// The nearest one that there is.
    pub hint: Option<String>,
}

impl Fault {
    /// Lists all faults, those of the service first.
    pub fn all() -> impl Iterator<Item = Self> {
        service::Fault::ALL
            .iter()
            .map(|one| Self::Service(*one))
            .chain(provider::Fault::ALL.iter().map(|one| Self::Provider(*one)))
    }

    /// Finds a fault by its name.
    ///
    /// # Errors
    /// [`UnknownFault`] with the nearest name.
    pub fn parse(name: &str) -> Result<Self, UnknownFault> {
        Self::all()
            .find(|one| one.id() == name)
            .ok_or_else(|| UnknownFault {
                name: name.to_owned(),
                hint: nearest(name, Self::all().map(Self::id)).map(str::to_owned),
            })
    }

    /// Returns its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Service(one) => one.id(),
            Self::Provider(one) => one.id(),
        }
    }

    /// Says in one sentence how the part deviates.
    pub fn text(self) -> &'static str {
        match self {
            Self::Service(one) => one.text(),
            Self::Provider(one) => one.text(),
        }
    }

    /// Returns whose fault it is.
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
    fn every_fault_is_found_by_its_name_and_no_name_stands_for_two() {
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
