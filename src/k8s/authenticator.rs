//! Keeps a connection's credentials fresh: reads a rotated token file again, runs a plugin again
//! before its credentials expire, and both at once when the API server refuses us.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use kube::config::ExecConfig;
use tokio::{
    sync::Mutex,
    task::{JoinError, JoinSet},
};

use super::{
    authentication::{Credential, bearer},
    exec::{self, Identity, Issued},
    server,
};
use crate::error::{Error, Result};

/// How long the content of a token file is believed; client-go's figure.
const TOKEN_FILE_LIFE: Duration = Duration::from_secs(60);
/// A plugin is asked again this long before its credentials expire.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// Credentials as they are now.
#[derive(Debug, Clone)]
pub(super) struct Current {
    /// Value of the header Authorization.
    pub header: Option<HeaderValue>,
    /// Client certificate that a plugin gave.
    pub identity: Option<Arc<Identity>>,
    /// Rises with every renewal.
    pub generation: u64,
    stale: Stale,
}

#[derive(Debug, Clone)]
enum Stale {
    Never,
    At(Instant),
    Before(Timestamp),
}

/// The one who knows a connection's credentials.
#[derive(Debug)]
pub(super) struct Authenticator {
    credential: Credential,
    // Held while a plugin runs, so that it runs once however many requests wait for it.
    known: Mutex<Known>,
}

/// What is known of a connection's credentials.
#[derive(Debug, Default)]
struct Known {
    current: Option<Current>,
    /// The plugin that runs. It goes on when the request that it was run for is given up: the next
    /// one waits for the same.
    plugin: JoinSet<Result<Issued>>,
    /// How the last try failed, and when.
    failed: Option<(Instant, Error)>,
}

impl Authenticator {
    pub fn new(credential: Credential) -> Self {
        Self {
            credential,
            known: Mutex::default(),
        }
    }

    /// Whether another try can bring other credentials.
    pub const fn renews(&self) -> bool {
        matches!(
            self.credential,
            Credential::TokenFile(_) | Credential::Exec(_)
        )
    }

    /// Credentials for a request; `refused` is the generation that the API server did not take.
    pub async fn current(&self, refused: Option<u64>) -> Result<Current> {
        let asked = Instant::now();
        let known = &mut *self.known.lock().await;
        if let Some(current) = &known.current
            && refused != Some(current.generation)
            && !current.is_stale()
        {
            return Ok(current.clone());
        }
        // Those who wait for a plugin that hangs do not each wait for it once more.
        if let Some((when, error)) = &known.failed
            && *when >= asked
        {
            return Err(error.clone());
        }
        let before = known.current.as_ref();
        let generation = before.map_or(0, |current| current.generation + 1);
        match self.obtain(generation, &mut known.plugin).await {
            Ok(fresh) => Ok(known.current.insert(fresh).clone()),
            // A token file may be taken away once it was read: its last content goes on.
            Err(error) => match (known.current.as_mut(), &self.credential) {
                (Some(last), Credential::TokenFile(path)) => {
                    tracing::warn!(file = %path.display(), "failed to read the token file again: {}", error.one_line());
                    last.stale = Stale::At(Instant::now() + TOKEN_FILE_LIFE);
                    Ok(last.clone())
                }
                _ => {
                    known.failed = Some((Instant::now(), error.clone()));
                    Err(error)
                }
            },
        }
    }

    async fn obtain(
        &self,
        generation: u64,
        running: &mut JoinSet<Result<Issued>>,
    ) -> Result<Current> {
        match &self.credential {
            Credential::Anonymous => Ok(Current::lasting(None, generation)),
            Credential::Header(header) => Ok(Current::lasting(Some(header.clone()), generation)),
            Credential::TokenFile(path) => Ok(Current {
                stale: Stale::At(Instant::now() + TOKEN_FILE_LIFE),
                ..Current::lasting(Some(read_token(path.clone()).await?), generation)
            }),
            Credential::Exec(plugin) => {
                let issued = issued(plugin, running).await?;
                Ok(Current {
                    header: issued.header,
                    identity: issued.identity.map(Arc::new),
                    generation,
                    stale: issued.expires.map_or(Stale::Never, Stale::Before),
                })
            }
        }
    }
}

impl Current {
    const fn lasting(header: Option<HeaderValue>, generation: u64) -> Self {
        Self {
            header,
            identity: None,
            generation,
            stale: Stale::Never,
        }
    }

    fn is_stale(&self) -> bool {
        match self.stale {
            Stale::Never => false,
            Stale::At(instant) => Instant::now() >= instant,
            Stale::Before(time) => Timestamp::now() + EARLY >= time,
        }
    }
}

