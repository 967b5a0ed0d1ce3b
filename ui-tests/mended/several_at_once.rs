#[isohub::parallel_span(fresh, fields(a), op = "2")]
fn all_of_it(a: u8) -> u8 {
    a
}

pub(crate) fn main() {
    all_of_it(1);
}
