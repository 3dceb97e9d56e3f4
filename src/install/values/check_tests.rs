use super::*;

fn report(text: &str) -> Report {
    let values = crate::install::yaml::read(text.as_bytes(), "v.yaml")
        .unwrap()
        .values;
    check(&values, Schema::get())
}

fn problems(text: &str) -> Vec<String> {
    report(text)
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn mistakes_have_a_path_a_line_and_a_suggestion() {
    for (text, expected) in [
        (
            "worker:\n  replicacount: 2",
            "v.yaml:2: worker.replicacount: there is no such value; did you mean replicaCount?",
        ),
        (
            "worker:\n  workPool: x",
            "v.yaml:2: worker.workPool: there is no such value; did you mean worker.config.workPool?",
        ),
        (
            "worker:\n  replicaCount: '2'",
            "v.yaml:2: worker.replicaCount: a whole number is expected, not a string; write it without quotes, or with --set in place of --set-string",
        ),
        (
            "worker:\n  image:\n    debug: 'true'",
            "v.yaml:3: worker.image.debug: a boolean is expected, not a string; write it without quotes, or with --set in place of --set-string",
        ),
        (
            "worker:\n  config:\n    workPool: no",
            "v.yaml:3: worker.config.workPool: a string is expected, not a boolean; write it in quotes, or with --set-string",
        ),
        (
            "worker:\n  config:\n    workQueues: [a, 7]",
            "v.yaml:3: worker.config.workQueues[1]: a string is expected, not a number; write it in quotes, or with --set-string",
        ),
        (
            "worker:\n  apiConfig: selfhostedserver",
            "v.yaml:2: worker.apiConfig: \"selfhostedserver\" is none of cloud, customerManagedCloud, selfHostedServer; did you mean selfHostedServer?",
        ),
        (
            "worker:\n  image: x",
            "v.yaml:2: worker.image: a map is expected, not a string",
        ),
        (
            "worker: 5",
            "v.yaml:1: worker: a map is expected, not a number",
        ),
        (
            "worker:\n  extraArgs: --x",
            "v.yaml:2: worker.extraArgs: a list is expected, not a string; write it as a list",
        ),
        (
            "worker:\n  podAnnotations:\n    port: 8080",
            "v.yaml:3: worker.podAnnotations.port: a string is expected, not a number; write it in quotes, or with --set-string",
        ),
        (
            "worker:\n  extraEnvVars:\n    - name: A\n      value: 1",
            "v.yaml:4: worker.extraEnvVars[0].value: a string is expected, not a number; write it in quotes, or with --set-string",
        ),
        (
            "worker:\n  extraEnvVars:\n    - value: a",
            "v.yaml:3: worker.extraEnvVars[0]: name is missing",
        ),
        (
            "worker:\n  extraVolumes: [null]",
            "v.yaml:2: worker.extraVolumes[0]: a map is expected, not null",
        ),
        (
            "worker:\n  resources:\n    requests:\n      memmory: 1Gi",
            "v.yaml:4: worker.resources.requests.memmory: there is no such value; did you mean memory?",
        ),
        (
            "worker:\n  config:\n    limit: 1.5",
            "v.yaml:3: worker.config.limit: a whole number is expected, not a number",
        ),
        (
            "role:\n  extraPermission: []",
            "v.yaml:2: role.extraPermission: there is no such value; did you mean extraPermissions?",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn what_the_chart_takes_is_taken() {
    for text in [
        "worker:\n  resources:\n    requests: {cpu: 1, memory: 1Gi}",
        "worker:\n  podSecurityContext: {runAsUser: null, supplementalGroups: [1]}",
        "worker:\n  containerSecurityContext:\n    capabilities: {drop: [ALL]}\n    procMount: Default",
        "worker:\n  config:\n    baseJobTemplate:\n      configuration: {variables: {}}",
        "worker:\n  config:\n    baseJobTemplate:\n      configuration: '{}'",
        "worker:\n  config: {limit: null, name: null, workPool: x}",
        "worker:\n  dnsConfig: null",
        "worker:\n  dnsConfig:\n    options: [{name: ndots, value: 2}, {name: edns0}]",
        "worker:\n  extraArgs: [--a, 5, true]",
        "worker:\n  podDisruptionBudget: {maxUnavailable: 50%}",
        "worker:\n  podDisruptionBudget: {minAvailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow}",
        "global: {x: 1}\ncommon: {y: 2}",
        "team: data\ncommonLabels: {team: '{{ .Values.team }}'}",
    ] {
        assert_eq!(report(text), Report::default(), "{text}");
    }
}

#[test]
fn what_nothing_reads_is_a_warning_where_the_chart_is_silent() {
    for (text, expected) in [
        (
            "image:\n  tag: x",
            "v.yaml:1: image: nothing reads this value; did you mean worker.image?",
        ),
        (
            "fullNameOverride: x",
            "v.yaml:1: fullNameOverride: nothing reads this value; did you mean fullnameOverride?",
        ),
        (
            "worker:\n  cloudApiConfig:\n    apiKeySecret:\n      nmae: x",
            "v.yaml:4: worker.cloudApiConfig.apiKeySecret.nmae: nothing reads this value; did you mean name?",
        ),
        ("zebra: 1", "v.yaml:1: zebra: nothing reads this value"),
    ] {
        let report = report(text);
        assert_eq!(report.problems, [], "{text}");
        let warnings: Vec<_> = report.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings, [expected], "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "worker:\n  a: 1\n  b: 2\n  image: {c: 3}\nrole: []\n";
    assert_eq!(problems(text).len(), 4);
}
