//! isohub alone: the program calls no other crate, its libraries do what they did.

use std::sync::Arc;

use isohub::sink::Memory;
use isohub_opentelemetry::bridge::Tracers;
use tokio::sync::Barrier;
use tracing_subscriber::prelude::*;

use crate::alone::alone;
use crate::libraries;
use crate::seen::{REQUESTS, Seen, is_of_its_request, of_isohub, run, trace_of, trees};
use crate::step_1::TREE;

#[isohub::parallel_span(fields(request))]
async fn audit(request: u32) {
    libraries::query(request).await;
}

#[isohub::parallel_span(tags(request = request))]
async fn serve(request: u32, together: Arc<Barrier>) {
    together.wait().await;
    isohub::join!(libraries::query(request), libraries::query(request));
    tokio::spawn(audit(request)).await.unwrap();
    isohub::breadcrumb!("shop", "serving");
    isohub::capture_message(format!("served {request}"), isohub::Level::Info);
}

async fn program() {
    let together = Arc::new(Barrier::new(REQUESTS as usize));
    let requests: Vec<_> = (0..REQUESTS).map(|it| tokio::spawn(serve(it, together.clone()))).collect();
    for request in requests {
        request.await.unwrap();
    }
}

#[test]
fn all_as_before() {
    alone("step_3::all_as_before", || {
        let seen = Seen::new();
        opentelemetry::global::set_tracer_provider(Tracers::new());
        tracing_subscriber::registry().with(isohub_tracing::layer()).init();
        let memory = Memory::new();
        let sink = isohub_sentry::Sentry::of(Arc::new(sentry::Client::from(seen.sentry())));
        let isohub = isohub::init().sink(memory.clone()).sink(sink).install().unwrap();
        run(program());
        drop(isohub);

        let spans = of_isohub(&memory);
        let trees = trees(&spans);
        assert_eq!(trees.len(), REQUESTS as usize);
        assert!(trees.values().all(|it| it == TREE), "{trees:#?}");
        let events = seen.events();
        assert_eq!(events.len(), REQUESTS as usize);
        for event in &events {
            assert!(is_of_its_request(event), "{:?} {:?}", event.message, event.tags);
            assert!(trees.contains_key(&*trace_of(event)));
            assert_eq!(event.breadcrumbs.len(), 1);
        }
    });
}
