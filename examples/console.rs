//! The smallest program that shows a trace: `cargo run --example console`.

use std::thread::sleep;
use std::time::Duration;

#[isohub::span]
fn breakfast() {
    std::thread::scope(|kitchen| {
        isohub::spawn_isolated!("boil eggs", in kitchen, || sleep(Duration::from_millis(50)));
        isohub::spawn_isolated!("toast bread", in kitchen, || sleep(Duration::from_millis(30)));
    });
}

fn main() -> Result<(), isohub::InstallError> {
    // What was recorded is shown when the guard is dropped, at the latest.
    let _isohub = isohub::init().sink(isohub::Console::stdout()).install()?;
    breakfast();
    Ok(())
}
