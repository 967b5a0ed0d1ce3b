use isohub::breadcrumb;

fn nothing() {
    breadcrumb!();
}

fn only_a_category() {
    breadcrumb!("category");
}

fn nothing_after_the_comma() {
    breadcrumb!("category",);
}

fn no_comma() {
    breadcrumb!("category" "message");
}

fn no_comma_before_the_fields() {
    breadcrumb!("category", "message" a = 1);
}

fn a_number() {
    breadcrumb!("category", "message", 1);
}

fn in_fields() {
    breadcrumb!("category", "message", fields(a = 1));
}

fn main() {
    nothing();
    only_a_category();
    nothing_after_the_comma();
    no_comma();
    no_comma_before_the_fields();
    a_number();
    in_fields();
}
