use serde_json::json;

use super::*;
use crate::{k8s::Objection, template::default_base_job_template};

fn template(change: impl FnOnce(&mut Value)) -> Template {
    let mut template = default_base_job_template();
    change(&mut template);
    Template::new(template.as_object().cloned().unwrap_or_default())
}

/// The findings of a severity and worse, each as a short line.
fn lines(template: &Template, least: Severity) -> Vec<String> {
    lint(template, Subject::Kubernetes)
        .iter()
        .filter(|finding| finding.severity <= least)
        .map(|finding| format!("{} {} {}", finding.severity, finding.rule, finding.path))
        .collect()
}

#[test]
fn the_default_has_nothing_wrong() {
    let default = template(|_| {});
    assert_eq!(lines(&default, Severity::Warning), [""; 0]);
    let worth_knowing = lines(&default, Severity::Info);
    assert!(
        worth_knowing.contains(
            &"info left-out job_configuration.job_manifest.spec.template.spec.containers[0].image"
                .to_owned()
        ),
        "{worth_knowing:?}"
    );
    assert!(is_usable(&lint(&default, Subject::Kubernetes)));
}

#[test]
fn each_mistake_is_found_where_it_is() {
    const MANIFEST: &str = "/job_configuration/job_manifest";
    let at = |pointer: &'static str, value: Value| {
        template(move |template| *template.pointer_mut(pointer).unwrap() = value)
    };
    let add = |pointer: &'static str, key: &'static str, value: Value| {
        template(move |template| template.pointer_mut(pointer).unwrap()[key] = value)
    };
    let properties = "/variables/properties";
    let variable = |schema: Value| {
        template(move |template| {
            template["variables"]["properties"]["x"] = schema;
            template["job_configuration"]["job_manifest"]["spec"]["x"] = json!("{{ x }}");
        })
    };
    let spec = "/job_configuration/job_manifest/spec";
    for (template, expected) in [
        (add("", "varables", json!({})), "warning unknown varables"),
        (
            at("/variables/properties", json!([])),
            "error shape variables.properties",
        ),
        (at("/variables", json!({})), "error shape variables"),
        (
            add(spec, "y", json!("{{ imgae }}")),
            "error undeclared job_configuration.job_manifest.spec.y",
        ),
        (
            add(spec, "y", json!("{{ image.tag }}")),
            "error undeclared job_configuration.job_manifest.spec.y",
        ),
        (
            add(spec, "y", json!("{{ prefect.blocks.secret.x }}")),
            "error undeclared job_configuration.job_manifest.spec.y",
        ),
        (
            add(spec, "y", json!("{{ $HOME }}")),
            "error undeclared job_configuration.job_manifest.spec.y",
        ),
        (
            add(spec, "y", json!("{{ ctx.flow.name }}")),
            "error undeclared job_configuration.job_manifest.spec.y",
        ),
        (
            add(spec, "y", json!("{{ a b }}")),
            "warning no-placeholder job_configuration.job_manifest.spec.y",
        ),
        (
            add(spec, "{{ image }}", json!(1)),
            "warning in-key job_configuration.job_manifest.spec[\"{{ image }}\"]",
        ),
        (
            add(spec, "y", json!("a-{{ image }}")),
            "warning empty job_configuration.job_manifest.spec.y",
        ),
        (
            add(properties, "y", json!({"default": 1})),
            "warning unused variables.properties.y",
        ),
        (
            variable(json!({"default": "{{ image }}"})),
            "warning not-filled variables.properties.x.default",
        ),
        (
            variable(json!({"type": "text"})),
            "error schema variables.properties.x.type",
        ),
        (
            variable(json!({"type": "integer", "default": "1"})),
            "error default variables.properties.x.default",
        ),
        (
            variable(json!({"$ref": "#/definitions/None"})),
            "error schema variables.properties.x.$ref",
        ),
        (
            add("/variables", "required", json!(["nope"])),
            "error schema variables.required",
        ),
        (
            add(
                "/variables/properties/env",
                "default",
                json!({"PREFECT_API_KEY": "pnu_1"}),
            ),
            "warning credential variables.properties.env.default.PREFECT_API_KEY",
        ),
        (
            add("/job_configuration", "imagePullPolicy", json!("Never")),
            "warning unknown job_configuration.imagePullPolicy",
        ),
        (
            at("/job_configuration/job_manifest/kind", json!("Pod")),
            "error job job_configuration.job_manifest.kind",
        ),
        (
            at(
                "/job_configuration/job_manifest/spec/template/spec/containers/0/name",
                json!("x"),
            ),
            "error job job_configuration.job_manifest.spec.template.spec.containers[0].name",
        ),
        (
            template(|template| {
                let pod = template
                    .pointer_mut("/job_configuration/job_manifest/spec/template/spec")
                    .unwrap();
                pod.as_object_mut().unwrap().shift_remove("restartPolicy");
            }),
            "error job job_configuration.job_manifest.spec.template.spec.restartPolicy",
        ),
        (
            at("/job_configuration/stream_output", json!("perhaps")),
            "error job job_configuration.stream_output",
        ),
        (
            add(MANIFEST, "metadata", json!({"labels": 1})),
            "error job job_configuration.job_manifest.metadata.labels",
        ),
        (
            at(
                "/job_configuration/job_manifest/metadata/namespace",
                json!("elsewhere"),
            ),
            "error namespace job_configuration.job_manifest.metadata.namespace",
        ),
        (
            at("/variables/properties/backoff_limit/default", json!(3)),
            "warning backoff job_configuration.job_manifest.spec.backoffLimit",
        ),
        (
            add(spec, "parallelism", json!(2)),
            "warning parallel job_configuration.job_manifest.spec.parallelism",
        ),
    ] {
        let found = lines(&template, Severity::Warning);
        assert!(
            found.contains(&expected.to_owned()),
            "{expected}: {found:?}"
        );
        assert!(
            found.iter().all(|line| !line.starts_with("error")) || expected.starts_with("error"),
            "{expected}: {found:?}"
        );
    }
}

