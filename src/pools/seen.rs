//! What a person last saw of a pool's template on this machine, so that what somebody else did
//! meanwhile is not overwritten unseen.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Pool;
use crate::{
    base_template::Template,
    error::{Error, Result},
    prefect::JsonObject,
    state::StateFolder,
};

/// A template as it was when it was last fetched or written.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// The template.
    pub template: Template,
    /// The default that the template was last brought up to, if it was.
    pub default: Option<Template>,
}

/// As it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    pool: String,
    at: Timestamp,
    template: JsonObject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<JsonObject>,
}

/// Keeps what was seen just now. The id of a pool is its own on every server.
///
/// # Errors
/// When the file cannot be written.
pub fn remember(folder: &StateFolder, pool: &Pool, default: Option<&Template>) -> Result<()> {
    let default = match default {
        Some(default) => Some(default.clone()),
        None => recall(folder, pool)?.and_then(|seen| seen.default),
    };
    let stored = Stored {
        pool: pool.name.0.clone(),
        at: Timestamp::now(),
        template: pool.template.members().clone(),
        default: default.map(Template::into_members),
    };
    let text = serde_json::to_vec(&stored)
        .map_err(|error| Error::failed("failed to write a template as JSON").because(&error))?;
    folder.write(&file(pool), &text).map(drop)
}

/// What was last seen of a pool; none: nothing, or what cannot be read any more.
///
/// # Errors
/// When the file is there and may not be read.
pub fn recall(folder: &StateFolder, pool: &Pool) -> Result<Option<Seen>> {
    let Some(bytes) = folder.read(&file(pool))? else {
        return Ok(None);
    };
    let stored = serde_json::from_slice::<Stored>(&bytes).ok();
    Ok(stored.map(|stored| Seen {
        at: stored.at,
        template: Template::new(stored.template),
        default: stored.default.map(Template::new),
    }))
}

fn file(pool: &Pool) -> PathBuf {
    PathBuf::from(format!("templates/{}/seen.json", pool.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env_vars::Environment;
    use serde_json::{Map, json};

    #[test]
    fn what_was_seen_is_recalled() {
        let home = tempfile::tempdir().unwrap();
        let env = Environment::from_iter([("HOME", home.path().to_str().unwrap())]);
        let folder = StateFolder::of(&env).unwrap();
        let template = |value: u8| Template::new(Map::from_iter([("a".to_owned(), json!(value))]));
        let mut pool = Pool {
            id: crate::prefect::WorkPoolId(uuid::Uuid::nil()),
            name: "a pool".into(),
            kind: "kubernetes".to_owned(),
            template: template(1),
            updated: None,
        };
        assert_eq!(recall(&folder, &pool), Ok(None));
        remember(&folder, &pool, Some(&template(9))).unwrap();
        pool.template = template(2);
        remember(&folder, &pool, None).unwrap();
        let seen = recall(&folder, &pool).unwrap().unwrap();
        assert_eq!(seen.template, template(2));
        assert_eq!(seen.default, Some(template(9)));
        folder.write(&file(&pool), b"{").unwrap();
        assert_eq!(recall(&folder, &pool), Ok(None));
    }
}
