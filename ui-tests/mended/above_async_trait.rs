struct Worker;

#[async_trait::async_trait]
trait Work {
    async fn work(&self);
}

#[async_trait::async_trait]
impl Work for Worker {
    #[isohub::span]
    async fn work(&self) {}
}

pub(crate) fn main() {
    drop(Worker.work());
}
