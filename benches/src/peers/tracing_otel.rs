//! tracing with the layer of tracing-opentelemetry, which reads the clock and builds a span for an exporter.

use ::tracing::{Dispatch, dispatcher};
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use super::Received;
use super::opentelemetry::{Counted, provider, unsampled};
use crate::work::{Contender, Turn, Work};

#[derive(Default)]
pub(super) struct TracingOtel {
    installed: Option<(SdkTracerProvider, Dispatch)>,
}

static RECEIVED: Received = Received::new();

impl Contender for TracingOtel {
    fn name(&self) -> &'static str {
        "tracing (opentelemetry)"
    }

    fn install(&mut self) {
        let provider = provider(Counted(&RECEIVED));
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
        let subscriber = tracing_subscriber::registry().with(layer).with(LevelFilter::INFO);
        self.installed = Some((provider, Dispatch::new(subscriber)));
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        let dispatch = self.installed.as_ref()?.1.clone();
        let mut turn = match work {
            Work::Unsampled => unsampled_turn(),
            _ => super::tracing::turn(work)?,
        };
        Some(Box::new(move |n| dispatcher::with_default(&dispatch, || turn(n))))
    }

    fn drain(&self) {
        if let Some((provider, _)) = &self.installed {
            let _ = provider.force_flush();
        }
    }

    fn received(&self) -> u64 {
        RECEIVED.get()
    }
}

fn unsampled_turn() -> Turn {
    Box::new(|n| {
        let root = ::tracing::info_span!("root");
        let _ = root.set_parent(Context::new().with_remote_span_context(unsampled()));
        root.in_scope(|| crate::leaf::repeat(n, super::tracing::spanned));
        0
    })
}
