//! Subscribers of a test's own.

use std::time::Duration;

use isohub::testing::Recorder;
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

pub(crate) const WAIT: Duration = Duration::from_secs(60);

/// A subscriber with the layer as it comes.
pub(crate) fn dispatch() -> Dispatch {
    tracing_subscriber::registry().with(isohub_tracing::layer()).into()
}

/// Runs `f` with both: tracing with the layer as it comes, and a recorder.
pub(crate) fn recorded(f: impl FnOnce()) -> Recorder {
    let recorder = Recorder::new();
    with(&dispatch(), &recorder, f);
    recorder
}

pub(crate) fn with<T>(dispatch: &Dispatch, recorder: &Recorder, f: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(dispatch, || recorder.run_sync(f))
}

/// Runs a future on two threads, all of which have the subscriber, and waits until everything has ended.
pub(crate) fn recorded_async<F: Future<Output = ()>>(future: F) -> Recorder {
    let (dispatch, recorder) = (dispatch(), Recorder::new());
    let guards = dispatch.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&guards)))
        .build()
        .expect("a runtime");
    tracing::dispatcher::with_default(&dispatch, || runtime.block_on(recorder.run(future)));
    drop(runtime);
    settled(&recorder);
    recorder
}

/// Waits until everything that began has ended.
pub(crate) fn settled(recorder: &Recorder) {
    recorder.settled(WAIT).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorder.findings(), [], "the doctor");
}

/// The tree, when everything that began has ended, and the doctor has found nothing.
pub(crate) fn tree(recorder: &Recorder) -> String {
    settled(recorder);
    recorder.tree()
}
