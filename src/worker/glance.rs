//! Looks at runs, many with one request: whoever asks while a request is under way goes with the
//! next one. A thousand Jobs that end at once cost five requests, a single one costs one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::prefect::{
    ApiError, ApiErrorKind, Budget, Client, FlowRunFilter, FlowRunId, FlowRunNow, Page,
};

/// Runs asked for at once: the server's usual page.
const AT_ONCE: usize = 200;
/// Runs at most that go with a request because their turn comes soon: by the time of later ones the
/// answer is old, and to read it costs more than to ask again.
const WITH_IT: usize = 20;
/// Answers that nobody came for are forgotten after this: who asked was stopped.
const UNCLAIMED: Duration = Duration::from_secs(60);

/// How long one whose patience has an end waits for another's request, whose patience may have none.
/// A server that is well answers many in this time.
const TURN: Duration = Duration::from_secs(20);

/// The askers and their answers.
#[derive(Debug, Default)]
pub struct Glance {
    /// Held by the one who asks the server.
    asking: tokio::sync::Mutex<()>,
    waiting: Mutex<BTreeSet<FlowRunId>>,
    /// Runs that will be asked for soon, in the order of their turns.
    expected: Mutex<BTreeMap<u64, FlowRunId>>,
    /// How many runs were expected so far.
    turns: AtomicU64,
    answers: Mutex<HashMap<FlowRunId, (Instant, Option<FlowRunNow>)>>,
}

impl Glance {
    /// A run as it is now, or `None` when it is gone.
    ///
    /// # Errors
    /// As the route.
    pub async fn at(
        &self,
        prefect: &Client,
        id: FlowRunId,
    ) -> Result<Option<FlowRunNow>, ApiError> {
        self.since(prefect, id, Instant::now()).await
    }

    /// Lets a run go with the requests for others until its own turn to be asked for comes.
    pub fn expect(&self, id: FlowRunId) -> Expected<'_> {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        lock(&self.expected).insert(turn, id);
        Expected {
            glance: self,
            turn,
            id,
        }
    }

    async fn since(
        &self,
        prefect: &Client,
        id: FlowRunId,
        since: Instant,
    ) -> Result<Option<FlowRunNow>, ApiError> {
        if let Some(answer) = self.answer(id, since) {
            return Ok(answer);
        }
        lock(&self.waiting).insert(id);
        let _only_one = self.turn(prefect.budget(), id).await?;
        if let Some(answer) = self.answer(id, since) {
            return Ok(answer);
        }
        let ids = self.next(id);
        let asked = Instant::now();
        let filter = FlowRunFilter {
            ids: Some(ids.clone()),
            ..FlowRunFilter::default()
        };
        let runs = match prefect.look_at_flow_runs(&filter, Page::default()).await {
            Ok(runs) => runs,
            Err(error) => {
                // The others ask in their turn, together.
                let expected = lock(&self.expected);
                let is_expected = |other: &FlowRunId| expected.values().any(|id| id == other);
                let others = ids.into_iter().filter(|other| *other != id);
                lock(&self.waiting).extend(others.filter(|other| !is_expected(other)));
                return Err(error);
            }
        };
        let mut runs: HashMap<FlowRunId, FlowRunNow> = runs
            .into_iter()
            .map(|run: FlowRunNow| (run.id, run))
            .collect();
        let own = runs.remove(&id);
        let mut answers = lock(&self.answers);
        answers.retain(|_, (asked, _)| asked.elapsed() < UNCLAIMED);
        for other in ids.into_iter().filter(|other| *other != id) {
            answers.insert(other, (asked, runs.remove(&other)));
        }
        Ok(own)
    }

    /// The right to ask the server, when nobody else does.
    async fn turn(
        &self,
        budget: Budget,
        id: FlowRunId,
    ) -> Result<tokio::sync::MutexGuard<'_, ()>, ApiError> {
        let turn = self.asking.lock();
        let patience = match budget {
            Budget::Forever => return Ok(turn.await),
            Budget::For(limit) => limit.min(TURN),
            Budget::Once | Budget::Attempts(_) | Budget::Policy => TURN,
        };
        match tokio::time::timeout(patience, turn).await {
            Ok(turn) => Ok(turn),
            Err(_) => {
                lock(&self.waiting).remove(&id);
                Err(unanswered(patience))
            }
        }
    }

    /// The answer to a question that was asked at this time, if another brought it.
    fn answer(&self, id: FlowRunId, since: Instant) -> Option<Option<FlowRunNow>> {
        let (asked, answer) = lock(&self.answers).remove(&id)?;
        (asked >= since).then_some(answer)
    }

    /// The runs to ask for next, this one among them.
    fn next(&self, id: FlowRunId) -> Vec<FlowRunId> {
        // One lock at a time: elsewhere they are taken in the other order.
        let expected: Vec<FlowRunId> = {
            let expected = lock(&self.expected);
            expected.values().take(WITH_IT).copied().collect()
        };
        let mut waiting = lock(&self.waiting);
        waiting.remove(&id);
        let mut ids = vec![id];
        while ids.len() < AT_ONCE
            && let Some(other) = waiting.pop_first()
        {
            ids.push(other);
        }
        for other in expected {
            if ids.len() == AT_ONCE {
                break;
            }
            if !ids.contains(&other) {
                ids.push(other);
            }
        }
        ids
    }
}

