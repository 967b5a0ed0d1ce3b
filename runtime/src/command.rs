//! What the collector is told.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use crate::pipeline_ref::PipelineRef;
use crate::sink::Worker;
use crate::slots::Config;

/// One thing that it is told.
pub(crate) enum Command {
    Open {
        pipeline: PipelineRef,
        config: Arc<Config>,
        workers: Vec<Worker>,
    },
    /// Answers with what each sink answers on when it has flushed.
    Flush {
        pipeline: PipelineRef,
        /// Whether this is the last one, after which nobody waits for what is not complete.
        end: bool,
        done: SyncSender<Vec<Receiver<()>>>,
    },
    Close(PipelineRef),
}
