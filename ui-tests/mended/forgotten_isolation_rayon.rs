use isohub::{isolated_hub, parallel_span, span};
use rayon::ThreadPool;

#[parallel_span]
fn spawn() {
    isohub::rayon::spawn(|| ());
}

#[parallel_span]
fn spawn_fifo() {
    isohub::rayon::spawn_fifo(move || ());
}

#[parallel_span]
fn spawn_broadcast() {
    isohub::rayon::spawn_broadcast(|_| ());
}

#[isolated_hub]
fn broadcast() {
    isohub::rayon::broadcast(|_| ());
}

#[parallel_span]
fn join() {
    isohub::rayon::join(|| 1, || 2);
}

#[parallel_span]
fn join_second() {
    isohub::rayon::join(|| 1, || 2);
}

#[span]
fn scope_spawn() {
    isohub::rayon::scope(|scope| isohub::spawn_isolated!(in scope, |_| ()));
}

#[span]
fn scope_spawn_fifo() {
    rayon::scope_fifo(|scope| scope.spawn_fifo(isohub::isolated!(|_| ())));
}

#[span]
fn scope_spawn_broadcast() {
    rayon::scope(|scope| scope.spawn_broadcast(#[isolated_hub] move |_, _| ()));
}

#[span]
fn pool_spawn(pool: &ThreadPool) {
    isohub::spawn_isolated!(in pool, move || ());
}

#[isolated_hub]
fn pool_broadcast(pool: &ThreadPool) -> usize {
    pool.broadcast(#[isolated_hub] |thread| thread.index()).len()
}

#[isolated_hub]
fn pool_spawn_broadcast(pool: &ThreadPool) {
    pool.spawn_broadcast(#[isolated_hub] move |_| ());
}

pub(crate) fn main() {
    spawn();
    spawn_fifo();
    spawn_broadcast();
    broadcast();
    join();
    join_second();
    scope_spawn();
    scope_spawn_fifo();
    scope_spawn_broadcast();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool_spawn(&pool);
    assert_eq!(pool_broadcast(&pool), 2);
    pool_spawn_broadcast(&pool);
}
