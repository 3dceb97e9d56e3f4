//! What fits where Tab was pressed: commands, flags, values that the command line knows, and values
//! that are asked for: pools, queues, deployments, releases, contexts, namespaces.
//!
//! The protocol is kubectl's (pkg/cmd/plugin_completion.go): the words behind `prefect` are the
//! arguments, the last of them is being typed. Each line of the answer is a value, with a tab and a
//! description if it has one; the last line is a colon and a sum of cobra's directives. After a
//! non-zero exit code kubectl throws everything away.

use std::{process::ExitCode, time::Duration};

use clap::{CommandFactory as _, FromArgMatches as _};

use super::place::{self, Place};
use crate::{
    cli::{Cli, GlobalArgs, Session, runtime},
    env_vars::Environment,
    error::Result,
    install::release::RELEASE,
    k8s::{Patience, Resource, kubeconfig},
    prefect::{Budget, Page, WorkPoolName},
    ui::Ui,
};

/// Longest time for an answer: somebody waits with a finger on the key.
const PATIENCE: Duration = Duration::from_millis(300);
/// cobra's directive to offer files.
const FILES: u8 = 0;
/// cobra's directive not to offer files.
const NO_FILES: u8 = 4;

/// Answers kubectl. Never fails: where nothing can be said, nothing is.
#[must_use]
pub fn serve(words: Vec<String>, env: Environment) -> ExitCode {
    let mut root = Cli::command();
    root.build();
    let (current, before) = match words.split_last() {
        Some((current, before)) => (current.as_str(), before),
        None => ("", &[][..]),
    };
    let place = place::find(&root, before);
    let mut answer = Answer::default();
    let prefix = fill(&mut answer, &place, &root, current);
    if let Some(kind) = answer.live {
        let mut words = vec!["kubectl-prefect".to_owned()];
        words.extend_from_slice(before);
        for value in ask(kind, &words, env.clone()) {
            answer.add(&format!("{prefix}{value}"), "");
        }
    }
    let ui = Ui::new(crate::ui::ColorChoice::Never, &env);
    ui.data(&answer.text(current));
    ExitCode::SUCCESS
}

/// Values that only a server or the kubeconfig knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Live {
    Pools,
    Queues,
    Deployments,
    Releases,
    Contexts,
    Clusters,
    Users,
    Namespaces,
    Secrets,
    ConfigMaps,
}

#[derive(Debug, Default)]
struct Answer {
    lines: Vec<(String, String)>,
    live: Option<Live>,
    files: bool,
}

impl Answer {
    fn add(&mut self, value: &str, about: &str) {
        let about = about.lines().next().unwrap_or_default();
        self.lines.push((value.to_owned(), about.to_owned()));
    }

    fn text(&self, current: &str) -> String {
        let mut text = String::new();
        for (value, about) in &self.lines {
            if value.starts_with(current) && !value.contains(['\n', '\t']) {
                text.push_str(value);
                if !about.is_empty() {
                    text.push('\t');
                    text.push_str(about);
                }
                text.push('\n');
            }
        }
        let directive = if self.files { FILES } else { NO_FILES };
        text.push_str(&format!(":{directive}\n"));
        text
    }
}

/// Fills in what the command line knows. Gives what stands before a value in the word.
fn fill(answer: &mut Answer, place: &Place<'_>, root: &clap::Command, current: &str) -> String {
    if let Some(flag) = place.awaiting {
        values(answer, flag, place, "");
        return String::new();
    }
    if current.starts_with('-') && !place.only_arguments {
        if let Some((name, _)) = current.split_once('=') {
            let prefix = format!("{name}=");
            if let Some(flag) = place::flag(place.command, root, name) {
                values(answer, flag, place, &prefix);
            }
            return prefix;
        }
        flags(answer, place, root);
        return String::new();
    }
    if !place.only_arguments {
        for command in place.command.get_subcommands() {
            if !command.is_hide_set() {
                let about = command.get_about().map(ToString::to_string);
                answer.add(command.get_name(), &about.unwrap_or_default());
            }
        }
    }
    if let Some(argument) = place.positional {
        values(answer, argument, place, "");
    }
    String::new()
}

