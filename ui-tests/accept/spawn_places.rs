//! Each place where `spawn_isolated!` can put a unit.
#![deny(warnings)]

use std::rc::Rc;

use isohub::spawn_isolated;
use tokio::runtime::Handle;
use tokio::task::{JoinSet, LocalSet};

struct Pool {
    set: JoinSet<u8>,
}

#[isohub::isolated_hub]
async fn places() -> u8 {
    let mut pool = Pool { set: JoinSet::new() };
    spawn_isolated!(in pool.set, async { 1 });
    spawn_isolated!("named", in pool.set, tags(a = 1), async { 2 });
    let handle = Handle::current();
    let of_handle = spawn_isolated!(in &handle, async { 3 });
    let task = spawn_isolated!("task", op = "job", async { 4 });
    let count = Rc::new(5);
    let local = spawn_isolated!(local, async move { *count });
    let blocking = spawn_isolated!(blocking, "job", move || 6);
    let thread = spawn_isolated!(thread, || 7);
    let builder = spawn_isolated!(in std::thread::Builder::new().name("a".into()), || 8).unwrap();
    let tasks = of_handle.await.unwrap() + task.await.unwrap() + local.await.unwrap();
    let jobs = blocking.await.unwrap() + thread.join().unwrap() + builder.join().unwrap();
    pool.set.join_all().await.into_iter().sum::<u8>() + tasks + jobs
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() {
    assert_eq!(LocalSet::new().run_until(places()).await, 36);
}
