use isohub::start_span;

const NAME: &str = "name";

fn nothing() {
    let _ = start_span!();
}

fn no_text() {
    let _ = start_span!(NAME);
}

fn empty_name() {
    let _ = start_span!("");
}

fn no_comma() {
    let _ = start_span!("name" a = 1);
}

fn in_fields() {
    let _ = start_span!("name", fields(a = 1));
}

fn a_number() {
    let _ = start_span!("name", 1);
}

fn a_call() {
    let _ = start_span!("name", NAME.len());
}

fn no_value() {
    let _ = start_span!("name", a = );
}

fn main() {
    nothing();
    no_text();
    empty_name();
    no_comma();
    in_fields();
    a_number();
    a_call();
    no_value();
}
