macro_rules! branches {
    ($($left:ident => $right:expr),*) => { [$($right),*] };
}

#[isohub::span]
fn unreadable() -> [u8; 2] {
    #[isohub::span("one")]
    let one = 1;
    branches!(a => one, b => 2)
}

macro_rules! later {
    ($($body:tt)*) => { async { $($body)* } };
}

async fn load() -> u8 {
    1
}

#[isohub::span]
async fn waits_in_whose_future() -> u8 {
    later! {
        #[isohub::isolated_hub]
        async {
            load().await
        }
        .await
    }
    .await
}

macro_rules! stream {
    ($(yield $item:expr;)*) => { [$($item),*] };
}

#[isohub::span]
async fn yields() -> [u8; 1] {
    stream! {
        yield #[isohub::span] { 1 };
    }
}

pub(crate) fn main() {
    unreadable();
    futures::executor::block_on(async {
        waits_in_whose_future().await;
        yields().await;
    });
}
