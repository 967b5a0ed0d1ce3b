//! Literals given to a method that spawns.

use isohub::{isolated_hub, parallel_span, span};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, LocalSet};

#[isolated_hub]
async fn set_spawn(set: &mut JoinSet<()>) {
    set.spawn(async {});
}

#[isolated_hub]
async fn set_boxed(set: &mut JoinSet<()>) {
    set.spawn(Box::pin(async {}));
}

#[isolated_hub]
async fn set_spawn_on(set: &mut JoinSet<()>) {
    set.spawn_on(async {}, &Handle::current());
}

#[isolated_hub]
async fn set_spawn_blocking(set: &mut JoinSet<()>) {
    set.spawn_blocking(|| ());
}

#[isolated_hub]
async fn set_spawn_local(set: &mut JoinSet<()>) {
    set.spawn_local(async {});
}

#[isolated_hub]
async fn local_set(local: &LocalSet) {
    local.spawn_local(async {});
}

#[isolated_hub]
async fn current_handle() {
    Handle::current().spawn(async {});
}

#[isolated_hub]
async fn current_handle_blocking() {
    Handle::current().spawn_blocking(move || ());
}

#[span]
async fn bound_handle(handle: Handle) {
    handle.spawn(async {});
}

#[parallel_span]
fn scope() {
    std::thread::scope(|scope| {
        scope.spawn(|| ());
    });
}

#[parallel_span]
fn scope_with_a_span() {
    std::thread::scope(|scope| {
        scope.spawn(
            #[span]
            move || (),
        );
    });
}

#[parallel_span]
fn thread_builder() {
    std::thread::Builder::new().spawn(|| ()).unwrap().join().unwrap();
}

fn main() {
    let mut set = JoinSet::new();
    drop(set_spawn(&mut set));
    drop(set_boxed(&mut set));
    drop(set_spawn_on(&mut set));
    drop(set_spawn_blocking(&mut set));
    drop(set_spawn_local(&mut set));
    drop(local_set(&LocalSet::new()));
    drop(current_handle());
    drop(current_handle_blocking());
    drop(bound_handle(Handle::current()));
    scope();
    scope_with_a_span();
    thread_builder();
}
