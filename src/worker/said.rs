//! What was said of a pod: each trouble is said once, and so is each of its causes.

use super::diagnose::{Category, Diagnosis};

/// Causes of one trouble that are told apart; a pod that has more is in a trouble that changes with
/// each try.
const CAUSES: usize = 8;
/// Letters of a hexadecimal word that is an id, and so another one at each try.
const ID: usize = 8;

/// The trouble that a pod is in, as far as it was said.
#[derive(Debug, Default)]
pub struct Said {
    trouble: Option<String>,
    causes: Vec<String>,
}

impl Said {
    /// Takes in how a pod fares. Gives whether it is news.
    pub fn takes(&mut self, diagnosis: Option<&Diagnosis>) -> bool {
        let Some(diagnosis) = diagnosis else {
            *self = Self::default();
            return false;
        };
        if self.knows(diagnosis) {
            return false;
        }
        let trouble = Some(trouble(diagnosis));
        let is_another = self.trouble != trouble;
        if is_another {
            self.causes.clear();
            self.trouble = trouble;
        }
        // The cause that follows a back-off is the one that went before it, which an earlier worker
        // has told.
        let is_first = !is_another && self.causes.is_empty();
        let has_room = self.causes.len() < CAUSES;
        self.causes.extend(cause(diagnosis).filter(|_| has_room));
        has_room && !is_first
    }

    /// Whether this is what the pod was known to be in.
    #[must_use]
    pub fn knows(&self, diagnosis: &Diagnosis) -> bool {
        let is_known = |cause| self.causes.contains(&cause);
        self.trouble.as_ref() == Some(&trouble(diagnosis)) && cause(diagnosis).is_none_or(is_known)
    }
}

/// What tells one trouble from the next.
#[must_use]
pub fn trouble(diagnosis: &Diagnosis) -> String {
    let detail = if has_cause(diagnosis) {
        ""
    } else {
        &diagnosis.detail
    };
    let text = format!("{} {detail}", diagnosis.summary);
    format!("{}: {}", diagnosis.category, words(&text))
}

/// What brought the trouble about. That of a back-off was said before it, if it says any.
fn cause(diagnosis: &Diagnosis) -> Option<String> {
    let says = |reason: &str| diagnosis.detail.starts_with(reason);
    (has_cause(diagnosis) && !says("ImagePullBackOff") && !says("CrashLoopBackOff"))
        .then(|| words(&diagnosis.detail))
}

const fn has_cause(diagnosis: &Diagnosis) -> bool {
    matches!(
        diagnosis.category,
        Category::ImagePullError | Category::CrashLoopBackOff | Category::ContainerError
    )
}

