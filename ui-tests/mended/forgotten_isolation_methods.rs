use isohub::{isolated, isolated_hub, parallel_span, span, spawn_isolated};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, LocalSet};

#[isolated_hub]
async fn set_spawn(set: &mut JoinSet<()>) {
    spawn_isolated!(in set, async {});
}

#[isolated_hub]
async fn set_boxed(set: &mut JoinSet<()>) {
    spawn_isolated!(in set, Box::pin(async {}));
}

#[isolated_hub]
async fn set_spawn_on(set: &mut JoinSet<()>) {
    set.spawn_on(isolated!(async {}), &Handle::current());
}

#[isolated_hub]
async fn set_spawn_blocking(set: &mut JoinSet<()>) {
    set.spawn_blocking(isolated!(|| ()));
}

#[isolated_hub]
async fn set_spawn_local(set: &mut JoinSet<()>) {
    set.spawn_local(isolated!(async {}));
}

#[isolated_hub]
async fn local_set(local: &LocalSet) {
    local.spawn_local(isolated!(async {}));
}

#[isolated_hub]
async fn current_handle() {
    spawn_isolated!(in Handle::current(), async {});
}

#[isolated_hub]
async fn current_handle_blocking() {
    Handle::current().spawn_blocking(isolated!(move || ()));
}

#[span]
async fn bound_handle(handle: Handle) {
    spawn_isolated!(in handle, async {});
}

#[parallel_span]
fn scope() {
    std::thread::scope(|scope| {
        spawn_isolated!(in scope, || ());
    });
}

#[parallel_span]
fn scope_with_a_span() {
    std::thread::scope(|scope| {
        scope.spawn(
            #[parallel_span]
            move || (),
        );
    });
}

#[parallel_span]
fn thread_builder() {
    spawn_isolated!(in std::thread::Builder::new(), || ()).unwrap().join().unwrap();
}

pub(crate) fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let mut set = JoinSet::new();
        set_spawn(&mut set).await;
        set_boxed(&mut set).await;
        set_spawn_on(&mut set).await;
        set_spawn_blocking(&mut set).await;
        set_spawn_local(&mut set).await;
        local_set(&local).await;
        current_handle().await;
        current_handle_blocking().await;
        bound_handle(Handle::current()).await;
    });
    scope();
    scope_with_a_span();
    thread_builder();
}
