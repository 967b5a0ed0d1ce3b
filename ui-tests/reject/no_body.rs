trait Work {
    #[isohub::span]
    fn now(&self);

    #[isohub::parallel_span]
    fn later(&self) -> impl Future<Output = u8>;
}

struct Worker;

impl Work for Worker {
    fn now(&self) {}

    async fn later(&self) -> u8 {
        1
    }
}

fn main() {
    Worker.now();
    drop(Worker.later());
}
