use isohub::parallel;

fn main() {
    let _ = parallel!(async { 1 });
    let _ = parallel!("", async { 1 });
    let _ = parallel!("name");
    let _ = parallel!("name", async { 1 }, err);
    let _ = parallel!("name", feilds(a = 1), async { 1 });
    let _ = parallel!("name", thread, move || 1);
    let _ = parallel!("name", "other", async { 1 });
}
