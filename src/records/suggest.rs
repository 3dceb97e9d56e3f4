//! A name that does not exist, and the one that may have been meant.

use crate::{
    error::Error,
    prefect::{Client, WorkPoolName},
};

/// Names that are less alike than this are not suggested; clap's own measure is a little lower,
/// but pools tend to differ by a suffix only.
const ALIKE: f64 = 0.8;

/// A pool that was named and does not exist, with the name that may have been meant.
pub async fn no_such_pool(prefect: &Client, name: &WorkPoolName) -> Error {
    let error = Error::failed(format!("there is no work pool {:?}", name.0));
    // The list only helps: that it cannot be had is not what the user asked about.
    let Ok(pools) = prefect.all_work_pools().await else {
        return error;
    };
    let names = pools.iter().map(|pool| pool.name.as_str());
    match most_alike(name.as_str(), names) {
        Some(meant) => error.hint(format!("Did you mean {meant:?}?")),
        None if pools.is_empty() => error.hint("The server has no work pool at all."),
        None => error.hint("List all with: prefect work-pool ls"),
    }
}

/// The name that is most like this one, if any is enough alike.
fn most_alike<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    names
        .map(|other| (strsim::jaro_winkler(&name, &other.to_lowercase()), other))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::most_alike;

    #[test]
    fn a_typo_finds_what_was_meant() {
        let names = ["kubernetes", "default-agent-pool", "gpu"];
        for (typed, meant) in [
            ("kubernets", Some("kubernetes")),
            ("Kubernetes", Some("kubernetes")),
            ("default-pool", Some("default-agent-pool")),
            ("gup", None),
            ("x", None),
        ] {
            assert_eq!(most_alike(typed, names.into_iter()), meant, "{typed}");
        }
    }
}
