//! On a terminal: questions, their answers, and narrow screens.

use kubectl_prefect::template::default_base_job_template;
use serde_json::json;

use crate::{Pool, changed, support::terminal::on_terminal, with_image};

#[tokio::test]
async fn nothing_is_written_before_somebody_agrees() {
    let pool = Pool::with("ask", &with_image("one")).await;
    let push = pool.with_file("push --color=never", &with_image("two"));
    let question = "this template?";
    let (code, said) = on_terminal(&push, 80, &json!([[question, "n"]]));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Nothing was written."), "{said}");
    // Ctrl-C, Escape, and SIGINT from elsewhere.
    for answer in [json!("\u{3}"), json!("\u{1b}"), json!(2)] {
        let (code, said) = on_terminal(&push, 80, &json!([[question, answer]]));
        assert_eq!(code, Some(130), "{said}");
    }
    assert_eq!(pool.template().await, with_image("one"));
    assert_eq!(pool.backups().len(), 0);
    let (code, said) = on_terminal(&push, 40, &json!([[question, "y"]]));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("  - \"one\"\n  + \"two\"\n"), "{said}");
    assert_eq!(pool.template().await, with_image("two"));
}

#[tokio::test]
async fn colours_are_for_terminals_that_want_them() {
    let pool = Pool::with("paint", &with_image("one")).await;
    let diff = || pool.with_file("diff", &with_image("two"));
    let green = "\x1b[32m  + \"two\"\x1b[0m";
    let (code, said) = on_terminal(&diff(), 40, &json!([]));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(green), "{said}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let (_, said) = on_terminal(&diff().env(name, value), 40, &json!([]));
        assert!(!said.contains('\x1b'), "{name}: {said}");
    }
}

#[tokio::test]
async fn each_conflict_is_asked_about() {
    let ours = changed(|template| {
        let properties = &mut template["variables"]["properties"];
        properties["namespace"]["default"] = json!("flows");
        properties["backoff_limit"]["default"] = json!(1);
    });
    let new = changed(|template| {
        let properties = &mut template["variables"]["properties"];
        properties["namespace"]["default"] = json!("prefect");
        properties["backoff_limit"]["default"] = json!(2);
    });
    let pool = Pool::with("conflicts", &ours).await;
    let base = pool.file("base.json", &default_base_job_template());
    let to = pool.file("to.json", &new);
    let upgrade = pool
        .about("upgrade --color=never --base")
        .arg(base.to_str().unwrap())
        .arg("--to")
        .arg(to.to_str().unwrap());
    let question = "What shall it be?";
    // Down to the new default's for the first, then Enter for what is offered.
    let answers = json!([
        [question, "\u{1b}[B\r"],
        [question, "\r"],
        ["this template?", "y"]
    ]);
    let (code, said) = on_terminal(&upgrade, 100, &answers);
    assert_eq!(code, Some(0), "{said}");
    let template = pool.template().await;
    let properties = &template["variables"]["properties"];
    assert_eq!(properties["backoff_limit"]["default"], 2);
    assert_eq!(properties["namespace"]["default"], "flows");
}
