//! Infrastructure ids: how the server notes where the Job of a run is.

/// `namespace:job`, or `cluster-uid:namespace:job` as older workers wrote it.
#[must_use]
pub fn job_of_pid(pid: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = pid.split(':').collect();
    match parts.as_slice() {
        [namespace, job] | [_, namespace, job] => {
            Some(((*namespace).to_owned(), (*job).to_owned()))
        }
        _ => None,
    }
}

/// Whether an infrastructure id names another cluster than that of this UID; where that is not
/// known, any that is named may be another.
#[must_use]
pub fn is_elsewhere(pid: &str, uid: Option<&str>) -> bool {
    match pid.split(':').collect::<Vec<_>>().as_slice() {
        [named, _, _] => Some(*named) != uid,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_elsewhere, job_of_pid};

    #[test]
    fn infrastructure_ids_of_both_forms_name_the_job() {
        let job = Some(("flows".to_owned(), "a-1".to_owned()));
        assert_eq!(job_of_pid("flows:a-1"), job);
        assert_eq!(job_of_pid("6f1b:flows:a-1"), job);
        assert_eq!(job_of_pid("12345"), None);
        assert_eq!(job_of_pid(""), None);
    }

    #[test]
    fn an_infrastructure_id_may_name_another_cluster() {
        for (pid, uid, expected) in [
            ("flows:a-1", Some("6f1b"), false),
            ("flows:a-1", None, false),
            ("6f1b:flows:a-1", Some("6f1b"), false),
            ("6f1b:flows:a-1", Some("77aa"), true),
            ("6f1b:flows:a-1", None, true),
            ("12345", Some("6f1b"), false),
        ] {
            assert_eq!(is_elsewhere(pid, uid), expected, "{pid} {uid:?}");
        }
    }
}
