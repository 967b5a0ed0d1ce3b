//! The program as it was: what leaks.

use std::collections::BTreeSet;
use std::sync::Arc;

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::TracerProvider as _;
use tokio::sync::Barrier;
use tracing_subscriber::prelude::*;

use crate::alone::alone;
use crate::libraries;
use crate::seen::{REQUESTS, Seen, is_of_its_request, run, trees};

#[tracing::instrument]
async fn audit(request: u32) {
    libraries::query(request).await;
}

#[tracing::instrument]
async fn serve(request: u32, together: Arc<Barrier>) {
    sentry::configure_scope(|scope| scope.set_tag("request", request));
    together.wait().await;
    let branches = async {
        tokio::join!(libraries::query(request), libraries::query(request));
        tokio::spawn(audit(request)).await.unwrap();
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
fn what_leaks() {
    alone("before::what_leaks", || {
        let seen = Seen::new();
        let sdk = seen.sdk();
        opentelemetry::global::set_tracer_provider(sdk.clone());
        tracing_subscriber::registry()
            .with(sentry::integrations::tracing::BreadcrumbLayer::new())
            .with(seen.paths.clone())
            .with(tracing_opentelemetry::layer().with_tracer(sdk.tracer("program")))
            .init();
        let _sentry = sentry::init(seen.sentry());
        run(program());

        let events = seen.events();
        assert_eq!(events.len(), REQUESTS as usize);
        let tags: BTreeSet<_> = events.iter().filter_map(|it| it.tags.get("request")).collect();
        assert!(tags.len() <= 2, "there are as many hubs as threads: {tags:?}");
        assert!(events.iter().filter(|it| is_of_its_request(it)).count() <= 2);
        let crumbs = events.iter().map(|it| it.breadcrumbs.len()).max();
        assert!(crumbs > Some(1), "those of other requests");

        assert_eq!(
            trees(&seen.spans()).len(),
            2 * REQUESTS as usize,
            "what is spawned begins a trace of its own"
        );
        assert_eq!(seen.paths().iter().filter(|it| *it == "audit/query").count(), REQUESTS as usize);
        assert_eq!(libraries::without_their_baggage(), REQUESTS, "what is spawned has none");
    });
}

#[test]
fn sentrys_layer_of_spans_forgets() {
    #[tracing::instrument]
    async fn forgets() {
        sentry::configure_scope(|scope| scope.set_tag("request", 7));
        sentry::capture_message("before", sentry::Level::Info);
        tokio::task::yield_now().await;
        sentry::capture_message("after", sentry::Level::Info);
    }
    alone("before::sentrys_layer_of_spans_forgets", || {
        let seen = Seen::new();
        let _sentry = sentry::init(seen.sentry());
        tracing_subscriber::registry().with(sentry::integrations::tracing::SpanLayer::new()).init();
        run(forgets());
        let tags: Vec<_> = seen.events().iter().map(|it| it.tags.len()).collect();
        assert_eq!(tags, [1, 0]);
    });
}
