//! Plans and what became of them, for people and for machines.

use serde_json::{Value, json};

use super::Prepared;
use crate::{
    cli::{Session, yaml::to_yaml},
    error::Result,
    install::{
        plan::{Action, Plan, Step, compare},
        values::changes::Change,
    },
    ui::{OutputFormat, Table, tame_line},
};

/// How much of a value is shown in a line.
const LONGEST: usize = 60;

/// Shows what would be done, on stderr.
pub fn plan(session: &Session, prepared: &Prepared) {
    let Prepared { plan, changes, .. } = prepared;
    if !changes.is_empty() {
        session.ui.say("Values that change:");
        for change in changes {
            session.ui.say(&format!("  {}", value_change(change)));
        }
    }
    for namespace in &prepared.missing_namespaces {
        session.ui.say(&format!(
            "Namespace {namespace} does not exist and is made."
        ));
    }
    if plan.is_unchanged() {
        return;
    }
    let table = table(plan, &prepared.release.namespace);
    session.ui.say(table.render().trim_end());
}

/// The plan as a table. The namespace is shown where it is not everywhere the release's own.
pub fn table(plan: &Plan, release_namespace: &str) -> Table {
    let is_elsewhere = |step: &Step| step.object.namespace.as_deref() != Some(release_namespace);
    let with_namespace = plan.steps.iter().any(is_elsewhere);
    let mut headings = vec!["ACTION", "KIND", "NAME"];
    if with_namespace {
        headings.push("NAMESPACE");
    }
    headings.push("WHAT CHANGES");
    let mut table = Table::new(&headings);
    for step in &plan.steps {
        let object = &step.object;
        let mut row = vec![
            step.action.name().to_owned(),
            object.resource.kind.clone(),
            object.name.clone(),
        ];
        if with_namespace {
            row.push(object.namespace.clone().unwrap_or_default());
        }
        row.push(what_changes(step));
        table.row(row);
    }
    table
}

fn what_changes(step: &Step) -> String {
    if let (true, Some(note)) = (step.from_helm, &step.note) {
        return note.clone();
    }
    let paths = match step.action {
        Action::Change => step.changed_paths(),
        _ => Vec::new(),
    };
    let fields = match (step.action, paths.is_empty()) {
        (Action::Change, true) => "who manages its fields".to_owned(),
        _ => compare::few(&paths),
    };
    match (&step.note, fields.is_empty()) {
        (Some(note), true) => note.clone(),
        (Some(note), false) => format!("{fields} ({note})"),
        (None, _) => fields,
    }
}

/// A value that changes, in a line.
fn value_change(change: &Change) -> String {
    let text = |value: &Value| {
        let text = tame_line(&value.to_string());
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            format!("{}: {} -> {}", change.path, text(before), text(after))
        }
        (Some(before), None) => format!("{}: {} is removed", change.path, text(before)),
        (None, Some(after)) => format!("{}: {} is new", change.path, text(after)),
        (None, None) => change.path.clone(),
    }
}

/// Says at once what was done with an object, in kubectl's words.
pub fn step(session: &Session, step: &Step, suffix: &str) {
    let name = tame_line(&step.object.kubectl_name());
    session
        .ui
        .data(&format!("{name} {}{suffix}\n", step.action.done()));
}

/// What was done, or would be, as a document.
#[must_use]
pub fn document(prepared: &Prepared, revision: Option<u32>, dry_run: bool) -> Value {
    let objects: Vec<Value> = prepared.plan.steps.iter().map(object).collect();
    json!({
        "release": prepared.release.name,
        "namespace": prepared.release.namespace,
        "context": prepared.cluster.context(),
        "server": prepared.cluster.server(),
        "dryRun": dry_run,
        "changed": !prepared.plan.is_unchanged(),
        "revision": revision,
        "values": prepared.changes,
        "createdNamespaces": prepared.missing_namespaces,
        "objects": objects,
        "adopted": prepared.helm.as_ref().map(|helm| json!({
            "revision": helm.revision,
            "chart": helm.chart,
            "version": helm.version,
            "recordsRemoved": false,
        })),
    })
}

/// A step as a document.
#[must_use]
pub fn object(step: &Step) -> Value {
    let object = &step.object;
    json!({
        "apiVersion": object.resource.api_version(),
        "kind": object.resource.kind,
        "namespace": object.namespace,
        "name": object.name,
        "action": step.action.name(),
        "fields": match step.action {
            Action::Change | Action::Recreate => step.changed_paths(),
            _ => Vec::new(),
        },
        "note": step.note,
    })
}

/// Prints a document as `-o` says.
///
/// # Errors
/// When it has no form in YAML.
pub fn write(session: &Session, format: OutputFormat, document: &Value) -> Result<()> {
    match format {
        OutputFormat::Json => session.ui.json(document),
        _ => session.ui.data(&to_yaml(document)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::{ObjectRef, Resource};

    fn step(action: Action, namespace: &str) -> Step {
        Step {
            object: ObjectRef {
                resource: Resource::secrets(),
                namespace: Some(namespace.to_owned()),
                name: "s".to_owned(),
            },
            action,
            manifest: None,
            live: Some(json!({"data": {"a": 1, "b": 1}})),
            result: Some(json!({"data": {"a": 2, "b": 1}})),
            note: None,
            from_helm: false,
        }
    }

    #[test]
    fn a_plan_is_a_table() {
        let mut plan = Plan {
            steps: vec![step(Action::Create, "n"), step(Action::Change, "n")],
            ..Plan::default()
        };
        insta::assert_snapshot!(table(&plan, "n").render(), @r"
        ACTION   KIND     NAME   WHAT CHANGES
        create   Secret   s
        change   Secret   s      data.a
        ");
        insta::assert_snapshot!(table(&plan, "release").render(), @r"
        ACTION   KIND     NAME   NAMESPACE   WHAT CHANGES
        create   Secret   s      n
        change   Secret   s      n           data.a
        ");
        plan.steps.push(Step {
            note: Some("spec.selector cannot be changed".to_owned()),
            ..step(Action::Recreate, "m")
        });
        insta::assert_snapshot!(table(&plan, "n").render(), @r"
        ACTION     KIND     NAME   NAMESPACE   WHAT CHANGES
        create     Secret   s      n
        change     Secret   s      n           data.a
        recreate   Secret   s      m           spec.selector cannot be changed
        ");
    }

    #[test]
    fn a_changed_value_is_a_line() {
        let change = |before: Option<Value>, after: Option<Value>| {
            value_change(&Change {
                path: "a.b".to_owned(),
                before,
                after,
            })
        };
        assert_eq!(change(Some(json!(1)), Some(json!(2))), "a.b: 1 -> 2");
        assert_eq!(change(None, Some(json!("x\n"))), r#"a.b: "x\n" is new"#);
        assert_eq!(
            change(Some(json!("y".repeat(70))), None).len(),
            5 + 60 + 3 + 11
        );
    }
}
