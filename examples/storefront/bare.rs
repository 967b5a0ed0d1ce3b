//! The same handlers without their attributes, polled side by side inside a single unit. Their spans are
//! made the way that tracers without units make them: see `naive.rs`.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use futures::future::BoxFuture;
use futures::stream::poll_fn;
use futures::{FutureExt as _, StreamExt as _};
use isohub::{Hub, HubFutureExt as _};
use tokio::sync::{mpsc, oneshot};

use crate::shop::{CHECKOUT, Shop};

/// Takes the attribute of a function away; a naive span of the same name and fields is open while it runs.
macro_rules! unit {
    (
        $(#[doc = $doc:literal])*
        #[$attribute:ident($name:literal, fields($($fields:tt)*) $($others:tt)*)]
        $vis:vis async fn $function:ident($($inputs:tt)*) $(-> $output:ty)? { $($body:tt)* }
    ) => {
        $vis async fn $function($($inputs)*) $(-> $output)? {
            // A guard that is held over each await of the body.
            let _open = crate::naive::enter(|| isohub::start_span!($name, $($fields)*));
            $($body)*
        }
    };
}

mod tools {
    pub(super) use tokio::join;

    /// Spawns what isohub's macro of this name spawns, with nothing of the request's.
    macro_rules! spawn_isolated {
        ($name:literal, blocking, fields($($fields:tt)*), move || $job:expr) => {
            tokio::task::spawn_blocking(move || {
                let _open = crate::naive::enter(|| isohub::start_span!($name, $($fields)*));
                $job
            })
        };
    }
    pub(super) use spawn_isolated;
}

#[path = "handlers.rs"]
#[allow(clippy::duplicate_mod, reason = "`isolated.rs` compiles it too: that is the point")]
mod handlers;

/// The shop, whose handlers' futures all run inside one unit.
pub(crate) fn router(shop: Arc<Shop>) -> Router {
    let (start, started) = mpsc::unbounded_channel();
    tokio::spawn(poll_all(started).bind_hub(Hub::base()));
    let handler = move |shop, path, headers| async move {
        let (answer, answered) = oneshot::channel();
        let handling = async move {
            // The client may have hung up.
            let _ = answer.send(handlers::checkout(shop, path, headers).await);
        };
        let gone = (StatusCode::SERVICE_UNAVAILABLE, "the shop is closed\n".to_owned());
        match start.send(handling.boxed()) {
            Ok(()) => answered.await.unwrap_or(Err(gone)),
            Err(_) => Err(gone),
        }
    };
    Router::new().route(CHECKOUT, post(handler)).with_state(shop)
}

async fn poll_all(mut started: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>) {
    poll_fn(|cx| started.poll_recv(cx)).for_each_concurrent(None, |handling| handling).await;
}
