use isohub::{isolated_hub, parallel_span, span};

struct User {
    id: u8,
}

#[span(fields)]
fn no_list() {}

#[span(fields())]
fn empty() {}

#[span(fields = 1)]
fn a_value() {}

#[parallel_span(fields(user.id))]
fn no_key(user: User) -> u8 {
    user.id
}

#[span(fields("user id"))]
fn no_value(_user: User) {}

#[span(fields("" = 1))]
fn empty_key() {}

#[parallel_span(fields(%id = 1))]
fn sign_before_key() {}

#[span(fields(a = ))]
fn nothing_after_equals() {}

#[span(fields(a b))]
fn no_comma(a: u8, b: u8) -> u8 {
    a + b
}

#[span(fields(1, 2))]
fn numbers() {}

#[span(fields(%user.name()))]
fn a_call(user: User) -> u8 {
    user.id
}

#[span(fields(a + 1))]
fn a_sum(a: u8) -> u8 {
    a
}

// Two messages: the places of both.
#[span(fields(a), fields(b))]
fn twice(a: u8, b: u8) -> u8 {
    a + b
}

#[isolated_hub(fields(a))]
fn of_no_span(a: u8) -> u8 {
    a
}

fn main() {
    no_list();
    empty();
    a_value();
    no_key(User { id: 1 });
    no_value(User { id: 1 });
    empty_key();
    sign_before_key();
    nothing_after_equals();
    no_comma(1, 2);
    numbers();
    a_call(User { id: 1 });
    a_sum(1);
    twice(1, 2);
    of_no_span(1);
}
