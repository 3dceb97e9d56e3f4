//! `values`: the defaults, the schema, the reference, what comes out of files, and old names.

use serde_json::Value;

use crate::{ENOUGH, install, objects, support::TestCommand};

const OLD: &str = "\
worker:
  apiConfig: server
  serverApiConfig: {apiUrl: http://prefect-server:4200/api, uiUrl: http://ui}
  basicAuth: {enabled: true, existingSecret: auth}
  config: {workPool: p, baseJobTemplate: '{}'}
";

#[test]
fn old_names_render_what_todays_do() {
    let said = TestCommand::new()
        .words("values check --migrate -f -")
        .input(OLD)
        .run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(said.stderr.lines().count(), 5, "{}", said.stderr);
    assert!(!said.stdout.contains("serverApiConfig") && !said.stdout.contains("uiUrl"));
    let migrated = install(&said.stdout).run();
    assert_eq!(migrated.stderr, "");
    assert_eq!(migrated.stdout, install(OLD).success());
    let both = format!("{OLD}  selfHostedServerApiConfig: {{apiUrl: other}}\n");
    let said = install(&both).failure(2);
    assert!(
        said.stderr.contains(
            "standard input:3: worker.serverApiConfig.apiUrl: this is the old name of \
             worker.selfHostedServerApiConfig.apiUrl, which is given at standard input:6 too"
        ),
        "{}",
        said.stderr
    );
}

#[test]
fn the_defaults_can_be_used_as_a_file() {
    let defaults = TestCommand::new().words("values default").success();
    let command = TestCommand::new();
    let file = command.home().join("defaults.yaml");
    std::fs::write(&file, defaults).unwrap();
    let command = command
        .words("install --dry-run=client -f")
        .arg(format!("{},-", file.display()))
        .input(ENOUGH);
    assert_eq!(objects(command), objects(install(ENOUGH)));
    let json: Value =
        serde_json::from_str(&TestCommand::new().words("values default -o json").success())
            .unwrap();
    assert_eq!(json["worker"]["image"]["repository"], "prefecthq/prefect");
}

#[test]
fn values_are_shown_without_the_password() {
    let values = format!(
        "{ENOUGH}  selfHostedServerApiConfig: {{basicAuth: {{authString: 'admin:s3cr3t'}}}}\n"
    );
    let values = values.replace(
        "  selfHostedServerApiConfig: {apiUrl: http://prefect-server:4200/api}\n",
        "",
    );
    let show = |flag: &str| {
        TestCommand::new()
            .words("values show -f - -o json")
            .words(flag)
            .input(&values)
            .run()
    };
    let hidden = show("");
    assert!(
        !hidden.stdout.contains("s3cr3t") && hidden.stderr.contains("--show-secrets"),
        "{hidden:?}"
    );
    let shown = show("--show-secrets");
    assert!(
        shown.stdout.contains("admin:s3cr3t") && shown.stderr.is_empty(),
        "{shown:?}"
    );
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["worker"]["config"]["workPool"], "my pool");
    assert_eq!(shown["worker"]["replicaCount"], 1);
}

#[test]
fn schema_and_reference_are_printed() {
    let schema: Value =
        serde_json::from_str(&TestCommand::new().words("values schema").success()).unwrap();
    assert_eq!(
        schema["properties"]["worker"]["properties"]["replicaCount"]["default"],
        1
    );
    let reference = TestCommand::new().words("values docs").success();
    assert_eq!(
        reference,
        include_str!("../../src/install/values/reference.md")
    );
}
