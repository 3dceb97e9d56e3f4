//! `kubectl prefect check`: the doctor.

use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::{Session, rendering, runtime, value_args::ValueArgs, yaml::to_yaml};
use crate::{
    check::{self, Category, Check, Level, Outcome, Plan, Planned, World},
    error::{Error, Result},
    install::{render::TEMPLATE_FILE, values},
    k8s::RequestTimeout,
    ui::OutputFormat,
};

/// Look for what keeps flow runs from running, and say what to do about it.
///
/// Looks at kubectl and the cluster, rights, the Prefect API, the work pool and its template, the
/// Secret, the installed worker and its Jobs, all at once, and changes nothing. With a NAME, at that
/// release's worker alone. --pre looks before an install, with -f at what is to be installed.
///
/// Exit code 1 when a check failed. What could not be looked at is skipped, with the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release, or of the worker's Deployment [default: all workers of the namespace]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Look before an install
    #[arg(long)]
    pre: bool,
    /// Work pool to look at [default: those that the workers serve]
    #[arg(short, long, value_name = "NAME")]
    pool: Option<String>,
    /// Only these checks, by name or category; may be given several times
    #[arg(long, value_name = "CHECK", value_delimiter = ',', hide_possible_values = true,
        value_parser = PossibleValuesParser::new(check::names()))]
    only: Vec<String>,
    /// Not these checks, by name or category; may be given several times
    #[arg(long, value_name = "CHECK", value_delimiter = ',', hide_possible_values = true,
        value_parser = PossibleValuesParser::new(check::names()))]
    skip: Vec<String>,
    /// List the checks and what they look for, and run none
    #[arg(long)]
    list: bool,
    /// How long a check may take: 5s, 1m
    #[arg(long, default_value = "15s", value_name = "DURATION")]
    timeout: RequestTimeout,
    /// How to write it: json, yaml; a list for people when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
    #[command(flatten)]
    values: ValueArgs,
}

const EXAMPLES: &str = "\
Examples:
  # Is all well with the workers of a namespace?
  kubectl prefect check -n flows

  # May this be installed, and will it work?
  kubectl prefect check --pre -n flows -f values.yaml

  # In a script: only what concerns the API key
  kubectl prefect check -n flows --only secret,api-key -o json";

/// Runs the checks.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let checks = check::choose(args.pre, &args.only, &args.skip);
    if args.list {
        return list(args, session, &checks);
    }
    if checks.is_empty() {
        return Err(Error::usage("no check is left to run")
            .hint("kubectl prefect check --list shows them; some are only for --pre, others only without it."));
    }
    let world = World::new(plan(args, session)?);
    let limit = args.timeout.0.unwrap_or(check::FOR_EVER);
    let outcomes =
        runtime::block_on_interruptible(async { Ok(check::run(&world, &checks, limit).await) })?;
    report(args, session, &outcomes)
}

/// Puts together what is to be looked at. What is wrong with it is what checks tell.
fn plan(args: &Args, session: &Session) -> Result<Plan> {
    let plan = session.plan();
    let namespace = plan
        .target
        .as_ref()
        .map_or("default", |target| target.namespace.as_str());
    let planned = if args.values.are_given() {
        if !args.pre {
            return Err(Error::usage("values are for what is yet to be installed")
                .hint("Say --pre to look before an install."));
        }
        planned(args, session, namespace)?
    } else {
        None
    };
    Ok(Plan {
        name: args.name.clone(),
        before: args.pre,
        pool: args.pool.as_deref().map(Into::into),
        planned,
        ..plan
    })
}

/// The Deployment that the values give.
fn planned(args: &Args, session: &Session, namespace: &str) -> Result<Option<Planned>> {
    let name = args.name.as_deref().unwrap_or(super::install::DEFAULT_NAME);
    let resolved = values::resolve(args.values.read(session)?)?;
    for note in &resolved.notes {
        session.ui.warn(note);
    }
    let rendered = rendering::render(name, namespace, &resolved)?;
    let template = rendered
        .objects
        .iter()
        .find_map(|object| object["data"][TEMPLATE_FILE].as_str())
        .and_then(|text| serde_json::from_str(text).ok());
    let found = rendered
        .objects
        .into_iter()
        .find(|object| object["kind"] == "Deployment");
    found
        .map(|manifest| {
            let deployment = serde_json::from_value(manifest.clone()).map_err(|error| {
                Error::failed("failed to read the rendered Deployment").because(&error)
            })?;
            Ok(Planned {
                deployment,
                manifest,
                template,
            })
        })
        .transpose()
}