/// What somebody else asks is not answered, so this would not be either.
fn unanswered(patience: Duration) -> ApiError {
    ApiError {
        kind: ApiErrorKind::Unreachable,
        route: "POST /flow_runs/filter".to_owned(),
        status: None,
        message: "the Prefect API does not answer".to_owned(),
        causes: vec![format!(
            "an earlier request for flow runs is not answered after {} s",
            patience.as_secs()
        )],
        hints: Vec::new(),
        may_be_done: false,
    }
}

/// A run that waits for its turn to be asked for.
#[derive(Debug)]
pub struct Expected<'a> {
    glance: &'a Glance,
    turn: u64,
    id: FlowRunId,
}

impl Expected<'_> {
    /// The run as it was at most this long ago, or `None` when it is gone.
    ///
    /// # Errors
    /// As the route.
    pub async fn within(
        &self,
        prefect: &Client,
        age: Duration,
    ) -> Result<Option<FlowRunNow>, ApiError> {
        let now = Instant::now();
        let since = now.checked_sub(age).unwrap_or(now);
        self.glance.since(prefect, self.id, since).await
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        lock(&self.glance.expected).remove(&self.turn);
        lock(&self.glance.answers).remove(&self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;
    use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

    use super::*;
    use crate::prefect::{Budget, ClientConfig};

    /// Gives back every run that is asked for but the one with the id of nil.
    fn found(request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let ids = body["flow_runs"]["id"]["any_"].as_array().unwrap();
        let runs: Vec<Value> = ids
            .iter()
            .filter(|id| **id != json!(Uuid::nil()))
            .map(|id| json!({"id": id, "name": "a", "flow_id": Uuid::nil()}))
            .collect();
        ResponseTemplate::new(200)
            .set_body_json(runs)
            .set_delay(Duration::from_millis(50))
    }

    #[tokio::test]
    async fn those_who_ask_meanwhile_go_with_the_next_request() {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(found).mount(&server).await;
        let url = format!("{}/api", server.uri()).parse().unwrap();
        let client = Client::new(&ClientConfig::new(url)).unwrap();
        let client = client.with_budget(Budget::Attempts(1));
        let glance = Glance::default();
        let mut ids: Vec<FlowRunId> = (0..300).map(|_| FlowRunId(Uuid::new_v4())).collect();
        ids.push(FlowRunId(Uuid::nil()));
        let looks = ids.iter().map(|id| glance.at(&client, *id));
        let answers = futures::future::join_all(looks).await;
        for (id, answer) in ids.iter().zip(answers) {
            let expected = (id.0 != Uuid::nil()).then_some(*id);
            assert_eq!(answer.unwrap().map(|run| run.id), expected);
        }
        let requests = server.received_requests().await.unwrap().len();
        assert!(requests <= 3, "{requests} requests for 301 runs");
        assert!(lock(&glance.answers).is_empty() && lock(&glance.waiting).is_empty());
    }

    #[tokio::test]
    async fn those_whose_turn_comes_soon_go_with_a_request() {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(found).mount(&server).await;
        let url = format!("{}/api", server.uri()).parse().unwrap();
        let client = Client::new(&ClientConfig::new(url)).unwrap();
        let glance = Glance::default();
        let ids: Vec<FlowRunId> = (0..50).map(|_| FlowRunId(Uuid::new_v4())).collect();
        let requests = ids.len().div_ceil(WITH_IT);
        let expected: Vec<Expected<'_>> = ids.iter().map(|id| glance.expect(*id)).collect();
        for (id, expected) in ids.iter().zip(expected) {
            let run = expected.within(&client, Duration::from_secs(60)).await;
            assert_eq!(run.unwrap().map(|run| run.id), Some(*id));
        }
        assert_eq!(server.received_requests().await.unwrap().len(), requests);
        let again = glance.expect(ids[0]);
        again.within(&client, Duration::ZERO).await.unwrap();
        let after = server.received_requests().await.unwrap().len();
        assert_eq!(after, requests + 1);
        drop(again);
        assert!(lock(&glance.answers).is_empty() && lock(&glance.expected).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_a_budget_does_not_wait_for_ever_behind_one_who_has_none() {
        let server = MockServer::start().await;
        let down = ResponseTemplate::new(503);
        Mock::given(any()).respond_with(down).mount(&server).await;
        let url = format!("{}/api", server.uri()).parse().unwrap();
        let client = Client::new(&ClientConfig::new(url)).unwrap();
        let endless = client.with_budget(Budget::Forever);
        let hasty = client.with_budget(Budget::Attempts(1));
        let glance = Glance::default();
        let ids = [1, 2].map(|number| FlowRunId(Uuid::from_u128(number)));
        let look = std::pin::pin!(glance.at(&endless, ids[0]));
        let other = async {
            // The endless one is first: it is polled first.
            let look = glance.at(&hasty, ids[1]);
            tokio::time::timeout(Duration::from_secs(600), look).await
        };
        let other = std::pin::pin!(other);
        match futures::future::select(look, other).await {
            futures::future::Either::Left(_) => panic!("an answer from a server that gives none"),
            futures::future::Either::Right((answer, _)) => {
                let error = answer.expect("in time").unwrap_err();
                assert!(error.is_temporary(), "{error}");
            }
        }
        assert!(!lock(&glance.waiting).contains(&ids[1]));
    }

    #[tokio::test]
    async fn an_answer_that_is_older_than_the_question_does_not_count() {
        let glance = Glance::default();
        let id = FlowRunId(Uuid::new_v4());
        let asked = Instant::now();
        lock(&glance.answers).insert(id, (asked, None));
        assert_eq!(glance.answer(id, asked + Duration::from_millis(1)), None);
        lock(&glance.answers).insert(id, (asked, None));
        assert_eq!(glance.answer(id, asked), Some(None));
    }
}
