//! `kubectl prefect template lint`: what is wrong with a template.

use std::path::PathBuf;

use serde_json::json;

use super::{
    common::{print_document, read_template, source_name},
    job::{self, DryRun},
};
use crate::{
    base_template::{
        Template,
        lint::{self, Finding, Severity, Subject},
    },
    cli::{Session, runtime, worker::names::pool_name},
    error::{Error, Result},
    pools,
    ui::{Mark, OutputFormat},
    worker::pool::TYPE,
};

/// Find what is wrong with a base job template, or may surprise.
///
/// Variables that are not declared, or not used; defaults that do not fit their schema; placeholders
/// that are left as they are, or leave out what they stand in; what every Job needs; and, where there
/// is a cluster, what its API server has against the Job that the defaults give: it is sent as a dry
/// run, and nothing is made. The exit code is 1 when there are errors.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[group(id = "subject", required = true, args = ["file", "pool"])]
pub struct Args {
    /// File with the template, or - for standard input
    #[arg(short, long = "file", value_name = "FILE", conflicts_with = "pool")]
    file: Option<PathBuf>,

    /// Work pool whose template is meant
    #[arg(short, long, value_name = "NAME", value_parser = pool_name)]
    pool: Option<String>,

    /// Type of worker that the file is for
    #[arg(short, long = "type", value_name = "TYPE", default_value = TYPE, conflicts_with = "pool")]
    kind: String,

    /// Where the Job is tried: only here, or on the cluster's API server, which then must answer
    /// [default: on the cluster, if there is one]
    #[arg(long, value_name = "WHERE", value_enum)]
    dry_run: Option<DryRun>,

    /// Show what is only worth knowing too
    #[arg(long)]
    all: bool,

    /// Fail for warnings too
    #[arg(long)]
    strict: bool,

    /// How to write it; for people when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # A file, without a cluster
  kubectl prefect template lint -f template.yaml --dry-run=client

  # What a pool has, in a pipeline
  kubectl prefect template lint -p kubernetes --strict -o json";

/// Prints the findings.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let file = match &args.file {
        Some(path) => Some(read_template(path, session)?),
        None => None,
    };
    let (template, subject, findings) =
        runtime::block_on_interruptible(findings(args, session, file))?;
    let name = match (&args.file, &args.pool) {
        (Some(file), _) => source_name(file),
        (None, pool) => format!("work pool {:?}", pool.as_deref().unwrap_or_default()),
    };
    print(args, session, &name, &template, subject, &findings)?;
    verdict(args, &name, &findings)
}

async fn findings(
    args: &Args,
    session: &Session,
    file: Option<Template>,
) -> Result<(Template, Subject, Vec<Finding>)> {
    let (template, subject) = match (file, &args.pool) {
        (Some(template), _) if args.kind == TYPE => (template, Subject::Kubernetes),
        (Some(template), _) => (template, Subject::Other),
        (None, pool) => {
            let prefect = session.prefect(&session.prefect_settings()?)?;
            let name = pool.clone().unwrap_or_default().into();
            let pool = pools::read(&prefect, &name).await?;
            let subject = pool.subject();
            (pool.template, subject)
        }
    };
    if template.is_empty() {
        return Err(Error::failed("the work pool has no template yet")
            .hint("Its first worker gives it the default: kubectl prefect template default."));
    }
    let mut findings = lint::lint(&template, subject);
    if subject == Subject::Kubernetes {
        let said = job::objections(session, &template, args.dry_run).await?;
        findings.extend(said.into_iter().flatten());
        findings.sort_by_key(|finding| finding.severity);
    }
    Ok((template, subject, findings))
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .count()
}

fn print(
    args: &Args,
    session: &mut Session,
    name: &str,
    template: &Template,
    subject: Subject,
    findings: &[Finding],
) -> Result<()> {
    if let Some(format) = args.output {
        let document = json!({
            "subject": name,
            "digest": template.digest(),
            "kubernetes": subject == Subject::Kubernetes,
            "errors": count(findings, Severity::Error),
            "warnings": count(findings, Severity::Warning),
            "findings": findings,
        });
        print_document(session, format, &document)?;
        session.ui.errors_as_text();
        return Ok(());
    }
    let is_shown = |finding: &&Finding| args.all || finding.severity != Severity::Info;
    for finding in findings.iter().filter(is_shown) {
        let mark = match finding.severity {
            Severity::Error => Mark::Removed,
            Severity::Warning => Mark::Heading,
            Severity::Info => Mark::Plain,
        };
        let Finding {
            severity,
            rule,
            path,
            message,
            fix,
        } = finding;
        session.ui.data_marked(&[
            (mark, format!("{severity}: {path} ({rule})")),
            (Mark::Plain, format!("  {message}")),
            (Mark::Plain, format!("  fix: {fix}")),
        ]);
    }
    let worth_knowing = count(findings, Severity::Info);
    let mut said = match (
        count(findings, Severity::Error),
        count(findings, Severity::Warning),
    ) {
        (0, 0) => format!("{name}: nothing is wrong"),
        (errors, warnings) => format!("{name}: errors: {errors}, warnings: {warnings}"),
    };
    if worth_knowing > 0 && !args.all {
        said.push_str(&format!(
            "; worth knowing: {worth_knowing} (--all shows it)"
        ));
    }
    session.ui.say(&said);
    Ok(())
}

fn verdict(args: &Args, name: &str, findings: &[Finding]) -> Result<()> {
    let errors = count(findings, Severity::Error);
    let warnings = count(findings, Severity::Warning);
    if errors > 0 {
        return Err(Error::failed(format!("{name} is not usable as it is")));
    }
    if warnings > 0 && args.strict {
        return Err(Error::failed(format!(
            "{name} has warnings, and --strict is said"
        )));
    }
    Ok(())
}
