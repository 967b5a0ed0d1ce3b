struct Worker;

#[async_trait::async_trait]
trait Work {
    async fn work(&self);
}

#[isohub::span]
#[async_trait::async_trait]
impl Work for Worker {
    async fn work(&self) {}
}

fn main() {
    drop(Worker.work());
}
