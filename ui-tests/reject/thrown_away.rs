use isohub::{Hub, HubFutureExt as _, InstallError, isolated_hub, parallel_span, span, start_span};

#[span]
fn a_span() {
    let _ = start_span!("ends");
}

#[span]
fn a_span_by_path() {
    let _ = isohub::start_span!("ends", a = 1);
}

#[span]
fn a_span_of_a_type() {
    let _: isohub::Span = start_span!("ends");
}

#[isolated_hub]
fn a_hub(hub: Hub) {
    let _ = hub.with_tag("a", 1);
}

#[isolated_hub]
fn a_chain(my_hub: Hub) {
    let _ = my_hub.with_tag("a", 1).with_user(None);
}

#[isolated_hub]
fn a_configured_hub() {
    let _ = Hub::current().configured(|scope| scope.set_tag("a", 1));
}

#[parallel_span]
fn a_guard() -> Result<(), InstallError> {
    let _ = isohub::init().tag("a", 1).install()?;
    Ok(())
}

#[parallel_span]
fn an_unwrapped_guard() {
    let _ = isohub::init().install().unwrap();
}

#[parallel_span]
fn a_result() {
    let _ = isohub::init().install();
}

#[isolated_hub]
async fn what_is_right() {
    let _span = start_span!("lives");
    let _ = start_span!("run").in_scope(|| 1);
    let _ = async {}.bind_hub(Hub::base().with_tag("a", 1));
    let _ = Hub::base().with_tag("a", 1).run(|| 1);
    let _isohub = isohub::init().install();
}

fn main() {
    a_span();
    a_span_by_path();
    a_span_of_a_type();
    a_hub(Hub::base());
    a_chain(Hub::base());
    a_configured_hub();
    drop(a_guard());
    an_unwrapped_guard();
    a_result();
    drop(what_is_right());
}
