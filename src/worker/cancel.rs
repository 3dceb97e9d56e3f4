//! What to do for a run that is being cancelled: decisions over plain data, no I/O.

use std::time::Duration;

use super::{history::Attempt, whose::Whose};
use crate::prefect::StateType;

/// How long a flow may take to stop itself before its Job is deleted, where the server does not see
/// to that: as long as the server gives it
/// (PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS).
pub const TIMEOUT: Duration = Duration::from_secs(300);

/// How long flows that have begun may take to stop themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Timeout {
    /// The server sees to it where it has us clean up over the worker channel; elsewhere [`TIMEOUT`].
    #[default]
    Servers,
    /// This long, whatever the server does.
    After(Duration),
    /// For ever.
    Never,
}

impl Timeout {
    /// How long that is; `None` where the worker does nothing.
    #[must_use]
    pub const fn own(self, server_cleans_up: bool) -> Option<Duration> {
        match self {
            Self::Servers if server_cleans_up => None,
            Self::Servers => Some(TIMEOUT),
            Self::After(time) => Some(time),
            Self::Never => None,
        }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Delete what Jobs there are, then set CANCELLED.
    End,
    /// The flow's process ends itself; it is looked at again after this time, or, where that is not
    /// ours to do, with all others.
    LeaveToFlow(Option<Duration>),
}

/// Chooses the step for a run of ours that has been cancelling `since`; `began`: its flow has begun.
#[must_use]
pub fn step(began: bool, since: Duration, timeout: Option<Duration>) -> Step {
    match timeout {
        _ if !began => Step::End,
        Some(timeout) if since >= timeout => Step::End,
        Some(timeout) => Step::LeaveToFlow(Some(timeout.saturating_sub(since))),
        None => Step::LeaveToFlow(None),
    }
}

/// Whose business a cancelled run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Business {
    /// This worker's.
    Ours,
    /// This worker's if its Job is in this cluster.
    OursIfItsJobIsHere,
    /// Somebody else's.
    Theirs,
}

/// What the infrastructure id of a run tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// There is none.
    Nothing,
    /// A Job; of which cluster is not said, or it is ours.
    Job,
    /// A Job in another cluster.
    Elsewhere,
}

/// Decides whose business a run is that has been cancelling `since`.
///
/// The last claim decides, for labels and infrastructure ids stay from earlier attempts. A run that
/// nobody claimed must be ended by somebody. One that another program claimed may live in another
/// cluster: it is ended only where its Job is, or, when none was ever noted, once whoever claimed it
/// must have made one.
#[must_use]
pub fn business(attempt: Attempt, noted: Noted, since: Duration) -> Business {
    match (attempt.whose, noted) {
        (Whose::Ours, _) => Business::Ours,
        (_, Noted::Elsewhere) => Business::Theirs,
        _ if attempt.began => Business::Theirs,
        (Whose::Nobodys, _) => Business::Ours,
        (Whose::Anothers, Noted::Nothing) if since >= TIMEOUT => Business::Ours,
        (Whose::Anothers, _) => Business::OursIfItsJobIsHere,
    }
}

/// Whether CANCELLED may be forced upon a run in such a state: not upon one that has ended, nor upon
/// one that has begun since it was cancelled.
#[must_use]
pub const fn may_be_finished(kind: StateType) -> bool {
    matches!(
        kind,
        StateType::Cancelling | StateType::Scheduled | StateType::Pending
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_is_forced_upon_what_has_not_begun_or_ended() {
        for (kind, expected) in [
            (StateType::Cancelling, true),
            (StateType::Scheduled, true),
            (StateType::Pending, true),
            (StateType::Running, false),
            (StateType::Completed, false),
            (StateType::Failed, false),
            (StateType::Crashed, false),
            (StateType::Cancelled, false),
        ] {
            assert_eq!(may_be_finished(kind), expected, "{kind:?}");
        }
    }

    #[test]
    fn whose_business_a_cancelled_run_is() {
        use Business::{Ours, OursIfItsJobIsHere, Theirs};
        let early = Duration::ZERO;
        let table = [
            ("ours", Whose::Ours, false, Noted::Job, early, Ours),
            ("ours, running", Whose::Ours, true, Noted::Job, early, Ours),
            (
                "ours, with the note of an earlier attempt",
                Whose::Ours,
                true,
                Noted::Elsewhere,
                early,
                Ours,
            ),
            (
                "never claimed",
                Whose::Nobodys,
                false,
                Noted::Nothing,
                early,
                Ours,
            ),
            (
                "to be tried again, and it was elsewhere",
                Whose::Nobodys,
                false,
                Noted::Elsewhere,
                early,
                Theirs,
            ),
            (
                "run by hand",
                Whose::Nobodys,
                true,
                Noted::Nothing,
                early,
                Theirs,
            ),
            (
                "running, it may be anywhere",
                Whose::Anothers,
                true,
                Noted::Job,
                TIMEOUT,
                Theirs,
            ),
            (
                "pending, it may be here",
                Whose::Anothers,
                false,
                Noted::Job,
                TIMEOUT,
                OursIfItsJobIsHere,
            ),
            (
                "pending elsewhere",
                Whose::Anothers,
                false,
                Noted::Elsewhere,
                TIMEOUT,
                Theirs,
            ),
            (
                "being submitted by another program",
                Whose::Anothers,
                false,
                Noted::Nothing,
                early,
                OursIfItsJobIsHere,
            ),
            (
                "never submitted by another program",
                Whose::Anothers,
                false,
                Noted::Nothing,
                TIMEOUT,
                Ours,
            ),
        ];
        for (name, whose, began, noted, since, expected) in table {
            let attempt = Attempt { whose, began };
            assert_eq!(business(attempt, noted, since), expected, "{name}");
        }
    }

    #[test]
    fn a_flow_that_has_begun_is_given_its_time() {
        let seconds = Duration::from_secs;
        let (own, servers) = (Timeout::Servers.own(false), Timeout::Servers.own(true));
        let short = Timeout::After(seconds(8)).own(true);
        let table = [
            ("not begun", false, 0, own, Step::End),
            ("not begun, with a channel", false, 0, servers, Step::End),
            (
                "begun",
                true,
                100,
                own,
                Step::LeaveToFlow(Some(seconds(200))),
            ),
            ("too long", true, 300, own, Step::End),
            (
                "too long, with a channel",
                true,
                9000,
                servers,
                Step::LeaveToFlow(None),
            ),
            ("too long for us", true, 8, short, Step::End),
            (
                "for ever",
                true,
                9000,
                Timeout::Never.own(false),
                Step::LeaveToFlow(None),
            ),
        ];
        for (name, began, since, timeout, expected) in table {
            assert_eq!(step(began, seconds(since), timeout), expected, "{name}");
        }
    }
}
