//! The program of the README.

use std::time::Duration;

#[isohub::parallel_span(fields(city))]
async fn ask(city: &str, answers_in: u64) {
    isohub::set_tag("city", city); // seen in this call alone
    tokio::time::sleep(Duration::from_millis(answers_in)).await;
}

#[isohub::parallel_span("GET /forecast")]
async fn forecast() {
    isohub::set_tag("user", "ada"); // inherited by both calls
    tokio::join!(ask("Oslo", 20), ask("Rome", 30));
}

#[tokio::main]
async fn main() -> Result<(), isohub::InstallError> {
    let _isohub = isohub::init().sink(isohub::Console::new()).install()?;
    forecast().await;
    Ok(())
}
