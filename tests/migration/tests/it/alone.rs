//! Tests in processes of their own: what is isolated, installed or global is so in a whole process.

use std::process::Command;

const ALONE: &str = "ISOHUB_TEST_ALONE";

/// Runs `test`, which is `name` in this program, in a process of its own.
pub(crate) fn alone(name: &str, test: impl FnOnce()) {
    if std::env::var(ALONE).as_deref() == Ok(name) {
        return test();
    }
    let program = std::env::current_exe().unwrap();
    let output =
        Command::new(program).args([name, "--exact", "--nocapture"]).env(ALONE, name).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{name} is no test: {said}");
}
