trait Work {
    fn now(&self);

    fn later(&self) -> impl Future<Output = u8>;
}

struct Worker;

impl Work for Worker {
    #[isohub::span]
    fn now(&self) {}

    #[isohub::parallel_span]
    async fn later(&self) -> u8 {
        1
    }
}

pub(crate) fn main() {
    Worker.now();
    drop(Worker.later());
}
