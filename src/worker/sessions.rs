//! One judgement of a Job at a time. A watch, the sweep of vanished runs and the look at Jobs that
//! succeeded may all come to judge the same end: at once they would each say that the run has
//! crashed. One after the other, the later ones find it said.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

/// The Jobs whose end is being judged.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// The right to judge a Job. It ends with this value.
#[derive(Debug)]
pub struct Session<'a> {
    sessions: &'a Sessions,
    job: String,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Sessions {
    /// The right to judge a Job, once nobody else does.
    pub async fn open(&self, job: String) -> Session<'_> {
        let turn = Arc::clone(self.lock().entry(job.clone()).or_default());
        let turn = Some(turn.lock_owned().await);
        Session {
            sessions: self,
            job,
            turn,
        }
    }

    /// Whether a Job is being judged.
    pub fn is_open(&self, job: &str) -> bool {
        self.lock().contains_key(job)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let mut open = self.sessions.lock();
        drop(self.turn.take());
        // Whoever waits holds it too. (One that is stopped in its waiting leaves it: the worker ends.)
        let is_last = |turn: &Arc<_>| Arc::strong_count(turn) == 1;
        if open.get(&self.job).is_some_and(is_last) {
            open.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn a_job_is_judged_by_one_after_the_other_and_another_job_at_once() {
        let sessions = Sessions::default();
        let said = RefCell::new(Vec::new());
        let judge = async |job: &str, number: u32| {
            let _session = sessions.open(job.to_owned()).await;
            said.borrow_mut().push(format!("{job} {number} begins"));
            tokio::task::yield_now().await;
            said.borrow_mut().push(format!("{job} {number} ends"));
        };
        futures::join!(judge("a", 1), judge("a", 2), judge("b", 3), async {
            assert!(sessions.is_open("a") && sessions.is_open("b"));
        });
        let when = |what: &str| said.borrow().iter().position(|it| it == what).unwrap();
        assert!(when("a 1 ends") < when("a 2 begins"), "{said:?}");
        assert!(when("b 3 begins") < when("a 1 ends"), "{said:?}");
        assert!(!sessions.is_open("a"), "nothing is left");
    }
}
