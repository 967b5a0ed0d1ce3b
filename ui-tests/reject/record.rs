use isohub::record;

fn main() {
    let rows = [1];
    record!();
    record!(rows.len());
    record!("rows");
    record!(%rows = rows.len());
    record!(a = 1 b = 2);
    record!("" = 1);
    record!(1 = rows);
}
