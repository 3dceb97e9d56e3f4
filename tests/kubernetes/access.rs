//! What a worker lacks is found before it starts, and the printed Roles bring it.

use std::time::Duration;

use kubectl_prefect::k8s::{Class, Overrides, WorkerNeeds, as_roles, of_worker};
use serde_json::json;

use crate::{connect, support::cluster};

#[tokio::test]
async fn the_roles_we_print_allow_what_was_refused() {
    let cluster = cluster();
    let namespace = cluster.namespace("access");
    let needs = WorkerNeeds {
        secrets: true,
        events: true,
    };
    let wanted = of_worker(&namespace.name, needs);
    let flags = Overrides {
        impersonate: Some(format!("system:serviceaccount:{}:worker", namespace.name)),
        ..Overrides::default()
    };
    let worker = connect(&cluster, flags).await;
    let who = worker.whoami().await.unwrap();
    assert_eq!(worker.lacking(&wanted).await.unwrap(), wanted);
    let refused = worker
        .create_job(&namespace.name, &json!({}))
        .await
        .unwrap_err();
    assert_eq!(refused.class, Class::Forbidden);
    assert_eq!(refused.error.kind.exit_code(), 3);
    let hint = &refused.error.hints[0];
    assert!(
        hint.contains("service account worker") && hint.contains("kind: RoleBinding"),
        "{hint}"
    );

    let roles = as_roles(&wanted, "prefect-worker", &who).unwrap();
    cluster.kubectl_with_input(&["apply", "-f", "-"], &roles);
    for _ in 0..50 {
        if worker.lacking(&wanted).await.unwrap().is_empty() {
            let tried = worker
                .create_job(&namespace.name, &json!({}))
                .await
                .unwrap_err();
            assert_eq!(tried.class, Class::Invalid, "{tried:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("still lacking {:?}", worker.lacking(&wanted).await.unwrap());
}

#[tokio::test]
async fn an_administrator_lacks_nothing() {
    let cluster = cluster();
    let admin = connect(&cluster, Overrides::default()).await;
    let wanted = of_worker("default", WorkerNeeds::default());
    assert_eq!(admin.lacking(&wanted).await.unwrap(), []);
}
