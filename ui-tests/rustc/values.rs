// What is no value, no error, no tag, no parent and no link.

use isohub::{isolated_hub, parallel_span, record, span, start_span};

struct User;

#[span(fields(user))]
fn no_value(user: User) -> User {
    user
}

#[span(fields(user = %user))]
fn no_display(user: User) -> User {
    user
}

#[span(fields(?user))]
async fn no_debug(user: User) -> User {
    user
}

#[isolated_hub(tags(user = user))]
fn no_tag(user: User) -> User {
    user
}

#[span(ret)]
fn returns_no_value() -> User {
    User
}

#[parallel_span(err, ret)]
async fn returns_a_result() -> Result<u8, String> {
    Ok(1)
}

#[isolated_hub(parent = 1)]
fn no_parent() {}

#[parallel_span(links = "link")]
fn no_link() {}

fn main() {
    let _ = (no_value(User), no_display(User), no_debug(User), no_tag(User), returns_no_value());
    drop(returns_a_result());
    no_parent();
    no_link();
    record!(user = User);
    let _ = start_span!("name", user = User);
}
