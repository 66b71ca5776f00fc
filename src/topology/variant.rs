//! The variants of the reference provider by name.

use plan_language::source::nearest;
pub use reference_provider::Variant;

/// A name that no variant has.
#[derive(Debug, thiserror::Error)]
#[error("there is no variant `{name}`{}", hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownVariant {
    /// The name.
    pub name: String,
    /// The nearest name of a variant.
    pub hint: Option<&'static str>,
}

/// Finds a variant by its name.
///
/// # Errors
/// [`UnknownVariant`] with the nearest name.
pub fn find_variant(name: &str) -> Result<Variant, UnknownVariant> {
    let mut all = Variant::ALL.iter().copied();
    all.find(|variant| variant.id() == name)
        .ok_or_else(|| UnknownVariant {
            name: name.to_owned(),
            hint: nearest(name, Variant::ALL.iter().map(|variant| variant.id())),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variant_is_told_the_nearest() {
        for variant in Variant::ALL {
            assert_eq!(find_variant(variant.id()).expect("it is listed"), *variant);
        }
        let error = find_variant("slow-pols").expect_err("misspelt");
        assert_eq!(
            error.to_string(),
            "there is no variant `slow-pols`; did you mean `slow-polls`?"
        );
    }
}
