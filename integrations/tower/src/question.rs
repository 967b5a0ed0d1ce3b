//! What the program is asked about a request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::request::Parts;

/// A function of the program's that sees the heads of requests.
#[derive(Clone)]
pub(crate) struct Question<T>(Arc<dyn Fn(&Parts) -> T + Send + Sync>);

impl<T> Question<T> {
    pub(crate) fn new(f: impl Fn(&Parts) -> T + Send + Sync + 'static) -> Self {
        Question(Arc::new(f))
    }

    /// The answer; `None` if it panics: what observes a request is no reason for it to fail.
    pub(crate) fn ask(&self, request: &Parts) -> Option<T> {
        catch_unwind(AssertUnwindSafe(|| (self.0)(request))).ok()
    }
}