fn flags(answer: &mut Answer, place: &Place<'_>, root: &clap::Command) {
    let global = root.get_arguments().filter(|arg| arg.is_global_set());
    let mut seen = Vec::new();
    for arg in place.command.get_arguments().chain(global) {
        let again = place.given.contains(&arg.get_id())
            && !matches!(arg.get_action(), clap::ArgAction::Append);
        let Some(long) = arg.get_long() else { continue };
        if again || arg.is_hide_set() || arg.is_positional() || seen.contains(&long) {
            continue;
        }
        seen.push(long);
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        answer.add(&format!("--{long}"), &about);
    }
}

/// The values of a flag or an argument.
fn values(answer: &mut Answer, arg: &clap::Arg, place: &Place<'_>, prefix: &str) {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        for value in possible.iter().filter(|value| !value.is_hide_set()) {
            let about = value.get_help().map(ToString::to_string);
            let name = value.get_name();
            answer.add(&format!("{prefix}{name}"), &about.unwrap_or_default());
        }
        return;
    }
    answer.live = live(arg, &place.path);
    let names = arg.get_value_names().unwrap_or_default();
    let is_file = |name: &clap::builder::Str| matches!(name.as_str(), "FILE" | "FOLDER");
    answer.files = answer.live.is_none() && names.iter().any(is_file);
}

/// What is asked for the values of an argument.
fn live(arg: &clap::Arg, path: &[&str]) -> Option<Live> {
    match (arg.get_id().as_str(), path) {
        ("pools" | "pool", _) => Some(Live::Pools),
        ("work_queues", _) => Some(Live::Queues),
        ("deployment", _) => Some(Live::Deployments),
        ("context", _) => Some(Live::Contexts),
        ("cluster", _) => Some(Live::Clusters),
        ("user", _) => Some(Live::Users),
        ("namespace", _) => Some(Live::Namespaces),
        ("configmap", _) => Some(Live::ConfigMaps),
        ("name", ["secret", ..]) => Some(Live::Secrets),
        (
            "name" | "release",
            [
                "install" | "upgrade" | "diff" | "status" | "history" | "rollback" | "uninstall"
                | "check",
            ]
            | ["template", "sync"],
        ) => Some(Live::Releases),
        _ => None,
    }
}

/// Asks for values. Nothing is said of what cannot be had in time.
fn ask(kind: Live, words: &[String], env: Environment) -> Vec<String> {
    let command = clap::Command::new("kubectl-prefect").ignore_errors(true);
    let command = <GlobalArgs as clap::Args>::augment_args(command);
    let Some(matches) = command.try_get_matches_from(words).ok() else {
        return Vec::new();
    };
    let Ok(global) = GlobalArgs::from_arg_matches(&matches) else {
        return Vec::new();
    };
    let ui = Ui::new(crate::ui::ColorChoice::Never, &env);
    let session = Session::new(global, env, ui);
    let pool = word_after(words, &["-p", "--pool"]);
    runtime::block_on_for(PATIENCE, look(kind, &session, pool))
        .and_then(Result::ok)
        .unwrap_or_default()
}

/// The value of a flag among words that may not be complete.
fn word_after(words: &[String], flags: &[&str]) -> Option<String> {
    let with_equals = words.iter().find_map(|word| {
        let (name, value) = word.split_once('=')?;
        flags.contains(&name).then(|| value.to_owned())
    });
    let mut rest = words
        .iter()
        .skip_while(|word| !flags.contains(&word.as_str()));
    with_equals.or_else(|| rest.nth(1).cloned())
}

async fn look(kind: Live, session: &Session, pool: Option<String>) -> Result<Vec<String>> {
    match kind {
        Live::Contexts | Live::Clusters | Live::Users => local(kind, session),
        Live::Pools | Live::Queues | Live::Deployments => of_prefect(kind, session, pool).await,
        _ => of_cluster(kind, session).await,
    }
}

