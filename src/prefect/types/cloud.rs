//! Who a key of Prefect Cloud belongs to, and where it is let in.

use serde::Deserialize;
use uuid::Uuid;

/// The user of a key (`GET /me/`). Service accounts are refused this with 403.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CloudUser {
    /// The name in addresses.
    #[serde(default)]
    pub handle: Option<String>,
    /// The address for mail.
    #[serde(default)]
    pub email: Option<String>,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
}

/// An account that a key is let into (`GET /me/accounts`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CloudAccount {
    /// Its id.
    pub account_id: Uuid,
    /// Its name.
    #[serde(default)]
    pub account_name: Option<String>,
    /// Its name in addresses.
    #[serde(default)]
    pub account_handle: Option<String>,
}

/// A workspace that a key is let into (`GET /me/workspaces`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CloudWorkspace {
    /// The account's id.
    pub account_id: Uuid,
    /// The account's name.
    #[serde(default)]
    pub account_name: Option<String>,
    /// The account's name in addresses.
    #[serde(default)]
    pub account_handle: Option<String>,
    /// Its id.
    pub workspace_id: Uuid,
    /// Its name.
    #[serde(default)]
    pub workspace_name: Option<String>,
    /// Its name in addresses.
    #[serde(default)]
    pub workspace_handle: Option<String>,
}
