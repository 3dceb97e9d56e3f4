//! Where a credential comes from, and what is none.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use crate::support::TestCommand;

const KEY: &str = "pnu_a-key-that-nobody-may-read";

/// `secret create` that tries nothing and writes nothing.
fn create() -> TestCommand {
    TestCommand::new().words("secret create --dry-run=client --no-verify -n flows")
}

#[test]
fn the_secret_is_printed_for_those_who_seal_it() {
    let text = create()
        .words("--from-stdin -o json")
        .input(&format!(" {KEY}\r\n"))
        .success();
    let secret: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(secret["kind"], "Secret");
    assert_eq!(secret["metadata"]["name"], "prefect-api-key");
    assert_eq!(secret["metadata"]["namespace"], "flows");
    assert_eq!(secret["data"]["key"], BASE64_STANDARD.encode(KEY));
    let text = create()
        .words("my-auth --auth-string --from-stdin -o yaml")
        .input("admin:pass")
        .success();
    assert!(
        text.contains("auth-string: ") && text.contains("name: my-auth"),
        "{text}"
    );
}

#[test]
fn every_source_is_read() {
    let expected = BASE64_STANDARD.encode(KEY);
    let command = create();
    let file = command.home().join("the key");
    std::fs::write(&file, format!("\u{feff}{KEY}\n")).unwrap();
    let from_file = command
        .words("-o yaml --from-file")
        .arg(file.to_str().unwrap());
    let from_env = create()
        .words("-o yaml --from-env MY_KEY")
        .env("MY_KEY", KEY);
    let profile = |words: &str| {
        let command = create().words("-o yaml").words(words);
        let folder = command.home().join(".prefect");
        std::fs::create_dir(&folder).unwrap();
        let text =
            format!("active = 'dev'\n[profiles.dev]\nPREFECT_API_KEY = '{KEY}'\n[profiles.bare]\n");
        std::fs::write(folder.join("profiles.toml"), text).unwrap();
        // What goes before a profile elsewhere does not here.
        command.env("PREFECT_API_KEY", "pnu_another")
    };
    for command in [
        from_file,
        from_env,
        profile("--from-profile"),
        profile("--from-profile=dev"),
    ] {
        let text = command.success();
        assert!(text.contains(&expected), "{text}");
    }
    let output = profile("--from-profile=bare").failure(2);
    assert!(
        output.stderr.contains("profile bare has no API key"),
        "{}",
        output.stderr
    );
    let output = profile("--from-profile=none").failure(2);
    assert!(
        output.stderr.contains("there is no profile \"none\""),
        "{}",
        output.stderr
    );
}

#[test]
fn bad_input_is_refused_with_the_reason_and_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap().to_owned();
    let stdin = |text: &str| create().words("--from-stdin").input(text);
    for (command, said) in [
        (stdin(""), "it is empty"),
        (stdin("  \n\n"), "it is empty"),
        (stdin(&format!("\"{KEY}\"")), "it stands in quotes"),
        (stdin(&format!("{KEY}\n{KEY}")), "it has several lines"),
        (
            stdin(&format!("PREFECT_API_KEY={KEY}")),
            "it is an assignment",
        ),
        (
            stdin(&BASE64_STANDARD.encode(KEY)),
            "it is encoded in base64",
        ),
        (create().words("--from-file").arg(&folder), "Is a directory"),
        (
            create().words("--from-file /does/not/exist"),
            "No such file",
        ),
        (create().words("--from-env NOT_SET"), "NOT_SET is not set"),
        (
            create(),
            "there is no terminal to ask for the credential on",
        ),
        (
            create().words("--from-stdin --from-env X"),
            "cannot be used with",
        ),
        (
            create().words("Bad_Name --from-stdin").input(KEY),
            "cannot be the name of a Secret",
        ),
        (
            create().words("--key a/b --from-stdin").input(KEY),
            "cannot be a key of a Secret",
        ),
        (
            create().words("--api-key-file x --from-stdin").input(KEY),
            "--from-file",
        ),
    ] {
        let output = command.failure(2);
        assert!(output.stderr.contains(said), "{said}:\n{}", output.stderr);
        assert!(
            !output.stderr.contains(KEY),
            "the key is shown:\n{}",
            output.stderr
        );
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn an_error_is_a_document_with_json() {
    let output = create().words("-o json --from-stdin").input("").failure(2);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["error"]["exitCode"], 2);
}
