//! Jobs of rayon: its functions by their paths, its methods by their names.

use isohub::{isolated_hub, parallel_span, span};
use rayon::ThreadPool;

#[parallel_span]
fn spawn() {
    rayon::spawn(|| ());
}

#[parallel_span]
fn spawn_fifo() {
    rayon::spawn_fifo(move || ());
}

#[parallel_span]
fn spawn_broadcast() {
    rayon::spawn_broadcast(|_| ());
}

#[isolated_hub]
fn broadcast() {
    ::rayon::broadcast(|_| ());
}

#[parallel_span]
fn join() {
    rayon::join(|| 1, isohub::isolated!(|| 2));
}

#[parallel_span]
fn join_second() {
    rayon::join(isohub::isolated!(|| 1), || 2);
}

#[span]
fn scope_spawn() {
    isohub::rayon::scope(|scope| scope.spawn(|_| ()));
}

#[span]
fn scope_spawn_fifo() {
    rayon::scope_fifo(|scope| scope.spawn_fifo(|_| ()));
}

#[span]
fn scope_spawn_broadcast() {
    rayon::scope(|scope| scope.spawn_broadcast(|_, _| ()));
}

#[span]
fn pool_spawn(pool: &ThreadPool) {
    pool.spawn(move || ());
}

#[isolated_hub]
fn pool_broadcast(pool: &ThreadPool) -> usize {
    pool.broadcast(|thread| thread.index()).len()
}

#[isolated_hub]
fn pool_spawn_broadcast(pool: &ThreadPool) {
    pool.spawn_broadcast(|_| ());
}

fn main() {
    spawn();
    spawn_fifo();
    spawn_broadcast();
    broadcast();
    join();
    join_second();
    scope_spawn();
    scope_spawn_fifo();
    scope_spawn_broadcast();
    let pool = rayon::ThreadPoolBuilder::new().build().unwrap();
    pool_spawn(&pool);
    pool_broadcast(&pool);
    pool_spawn_broadcast(&pool);
}
