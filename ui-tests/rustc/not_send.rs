use std::rc::Rc;

async fn pause() {}

#[isohub::parallel_span]
async fn counted(rc: Rc<u8>) -> u8 {
    pause().await;
    *rc
}

#[isohub::span]
async fn calls_it() -> u8 {
    counted(Rc::new(1)).await
}

fn main() {
    tokio::spawn(counted(Rc::new(1)));
    tokio::spawn(calls_it());
    isohub::spawn_isolated!(calls_it());
}
