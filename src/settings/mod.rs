//! Prefect settings as Prefect resolves them: flags over environment over files and profile.
//!
//! Everything is read once by [`load`]; the rest of the program takes the typed values. The rules
//! are those of Prefect 3.8.8 and prefect-kubernetes 0.8.0, from the strongest source on: flags,
//! environment variables, `.env`, `prefect.toml`, `pyproject.toml`, the active profile, defaults.

mod coerce;
mod derive;
mod dotenv;
mod files;
pub mod key_file;
mod kubernetes;
mod problem;
mod profiles;
mod raw;
mod resolve;
mod source;
mod table;
mod typed;
mod urls;
mod value;
mod without_effect;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

pub use kubernetes::{
    CreateJobRetrySettings, KubernetesSettings, KubernetesWorkerSettings, ObserverSettings,
};
pub use secrecy::{ExposeSecret, SecretString};
pub use source::Source;
pub use typed::{
    ApiSettings, ClientSettings, CloudSettings, LogLevel, LoggingSettings, WhenMissingFlow,
    WorkerSettings,
};
pub use urls::ApiUrl;

use problem::Problems;
use raw::Raw;
use resolve::{Entry, Sources};
use typed::Reader;

use crate::{
    env_vars::{Environment, SSL_CERT_FILE},
    error::{Error, Result},
};

/// What is shown in the place of a credential.
pub const HIDDEN: &str = "(hidden)";

/// Settings given on the command line: they win over every other source.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--api-url`; kept out of sight because it may have a password in it.
    pub api_url: Option<SecretString>,
    /// What `--api-key-file` holds.
    pub api_key: Option<SecretString>,
    /// `--profile`.
    pub profile: Option<String>,
}

/// All settings of Prefect that this program uses, and the environment that Jobs get.
#[derive(Debug)]
pub struct PrefectSettings {
    /// How to reach the API; its address is [`Self::api_url`].
    pub api: ApiSettings,
    /// How the client behaves.
    pub client: ClientSettings,
    /// Prefect Cloud.
    pub cloud: CloudSettings,
    /// Where people see the runs; derived from the API's address when not set.
    pub ui_url: Option<String>,
    /// The worker.
    pub worker: WorkerSettings,
    /// Logging.
    pub logging: LoggingSettings,
    /// The most events that wait to be sent; none is no limit (`PREFECT_EVENTS_WORKER_MAX_QUEUE_SIZE`).
    pub events_queue_limit: Option<usize>,
    /// prefect-kubernetes.
    pub kubernetes: KubernetesSettings,
    /// Prefect's folder.
    pub home: PathBuf,
    /// The active profile; none in Prefect's test mode.
    pub profile: Option<String>,
    /// Settings of the Python worker that are set and have no effect here, each with why.
    pub without_effect: Vec<&'static str>,
    /// What looks wrong and is no error, for a person to read.
    pub warnings: Vec<String>,
    api_url: Option<SecretString>,
    entries: Vec<Entry>,
}

/// Reads and resolves all settings. `folder` is the working folder, where `.env` and TOML files are.
///
/// # Errors
/// A file cannot be read or parsed, a value is none that its setting accepts, or the profile of
/// `--profile` does not exist. All bad values are named with their place, secrets left out.
pub fn load(flags: &Flags, env: &Environment, folder: &Path) -> Result<PrefectSettings> {
    let files = files::WorkingFolder::read(folder, env)?;
    let named = flags.profile.as_deref();
    let profile = profiles::active(named, env, folder, files.profiles_path())?;
    let sources = Sources {
        env,
        folder: &files,
        profile: &profile,
        flags: raw_flags(flags),
    };
    let settings = table::all();
    let mut problems = Problems::default();
    let mut entries = resolve::resolve(&settings, &sources, &mut problems);
    derive::derive(&mut entries, &mut problems);
    let place = |path: &str| settings.iter().position(|setting| setting.path == path);
    entries.sort_by_key(|entry| place(entry.path));
    let mut loaded = build(entries, &profile, env, &mut problems);
    problems.into_result()?;
    let profiles_file = loaded.profiles_path(folder);
    loaded.warnings = profiles::check(&profiles_file, named, env)?;
    loaded.warnings.extend(unknown_names(&settings, &profile));
    loaded.warnings.extend(loaded.odd_api_url());
    Ok(loaded)
}

/// Names in the active profile that no setting has.
fn unknown_names(settings: &[table::Setting], profile: &profiles::ActiveProfile) -> Vec<String> {
    let known: HashSet<String> = settings.iter().flat_map(table::Setting::names).collect();
    let groups: HashSet<String> = table::groups(settings)
        .into_iter()
        .map(table::env_name)
        .collect();
    profile
        .settings
        .keys()
        .filter(|name| !known.contains(*name) && !groups.contains(*name))
        .map(|name| {
            format!(
                "{name} in {} is not a setting of Prefect and is ignored",
                profile.source
            )
        })
        .collect()
}

fn raw_flags(flags: &Flags) -> Vec<(&'static str, &'static str, Raw)> {
    let raw = |value: &SecretString| Raw::Str(value.expose_secret().to_owned());
    let url = flags
        .api_url
        .as_ref()
        .map(|url| ("api.url", "--api-url", raw(url)));
    let key = flags
        .api_key
        .as_ref()
        .map(|key| ("api.key", key_file::FLAG, raw(key)));
    url.into_iter().chain(key).collect()
}

