use isohub::start_span;

fn main() {
    let name = "name";
    let _ = start_span!();
    let _ = start_span!(name);
    let _ = start_span!("");
    let _ = start_span!("name" a = 1);
    let _ = start_span!("name", fields(a = 1));
    let _ = start_span!("name", 1);
    let _ = start_span!("name", name.len());
    let _ = start_span!("name", a = );
}
