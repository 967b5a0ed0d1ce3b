use isohub::record;

const ROWS: &[u8] = &[1];

fn nothing() {
    record!(a = 1);
}

fn a_call() {
    record!(len = ROWS.len());
}

fn a_function() {
    record!(size = size_of::<u8>());
}

fn a_text() {
    record!("rows" = ROWS);
}

fn sign_before_the_key() {
    record!(rows = %ROWS.len());
}

fn no_comma() {
    record!(a = 1, b = 2);
}

fn empty_key() {
    record!("a" = 1);
}

fn a_number() {
    record!(one = ROWS);
}

fn in_fields() {
    record!(a = 1);
}

fn no_value() {
    record!(a = 1, b = 2);
}

pub(crate) fn main() {
    nothing();
    a_call();
    a_function();
    a_text();
    sign_before_the_key();
    no_comma();
    empty_key();
    a_number();
    in_fields();
    no_value();
}
