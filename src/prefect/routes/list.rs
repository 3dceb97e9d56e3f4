//! Lists, of which a server gives no more at once than it is set up to.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::de::DeserializeOwned;

use crate::prefect::{ApiError, ApiErrorKind, Client, Page, call::Call};

/// How much of a list the server gives at once: 200, or what PREFECT_SERVER_API_DEFAULT_LIMIT says,
/// which its refusal of more tells (prefect/server/api/dependencies.py, `LimitBody`).
#[derive(Debug)]
pub(in crate::prefect) struct AtOnce(AtomicU32);

impl Default for AtOnce {
    fn default() -> Self {
        Self(AtomicU32::new(Page::default().limit))
    }
}

impl AtOnce {
    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether this refusal tells that less than `asked` is given.
    fn learns(&self, refusal: &ApiError, asked: u32) -> bool {
        let Some(most) = most(refusal).filter(|most| (1..asked).contains(most)) else {
            return false;
        };
        tracing::debug!("the Prefect server lists {most} at once");
        self.0.store(most, Ordering::Relaxed);
        true
    }
}

/// The bound that a refusal names.
fn most(refusal: &ApiError) -> Option<u32> {
    if refusal.kind != ApiErrorKind::Invalid {
        return None;
    }
    let said = refusal.one_line();
    let (_, rest) = said.split_once("Invalid limit: must be less than or equal to ")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

impl Client {
    /// Reads one page of a list, in as many requests as the server wants to be asked for it.
    /// `call` makes the request for a part of it.
    ///
    /// # Errors
    /// As the route.
    pub(in crate::prefect) async fn list<T: DeserializeOwned>(
        &self,
        page: Page,
        call: impl Fn(Page) -> Call,
    ) -> Result<Vec<T>, ApiError> {
        let at_once = self.at_once();
        let mut found: Vec<T> = Vec::new();
        loop {
            let have = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let part = Page {
                limit: page.limit.saturating_sub(have).min(at_once.get()),
                offset: page.offset.saturating_add(have),
            };
            let answer: Result<Vec<T>, ApiError> = self.read(call(part)).await;
            let more = match answer {
                Err(error) if at_once.learns(&error, part.limit) => continue,
                answer => answer?,
            };
            let is_last = more.len() < part.limit as usize;
            found.extend(more);
            if is_last || found.len() >= page.limit as usize {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_learnt_from_the_refusal() {
        let refusal = |kind, message: &str| ApiError {
            kind,
            route: String::new(),
            status: Some(422),
            message: message.to_owned(),
            causes: Vec::new(),
            hints: Vec::new(),
            may_be_done: false,
        };
        let said = "Invalid limit: must be less than or equal to 50.";
        for (kind, message, expected) in [
            (ApiErrorKind::Invalid, said, Some(50)),
            (ApiErrorKind::Server, said, None),
            (
                ApiErrorKind::Invalid,
                "Invalid limit: must be greater",
                None,
            ),
        ] {
            assert_eq!(most(&refusal(kind, message)), expected, "{message}");
        }
        let at_once = AtOnce::default();
        let of = |most: u32| {
            refusal(
                ApiErrorKind::Invalid,
                &said.replace("50", &most.to_string()),
            )
        };
        assert!(at_once.learns(&of(50), 200));
        assert_eq!(at_once.get(), 50);
        // No endless asking: neither for nothing, nor for what was refused.
        assert!(!at_once.learns(&of(0), 50));
        assert!(!at_once.learns(&of(50), 50));
    }
}
