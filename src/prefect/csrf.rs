//! CSRF tokens, for servers that ask for them (PREFECT_SERVER_CSRF_PROTECTION_ENABLED).
//!
//! Prefect's own client asks for a token before its first change. Most servers have the protection
//! off, and one that has it on refuses a change without a token before it does anything. So the
//! token is fetched when the server asks for it, which saves everybody else a request.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::config::Secret;

/// The header with the token.
pub(super) const TOKEN_HEADER: &str = "Prefect-Csrf-Token";
/// The header with the id of the client that the token belongs to.
pub(super) const CLIENT_HEADER: &str = "Prefect-Csrf-Client";

/// The client's part of CSRF protection.
#[derive(Debug)]
pub(super) struct Csrf {
    enabled: bool,
    /// Chosen once a client.
    pub client_id: Uuid,
    token: Mutex<Option<CsrfToken>>,
    /// Only one request asks for a token at a time: the server keeps one a client.
    pub fetching: tokio::sync::Mutex<()>,
}

/// The server's answer to `GET /csrf-token`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CsrfToken {
    /// The token.
    pub token: Secret,
    /// When it ends.
    pub expiration: Timestamp,
}

impl Csrf {
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            client_id: Uuid::new_v4(),
            token: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// The token to send with a change, if the server gave one.
    pub fn token(&self) -> Option<CsrfToken> {
        self.token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A token that has ended is not worth sending.
    pub fn is_stale(token: &CsrfToken, now: Timestamp) -> bool {
        token.expiration <= now
    }

    pub fn store(&self, token: Option<CsrfToken>) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    /// Whether an answer asks for a token that we would give.
    pub fn is_demanded(&self, status: u16, body: &[u8]) -> bool {
        const REFUSALS: [&[u8]; 3] = [
            b"Missing CSRF token",
            b"Invalid CSRF token",
            b"Missing client identifier",
        ];
        self.enabled
            && status == 403
            && REFUSALS
                .iter()
                .any(|refusal| body.windows(refusal.len()).any(|window| window == *refusal))
    }
}