fn build(
    entries: Vec<Entry>,
    profile: &profiles::ActiveProfile,
    env: &Environment,
    problems: &mut Problems,
) -> PrefectSettings {
    let mut reader = Reader {
        entries: &entries,
        problems,
    };
    let api_url = reader.non_empty("api.url");
    let cloud = reader.cloud();
    let ui_url = reader.text("ui_url").or_else(|| {
        api_url
            .as_deref()
            .map(|url| urls::ui_url(&urls::redacted(url), &cloud.api_url, &cloud.ui_url))
    });
    let home = reader
        .text("home")
        .or_else(|| resolve::default_home(env.home().and_then(Path::to_str)));
    let events_queue_limit =
        Some(reader.int("events.worker_max_queue_size", 0)).filter(|limit| *limit > 0);
    PrefectSettings {
        api: reader.api(env.get(SSL_CERT_FILE)),
        client: reader.client(),
        cloud,
        ui_url,
        worker: reader.worker(),
        logging: reader.logging(),
        events_queue_limit,
        kubernetes: reader.kubernetes(),
        without_effect: reader.without_effect(),
        home: home.unwrap_or_else(|| ".prefect".to_owned()).into(),
        profile: profile.name.clone(),
        warnings: Vec::new(),
        api_url: api_url.map(SecretString::from),
        entries,
    }
}

impl PrefectSettings {
    /// The address of the Prefect API.
    ///
    /// # Errors
    /// No address is set, or it cannot be one of an API; the error names where it was set.
    pub fn api_url(&self) -> Result<ApiUrl> {
        let Some(url) = &self.api_url else {
            let source = self.profile.as_deref().map_or_else(String::new, |profile| {
                format!(" in the environment, in .env, prefect.toml, pyproject.toml or in profile {profile}")
            });
            return Err(Error::usage("no Prefect API URL is set")
                .cause(format!("PREFECT_API_URL is not set{source}"))
                .hint(
                    "Give --api-url URL, or set PREFECT_API_URL: http://HOST:4200/api for a server, \
                     https://api.prefect.cloud/api/accounts/ACCOUNT-ID/workspaces/WORKSPACE-ID for Prefect Cloud.",
                ));
        };
        ApiUrl::parse(url.expose_secret()).map_err(|error| {
            error.cause(format!(
                "it comes from the {}",
                self.source("PREFECT_API_URL")
            ))
        })
    }

    /// Whether an address of the Prefect API is set at all.
    #[must_use]
    pub const fn has_api_url(&self) -> bool {
        self.api_url.is_some()
    }

    /// Where the value of a setting comes from, by the name of its environment variable.
    #[must_use]
    pub fn source(&self, env_name: &str) -> Source {
        self.entries
            .iter()
            .find(|entry| table::env_name(entry.path) == env_name)
            .map_or(Source::Default, |entry| entry.source.clone())
    }

    /// The base environment of every Job: what Prefect's own worker hands on.
    ///
    /// Present names and canonical values, in Prefect's order; secrets in plain text.
    #[must_use]
    pub fn job_environment(&self) -> Vec<(String, String)> {
        self.entries
            .iter()
            .filter(|entry| entry.set && table::reaches_jobs(entry.path))
            .filter_map(|entry| Some((table::env_name(entry.path), entry.value.env_text()?)))
            .collect()
    }

    /// The same for people: without passwords and other credentials.
    #[must_use]
    pub fn job_environment_to_show(&self) -> Vec<(String, String)> {
        let is_secret = |name: &str| {
            let of_name = |entry: &&Entry| table::env_name(entry.path) == name;
            let entry = self.entries.iter().find(of_name);
            // Headers are mostly for proxies that ask for a credential.
            entry.is_some_and(|entry| matches!(entry.value, value::Value::Secret(_)))
                || name == "PREFECT_CLIENT_CUSTOM_HEADERS"
        };
        self.job_environment()
            .into_iter()
            .map(|(name, value)| {
                let shown = if is_secret(&name) {
                    HIDDEN.to_owned()
                } else {
                    urls::redacted(&value)
                };
                (name, shown)
            })
            .collect()
    }

    /// What looks odd in the API's address, unless Prefect was told to be silent about it.
    fn odd_api_url(&self) -> Vec<String> {
        let silent = derive::find(&self.entries, "silence_api_url_misconfiguration");
        if matches!(silent, Some(value::Value::Bool(true))) {
            return Vec::new();
        }
        let url = self
            .api_url
            .as_ref()
            .and_then(|url| ApiUrl::parse(url.expose_secret()).ok());
        url.map_or_else(Vec::new, |url| url.warnings())
    }

    /// The profiles file by the setting of that name, which Prefect checks when it starts.
    fn profiles_path(&self, folder: &Path) -> PathBuf {
        match derive::find(&self.entries, "profiles_path") {
            Some(value::Value::Text(path)) => folder.join(path),
            _ => folder.join(&self.home).join("profiles.toml"),
        }
    }
}

#[cfg(test)]
mod tests;
