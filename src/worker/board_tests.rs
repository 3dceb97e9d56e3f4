use super::*;

#[test]
fn a_run_is_in_hand_from_its_submission_to_the_end_of_its_job() {
    let board = Board::default();
    let id = Uuid::new_v4();
    let start = Instant::now();
    assert!(board.take(id, "calm-fox", None, start));
    assert!(!board.take(id, "calm-fox", None, start), "taken once");
    assert_eq!((board.count(), board.jobs()), (1, 0));
    let attempt = StateId(Uuid::new_v4());
    board.makes_attempt(id, attempt);
    board.has_job(id, "flows/calm-fox-1");
    board.moved(id, Phase::Running);
    assert_eq!((board.count(), board.jobs()), (1, 1));
    assert_eq!(board.attempt(id), Some(attempt));
    board.ended(id, "Job complete", start);
    assert_eq!(board.attempt(id), None);
    board.ended(id, "Job complete", start);
    board.moved(id, Phase::Running);
    assert_eq!(board.count(), 0);
    assert_eq!(board.totals(), [("Job complete", 1)]);
    assert_eq!(
        board.in_sight(start)[0].phase,
        Phase::Ended("Job complete"),
        "what ended is still seen for a while"
    );
    assert!(board.in_sight(start + AFTERGLOW).is_empty());
    assert!(board.take(id, "calm-fox", None, start), "a later attempt");
    assert_eq!(board.attempt(id), None);
}

#[test]
fn a_run_whose_job_has_ended_no_longer_runs() {
    let board = Board::default();
    let (id, start) = (Uuid::new_v4(), Instant::now());
    board.take(id, "calm-fox", None, start);
    board.has_job(id, "flows/calm-fox-1");
    board.moved(id, Phase::Running);
    assert!(!board.judges(id, "flows/calm-fox-0", "Job failed"));
    assert!(board.judges(id, "flows/calm-fox-1", "Job failed"));
    assert!(!board.judges(id, "flows/calm-fox-1", "Job failed"));
    board.moved(id, Phase::Running);
    assert_eq!(board.in_sight(start)[0].phase.text(), "Job failed");
    assert_eq!(board.count(), 1, "it is in hand");
    board.moved(id, Phase::Cancelling);
    assert_eq!(board.in_sight(start)[0].phase, Phase::Cancelling);
}

#[test]
fn what_has_ended_is_forgotten_though_nobody_looks() {
    let board = Board::default();
    let start = Instant::now();
    for second in 0..100 {
        let (id, now) = (Uuid::new_v4(), start + Duration::from_secs(second));
        board.take(id, "calm-fox", None, now);
        board.ended(id, "Job complete", now);
    }
    assert!(board.entries().runs.len() <= 11);
    assert_eq!(board.totals(), [("Job complete", 100)]);
}

#[test]
fn a_job_may_end_before_its_creation_is_answered() {
    let (board, id, now) = (Board::default(), Uuid::new_v4(), Instant::now());
    board.take(id, "calm-fox", None, now);
    board.ended_job(id, "flows/of-an-earlier-attempt", "Job failed", now);
    board.ended_job(id, "flows/calm-fox-1", "Job complete", now);
    board.has_job(id, "flows/calm-fox-1");
    assert_eq!(board.count(), 0);
    assert_eq!(board.totals(), [("Job complete", 1)]);
}
