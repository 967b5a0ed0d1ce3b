//! Threads, pools and other executors: a spawner is known by its path.

use isohub::{isolated_hub, parallel_span, span};

macro_rules! spawners {
    ($($name:ident: $($function:ident),*;)*) => {
        $(pub mod $name {
            $(pub fn $function<T>(unit: T) {
                drop(unit);
            })*
        })*
    };
}

pub mod pools {
    spawners! {
        smol: spawn, unblock;
        async_global_executor: spawn, spawn_blocking;
        actix_rt: spawn;
        wasm_bindgen_futures: spawn_local;
        monoio: spawn;
        glommio: spawn_local;
        tokio_uring: spawn;
    }
    pub mod async_std {
        spawners! { task: spawn, spawn_local, spawn_blocking; }
    }
    pub mod actix_web {
        spawners! { rt: spawn; }
    }
    pub mod compio {
        spawners! { runtime: spawn; }
    }
}

use pools::*;

#[isolated_hub]
fn thread() {
    let _first = std::thread::spawn(|| 1);
}

#[isolated_hub]
fn moving_thread() {
    let _second = std::thread::spawn(move || 1);
}

#[isolated_hub]
fn thread_with_a_span() {
    use std::thread;
    thread::spawn(#[span] || 1).join().unwrap();
}

#[parallel_span]
fn smol_unblock() {
    smol::unblock(|| ());
}

#[parallel_span]
fn async_global_spawn_blocking() {
    async_global_executor::spawn_blocking(|| ());
}

#[parallel_span]
fn async_std_spawn_blocking() {
    async_std::task::spawn_blocking(|| ());
}

#[span]
fn smol_spawn() {
    smol::spawn(async {});
}

#[span]
fn async_std_spawn() {
    async_std::task::spawn(async {});
}

#[span]
fn async_std_spawn_local() {
    async_std::task::spawn_local(async {});
}

#[span]
fn async_global_spawn() {
    async_global_executor::spawn(async {});
}

#[span]
fn actix_rt_spawn() {
    actix_rt::spawn(async {});
}

#[span]
fn actix_web_spawn() {
    actix_web::rt::spawn(async {});
}

#[span]
fn wasm_spawn_local() {
    wasm_bindgen_futures::spawn_local(async {});
}

#[span]
fn compio_spawn() {
    compio::runtime::spawn(async {});
}

#[span]
fn monoio_spawn() {
    monoio::spawn(async {});
}

#[span]
fn glommio_spawn_local() {
    glommio::spawn_local(async {});
}

#[span]
fn tokio_uring_spawn() {
    tokio_uring::spawn(async {});
}

fn main() {
    thread();
    moving_thread();
    thread_with_a_span();
    smol_unblock();
    async_global_spawn_blocking();
    async_std_spawn_blocking();
    smol_spawn();
    async_std_spawn();
    async_std_spawn_local();
    async_global_spawn();
    actix_rt_spawn();
    actix_web_spawn();
    wasm_spawn_local();
    compio_spawn();
    monoio_spawn();
    glommio_spawn_local();
    tokio_uring_spawn();
}
