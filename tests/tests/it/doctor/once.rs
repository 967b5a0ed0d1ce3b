//! Each pair of places once, from however many threads.

use isohub::Hub;
use isohub::doctor::Kind;
use isohub::testing::Recorder;

use super::{kinds, lines};
use crate::support::poll_to_end;

fn call(recorder: &Recorder) -> impl Future<Output = ()> + Send + use<> {
    #[isohub::span]
    async fn step() {}
    recorder.run_sync(step)
}

#[test]
fn a_pair_of_places_is_told_once() {
    let recorder = Recorder::new();
    for _ in 0..3 {
        let call = call(&recorder);
        recorder.run_sync(|| poll_to_end(call));
    }
    assert_eq!(kinds(&recorder), [Kind::OtherUnit]);
    // Another pair of the same span.
    let call = call(&recorder);
    recorder.run_sync(|| poll_to_end(call));
    assert_eq!(kinds(&recorder), [Kind::OtherUnit; 2]);
}

#[test]
fn recorders_find_the_same_each_for_itself() {
    let recorders = [Recorder::new(), Recorder::new()];
    let found = recorders.each_ref().map(|recorder| {
        let call = call(recorder);
        Hub::base().run(|| poll_to_end(call));
        lines(&recorder.findings())
    });
    assert_eq!(found[0].len(), 1);
    assert_eq!(found[0], found[1]);
}

#[test]
fn from_many_threads() {
    let recorder = Recorder::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let calls: Vec<_> = (0..100).map(|_| call(&recorder)).collect();
            isohub::spawn_isolated!(in scope, move || calls.into_iter().for_each(poll_to_end));
        }
    });
    assert_eq!(kinds(&recorder), [Kind::OtherUnit]);
}
