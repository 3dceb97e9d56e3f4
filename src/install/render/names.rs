//! Names of the objects, and what Kubernetes takes for a name.

use regex::Regex;

use crate::{
    error::{Error, Result},
    install::values::Values,
};

/// The chart's name, which stands in for names that are empty.
const CHART: &str = "prefect-worker";
/// How long a release's name may be, as in Helm.
const LONGEST_RELEASE: usize = 53;

/// A value that was given and is not empty.
pub fn given(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|text| !text.is_empty())
}

/// As long as Kubernetes takes it: 63 bytes, then without one dash at the end.
pub fn short(text: &str) -> String {
    let cut = &text[..text.floor_char_boundary(63)];
    cut.strip_suffix('-').unwrap_or(cut).to_owned()
}

/// `app.kubernetes.io/name`
pub fn name(values: &Values) -> String {
    short(given(values.name_override.as_ref()).unwrap_or(CHART))
}

/// The name of all objects.
pub fn fullname(values: &Values, release: &str) -> String {
    if let Some(name) = given(values.fullname_override.as_ref()) {
        return short(name);
    }
    let name = given(values.name_override.as_ref()).unwrap_or(CHART);
    let release = cleaned(&release.to_lowercase());
    if release.contains(name) {
        short(&release)
    } else {
        short(&format!("{release}-{name}"))
    }
}

/// Every run of characters that a name cannot have, with the dashes in and around it, becomes one
/// dash.
fn cleaned(text: &str) -> String {
    // The pattern is the chart's, and always compiles.
    match Regex::new("(-?[^a-z0-9-])+-?") {
        Ok(runs) => runs.replace_all(text, "-").into_owned(),
        Err(_) => text.to_owned(),
    }
}

/// Whether a release may have this name.
///
/// # Errors
/// A usage error that says what a name looks like.
pub fn check_release_name(name: &str) -> Result<()> {
    if name.len() <= LONGEST_RELEASE && is_subdomain(name) {
        return Ok(());
    }
    Err(Error::usage(format!("{name:?} cannot be the name of a release")).hint(format!(
        "a name has lower case letters, digits, dashes and dots, begins and ends with a letter or \
         digit, and is at most {LONGEST_RELEASE} characters long"
    )))
}

/// Whether a namespace may have this name.
///
/// # Errors
/// A usage error that says what a name looks like.
pub fn check_namespace(name: &str) -> Result<()> {
    if name.len() <= 63 && is_label(name) {
        return Ok(());
    }
    Err(Error::usage(format!("{name:?} cannot be the name of a namespace")).hint(
        "a name has lower case letters, digits and dashes, begins and ends with a letter or digit, \
         and is at most 63 characters long",
    ))
}

/// Whether Kubernetes takes a text for the name of most objects (RFC 1123).
pub fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether Kubernetes takes a text for the name of a namespace (RFC 1123), its length aside.
pub fn is_label(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(inside) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(fullname: Option<&str>, name: &str) -> Values {
        Values {
            fullname_override: fullname.map(str::to_owned),
            name_override: Some(name.to_owned()),
            ..Values::default()
        }
    }

    #[test]
    fn names_are_the_charts() {
        let long = "x".repeat(62) + "-y";
        for (fullname_override, name, release, expected) in [
            (Some("given"), "", "rel", "given".to_owned()),
            (Some(""), "", "rel", "rel-prefect-worker".to_owned()),
            (None, "", "rel", "rel-prefect-worker".to_owned()),
            (
                None,
                "",
                "my-prefect-worker-2",
                "my-prefect-worker-2".to_owned(),
            ),
            (None, "etl", "rel", "rel-etl".to_owned()),
            (None, "rel", "rel", "rel".to_owned()),
            (None, "", "My.Rel_x", "my-rel-x-prefect-worker".to_owned()),
            (None, "", "a.-.b", "a-b-prefect-worker".to_owned()),
            (None, "", "a-.-b", "a-b-prefect-worker".to_owned()),
            (Some(long.as_str()), "", "rel", "x".repeat(62)),
        ] {
            assert_eq!(
                fullname(&values(fullname_override, name), release),
                expected,
                "{release}"
            );
        }
        assert_eq!(super::name(&values(None, "")), "prefect-worker");
    }

    #[test]
    fn a_releases_name_is_checked_as_by_helm() {
        for good in ["a", "my-worker", "a.b", "1"] {
            assert!(check_release_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(54);
        for bad in ["", "A", "a_b", "-a", "a-", "a..b", long.as_str()] {
            assert!(check_release_name(bad).is_err(), "{bad}");
        }
        assert!(check_namespace("a-1").is_ok());
        for bad in ["a b", "a.b", "A", &"a".repeat(64)] {
            assert!(check_namespace(bad).is_err(), "{bad}");
        }
    }
}
