//! What the doctor does with what it finds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use isohub::doctor::{self, Doctor, Kind};
use isohub::sink::Memory;
use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, Level};

/// A mistake, many times: it is not found where the thread was stopped in the middle.
fn mistake() {
    #[isohub::isolated_hub]
    fn sign_in() {
        isohub::set_tag("user", "ada");
    }
    (0..1000).for_each(|_| sign_in());
}

fn tags() -> String {
    format!("{:?}", Hub::current().scope().tags())
}

pub fn told() {
    let _guard = isohub::init().sink(Memory::new()).install().unwrap();
    mistake();
    println!("done");
}

pub fn allowed() {
    doctor::allow(Kind::DeadWrite);
    told();
}

pub fn called() {
    let _guard = isohub::init().sink(Memory::new()).install().unwrap();
    doctor::set(Doctor::call(|finding| {
        isohub::set_tag("written", "by the function");
        println!("{}", finding.kind());
    }));
    mistake();
    println!("tags={}", tags());
    println!("done");
}

pub fn called_badly() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    std::panic::set_hook(Box::new(|_| {}));
    let memory = Memory::new();
    let guard = isohub::init().sink(memory.clone()).install().unwrap();
    doctor::set(Doctor::call(|_| {
        CALLS.fetch_add(1, Ordering::Relaxed);
        isohub::capture_message("goes nowhere", Level::Info);
        isohub::start_span!("goes nowhere").in_scope(mistake);
        std::panic::panic_any("on purpose");
    }));
    mistake();
    isohub::capture_message("arrives", Level::Info);
    let _ = guard.flush(Duration::from_secs(20));
    let (calls, panics) = (CALLS.load(Ordering::Relaxed), guard.stats().panics);
    println!("calls={calls} panics={panics} tags={} events={}", tags(), memory.events().len());
}

/// Every finding that can panic does, in a unit, in a poll, and before a span.
pub fn panics() {
    std::panic::set_hook(Box::new(|_| {}));
    let guard = isohub::init().sink(Memory::new()).install().unwrap();
    #[isohub::span]
    async fn step() {
        isohub::set_tag("step", 1);
    }
    let other = Hub::base().run(step);
    let bare = |it: fn()| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let task = runtime.block_on(async move { tokio::spawn(async move { it() }).await });
        std::panic::resume_unwind(task.unwrap_err().into_panic());
    };
    let mistakes: [Box<dyn FnOnce()>; 5] = [
        Box::new(mistake),
        Box::new(|| futures_block_on(other)),
        Box::new(|| bare(|| isohub::set_tag("lost", 1))),
        Box::new(|| {
            bare(|| {
                isohub::capture_message("lost", Level::Info);
            })
        }),
        Box::new(|| bare(|| isohub::start_span!("orphan").in_scope(|| ()))),
    ];
    let panics = mistakes.into_iter().filter_map(|it| catch_unwind(AssertUnwindSafe(it)).err()).count();
    let _ = guard.flush(Duration::from_secs(20));
    println!("panics={panics} tags={} open={}", tags(), guard.stats().open);
}

fn futures_block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future.bind_hub(Hub::base()));
}

pub fn unwinding() {
    struct Mistake;
    impl Drop for Mistake {
        fn drop(&mut self) {
            mistake();
        }
    }
    let _guard = isohub::init().sink(Memory::new()).install().unwrap();
    let caught = catch_unwind(|| {
        let _mistake = Mistake;
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(caught.is_err());
    println!("survived");
}

pub fn recorder() {
    std::panic::set_hook(Box::new(|_| {}));
    let unasked = || {
        let recorder = Recorder::new();
        recorder.run_sync(mistake);
    };
    let panicked = catch_unwind(unasked).is_err();
    // What somebody asked for was not overlooked.
    let recorder = Recorder::new();
    recorder.run_sync(mistake);
    let _ = recorder.findings();
    drop(recorder);
    doctor::allow(Kind::DeadWrite);
    println!("panicked={panicked} allowed={}", catch_unwind(unasked).is_err());
}

pub fn open() {
    let _guard = isohub::init().sink(Memory::new()).install().unwrap();
    isohub::start_span!("ended").in_scope(|| ());
    std::mem::forget(isohub::start_span!("forgotten"));
}
