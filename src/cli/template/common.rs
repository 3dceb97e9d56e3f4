//! What these commands share: their flags, files, and what is said.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    base_template::{
        Difference, Template, document,
        lint::{self, Finding, Severity, Subject},
    },
    cli::{Session, worker::names::pool_name, yaml::to_yaml},
    error::{Error, Result},
    pools::{self, Backup, Pool},
    prefect::{Client, WorkPoolName},
    state::StateFolder,
    ui::OutputFormat,
};

/// Templates of several hundred kilobytes exist; what is much longer is some other file.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The pool that a command is about.
#[derive(Debug, Clone, clap::Args)]
pub struct PoolArg {
    /// Work pool
    #[arg(short, long, value_name = "NAME", value_parser = pool_name)]
    pub pool: String,
}

impl PoolArg {
    /// Its name.
    pub fn name(&self) -> WorkPoolName {
        self.pool.clone().into()
    }
}

/// Where the template goes that is replaced.
#[derive(Debug, Clone, clap::Args)]
pub struct BackupArgs {
    /// File to save the present template in [default: a new one in the state folder]
    #[arg(long, value_name = "FILE", conflicts_with = "no_backup")]
    pub backup: Option<PathBuf>,

    /// Do not save the present template
    #[arg(long)]
    pub no_backup: bool,
}

impl BackupArgs {
    /// Where it goes.
    pub fn place(&self, session: &Session) -> Result<Backup> {
        if self.no_backup {
            return Ok(Backup::None);
        }
        if let Some(file) = &self.backup {
            return Ok(Backup::File(file.clone()));
        }
        let folder = StateFolder::of(&session.env).map_err(|error| {
            error.hint(
                "Name a file for the present template with --backup FILE, or do without with \
                 --no-backup.",
            )
        })?;
        Ok(Backup::In(folder))
    }
}

/// Reads a file, or standard input for `-`.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    if path == Path::new("-") {
        return read_all(io::stdin().lock(), "standard input");
    }
    if path.is_dir() {
        return Err(Error::usage(format!("{shown} is a folder, not a file")));
    }
    let file = File::open(path)
        .map_err(|error| Error::usage(format!("failed to read {shown}")).because(&error))?;
    read_all(file, &shown.to_string())
}

fn read_all(source: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::failed(format!("failed to read {name}")).because(&error))?;
    if bytes.len() as u64 > LONGEST {
        let most = LONGEST / 1024 / 1024;
        return Err(Error::usage(format!(
            "{name} is larger than {most} MiB: that is no base job template"
        )));
    }
    Ok(bytes)
}

/// Reads a template from a file; what is odd in it is said.
pub fn read_template(path: &Path, session: &Session) -> Result<Template> {
    let read = document::read(&read_bytes(path)?, &source_name(path))?;
    for note in &read.notes {
        session.ui.warn(note);
    }
    Ok(read.template)
}

/// How a file is called.
pub fn source_name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// When a file was last changed.
pub fn changed(path: &Path) -> Option<jiff::Timestamp> {
    fs::metadata(path).ok()?.modified().ok()?.try_into().ok()
}

/// Refuses a template that no server or worker can use, with everything that is wrong; warnings are
/// said.
pub fn check(template: &Template, subject: Subject, name: &str, session: &Session) -> Result<()> {
    let findings = lint::lint(template, subject);
    let line = |finding: &Finding| format!("{}: {}", finding.path, finding.message);
    for finding in &findings {
        if finding.severity == Severity::Warning {
            session.ui.warn(&line(finding));
        }
    }
    if lint::is_usable(&findings) {
        return Ok(());
    }
    let errors = findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error);
    Err(Error {
        causes: errors.map(line).collect(),
        ..Error::usage(format!("{name} is not usable as a base job template"))
    }
    .hint("kubectl prefect template lint explains each; --no-lint leaves the judgement to the server."))
}

/// The state folder, where there is one.
pub fn state_folder(session: &Session) -> Option<StateFolder> {
    StateFolder::of(&session.env).ok()
}

/// Keeps in mind what was seen of a pool. Who has no place for it is told, and served all the same.
pub fn remember(session: &Session, pool: &Pool, default: Option<&Template>) {
    let Some(folder) = state_folder(session) else {
        return;
    };
    if let Err(error) = pools::remember(&folder, pool, default) {
        let why = error.one_line();
        session.ui.warn(&format!(
            "changes by others will not be noticed before a push: {why}"
        ));
    }
}

