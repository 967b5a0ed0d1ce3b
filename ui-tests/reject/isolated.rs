use isohub::isolated;

fn nothing() {
    let _ = isolated!();
}

fn no_unit() {
    let _ = isolated!(tags(a = 1));
}

fn only_a_text() {
    let _ = isolated!("name");
}

fn option_after_the_unit() {
    let _ = isolated!(async { 1 }, fresh);
}

fn unknown_option() {
    let _ = isolated!(fesh, async { 1 });
}

fn option_that_no_macro_has() {
    let _ = isolated!(everything = 1, async { 1 });
}

fn a_name() {
    let _ = isolated!("name", async { 1 });
}

fn of_a_span() {
    let _ = isolated!(err, async { Ok::<u8, u8>(1) });
}

fn spawner() {
    let _ = isolated!(blocking, move || 1);
}

fn two_arguments() {
    let _ = isolated!(|a: u8, b: u8| a + b);
}

fn borrowing_async_closure() {
    let _ = isolated!(async |a: u8| a);
}

// Two messages: the places of both.
fn twice() {
    let _ = isolated!(fresh, fresh, async { 1 });
}

// Two messages: the places of both.
fn contradicts() {
    let _ = isolated!(detached, parent = None, async { 1 });
}

fn no_comma() {
    let _ = isolated!(tags(a = 1) async { 1 });
}

fn main() {
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
