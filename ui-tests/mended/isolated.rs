use isohub::isolated;

fn nothing() {
    let _ = isolated!(async {});
}

fn no_unit() {
    let _ = isolated!(tags(a = 1), async {});
}

fn only_a_text() {
    let _ = isolated!(async {});
}

fn option_after_the_unit() {
    let _ = isolated!(fresh, async { 1 });
}

fn unknown_option() {
    let _ = isolated!(fresh, async { 1 });
}

fn option_that_no_macro_has() {
    let _ = isolated!(async { 1 });
}

fn a_name() {
    let _ = isohub::parallel!("name", async { 1 });
}

fn of_a_span() {
    let _ = isohub::parallel!("name", err, async { Ok::<u8, u8>(1) });
}

fn spawner() {
    let _ = isohub::spawn_isolated!(thread, move || 1).join();
}

fn two_arguments() {
    let _ = isolated!(|(a, b): (u8, u8)| a + b);
}

fn borrowing_async_closure() {
    let _ = isolated!(async move |a: u8| a);
}

fn twice() {
    let _ = isolated!(fresh, async { 1 });
}

fn contradicts() {
    let _ = isolated!(parent = None, async { 1 });
}

fn no_comma() {
    let _ = isolated!(tags(a = 1), async { 1 });
}

pub(crate) fn main() {
    nothing();
    no_unit();
    only_a_text();
    option_after_the_unit();
    unknown_option();
    option_that_no_macro_has();
    a_name();
    of_a_span();
    spawner();
    two_arguments();
    borrowing_async_closure();
    twice();
    contradicts();
    no_comma();
}
