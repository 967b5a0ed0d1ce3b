use std::time::Duration;

use isohub::{isolated_hub, parallel_span, span, spawn_isolated};

async fn work() {}

struct Shop;

#[parallel_span]
impl Shop {
    fn open() {
        spawn_isolated!(async {});
    }
}

#[isolated_hub]
async fn task() {
    spawn_isolated!(async move { work().await });
}

#[isolated_hub]
async fn task_by_module() {
    spawn_isolated!(async { work().await });
}

#[parallel_span]
async fn task_of_import() {
    spawn_isolated!(async {});
}

#[isolated_hub]
async fn local_task() {
    spawn_isolated!(local, async {});
}

#[parallel_span]
async fn local_task_of_import() {
    spawn_isolated!(local, async {});
}

#[parallel_span]
async fn imported_local_task() {
    spawn_isolated!(local, async {});
}

#[isolated_hub]
async fn blocking_job() {
    spawn_isolated!(blocking, move || 1);
}

#[isolated_hub]
async fn borrowing_job() {
    spawn_isolated!(blocking, || 1);
}

#[parallel_span]
async fn blocking_job_of_import() {
    spawn_isolated!(blocking, || ());
}

#[parallel_span]
async fn imported_blocking_job() {
    spawn_isolated!(blocking, || ());
}

#[span]
async fn boxed() {
    spawn_isolated!(Box::pin(async {}));
}

#[span]
async fn boxed_by_path() {
    spawn_isolated!(async move { work().await });
}

#[span]
async fn in_time() {
    spawn_isolated!(tokio::time::timeout(Duration::ZERO, async {}));
}

#[span]
async fn last_of_a_block() {
    let _task = spawn_isolated!({
        let text = String::new();
        async move { drop(text) }
    });
}

#[span]
async fn with_a_span() {
    tokio::spawn(
        #[parallel_span]
        async {},
    );
}

#[span]
async fn in_a_closure() {
    let closure = || spawn_isolated!(async {});
    drop(closure());
}

#[span]
async fn in_an_inner_unit() {
    let unit = #[isolated_hub]
    async move {
        if let Ok(task) = spawn_isolated!(async { 1 }).await {
            let _: u8 = task;
        }
    };
    unit.await;
}

#[span]
async fn in_a_block() {
    #[parallel_span("start")]
    {
        spawn_isolated!(async {});
    }
}

#[span]
async fn in_a_macro() {
    let tasks = vec![spawn_isolated!(async {}), spawn_isolated!(work())];
    drop(tasks);
}

#[span]
async fn in_a_unit_macro() {
    tokio::spawn(isohub::isolated!(async {
        spawn_isolated!(async {});
    }));
}

pub(crate) fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        task().await;
        task_by_module().await;
        task_of_import().await;
        local_task().await;
        local_task_of_import().await;
        imported_local_task().await;
        blocking_job().await;
        borrowing_job().await;
        blocking_job_of_import().await;
        imported_blocking_job().await;
        boxed().await;
        boxed_by_path().await;
        in_time().await;
        last_of_a_block().await;
        with_a_span().await;
        in_a_closure().await;
        in_an_inner_unit().await;
        in_a_block().await;
        in_a_macro().await;
        in_a_unit_macro().await;
        Shop::open();
    });
}
