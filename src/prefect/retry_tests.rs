//! The decisions about failed requests.

use super::*;

const NO_ANSWER: Failure = Failure {
    status: None,
    retry_after: None,
    maintenance: false,
    broken: None,
};

fn status(code: u16) -> Failure {
    Failure {
        status: Some(code),
        ..NO_ANSWER
    }
}

fn broken(how: Broken) -> Failure {
    Failure {
        broken: Some(how),
        ..NO_ANSWER
    }
}

fn after(attempts: u32) -> Progress {
    Progress {
        attempts,
        connected_before: true,
        ..Progress::default()
    }
}

fn retried(budget: Budget, repeat: Repeat, failure: Failure, progress: Progress) -> bool {
    let policy = RetryPolicy::default();
    decide(&policy, budget, repeat, failure, progress, 0.5) != Decision::GiveUp
}

#[test]
fn codes_that_pass_and_codes_that_stay() {
    for code in [408, 429, 500, 502, 503, 504] {
        assert!(
            retried(Budget::Policy, Repeat::Always, status(code), after(1)),
            "{code}"
        );
    }
    for code in [400, 401, 403, 404, 405, 409, 413, 422, 501, 505] {
        assert!(
            !retried(Budget::Forever, Repeat::Always, status(code), after(1)),
            "{code}"
        );
    }
    let policy = RetryPolicy {
        extra_codes: [409].into(),
        ..RetryPolicy::default()
    };
    let decision = decide(
        &policy,
        Budget::Policy,
        Repeat::Always,
        status(409),
        after(1),
        0.5,
    );
    assert_eq!(decision, Decision::Wait(Duration::from_millis(500)));
}

#[test]
fn what_may_be_done_is_not_done_twice() {
    for (failure, expected) in [
        (status(429), true),
        (status(503), true),
        (status(502), false),
        (status(504), false),
        (status(500), false),
        (broken(Broken::Connect), true),
        (broken(Broken::AfterSending), false),
    ] {
        assert_eq!(
            retried(Budget::Policy, Repeat::IfNotDone, failure, after(1)),
            expected,
            "{failure:?}"
        );
        assert!(retried(Budget::Policy, Repeat::Always, failure, after(1)));
    }
}

#[test]
fn budgets_end() {
    let failure = status(503);
    let always = Repeat::Always;
    assert!(retried(Budget::Policy, always, failure, after(5)));
    assert!(!retried(Budget::Policy, always, failure, after(6)));
    assert!(retried(Budget::Attempts(2), always, failure, after(1)));
    assert!(!retried(Budget::Attempts(2), always, failure, after(2)));
    assert!(retried(Budget::Forever, always, failure, after(1000)));
    assert!(!retried(Budget::Once, always, failure, after(1)));
    let late = Progress {
        elapsed: Duration::from_secs(9),
        ..after(1)
    };
    let ten = Budget::For(Duration::from_secs(10));
    assert!(retried(ten, always, failure, late));
    assert!(!retried(
        ten,
        always,
        failure,
        Progress {
            attempts: 8,
            ..late
        }
    ));
}

#[test]
fn maintenance_is_waited_out_and_internal_errors_are_not() {
    let maintenance = Failure {
        maintenance: true,
        retry_after: Some(Duration::from_secs(600)),
        ..status(503)
    };
    let always = Repeat::Always;
    assert!(retried(Budget::Attempts(1), always, maintenance, after(9)));
    assert!(!retried(Budget::Once, always, maintenance, after(0)));
    let broken_for_good = Progress {
        internal_errors: 6,
        ..after(6)
    };
    assert!(!retried(
        Budget::Forever,
        always,
        status(500),
        broken_for_good
    ));
}

#[test]
fn a_first_connection_fails_at_once_unless_the_caller_is_patient() {
    let never = Progress {
        attempts: 1,
        ..Progress::default()
    };
    let always = Repeat::Always;
    for (budget, refused, untrusted) in [
        (Budget::Policy, false, false),
        (Budget::Attempts(3), true, false),
        (Budget::For(Duration::from_secs(9)), true, false),
        (Budget::Forever, true, true),
    ] {
        let connect = broken(Broken::Connect);
        assert_eq!(
            retried(budget, always, connect, never),
            refused,
            "{budget:?}"
        );
        let certificate = broken(Broken::Certificate);
        assert_eq!(
            retried(budget, always, certificate, after(1)),
            untrusted,
            "{budget:?}"
        );
    }
    assert!(retried(
        Budget::Policy,
        always,
        broken(Broken::Connect),
        after(1)
    ));
}

#[test]
fn waits_double_with_jitter_and_obey_the_server() {
    let policy = RetryPolicy::default();
    let millis = |attempts, random| wait(&policy, status(503), attempts, random).as_millis();
    assert_eq!(
        [1, 2, 3, 7, 40].map(|attempts| millis(attempts, 0.5)),
        [500, 1000, 2000, 30_000, 30_000]
    );
    assert_eq!([0.0, 1.0].map(|random| millis(1, random)), [400, 600]);
    let asked = Failure {
        retry_after: Some(Duration::from_secs(10)),
        ..status(429)
    };
    assert_eq!(wait(&policy, asked, 1, 0.0).as_secs(), 10);
    assert_eq!(wait(&policy, asked, 1, 1.0).as_secs(), 12);
    let hour = Failure {
        retry_after: Some(Duration::from_secs(3600)),
        ..status(429)
    };
    assert!(!retried(Budget::Policy, Repeat::Always, hour, after(1)));
    assert!(retried(Budget::Forever, Repeat::Always, hour, after(1)));
}