/// The words of a text. Numbers are none: the scheduler counts its nodes, and the kubelet its
/// back-off. Nor are ids. The order of the parts tells nothing: the scheduler sorts its reasons as
/// texts, each with its count in front.
fn words(text: &str) -> String {
    let is_id = |word: &&str| word.len() >= ID && word.chars().all(|c| c.is_ascii_hexdigit());
    let part = |part: &str| {
        let words = part.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
        let words = words.filter(|word| !is_id(word));
        let words = words.map(|word| word.replace(|c: char| c.is_ascii_digit(), ""));
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        words.join(" ")
    };
    let parts = text.split([',', ':', '.', ';']).map(part);
    let mut parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.sort_unstable();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::worker::diagnose::diagnose;

    fn waiting_for(reason: &str, message: &str) -> Diagnosis {
        let status = json!({"phase": "Pending", "containerStatuses": [
            {"name": "prefect-job", "state": {"waiting": {"reason": reason, "message": message}}}]});
        diagnose(&serde_json::from_value(status).unwrap()).unwrap()
    }

    fn unscheduled(message: &str) -> Diagnosis {
        let status = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled",
            "status": "False", "reason": "Unschedulable", "message": message}]});
        diagnose(&serde_json::from_value(status).unwrap()).unwrap()
    }

    #[test]
    fn each_trouble_and_each_cause_is_news_once() {
        let missing = |secret: &str| {
            waiting_for(
                "CreateContainerConfigError",
                &format!("secret {secret:?} not found"),
            )
        };
        let not_run = |id: &str| {
            let why = format!("failed to create containerd task: container {id}: no such file");
            waiting_for("RunContainerError", &why)
        };
        let pull = |message| waiting_for("ErrImagePull", message);
        let back_off = |message| waiting_for("ImagePullBackOff", message);
        let table = [
            (
                "a pull that fails again and again",
                vec![
                    (pull("not found"), true),
                    (back_off("Back-off pulling image"), false),
                    (pull("not found"), false),
                    (back_off("Back-off: ErrImagePull: not found"), false),
                ],
            ),
            (
                "the cause comes after the back-off that a list showed",
                vec![
                    (back_off("Back-off pulling image"), true),
                    (pull("not found"), false),
                    (back_off("Back-off pulling image"), false),
                    (pull("access denied"), true),
                ],
            ),
            (
                "another cause",
                vec![
                    (pull("access denied"), true),
                    (pull("manifest unknown"), true),
                    (pull("access denied"), false),
                ],
            ),
            (
                "ports and ids differ at each try",
                vec![
                    (not_run("3f0c2a9be1d7"), true),
                    (not_run("77ab01dd42c9"), false),
                    (pull("read udp 10.0.0.1:4711: i/o timeout"), true),
                    (pull("read udp 10.0.0.1:4712: i/o timeout"), false),
                ],
            ),
            (
                "one Secret after the other",
                vec![
                    (missing("a"), true),
                    (missing("b"), true),
                    (missing("a"), false),
                ],
            ),
            (
                "a container that ends again and again",
                vec![
                    (waiting_for("CrashLoopBackOff", "back-off 10s"), true),
                    (waiting_for("CrashLoopBackOff", "back-off 20s"), false),
                ],
            ),
            (
                "the scheduler counts nodes",
                vec![
                    (
                        unscheduled("0/3 nodes are available: 3 Insufficient cpu."),
                        true,
                    ),
                    (
                        unscheduled("0/4 nodes are available: 4 Insufficient cpu."),
                        false,
                    ),
                    (
                        unscheduled("0/4 nodes are available: 4 Insufficient memory."),
                        true,
                    ),
                ],
            ),
            (
                "the scheduler sorts its reasons",
                vec![
                    (
                        unscheduled(
                            "0/12 nodes are available: 10 Insufficient cpu, 2 Insufficient memory. \
                             preemption: 0/12 nodes are available: 12 No preemption victims found.",
                        ),
                        true,
                    ),
                    (
                        unscheduled(
                            "0/11 nodes are available: 2 Insufficient memory, 9 Insufficient cpu. \
                             preemption: 0/11 nodes are available: 11 No preemption victims found.",
                        ),
                        false,
                    ),
                ],
            ),
        ];
        for (name, told) in table {
            let mut said = Said::default();
            for (diagnosis, expected) in told {
                assert_eq!(
                    said.takes(Some(&diagnosis)),
                    expected,
                    "{name}: {diagnosis}"
                );
                assert!(said.knows(&diagnosis), "{name}: {diagnosis}");
            }
        }
    }

    #[test]
    fn trouble_that_comes_back_is_news() {
        let pull = waiting_for("ErrImagePull", "not found");
        let mut said = Said::default();
        assert!(said.takes(Some(&pull)));
        assert!(!said.takes(None));
        assert!(said.takes(Some(&pull)));
    }

    #[test]
    fn causes_without_end_are_not_told_without_end() {
        let mut said = Said::default();
        let letters = ('a'..='z').map(|letter| waiting_for("ErrImagePull", &letter.to_string()));
        let told = letters.filter(|diagnosis| said.takes(Some(diagnosis)));
        assert_eq!(told.count(), CAUSES);
    }
}
