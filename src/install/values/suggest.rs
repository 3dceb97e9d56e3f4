//! What somebody may have meant.

/// How alike two words must be, from 0 to 1: 0.8 takes a letter that is missing, wrong or moved.
const ALIKE: f64 = 0.8;

/// The candidate that is most like a word, if any is.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let keys = ["replicaCount", "resources", "extraEnvVars", "image"];
        for (word, expected) in [
            ("replicacount", Some("replicaCount")),
            ("replicsCount", Some("replicaCount")),
            ("resource", Some("resources")),
            ("extraEnv", Some("extraEnvVars")),
            ("imgae", Some("image")),
            ("zebra", None),
        ] {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
    }
}
