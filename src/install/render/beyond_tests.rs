//! What goes beyond the chart.

use super::*;

#[test]
fn a_budget_that_makes_no_sense_is_refused_with_the_reason() {
    for (budget, replicas, expected) in [
        (
            "maxUnavailable: 1, minAvailable: 1",
            3,
            "maxUnavailable and minAvailable are given at once",
        ),
        (
            "maxUnavailable: 0",
            3,
            "no node that runs a worker could ever be drained",
        ),
        (
            "maxUnavailable: 0%",
            3,
            "no node that runs a worker could ever be drained",
        ),
        (
            "minAvailable: 1",
            1,
            "no node that runs a worker could ever be drained",
        ),
        (
            "minAvailable: 3",
            3,
            "no node that runs a worker could ever be drained",
        ),
        (
            "minAvailable: 100%",
            3,
            "no node that runs a worker could ever be drained",
        ),
        (
            "minAvailable: 67%",
            3,
            "no node that runs a worker could ever be drained",
        ),
        (
            "minAvailable: half",
            3,
            "a number of pods from 0 on, or a percentage such as 50%, is expected",
        ),
        (
            "maxUnavailable: -1",
            3,
            "a number of pods from 0 on, or a percentage such as 50%, is expected",
        ),
        ("maxUnavailable: 1", 1, ""),
        ("minAvailable: 66%", 3, ""),
        ("minAvailable: 2", 3, ""),
        (
            "maxUnavailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow",
            1,
            "",
        ),
    ] {
        let text =
            format!("worker: {{replicaCount: {replicas}, podDisruptionBudget: {{{budget}}}}}");
        match try_render(&text) {
            Ok(_) => assert_eq!(expected, "", "{budget}"),
            Err(error) => assert!(
                !expected.is_empty() && error.message.ends_with(expected),
                "{budget}: {error}"
            ),
        }
    }
    // Under an autoscaler the most workers count.
    let text = "worker: {podDisruptionBudget: {minAvailable: 1}, autoscaling: {enabled: true, maxReplicas: 2}}";
    let budget = object(text, "PodDisruptionBudget");
    assert_eq!(budget["spec"]["minAvailable"], 1);
    let labels = &object(text, "Deployment")["spec"]["template"]["metadata"]["labels"];
    assert_eq!(
        labels["prefect.io/worker-deployment-name"],
        "prefect-worker"
    );
}

#[test]
fn workers_keep_apart_when_there_are_several() {
    let anti = |text: &str| {
        object(text, "Deployment")["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
            .clone()
    };
    let soft = anti("worker: {replicaCount: 2, podAntiAffinityPreset: soft}");
    let term = &soft["preferredDuringSchedulingIgnoredDuringExecution"][0]["podAffinityTerm"];
    assert_eq!(term["topologyKey"], "kubernetes.io/hostname");
    assert_eq!(
        term["labelSelector"]["matchLabels"]["app.kubernetes.io/instance"],
        "rel"
    );
    let hard = anti(
        "worker: {replicaCount: 2, podAntiAffinityPreset: hard, affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}}}",
    );
    assert_eq!(
        hard["requiredDuringSchedulingIgnoredDuringExecution"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let alone = try_render("worker: {podAntiAffinityPreset: hard}").unwrap();
    assert_eq!(alone.notes.len(), 1);
    assert!(
        alone.objects[3]["spec"]["template"]["spec"]
            .get("affinity")
            .is_none()
    );
    assert!(
        try_render(
            "worker: {replicaCount: 2, podAntiAffinityPreset: soft, affinity: {podAntiAffinity: 5}}"
        )
        .is_err()
    );
}

#[test]
fn workers_are_spread() {
    let text = "worker: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}";
    let constraint =
        object(text, "Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"][0]
            .clone();
    assert_eq!(
        constraint["labelSelector"]["matchLabels"]["app.kubernetes.io/component"],
        "worker"
    );
    let error = try_render("worker: {topologySpreadConstraints: [{maxSkew: 1}]}").unwrap_err();
    assert!(
        error
            .message
            .ends_with("worker.topologySpreadConstraints[0]: topologyKey is missing"),
        "{error}"
    );
}

#[test]
fn hooks_stand_on_the_workers_container() {
    let text = "worker: {lifecycle: {preStop: {exec: {command: [sleep, '{{ .Release.Name }}']}}}}";
    assert_eq!(
        worker_container(text)["lifecycle"],
        json!({"preStop": {"exec": {"command": ["sleep", "rel"]}}})
    );
    assert!(worker_container("").get("lifecycle").is_none());
}

#[test]
fn extra_manifests_are_objects_with_names_of_their_own() {
    let manifest = "extraManifests: [{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-x'}, data: {a: '1'}}]";
    assert_eq!(object(manifest, "ConfigMap")["metadata"]["name"], "rel-x");
    for (manifest, expected) in [
        (
            "{kind: Secret}",
            "an object of Kubernetes needs apiVersion, as text",
        ),
        (
            "{apiVersion: v1, kind: Secret, metadata: {name: 5}}",
            "an object of Kubernetes needs metadata.name, as text",
        ),
        (
            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: prefect-worker}}",
            "another object of this release has its kind and name",
        ),
    ] {
        let error = try_render(&format!("extraManifests: [{manifest}]")).unwrap_err();
        assert!(error.message.ends_with(expected), "{error}");
    }
}
