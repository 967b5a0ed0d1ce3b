//! Who sees what when a library and its application differ: the table of `runtime/docs/migrating.md`.

use std::sync::{Arc, Mutex};

use isohub::sink::Memory;
use isohub_opentelemetry::bridge::{self, Tracers};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use tracing::Subscriber;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

use crate::alone::alone;
use crate::libraries;
use crate::seen::{Seen, of_isohub, run, trace_of, trees};

/// The program, which calls a library of each kind.
#[isohub::parallel_span]
async fn program() {
    libraries::on_isohub().await;
    libraries::on_tracing().await;
    libraries::on_opentelemetry();
    libraries::on_sentry().await;
}

/// The names of spans, or the texts of events.
fn sorted<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let mut names: Vec<_> = names.into_iter().map(|it| it.to_string()).collect();
    names.sort();
    names.join(", ")
}

fn of_sentry(seen: &Seen) -> String {
    sorted(seen.events().iter().filter_map(|it| it.message.clone()))
}

fn of_sdk(seen: &Seen) -> String {
    sorted(seen.spans().into_iter().map(|it| it.name))
}

/// The names of the spans and events that a subscriber of tracing sees.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Names {
    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, _: &tracing::Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.target().starts_with("it") {
            self.0.lock().unwrap().push(metadata.name().to_owned());
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Message(String);
        impl tracing::field::Visit for Message {
            fn record_str(&mut self, field: &tracing::field::Field, text: &str) {
                if field.name() == "message" {
                    self.0 = text.to_owned();
                }
            }

            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().unwrap().push(message.0);
    }
}

#[test]
fn an_application_on_isohub() {
    alone("who_sees_what::an_application_on_isohub", || {
        let seen = Seen::new();
        isohub_tracing::isolate();
        bridge::isolate();
        let _sentry = sentry::init(seen.sentry().add_integration(isohub_sentry::Bridge::new()));
        opentelemetry::global::set_tracer_provider(Tracers::new());
        tracing_subscriber::registry().with(isohub_tracing::layer()).init();
        let memory = Memory::new();
        let isohub = isohub::init().sink(memory.clone()).install().unwrap();
        run(program());
        drop(isohub);
        let spans = of_isohub(&memory);
        let trees = trees(&spans);
        let tree = "program\n  on_isohub\n  on_opentelemetry\n  on_tracing\n";
        assert_eq!(trees.values().collect::<Vec<_>>(), [tree]);
        let events = memory.events();
        let messages = events.iter().filter_map(|it| it.message.clone());
        assert_eq!(sorted(messages), "from isohub, from tracing");
        let events = seen.events();
        assert_eq!(sorted(events.iter().filter_map(|it| it.message.clone())), "from sentry");
        assert!(trees.contains_key(&*trace_of(&events[0])), "in the same trace");
        assert_eq!(events[0].tags.get("library").map(String::as_str), Some("sentry"));
    });
}

#[test]
fn an_application_on_sentry() {
    alone("who_sees_what::an_application_on_sentry", || {
        let seen = Seen::new();
        let _sentry = sentry::init(seen.sentry());
        tracing_subscriber::registry().with(sentry::integrations::tracing::ErrorLayer::new()).init();
        run(program());
        assert_eq!(of_sentry(&seen), "from sentry, from tracing");
    });
}

#[test]
fn an_application_on_sentry_that_gives_isohub_its_client() {
    alone("who_sees_what::an_application_on_sentry_that_gives_isohub_its_client", || {
        let seen = Seen::new();
        let _sentry = sentry::init(seen.sentry());
        tracing_subscriber::registry().with(sentry::integrations::tracing::ErrorLayer::new()).init();
        let sink = isohub_sentry::Sentry::of(sentry::Hub::current().client().unwrap());
        let isohub = isohub::init().sink(sink).install().unwrap();
        run(program());
        drop(isohub);
        assert_eq!(of_sentry(&seen), "from isohub, from sentry, from tracing");
    });
}

#[test]
fn an_application_on_tracing() {
    alone("who_sees_what::an_application_on_tracing", || {
        let names = Names::default();
        tracing_subscriber::registry().with(names.clone()).init();
        run(program());
        assert_eq!(sorted(names.0.lock().unwrap().drain(..)), "from tracing, on_tracing");

        let isohub = isohub::init().sink(isohub_tracing::TracingSink::new()).install().unwrap();
        run(program());
        drop(isohub);
        let expected = "from isohub, from tracing, on_isohub, on_tracing, program";
        assert_eq!(sorted(names.0.lock().unwrap().iter()), expected);
    });
}

#[test]
fn an_application_on_opentelemetry() {
    alone("who_sees_what::an_application_on_opentelemetry", || {
        let seen = Seen::new();
        opentelemetry::global::set_tracer_provider(seen.sdk());
        run(program());
        assert_eq!(of_sdk(&seen), "on_opentelemetry");
    });
}

#[test]
fn an_application_on_opentelemetry_with_its_layer_of_tracing() {
    alone("who_sees_what::an_application_on_opentelemetry_with_its_layer_of_tracing", || {
        let seen = Seen::new();
        let sdk = seen.sdk();
        opentelemetry::global::set_tracer_provider(sdk.clone());
        let layer = tracing_opentelemetry::layer().with_tracer(sdk.tracer("program"));
        tracing_subscriber::registry().with(layer).init();
        run(program());
        assert_eq!(of_sdk(&seen), "on_opentelemetry, on_tracing");
    });
}

#[test]
fn an_application_on_opentelemetry_and_isohub() {
    alone("who_sees_what::an_application_on_opentelemetry_and_isohub", || {
        let seen = Seen::new();
        opentelemetry::global::set_tracer_provider(Tracers::around(seen.sdk()));
        let memory = Memory::new();
        let isohub = isohub::init().sink(memory.clone()).install().unwrap();
        run(program());
        drop(isohub);
        assert_eq!(of_sdk(&seen), "on_opentelemetry");
        let spans: Vec<_> = of_isohub(&memory).into_iter().chain(seen.spans()).collect();
        let tree = "program\n  on_isohub\n  on_opentelemetry\n";
        assert_eq!(trees(&spans).values().collect::<Vec<_>>(), [tree]);
    });
}

#[test]
fn an_application_on_nothing() {
    alone("who_sees_what::an_application_on_nothing", || {
        run(program());
        assert_eq!(isohub::stats().started, 0);
        assert!(sentry::Hub::current().last_event_id().is_none());
    });
}

#[test]
fn spans_of_two_libraries_in_one_another() {
    alone("who_sees_what::spans_of_two_libraries_in_one_another", || {
        let layer = isohub_tracing::layer();
        opentelemetry::global::set_tracer_provider(Tracers::new());
        tracing_subscriber::registry().with(layer).init();
        let memory = Memory::new();
        let isohub = isohub::init().sink(memory.clone()).install().unwrap();
        tracing::info_span!("tracing").in_scope(|| {
            opentelemetry::global::tracer("library").in_span("opentelemetry", |_| {
                drop(isohub::start_span!("ours"));
                tracing::info_span!("inner tracing").in_scope(libraries::on_opentelemetry);
            });
        });
        drop(isohub);
        let spans = of_isohub(&memory);
        // Neither library knows what of the other's is around its spans: a limit that the page states.
        let tree = "tracing\n  inner tracing\n  opentelemetry\n    on_opentelemetry\n    ours\n";
        assert_eq!(trees(&spans).values().collect::<Vec<_>>(), [tree]);
    });
}
