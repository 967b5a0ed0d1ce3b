//! A function of a trait without `self` or `Self` cannot be told from one outside any trait.

use isohub::isolated_hub;

trait Job {
    #[isolated_hub]
    async fn run(id: u64) -> u64 {
        id
    }
}

struct Inherits;

impl Job for Inherits {}

struct Annotated;

impl Job for Annotated {
    #[isolated_hub]
    async fn run(id: u64) -> u64 {
        id + 1
    }
}

struct Plain;

impl Job for Plain {
    async fn run(id: u64) -> u64 {
        id + 2
    }
}

fn main() {
    drop((Inherits::run(1), Annotated::run(1), Plain::run(1)));
}
