use isohub::{Hub, InstallError, isolated_hub, parallel_span, span, start_span};

#[span]
fn a_span() {
    let _span = start_span!("ends");
}

#[span]
fn a_span_by_path() {
    isohub::start_span!("ends", a = 1).in_scope(|| ());
}

#[span]
fn a_span_of_a_type() {
    let _span: isohub::Span = start_span!("ends");
}

#[isolated_hub]
fn a_hub(hub: Hub) {
    hub.with_tag("a", 1).run(|| ());
}

#[isolated_hub]
fn a_chain(my_hub: Hub) {
    my_hub.with_tag("a", 1).with_user(None).run(|| ());
}

#[isolated_hub]
fn a_configured_hub() {
    use isohub::HubFutureExt as _;
    drop(async {}.bind_hub(Hub::current().configured(|scope| scope.set_tag("a", 1))));
}

#[parallel_span]
fn a_guard() -> Result<(), InstallError> {
    let _isohub = isohub::init().tag("a", 1).install()?;
    Ok(())
}

#[parallel_span]
fn an_unwrapped_guard() {
    let _isohub = isohub::init().install().unwrap();
}

#[parallel_span]
fn a_result() {
    let _isohub = isohub::init().install();
}

pub(crate) fn main() {
    a_span();
    a_span_by_path();
    a_span_of_a_type();
    a_hub(Hub::base());
    a_chain(Hub::base());
    a_configured_hub();
    a_guard().unwrap();
    a_result();
    // A process installs once.
    let _: fn() = an_unwrapped_guard;
}
