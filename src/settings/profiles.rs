//! Which profile is active, and what stands in it.
//!
//! Prefect looks for the profiles file in its own way, apart from the setting `profiles_path`:
//! no `~` and no `$PREFECT_HOME` is expanded, and `home` counts only from the environment.

use std::path::{Path, PathBuf};

use super::{files, source::Source};
use crate::{
    env_vars::{Environment, PREFECT_HOME, PREFECT_PROFILE, PREFECT_PROFILES_PATH},
    error::{Error, Result},
};

/// The profiles that ship with Prefect.
const BUILT_IN: &str = r#"
[ephemeral]
PREFECT_SERVER_EPHEMERAL_ENABLED = "true"
[local]
PREFECT_API_URL = "http://127.0.0.1:4200/api"
[test]
PREFECT_SERVER_EPHEMERAL_ENABLED = "true"
PREFECT_SERVER_DATABASE_CONNECTION_URL = "sqlite+aiosqlite:///:memory:"
[cloud]
"#;
/// The built-in profile that is used when no other one is active.
const DEFAULT: &str = "ephemeral";
/// Any non-empty value of these, `0` and `false` too, switches profiles off.
const TEST_MODE: [&str; 4] = [
    "PREFECT_TEST_MODE",
    "PREFECT_UNIT_TEST_MODE",
    "PREFECT_TESTING_UNIT_TEST_MODE",
    "PREFECT_TESTING_TEST_MODE",
];

/// The settings of the active profile.
#[derive(Debug)]
pub(super) struct ActiveProfile {
    /// The profile's name; none in test mode.
    pub name: Option<String>,
    /// Its settings by the names of environment variables, in upper case.
    pub settings: toml::Table,
    /// The place to name for them.
    pub source: Source,
}

/// Finds and reads the active profile. `named` is the profile that a flag asks for.
///
/// # Errors
/// The profile that a flag asks for does not exist; the profile is no table.
pub(super) fn active(
    named: Option<&str>,
    env: &Environment,
    folder: &Path,
    from_files: Option<&str>,
) -> Result<ActiveProfile> {
    let path = if test_mode(env) {
        None
    } else {
        profiles_file(env, folder, from_files)
    };
    let profiles = path
        .as_deref()
        .and_then(|path| Some((path, readable(path)?)));
    if let Some(name) = named {
        return by_flag(name, profiles);
    }
    if test_mode(env) {
        return Ok(ActiveProfile {
            name: None,
            settings: toml::Table::new(),
            source: Source::Default,
        });
    }
    let Some((path, mut file)) = profiles else {
        // Prefect reads nothing from a broken file; `check` will say so.
        let broken = path.is_some_and(|path| path.exists());
        return Ok(built_in(DEFAULT, broken));
    };
    let name = env
        .get_non_empty(PREFECT_PROFILE)
        .or_else(|| file.get("active").and_then(toml::Value::as_str))
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let Some(name) = name else {
        return Ok(built_in(DEFAULT, false));
    };
    let found = file
        .get_mut("profiles")
        .and_then(toml::Value::as_table_mut)
        .and_then(|profiles| profiles.remove(&name));
    match found {
        Some(profile) => in_file(name, profile, path),
        None => Ok(built_in(DEFAULT, false)),
    }
}

fn by_flag(name: &str, profiles: Option<(&Path, toml::Table)>) -> Result<ActiveProfile> {
    let mut known: Vec<String> = Vec::new();
    if let Some((path, mut file)) = profiles
        && let Some(profiles) = file.get_mut("profiles").and_then(toml::Value::as_table_mut)
    {
        if let Some(profile) = profiles.remove(name) {
            return in_file(name.to_owned(), profile, path);
        }
        known.extend(profiles.keys().cloned());
    }
    if built_in_profiles().contains_key(name) {
        return Ok(built_in(name, false));
    }
    known.extend(built_in_profiles().keys().cloned());
    known.sort();
    known.dedup();
    Err(Error::usage(format!("there is no profile {name:?}"))
        .hint(format!("Known profiles: {}.", known.join(", "))))
}

fn in_file(name: String, profile: toml::Value, path: &Path) -> Result<ActiveProfile> {
    let toml::Value::Table(settings) = profile else {
        return Err(no_table(path, &name));
    };
    let source = Source::Profile {
        path: path.to_owned(),
        name: name.clone(),
    };
    Ok(ActiveProfile {
        name: Some(name),
        settings,
        source,
    })
}

fn built_in(name: &str, empty: bool) -> ActiveProfile {
    let settings = built_in_profiles()
        .remove(name)
        .filter(|_| !empty)
        .and_then(|profile| match profile {
            toml::Value::Table(settings) => Some(settings),
            _ => None,
        });
    ActiveProfile {
        name: Some(name.to_owned()),
        settings: settings.unwrap_or_default(),
        source: Source::BuiltInProfile(name.to_owned()),
    }
}

fn built_in_profiles() -> toml::Table {
    BUILT_IN.parse().unwrap_or_default()
}

fn test_mode(env: &Environment) -> bool {
    TEST_MODE
        .iter()
        .any(|name| env.get_non_empty(name).is_some())
}

/// The profiles file, whether it exists or not; none for the one that ships with Prefect.
fn profiles_file(env: &Environment, folder: &Path, from_files: Option<&str>) -> Option<PathBuf> {
    if let Some(path) = env.get_non_empty(PREFECT_PROFILES_PATH).or(from_files) {
        return Some(folder.join(path));
    }
    if let Some(home) = env.get_non_empty(PREFECT_HOME) {
        return Some(folder.join(home).join("profiles.toml"));
    }
    Some(env.home()?.join(".prefect/profiles.toml"))
}

fn readable(path: &Path) -> Option<toml::Table> {
    files::read_toml(path).ok().flatten()
}

/// Looks over the file that the setting `profiles_path` names, as Prefect does when it starts.
///
/// Gives warnings.
///
/// # Errors
/// The file cannot be read or parsed, or a profile in it is no table.
pub(super) fn check(path: &Path, named: Option<&str>, env: &Environment) -> Result<Vec<String>> {
    let mut profiles = built_in_profiles();
    let mut active = Some(DEFAULT.to_owned());
    if path.exists() {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::usage(format!("failed to read {}", path.display())).because(&error)
        })?;
        let mut file = files::parse_toml(path, &text)?;
        match file.remove("profiles") {
            None => {}
            Some(toml::Value::Table(found)) => profiles.extend(found),
            Some(_) => {
                return Err(Error::usage(format!(
                    "{}: profiles must be a table",
                    path.display()
                )));
            }
        }
        if let Some((name, _)) = profiles.iter().find(|(_, profile)| !profile.is_table()) {
            return Err(no_table(path, name));
        }
        if let Some(toml::Value::String(name)) = file.remove("active")
            && !name.is_empty()
        {
            active = Some(name);
        }
    }
    if let Some(name) = env.get(PREFECT_PROFILE) {
        active = Some(name.to_owned());
    }
    match active {
        Some(name) if named.is_none() && !profiles.contains_key(&name) => Ok(vec![format!(
            "the active profile {name:?} is not in {}: Prefect's built-in profile {DEFAULT} is used",
            path.display()
        )]),
        _ => Ok(Vec::new()),
    }
}

fn no_table(path: &Path, name: &str) -> Error {
    Error::usage(format!(
        "{}: profile {name} must be a table",
        path.display()
    ))
}
