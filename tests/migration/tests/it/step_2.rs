//! isohub records: its layer and its tracers in the places of tracing-opentelemetry and of OpenTelemetry's SDK, and its
//! attribute on units in the place of tracing's. The program still calls the `sentry` crate, and helpers are still tracing's.

use std::collections::BTreeSet;
use std::sync::Arc;

use isohub::sink::Memory;
use isohub_opentelemetry::bridge::{self, Tracers};
use opentelemetry::context::FutureExt as _;
use sentry::protocol::EnvelopeItem;
use tokio::sync::Barrier;
use tracing_subscriber::prelude::*;

use crate::alone::alone;
use crate::libraries;
use crate::seen::{REQUESTS, Seen, is_of_its_request, of_isohub, run, trace_of, trees};
use crate::step_1::TREE;

#[tracing::instrument]
async fn audit(request: u32) {
    libraries::query(request).await;
}

#[isohub::parallel_span(fields(request))]
async fn serve(request: u32, together: Arc<Barrier>) {
    sentry::configure_scope(|scope| scope.set_tag("request", request));
    together.wait().await;
    let branches = async {
        isohub::join!(libraries::query(request), libraries::query(request));
        isohub::spawn_isolated!(audit(request)).await.unwrap();
    };
    branches.with_context(libraries::baggage(request)).await;
    tracing::info!("serving");
    sentry::capture_message(&format!("served {request}"), sentry::Level::Info);
}

async fn program() {
    let together = Arc::new(Barrier::new(REQUESTS as usize));
    let requests: Vec<_> = (0..REQUESTS).map(|it| tokio::spawn(serve(it, together.clone()))).collect();
    for request in requests {
        request.await.unwrap();
    }
}

#[test]
fn one_trace_id_for_all() {
    alone("step_2::one_trace_id_for_all", || {
        let seen = Seen::new();
        isohub_tracing::isolate();
        bridge::isolate();
        let sentry = sentry::init(seen.sentry().add_integration(isohub_sentry::Bridge::new()));
        opentelemetry::global::set_tracer_provider(Tracers::new());
        tracing_subscriber::registry().with(isohub_tracing::layer()).init();
        let memory = Memory::new();
        // The client that the program has.
        let sink = isohub_sentry::Sentry::of(sentry::Hub::current().client().unwrap());
        let isohub = isohub::init().sink(memory.clone()).sink(sink).install().unwrap();
        run(program());
        drop(isohub);
        drop(sentry);

        let spans = of_isohub(&memory);
        let trees = trees(&spans);
        assert_eq!(trees.len(), REQUESTS as usize);
        assert!(trees.values().all(|it| it == TREE), "{trees:#?}");

        let (mut events, mut transactions) = (Vec::new(), Vec::new());
        for item in seen.transport.fetch_and_clear_envelopes().into_iter().flat_map(|it| it.into_items()) {
            match item {
                EnvelopeItem::Event(event) => events.push(event),
                EnvelopeItem::Transaction(transaction) => transactions.push(transaction),
                _ => {}
            }
        }
        assert_eq!(
            (events.len(), transactions.len()),
            (REQUESTS as usize, REQUESTS as usize),
            "nothing twice"
        );
        assert!(transactions.iter().all(|it| it.spans.len() == TREE.lines().count() - 1));
        for event in &events {
            assert!(is_of_its_request(event), "{:?} {:?}", event.message, event.tags);
            assert_eq!(event.breadcrumbs.len(), 1, "an info of tracing");
        }
        let of_events: BTreeSet<_> = events.iter().map(|it| trace_of(it)).collect();
        let of_spans: BTreeSet<_> = spans.iter().map(|it| it.trace.clone()).collect();
        assert_eq!(of_events, of_spans, "one trace id for both");
        assert_eq!(seen.spans().len(), 0);
        assert_eq!(libraries::without_their_baggage(), 0);
    });
}
