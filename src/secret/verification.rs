//! Does a credential work? The API is asked, and says whose it is and where it is let in.

use futures::future::join3;
use reqwest::Url;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    credential::CredentialKind,
    standing::{Standing, actor, full_name, gather},
};
use crate::{
    error::{Error, Result},
    prefect::{
        ApiError, ApiErrorKind, Client, ClientConfig, CloudWorkspace, Page, config::ServerKind,
    },
};

/// Which API a credential is tried on.
#[derive(Debug, Clone)]
pub struct Target {
    config: ClientConfig,
    cloud: Option<Cloud>,
}

/// A Prefect Cloud, and the workspace in it that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cloud {
    root: Url,
    /// Account and workspace.
    workspace: Option<(Uuid, Uuid)>,
}

impl Target {
    /// The API of a configuration. Prefect Cloud, a customer's too, is known by the account and
    /// workspace in the address, or by `cloud_api_url` (PREFECT_CLOUD_API_URL).
    #[must_use]
    pub fn of(config: &ClientConfig, cloud_api_url: &str) -> Self {
        Self {
            cloud: cloud(&config.api_url, cloud_api_url),
            config: config.clone(),
        }
    }

    /// Whether it is a Prefect Cloud.
    #[must_use]
    pub const fn is_cloud(&self) -> bool {
        self.cloud.is_some()
    }

    /// The client for a credential, or for none.
    fn client(
        &self,
        url: &Url,
        kind: CredentialKind,
        with: Option<&SecretString>,
    ) -> Result<Client> {
        let mut config = self.config.clone();
        config.api_url = url.clone();
        let credential = with.cloned();
        (config.api_key, config.auth_string) = match kind {
            CredentialKind::ApiKey => (credential, None),
            CredentialKind::AuthString => (None, credential),
        };
        if self.is_cloud() {
            config.server_kind = ServerKind::Cloud;
        }
        Client::new(&config)
    }
}

/// Cuts an address of the API of Prefect Cloud into the Cloud's own and the workspace.
fn cloud(api_url: &Url, cloud_api_url: &str) -> Option<Cloud> {
    let parts: Vec<&str> = api_url.path_segments()?.collect();
    let found = parts
        .windows(4)
        .position(|window| window[0] == "accounts" && window[2] == "workspaces");
    let Some(at) = found else {
        let is_cloud = ServerKind::of(api_url.as_str(), cloud_api_url) == ServerKind::Cloud;
        return is_cloud.then(|| Cloud {
            root: api_url.clone(),
            workspace: None,
        });
    };
    let mut root = api_url.clone();
    root.set_path(&parts[..at].join("/"));
    let id = |index: usize| parts[at + index].parse().ok();
    Some(Cloud {
        root,
        workspace: id(1).zip(id(3)),
    })
}

/// What became of trying a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Works(Box<Standing>),
    /// The API does not take it, or it is let in elsewhere.
    Refused(Error),
}

/// Tries a credential on an API.
///
/// # Errors
/// When the API does not answer, so that nothing is known.
pub async fn verify(
    target: &Target,
    kind: CredentialKind,
    credential: &SecretString,
) -> Result<Verdict> {
    match (&target.cloud, kind) {
        (Some(cloud), CredentialKind::ApiKey) => on_cloud(target, cloud, credential).await,
        (Some(_), CredentialKind::AuthString) => Ok(Verdict::Refused(
            Error::failed("Prefect Cloud takes no auth string")
                .hint("Give an API key, without --auth-string."),
        )),
        (None, _) => on_server(target, kind, credential).await,
    }
}

async fn on_server(
    target: &Target,
    kind: CredentialKind,
    credential: &SecretString,
) -> Result<Verdict> {
    let url = &target.config.api_url;
    let client = target.client(url, kind, Some(credential))?;
    let version = match client.server_version().await {
        Ok(version) => version,
        Err(error) if error.is_refused() => {
            let refused = refused(&error, kind, client.api_url());
            return Ok(Verdict::Refused(match kind {
                CredentialKind::ApiKey => refused.hint(
                    "Servers of one's own take an auth string and no API key: say --auth-string.",
                ),
                CredentialKind::AuthString => {
                    refused.hint("It must equal the server's PREFECT_SERVER_API_AUTH_STRING.")
                }
            }));
        }
        Err(error) => return Err(error.into()),
    };
    let anonymous = target.client(url, kind, None)?;
    let asks = matches!(anonymous.server_version().await, Err(error) if error.is_refused());
    Ok(Verdict::Works(Box::new(Standing {
        api_url: client.api_url().to_owned(),
        actor: None,
        accounts: Vec::new(),
        workspace: None,
        server_version: Some(version),
        asks_for_credential: asks,
    })))
}

