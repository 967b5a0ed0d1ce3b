use isohub::{isolated_hub, parallel_span};

#[isolated_hub(tags(tenant = tenant))]
fn no_value(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(tenant = tenant))]
fn a_sign(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(tenant = tenant))]
fn a_sign_before_the_value(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(len = tenant.len()))]
fn a_call(tenant: &str) -> usize {
    tenant.len()
}

#[isolated_hub(tags(tenant = tenant))]
fn nothing_after_equals(tenant: &str) -> usize {
    tenant.len()
}

#[parallel_span]
fn empty() {}

#[parallel_span(tags("a" = 1))]
fn no_list() {}

#[isolated_hub(fresh, tags("a" = 1, "b" = 2))]
fn twice() {}

#[parallel_span(tags(a = 1))]
fn of_no_hub() {}

pub(crate) fn main() {
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
