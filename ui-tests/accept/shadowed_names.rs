//! Macros and functions of the same names as those that an expansion uses.
#![deny(warnings)]
#![allow(unused_macros)]

macro_rules! module_path { () => { compile_error!("taken") }; }
macro_rules! file { () => { compile_error!("taken") }; }
macro_rules! line { () => { compile_error!("taken") }; }
macro_rules! column { () => { compile_error!("taken") }; }
macro_rules! concat { ($($t:tt)*) => { compile_error!("taken") }; }

trait Surprise {
    fn add(&self) {}
    fn poll_branch(&self) {}
    fn outcome(&self) {}
    fn kind(&self) {}
    fn as_mut(&self) {}
}

impl<T: ?Sized> Surprise for T {}

#[isohub::parallel_span(fields(n), err)]
async fn later(n: u8) -> Result<u8, String> {
    let unit = isohub::isolated!(move || n);
    Ok(unit())
}

#[isohub::span]
fn of_any_type(n: u8) -> u8 {
    n
}

pub(crate) fn main() {
    1.add();
    1.poll_branch();
    (1.outcome(), 1.kind(), 1.as_mut());
    let both = async { isohub::try_join!(later(1), later(2)) };
    assert_eq!(futures::executor::block_on(both), Ok((1, 2)));
    let other = isohub::isolated!(later(of_any_type(3)));
    assert_eq!(futures::executor::block_on(other), Ok(3));
}
