// Below `#[async_trait]`, too, an argument that is taken apart can be named in `fields` and `tags`.
#![deny(warnings)]

struct Worker;

#[async_trait::async_trait]
trait Work {
    async fn sum(&self, pair: (u8, u8), more: u8) -> u8;
}

#[async_trait::async_trait]
impl Work for Worker {
    #[isohub::parallel_span(fields(a, b, more), tags(last = b))]
    async fn sum(&self, (a, b): (u8, u8), more: u8) -> u8 {
        if a == 9 {
            return 1;
        }
        std::future::ready(a + b + more).await
    }
}

pub(crate) fn main() {
    let recorder = isohub::testing::Recorder::new();
    let sum = recorder.run(async { Worker.sum((1, 2), 3).await });
    assert_eq!(futures::executor::block_on(sum), 6);
    if cfg!(feature = "enabled") {
        assert_eq!(recorder.tree(), "sum a=1 b=2 more=3 {last=2}\n");
    }
}
