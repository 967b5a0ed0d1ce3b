//! Mistakes in annotated blocks and statements are reported where they are in plain ones.

use isohub::span;

struct User;

struct Failure;

/// What `err` needs is not asked of a block, whose type nobody knows.
#[span]
fn err_without_result() -> u8 {
    #[span(err)]
    let n = 1;
    n
}

async fn load() -> u8 {
    1
}

#[span]
fn no_value(user: User) -> User {
    #[span(fields(user))]
    let other = user;
    other
}

#[span]
fn other_type(n: u8) -> String {
    #[span]
    {
        n
    }
}

#[span]
fn other_branch(n: u8) -> u8 {
    let m = #[span]
    if n == 1 { 2 } else { "three" };
    m
}

#[span]
fn no_conversion(text: &str) -> Result<u8, Failure> {
    #[span]
    let n = text.parse::<u8>()?;
    Ok(n)
}

#[span]
fn question_mark(text: &str) -> u8 {
    #[span]
    {
        text.parse::<u8>()?
    }
}

#[span]
fn awaits() -> u8 {
    #[span]
    let n = load().await;
    n
}

#[span]
fn breaks() {
    #[span]
    {
        break;
    }
}

#[span]
fn returns_other(n: u8) -> u8 {
    #[span]
    if n == 1 {
        return "one";
    }
    n
}

#[span]
async fn moves_twice(text: String) -> usize {
    #[span]
    let first = text;
    #[span("second")]
    {
        std::future::ready(text.len()).await + first.len()
    }
}

#[span]
fn no_such_name() {
    #[span(fields(missing))]
    let n = missing;
    n
}

#[span]
fn parent_is_none() {
    #[isohub::parallel_span(parent = 1)]
    {}
}

fn main() {}
