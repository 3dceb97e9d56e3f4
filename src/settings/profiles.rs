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
/// The name of the profiles file in Prefect's folder.
const FILE: &str = "profiles.toml";
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
    let place = (!test_mode(env))
        .then(|| Place::find(env, folder, from_files))
        .flatten();
    let file = match &place {
        Some(place) => place.read()?,
        None => File::Missing,
    };
    match (named, file) {
        (Some(name), file) => by_flag(name, place.as_ref(), file),
        (None, _) if test_mode(env) => Ok(ActiveProfile {
            name: None,
            settings: toml::Table::new(),
            source: Source::Default,
        }),
        (None, File::Missing) => {
            let usual = place.as_ref().is_some_and(|place| place.usual);
            let asked = env.get_non_empty(PREFECT_PROFILE).filter(|_| usual);
            Ok(built_in(asked.unwrap_or(DEFAULT)).unwrap_or_else(default_profile))
        }
        // Prefect warns and reads nothing. Where the file is the right one, `check` will refuse it.
        (None, File::Broken(_)) => Ok(ActiveProfile {
            settings: toml::Table::new(),
            ..default_profile()
        }),
        (None, File::Profiles(file)) => by_name(env, place.as_ref(), file),
    }
}

/// Where the profiles file is looked for.
struct Place {
    path: PathBuf,
    /// Whether it is the usual place, where a missing file means the one that ships with Prefect.
    usual: bool,
}

enum File {
    Missing,
    Broken(Error),
    Profiles(toml::Table),
}

impl Place {
    fn find(env: &Environment, folder: &Path, from_files: Option<&str>) -> Option<Self> {
        let given = env
            .get_non_empty(PREFECT_PROFILES_PATH)
            .or(from_files)
            .map(|path| folder.join(path))
            .or_else(|| Some(folder.join(env.get_non_empty(PREFECT_HOME)?).join(FILE)));
        match given {
            Some(path) => Some(Self { path, usual: false }),
            None => Some(Self {
                path: env.home()?.join(".prefect").join(FILE),
                usual: true,
            }),
        }
    }

    fn read(&self) -> Result<File> {
        if !self.path.exists() {
            return Ok(File::Missing);
        }
        let text = files::read(&self.path)?;
        Ok(match files::parse_toml(&self.path, &text) {
            Ok(table) => File::Profiles(table),
            Err(error) => File::Broken(error),
        })
    }
}

/// The profile that `PREFECT_PROFILE` or the file itself names.
fn by_name(
    env: &Environment,
    place: Option<&Place>,
    mut file: toml::Table,
) -> Result<ActiveProfile> {
    let name = env
        .get_non_empty(PREFECT_PROFILE)
        .or_else(|| file.get("active").and_then(toml::Value::as_str))
        .unwrap_or_default()
        .to_owned();
    match (take_profile(&mut file, &name), place) {
        (Some(profile), Some(place)) => in_file(name, profile, &place.path),
        _ => Ok(default_profile()),
    }
}

fn take_profile(file: &mut toml::Table, name: &str) -> Option<toml::Value> {
    file.get_mut("profiles")?.as_table_mut()?.remove(name)
}

/// The profile that a flag asks for; those that ship with Prefect can be asked for too.
fn by_flag(name: &str, place: Option<&Place>, file: File) -> Result<ActiveProfile> {
    let mut known: Vec<String> = built_in_profiles().keys().cloned().collect();
    match (place, file) {
        (_, File::Broken(error)) => return Err(error),
        (Some(place), File::Profiles(mut file)) => {
            if let Some(profile) = take_profile(&mut file, name) {
                return in_file(name.to_owned(), profile, &place.path);
            }
            let profiles = file.get("profiles").and_then(toml::Value::as_table);
            known.extend(profiles.into_iter().flat_map(toml::Table::keys).cloned());
        }
        _ => {}
    }
    known.sort();
    known.dedup();
    built_in(name).ok_or_else(|| {
        Error::usage(format!("there is no profile {name:?}"))
            .hint(format!("Known profiles: {}.", known.join(", ")))
    })
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

/// A profile that ships with Prefect.
fn built_in(name: &str) -> Option<ActiveProfile> {
    match built_in_profiles().remove(name) {
        Some(toml::Value::Table(settings)) => Some(ActiveProfile {
            name: Some(name.to_owned()),
            settings,
            source: Source::BuiltInProfile(name.to_owned()),
        }),
        _ => None,
    }
}

fn default_profile() -> ActiveProfile {
    built_in(DEFAULT).unwrap_or(ActiveProfile {
        name: None,
        settings: toml::Table::new(),
        source: Source::Default,
    })
}

fn built_in_profiles() -> toml::Table {
    BUILT_IN.parse().unwrap_or_default()
}

fn test_mode(env: &Environment) -> bool {
    TEST_MODE
        .iter()
        .any(|name| env.get_non_empty(name).is_some())
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
        let text = files::read(path)?;
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
