//! Attributes that want to see `async fn` as it was written, and so must stand above ours.

use syn::Attribute;

use crate::attribute::Marker;

/// Names that mean the same wherever they come from, as `instrument` and `tracing::instrument`.
const BY_NAME: [&str; 27] = [
    "Object",
    "OpenApi",
    "Subscription",
    "apply",
    "async_recursion",
    "async_trait",
    "automock",
    "autometrics",
    "cached",
    "debug_handler",
    "debug_middleware",
    "framed",
    "graphql_object",
    "graphql_subscription",
    "instrument",
    "io_cached",
    "launch",
    "logfn",
    "maybe_async",
    "pyfunction",
    "pymethods",
    "rstest",
    "span_fn",
    "test_case",
    "trace",
    "wasm_bindgen",
    "wasm_bindgen_test",
];

/// Names that say too little alone, each with the crates whose attribute is meant.
const BY_PATH: [(&str, &[&str]); 8] = [
    (
        "main",
        &[
            "tokio",
            "actix_rt",
            "actix_web",
            "async_std",
            "compio",
            "embassy_executor",
            "madsim",
            "monoio",
            "ntex",
            "rocket",
            "shuttle_runtime",
            "smol_potat",
        ],
    ),
    (
        "test",
        &[
            "tokio",
            "actix_rt",
            "actix_web",
            "async_std",
            "compio",
            "gpui",
            "madsim",
            "monoio",
            "ntex",
            "smol_potat",
            "sqlx",
            "test_log",
        ],
    ),
    ("async_test", &["rocket"]),
    ("command", &["poise", "tauri"]),
    ("event", &["worker"]),
    ("handler", &["poem", "salvo"]),
    ("server", &["dioxus", "leptos"]),
    ("task", &["embassy_executor"]),
];

/// Rocket's routes: its macro awaits what was written as `async fn` only.
const ROUTES: [&str; 9] = ["get", "put", "post", "delete", "head", "options", "patch", "route", "catch"];

/// The error that our attribute stands above one that must come first; `instead` says where else it
/// could stand than below.
pub(crate) fn check(attribute: &Attribute, marker: Marker, instead: &str) -> syn::Result<()> {
    let names: Vec<String> = attribute.path().segments.iter().map(|one| one.ident.to_string()).collect();
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return Ok(()) };
    let of_crate = |(name, crates): &(&str, &[&str])| last == name && crates.iter().any(|it| first == it);
    let wants_to_see = BY_NAME.iter().any(|name| last == name)
        || (names.len() > 1 && BY_PATH.iter().any(of_crate))
        || (first == "rocket" && ROUTES.iter().any(|name| last == name));
    if !wants_to_see {
        return Ok(());
    }
    let (written, path) = (marker.written(), names.join("::"));
    let message = format!("`{written}` stands above `#[{path}]`: put it below{instead}");
    Err(syn::Error::new_spanned(attribute, message))
}
