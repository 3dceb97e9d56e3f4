//! What `kubectl prefect worker run` says first and last.

use crate::{
    error::Error,
    worker::{Ended, Options},
};

/// Who serves what, and where.
pub fn greeting(pools: &[Options], api: &str, cluster: &str) -> String {
    let names: Vec<String> = pools.iter().map(|it| format!("'{}'", it.pool)).collect();
    let pools_word = if pools.len() == 1 { "pool" } else { "pools" };
    let worker = pools.first().map(|options| options.name.as_str());
    format!(
        "Worker '{}' on work {pools_word} {} of {api}; {cluster}",
        worker.unwrap_or_default(),
        names.join(", ")
    )
}

/// What became of the runs of each pool, and what is left behind.
pub fn goodbye(ended: &[Ended]) -> String {
    let mut text = "Worker stopped.".to_owned();
    for of_pool in ended {
        let said = of_one(of_pool);
        if ended.len() > 1 && !said.is_empty() {
            text.push_str(&format!(" {}:", of_pool.pool));
        }
        text.push_str(&said);
    }
    text
}

fn of_one(ended: &Ended) -> String {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let mut text = String::new();
    for (word, count) in &ended.totals {
        text.push_str(&format!(" {word}: {count}."));
    }
    if ended.jobs > 0 {
        let jobs = counted(ended.jobs, "Job");
        let verb = if ended.jobs == 1 { "goes" } else { "go" };
        text.push_str(&format!(" {jobs} {verb} on without it."));
    }
    if ended.unfinished > 0 {
        text.push_str(&format!(
            " {} not finished; the next worker takes them up.",
            counted(ended.unfinished, "submission")
        ));
    }
    text
}

/// What `--run-once` ends with when runs were due that have no Job now.
pub fn not_submitted(failures: u64) -> Error {
    let runs = if failures == 1 {
        "run was"
    } else {
        "runs were"
    };
    Error::failed(format!("{failures} flow {runs} not submitted"))
        .hint("The log above says why. Runs that were not made Crashed are taken by a later poll.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(pool: &str, jobs: usize, totals: &[(&'static str, u64)]) -> Ended {
        Ended {
            pool: pool.to_owned().into(),
            jobs,
            unfinished: 0,
            failures: 0,
            totals: totals.to_vec(),
        }
    }

    #[test]
    fn the_last_words_tell_pools_apart_when_there_are_several() {
        let light = || ended("light", 1, &[("Job complete", 2)]);
        assert_eq!(
            goodbye(&[light()]),
            "Worker stopped. Job complete: 2. 1 Job goes on without it."
        );
        assert_eq!(
            goodbye(&[
                light(),
                ended("idle", 0, &[]),
                ended("heavy", 0, &[("Crashed", 1)])
            ]),
            "Worker stopped. light: Job complete: 2. 1 Job goes on without it. heavy: Crashed: 1."
        );
        assert_eq!(goodbye(&[]), "Worker stopped.");
    }
}
