use isohub::{isolated_hub, parallel_span, span};

macro_rules! spawners {
    ($($name:ident: $($function:ident),*;)*) => {
        $(pub(crate) mod $name {
            $(pub(crate) fn $function<T>(unit: T) {
                drop(unit);
            })*
        })*
    };
}

pub(crate) mod pools {
    spawners! {
        smol: spawn, unblock;
        async_global_executor: spawn, spawn_blocking;
        actix_rt: spawn;
        wasm_bindgen_futures: spawn_local;
        monoio: spawn;
        glommio: spawn_local;
        tokio_uring: spawn;
    }
    pub(crate) mod async_std {
        spawners! { task: spawn, spawn_local, spawn_blocking; }
    }
    pub(crate) mod actix_web {
        spawners! { rt: spawn; }
    }
    pub(crate) mod compio {
        spawners! { runtime: spawn; }
    }
}

use pools::*;

#[isolated_hub]
fn thread() {
    let _first = isohub::spawn_isolated!(thread, || 1);
}

#[isolated_hub]
fn moving_thread() {
    let _second = isohub::spawn_isolated!(thread, move || 1);
}

#[isolated_hub]
fn thread_with_a_span() {
    use std::thread;
    thread::spawn(#[parallel_span] move || 1).join().unwrap();
}

#[parallel_span]
fn smol_unblock() {
    smol::unblock(isohub::isolated!(|| ()));
}

#[parallel_span]
fn async_global_spawn_blocking() {
    async_global_executor::spawn_blocking(isohub::isolated!(|| ()));
}

#[parallel_span]
fn async_std_spawn_blocking() {
    async_std::task::spawn_blocking(isohub::isolated!(|| ()));
}

#[span]
fn smol_spawn() {
    smol::spawn(isohub::isolated!(async {}));
}

#[span]
fn async_std_spawn() {
    async_std::task::spawn(isohub::isolated!(async {}));
}

#[span]
fn async_std_spawn_local() {
    async_std::task::spawn_local(isohub::isolated!(async {}));
}

#[span]
fn async_global_spawn() {
    async_global_executor::spawn(isohub::isolated!(async {}));
}

#[span]
fn actix_rt_spawn() {
    actix_rt::spawn(isohub::isolated!(async {}));
}

#[span]
fn actix_web_spawn() {
    actix_web::rt::spawn(isohub::isolated!(async {}));
}

#[span]
fn wasm_spawn_local() {
    wasm_bindgen_futures::spawn_local(isohub::isolated!(async {}));
}

#[span]
fn compio_spawn() {
    compio::runtime::spawn(isohub::isolated!(async {}));
}

#[span]
fn monoio_spawn() {
    monoio::spawn(isohub::isolated!(async {}));
}

#[span]
fn glommio_spawn_local() {
    glommio::spawn_local(isohub::isolated!(async {}));
}

#[span]
fn tokio_uring_spawn() {
    tokio_uring::spawn(isohub::isolated!(async {}));
}

pub(crate) fn main() {
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
