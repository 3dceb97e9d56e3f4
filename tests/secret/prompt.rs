//! Questions on a terminal: the credential is asked for, unseen, and nothing is replaced unasked.

use serde_json::json;

use crate::support::{cluster, terminal::on_terminal};

const KEY: &str = "pnu_a-key-that-nobody-may-read";
const OTHER: &str = "pnu_another-key-that-nobody-may-read";

#[test]
fn a_credential_is_asked_for_and_not_shown() {
    let cluster = cluster();
    let namespace = cluster.namespace("secret-ask");
    let words = format!(
        "secret create --no-verify --color=never -n {}",
        namespace.name
    );
    let command = || cluster.command().words(&words);
    let stored = || {
        let template = "go-template={{.data.key | base64decode}}";
        let words = ["get", "secret", "prefect-api-key", "-o", template];
        cluster.kubectl(&[words.as_slice(), &["-n", &namespace.name]].concat())
    };
    let typed = |key: &str| json!(["API key", format!("{key}\r")]);
    let question = "Replace it?";
    for (answers, code, said, kept) in [
        (
            json!([typed(KEY)]),
            0,
            "secret/prefect-api-key created",
            KEY,
        ),
        (
            json!([typed(OTHER), [question, "n"]]),
            0,
            "Nothing was changed.",
            KEY,
        ),
        (
            json!([typed(OTHER), [question, "\u{3}"]]),
            130,
            "interrupted",
            KEY,
        ),
        // SIGINT that nobody typed.
        (
            json!([typed(OTHER), [question, 2]]),
            130,
            "interrupted",
            KEY,
        ),
        (json!([["API key", "\u{3}"]]), 130, "interrupted", KEY),
        (json!([["API key", 2]]), 130, "interrupted", KEY),
        (json!([typed("")]), 2, "it is empty", KEY),
        (json!([typed("\"pnu_x\"")]), 2, "it stands in quotes", KEY),
        (
            json!([typed(OTHER), [question, "y"]]),
            0,
            "secret/prefect-api-key updated",
            OTHER,
        ),
    ] {
        let (ended, heard) = on_terminal(&command(), 40, &answers);
        assert_eq!(ended, Some(code), "{heard}");
        assert!(heard.contains(said), "{said}: {heard}");
        assert!(
            !heard.contains("nobody-may-read"),
            "the key is shown: {heard}"
        );
        assert_eq!(stored(), kept, "{said}");
    }
}
