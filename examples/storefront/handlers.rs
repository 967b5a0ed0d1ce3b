//! What the shop does with an order: the one source that `isolated.rs` and `bare.rs` compile.
//!
//! Read it as if each `unit! { .. }` were not there. An attribute cannot be switched off in one of two
//! copies of a file, so each annotated function stands in that macro: `isolated.rs` keeps all of it, and
//! `bare.rs` takes the attribute away. `join!` and `spawn_isolated!` come from there for the same reason.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use isohub::{Event, User, breadcrumb, capture_event, set_tag, set_tags, set_user};

use super::tools::*;
use crate::shop::{CallFailed, Shop, Upstream, basket, digest, pause};

unit! {
    // A request is a unit. `fresh`: it starts from an empty scope and begins a trace.
    #[parallel_span(
        "POST /checkout",
        fields(request, tenant = &*tenant, user = user_of(&headers)),
        kind = server,
        fresh
    )]
    pub(crate) async fn checkout(
        State(shop): State<Arc<Shop>>,
        Path((tenant, request)): Path<(String, u64)>,
        headers: HeaderMap,
    ) -> Result<String, (StatusCode, String)> {
        set_tags([("tenant", tenant), ("request", request.to_string())]);
        breadcrumb!("checkout", "order received", items = basket(request).len());
        authorize(request, user_of(&headers)).await;

        // Each branch of this `join!` is a unit.
        let (stock, price, courier) = join!(
            ask(&shop, Upstream::Stock, request),
            ask(&shop, Upstream::Price, request),
            ask(&shop, Upstream::Courier, request),
        );

        // So is each future in here, by its attribute.
        let mut items: FuturesUnordered<_> =
            basket(request).into_iter().map(|item| look_up(request, item)).collect();
        let mut total = 0;
        while let Some(price) = items.next().await {
            total += price;
        }

        let outcome = match (stock, price, courier) {
            (Ok(stock), Ok(_), Ok(courier)) => {
                // A closure on the blocking pool takes its hub, and its span, along.
                let receipt =
                    spawn_isolated!("receipt", blocking, fields(request), move || digest(request, total));
                match receipt.await {
                    Ok(receipt) => Ok(format!("{stock}, {courier}, {total} coins, receipt {receipt:016x}\n")),
                    Err(broken) => Err((StatusCode::INTERNAL_SERVER_ERROR, format!("{broken}\n"))),
                }
            }
            (stock, price, courier) => {
                let failed = [stock, price, courier].into_iter().find_map(Result::err);
                let reason = failed.map(|error| error.to_string()).unwrap_or_default();
                Err((StatusCode::BAD_GATEWAY, format!("{reason}\n")))
            }
        };

        // The task outlives the request. Calling `audit` is what clones the hub, so a plain spawn will do.
        shop.leave_behind(tokio::spawn(audit(request, outcome.is_ok())));
        outcome
    }
}

unit! {
    // A helper, no unit: what it writes is there for its caller.
    #[span("authorize", fields(request))]
    async fn authorize(request: u64, user: &str) {
        pause(request, 1, 1..3).await;
        set_tag("user", user);
        set_user(User::from(user.to_owned()));
        breadcrumb!("auth", format!("signed in as {user}"));
    }
}

unit! {
    #[span("ask", fields(request, upstream = upstream.name()), kind = client)]
    async fn ask(shop: &Shop, upstream: Upstream, request: u64) -> Result<String, CallFailed> {
        set_tag("upstream", upstream.name());
        breadcrumb!("http", format!("GET /{}/{request}", upstream.name()));
        let answer = shop.call(upstream, request).await;
        if let Err(error) = &answer {
            breadcrumb!("http", "gave up after one try");
            // Captured in the hub of this branch, with what this branch did before.
            let event = Event::error(error).attribute("request", request);
            capture_event(event.attribute("upstream", upstream.name()));
        }
        answer
    }
}

unit! {
    #[parallel_span("look up", fields(request, item))]
    async fn look_up(request: u64, item: u64) -> u64 {
        set_tag("item", item);
        pause(request, item, 1..5).await;
        item % 90 + 10
    }
}

unit! {
    #[parallel_span("audit", fields(request, accepted))]
    async fn audit(request: u64, accepted: bool) {
        pause(request, 2, 4..9).await;
        breadcrumb!("audit", "written", accepted);
    }
}

fn user_of(headers: &HeaderMap) -> &str {
    headers.get("x-user").and_then(|name| name.to_str().ok()).unwrap_or("guest")
}
