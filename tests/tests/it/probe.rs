//! A sink that does what a test says.

use isohub::sink::{Batch, Sink};

type Receive = Box<dyn FnMut(&Batch) + Send>;
type Flush = Box<dyn FnMut() + Send>;

/// A sink made of closures.
pub struct Probe {
    name: &'static str,
    receive: Receive,
    flush: Flush,
    wants_traces: bool,
    wants_starts: bool,
}

impl Probe {
    pub fn new(name: &'static str, receive: impl FnMut(&Batch) + Send + 'static) -> Self {
        Probe {
            name,
            receive: Box::new(receive),
            flush: Box::new(|| ()),
            wants_traces: false,
            wants_starts: false,
        }
    }

    pub fn flush(mut self, flush: impl FnMut() + Send + 'static) -> Self {
        self.flush = Box::new(flush);
        self
    }

    pub fn traces(mut self) -> Self {
        self.wants_traces = true;
        self
    }

    pub fn starts(mut self) -> Self {
        self.wants_starts = true;
        self
    }
}

impl Sink for Probe {
    fn name(&self) -> &str {
        self.name
    }

    fn wants_traces(&self) -> bool {
        self.wants_traces
    }

    fn wants_starts(&self) -> bool {
        self.wants_starts
    }

    fn receive(&mut self, batch: &Batch) {
        (self.receive)(batch);
    }

    fn flush(&mut self) {
        (self.flush)();
    }
}
