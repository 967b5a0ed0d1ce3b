use std::time::Duration;

use isohub::{isolated_hub, parallel_span, span};

async fn plain(id: u64) -> u64 {
    id
}

#[span]
async fn helper(id: u64) -> u64 {
    id
}

#[isolated_hub]
async fn isolated(id: u64) -> u64 {
    id
}

#[isolated_hub]
async fn keeps(rc: std::rc::Rc<u64>) {
    isolated(*rc).await;
    drop(rc);
}

#[isolated_hub]
async fn by_type() {
    tokio::spawn(plain(1));
    tokio::task::spawn(helper(1));
    tokio::spawn(Box::pin(plain(1)));
    tokio::spawn(tokio::time::timeout(Duration::ZERO, plain(1)));
    tokio::spawn(std::future::ready(1));
    tokio::spawn({
        let id = 1;
        plain(id)
    });
    tokio::spawn(tokio::task::unconstrained(isolated(1)));
}

#[span]
fn in_others() {
    tokio::task::spawn_local(plain(1));
    let inner = #[parallel_span]
    async {
        tokio::spawn(helper(2))
    };
    drop(inner);
}

#[parallel_span]
async fn other_errors_stay_where_they_are() {
    tokio::spawn(keeps(std::rc::Rc::new(1)));
    tokio::spawn(isolated("1"));
    tokio::spawn(missing("1"));
}

fn main() {
    drop((by_type(), in_others(), other_errors_stay_where_they_are()));
}
