//! Names: routes, and never paths.

use axum::Router;
use axum::extract::Path;
use axum::routing::get as on_get;
use http::{Method, Request};
use isohub::testing::Recorder;
use isohub_tower::{RouteLayer, ServerLayer};
use tower::{Layer as _, Service, ServiceExt as _};

use crate::support::{block_on, get, settled, text};

async fn user(Path(id): Path<u64>) {
    isohub::set_tag("user", id);
}

fn app() -> Router {
    let users = Router::new().route("/{id}", on_get(user)).route("/", on_get(async || ()));
    let merged = Router::new().route("/merged/{id}", on_get(user));
    let deep = Router::new().nest("/b", Router::new().route("/{id}", on_get(user)));
    Router::new().nest("/users", users).nest("/a", deep).merge(merged).route("/", on_get(async || ()))
}

/// The names and the routes of the spans of some paths.
fn recorded<S, B>(app: S) -> Vec<[String; 3]>
where
    S: Service<Request<axum::body::Body>, Response = http::Response<B>> + Clone,
    S::Error: std::fmt::Debug,
{
    let recorder = Recorder::new();
    let paths = ["/", "/users/7", "/users", "/a/b/7", "/merged/7", "/nothing/7"];
    block_on(recorder.run(async {
        for path in paths {
            drop(app.clone().oneshot(get(path)).await.expect("a response"));
        }
    }));
    settled(&recorder);
    let spans = recorder.spans();
    let found =
        spans.iter().map(|span| [text(span, "url.path"), span.name.to_string(), text(span, "http.route")]);
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|it| paths.iter().position(|path| *path == it[0]));
    found
}

const NAMED: [[&str; 3]; 6] = [
    ["/", "GET /", "/"],
    ["/users/7", "GET /users/{id}", "/users/{id}"],
    ["/users", "GET /users", "/users"],
    ["/a/b/7", "GET /a/b/{id}", "/a/b/{id}"],
    ["/merged/7", "GET /merged/{id}", "/merged/{id}"],
    ["/nothing/7", "GET", "-"],
];

#[test]
fn a_layer_of_the_router_knows_the_route() {
    assert_eq!(recorded(app().layer(ServerLayer::new())), NAMED);
}

#[test]
fn a_layer_around_the_router_is_told_the_route() {
    assert_eq!(recorded(ServerLayer::new().layer(app().layer(RouteLayer))), NAMED);
    assert_eq!(recorded(ServerLayer::new().layer(app().route_layer(RouteLayer))), NAMED);
}

#[test]
fn a_layer_around_the_router_that_is_not_told_takes_no_path_for_a_name() {
    let unnamed = NAMED.map(|[path, ..]| [path, "GET", "-"]);
    assert_eq!(recorded(ServerLayer::new().layer(app())), unnamed);
}

#[test]
fn other_routers_say_what_the_route_is() {
    let recorder = Recorder::new();
    let router = crate::support::answers(|request| {
        isohub_tower::set_route(request.extensions(), "/of/{another}");
        http::Response::new(axum::body::Body::empty())
    });
    drop(block_on(recorder.run(ServerLayer::new().layer(router).oneshot(get("/of/7")))));
    let span = recorder.span("GET /of/{another}");
    assert_eq!(
        (text(&span, "http.route"), span.attributes.iter().filter(|it| it.key == "http.route").count()),
        ("/of/{another}".to_owned(), 1)
    );
}

#[test]
fn methods_that_clients_make_up_are_no_names() {
    let recorder = Recorder::new();
    let mut request = get("/users/7");
    *request.method_mut() = Method::from_bytes(b"BREW").expect("a token");
    drop(block_on(recorder.run(app().layer(ServerLayer::new()).oneshot(request))));
    // axum has matched the path, if not the method.
    let span = recorder.span("HTTP /users/{id}");
    assert_eq!(text(&span, "http.request.method"), "_OTHER");
    assert_eq!(text(&span, "http.request.method_original"), "BREW");
    assert_eq!(text(&span, "http.response.status_code"), "405");
}
