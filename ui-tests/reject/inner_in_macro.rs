macro_rules! branches {
    ($($left:ident => $right:expr),*) => { [$($right),*] };
}

#[isohub::span]
fn unreadable() -> [u8; 2] {
    branches!(#[isohub::span] a => 1, b => 2)
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
        {
            load().await
        }
    }
    .await
}

macro_rules! stream {
    ($(yield $item:expr;)*) => { [$($item),*] };
    ($(#[$attribute:meta] { yield $item:expr; })*) => { [$($item),*] };
    ({ yield $item:expr; }) => { [$item] };
}

#[isohub::span]
async fn yields() -> [u8; 1] {
    stream! {
        #[isohub::span]
        {
            yield 1;
        }
    }
}

fn main() {
    unreadable();
    drop((waits_in_whose_future(), yields()));
}
