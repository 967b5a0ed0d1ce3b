//! The smallest program that shows a trace: `cargo run --example console`.

use isohub::{Console, InstallError, span};

#[span]
fn breakfast() {
    std::thread::scope(|kitchen| {
        // Threads are units: each gets a clone of the hub, and its span is a sibling of the other's.
        isohub::spawn_isolated!("boil eggs", in kitchen, || pause(50));
        isohub::spawn_isolated!("toast bread", in kitchen, || pause(30));
    });
    lay_table("garden");
}

#[span(fields(place))]
fn lay_table(place: &str) {
    isohub::set_tag("place", place);
    pause(20);
}

fn pause(milliseconds: u64) {
    std::thread::sleep(std::time::Duration::from_millis(milliseconds));
}

fn main() -> Result<(), InstallError> {
    // The guard flushes when it is dropped: what is not bound to a name is gone at once.
    let _isohub = isohub::init().sink(Console::stdout()).install()?;
    breakfast();
    Ok(())
}
