macro_rules! branches {
    ($($left:ident => $right:expr),*) => { [$($right),*] };
}

#[isohub::span]
fn unreadable() -> [u8; 2] {
    let one = #[isohub::span] || 1;
    branches!(a => one(), b => 2)
}

pub(crate) fn main() {
    unreadable();
}
