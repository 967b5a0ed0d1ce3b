//! The handlers as they are meant: with isohub's attributes.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::shop::{CHECKOUT, Shop};

/// Keeps a function, attribute and all.
macro_rules! unit {
    ($($function:tt)*) => { $($function)* };
}

mod tools {
    pub(super) use isohub::{join, parallel_span, span, spawn_isolated};
}

#[path = "handlers.rs"]
#[allow(clippy::duplicate_mod, reason = "`bare.rs` compiles it too: that is the point")]
mod handlers;

/// The shop, whose handler is a unit for each request.
pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new().route(CHECKOUT, post(handlers::checkout)).with_state(shop)
}
