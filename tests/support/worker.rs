//! A worker of ours as a process: started, listened to, signalled, ended.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::TestCommand;

/// Longest wait for anything: much more than is needed, for machines that are busy.
pub const DEADLINE: Duration = Duration::from_secs(240);
/// Time between two looks at something that is waited for.
pub const PAUSE: Duration = Duration::from_millis(200);

/// A running worker. It ends with this value.
#[derive(Debug)]
pub struct WorkerProcess {
    child: Child,
    // Its home folder must outlive it.
    command: TestCommand,
    stderr: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl WorkerProcess {
    /// Starts a command that is to go on.
    pub fn start(command: TestCommand) -> Self {
        let mut child = command
            .to_process()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let heard = Arc::clone(&stderr);
        let reader = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self {
            child,
            command,
            stderr,
            reader: Some(reader),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub fn heard(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// How often it has said this so far.
    pub fn times(&self, text: &str) -> usize {
        self.heard().matches(text).count()
    }

    /// Waits until it has said this.
    ///
    /// # Panics
    /// When it does not in time, or ends before.
    pub async fn says(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.heard().contains(text) {
            let ended = self.child.try_wait().unwrap();
            // What it said last may still be on its way.
            if ended.is_some() {
                self.finish_reading();
                if self.heard().contains(text) {
                    return;
                }
            }
            assert!(
                ended.is_none() && begun.elapsed() < DEADLINE,
                "the worker did not say {text:?} ({ended:?}):\n{}",
                self.heard()
            );
            tokio::time::sleep(PAUSE / 4).await;
        }
    }

    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success(), "kill -s {name} {pid}");
    }

    /// Waits for its end. Gives its exit code (`None` after a signal) and all it said.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn ends(&mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.finish_reading();
                return (status.code(), self.heard());
            }
            assert!(
                begun.elapsed() < DEADLINE,
                "the worker did not end:\n{}",
                self.heard()
            );
            tokio::time::sleep(PAUSE / 4).await;
        }
    }

    fn finish_reading(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }

    /// Starts it again, after its end.
    pub fn again(self) -> Self {
        let mut this = self;
        let _ = this.child.kill();
        let _ = this.child.wait();
        let command = std::mem::take(&mut this.command);
        Self::start(command)
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // A test that is over has no need of manners.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let heard = self.stderr.lock().map(|it| it.clone()).unwrap_or_default();
            // Shown with the failure by the test harness.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), heard.as_bytes());
        }
    }
}

/// Waits for something.
///
/// # Panics
/// When it does not come in time.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < DEADLINE,
            "{what}: not within {DEADLINE:?}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}
