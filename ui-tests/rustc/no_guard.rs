// There are no guards that could be held over an await.

#[isohub::span]
async fn work() {
    let span = isohub::start_span!("part");
    let _entered = span.enter();
    std::future::ready(()).await;
}

fn main() {
    drop(work());
}
