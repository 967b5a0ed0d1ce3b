//! Tasks of a tokio runtime that was given to isohub's hooks, which then do nothing.

#![cfg(all(feature = "isolate-tasks", tokio_unstable))]
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use isohub::tokio::{isolate_tasks, isolated_tasks};

#[test]
fn hooks_of_the_users_are_called_and_no_task_has_a_hub() {
    let calls = Arc::new(AtomicU32::new(0));
    let hook = || {
        let calls = Arc::clone(&calls);
        move |_: &tokio::runtime::TaskMeta<'_>| {
            calls.fetch_add(1, Ordering::Relaxed);
        }
    };
    let mut builder = tokio::runtime::Builder::new_current_thread();
    isolate_tasks(&mut builder)
        .on_task_spawn(hook())
        .on_before_task_poll(hook())
        .on_after_task_poll(hook())
        .on_task_terminate(hook());
    builder.build().expect("a runtime").block_on(async {
        tokio::spawn(async { assert_eq!(isolated_tasks(), 0) }).await.expect("no panic");
    });
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[test]
fn hooks_of_ours_keep_nothing() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.on_task_spawn(isohub::tokio::on_task_spawn);
    builder.build().expect("a runtime").block_on(async {
        tokio::spawn(async {}).await.expect("no panic");
        assert_eq!(isolated_tasks(), 0);
    });
}
