//! Tasks of a runtime whose builder went through `isohub::tokio::isolate_tasks`: no macro is at any spawn here.

mod ends;
mod hooks;
mod hubs;
mod limits;
mod nested;
#[allow(dead_code)] // Shared with the tests of the workspace, which use more of it.
#[path = "../../../tests/it/support.rs"]
mod support;

use std::time::Duration;

use isohub::tokio::{isolate_tasks, isolated_tasks};
use tokio::runtime::{Builder, Runtime};

fn workers(count: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    isolate_tasks(&mut builder);
    builder.worker_threads(count).enable_time().build().expect("a runtime")
}

fn current_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    isolate_tasks(&mut builder);
    builder.enable_time().build().expect("a runtime")
}

/// Both kinds of runtime.
fn runtimes() -> [Runtime; 2] {
    [current_thread(), workers(2)]
}

/// For tests that run in a process of their own.
fn wait_until_no_task_has_a_hub() {
    for _ in 0..2000 {
        if isolated_tasks() == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} tasks still have a hub", isolated_tasks());
}

fn creator() {
    isohub::set_tag("creator", "yes");
    isohub::set_tag("removed", "no");
}

const CREATOR: &str = "creator=yes removed=no";
