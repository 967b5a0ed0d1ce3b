#[isohub::span]
const fn doubled(n: u8) -> u8 {
    n * 2
}

struct Shop;

impl Shop {
    #[isohub::isolated_hub]
    pub const fn new() -> Self {
        Shop
    }
}

fn main() {
    const N: u8 = doubled(1);
    const SHOP: Shop = Shop::new();
    let _ = (N, SHOP);
}