/// What a plugin gives, which is run unless it runs already.
async fn issued(plugin: &ExecConfig, running: &mut JoinSet<Result<Issued>>) -> Result<Issued> {
    // What ended while nobody waited: a login is not asked for twice.
    if let Some(Ok(Ok(issued))) = running.try_join_next() {
        return Ok(issued);
    }
    if running.is_empty() {
        let plugin = plugin.clone();
        running.spawn(async move { exec::run(&plugin).await });
    }
    match running.join_next().await {
        Some(ended) => ended.unwrap_or_else(|error| Err(not_obtained(&error))),
        // There is one.
        None => Err(Error::failed("failed to obtain credentials")),
    }
}

async fn read_token(path: PathBuf) -> Result<HeaderValue> {
    let bytes = blocking(move || server::read(&path, "token file")).await?;
    bearer(&String::from_utf8_lossy(&bytes))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(not_obtained(&error)))
}

fn not_obtained(error: &JoinError) -> Error {
    Error::failed("failed to obtain credentials").because(error)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_refused_token_file_is_read_again_and_may_vanish() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "one\n").unwrap();
        let keeper = Authenticator::new(Credential::TokenFile(path.clone()));
        let first = keeper.current(None).await.unwrap();
        assert_eq!(first.header.as_ref().unwrap(), "Bearer one");
        fs::write(&path, "two").unwrap();
        assert_eq!(
            keeper.current(None).await.unwrap().generation,
            first.generation
        );
        let second = keeper.current(Some(first.generation)).await.unwrap();
        assert_eq!(second.header.as_ref().unwrap(), "Bearer two");
        // Who was refused with the first one takes the second as it is.
        let same = keeper.current(Some(first.generation)).await.unwrap();
        assert_eq!(same.generation, second.generation);
        fs::remove_file(&path).unwrap();
        let last = keeper.current(Some(second.generation)).await.unwrap();
        assert_eq!(last.header.unwrap(), "Bearer two");
    }

    #[tokio::test]
    async fn a_missing_token_file_is_an_error_that_names_it() {
        let keeper = Authenticator::new(Credential::TokenFile("/nowhere/token".into()));
        let error = keeper.current(None).await.unwrap_err();
        assert!(error.message.contains("/nowhere/token"), "{error:?}");
    }

    #[tokio::test]
    async fn a_plugin_runs_again_when_its_credentials_expire_or_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let plugin = |expires: &str| {
            Authenticator::new(Credential::Exec(Box::new(ExecConfig {
                command: Some("sh".to_owned()),
                args: Some(vec![
                    "-c".to_owned(),
                    format!(
                        r#"echo >> {0}; echo '{{"status":{{"token":"t'$(wc -l < {0})'"{expires}}}}}'"#,
                        runs.display()
                    ),
                ]),
                ..ExecConfig::default()
            })))
        };
        let lasting = plugin(r#","expirationTimestamp":"2999-01-01T00:00:00Z""#);
        for _ in 0..3 {
            assert_eq!(
                lasting.current(None).await.unwrap().header.unwrap(),
                "Bearer t1"
            );
        }
        assert_eq!(
            lasting.current(Some(0)).await.unwrap().header.unwrap(),
            "Bearer t2"
        );
        let expired = plugin(r#","expirationTimestamp":"2020-01-01T00:00:00Z""#);
        assert_eq!(
            expired.current(None).await.unwrap().header.unwrap(),
            "Bearer t3"
        );
        assert_eq!(
            expired.current(None).await.unwrap().header.unwrap(),
            "Bearer t4"
        );
    }

    #[tokio::test]
    async fn those_who_wait_for_a_plugin_share_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let keeper = Authenticator::new(Credential::Exec(Box::new(ExecConfig {
            command: Some("sh".to_owned()),
            args: Some(vec![
                "-c".to_owned(),
                format!("echo >> {}; sleep 1; exit 7", runs.display()),
            ]),
            ..ExecConfig::default()
        })));
        // One gives up, and the plugin goes on for the others.
        let hasty = tokio::time::timeout(Duration::from_millis(300), keeper.current(None));
        assert!(hasty.await.is_err());
        let waiting = (0..5).map(|_| keeper.current(None));
        for answer in futures::future::join_all(waiting).await {
            let error = answer.unwrap_err();
            assert!(error.one_line().contains("exit status: 7"), "{error:?}");
        }
        let runs = || fs::read_to_string(&runs).unwrap().lines().count();
        assert_eq!(runs(), 1);
        keeper.current(None).await.unwrap_err();
        assert_eq!(runs(), 2, "who asks later has it run again");
    }
}