fn local(kind: Live, session: &Session) -> Result<Vec<String>> {
    let explicit = session.global.kube.overrides().kubeconfig;
    let config = kubeconfig::load(explicit.as_deref(), &session.env)?.config;
    Ok(match kind {
        Live::Contexts => config.contexts.into_iter().map(|it| it.name).collect(),
        Live::Clusters => config.clusters.into_iter().map(|it| it.name).collect(),
        _ => config.auth_infos.into_iter().map(|it| it.name).collect(),
    })
}

async fn of_prefect(kind: Live, session: &Session, pool: Option<String>) -> Result<Vec<String>> {
    let settings = session.prefect_settings_quietly()?;
    let prefect = session.prefect(&settings)?;
    let prefect = prefect.with_budget(Budget::Attempts(1));
    Ok(match (kind, pool) {
        (Live::Pools, _) => {
            let pools = prefect.list_work_pools(Page::default()).await?;
            pools.into_iter().map(|pool| pool.name.0).collect()
        }
        (Live::Queues, Some(pool)) => {
            let pool = WorkPoolName::from(pool);
            let queues = prefect.list_work_queues(&pool, Page::default()).await?;
            queues
                .into_iter()
                .map(|queue| queue.name.to_string())
                .collect()
        }
        (Live::Queues, None) => Vec::new(),
        _ => prefect.deployment_names().await?,
    })
}

async fn of_cluster(kind: Live, session: &Session) -> Result<Vec<String>> {
    let cluster = session.cluster(Patience::Command).await?;
    let (resource, selector) = match kind {
        Live::Namespaces => (Resource::namespaces(), ""),
        Live::ConfigMaps => (Resource::config_maps(), ""),
        Live::Releases => (Resource::secrets(), RELEASE),
        _ => (Resource::secrets(), ""),
    };
    let namespace = cluster.namespace();
    let known = cluster.list_marks(&resource, Some(namespace), selector);
    let known = known.await?.into_iter();
    let mut names: Vec<String> = match kind {
        Live::Releases => known
            .filter_map(|mut marks| marks.labels.remove(RELEASE))
            .collect(),
        _ => known.map(|marks| marks.name).collect(),
    };
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(words: &[&str]) -> String {
        let mut root = Cli::command();
        root.build();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (current, before) = words.split_last().unwrap();
        let place = place::find(&root, before);
        let mut answer = Answer::default();
        fill(&mut answer, &place, &root, current);
        format!("{}{:?}", answer.text(current), answer.live)
    }

    #[test]
    fn commands_flags_and_values_are_offered() {
        let text = offered(&["wor"]);
        assert!(text.starts_with("worker\tRun a worker"), "{text}");
        let text = offered(&["worker", ""]);
        assert!(text.contains("run\t") && text.contains("prune\t"), "{text}");
        let text = offered(&["worker", "run", "--log-f"]);
        assert_eq!(text.lines().count(), 3, "{text}");
        let text = offered(&["worker", "run", "--log-format", ""]);
        assert!(text.contains("json") && text.contains(":4\n"), "{text}");
        let text = offered(&["worker", "run", "--log-format=j"]);
        assert!(text.contains("--log-format=json"), "{text}");
        assert!(offered(&["worker", "run", "-p", ""]).ends_with("Some(Pools)"));
        assert!(offered(&["worker", "run", "--base-job-template", ""]).starts_with(":0"));
        assert!(offered(&["--context", ""]).ends_with("Some(Contexts)"));
        assert!(offered(&["upgrade", ""]).ends_with("Some(Releases)"));
    }

    #[test]
    fn the_pool_is_found_among_the_words() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        for (text, expected) in [
            ("worker run -p a -q", Some("a")),
            ("worker run --pool=b -q", Some("b")),
            ("worker run -q", None),
        ] {
            let found = word_after(&words(text), &["-p", "--pool"]);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
