//! Annotations, and no sink.

use std::collections::BTreeSet;
use std::sync::Arc;

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use tokio::sync::Barrier;
use tracing_subscriber::prelude::*;

use crate::alone::alone;
use crate::libraries;
use crate::seen::{REQUESTS, Seen, is_of_its_request, run, trace_of, trees};

#[tracing::instrument]
async fn audit(request: u32) {
    libraries::query(request).await;
}

#[tracing::instrument]
#[isohub::isolated_hub]
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

pub(crate) const TREE: &str = "\
serve
  audit
    query
      select
  query
    select
  query
    select
";

#[test]
fn nothing_leaks() {
    alone("step_1::nothing_leaks", || {
        let seen = Seen::new();
        let sdk = seen.sdk();
        opentelemetry::global::set_tracer_provider(sdk.clone());
        isohub_tracing::isolate();
        isohub_opentelemetry::bridge::isolate();
        isohub_opentelemetry::bridge::attach();
        tracing_subscriber::registry()
            .with(sentry::integrations::tracing::BreadcrumbLayer::new())
            .with(seen.paths.clone())
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
        let trees = trees(&spans);
        assert_eq!(trees.len(), REQUESTS as usize, "one trace id for each request");
        assert!(trees.values().all(|it| it == TREE), "{trees:#?}");
        let of_events: BTreeSet<_> = events.iter().map(|it| trace_of(it)).collect();
        assert_eq!(
            of_events,
            spans.iter().map(|it| it.trace.clone()).collect(),
            "and the same for its event"
        );
        let paths = seen.paths();
        assert_eq!(paths.iter().filter(|it| *it == "serve/query").count(), 2 * REQUESTS as usize);
        assert_eq!(
            paths.iter().filter(|it| *it == "serve/audit/query").count(),
            REQUESTS as usize,
            "{paths:?}"
        );
        assert_eq!(libraries::without_their_baggage(), 0);
        assert_eq!(isohub::stats().started, 0, "isohub records nothing");
    });
}

#[test]
fn an_event_stays_in_the_transaction_of_sentry_that_it_is_in() {
    alone("step_1::an_event_stays_in_the_transaction_of_sentry_that_it_is_in", || {
        let seen = Seen::new();
        isohub_opentelemetry::bridge::isolate();
        isohub_opentelemetry::bridge::attach();
        let _sentry = sentry::init(seen.sentry().add_integration(isohub_sentry::Bridge::new()));
        let transaction = sentry::start_transaction(sentry::TransactionContext::new("import", "task"));
        let trace = transaction.get_trace_context().trace_id.to_string();
        let sdk = seen.sdk();
        sdk.tracer("program").in_span("query", |_| {
            sentry::configure_scope(|scope| scope.set_span(Some(transaction.clone().into())));
            sentry::capture_message("in both", sentry::Level::Info);
            sentry::configure_scope(|scope| scope.set_span(None));
            sentry::capture_message("in one", sentry::Level::Info);
        });
        let traces: Vec<_> = seen.events().iter().map(trace_of).collect();
        assert_eq!(traces, [trace, seen.spans()[0].trace.clone()]);
    });
}
