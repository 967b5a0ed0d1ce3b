// Five messages: one for each mistake, and two places of `op`.
#[isohub::span(fresh, feilds(a), op = 1, op = 2)]
const fn all_of_it(a: u8) -> u8 {
    a
}

fn main() {
    const N: u8 = all_of_it(1);
    let _ = N;
}
