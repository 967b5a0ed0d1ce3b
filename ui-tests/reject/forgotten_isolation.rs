//! Literals in tokio's spawners.

use std::time::Duration;

use isohub::{isolated_hub, parallel_span, span};

async fn work() {}

#[isolated_hub]
async fn tasks() {
    tokio::spawn(async move { work().await });
    tokio::task::spawn(async { work().await });
    tokio::task::spawn_local(async {});
    tokio::task::spawn_blocking(move || 1);
    tokio::task::spawn_blocking(|| 1);
}

#[parallel_span]
fn imported() {
    use tokio::task::{self, spawn_blocking, spawn_local};
    task::spawn(async {});
    task::spawn_local(async {});
    task::spawn_blocking(|| ());
    spawn_local(async {});
    spawn_blocking(|| ());
}

#[span]
async fn looked_through() {
    tokio::spawn(Box::pin(async {}));
    tokio::spawn(std::boxed::Box::pin(async move { work().await }));
    tokio::spawn(tokio::time::timeout(Duration::ZERO, async {}));
    let _task = tokio::spawn({
        let text = String::new();
        async move { drop(text) }
    });
    tokio::spawn(
        #[span]
        async {},
    );
}

#[span]
async fn nested() {
    let closure = || tokio::spawn(async {});
    let unit = #[isolated_hub]
    async move {
        if let Ok(task) = tokio::spawn(async { 1 }).await {
            closure().await.unwrap();
            assert_eq!(task, tokio::spawn(async { 1 }).await.unwrap());
        }
    };
    let tasks = vec![tokio::spawn(async {}), tokio::spawn(work())];
    unit.await;
    drop(tasks);
    tokio::spawn(isohub::isolated!(async {
        tokio::spawn(async {});
    }));
}

fn main() {
    drop((tasks(), imported(), looked_through(), nested()));
}
