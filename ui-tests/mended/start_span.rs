use isohub::start_span;

const NAME: &str = "name";

fn nothing() {
    let _ = start_span!("name");
}

fn no_text() {
    let _ = start_span!("name");
}

fn empty_name() {
    let _ = start_span!("name");
}

fn no_comma() {
    let _ = start_span!("name", a = 1);
}

fn in_fields() {
    let _ = start_span!("name", a = 1);
}

fn a_number() {
    let _ = start_span!("name", one = 1);
}

fn a_call() {
    let _ = start_span!("name", len = NAME.len());
}

fn no_value() {
    let _ = start_span!("name", a = 1);
}

pub(crate) fn main() {
    nothing();
    no_text();
    empty_name();
    no_comma();
    in_fields();
    a_number();
    a_call();
    no_value();
}
