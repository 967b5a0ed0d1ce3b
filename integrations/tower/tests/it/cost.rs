//! What a request costs.

use axum::body::Body;
use http::{Request, Response};
use isohub::testing::Recorder;
use isohub_tower::{ClientLayer, ServerLayer};
use tower::{Layer as _, Service};

use crate::support::{answers, get};

/// How often memory is allocated for one request, up to the end of its body.
fn allocations<S>(service: &mut S) -> u64
where
    S: Service<Request<Body>, Error = std::convert::Infallible>,
{
    let waker = std::task::Waker::noop();
    let mut call = |request| {
        let mut future = std::pin::pin!(service.call(request));
        assert!(future.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready());
    };
    // What is set up once is not counted.
    (0..100).for_each(|_| call(get("http://a.example/path")));
    // The least of some: what is recorded goes into chunks that the collector gives back, and one that it still has is
    // allocated anew.
    let mut measured = || {
        let request = get("http://a.example/path");
        allocation_counter::measure(|| call(request)).count_total
    };
    (0..20).map(|_| measured()).fold(u64::MAX, u64::min)
}

#[test]
fn allocations_of_a_request() {
    let plain = || answers(|_| Response::new(Body::empty()));
    let base = allocations(&mut plain());
    let recorder = Recorder::new();
    let unrecorded = Recorder::builder().sample(isohub::Rate(0.0)).build();
    let mut found = Vec::new();
    for recorder in [&recorder, &unrecorded] {
        let layer = ServerLayer::new().in_hub(recorder.hub()).record_if(|_| true);
        found.push(allocations(&mut layer.layer(plain())) - base);
        found.push(recorder.run_sync(|| allocations(&mut ClientLayer::new().layer(plain()))) - base);
    }
    found.push(
        allocations(&mut ServerLayer::new().in_hub(recorder.hub()).record_if(|_| false).layer(plain()))
            - base,
    );
    assert_eq!(found, [10, 14, 1, 5, 1], "server and client, recorded and not; a server that was told so");
}