async fn on_cloud(target: &Target, cloud: &Cloud, key: &SecretString) -> Result<Verdict> {
    let kind = CredentialKind::ApiKey;
    let root = target.client(&cloud.root, kind, Some(key))?;
    let (workspaces, accounts, user) =
        join3(root.my_workspaces(), root.my_accounts(), root.me()).await;
    let workspaces = match workspaces {
        Ok(workspaces) => workspaces,
        Err(error) if error.is_refused() => {
            return Ok(Verdict::Refused(
                refused(&error, kind, root.api_url())
                    .hint("It may be mistyped, expired or deleted: make another in Prefect Cloud."),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let mut standing = Standing {
        api_url: root.api_url().to_owned(),
        actor: actor(user),
        accounts: gather(accounts.unwrap_or_default(), &workspaces),
        workspace: None,
        server_version: None,
        asks_for_credential: true,
    };
    if let Some(wanted) = cloud.workspace {
        let client = target.client(&target.config.api_url, kind, Some(key))?;
        client.api_url().clone_into(&mut standing.api_url);
        match let_in(&client, wanted, &workspaces, &root).await? {
            Ok(name) => standing.workspace = Some(name),
            Err(error) => return Ok(Verdict::Refused(error)),
        }
    }
    Ok(Verdict::Works(Box::new(standing)))
}

/// The name of the workspace that is meant, if the key is let into it.
async fn let_in(
    client: &Client,
    (account, workspace): (Uuid, Uuid),
    workspaces: &[CloudWorkspace],
    root: &Client,
) -> Result<Result<String, Error>> {
    let found = workspaces
        .iter()
        .find(|known| known.account_id == account && known.workspace_id == workspace);
    let Some(found) = found else {
        return Ok(Err(elsewhere(workspace, workspaces, root.api_url())));
    };
    let page = Page {
        limit: 1,
        offset: 0,
    };
    match client.list_work_pools(page).await {
        Ok(_) => Ok(Ok(full_name(found))),
        Err(error) if error.is_refused() || error.is_not_found() => Ok(Err(Error::failed(
            format!(
                "the API key may not look at the work pools of workspace {}",
                full_name(found)
            ),
        )
        .cause(error.one_line())
        .hint("A worker needs the role Worker in its workspace, or one that allows more."))),
        Err(error) => Err(error.into()),
    }
}

/// The key is another workspace's.
fn elsewhere(wanted: Uuid, workspaces: &[CloudWorkspace], root: &str) -> Error {
    let names: Vec<String> = workspaces.iter().map(full_name).collect();
    let error = Error::failed(format!("the API key is not let into workspace {wanted}"));
    match workspaces {
        [] => error
            .cause("it is let into no workspace")
            .hint("Somebody who may manage the workspace can make its owner a member."),
        [only] => error
            .cause(format!("it is let into {} alone", names[0]))
            .hint(format!(
                "The API of that one is {root}/accounts/{}/workspaces/{}",
                only.account_id, only.workspace_id
            )),
        _ => error
            .cause(format!("it is let into {}", names.join(", ")))
            .hint("Name the workspace of the key in PREFECT_API_URL, or take a key of the other."),
    }
}

fn refused(error: &ApiError, kind: CredentialKind, url: &str) -> Error {
    let noun = kind.noun();
    let message = match error.kind {
        ApiErrorKind::Forbidden => format!("the Prefect API at {url} does not let this {noun} in"),
        _ => format!("the Prefect API at {url} does not accept this {noun}"),
    };
    let cause = error.causes.first().cloned();
    let mut refused = Error::failed(message);
    refused.causes.extend(cause);
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_is_known_by_its_address() {
        const A: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
        const W: &str = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";
        let of = |url: &str| {
            let found = cloud(&url.parse().unwrap(), "https://api.prefect.cloud/api")?;
            Some((found.root.to_string(), found.workspace.is_some()))
        };
        let own = format!("https://prefect.corp/x/api/accounts/{A}/workspaces/{W}/");
        for (url, expected) in [
            ("http://127.0.0.1:4200/api", None),
            (
                "https://api.prefect.cloud/api",
                Some(("https://api.prefect.cloud/api", false)),
            ),
            (own.as_str(), Some(("https://prefect.corp/x/api", true))),
        ] {
            let expected = expected.map(|(root, workspace)| (root.to_owned(), workspace));
            assert_eq!(of(url), expected, "{url}");
        }
    }
}
