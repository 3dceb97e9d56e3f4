//! Values to objects, with a last look at what only the command line knows: whether the native worker
//! takes the arguments that its container would start it with.

use super::worker::told;
use crate::{
    error::{Error, Result},
    install::{
        render::{self, Rendered},
        values::{
            Resolved,
            model::{Engine, Scalar, Worker},
        },
    },
};

/// Renders the objects of a release.
///
/// # Errors
/// Those of [`render::render`], and arguments that the native worker does not take.
pub fn render(name: &str, namespace: &str, resolved: &Resolved) -> Result<Rendered> {
    let rendered = render::render(name, namespace, resolved)?;
    let worker = &resolved.values.worker;
    // A command of one's own has arguments of its own.
    if worker.engine == Engine::Native && worker.command.is_empty() {
        check_name_flag(resolved)?;
        let told = told::check(&arguments(&rendered));
        told.map_err(|wrong| refused(resolved, &wrong))?;
    }
    Ok(rendered)
}

/// The arguments of the worker's container.
fn arguments(rendered: &Rendered) -> Vec<String> {
    let found = rendered
        .objects
        .iter()
        .find(|object| object["kind"] == "Deployment");
    let args = found.map(|it| &it["spec"]["template"]["spec"]["containers"][0]["args"]);
    let words = args.and_then(serde_json::Value::as_array);
    words
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

/// The flag that both workers have and understand in another way.
fn check_name_flag(resolved: &Resolved) -> Result<()> {
    let mut words = resolved.values.worker.extra_args.iter().map(Scalar::text);
    let Some(index) = words.position(|word| word.starts_with("-n") && !word.starts_with("--"))
    else {
        return Ok(());
    };
    let why = "-n is the worker's name to the Python worker, and the namespace to the native one";
    let path = format!("worker.extraArgs[{index}]");
    Err(resolved
        .error(&path, why)
        .hint("set worker.config.name, or write --namespace"))
}

fn refused(resolved: &Resolved, wrong: &told::Wrong) -> Error {
    let worker = &resolved.values.worker;
    let path = blamed(worker, wrong.word.as_deref());
    resolved
        .error(&path, "the native worker does not take its arguments")
        .cause(wrong.why.clone())
        .hint("kubectl prefect worker run --help names its flags")
}

/// The value that a word comes from.
fn blamed(worker: &Worker, word: Option<&str>) -> String {
    let extra: Vec<String> = worker.extra_args.iter().map(Scalar::text).collect();
    let (path, own) = match worker.args.as_slice() {
        [] => ("worker.extraArgs", extra.as_slice()),
        args => ("worker.args", args),
    };
    let is_it = |text: &String| word.is_some() && text.split('=').next() == word;
    if let Some(index) = own.iter().rposition(is_it) {
        return format!("{path}[{index}]");
    }
    let ours = match word {
        Some("--name") => "worker.config.name",
        Some("--limit") => "worker.config.limit",
        Some("--pool") => "worker.config.workPool",
        Some("--work-queue") => "worker.config.workQueues",
        _ => path,
    };
    ours.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::{
        values::{Given, resolve},
        yaml,
    };

    fn refusal(text: &str) -> Option<String> {
        let all = format!(
            "worker:\n  engine: native\n  cloudApiConfig: {{accountId: a, workspaceId: w}}\n{text}"
        );
        let read = yaml::read(all.as_bytes(), "v.yaml").unwrap();
        let resolved = resolve(Given {
            values: read.values,
            notes: Vec::new(),
        });
        let rendered = render("rel", "flows", &resolved.unwrap());
        rendered.err().map(|error| error.one_line())
    }

    #[test]
    fn arguments_that_the_native_worker_does_not_take_are_refused_with_their_path() {
        for (text, path) in [
            ("  config: {workPool: p}\n", None),
            (
                "  config: {workPool: p}\n  extraArgs: [--namespace, flows, --infrastructure-retries, 2]\n",
                None,
            ),
            (
                "  config: {workPool: p}\n  extraArgs: [--log-format, json, --bogus]\n",
                Some("v.yaml:5: worker.extraArgs[2]: "),
            ),
            (
                "  config: {workPool: p}\n  extraArgs: [-n, me]\n",
                Some("v.yaml:5: worker.extraArgs[0]: -n is the worker's name"),
            ),
            (
                "  config: {workPool: p, limit: -1}\n",
                Some("v.yaml:4: worker.config.limit: "),
            ),
            (
                "  config: {workPool: p, name: a/b}\n",
                Some("v.yaml:4: worker.config.name: "),
            ),
            (
                "  config: {workPool: p, limit: 2}\n  extraArgs: [--limit, 3]\n",
                Some("v.yaml:5: worker.extraArgs: "),
            ),
            (
                "  args: [prefect, worker, start, -p, p]\n",
                Some("v.yaml:4: worker.args: "),
            ),
            ("  args: [worker, run, -p, p, -n, flows]\n", None),
            ("  args: [whatever]\n  command: [mine]\n", None),
        ] {
            let said = refusal(text);
            match path {
                None => assert_eq!(said, None, "{text}"),
                Some(path) => assert!(
                    said.as_ref().is_some_and(|it| it.starts_with(path)),
                    "{text}: {said:?}"
                ),
            }
        }
    }
}
