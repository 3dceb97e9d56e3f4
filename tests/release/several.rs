//! Several workers in one namespace.

use crate::stage::Stage;

#[tokio::test]
async fn two_workers_share_a_namespace_and_an_account() {
    let stage = Stage::new("several").await;
    let template = r#"--set-json=worker.config.baseJobTemplate.configuration="{}""#;
    stage.install("").arg(template).success();
    // The same names again are somebody else's.
    let said = stage.install("second").arg(template).failure(1);
    for object in [
        "ServiceAccount prefect-worker",
        "ConfigMap prefect-worker-base-job-template",
    ] {
        let words = format!(
            "{object} in namespace {} belongs to release prefect-worker",
            stage.name()
        );
        assert!(said.stderr.contains(&words), "{}", said.stderr);
    }
    let names = "second --set fullnameOverride=second";
    let said = stage.install(names).arg(template).failure(1);
    assert!(
        said.stderr
            .contains("worker.config.baseJobTemplate.name for the ConfigMap"),
        "{}",
        said.stderr
    );
    assert!(
        !said.stderr.contains("ServiceAccount prefect-worker"),
        "{}",
        said.stderr
    );
    let names = format!(
        "{names} --set worker.config.baseJobTemplate.name=second \
                         --set serviceAccount.create=false --set serviceAccount.name=prefect-worker"
    );
    let said = stage.install(&names).arg(template).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    let second = stage.get("apps/v1/deployments", "second").await.unwrap();
    assert_eq!(
        second["spec"]["template"]["spec"]["serviceAccountName"],
        "prefect-worker"
    );
    assert_eq!(stage.get("v1/serviceaccounts", "second").await, None);
    // Each prunes only its own.
    stage.install("").success();
    assert_eq!(
        stage
            .get("v1/configmaps", "prefect-worker-base-job-template")
            .await,
        None
    );
    assert!(stage.get("v1/configmaps", "second").await.is_some());
}