/// What became of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Unchanged,
    Updated,
    Created,
    WouldBeUpdated,
    WouldBeCreated,
    Different,
    Failed,
}

/// What a command did to a pool's template.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub pool: WorkPoolName,
    pub result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<document::Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<PathBuf>,
    pub differences: Vec<Difference>,
    /// Further members, of the command's own.
    #[serde(flatten)]
    pub more: serde_json::Map<String, Value>,
}

impl Report {
    /// A report without anything that only some commands have.
    pub fn new(
        pool: &WorkPoolName,
        result: Outcome,
        template: &Template,
        differences: Vec<Difference>,
    ) -> Self {
        Self {
            pool: pool.clone(),
            result,
            digest: Some(template.digest()),
            backup: None,
            differences,
            more: serde_json::Map::new(),
        }
    }

    /// The report of a pool that was left as it is because of an error.
    pub fn failed(pool: &WorkPoolName, error: &Error) -> Self {
        Self {
            pool: pool.clone(),
            result: Outcome::Failed,
            digest: None,
            backup: None,
            differences: Vec::new(),
            more: serde_json::Map::new(),
        }
        .with("error", error.one_line().into())
    }

    /// Adds a member.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// The sentence for people.
    pub fn sentence(&self) -> String {
        let pool = &self.pool.0;
        let count = counted(self.differences.len());
        let what = match self.result {
            Outcome::Unchanged => "unchanged".to_owned(),
            Outcome::Updated => format!("updated ({count})"),
            Outcome::Created => "created".to_owned(),
            Outcome::WouldBeUpdated => format!("would be updated ({count}, dry run)"),
            Outcome::WouldBeCreated => "would be created (dry run)".to_owned(),
            Outcome::Different => format!("not in sync ({count})"),
            Outcome::Failed => "left as it is".to_owned(),
        };
        let mut text = format!("work pool {pool:?} {what}\n");
        if let Some(backup) = &self.backup {
            let backup = backup.display();
            text.push_str(&format!("the template before is saved in {backup}\n"));
        }
        text
    }
}

/// `1 difference`, `3 differences`.
pub fn counted(differences: usize) -> String {
    match differences {
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    }
}

/// Prints a report as `-o` says.
pub fn print(session: &Session, format: Option<OutputFormat>, report: &Report) -> Result<()> {
    match format {
        None => session.ui.data(&crate::ui::tame(&report.sentence())),
        Some(OutputFormat::Name) if report.result == Outcome::Failed => {}
        Some(OutputFormat::Name) => {
            let name = crate::ui::tame_line(&report.pool.0);
            session.ui.data(&format!("{name}\n"));
        }
        Some(format) => print_document(session, format, &json!(report))?,
    }
    Ok(())
}

/// Prints the reports of several pools as `-o` says: as a list. A failure after this stands in the
/// document.
pub fn print_all(
    session: &mut Session,
    format: Option<OutputFormat>,
    reports: &[Report],
) -> Result<()> {
    match format {
        Some(format @ (OutputFormat::Json | OutputFormat::Yaml)) => {
            print_document(session, format, &json!({ "items": reports }))?;
            session.ui.errors_as_text();
            Ok(())
        }
        format => reports
            .iter()
            .try_for_each(|report| print(session, format, report)),
    }
}

/// Prints a document as JSON or YAML.
pub fn print_document(session: &Session, format: OutputFormat, document: &Value) -> Result<()> {
    match format {
        OutputFormat::Json => session.ui.json(document),
        _ => session.ui.data(&to_yaml(document)?),
    }
    Ok(())
}

/// Refuses to go on where nobody can be asked.
pub fn can_agree(session: &Session, yes: bool, doing: &str) -> Result<()> {
    if yes || session.ui.can_ask() {
        return Ok(());
    }
    Err(Error::usage("there is no terminal to ask on").hint(format!(
        "Say --yes {doing} without being asked, or --dry-run to see what would be done."
    )))
}

/// Says whose pools the command is about.
pub fn say_api(session: &Session, prefect: &Client) {
    session
        .ui
        .say(&format!("Prefect API {}", prefect.api_url()));
}
