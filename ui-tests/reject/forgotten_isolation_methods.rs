//! Literals given to a method that spawns.

use isohub::{isolated_hub, parallel_span, span};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, LocalSet};

#[isolated_hub]
async fn sets(local: &LocalSet) {
    let mut set = JoinSet::new();
    set.spawn(async {});
    set.spawn(Box::pin(async {}));
    set.spawn_on(async {}, &Handle::current());
    set.spawn_blocking(|| ());
    set.spawn_local(async {});
    local.spawn_local(async {});
    Handle::current().spawn(async {});
    Handle::current().spawn_blocking(move || ());
}

#[parallel_span]
fn threads() {
    std::thread::scope(|scope| {
        scope.spawn(|| ());
        scope.spawn(
            #[span]
            move || (),
        );
    });
    std::thread::Builder::new().spawn(|| ()).unwrap().join().unwrap();
}

#[span]
fn bound(handle: Handle) {
    handle.spawn(async {});
}


fn main() {
    drop(sets(&LocalSet::new()));
    threads();
    bound(Handle::current());
}
