//! A Job's name, made from what it is for: submitting an attempt twice gives the same name, and
//! the API server refuses the second.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::PreparedJob;
use crate::k8s::label;

/// Longest name: it is a label's value on the Job's pods (Kubernetes).
const LONGEST: usize = 63;
/// Characters that tell attempts apart: 50 bits, as five a base 32 digit.
const HASH_LENGTH: usize = 10;
/// Digits of base 32 (RFC 4648) in lower case.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The name for an attempt: what `generateName` begins with, a dash, and ten characters from both
/// ids; 63 characters at most.
///
/// A base that no name may begin with is kept whole, so that the API server refuses it as it
/// refuses such a `generateName`.
#[must_use]
pub fn job_name(generate_name: &str, flow_run_id: Uuid, attempt: Uuid) -> String {
    let base = generate_name.trim_end_matches('-');
    let is_valid = base
        .bytes()
        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    let base = if is_valid {
        let cut = base.get(..LONGEST - HASH_LENGTH - 1).unwrap_or(base);
        cut.trim_end_matches(['-', '.'])
    } else {
        base
    };
    format!("{base}-{}", job_suffix(flow_run_id, attempt))
}

/// The characters by which the Jobs of an attempt are told from all others.
#[must_use]
pub fn job_suffix(flow_run_id: Uuid, attempt: Uuid) -> String {
    let digest = Sha256::new()
        .chain_update(flow_run_id.as_bytes())
        .chain_update(attempt.as_bytes())
        .finalize();
    digest
        .iter()
        .take(HASH_LENGTH)
        .filter_map(|byte| DIGITS.get(usize::from(byte % 32)))
        .map(|&digit| char::from(digit))
        .collect()
}

impl PreparedJob {
    /// Gives the Job the name of an attempt in place of its `generateName`, and the annotation that
    /// names the attempt. A name that the template fixes stays.
    ///
    /// Returns the name, which is what the Job will be found by. None: the manifest's
    /// `generateName` is no text, and the API server will refuse it.
    pub fn apply_identity(&mut self, flow_run_id: Uuid, attempt: Uuid) -> Option<String> {
        let name = apply_identity(&mut self.manifest, flow_run_id, attempt)?;
        let suffix = job_suffix(flow_run_id, attempt);
        self.attempt_suffix = (!name.ends_with(&suffix)).then_some(suffix);
        Some(name)
    }
}

fn apply_identity(
    manifest: &mut Map<String, Value>,
    flow_run_id: Uuid,
    attempt: Uuid,
) -> Option<String> {
    let metadata = manifest.get_mut("metadata")?.as_object_mut()?;
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.insert(label::ATTEMPT.to_owned(), attempt.to_string().into());
    }
    if let Some(Value::String(fixed)) = metadata.get("name")
        && !fixed.is_empty()
    {
        return Some(fixed.clone());
    }
    let name = job_name(
        metadata.get("generateName")?.as_str()?,
        flow_run_id,
        attempt,
    );
    metadata.shift_remove("generateName");
    metadata.insert("name".to_owned(), name.clone().into());
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const RUN: Uuid = Uuid::from_u128(1);
    const ATTEMPT: Uuid = Uuid::from_u128(2);

    #[test]
    fn names_begin_as_the_generated_ones_would() {
        let hash = job_suffix(RUN, ATTEMPT);
        for (generate_name, base) in [
            ("happy-bear-", "happy-bear"),
            ("happy-bear", "happy-bear"),
            ("a.b.", "a.b"),
            ("Not_Valid-", "Not_Valid"),
            ("", ""),
        ] {
            assert_eq!(
                job_name(generate_name, RUN, ATTEMPT),
                format!("{base}-{hash}")
            );
        }
    }

    #[test]
    fn names_are_stable_and_differ_by_run_and_attempt() {
        assert_eq!(job_name("a-", RUN, ATTEMPT), "a-ywhb63c4ya");
        assert_ne!(job_suffix(RUN, ATTEMPT), job_suffix(ATTEMPT, RUN));
        assert_ne!(job_suffix(RUN, ATTEMPT), job_suffix(RUN, RUN));
    }

    #[test]
    fn long_names_are_cut_between_words() {
        let long = format!("{}-{}-", "a".repeat(51), "b".repeat(20));
        let name = job_name(&long, RUN, ATTEMPT);
        assert_eq!(
            name,
            format!("{}-{}", "a".repeat(51), job_suffix(RUN, ATTEMPT))
        );
        assert_eq!(job_name(&"x".repeat(80), RUN, ATTEMPT).len(), LONGEST);
    }

    fn identified(metadata: Value) -> (Value, Option<String>) {
        let mut manifest: Map<_, _> = [("metadata".to_owned(), metadata)].into_iter().collect();
        let name = apply_identity(&mut manifest, RUN, ATTEMPT);
        (manifest["metadata"].clone(), name)
    }

    #[test]
    fn a_name_takes_the_place_of_generate_name() {
        let (metadata, name) = identified(json!({"generateName": "a-", "annotations": {}}));
        assert_eq!(
            metadata,
            json!({"annotations": {label::ATTEMPT: ATTEMPT.to_string()}, "name": name})
        );
        let (metadata, name) =
            identified(json!({"generateName": "a-", "name": "fixed", "annotations": {}}));
        assert_eq!(name.as_deref(), Some("fixed"));
        assert_eq!(metadata["generateName"], "a-");
        let (metadata, name) = identified(json!({"generateName": ["a"], "annotations": {}}));
        assert_eq!((name, &metadata["generateName"]), (None, &json!(["a"])));
    }

    proptest! {
        #[test]
        fn a_valid_base_gives_a_valid_name(base in r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?){0,3}[-.]?") {
            let name = job_name(&base, RUN, ATTEMPT);
            prop_assert!(name.len() <= LONGEST);
            prop_assert!(name.starts_with(|c: char| c.is_ascii_alphanumeric()));
            prop_assert!(!name.contains(".-"), "{}", name);
        }

        #[test]
        fn no_text_makes_it_panic(base in any::<String>()) {
            prop_assert!(job_name(&base, RUN, ATTEMPT).ends_with(&job_suffix(RUN, ATTEMPT)));
        }
    }
}
