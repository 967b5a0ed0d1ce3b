use isohub::parallel;

fn no_name() {
    let _ = parallel!("name", async { 1 });
}

fn empty_name() {
    let _ = parallel!("name", async { 1 });
}

fn no_unit() {
    let _ = parallel!("name", async {});
}

fn no_unit_after_an_option() {
    let _ = parallel!("name", fields(a = 1), async {});
}

fn option_after_the_unit() {
    let _ = parallel!("name", err, async { Ok::<u8, u8>(1) });
}

fn unknown_option() {
    let _ = parallel!("name", fields(a = 1), async { 1 });
}

fn spawner() {
    let _ = isohub::spawn_isolated!("name", thread, move || 1).join();
}

fn twice() {
    let _ = parallel!("other", async { 1 });
}

fn value_missing() {
    let _ = parallel!("name", op = "db", async { 1 });
}

pub(crate) fn main() {
    no_name();
    empty_name();
    no_unit();
    no_unit_after_an_option();
    option_after_the_unit();
    unknown_option();
    spawner();
    twice();
    value_missing();
}
