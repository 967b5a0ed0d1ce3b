use isohub::{isolated_hub, parallel_span, span};

#[isolated_hub(tags(tenant))]
fn no_value(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(%tenant))]
fn a_sign(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(tenant = %tenant))]
fn a_sign_before_the_value(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(tenant.len()))]
fn a_call(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(tenant = ))]
fn nothing_after_equals(tenant: &str) -> usize {
    tenant.len()
}

#[parallel_span(tags())]
fn empty() {}

#[parallel_span(tags = "a")]
fn no_list() {}

// Two messages: the places of both.
#[isolated_hub(tags("a" = 1), fresh, tags("b" = 2))]
fn twice() {}

#[span(tags(a = 1))]
fn of_no_hub() {}

fn main() {
    no_value("a");
    a_sign("a");
    a_sign_before_the_value("a");
    a_call("a");
    nothing_after_equals("a");
    empty();
    no_list();
    twice();
    of_no_hub();
}
