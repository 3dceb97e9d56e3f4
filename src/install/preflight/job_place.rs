//! Where the Jobs of a worker go, and whether it looks there and has rights there. A base job
//! template sends them to namespace `default` unless it says otherwise, wherever the worker is.

use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    base_template::default_namespace,
    deployed::{Deployment, Told, WorkerSpec},
    install::{plan::Desired, render::TEMPLATE_FILE},
    prefect::{JsonObject, WorkPoolName},
    worker::pool::TYPE,
};

/// The variable by which the Python worker is told which namespaces to watch.
const WATCHED: &str = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES";
/// Where Jobs go when nobody says anything.
const DEFAULT: &str = "default";

/// What is wrong with the namespace that Jobs of the pool will go to, and what to do; nothing when
/// it is fine. `template` is the pool's, if it has one.
#[must_use]
pub fn warning(
    desired: &[Desired],
    pool: &WorkPoolName,
    template: Option<&JsonObject>,
) -> Option<String> {
    let of_kind = |kind: &str| {
        let found = desired
            .iter()
            .filter(move |it| it.object.resource.kind == kind);
        found.collect::<Vec<_>>()
    };
    let deployment = of_kind("Deployment").into_iter().next()?;
    let home = deployment.object.namespace.as_deref()?;
    let view = Deployment::deserialize(&deployment.manifest).ok()?;
    let worker = WorkerSpec::of(&view.spec.template.spec)?;
    if worker.kind.as_deref().is_some_and(|kind| kind != TYPE) {
        return None;
    }
    // The values' template goes to the pool before the worker starts.
    let own = of_kind("ConfigMap").into_iter().find_map(|it| {
        let text = it.manifest["data"][TEMPLATE_FILE].as_str()?;
        serde_json::from_str::<JsonObject>(text).ok()
    });
    let filled = template.filter(|template| !template.is_empty());
    let of_template = || default_namespace(own.as_ref().or(filled)?);
    let told = worker.namespace.as_deref();
    let jobs = told.or_else(of_template).unwrap_or(DEFAULT);
    let roles = of_kind("Role");
    let is_allowed = roles.is_empty() || roles.iter().any(|role| grants_jobs(role, jobs));
    let watched: Vec<&str> = match worker.variable(WATCHED) {
        Told::Text(text) => text.split(',').map(str::trim).collect(),
        _ => Vec::new(),
    };
    // Our own worker watches wherever its Jobs go.
    let is_watched =
        worker.is_ours || watched.iter().all(|name| name.is_empty()) || watched.contains(&jobs);
    let why = match (is_allowed, is_watched) {
        (true, true) => return None,
        (true, false) => "which the worker does not watch",
        (false, true) => "where this release gives the worker no rights",
        (false, false) => {
            "which the worker does not watch, and where this release gives it no rights"
        }
    };
    let change = match (own.is_some(), filled.is_some()) {
        _ if worker.is_ours => format!("--set worker.config.defaultJobNamespace={home}"),
        (false, true) => format!(
            "kubectl prefect template get -p {pool} > template.json, {home} as the default of its \
             variable namespace, and kubectl prefect template push -p {pool} -f template.json"
        ),
        _ => format!(
            "kubectl prefect template default -n {home} > template.json, and --set-file \
             worker.config.baseJobTemplate.configuration=template.json"
        ),
    };
    let watch = match worker.is_ours {
        true => String::new(),
        false => format!(" --set worker.config.jobNamespace={jobs}"),
    };
    Some(format!(
        "Jobs of work pool {:?} go to namespace {jobs}, {why}\nhint: to let them go to {home}: \
         {change}\nhint: to let the worker serve {jobs}: --set role.namespace={jobs}{watch}",
        pool.0
    ))
}

