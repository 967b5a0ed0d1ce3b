use isohub::{Hub, HubFutureExt};

async fn upload() {}
async fn audit() {}

fn main() {
    let hub = Hub::current();
    let first = upload().bind_hub(hub);
    let second = audit().bind_hub(hub);
    drop((first, second));
}
