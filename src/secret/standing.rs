//! Whose a credential is, and where it is let in.

use serde::Serialize;
use uuid::Uuid;

use crate::prefect::{ApiError, ApiErrorKind, CloudAccount, CloudUser, CloudWorkspace};

/// Whose a credential is, and where it is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The API that was asked.
    pub api_url: String,
    /// Whose it is, on Prefect Cloud.
    pub actor: Option<Actor>,
    /// The accounts that it is let into, on Prefect Cloud.
    pub accounts: Vec<Account>,
    /// The workspace of the API's address.
    pub workspace: Option<String>,
    /// The server's version, of a server of one's own.
    pub server_version: Option<String>,
    /// Whether the API refuses who has no credential. When it does not, nothing was tried.
    pub asks_for_credential: bool,
}

/// Whose a key of Prefect Cloud is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Actor {
    /// A person.
    User {
        /// Name or handle.
        name: String,
        /// Address for mail.
        email: Option<String>,
    },
    /// A service account.
    ServiceAccount,
}

/// An account, with the workspaces of it that a key is let into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its handle or name.
    pub name: String,
    /// The handles or names of its workspaces.
    pub workspaces: Vec<String>,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User {
                name,
                email: Some(email),
            } => write!(f, "{name} ({email})"),
            Self::User { name, email: None } => f.write_str(name),
            Self::ServiceAccount => f.write_str("a service account"),
        }
    }
}

pub(super) fn actor(user: Result<CloudUser, ApiError>) -> Option<Actor> {
    match user {
        Ok(user) => {
            let names: Vec<String> = [user.first_name, user.last_name]
                .into_iter()
                .flatten()
                .filter(|name| !name.is_empty())
                .collect();
            let name = Some(names.join(" ")).filter(|name| !name.is_empty());
            Some(Actor::User {
                name: name.or(user.handle).unwrap_or_else(|| "a user".to_owned()),
                email: user.email,
            })
        }
        // "Only users (not service accounts) can access this endpoint."
        Err(error) if error.kind == ApiErrorKind::Forbidden => Some(Actor::ServiceAccount),
        Err(_) => None,
    }
}

/// The accounts with their workspaces. Who may not list accounts knows them by the workspaces.
pub(super) fn gather(accounts: Vec<CloudAccount>, workspaces: &[CloudWorkspace]) -> Vec<Account> {
    let mut gathered: Vec<Account> = Vec::new();
    let mut add = |id: Uuid, handle: Option<String>, name: Option<String>| match gathered
        .iter()
        .position(|account| account.id == id)
    {
        Some(place) => place,
        None => {
            gathered.push(Account {
                id,
                name: handle.or(name).unwrap_or_else(|| id.to_string()),
                workspaces: Vec::new(),
            });
            gathered.len() - 1
        }
    };
    for account in accounts {
        add(
            account.account_id,
            account.account_handle,
            account.account_name,
        );
    }
    let places: Vec<usize> = workspaces
        .iter()
        .map(|it| {
            add(
                it.account_id,
                it.account_handle.clone(),
                it.account_name.clone(),
            )
        })
        .collect();
    for (workspace, place) in workspaces.iter().zip(places) {
        gathered[place].workspaces.push(short_name(workspace));
    }
    gathered
}

fn short_name(workspace: &CloudWorkspace) -> String {
    let handle = workspace.workspace_handle.clone();
    handle
        .or_else(|| workspace.workspace_name.clone())
        .unwrap_or_else(|| workspace.workspace_id.to_string())
}

pub(super) fn full_name(workspace: &CloudWorkspace) -> String {
    let account = workspace.account_handle.clone();
    let account = account
        .or_else(|| workspace.account_name.clone())
        .unwrap_or_else(|| workspace.account_id.to_string());
    format!("{account}/{}", short_name(workspace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_known_by_their_workspaces_too() {
        let workspace = |account: u128, name: &str| CloudWorkspace {
            account_id: Uuid::from_u128(account),
            account_name: None,
            account_handle: Some(format!("account-{account}")),
            workspace_id: Uuid::from_u128(9),
            workspace_name: None,
            workspace_handle: Some(name.to_owned()),
        };
        let listed = CloudAccount {
            account_id: Uuid::from_u128(1),
            account_name: Some("One".to_owned()),
            account_handle: None,
        };
        let gathered = gather(
            vec![listed],
            &[workspace(2, "a"), workspace(1, "b"), workspace(2, "c")],
        );
        let shown: Vec<String> = gathered
            .iter()
            .map(|account| format!("{}: {}", account.name, account.workspaces.join(",")))
            .collect();
        assert_eq!(shown, ["One: b", "account-2: a,c"]);
    }
}
