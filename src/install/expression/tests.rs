use serde_json::json;

use super::*;

fn run(text: &str) -> Result<String, String> {
    let values = json!({
        "team": "data", "count": 2, "none": null, "on": true, "labels": {"a.b": "c"},
        "list": ["x", "y"], "nested": "{{ .Values.team }}!", "loop": "{{ tpl .Values.loop . }}",
        "worker": {"config": {"workPool": "my pool"}},
    });
    let definitions = Definitions {
        name: "prefect-worker".into(),
        fullname: "full".into(),
        namespace: "ns".into(),
        service_account: "sa".into(),
        template_config_map: String::new(),
    };
    let scope = Scope {
        release: "rel",
        namespace: "flows",
        app_version: "3-latest",
        values: &values,
        definitions: &definitions,
    };
    evaluate(text, &scope).map_err(|error| error.0)
}

#[test]
fn expressions_have_the_value_that_helm_gives_them() {
    for (text, expected) in [
        ("plain", "plain"),
        ("{{ .Release.Name }}-{{ .Release.Namespace }}", "rel-flows"),
        ("{{ $.Release.Name }}", "rel"),
        (
            "{{.Chart.Name}} {{ .Chart.AppVersion }}",
            "prefect-worker 3-latest",
        ),
        ("{{ .Values.worker.config.workPool }}", "my pool"),
        ("{{ include \"common.names.fullname\" . }}-x", "full-x"),
        ("{{ include `common.names.namespace` $ | upper }}", "NS"),
        (
            "{{ include \"common.names.fullname.namespace\" . }}",
            "full-ns",
        ),
        (
            "{{ template_free }}",
            "!there is no function template_free that takes 0 argument(s)",
        ),
        ("a {{- \" b \" -}} c", "a b c"),
        ("a{{/* nothing */}}b", "ab"),
        ("{{ .Values.team | upper | quote }}", "\"DATA\""),
        ("{{ .Values.team | squote }}", "'data'"),
        ("{{ .Values.none }}", ""),
        ("{{ .Values.missing | default \"x\" }}", "x"),
        ("{{ default .Values.team .Values.none }}", "data"),
        ("{{ .Values.count }}", "2"),
        ("{{ add .Values.count 3 }}", "5"),
        (
            "{{ printf \"%s-%d-%v%%\" .Values.team .Values.count true }}",
            "data-2-true%",
        ),
        ("{{ .Values.team | trunc 2 }}", "da"),
        ("{{ .Values.team | trunc -2 }}", "ta"),
        ("{{ \"a-b\" | replace \"-\" \"_\" }}", "a_b"),
        ("{{ trimSuffix \"-x\" \"name-x\" }}", "name"),
        ("{{ ternary \"yes\" \"no\" .Values.on }}", "yes"),
        ("{{ index .Values.labels \"a.b\" }}", "c"),
        ("{{ index .Values.list 1 }}", "y"),
        ("{{ join \",\" .Values.list }}", "x,y"),
        ("{{ .Values.labels | toJson }}", "{\"a.b\":\"c\"}"),
        ("{{ b64enc \"a\" }} {{ b64dec \"YQ==\" }}", "YQ== a"),
        ("{{ coalesce .Values.none \"\" .Values.team }}", "data"),
        ("{{ (printf \"%s\" .Values.team) | upper }}", "DATA"),
        ("{{ (.Values.worker).config.workPool }}", "my pool"),
        ("{{ tpl .Values.nested . }}", "data!"),
        ("{{ if .Values.on }}a{{ else }}b{{ end }}", "a"),
        (
            "{{ if eq .Values.team \"x\" }}a{{ else if gt .Values.count 1 }}b{{ else }}c{{ end }}",
            "b",
        ),
        ("{{ if and .Values.on (not .Values.none) }}a{{ end }}", "a"),
        ("{{ if or .Values.none \"\" }}a{{ end }}z", "z"),
        ("{{ \"}}\" }}", "}}"),
        ("{{ len .Values.list }}", "2"),
    ] {
        let expected = match expected.strip_prefix('!') {
            Some(error) => Err(error.to_owned()),
            None => Ok(expected.to_owned()),
        };
        assert_eq!(run(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_evaluated_says_why() {
    for (text, expected) in [
        ("{{ .Values.team", "{{ is not closed with }}"),
        ("{{ \"x }}", "{{ is not closed with }}"),
        ("{{ }}", "a value or a function is missing"),
        (
            "{{ range .Values.list }}x{{ end }}",
            "range is not supported in a value",
        ),
        ("{{ $x := 1 }}", "variables such as $x are not supported"),
        (
            "{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}",
            "lookup is not supported: the same values must always render the same",
        ),
        (
            "{{ .Capabilities.KubeVersion }}",
            ".Capabilities.KubeVersion is not known here: there are .Values, .Release.Name, .Release.Namespace, .Release.Service, .Chart.Name and .Chart.AppVersion",
        ),
        (
            "{{ .Values.missing.x }}",
            "x is asked of a value that is not set",
        ),
        (
            "{{ .Values.team.x }}",
            "x is asked of a value that is no map",
        ),
        ("{{ .Values.labels }}", "a map has no text: use toJson"),
        (
            "{{ include \"other\" . }}",
            "include knows no \"other\", but common.names.name, common.names.fullname, common.names.namespace, common.names.fullname.namespace, worker.serviceAccountName, worker.baseJobTemplateName",
        ),
        (
            "{{ include \"common.names.name\" }}",
            "include takes a text and the root: include \"...\" .",
        ),
        ("{{ if true }}x", "if without end"),
        ("{{ end }}", "end without if"),
        ("{{ (upper \"a\" }}", "( is not closed with )"),
        ("{{ upper \"a\") }}", ") without ("),
        (
            "{{ \"a\" \"b\" }}",
            "a value is called as if it were a function",
        ),
        (
            "{{ upper \"a\" \"b\" }}",
            "there is no function upper that takes 2 argument(s)",
        ),
        (
            "{{ tpl .Values.loop . }}",
            "tpl calls itself more than 8 deep",
        ),
        ("{{ required \"say a team\" .Values.none }}", "say a team"),
        (
            "{{ .Values.none | upper }}",
            "a value that is not set has no text: use default",
        ),
        ("{{ # }}", "'#' has no meaning here"),
        (
            "{{ . }}",
            "a dot alone stands for everything, which has no text",
        ),
    ] {
        assert_eq!(run(text), Err(expected.to_owned()), "{text}");
    }
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(1000), ")".repeat(1000));
    assert_eq!(
        run(&deep),
        Err("more than 50 parentheses are nested".to_owned())
    );
}

#[test]
fn a_value_names_the_path_of_what_is_wrong() {
    let values = json!({});
    let definitions = Definitions::default();
    let scope = Scope {
        release: "r",
        namespace: "n",
        app_version: "v",
        values: &values,
        definitions: &definitions,
    };
    let good = json!({"{{ .Release.Name }}": ["{{ .Release.Namespace }}", 1, true, null]});
    assert_eq!(
        evaluate_value(&good, &scope).unwrap(),
        json!({"r": ["n", 1, true, null]})
    );
    let bad = json!({"a": [{"b": "{{ nope }}"}]});
    assert_eq!(evaluate_value(&bad, &scope).unwrap_err().path, ".a[0].b");
}
