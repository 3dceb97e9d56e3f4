//! Without a server and without a cluster.

use std::path::PathBuf;

use kubectl_prefect::template::default_base_job_template;
use serde_json::{Value, json};

use crate::{changed, json_of, support::TestCommand, with_image};

const NOBODY: &str = "http://127.0.0.1:9/api";

fn template(words: &str) -> TestCommand {
    TestCommand::new().arg("template").words(words)
}

fn file(command: &TestCommand, content: &[u8]) -> PathBuf {
    let path = command.home().join("t");
    std::fs::write(&path, content).unwrap();
    path
}

/// A file with this content, judged without a cluster.
fn lint(content: &[u8]) -> TestCommand {
    let command = template("lint --dry-run=client -f t");
    file(&command, content);
    command
}

#[test]
fn the_default_is_there_without_a_server() {
    let built_in = json_of(&template("default --built-in").success());
    assert_eq!(built_in, default_base_job_template());
    let flows = json_of(&template("default --built-in -n flows").success());
    let namespace = "/variables/properties/namespace/default";
    assert_eq!(flows.pointer(namespace), Some(&json!("flows")));
    let output = template("default").run();
    assert_eq!(json_of(&output.stdout), built_in);
    assert!(
        output.stderr.contains("no Prefect API URL is set"),
        "{}",
        output.stderr
    );
    let output = template("default").env("PREFECT_API_URL", NOBODY).run();
    assert_eq!(json_of(&output.stdout), built_in);
    assert!(
        output.stderr.contains("cannot be reached"),
        "{}",
        output.stderr
    );
    template("default --type docker --built-in").failure(2);
    template("default --type docker")
        .env("PREFECT_API_URL", NOBODY)
        .failure(3);
}

#[test]
fn what_is_written_as_yaml_is_read_again() {
    let yaml = template("default --built-in -o yaml").success();
    let output = lint(yaml.as_bytes()).words("-o json").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let digest = json_of(&output.stdout)["digest"].clone();
    let json = template("default --built-in").success();
    let other = json_of(&lint(json.as_bytes()).words("-o json").success());
    assert_eq!(digest, other["digest"]);
}

#[test]
fn files_that_are_no_template_are_wrong_usage() {
    for (content, said) in [
        (&b"{\"a\": 1, // why\n\"b\": 2}"[..], "JSON has no comments"),
        (b"\x80: \x81", "t is not text"),
        (b"{\"a\": \xff\xfe\xfd}", "t is not text"),
        (b"", "t is empty"),
        (b"[]", "a base job template is a map, and this is a list"),
        (b"a: b: c", "t:1 is not YAML"),
        (
            b"{\"base_job_template\": {}}",
            "under \"base_job_template\"",
        ),
    ] {
        let output = lint(content).failure(2);
        assert!(output.stderr.contains(said), "{said}: {}", output.stderr);
    }
    let output = template("lint --dry-run=client -f .").failure(2);
    assert!(
        output.stderr.contains(". is a folder, not a file"),
        "{}",
        output.stderr
    );
    let output = template("lint --dry-run=client -f none").failure(2);
    assert!(
        output.stderr.contains("failed to read none"),
        "{}",
        output.stderr
    );
    let output = lint(&vec![b' '; 17 << 20]).failure(2);
    assert!(
        output.stderr.contains("larger than 16 MiB"),
        "{}",
        output.stderr
    );
}

#[test]
fn files_that_are_odd_are_read() {
    let template = with_image("x").to_string();
    lint(format!("\u{feff}{template}").as_bytes()).success();
    let utf_16: Vec<u8> = format!("\u{feff}{template}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    lint(&utf_16).success();
    let yaml = "# why\njob_configuration: {image: '{{ image }}'}\nvariables:\n  properties:\n    image: {type: string}\n";
    lint(yaml.as_bytes()).words("--type docker").success();
    let large = changed(|template| {
        for number in 0..5000 {
            let name = format!("variable_{number}");
            template["variables"]["properties"][&name] =
                json!({"type": "string", "default": "x".repeat(200)});
        }
    });
    let large = large.to_string();
    assert!(large.len() > 1_000_000);
    let output = lint(large.as_bytes()).words("-o json").run();
    assert_eq!(json_of(&output.stdout)["warnings"], 5000);
}

#[test]
fn findings_are_told_with_place_and_remedy() {
    let wrong = changed(|template| {
        let container = "/job_configuration/job_manifest/spec/template/spec/containers/0";
        template.pointer_mut(container).unwrap()["image"] = json!("{{ imag }}");
        template["variables"]["properties"]["cpu_limit"]["default"] = json!(2);
    });
    let output = lint(wrong.to_string().as_bytes()).failure(1);
    assert_eq!(
        output.stdout,
        "\
error: job_configuration.job_manifest.spec.template.spec.containers[0].image (undeclared)
  There is no variable \"imag\", and Prefect's server refuses the template.
  fix: Did you mean {{ image }}?
error: variables.properties.cpu_limit.default (default)
  It must be string or null, and is a number: it does not fit its own schema.
  fix: Change the default, or the schema beside it.
warning: variables.properties.image (unused)
  Nothing in job_configuration asks for it: a value for it has no effect.
  fix: Put {{ image }} where it belongs, or take the variable out.
"
    );
    assert!(
        output.stderr.contains("t: errors: 2, warnings: 1"),
        "{}",
        output.stderr
    );
    let output = lint(wrong.to_string().as_bytes())
        .words("-o json")
        .failure(1);
    let document = json_of(&output.stdout);
    assert_eq!(document["errors"], 2);
    assert_eq!(document["findings"][0]["rule"], "undeclared");
    let unused = changed(|template| template["variables"]["properties"]["x"] = json!({}));
    lint(unused.to_string().as_bytes()).success();
    lint(unused.to_string().as_bytes())
        .words("--strict")
        .failure(1);
}

#[test]
fn a_job_is_rendered_from_a_file_alone() {
    let command =
        template("render --template t -n flows -o json --set image=python:3.13,env.LEVEL=debug");
    file(&command, with_image("mine").to_string().as_bytes());
    let job = json_of(&command.success());
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "python:3.13");
    assert_eq!(job["metadata"]["namespace"], "flows");
    assert_eq!(
        job["metadata"]["labels"]["prefect.io/flow-run-name"],
        "example"
    );
    let env = container["env"].as_array().unwrap();
    assert!(
        env.contains(&json!({"name": "LEVEL", "value": "debug"})),
        "{env:?}"
    );
}

