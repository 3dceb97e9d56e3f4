//! When a failed request is tried again: decisions over plain data, no I/O.
//!
//! The codes are those of Prefect's own client (prefect/client/base.py: 408, 429, 502, 503 and
//! PREFECT_CLIENT_RETRY_EXTRA_CODES) and 500 and 504, which proxies and databases in trouble give.

use std::time::Duration;

use super::config::RetryPolicy;

/// How long a caller is ready to wait for an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Budget {
    /// As often as [`RetryPolicy::max_retries`] allows: for commands.
    #[default]
    Policy,
    /// One attempt, whatever the answer: for what is not to be said again unseen. The caller does
    /// so after a fresh look.
    Once,
    /// At most this many attempts, the first included.
    Attempts(u32),
    /// As long as a further attempt begins within this time.
    For(Duration),
    /// Until the server answers: for a worker, which outlives any outage.
    Forever,
}

/// What the server may have done when no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Always,
    /// Doing it twice does harm: repeated only when the server certainly did not do it.
    IfNotDone,
}

/// How one attempt failed, as far as the decision needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The status code, or `None` when there was no answer.
    pub status: Option<u16>,
    /// The answer's `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The answer says that the API is under maintenance (`Prefect-Maintenance: true`).
    pub maintenance: bool,
    /// What went wrong where no answer came.
    pub broken: Option<Broken>,
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The connection was never made: nothing was sent.
    Connect,
    /// The server's certificate was not accepted: nothing was sent.
    Certificate,
    /// The connection ended, or time ran out, after the request was sent.
    AfterSending,
    /// The answer is larger than anything we would read: asking again brings the same.
    TooLarge,
}

/// What has happened to a request so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Attempts made that count against the budget.
    pub attempts: u32,
    /// Answers with status 500 so far.
    pub internal_errors: u32,
    /// Time since the first attempt began.
    pub elapsed: Duration,
    /// Whether this client ever had an answer from the server.
    pub connected_before: bool,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this time.
    Wait(Duration),
    /// Report the failure.
    GiveUp,
}

/// A server that is asked to wait longer than this makes a command fail instead of hang.
const LONGEST_PATIENCE: Duration = Duration::from_secs(120);

/// Decides whether to try again. `random` is uniform in 0..1.
///
/// - An answer that is no error of the moment ends it.
/// - What may have been done is repeated only when that is harmless.
/// - Maintenance does not count as an attempt; a time limit still holds, and so does `Once`.
/// - 500 is as likely a fault as an outage: even `Forever` gives up on it after
///   [`RetryPolicy::max_retries`].
/// - A first connection that fails is a wrong URL more often than an outage: commands say so at
///   once, and so they do for a certificate that is not trusted.
#[must_use]
pub fn decide(
    policy: &RetryPolicy,
    budget: Budget,
    repeat: Repeat,
    failure: Failure,
    progress: Progress,
    random: f64,
) -> Decision {
    if failure.broken == Some(Broken::TooLarge)
        || !is_temporary(policy, failure)
        || (repeat == Repeat::IfNotDone && may_be_done(failure))
    {
        return Decision::GiveUp;
    }
    if failure.status == Some(500) && progress.internal_errors > policy.max_retries {
        return Decision::GiveUp;
    }
    let hopeless = match failure.broken {
        Some(Broken::Certificate) => true,
        Some(Broken::Connect) => {
            !progress.connected_before && !matches!(budget, Budget::For(_) | Budget::Attempts(_))
        }
        _ => false,
    };
    if hopeless && budget != Budget::Forever {
        return Decision::GiveUp;
    }
    let wait = wait(policy, failure, progress.attempts, random);
    let left = match budget {
        Budget::Forever => true,
        Budget::Once => false,
        Budget::For(limit) => progress.elapsed + wait <= limit,
        Budget::Attempts(_) | Budget::Policy => {
            let attempts = match budget {
                Budget::Attempts(attempts) => attempts,
                _ => policy.max_retries.saturating_add(1),
            };
            failure.maintenance || (progress.attempts < attempts && wait <= LONGEST_PATIENCE)
        }
    };
    if left {
        Decision::Wait(wait)
    } else {
        Decision::GiveUp
    }
}

/// Whether the same request can have another outcome later.
fn is_temporary(policy: &RetryPolicy, failure: Failure) -> bool {
    failure.maintenance
        || failure.status.is_none_or(|status| {
            matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
                || policy.extra_codes.contains(&status)
        })
}

/// Whether the server may have done what it was asked, although the answer is missing or an error.
fn may_be_done(failure: Failure) -> bool {
    match (failure.status, failure.broken) {
        // Refused before anything was done.
        (Some(408 | 429 | 503), _) => false,
        (Some(_), _) => true,
        (None, Some(Broken::Connect | Broken::Certificate)) => false,
        (None, _) => true,
    }
}

/// The waiting time: what the server asks for and up to a jitter more, else doubling with jitter
/// to both sides.
fn wait(policy: &RetryPolicy, failure: Failure, attempts: u32, random: f64) -> Duration {
    let jitter = policy.jitter_factor.max(0.0);
    if let Some(asked) = failure.retry_after {
        return asked.mul_f64(jitter.mul_add(random, 1.0));
    }
    let doubled = policy
        .first_wait
        .saturating_mul(1u32 << attempts.saturating_sub(1).min(16))
        .min(policy.longest_wait);
    doubled.mul_f64((jitter.mul_add(2.0 * random - 1.0, 1.0)).max(0.0))
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
