//! Keys of Prefect Cloud: whose they are, where they are let in, and why not.

use crate::{
    cloud::{BOT, Cloud, OTHER, USER, VIEWER, WORKSPACE},
    support::TestCommand,
};

/// `secret create` without a cluster, with the key on standard input.
fn create(cloud: &Cloud, workspace: &str, key: &str) -> TestCommand {
    TestCommand::new()
        .words("secret create --dry-run=client --from-stdin --api-url")
        .arg(cloud.workspace(workspace))
        .env("PREFECT_CLOUD_API_URL", &cloud.root())
        .input(&format!("{key}\n"))
}

#[tokio::test]
async fn it_is_said_whose_a_key_is() {
    let cloud = Cloud::start().await;
    for (key, whose) in [
        (USER, "The API key of Ada Lovelace (ada@acme.test) works"),
        (BOT, "The API key of a service account works"),
    ] {
        let output = create(&cloud, WORKSPACE, key).run();
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        assert_eq!(output.stdout, "secret/prefect-api-key created (dry run)\n");
        let said = format!(
            "{whose}: workspace acme/prod at {}. It is let into 1 account and 1 workspace: acme/prod.\n",
            cloud.workspace(WORKSPACE)
        );
        assert_eq!(output.stderr, said);
    }
}

#[tokio::test]
async fn a_key_that_is_refused_is_not_written() {
    let cloud = Cloud::start().await;
    let unknown = "pnu_nobody7890abcdefghijklmnopqrstuvwxyz";
    for (workspace, key, said) in [
        (
            WORKSPACE,
            unknown,
            vec![
                "does not accept this API key",
                "Invalid authentication credentials",
                "expired",
            ],
        ),
        (
            OTHER,
            USER,
            vec![
                "is not let into workspace cccccccc",
                "it is let into acme/prod alone",
                WORKSPACE,
            ],
        ),
        (
            WORKSPACE,
            VIEWER,
            vec![
                "may not look at the work pools of workspace acme/prod",
                "role",
            ],
        ),
    ] {
        let output = create(&cloud, workspace, key).words("-o yaml").failure(1);
        assert_eq!(output.stdout, "", "{said:?}");
        for text in said {
            assert!(output.stderr.contains(text), "{text}:\n{}", output.stderr);
        }
        assert!(!output.stderr.contains(key), "the key is shown");
    }
}

#[tokio::test]
async fn without_an_address_a_key_is_tried_on_the_cloud() {
    let cloud = Cloud::start().await;
    let command = || {
        TestCommand::new()
            .words("secret create --dry-run=client --from-stdin -o name")
            .env("PREFECT_CLOUD_API_URL", &cloud.root())
    };
    let output = command().input(BOT).run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let said = format!(
        "The API key of a service account works: Prefect Cloud at {}",
        cloud.root()
    );
    assert!(output.stderr.contains(&said), "{}", output.stderr);
    let output = command().input("something-else").failure(2);
    assert!(output.stderr.contains("pnu_ or pnb_"), "{}", output.stderr);
    // An auth string is a server's.
    let output = command()
        .words("--auth-string")
        .input("admin:pass")
        .failure(2);
    assert!(
        output.stderr.contains("no Prefect API URL is set"),
        "{}",
        output.stderr
    );
    let output = command()
        .words("--auth-string --api-url")
        .arg(cloud.workspace(WORKSPACE))
        .input("admin:pass")
        .failure(1);
    assert!(
        output.stderr.contains("takes no auth string"),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn an_api_that_does_not_answer_says_nothing_of_the_key() {
    let output = TestCommand::new()
        .words("secret create --dry-run=client --from-stdin --api-url http://127.0.0.1:9/api")
        .input("s.ome-key")
        .failure(3);
    for text in [
        "failed to try the API key",
        "connection refused",
        "--no-verify",
    ] {
        assert!(output.stderr.contains(text), "{text}:\n{}", output.stderr);
    }
}
