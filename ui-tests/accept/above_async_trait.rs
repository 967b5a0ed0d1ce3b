// On an `impl` block or a trait the order does not matter.
#![deny(warnings)]

struct Worker;

#[isohub::parallel_span(err)]
#[async_trait::async_trait]
trait Work: Sync {
    async fn work(&self) -> Result<u8, String>;

    async fn twice(&self) -> Result<u8, String> {
        Ok(self.work().await? + self.work().await?)
    }
}

#[isohub::span(err)]
#[async_trait::async_trait]
impl Work for Worker {
    async fn work(&self) -> Result<u8, String> {
        Ok(1)
    }
}

struct Other;

#[async_trait::async_trait]
#[isohub::span]
impl Work for Other {
    async fn work(&self) -> Result<u8, String> {
        Ok(2)
    }

    #[isohub::isolated_hub]
    async fn twice(&self) -> Result<u8, String> {
        self.work().await
    }
}

pub(crate) fn main() {
    let sum = async { Ok::<_, String>(Worker.twice().await? + Other.twice().await?) };
    assert_eq!(futures::executor::block_on(sum), Ok(4));
}