/// Whether a Role of the release lets the worker make Jobs in a namespace.
fn grants_jobs(role: &Desired, namespace: &str) -> bool {
    let has = |rule: &Value, key: &str, word: &str| {
        let words = rule[key].as_array();
        words.is_some_and(|words| words.iter().any(|it| it == word || it == "*"))
    };
    let rules = role.manifest["rules"].as_array();
    role.object.namespace.as_deref() == Some(namespace)
        && rules.is_some_and(|rules| {
            let mut rules = rules.iter();
            rules.any(|rule| has(rule, "resources", "jobs") && has(rule, "verbs", "create"))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::k8s::{ObjectRef, Resource};

    fn desired(kind: &str, namespace: &str, manifest: Value) -> Desired {
        let group = match kind {
            "Deployment" => "apps",
            "Role" => "rbac.authorization.k8s.io",
            _ => "",
        };
        Desired {
            object: ObjectRef {
                resource: Resource::well_known(group, None, kind).unwrap(),
                namespace: Some(namespace.to_owned()),
                name: "w".to_owned(),
            },
            manifest,
        }
    }

    fn release(watched: &str, role: Option<&str>, kind: &str) -> Vec<Desired> {
        let container = json!({
            "name": "w", "args": ["prefect", "worker", "start", "--type", kind, "--pool", "p"],
            "env": [{"name": WATCHED, "value": watched}],
        });
        let pod = json!({"containers": [container]});
        let mut all = vec![desired(
            "Deployment",
            "flows",
            json!({"metadata": {"name": "w"}, "spec": {"template": {"spec": pod}}}),
        )];
        all.extend(role.map(|namespace| {
            let rules = json!([{"resources": ["jobs"], "verbs": ["create", "get"]}]);
            desired("Role", namespace, json!({"rules": rules}))
        }));
        all
    }

    fn template(namespace: &str) -> JsonObject {
        let template = json!({"variables": {"properties": {"namespace": {"default": namespace}}}});
        serde_json::from_value(template).unwrap()
    }

    #[test]
    fn jobs_that_the_worker_cannot_launch_or_see_are_told_of() {
        let pool = WorkPoolName("p".to_owned());
        let (flows, other) = (template("flows"), template("default"));
        let empty = JsonObject::new();
        for (release, template, expected) in [
            (release("flows", Some("flows"), TYPE), Some(&flows), None),
            (
                release("flows", Some("flows"), TYPE),
                Some(&other),
                Some("template get -p p"),
            ),
            (
                release("flows", Some("flows"), TYPE),
                Some(&empty),
                Some("template default -n flows"),
            ),
            (
                release("flows", Some("flows"), TYPE),
                None,
                Some("go to namespace default, which the worker does not watch, and where"),
            ),
            (
                release("flows,default", Some("flows"), TYPE),
                None,
                Some("default, where this release gives the worker no rights"),
            ),
            (
                release("flows", Some("default"), TYPE),
                None,
                Some("default, which the worker does not watch\n"),
            ),
            // Whoever makes the Role elsewhere knows where.
            (release("flows,default", None, TYPE), None, None),
            (release("default", Some("default"), TYPE), None, None),
            (release("", Some("default"), TYPE), None, None),
            (release("flows", Some("flows"), "process"), None, None),
        ] {
            let told = warning(&release, &pool, template);
            assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
            assert!(
                told.unwrap_or_default()
                    .contains(expected.unwrap_or_default())
            );
        }
        // Ours is told by a flag too.
        let mut ours = release("flows", Some("flows"), TYPE);
        let args = json!([
            "kubectl-prefect",
            "worker",
            "run",
            "--pool",
            "p",
            "--namespace",
            "flows"
        ]);
        ours[0].manifest["spec"]["template"]["spec"]["containers"][0]["args"] = args;
        assert_eq!(warning(&ours, &pool, Some(&other)), None);
        // It watches wherever its Jobs go, and has a value of its own for that.
        let args = json!(["worker", "run", "--pool", "p"]);
        ours[0].manifest["spec"]["template"]["spec"]["containers"][0]["args"] = args;
        let told = warning(&ours, &pool, Some(&other)).unwrap();
        assert!(
            told.contains("default, where this release gives the worker no rights\n")
                && told.contains("--set worker.config.defaultJobNamespace=flows\n")
                && told.ends_with("--set role.namespace=default"),
            "{told}"
        );
        // The values' own template counts, whatever the pool has now.
        let mut own = release("flows", Some("flows"), TYPE);
        let text = serde_json::to_string(&flows).unwrap();
        let data = json!({"data": {TEMPLATE_FILE: text}});
        own.push(desired("ConfigMap", "flows", data));
        assert_eq!(warning(&own, &pool, Some(&other)), None);
    }
}
