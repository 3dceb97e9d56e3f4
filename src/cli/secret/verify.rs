//! `kubectl prefect secret verify`: whether the stored credential works.

use serde_json::json;

use super::{api, place::PlaceArgs, source, words};
use crate::{
    cli::{Session, runtime, yaml::to_yaml},
    error::{Error, Kind, Result},
    k8s::Patience,
    secret::{self, SecretKey, Standing, StoredSecret, Verdict},
    ui::OutputFormat,
};

/// Look whether the API key in the Secret works, on which API, and whose it is.
///
/// The API is that of the settings (--api-url, PREFECT_API_URL, the active profile); without any,
/// that of the Deployments that use the Secret; without those, Prefect Cloud.
///
/// Exit code 0: it works, or the API asks for no credential, so that nothing can be said about it;
/// 1: it does not, or there is none; 3: an API did not answer, so that nothing is known.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// How to write it: json, yaml; a sentence when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[
        OutputFormat::Json, OutputFormat::Yaml,
    ]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  kubectl prefect secret verify -n flows
  kubectl prefect secret verify my-auth -n flows --auth-string
  kubectl prefect secret verify -n flows -o json";

/// Tries the stored credential.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let (place, result) = runtime::block_on_interruptible(look(args, session))?;
    let document = json!({
        "namespace": place.namespace,
        "name": place.name,
        "key": place.key,
        // Neither, where everybody is let in.
        "works": match &result {
            Ok(standing) => standing.asks_for_credential.then_some(true),
            Err(_) => Some(false),
        },
        "verified": result.as_ref().ok(),
        "error": result.as_ref().err().map(Error::one_line),
    });
    match args.output {
        Some(OutputFormat::Json) => {
            session.ui.json(&document);
            // It stands in the document, and a second one would make it invalid.
            session.ui.errors_as_text();
        }
        Some(_) => session.ui.data(&to_yaml(&document)?),
        None => {
            if let Ok(standing) = &result {
                let sentence = words::sentence(args.place.kind(), standing);
                session.ui.data(&format!("{sentence}\n"));
            }
        }
    }
    result.map(drop)
}

/// What became of trying it. The outer error: nothing is known.
async fn look(args: &Args, session: &Session) -> Result<(SecretKey, Result<Standing>)> {
    let kind = args.place.kind();
    let cluster = session.cluster(Patience::Command).await?;
    let place = args.place.within(cluster.namespace())?;
    let Some(stored) = secret::read(&cluster, &place).await? else {
        let error = missing(&place);
        return Ok((place, Err(error)));
    };
    let Some(value) = stored.value(&place.key) else {
        let error = no_key(&place, &stored);
        return Ok((place, Err(error)));
    };
    let users = match secret::users(&cluster, &place).await {
        Ok(users) => users,
        Err(failure) => {
            tracing::debug!("who uses {place} is not known: {failure}");
            Vec::new()
        }
    };
    let api = api::find(session, session.prefect_settings()?, kind, &users)?;
    let value = match secret::read_credential(kind, value, api.target.is_cloud()) {
        // A value that would do only without what clings to it is sent to pods with it.
        Ok(value) if !secret::is_same(Some(&stored), &place.key, &value) => {
            let error = Error::failed(format!("{place} has white space around its value"))
                .cause("pods get it as it is, and no HTTP header can carry a line end")
                .hint("Write it again: kubectl prefect secret create cuts it off.");
            return Ok((place, Err(error)));
        }
        Ok(value) => value,
        Err(flaw) => {
            let error = Error {
                kind: Kind::Failed,
                ..source::wrong(&place.to_string(), kind.noun(), flaw)
            };
            return Ok((place, Err(error)));
        }
    };
    match secret::verify(&api.target, kind, &value).await? {
        Verdict::Works(standing) => Ok((place, Ok(*standing))),
        Verdict::Refused(error) => Ok((place, Err(error))),
    }
}

/// The error of a Secret that is not there.
pub fn missing(place: &SecretKey) -> Error {
    let SecretKey {
        namespace, name, ..
    } = place;
    Error::failed(format!(
        "there is no Secret {name} in namespace {namespace}"
    ))
    .hint("Make it with: kubectl prefect secret create")
    .hint("-n names another namespace, and NAME another Secret.")
}

/// The error of a Secret without the key.
pub fn no_key(place: &SecretKey, stored: &StoredSecret) -> Error {
    let SecretKey {
        namespace,
        name,
        key,
    } = place;
    Error::failed(format!("Secret {namespace}/{name} has no key {key}"))
        .cause(stored.keys_in_words())
        .hint("--key names another; --auth-string says that it is no API key.")
}