#[test]
fn a_rendered_job_has_no_credentials_and_says_why_it_is_as_it_is() {
    let command = template("render --template t --explain -f vars.yaml")
        .env("PREFECT_API_KEY", "pnu_hidden")
        .env(
            "PREFECT_API_URL",
            "https://user:pass@api.prefect.cloud/api/accounts/a/workspaces/w",
        );
    file(&command, with_image("mine").to_string().as_bytes());
    std::fs::write(
        command.home().join("vars.yaml"),
        "image: other\nimgae: typo\nbackoff_limit: many\n",
    )
    .unwrap();
    let output = command.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    for secret in ["pnu_hidden", "pass"] {
        assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret));
    }
    assert!(
        output.stdout.contains("value: (hidden)"),
        "{}",
        output.stdout
    );
    for line in [
        "# image: \"other\"  from the command line, in place of the template's default\n",
        "# namespace: \"default\"  from the template's default\n",
        "# cpu_limit: unset\n",
        "# imgae: \"typo\"  from the command line; no effect: the template has no such variable; did you mean image?\n",
    ] {
        assert!(output.stdout.contains(line), "{line}: {}", output.stdout);
    }
    assert!(
        output
            .stderr
            .contains("job variable \"imgae\" of the command line has no effect"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("backoff_limit of the command line must be integer, and is a string"),
        "{}",
        output.stderr
    );
    let shown = template("render --template t --show-secrets").env("PREFECT_API_KEY", "pnu_hidden");
    file(&shown, with_image("mine").to_string().as_bytes());
    assert!(shown.success().contains("pnu_hidden"));
}

#[test]
fn references_stay_without_a_server() {
    let referring = changed(|template| {
        template["variables"]["properties"]["image"]["default"] =
            json!("{{ prefect.variables.image }}");
    });
    let command = template("render --template t -o json");
    file(&command, referring.to_string().as_bytes());
    let output = command.run();
    let job = json_of(&output.stdout);
    assert_eq!(
        job["spec"]["template"]["spec"]["containers"][0]["image"],
        "{{ prefect.variables.image }}"
    );
    assert!(
        output.stderr.contains("stay as they are"),
        "{}",
        output.stderr
    );
}

#[test]
fn nothing_is_begun_that_cannot_be_ended() {
    for words in ["push -p a -f t", "upgrade -p a"] {
        let output = template(words).env("PREFECT_API_URL", NOBODY).failure(2);
        assert!(
            output.stderr.contains("no terminal to ask on"),
            "{}",
            output.stderr
        );
        assert!(output.stderr.contains("--yes"), "{}", output.stderr);
    }
    for words in [
        "get -p a/b",
        "get",
        "push -p a",
        "lint",
        "lint -p a -f t",
        "render",
        "render --deployment noflow",
        "sync -f t",
        "sync --all name",
        "sync --check --watch -p a -f t",
        "sync --watch -p a -f -",
        "diff -p a -f t --default",
        "upgrade -p a --prefer both",
    ] {
        let output = template(words).env("PREFECT_API_URL", NOBODY).run();
        assert_eq!(output.code, Some(2), "{words}: {}", output.stderr);
    }
}

#[test]
fn an_api_that_is_away_is_told_in_every_format() {
    for words in ["get -p a", "diff -p a", "lint -p a", "render -p a"] {
        let output = template(words)
            .words("-o json")
            .env("PREFECT_API_URL", NOBODY)
            .env("PREFECT_CLIENT_MAX_RETRIES", "0")
            .failure(3);
        let document: Value = json_of(&output.stdout);
        assert_eq!(document["error"]["exitCode"], 3, "{words}");
        assert!(
            output.stderr.contains("cannot be reached"),
            "{words}: {}",
            output.stderr
        );
    }
}
