//! Starts the programs in `src/bin/child`, for what needs a process of its own.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program that hangs is ended after this time.
const LIMIT: Duration = Duration::from_secs(150);

/// What a program did.
#[derive(Debug)]
pub struct Ended {
    pub out: String,
    pub err: String,
    /// `None` if it was ended by a signal.
    pub code: Option<i32>,
    pub took: Duration,
}

/// Runs a case that has to end well, and returns what it printed.
#[track_caller]
pub fn prints(case: &str) -> String {
    let ended = run(&[case], &[]);
    assert_eq!(ended.code, Some(0), "{case}: {ended:#?}");
    ended.out
}

/// Runs a case to its end, whatever that is.
#[track_caller]
pub fn run(args: &[&str], env: &[(&str, &str)]) -> Ended {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_child"))
        .args(args)
        .envs(env.iter().copied())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Read at the same time, so that neither pipe fills.
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let out = std::thread::spawn(move || text(out));
    let err = std::thread::spawn(move || text(err));
    let status = loop {
        if let Some(status) = child.try_wait().expect("its state") {
            break Some(status);
        }
        if began.elapsed() > LIMIT {
            child.kill().expect("it can be ended");
            child.wait().expect("it ends");
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = began.elapsed();
    let (out, err) = (out.join().expect("text"), err.join().expect("text"));
    assert!(status.is_some(), "{args:?} did not end: {out}\n{err}");
    Ended { out, err, code: status.and_then(|status| status.code()), took }
}

fn text(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    // What came before an error is as good.
    let _ = pipe.expect("a pipe").read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
