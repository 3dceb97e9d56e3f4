//! What somebody may have meant by a name that does not exist.

/// Names that are less alike than this are not suggested: it takes a letter that is missing, wrong
/// or moved. clap's own measure is a little lower, but names tend to differ by a suffix only.
const ALIKE: f64 = 0.8;

/// The name that is most like this one, if any is enough alike.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    names
        .into_iter()
        .map(|other| (strsim::jaro_winkler(&name, &other.to_lowercase()), other))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_what_was_meant() {
        let pools = ["kubernetes", "default-agent-pool", "gpu"];
        let keys = ["replicaCount", "resources", "extraEnvVars", "image"];
        for (names, typed, meant) in [
            (pools.as_slice(), "kubernets", Some("kubernetes")),
            (&pools, "Kubernetes", Some("kubernetes")),
            (&pools, "default-pool", Some("default-agent-pool")),
            (&pools, "gup", None),
            (&pools, "x", None),
            (&keys, "replicacount", Some("replicaCount")),
            (&keys, "replicsCount", Some("replicaCount")),
            (&keys, "resource", Some("resources")),
            (&keys, "extraEnv", Some("extraEnvVars")),
            (&keys, "imgae", Some("image")),
            (&keys, "zebra", None),
        ] {
            assert_eq!(nearest(typed, names.iter().copied()), meant, "{typed}");
        }
    }
}
