//! On a terminal, and where somebody stops listening.

use std::process::Stdio;

use serde_json::json;

use crate::{
    stage::{IDLE, Stage},
    support::terminal::on_terminal,
};

#[tokio::test]
async fn a_release_is_removed_when_somebody_agrees() {
    let stage = Stage::new("agree").await;
    stage.install("").success();
    let uninstall = || stage.command("uninstall --color=never");
    let question = "Remove release prefect-worker?";
    for (answer, code, said) in [
        // Who says nothing has not agreed.
        ("\r", 0, "Nothing was removed."),
        ("n", 0, "Nothing was removed."),
        ("\u{3}", 130, "interrupted"),
    ] {
        let (ended, heard) = on_terminal(&uninstall(), 100, &json!([[question, answer]]));
        assert_eq!(ended, Some(code), "{heard}");
        assert!(heard.contains(said), "{said}: {heard}");
        assert_eq!(
            stage.deployment().await["metadata"]["name"],
            "prefect-worker"
        );
    }
    let (ended, heard) = on_terminal(&uninstall(), 100, &json!([[question, "y"]]));
    assert_eq!(ended, Some(0), "{heard}");
    assert!(
        heard.contains("Release prefect-worker was removed."),
        "{heard}"
    );
    assert!(stage.bookkeeping().await.is_empty());
}

#[tokio::test]
async fn a_difference_has_colours_on_a_terminal_that_wants_them() {
    let stage = Stage::new("colours").await;
    stage.install("").success();
    let diff = || stage.command("diff --set worker.replicaCount=2");
    let (code, said) = on_terminal(&diff(), 100, &json!([]));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("\u{1b}[32m+  replicas: 2"), "{said:?}");
    let (code, said) = on_terminal(&diff().env("NO_COLOR", "1"), 100, &json!([]));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("+  replicas: 2"), "{said:?}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let plain = diff().run();
    assert!(!plain.stdout.contains('\u{1b}'), "{}", plain.stdout);
}

#[tokio::test]
async fn an_installation_goes_on_when_nobody_reads_what_it_says() {
    let stage = Stage::new("pipe").await;
    let install = stage
        .command("install --wait=false -f values.yaml")
        .arg(IDLE);
    std::fs::write(install.home().join("values.yaml"), stage.values()).unwrap();
    let mut process = install.to_process();
    let mut child = process
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(
        stage.deployment().await["metadata"]["name"],
        "prefect-worker"
    );
    let history = stage.command("history").success();
    assert!(history.contains("deployed   was installed"), "{history}");
}
