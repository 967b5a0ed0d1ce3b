use isohub::{Hub, HubFutureExt as _, InstallError, isolated_hub, parallel_span, span, start_span};

#[span]
fn spans() {
    let _ = start_span!("ends");
    let _ = isohub::start_span!("ends", a = 1);
    let _: isohub::Span = start_span!("ends");
    let _span = start_span!("lives");
    let _ = start_span!("run").in_scope(|| 1);
}

#[isolated_hub]
async fn hubs(hub: Hub, my_hub: Hub) {
    let _ = hub.with_tag("a", 1);
    let _ = my_hub.with_tag("a", 1).with_user(None);
    let _ = Hub::current().configured(|scope| scope.set_tag("a", 1));
    let _ = async {}.bind_hub(Hub::base().with_tag("a", 1));
    let _ = Hub::base().with_tag("a", 1).run(|| 1);
}

#[parallel_span]
fn guards() -> Result<(), InstallError> {
    let _ = isohub::init().tag("a", 1).install()?;
    let _ = isohub::init().install().unwrap();
    let _ = isohub::init().install();
    let _isohub = isohub::init().install()?;
    Ok(())
}

fn main() {
    spans();
    drop(hubs(Hub::base(), Hub::base()));
    drop(guards());
}