fn list(args: &Args, session: &Session, checks: &[&Check]) -> Result<()> {
    let document = || {
        let items: Vec<Value> = checks
            .iter()
            .map(|it| json!({"category": it.category, "check": it.name, "about": it.about}))
            .collect();
        json!({ "items": items })
    };
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&document()),
        Some(_) => session.ui.data(&to_yaml(&document())?),
        None => {
            let mut table = crate::ui::Table::new(&["CATEGORY", "CHECK", "LOOKS WHETHER"]);
            for check in checks {
                table.row([check.category.name(), check.name, check.about].map(str::to_owned));
            }
            session.ui.data(&table.render());
        }
    }
    Ok(())
}

/// Prints what was found, and fails when a check did.
fn report(args: &Args, session: &mut Session, outcomes: &[Outcome]) -> Result<()> {
    let count = |level: Level| {
        outcomes
            .iter()
            .filter(|outcome| outcome.level() == level)
            .count()
    };
    let failed = count(Level::Fail);
    let document = || {
        json!({
            "ok": failed == 0,
            "summary": {
                "ok": count(Level::Ok), "warn": count(Level::Warn),
                "fail": failed, "skip": count(Level::Skip),
            },
            "items": outcomes,
        })
    };
    match args.output {
        Some(OutputFormat::Json) => {
            session.ui.json(&document());
            // Failures stand in the document, and a second one would make it invalid.
            session.ui.errors_as_text();
        }
        Some(_) => session.ui.data(&to_yaml(&document())?),
        None => session.ui.data(&text(outcomes)),
    }
    let summary = format!(
        "{} ok, {} warned, {failed} failed, {} skipped",
        count(Level::Ok),
        count(Level::Warn),
        count(Level::Skip)
    );
    if failed == 0 {
        session.ui.say(&summary);
        return Ok(());
    }
    let what = if failed == 1 {
        "1 check"
    } else {
        &format!("{failed} checks")
    };
    Err(Error::failed(format!("{what} failed")).cause(summary))
}

/// The list for people: by category, a line for each thing that was looked at.
pub(super) fn text(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|it| it.check.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut category: Option<Category> = None;
    for outcome in outcomes {
        if category.replace(outcome.category) != Some(outcome.category) {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}\n", outcome.category.heading()));
        }
        for finding in &outcome.findings {
            let line = crate::ui::tame_line(&finding.seen);
            text.push_str(&format!(
                "  {:<4}  {:<width$}  {line}\n",
                finding.level.word(),
                outcome.check
            ));
            for line in finding.what_to_do.iter().flat_map(|todo| todo.lines()) {
                text.push_str(&format!("        {}\n", crate::ui::tame_line(line)));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Finding;

    #[test]
    fn the_list_is_by_category_with_what_to_do_under_each_line() {
        let outcome = |category, check, level, todo: Option<&str>| Outcome {
            category,
            check,
            findings: vec![Finding {
                level,
                seen: "seen\x1b[2J".to_owned(),
                what_to_do: todo.map(str::to_owned),
            }],
        };
        let outcomes = [
            outcome(Category::Cluster, "context", Level::Ok, None),
            outcome(
                Category::Cluster,
                "api-server",
                Level::Fail,
                Some("do this\n  and that"),
            ),
            outcome(Category::Jobs, "quota", Level::Skip, None),
        ];
        insta::assert_snapshot!(text(&outcomes), @r"
        kubectl and the cluster
          ok    context     seen [2J
          fail  api-server  seen [2J
                do this
                  and that

        Jobs
          skip  quota       seen [2J
        ");
    }
}