#[test]
fn circles_of_placeholders_are_named() {
    let template = template(|template| {
        let properties = &mut template["variables"]["properties"];
        properties["image"]["default"] = json!("{{ command }}");
        properties["command"]["default"] = json!("x {{ name }}");
        properties["name"]["default"] = json!("{{ image }}-{{ ctx.flow.name }}");
    });
    let found = lint(&template, Subject::Kubernetes);
    let not_filled: Vec<&Finding> = found.iter().filter(|it| it.rule == "not-filled").collect();
    assert_eq!(not_filled.len(), 3, "{not_filled:?}");
    assert!(
        not_filled
            .iter()
            .all(|it| it.message.contains("in a circle")),
        "{not_filled:?}"
    );
}

#[test]
fn what_comes_from_blocks_is_not_judged() {
    let template = template(|template| {
        let properties = &mut template["variables"]["properties"];
        properties["service_account_name"]["default"] = json!("{{ prefect.variables.account }}");
        properties["cluster_config"]["default"] = json!({"$ref": {"block_document_id": "1"}});
        properties["stream_output"]["default"] = json!("{{ prefect.blocks.json.x.value }}");
    });
    assert_eq!(lines(&template, Severity::Warning), [""; 0]);
}

#[test]
fn a_template_of_another_type_is_judged_without_a_job() {
    let members = json!({
        "job_configuration": {"image": "{{ image }}", "command": "{{ comand }}"},
        "variables": {"properties": {"image": {"default": "x"}, "command": {}}},
    });
    let template = Template::new(members.as_object().cloned().unwrap_or_default());
    let found = lint(&template, Subject::Other);
    let lines: Vec<_> = found.iter().map(|it| (it.rule, it.fix.as_str())).collect();
    assert_eq!(lines[0], ("undeclared", "Did you mean {{ command }}?"));
    assert_eq!(lines[1].0, "unused");
    assert_eq!(lines.len(), 2);
}

#[test]
fn the_api_servers_words_are_told_by_the_templates_paths() {
    let template = template(|_| {});
    let objection = |field: &str, is_unknown_field| Objection {
        field: Some(field.to_owned()),
        message: "Invalid value".to_owned(),
        is_unknown_field,
    };
    let found = of_api_server(
        &template,
        &[
            objection("spec.template.spec.completions", true),
            objection("spec.template.spec.imgae", true),
            objection(
                "spec.template.spec.containers[0].resources.limits[cpu]",
                false,
            ),
            objection("metadata.labels", false),
        ],
    );
    let lines: Vec<_> = found
        .iter()
        .map(|it| format!("{} {} {} | {}", it.severity, it.rule, it.path, it.fix))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    warning unknown-field job_configuration.job_manifest.spec.template.spec.imgae | Move it to where it belongs (kubectl explain job.spec --recursive), or take it out.
    error refused job_configuration.job_manifest.spec.template.spec.containers[0].resources.limits[cpu] | It comes from the variable cpu_limit: change its default.
    error refused job_configuration.job_manifest.metadata.labels | It comes from the variable labels: change its default.
    ");
}
