macro_rules! branches {
    ($($left:ident => $right:expr),*) => { [$($right),*] };
}

#[isohub::span]
fn unreadable() -> [u8; 2] {
    branches!(#[isohub::span] a => 1, b => 2)
}

fn main() {
    unreadable();
}
