//! Whether the Prefect server's version fits this worker: compared once, at the start of the process.
//!
//! As in Prefect's clients (`check_server_version` in prefect/_internal/version_checking.py), Prefect
//! Cloud always fits, a server that does not answer is served all the same, and
//! PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED switches it off. Unlike there, patch releases are not
//! compared, and a version that tells nothing (`0+unknown`) fits.

use std::time::Duration;

use crate::{
    error::{self, Error},
    prefect::{
        Budget, Client,
        compatibility::Compatibility,
        config::{COMPATIBLE_PREFECT_VERSION, ServerKind},
    },
};

/// How long an answer is waited for.
const LIMIT: Duration = Duration::from_secs(3);

/// How often the server is asked again that did not answer at first, and answers other requests.
const AGAIN: Budget = Budget::Attempts(2);

/// Why the server's version is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// In one line.
    why: String,
    /// Whether asking again may help.
    is_temporary: bool,
}

/// Asks a server of one's own, once; `None` where versions are not compared. Waits no longer than
/// three seconds.
pub async fn ask(prefect: &Client, is_enabled: bool) -> Option<Result<String, Untold>> {
    if !is_enabled || prefect.server_kind() == ServerKind::Cloud {
        return None;
    }
    Some(within_limit(&prefect.with_budget(Budget::Attempts(1))).await)
}

/// Asks a server again that did not tell, where that may help; says so where it does not.
///
/// # Errors
/// As [`compare`].
pub async fn ask_again(prefect: &Client, untold: Untold) -> error::Result<()> {
    let answer = if untold.is_temporary {
        within_limit(&prefect.with_budget(AGAIN)).await
    } else {
        Err(untold)
    };
    match answer {
        Ok(version) => compare(&version),
        Err(Untold { why, .. }) => {
            tracing::info!(
                "the Prefect server's version is not known and not compared with Prefect \
                 {COMPATIBLE_PREFECT_VERSION}: {why}"
            );
            Ok(())
        }
    }
}

/// Compares the server's version with that of the API that this worker speaks; warns of an older one.
///
/// # Errors
/// When its major version is another.
pub fn compare(version: &str) -> error::Result<()> {
    if let Some(warning) = warning(version)? {
        tracing::warn!("{warning}");
    }
    Ok(())
}

async fn within_limit(prefect: &Client) -> Result<String, Untold> {
    match tokio::time::timeout(LIMIT, prefect.server_version()).await {
        Ok(answer) => answer.map_err(|error| Untold {
            why: error.one_line(),
            is_temporary: error.is_temporary(),
        }),
        Err(_) => Err(Untold {
            why: format!("no answer within {} s", LIMIT.as_secs()),
            // What is asked again then would hold the start up again.
            is_temporary: false,
        }),
    }
}

/// What is to be said of a server of this version, if anything.
///
/// # Errors
/// When it cannot be served.
fn warning(server: &str) -> error::Result<Option<String>> {
    let own = COMPATIBLE_PREFECT_VERSION;
    match Compatibility::of(server, own) {
        Compatibility::Fits => Ok(None),
        Compatibility::ServerOlder => Ok(Some(format!(
            "the Prefect server is of version {server}, and this worker does the work of Prefect \
             {own}: some of its requests may fail; upgrade the server, which is to be no older than \
             its workers"
        ))),
        Compatibility::OtherMajor => Err(Error::failed(format!(
            "the Prefect server is of version {server}, and this worker does the work of Prefect {own}"
        ))
        .cause("their major versions differ, and so do their APIs")
        .hint(
            "Bring both to the same major version: upgrade the older one, or name another server in \
             PREFECT_API_URL.",
        )
        .hint(
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED=false starts the worker without comparing \
             versions.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_server_is_warned_of_and_another_major_is_refused() {
        for fits in [COMPATIBLE_PREFECT_VERSION, "3.99.0", "0+unknown"] {
            assert_eq!(warning(fits), Ok(None), "{fits}");
        }
        let older = warning("3.0.1").unwrap().unwrap();
        assert!(older.contains("3.0.1") && older.contains("upgrade the server"));
        for other in ["2.20.1", "4.0.0"] {
            let error = warning(other).unwrap_err();
            assert_eq!(error.kind.exit_code(), 1);
            assert!(error.message.contains(other), "{error:?}");
            assert!(error.hints[1].contains("PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED"));
        }
    }
}
