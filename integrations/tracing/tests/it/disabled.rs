//! Built without recording, nothing is done, and nobody is asked.

use isohub::testing::Recorder;
use isohub_tracing::{Logger, TracingSink, WithIds};
use log::Log as _;
use tracing_subscriber::prelude::*;

#[test]
fn nothing_is_done_and_nobody_is_asked() {
    isohub_tracing::isolate();
    let layer = isohub_tracing::layer().spans(|_| unreachable!()).events(|_| unreachable!());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::sink).map_event_format(WithIds::text);
    let subscriber = tracing_subscriber::registry().with(layer).with(lines);
    let recorder = Recorder::builder().sink(TracingSink::new()).build();
    tracing::subscriber::with_default(subscriber, || {
        recorder.run_sync(|| {
            tracing::info_span!("span").in_scope(|| tracing::error!("not captured"));
            assert!(isohub_tracing::current_span().context().is_none());
        });
    });
    let record = log::Record::builder().level(log::Level::Error).args(format_args!("not captured")).build();
    Logger::new().records(|_| unreachable!()).log(&record);
    assert_eq!((recorder.tree(), recorder.events().len()), (String::new(), 0));
}
