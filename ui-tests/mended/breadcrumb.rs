use isohub::breadcrumb;

fn nothing() {
    breadcrumb!("category", "message");
}

fn only_a_category() {
    breadcrumb!("category", "message");
}

fn nothing_after_the_comma() {
    breadcrumb!("category", "message",);
}

fn no_comma() {
    breadcrumb!("category", "message");
}

fn no_comma_before_the_fields() {
    breadcrumb!("category", "message", a = 1);
}

fn a_number() {
    breadcrumb!("category", "message", one = 1);
}

fn in_fields() {
    breadcrumb!("category", "message", a = 1);
}

pub(crate) fn main() {
    nothing();
    only_a_category();
    nothing_after_the_comma();
    no_comma();
    no_comma_before_the_fields();
    a_number();
    in_fields();
}
