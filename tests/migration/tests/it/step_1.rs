//! Annotations, and no sink.

use std::collections::BTreeMap;
use std::sync::Arc;

use opentelemetry::trace::TracerProvider as _;
use tokio::sync::Barrier;
use tracing_subscriber::prelude::*;

use crate::alone::alone;
use crate::libraries;
use crate::seen::{REQUESTS, Seen, is_of_its_request, run, traces, tree};

#[tracing::instrument]
#[isohub::span]
async fn audit(request: u32) {
    libraries::on_tracing(request).await;
}

#[tracing::instrument]
#[isohub::parallel_span]
pub(crate) async fn serve(request: u32, together: Arc<Barrier>) {
    sentry::configure_scope(|scope| scope.set_tag("request", request));
    together.wait().await;
    isohub::join!(libraries::on_tracing(request), libraries::on_sentry());
    tracing::info!("serving");
    libraries::on_opentelemetry();
    isohub::spawn_isolated!(audit(request)).await.unwrap();
    sentry::capture_message(&format!("served {request}"), sentry::Level::Info);
}

pub(crate) async fn program() {
    let together = Arc::new(Barrier::new(REQUESTS as usize));
    let requests = (0..REQUESTS).map(|it| isohub::spawn_isolated!(serve(it, together.clone())));
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
}

const TREE: &str = "\
serve
  audit
    on_tracing
  on_opentelemetry
  on_tracing
";

#[test]
fn nothing_leaks() {
    alone("step_1::nothing_leaks", || {
        let seen = Seen::new();
        let sdk = seen.sdk();
        opentelemetry::global::set_tracer_provider(sdk.clone());
        isohub_tracing::isolate();
        isohub_opentelemetry::bridge::isolate();
        tracing_subscriber::registry()
            .with(sentry::integrations::tracing::BreadcrumbLayer::new())
            .with(tracing_opentelemetry::layer().with_tracer(sdk.tracer("program")))
            .init();
        let _sentry = sentry::init(seen.sentry().add_integration(isohub_sentry::Bridge::new()));
        run(program());

        let events = seen.events();
        assert_eq!(events.len(), REQUESTS as usize, "nothing is sent twice");
        for event in &events {
            assert!(is_of_its_request(event), "{:?} {:?}", event.message, event.tags);
        }
        let crumbs: Vec<_> = events.iter().map(|it| it.breadcrumbs.len()).collect();
        assert_eq!(crumbs, [1; REQUESTS as usize], "of the branches and tasks, none; its own");

        let spans = seen.spans();
        let traces = traces(&spans);
        assert_eq!(traces.len(), REQUESTS as usize, "one trace id for each request");
        let trees: BTreeMap<_, _> = traces.iter().map(|trace| (trace, tree(&spans, trace))).collect();
        assert!(trees.values().all(|it| it == TREE), "{trees:#?}");
        assert_eq!(isohub::stats().started, 0, "isohub records nothing");
    });
}
