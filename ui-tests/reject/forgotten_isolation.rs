//! Literals in tokio's spawners.

use std::time::Duration;

use isohub::{isolated_hub, parallel_span, span};

async fn work() {}

struct Shop;

#[parallel_span]
impl Shop {
    fn open() {
        tokio::spawn(async {});
    }
}

#[isolated_hub]
async fn task() {
    tokio::spawn(async move { work().await });
}

#[isolated_hub]
async fn task_by_module() {
    tokio::task::spawn(async { work().await });
}

#[parallel_span]
async fn task_of_import() {
    use tokio::task;
    task::spawn(async {});
}

#[isolated_hub]
async fn local_task() {
    tokio::task::spawn_local(async {});
}

#[parallel_span]
async fn local_task_of_import() {
    use tokio::task;
    task::spawn_local(async {});
}

#[parallel_span]
async fn imported_local_task() {
    use tokio::task::spawn_local;
    spawn_local(async {});
}

#[isolated_hub]
async fn blocking_job() {
    tokio::task::spawn_blocking(move || 1);
}

#[isolated_hub]
async fn borrowing_job() {
    tokio::task::spawn_blocking(|| 1);
}

#[parallel_span]
async fn blocking_job_of_import() {
    use tokio::task;
    task::spawn_blocking(|| ());
}

#[parallel_span]
async fn imported_blocking_job() {
    use tokio::task::spawn_blocking;
    spawn_blocking(|| ());
}

#[span]
async fn boxed() {
    tokio::spawn(Box::pin(async {}));
}

#[span]
async fn boxed_by_path() {
    tokio::spawn(std::boxed::Box::pin(async move { work().await }));
}

#[span]
async fn in_time() {
    tokio::spawn(tokio::time::timeout(Duration::ZERO, async {}));
}

#[span]
async fn last_of_a_block() {
    let _task = tokio::spawn({
        let text = String::new();
        async move { drop(text) }
    });
}

#[span]
async fn with_a_span() {
    tokio::spawn(
        #[span]
        async {},
    );
}

#[span]
async fn in_a_closure() {
    let closure = || tokio::spawn(async {});
    drop(closure());
}

#[span]
async fn in_an_inner_unit() {
    let unit = #[isolated_hub]
    async move {
        if let Ok(task) = tokio::spawn(async { 1 }).await {
            let _: u8 = task;
        }
    };
    unit.await;
}

#[span]
async fn in_a_block() {
    #[parallel_span("start")]
    {
        tokio::spawn(async {});
    }
}

#[span]
async fn in_a_macro() {
    let tasks = vec![tokio::spawn(async {}), tokio::spawn(work())];
    drop(tasks);
}

#[span]
async fn in_a_unit_macro() {
    tokio::spawn(isohub::isolated!(async {
        tokio::spawn(async {});
    }));
}

fn main() {
    drop(task());
    drop(task_by_module());
    drop(task_of_import());
    drop(local_task());
    drop(local_task_of_import());
    drop(imported_local_task());
    drop(blocking_job());
    drop(borrowing_job());
    drop(blocking_job_of_import());
    drop(imported_blocking_job());
    drop(boxed());
    drop(boxed_by_path());
    drop(in_time());
    drop(last_of_a_block());
    drop(with_a_span());
    drop(in_a_closure());
    drop(in_an_inner_unit());
    drop(in_a_block());
    drop(in_a_macro());
    drop(in_a_unit_macro());
    Shop::open();
}
