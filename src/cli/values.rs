//! `kubectl prefect values`: what values there are, and what is wrong with some.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Session, install, rendering, value_args::ValueArgs, yaml::to_yaml};
use crate::{
    error::Result,
    install::values::{
        self, Given,
        check::Finding,
        schema::{self, Schema},
    },
    ui::OutputFormat,
};

/// Explain, check and migrate values of `kubectl prefect install`.
///
/// The values are those of the prefect-worker Helm chart, with its names of today and all older
/// ones.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a file of all values with their defaults, each explained
    Default {
        /// How to write them; json is without explanations
        #[arg(short, long, value_name = "FORMAT", default_value = "yaml", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
        output: OutputFormat,
    },
    /// Print all values as they come out of files, flags and defaults
    Show(Show),
    /// Find mistakes in values
    Check(Check),
    /// Print the JSON schema of the values, for editors
    Schema,
    /// Print the reference of the values, in Markdown
    Docs,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// How to write them
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    output: OutputFormat,
    /// Show the string of basic authentication too
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    values: ValueArgs,
}

/// Find mistakes in values: each with its path, its line and what may have been meant.
///
/// The objects are rendered too, for what only then comes out. The exit code is 2 when there are
/// mistakes.
#[derive(Debug, clap::Args)]
struct Check {
    /// Name of the release
    #[arg(default_value = install::DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Print the values that were given with the names of today, as YAML
    #[arg(long, conflicts_with = "output")]
    migrate: bool,
    /// How to write what was found
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json]))]
    output: Option<OutputFormat>,
    #[command(flatten)]
    values: ValueArgs,
}

/// Runs one of the commands.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    match &args.command {
        Command::Default { output } if *output == OutputFormat::Json => {
            session.ui.json(&schema::defaults().to_json());
        }
        Command::Default { .. } => session.ui.data(&values::default_values()),
        Command::Show(args) => return show(args, session),
        Command::Check(args) => return check(args, session),
        Command::Schema => session.ui.json(&Schema::get().published()),
        Command::Docs => session.ui.data(&values::reference()),
    }
    Ok(())
}

fn show(args: &Show, session: &mut Session) -> Result<()> {
    if args.output == OutputFormat::Json {
        session.ui.errors_as_json();
    }
    let resolved = values::resolve(args.values.read(session)?)?;
    for note in &resolved.notes {
        session.ui.warn(note);
    }
    let mut tree = resolved.tree;
    if !args.show_secrets {
        mask(&mut tree, session);
    }
    match args.output {
        OutputFormat::Json => session.ui.json(&tree),
        _ => session.ui.data(&to_yaml(&tree)?),
    }
    Ok(())
}

/// Hides what may be a password, and says so.
fn mask(tree: &mut Value, session: &Session) {
    const PATH: &str = "/worker/selfHostedServerApiConfig/basicAuth/authString";
    let default = schema::defaults().to_json().pointer(PATH).cloned();
    match tree.pointer_mut(PATH) {
        Some(text) if Some(&*text) != default.as_ref() => {
            *text = json!("(hidden)");
            session
                .ui
                .warn("the string of basic authentication is hidden; --show-secrets shows it");
        }
        _ => {}
    }
}

fn check(args: &Check, session: &mut Session) -> Result<()> {
    let json = args.output == Some(OutputFormat::Json);
    let given = match args.values.read(session) {
        Ok(given) => given,
        Err(error) => {
            if json {
                session.ui.errors_as_json();
            }
            return Err(error);
        }
    };
    let Given { mut values, notes } = given;
    let (found, _) = values::inspect(&mut values);
    let rendering = if found.problems.is_empty() && !args.migrate {
        let again = Given {
            values: values.clone(),
            notes: Vec::new(),
        };
        let resolved = values::resolve(again)?;
        // Any namespace will do: nothing is asked of it.
        rendering::render(&args.name, "default", &resolved).map(|rendered| rendered.notes)
    } else {
        Ok(Vec::new())
    };
    let notes: Vec<String> = notes
        .into_iter()
        .chain(rendering.iter().flatten().cloned())
        .collect();
    if json {
        session.ui.json(&json!({
            "valid": found.problems.is_empty() && rendering.is_ok(),
            "problems": found.problems,
            "unrenderable": rendering.as_ref().err().map(crate::error::Error::one_line),
            "warnings": found.warnings,
            "oldNames": found.moved,
            "notes": notes,
        }));
    } else {
        let findings = found
            .moved
            .iter()
            .chain(&found.warnings)
            .map(Finding::to_string);
        for said in notes.into_iter().chain(findings) {
            session.ui.warn(&said);
        }
    }
    if !found.problems.is_empty() {
        return Err(values::refuse(&found.problems));
    }
    rendering?;
    match (args.migrate, json) {
        (true, _) => session.ui.data(&to_yaml(&values.to_json())?),
        (false, false) => session.ui.say("The values are valid."),
        (false, true) => {}
    }
    Ok(())
}
