#[isohub::span]
fn doubled(n: u8) -> u8 {
    n * 2
}

struct Shop;

impl Shop {
    pub(crate) const fn new() -> Self {
        Shop
    }
}

pub(crate) fn main() {
    let n = doubled(1);
    const SHOP: Shop = Shop::new();
    let _ = (n, SHOP);
}
