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
    pub mod rayon {
        pub fn spawn<T>(unit: T) {
            drop(unit);
        }
        pub use spawn as spawn_fifo;
        pub fn join<A, B>(a: A, b: B) {
            drop((a, b));
        }
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
fn threads() {
    let _first = std::thread::spawn(|| 1);
    let _second = std::thread::spawn(move || 1);
    use std::thread;
    thread::spawn(#[span] || 1).join().unwrap();
}

#[parallel_span]
fn in_pools() {
    rayon::spawn(|| ());
    rayon::spawn_fifo(move || ());
    rayon::join(|| 1, || 2);
    rayon::join(|| 1, isohub::isolated!(|| 2));
    smol::unblock(|| ());
    async_global_executor::spawn_blocking(|| ());
    async_std::task::spawn_blocking(|| ());
}

#[span]
fn on_executors() {
    smol::spawn(async {});
    async_std::task::spawn(async {});
    async_std::task::spawn_local(async {});
    async_global_executor::spawn(async {});
    actix_rt::spawn(async {});
    actix_web::rt::spawn(async {});
    wasm_bindgen_futures::spawn_local(async {});
    compio::runtime::spawn(async {});
    monoio::spawn(async {});
    glommio::spawn_local(async {});
    tokio_uring::spawn(async {});
}

fn main() {
    threads();
    in_pools();
    on_executors();
}
