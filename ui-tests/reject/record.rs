use isohub::record;

const ROWS: &[u8] = &[1];

fn nothing() {
    record!();
}

fn a_call() {
    record!(ROWS.len());
}

fn a_function() {
    record!(size_of::<u8>());
}

fn a_text() {
    record!("rows");
}

fn sign_before_the_key() {
    record!(%rows = ROWS.len());
}

fn no_comma() {
    record!(a = 1 b = 2);
}

fn empty_key() {
    record!("" = 1);
}

fn a_number() {
    record!(1 = ROWS);
}

fn in_fields() {
    record!(fields(a = 1));
}

fn no_value() {
    record!(a = 1, b = );
}

fn main() {
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
