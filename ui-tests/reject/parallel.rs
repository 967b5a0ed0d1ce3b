use isohub::parallel;

fn no_name() {
    let _ = parallel!(async { 1 });
}

fn empty_name() {
    let _ = parallel!("", async { 1 });
}

fn no_unit() {
    let _ = parallel!("name");
}

fn no_unit_after_an_option() {
    let _ = parallel!("name", fields(a = 1));
}

fn option_after_the_unit() {
    let _ = parallel!("name", async { 1 }, err);
}

fn unknown_option() {
    let _ = parallel!("name", feilds(a = 1), async { 1 });
}

fn spawner() {
    let _ = parallel!("name", thread, move || 1);
}

// Two messages: the places of both.
fn twice() {
    let _ = parallel!("name", "other", async { 1 });
}

fn value_missing() {
    let _ = parallel!("name", op = , async { 1 });
}

fn main() {
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
