//! What the commands say of a credential.

use crate::{
    cli::Session,
    secret::{CredentialKind, Standing},
};

/// Most workspaces that are named.
const MOST: usize = 5;

/// Says whose a credential is and where it is let in.
pub fn tell_standing(session: &Session, kind: CredentialKind, standing: &Standing) {
    if standing.asks_for_credential {
        session.ui.say(&sentence(kind, standing));
    } else {
        session.ui.warn(&format!("the {}", untried(kind, standing)));
    }
}

/// That the server takes everybody, so that a credential is neither right nor wrong there. An
/// article belongs before it.
fn untried(kind: CredentialKind, standing: &Standing) -> String {
    format!(
        "Prefect server at {} asks for no credential, so that nothing can be said about the {}",
        standing.api_url,
        kind.noun()
    )
}

/// Whose a credential is and where it is let in; or that nothing can be said about it.
pub fn sentence(kind: CredentialKind, standing: &Standing) -> String {
    let noun = kind.noun();
    let url = &standing.api_url;
    if !standing.asks_for_credential {
        return format!("The {}.", untried(kind, standing));
    }
    if let Some(version) = &standing.server_version {
        return format!("The {noun} works: the Prefect server {version} at {url} accepts it.");
    }
    let whose = standing
        .actor
        .as_ref()
        .map_or_else(String::new, |actor| format!(" of {actor}"));
    let at = match &standing.workspace {
        Some(workspace) => format!("workspace {workspace} at {url}"),
        None => format!("Prefect Cloud at {url}"),
    };
    format!("The {noun}{whose} works: {at}.{}", reach(standing))
}

/// All that a key is let into.
fn reach(standing: &Standing) -> String {
    let names: Vec<String> = standing
        .accounts
        .iter()
        .flat_map(|account| {
            let name = &account.name;
            account
                .workspaces
                .iter()
                .map(move |it| format!("{name}/{it}"))
        })
        .collect();
    let (accounts, workspaces) = (standing.accounts.len(), names.len());
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let more = if workspaces > MOST { ", ..." } else { "" };
    let shown = names.into_iter().take(MOST).collect::<Vec<_>>().join(", ");
    let list = if shown.is_empty() {
        String::new()
    } else {
        format!(": {shown}{more}")
    };
    format!(
        " It is let into {} and {}{list}.",
        counted(accounts, "account"),
        counted(workspaces, "workspace")
    )
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::secret::{Account, Actor};

    #[test]
    fn it_is_said_whose_a_key_is_and_where_it_is_let_in() {
        let mut standing = Standing {
            api_url: "https://c/api/accounts/a/workspaces/w".to_owned(),
            actor: Some(Actor::User {
                name: "Ada".to_owned(),
                email: Some("ada@acme.test".to_owned()),
            }),
            accounts: vec![Account {
                id: Uuid::nil(),
                name: "acme".to_owned(),
                workspaces: vec!["prod".to_owned(), "dev".to_owned()],
            }],
            workspace: Some("acme/prod".to_owned()),
            server_version: None,
            asks_for_credential: true,
        };
        let sentence = |standing: &Standing| sentence(CredentialKind::ApiKey, standing);
        assert_eq!(
            sentence(&standing),
            "The API key of Ada (ada@acme.test) works: workspace acme/prod at \
             https://c/api/accounts/a/workspaces/w. It is let into 1 account and 2 workspaces: \
             acme/prod, acme/dev."
        );
        standing.actor = Some(Actor::ServiceAccount);
        standing.workspace = None;
        standing.accounts.clear();
        assert_eq!(
            sentence(&standing),
            "The API key of a service account works: Prefect Cloud at \
             https://c/api/accounts/a/workspaces/w. It is let into 0 accounts and 0 workspaces."
        );
        standing.server_version = Some("3.8.8".to_owned());
        assert_eq!(
            sentence(&standing),
            "The API key works: the Prefect server 3.8.8 at https://c/api/accounts/a/workspaces/w \
             accepts it."
        );
        standing.asks_for_credential = false;
        assert_eq!(
            sentence(&standing),
            "The Prefect server at https://c/api/accounts/a/workspaces/w asks for no credential, so \
             that nothing can be said about the API key."
        );
    }
}
